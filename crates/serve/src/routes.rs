//! Which component answers a request: by host, the very name before `*.` names before any, then by the longest path.

use crate::host::{self, InvalidHost};

/// What is behind hosts and paths.
pub(crate) struct Routes<T>(Vec<Route<T>>);

struct Route<T> {
    host: Host,
    /// Without a slash at the end.
    path: String,
    target: T,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Host {
    Any,
    /// Names that end like this, with the dot.
    Below(String),
    Exactly(String),
}

impl Host {
    /// As the file of routes has it, in the [one form](crate::host).
    fn parse(host: Option<&str>) -> Self {
        match host {
            None => Self::Any,
            Some(host) => match host.strip_prefix("*.") {
                Some(name) => Self::Below(format!(".{name}")),
                None => Self::Exactly(host.to_owned()),
            },
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(name) => host == name,
            Self::Below(end) => host.len() > end.len() && host.ends_with(end.as_str()),
        }
    }
}

impl<T> Routes<T> {
    /// From hosts, paths, and what is there. Of equal ones the first counts.
    pub(crate) fn new<'a>(routes: impl IntoIterator<Item = (Option<&'a str>, &'a str, T)>) -> Self {
        let routes = routes.into_iter().map(|(host, path, target)| Route {
            host: Host::parse(host),
            path: path.trim_end_matches('/').to_owned(),
            target,
        });
        let mut routes: Vec<_> = routes.collect();
        routes.sort_by(|a, b| (&b.host, b.path.len()).cmp(&(&a.host, a.path.len())));
        Self(routes)
    }

    /// All that is behind them.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|route| &route.target)
    }

    /// What answers for a host, which may have a port, and a path.
    pub(crate) fn find(&self, authority: &str, path: &str) -> Result<Option<&T>, InvalidHost> {
        let host = host::of_authority(authority)?;
        let found = self.0.iter().find(|route| route.host.matches(&host) && is_below(path, &route.path));
        Ok(found.map(|route| &route.target))
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes<u32> {
        Routes::new([
            (None, "/", 1),
            (None, "/api", 2),
            (None, "/api/v2/", 3),
            (Some("*.example.com"), "/", 4),
            (Some("shop.example.com"), "/cart", 5),
        ])
    }

    #[test]
    fn the_longest_path_of_the_closest_host_answers() {
        for (host, path, target) in [
            ("a", "/", 1),
            ("a", "/apix", 1),
            ("a", "/api", 2),
            ("a:80", "/api/v1", 2),
            ("a", "/api/v2", 3),
            ("a", "/api/v2/x", 3),
            ("x.EXAMPLE.com:8080", "/api", 4),
            ("example.com", "/", 1),
            (".example.com", "/", 1),
            ("shop.example.com", "/cart/1", 5),
            ("shop.example.com", "/", 4),
            ("SHOP.example.com.:80", "/cart", 5),
            ("evilexample.com", "/", 1),
            ("[::1]:80", "/api", 2),
        ] {
            let expected = Ok(Some(&target));
            // A bare suffix is no name below it.
            assert_eq!(routes().find(host, path), expected, "{host} {path}");
        }
    }

    #[test]
    fn what_nobody_answers_for_is_not_found() {
        let routes = Routes::new([(Some("a"), "/x", 1), (Some("[::1]"), "/y", 2)]);
        assert_eq!((routes.find("a", "/x"), routes.find("[0::1]:80", "/y")), (Ok(Some(&1)), Ok(Some(&2))));
        assert_eq!((routes.find("a", "/"), routes.find("b", "/x")), (Ok(None), Ok(None)));
        assert_eq!(routes.find("a:x", "/x"), Err(InvalidHost));
    }
}
