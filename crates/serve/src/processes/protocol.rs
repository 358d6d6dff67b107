//! What a supervisor and its workers say to each other: one message each, a word and what follows it.

/// What a worker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instruction {
    /// Listen on the socket that comes with this.
    Bound,
    /// Use the listening socket that comes with this.
    Passed,
    /// Grant the directory that comes with this, after those that came before.
    Directory,
    /// Be this. All sockets and directories are there.
    Be(Role),
    /// Load what is served, and serve it.
    Begin,
    /// Somebody asked to load everything again.
    Look,
    /// Load what is served again.
    Load,
    /// Load the certificate again.
    Certificate,
    /// Open the access log again.
    Reopen,
    /// Say what is counted.
    Count,
    /// End when all that was begun is done.
    Drain,
    /// End at once.
    Abort,
}

/// What a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    /// A number that no other worker of this server has, or had.
    pub(crate) number: u32,
    /// How many workers there are at once.
    pub(crate) count: u32,
    /// Whether it is the one that watches files.
    pub(crate) leads: bool,
}

/// What a worker tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// It accepts connections.
    Ready,
    /// It serves what it has loaded again.
    Reloaded,
    /// It uses a certificate that it has loaded again.
    Certificate,
    /// Something could not be loaded again, and why.
    Failed(String),
    /// What it has counted, in Prometheus' text format.
    Counts(String),
}

impl Instruction {
    pub(crate) fn encode(self) -> String {
        match self {
            Self::Bound => "bound".to_owned(),
            Self::Passed => "passed".to_owned(),
            Self::Directory => "directory".to_owned(),
            Self::Be(Role { number, count, leads }) => format!("be {number} {count} {}", u8::from(leads)),
            Self::Begin => "begin".to_owned(),
            Self::Look => "look".to_owned(),
            Self::Load => "load".to_owned(),
            Self::Certificate => "certificate".to_owned(),
            Self::Reopen => "reopen".to_owned(),
            Self::Count => "count".to_owned(),
            Self::Drain => "drain".to_owned(),
            Self::Abort => "abort".to_owned(),
        }
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        Some(match text {
            "bound" => Self::Bound,
            "passed" => Self::Passed,
            "directory" => Self::Directory,
            "begin" => Self::Begin,
            "look" => Self::Look,
            "load" => Self::Load,
            "certificate" => Self::Certificate,
            "reopen" => Self::Reopen,
            "count" => Self::Count,
            "drain" => Self::Drain,
            "abort" => Self::Abort,
            _ => {
                let mut numbers = text.strip_prefix("be ")?.split(' ').map(|number| number.parse::<u32>().ok());
                let mut next = || numbers.next().flatten();
                Self::Be(Role { number: next()?, count: next()?, leads: next()? == 1 })
            }
        })
    }
}

impl Report {
    pub(crate) fn encode(&self) -> String {
        match self {
            Self::Ready => "ready ".to_owned(),
            Self::Reloaded => "reloaded ".to_owned(),
            Self::Certificate => "certificate ".to_owned(),
            Self::Failed(why) => format!("failed {why}"),
            Self::Counts(text) => format!("counts {text}"),
        }
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ')?;
        Some(match word {
            "ready" => Self::Ready,
            "reloaded" => Self::Reloaded,
            "certificate" => Self::Certificate,
            "failed" => Self::Failed(rest.to_owned()),
            "counts" => Self::Counts(rest.to_owned()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let be = Instruction::Be(Role { number: 17, count: 4, leads: true });
        use Instruction::*;
        for instruction in [Bound, Passed, Directory, be, Begin, Look, Load, Certificate, Reopen, Count, Drain, Abort] {
            assert_eq!(Instruction::decode(&instruction.encode()), Some(instruction));
        }
        let (failed, counts) = ("two\nlines and spaces ".to_owned(), "a 1\nb 2\n".to_owned());
        for report in
            [Report::Ready, Report::Reloaded, Report::Certificate, Report::Failed(failed), Report::Counts(counts)]
        {
            assert_eq!(Report::decode(&report.encode()), Some(report));
        }
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in ["", "be", "be 1", "be 1 2", "be 1 x 0", "begin 1", "reload"] {
            assert_eq!(Instruction::decode(text), None, "{text:?}");
            assert_eq!(Report::decode(text), None, "{text:?}");
        }
    }
}
