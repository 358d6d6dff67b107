//! Texts in Prometheus' format, added up: samples of one name and the same labels become one.

use std::collections::HashMap;
use std::fmt::Write as _;

/// A sum of texts, in the order of the first one.
#[derive(Clone, Default)]
pub(crate) struct Samples {
    lines: Vec<Line>,
    /// Where a sample or comment is, by its name and labels, or by all of it.
    places: HashMap<String, usize>,
}

#[derive(Clone)]
enum Line {
    Comment,
    Sample(Number),
}

#[derive(Clone, Copy)]
enum Number {
    Whole(u64),
    Real(f64),
}

impl Samples {
    /// Add all that a text counts.
    pub(crate) fn add(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(line, false));
    }

    /// Add what stays true when whoever counted is gone: that so many connections are open does not.
    pub(crate) fn add_past(&mut self, text: &str) {
        let mut is_gauge = false;
        for line in text.lines() {
            if line.starts_with("# TYPE ") {
                is_gauge = line.ends_with(" gauge");
            }
            self.line(line, is_gauge);
        }
    }

    fn line(&mut self, line: &str, is_gone: bool) {
        if line.starts_with('#') {
            self.entry(line, Line::Comment);
            return;
        }
        let Some((name, value)) = line.rsplit_once(' ') else { return };
        let Some(value) = Number::parse(value) else { return };
        let value = if is_gone { Number::Whole(0) } else { value };
        if let Line::Sample(sum) = self.entry(name, Line::Sample(Number::Whole(0))) {
            *sum = sum.plus(value);
        }
    }

    fn entry(&mut self, name: &str, new: Line) -> &mut Line {
        let next = self.lines.len();
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                self.places.insert(name.to_owned(), next);
                self.lines.push(new);
                next
            }
        };
        &mut self.lines[place]
    }

    pub(crate) fn text(&self) -> String {
        let mut names: Vec<(&String, &usize)> = self.places.iter().collect();
        names.sort_unstable_by_key(|(_, place)| **place);
        let mut text = String::with_capacity(4096);
        for ((name, _), line) in names.into_iter().zip(&self.lines) {
            let _ = match line {
                Line::Comment => writeln!(text, "{name}"),
                Line::Sample(Number::Whole(value)) => writeln!(text, "{name} {value}"),
                Line::Sample(Number::Real(value)) => writeln!(text, "{name} {value}"),
            };
        }
        text
    }
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        text.parse().map(Self::Whole).or_else(|_| text.parse().map(Self::Real)).ok()
    }

    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Self::Whole(one.wrapping_add(other)),
            (one, other) => Self::Real(one.real() + other.real()),
        }
    }

    fn real(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Real(value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "# HELP a All of it.\n# TYPE a counter\na{x=\"1 2\"} 3\na{x=\"4\"} 18446744073709551614\n\
        # HELP g Open.\n# TYPE g gauge\ng 5\n# TYPE s histogram\ns_sum 0.25\n";
    const OTHER: &str = "# HELP a All of it.\n# TYPE a counter\na{x=\"1 2\"} 4\na{x=\"4\"} 1\n\
        # HELP g Open.\n# TYPE g gauge\ng 1\n# TYPE s histogram\ns_sum 0\ns_count 2\nnonsense\n";

    #[test]
    fn equal_names_and_labels_are_one_sample() {
        let mut samples = Samples::default();
        samples.add(ONE);
        assert_eq!(samples.text(), ONE);
        samples.add(OTHER);
        assert_eq!(
            samples.text(),
            "# HELP a All of it.\n# TYPE a counter\na{x=\"1 2\"} 7\na{x=\"4\"} 18446744073709551615\n\
             # HELP g Open.\n# TYPE g gauge\ng 6\n# TYPE s histogram\ns_sum 0.25\ns_count 2\n"
        );
    }

    #[test]
    fn what_is_gone_is_counted_but_no_longer_open() {
        let mut samples = Samples::default();
        samples.add_past(ONE);
        samples.add(OTHER);
        let text = samples.text();
        assert!(
            text.contains("a{x=\"1 2\"} 7\n") && text.contains("\ng 1\n") && text.contains("s_sum 0.25\n"),
            "{text}"
        );
    }
}
