//! Work that is done natively, by Tambo and by wasmtime: the samples of all rounds, as a row of a table and of the figures.

use crate::figures::{Figures, Row, Unit};
use crate::measure;

/// Who did the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Native,
    Tambo,
    Wasmtime,
}

/// One sample for each round: native, Tambo's, wasmtime's.
#[derive(Default)]
pub(crate) struct Samples([Vec<f64>; 3]);

impl Samples {
    pub(crate) fn push(&mut self, side: Side, value: f64) {
        self.0[side as usize].push(value);
    }

    fn median(&self, side: Side) -> Option<f64> {
        let values = &self.0[side as usize];
        (!values.is_empty()).then(|| measure::median(values))
    }

    /// How a side does beside the native one of the same round.
    fn ratio(&self, side: Side) -> Option<f64> {
        let values = &self.0[side as usize];
        (!values.is_empty()).then(|| measure::ratio(values, &self.0[0]))
    }
}

/// A table and the figures, as the samples come.
pub(crate) struct Table<'a> {
    pub(crate) group: &'a str,
    pub(crate) unit: Unit,
    pub(crate) rows: Vec<Vec<String>>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(group: &'a str, unit: Unit) -> Self {
        Self { group, unit, rows: Vec::new() }
    }

    pub(crate) fn put(&mut self, name: &str, samples: &Samples, figures: &mut Figures) {
        let show = |value: Option<f64>| value.map_or("–".to_owned(), |value| self.unit.show(value));
        let mut row = vec![name.to_owned(), show(samples.median(Side::Native))];
        for side in [Side::Tambo, Side::Wasmtime] {
            row.push(show(samples.median(side)));
            row.push(samples.ratio(side).map_or("–".to_owned(), |ratio| format!("{ratio:.2}")));
        }
        eprintln!("{}: {}", self.group, row.join("  "));
        self.rows.push(row);
        let values = [Side::Native, Side::Tambo, Side::Wasmtime].map(|side| samples.median(side));
        figures.put(Row::new(self.group, name, self.unit, values));
    }

    pub(crate) fn print(&self) {
        measure::table(&[self.group, "native", "tambo", "× native", "wasmtime", "× native"], &self.rows);
        println!();
    }
}
