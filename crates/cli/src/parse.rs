//! The small languages of option values: directories, addresses, sizes, times.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tambo::EngineKind;
use tambo::kernel::clock::Timestamp;
use tambo::kernel::http::HttpRule;
use tambo::kernel::net::RuleError;

/// `HOST[::GUEST][:ro]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirectoryGrant {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    pub(crate) read_only: bool,
}

/// `NAME=VALUE`, or `NAME` to pass on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

/// `IP:PORT` or `unix:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// `inherit`, `null` or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StreamTarget {
    Inherit,
    Null,
    File(PathBuf),
}

pub(crate) fn engine(text: &str) -> Result<EngineKind, String> {
    text.parse().map_err(|error: tambo::Error| match error.hint() {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    })
}

pub(crate) fn directory(text: &str) -> Result<DirectoryGrant, String> {
    let (text, read_only) = match text.strip_suffix(":ro") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (host, guest) = text.split_once("::").unwrap_or((text, text));
    if host.is_empty() || guest.is_empty() {
        return Err("a directory has the form HOST[::GUEST][:ro]".to_owned());
    }
    Ok(DirectoryGrant { host: host.into(), guest: guest.to_owned(), read_only })
}

pub(crate) fn variable(text: &str) -> Result<Variable, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() {
        return Err("a variable has the form NAME[=VALUE]".to_owned());
    }
    Ok(Variable { name: name.to_owned(), value })
}

pub(crate) fn listen(text: &str) -> Result<ListenAddress, String> {
    match text.strip_prefix("unix:") {
        Some("") => Err("unix: needs a path".to_owned()),
        Some(path) => Ok(ListenAddress::Unix(path.into())),
        None => text.parse().map(ListenAddress::Tcp).map_err(|_| {
            "an address has the form IP:PORT, such as 127.0.0.1:8080 or [::1]:8080, or unix:PATH".to_owned()
        }),
    }
}

pub(crate) fn http_rule(text: &str) -> Result<HttpRule, String> {
    text.parse().map_err(|error: RuleError| error.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that a value parser has")]
pub(crate) fn stream(text: &str) -> Result<StreamTarget, String> {
    Ok(match text {
        "inherit" => StreamTarget::Inherit,
        "null" => StreamTarget::Null,
        path => StreamTarget::File(path.into()),
    })
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (digits, unit) = split_unit(text);
    let scale = match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is no unit of time: ns, us, ms, s, m or h")),
    };
    let number: f64 = digits.parse().map_err(|_| format!("{text:?} is no time, such as 500ms or 10s"))?;
    let duration =
        Duration::try_from_secs_f64(number * scale).map_err(|_| format!("{text:?} is no time that can pass"))?;
    if duration.is_zero() { Err("no program ends in no time".to_owned()) } else { Ok(duration) }
}

pub(crate) fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = split_unit(text);
    let shift = match unit.trim_end_matches("iB").trim_end_matches('B') {
        "" => 0,
        "K" | "k" => 10,
        "M" | "m" => 20,
        "G" | "g" => 30,
        "T" | "t" => 40,
        _ => return Err(format!("{unit:?} is no unit of size: K, M, G or T")),
    };
    let number: u64 = digits.parse().map_err(|_| format!("{text:?} is no size, such as 64M"))?;
    number.checked_mul(1 << shift).ok_or_else(|| format!("{text:?} is too large"))
}

/// An address to serve on.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let port = text.rsplit_once(':').map_or("8080", |(_, port)| port);
        let port = if port.parse::<u16>().is_ok() { port } else { "8080" };
        format!(
            "write IP:PORT, such as 127.0.0.1:{port} or [::1]:{port} for this host, or 0.0.0.0:{port} for all networks"
        )
    })
}

/// The head of a request: what is read at once is no less than the least.
pub(crate) fn head_size(text: &str) -> Result<u64, String> {
    within(size(text)?, "8K", 8 << 10, "1G", 1 << 30)
}

/// The memory of a guest: a page at least, and at most what is set aside for each of many.
pub(crate) fn memory_size(text: &str) -> Result<u64, String> {
    within(size(text)?, "64K", 64 << 10, "4G", 4 << 30)
}

fn within(size: u64, least: &str, least_size: u64, most: &str, most_size: u64) -> Result<u64, String> {
    match (least_size..=most_size).contains(&size) {
        true => Ok(size),
        false => Err(format!("it has to be from {least} to {most}")),
    }
}

fn split_unit(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    text.split_at(end)
}

