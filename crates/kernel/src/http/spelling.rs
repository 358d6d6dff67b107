//! How a guest spelled the names of fields: upper and lower case that the names themselves do not keep.
//!
//! Kept only of names of which some value was given in other than lower case, so that most fields cost nothing more. The
//! budget counts a name once: its spellings are as long, and there are no more of them than values.

use http::HeaderMap;
use http::header::HeaderName;

/// The spellings of names, one for each value, in the order of the values.
#[derive(Clone, Debug, Default)]
pub(super) struct Spellings(HeaderMap<Vec<Box<str>>>);

/// There is no room in the map.
pub(super) struct Full;

impl Spellings {
    /// Note how a name is spelled that gets one more value; `before` counts those that it has.
    pub(super) fn append(
        &mut self,
        name: &HeaderName,
        spelled: &str,
        before: impl FnOnce() -> usize,
    ) -> Result<(), Full> {
        if let Some(known) = self.0.get_mut(name) {
            known.push(spelled.into());
            return Ok(());
        }
        if spelled == name.as_str() {
            return Ok(());
        }
        let mut all: Vec<Box<str>> = vec![name.as_str().into(); before()];
        all.push(spelled.into());
        self.0.try_insert(name, all).map(drop).map_err(|_| Full)
    }

    /// Note how a name is spelled that has so many values now, and no others.
    pub(super) fn set(&mut self, name: &HeaderName, spelled: &str, count: usize) -> Result<(), Full> {
        self.0.remove(name);
        if count == 0 || spelled == name.as_str() {
            return Ok(());
        }
        self.0.try_insert(name, vec![spelled.into(); count]).map(drop).map_err(|_| Full)
    }

    /// The entries of a map with their names as they were spelled. The map has the values of a name one after the other.
    pub(super) fn spell<'a, V>(&'a self, map: &'a HeaderMap<V>) -> impl Iterator<Item = (&'a str, &'a V)> {
        let mut last: Option<(&HeaderName, usize)> = None;
        map.iter().map(move |(name, value)| {
            let index = match last {
                Some((known, index)) if known == name => index + 1,
                _ => 0,
            };
            last = Some((name, index));
            let spelled = self.0.get(name).and_then(|all| all.get(index));
            (spelled.map_or(name.as_str(), |spelled| spelled), value)
        })
    }
}
