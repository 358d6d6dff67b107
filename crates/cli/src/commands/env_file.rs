//! Files of environment variables: a `NAME=VALUE` a line, with comments, `export` and quotes as shells have them.

use std::path::Path;

use tambo::{Error, ErrorKind};

pub(crate) fn read(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let cannot =
        |why: &dyn std::fmt::Display| Error::new(ErrorKind::File, format!("cannot read {}: {why}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| cannot(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| cannot(&"it is not UTF-8"))?;
    // Some editors begin a file with a mark of its byte order, which is no part of the first name.
    parse(text.trim_start_matches('\u{feff}')).map_err(|error| error.about(path.display()))
}

fn parse(text: &str) -> Result<Vec<(String, String)>, Error> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(number, line)| variable(line).map_err(|why| malformed(number + 1, why, line))).collect()
}

fn variable(line: &str) -> Result<(String, String), &'static str> {
    if line.contains('\0') {
        return Err("has a NUL character, which no variable can hold");
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("is no NAME=VALUE")?;
    let name = name.trim();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err("is no NAME=VALUE");
    }
    Ok((name.to_owned(), unquote(value.trim())))
}

/// Single quotes keep everything; double quotes know `\n`, `\t`, `\"` and `\\`.
fn unquote(value: &str) -> String {
    let inner = |quote| value.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    if let Some(literal) = inner('\'') {
        return literal.to_owned();
    }
    let Some(escaped) = inner('"') else { return value.to_owned() };
    let mut out = String::with_capacity(escaped.len());
    let mut characters = escaped.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}

fn malformed(number: usize, why: &str, line: &str) -> Error {
    Error::new(ErrorKind::File, format!("line {number} {why}: {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_values_comments_and_quotes() {
        let text = "# c\n\nA=1\nexport B=two words\nC='x # y'\nD=\"a\\nb\\\"\"\nE=\n";
        let pairs = parse(text).unwrap();
        let expected = [("A", "1"), ("B", "two words"), ("C", "x # y"), ("D", "a\nb\""), ("E", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = parse("A=1\nnonsense\n").unwrap_err();
        assert!(error.message().contains("line 2"), "{error}");
        assert!(parse("=x").is_err());
    }
}
