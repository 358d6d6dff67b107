//! The figures of a run in a file that a machine reads: `figures.json`, from which [`crate::plot`] draws.
//!
//! A row keeps its place when it is measured again; and its aim, which no run knows.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Options, measure};

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Unit {
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "1/s")]
    PerSecond,
    #[serde(rename = "B/s")]
    BytesPerSecond,
}

impl Unit {
    /// Whether more is better.
    pub(crate) fn is_rate(self) -> bool {
        self != Self::Seconds
    }

    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Seconds => measure::seconds(value),
            Self::PerSecond => format!("{}/s", measure::thousands(value)),
            Self::BytesPerSecond => format!("{} MB/s", measure::thousands(value / 1e6)),
        }
    }
}

/// One piece of work, in SI units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) native: Option<f64>,
    pub(crate) tambo: Option<f64>,
    pub(crate) wasmtime: Option<f64>,
    pub(crate) aim: Option<f64>,
}

impl Row {
    /// Values: native, Tambo's, wasmtime's.
    pub(crate) fn new(group: &str, name: impl Into<String>, unit: Unit, values: [Option<f64>; 3]) -> Self {
        let [native, tambo, wasmtime] = values.map(|value| value.filter(|value| value.is_finite()).map(three_digits));
        Self { group: group.to_owned(), name: name.into(), unit, native, tambo, wasmtime, aim: None }
    }
}

/// As many digits as the noise leaves.
fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// What is in the file, and what comes to it.
pub(crate) struct Figures {
    path: Option<PathBuf>,
    pub(crate) rows: Vec<Row>,
}

impl Figures {
    /// Of the file that the command line names; if it names none, rows are put nowhere.
    pub(crate) fn open(options: &Options) -> Result<Self> {
        let rows = match &options.record {
            Some(path) if path.exists() => read(path)?,
            _ => Vec::new(),
        };
        Ok(Self { path: options.record.clone(), rows })
    }

    /// For rows that only a table shows.
    pub(crate) fn nowhere() -> Self {
        Self { path: None, rows: Vec::new() }
    }

    pub(crate) fn put(&mut self, row: Row) {
        match self.rows.iter_mut().find(|known| known.group == row.group && known.name == row.name) {
            Some(known) => *known = Row { aim: known.aim, ..row },
            None => {
                let end = self.rows.iter().rposition(|known| known.group == row.group);
                self.rows.insert(end.map_or(self.rows.len(), |end| end + 1), row);
            }
        }
    }

    pub(crate) fn save(&self) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        std::fs::write(path, text(&self.rows)?)
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<Row>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    serde_json::from_str(&text).map_err(|error| Error::other(format!("{}: {error}", path.display())))
}

/// A row a line, so that a change of one is a change of one line.
fn text(rows: &[Row]) -> Result<String> {
    let lines = rows.iter().map(serde_json::to_string).collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: &str, name: &str, tambo: f64) -> Row {
        Row::new(group, name, Unit::Seconds, [Some(1.0), Some(tambo), None])
    }

    #[test]
    fn a_row_keeps_its_place_and_its_aim() {
        let mut figures = Figures { path: None, rows: vec![row("a", "x", 1.0), row("b", "x", 1.0)] };
        figures.rows[0].aim = Some(7.0);
        figures.put(row("a", "x", 2.0));
        figures.put(row("a", "y", 3.0));
        let found: Vec<_> =
            figures.rows.iter().map(|row| (&row.group[..], &row.name[..], row.tambo, row.aim)).collect();
        assert_eq!(found, [("a", "x", Some(2.0), Some(7.0)), ("a", "y", Some(3.0), None), ("b", "x", Some(1.0), None)]);
    }

    #[test]
    fn the_file_says_what_was_put() {
        let rows = [row("a", "x", 1.234_567e-6), Row::new("a", "none", Unit::PerSecond, [None, Some(f64::NAN), None])];
        let text = text(&rows).unwrap();
        assert!(text.contains("0.00000123") || text.contains("1.23e-6"), "{text}");
        assert_eq!(serde_json::from_str::<Vec<Row>>(&text).unwrap(), rows);
        assert_eq!(rows[1].tambo, None);
    }
}