/// Seconds since 1970 (a fraction is allowed), or `YYYY-MM-DDTHH:MM:SS[.fraction]Z`.
pub(crate) fn timestamp(text: &str) -> Result<Timestamp, String> {
    let parsed = match text.strip_suffix('Z') {
        Some(rest) => calendar(rest),
        None => seconds_and_fraction(text),
    };
    parsed.ok_or_else(|| format!("{text:?} is no time, such as 1767225600 or 2026-01-01T00:00:00Z"))
}

fn seconds_and_fraction(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    if text.starts_with('-') && !fraction.is_empty() {
        return None;
    }
    Some(Timestamp { seconds: seconds.parse().ok()?, nanoseconds: nanoseconds(fraction)? })
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}").parse().ok()
}

fn calendar(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', ' '])?;
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (date.next()?, date.next()?, date.next()?);
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut clock = clock.splitn(3, ':');
    let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next()?);
    let field = |text: &str, range: std::ops::RangeInclusive<i64>| {
        text.parse::<i64>().ok().filter(|value| range.contains(value))
    };
    let (year, month) = (field(year, 1..=9999)?, field(month, 1..=12)?);
    let days = days_from_civil(year, month, field(day, 1..=days_in_month(year, month))?);
    let seconds = field(hour, 0..=23)? * 3600 + field(minute, 0..=59)? * 60 + field(second, 0..=59)?;
    Some(Timestamp { seconds: days * 86_400 + seconds, nanoseconds: nanoseconds(fraction)? })
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let years = before * 365 + before / 4 - before / 100 + before / 400;
    let months: i64 = (1..month).map(|month| days_in_month(year, month)).sum();
    const DAYS_BEFORE_1970: i64 = 719_162;
    years + months + day - 1 - DAYS_BEFORE_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories() {
        let grant =
            |host: &str, guest: &str, read_only| DirectoryGrant { host: host.into(), guest: guest.into(), read_only };
        assert_eq!(directory("a"), Ok(grant("a", "a", false)));
        assert_eq!(directory("a::/b"), Ok(grant("a", "/b", false)));
        assert_eq!(directory("a:ro"), Ok(grant("a", "a", true)));
        assert_eq!(directory("/x:y::/b:ro"), Ok(grant("/x:y", "/b", true)));
        assert!(directory("::").is_err());
        assert!(directory("").is_err());
    }

    #[test]
    fn times_and_sizes() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert!(duration("soon").is_err());
        assert!(duration("1y").is_err());
        assert!(duration("0").is_err());
        assert_eq!(size("64M"), Ok(64 << 20));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        assert_eq!(size("12"), Ok(12));
        assert!(size("99999999T").is_err());
    }

    #[test]
    fn what_is_out_of_range_is_told_with_the_range() {
        assert_eq!((head_size("8K"), memory_size("64K"), memory_size("4G")), (Ok(8 << 10), Ok(64 << 10), Ok(4 << 30)));
        for (outcome, range) in
            [(head_size("1"), "from 8K to 1G"), (memory_size("0"), "from 64K to 4G"), (memory_size("5G"), "to 4G")]
        {
            assert!(outcome.as_ref().is_err_and(|message| message.contains(range)), "{outcome:?}");
        }
    }

    #[test]
    fn moments() {
        let at = |seconds, nanoseconds| Ok(Timestamp { seconds, nanoseconds });
        assert_eq!(timestamp("0"), at(0, 0));
        assert_eq!(timestamp("1.5"), at(1, 500_000_000));
        assert_eq!(timestamp("1970-01-01T00:00:00Z"), at(0, 0));
        assert_eq!(timestamp("2000-02-29T12:34:56.25Z"), at(951_827_696, 250_000_000));
        assert_eq!(timestamp("2026-11-21T00:00:00Z"), at(1_795_219_200, 0));
        assert!(timestamp("2025-02-29T00:00:00Z").is_err());
        assert_eq!(timestamp("-1"), at(-1, 0));
        assert!(timestamp("-1.5").is_err(), "a timestamp's fraction counts forwards");
        assert!(timestamp("tomorrow").is_err());
    }

    #[test]
    fn addresses() {
        assert_eq!(listen("127.0.0.1:80"), Ok(ListenAddress::Tcp("127.0.0.1:80".parse().unwrap())));
        assert_eq!(listen("unix:/s"), Ok(ListenAddress::Unix("/s".into())));
        assert!(listen("localhost").is_err());
        assert_eq!(address("[::1]:80"), Ok("[::1]:80".parse().unwrap()));
        for (text, part) in
            [("localhost:1", "127.0.0.1:1"), ("::1", "127.0.0.1:1 "), ("x", ":8080"), ("a:99999", ":8080")]
        {
            let told = address(text).unwrap_err();
            assert!(told.contains(part), "{text}: {told}");
        }
    }
}
