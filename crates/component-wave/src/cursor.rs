//! A place in a text: the tokens that begin there.

use crate::WaveError;

pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Step over white space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest().trim_start();
            self.at = self.text.len() - rest.len();
            if !rest.starts_with("//") {
                return;
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    /// What comes next, as an error says it.
    fn next_thing(&self) -> String {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return "the end".to_owned() };
        let end = match first {
            '"' | '\'' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            _ => rest.find(|char| !is_word(char)).filter(|&end| end > 0).unwrap_or(first.len_utf8()),
        };
        let end = if is_word(first) && rest.chars().all(is_word) { rest.len() } else { end };
        format!("`{}`", rest[..end].chars().take(40).collect::<String>())
    }

    /// An error at the next token.
    pub(crate) fn error(&mut self, expected: impl Into<String>) -> WaveError {
        self.skip();
        let found = self.next_thing();
        self.error_at(self.at, expected, found)
    }

    /// An error at a place.
    pub(crate) fn error_at(&self, at: usize, expected: impl Into<String>, found: impl Into<String>) -> WaveError {
        let before = &self.text[..at];
        let line = before.rfind('\n').map_or(before, |end| &before[end + 1..]);
        WaveError {
            line: 1 + before.matches('\n').count(),
            column: 1 + line.chars().count(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Whether this mark comes next; if so, step over it.
    pub(crate) fn eat(&mut self, mark: char) -> bool {
        self.skip();
        let is = self.rest().starts_with(mark);
        if is {
            self.at += mark.len_utf8();
        }
        is
    }

    /// Step over a mark.
    pub(crate) fn expect(&mut self, mark: char) -> Result<(), WaveError> {
        if self.eat(mark) { Ok(()) } else { Err(self.error(format!("`{mark}`"))) }
    }

    /// Step over the end.
    pub(crate) fn end(&mut self) -> Result<(), WaveError> {
        self.skip();
        if self.rest().is_empty() { Ok(()) } else { Err(self.error("the end")) }
    }

    /// The next word, a label or number, without stepping over it; empty if there is none.
    pub(crate) fn peek_word(&mut self) -> &'t str {
        self.skip();
        let rest = self.rest();
        &rest[..rest.find(|char| !is_word(char)).unwrap_or(rest.len())]
    }

    /// Step over the next word; and where it was.
    pub(crate) fn word(&mut self) -> (usize, &'t str) {
        let word = self.peek_word();
        let at = self.at;
        self.at += word.len();
        (at, word)
    }

    /// The items up to a closing mark, which were opened; a comma after the last one is allowed.
    pub(crate) fn items(
        &mut self,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<(), WaveError>,
    ) -> Result<(), WaveError> {
        while !self.eat(close) {
            item(self)?;
            if !self.eat(',') {
                return if self.eat(close) { Ok(()) } else { Err(self.error(format!("`,` or `{close}`"))) };
            }
        }
        Ok(())
    }

    /// A character of a quoted text; nothing at its closing quote.
    pub(crate) fn quoted(&mut self, quote: char) -> Result<Option<char>, WaveError> {
        let at = self.at;
        match self.step() {
            Some(char) if char == quote => Ok(None),
            Some('\\') => self.escape(at).map(Some),
            Some(char) if char != '\n' => Ok(Some(char)),
            _ => Err(self.error_at(at, format!("a closing `{quote}`"), "the end of the line")),
        }
    }

    fn step(&mut self) -> Option<char> {
        let char = self.rest().chars().next()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn escape(&mut self, at: usize) -> Result<char, WaveError> {
        let found = match self.step() {
            Some(char @ ('\'' | '"' | '\\')) => Some(char),
            Some('t') => Some('\t'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('u') => self.code(),
            _ => None,
        };
        let escapes = r#"an escape: \', \", \\, \t, \n, \r or \u{…}"#;
        found.ok_or_else(|| self.error_at(at, escapes, format!("`{}`", &self.text[at..self.at])))
    }

    fn code(&mut self) -> Option<char> {
        let (digits, _) = self.rest().strip_prefix('{')?.split_once('}')?;
        self.at += digits.len() + 2;
        let hex = digits.len() <= 6 && digits.chars().all(|char| char.is_ascii_hexdigit());
        char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| hex)?)
    }
}

/// Whether a character is one of a word: of a label, a keyword or a number.
fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '-' | '+' | '.' | '%' | '_')
}
