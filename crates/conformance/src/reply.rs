//! What a server has to answer to the request of a case.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::case::Text;
use crate::judge::shortened;
use crate::served::{Served, status};

/// What a response has to be. What is left out is not compared, but for the status and the end.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reply {
    /// The status; 200 if it is left out.
    status: Option<Status>,
    /// Fields, by names in any case; several values of one are joined by `, `, and null is for one that must not be there.
    fields: BTreeMap<String, Option<String>>,
    /// The content.
    body: Option<Text>,
    /// The trailers, as `fields`.
    trailers: BTreeMap<String, Option<String>>,
    /// There is no response, or one of an error, or one that is not whole: nothing else is compared.
    breaks_off: bool,
}

/// A status.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
enum Status {
    /// This one.
    Code(u16),
    /// Another.
    Word(Word),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    /// Any of an error.
    Error,
    /// Whatever comes, and if it is nothing.
    Any,
}

impl Reply {
    /// How a response differs from this, if it does.
    pub(crate) fn difference(&self, served: &Served) -> Option<String> {
        let wanted = self.status.unwrap_or(Status::Code(200));
        if matches!(wanted, Status::Word(Word::Any)) {
            return None;
        }
        if self.breaks_off {
            return (!served.is_broken()).then(|| "the response is whole".to_owned());
        }
        let Some(response) = &served.response else { return Some("there is no response".to_owned()) };
        let code = status(response).unwrap_or_default();
        let is_right = match wanted {
            Status::Code(wanted) => code == wanted,
            Status::Word(_) => (400..600).contains(&code),
        };
        if !is_right {
            return Some(format!("the status is {code}, where {wanted:?} was expected"));
        }
        if !served.is_whole {
            return Some("the response is not whole".to_owned());
        }
        for (fields, wanted) in [(&response.fields, &self.fields), (&response.trailers, &self.trailers)] {
            for (name, value) in wanted {
                let found: Vec<&str> = (fields.iter())
                    .filter(|(known, _)| known.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.as_str())
                    .collect();
                let found = if found.is_empty() { None } else { Some(found.join(", ")) };
                if found != *value {
                    return Some(format!("{name} is {found:?}, not {value:?}"));
                }
            }
        }
        let body = String::from_utf8_lossy(&response.body);
        let wanted = &self.body.as_ref()?.0;
        (body != *wanted).then(|| format!("the body is {}, not {}", shortened(&body), shortened(wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Message;

    fn served(response: &str) -> Served {
        let from = &mut response.as_bytes();
        let mut response = Message::head(from).unwrap();
        let is_whole = response.as_mut().is_some_and(|response| response.content(from).is_ok());
        Served { response, is_whole, stderr: String::new() }
    }

    fn is_right(reply: &str, response: &str) -> bool {
        serde_json::from_str::<Reply>(reply).unwrap().difference(&served(response)).is_none()
    }

    const HELLO: &str = "HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\ncontent-length: 5\r\n\r\nhello";

    #[test]
    fn what_is_told_is_compared() {
        assert!(is_right("{}", HELLO));
        assert!(is_right(r#"{ "status": 200, "fields": { "x-A": "1, 2", "x-b": null }, "body": "hello" }"#, HELLO));
        for other in [
            r#"{ "status": 201 }"#,
            r#"{ "status": "error" }"#,
            r#"{ "fields": { "x-a": "1" } }"#,
            r#"{ "fields": { "x-a": null } }"#,
            r#"{ "fields": { "x-b": "1" } }"#,
            r#"{ "trailers": { "x-a": "1, 2" } }"#,
            r#"{ "body": "other" }"#,
            r#"{ "breaks_off": true }"#,
        ] {
            assert!(!is_right(other, HELLO), "{other}");
        }
    }

    #[test]
    fn a_response_that_is_not_there_or_not_whole_is_told() {
        let half = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel";
        assert!(!is_right("{}", half) && is_right(r#"{ "breaks_off": true }"#, half));
        let error = "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n";
        assert!(is_right(r#"{ "status": "error" }"#, error) && is_right(r#"{ "breaks_off": true }"#, error));
        assert!(!is_right("{}", "") && is_right(r#"{ "breaks_off": true }"#, ""));
        for any in ["", half, error, HELLO] {
            assert!(is_right(r#"{ "status": "any" }"#, any));
        }
    }
}
