//! What waits for something of which there is not enough: groups take turns, and none has more than its share under way.
//!
//! Work that is begun cannot be put aside. So it is not enough that groups take turns: one whose work takes long would
//! still come to hold everything.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Work, by the group that it is of: as a rule a [guest](crate::GuestId).
pub struct Turns<G, T> {
    /// What one group may have under way.
    share: usize,
    /// Groups with work that waits; the one in front is the next one's turn.
    waiting: VecDeque<(G, VecDeque<T>)>,
    /// How much of each group is under way, where there is any.
    under_way: HashMap<G, usize>,
}

impl<G: Copy + Eq + Hash, T> Turns<G, T> {
    /// Nothing, of which no group will have more than `share` under way.
    pub fn new(share: usize) -> Self {
        Self { share, waiting: VecDeque::new(), under_way: HashMap::new() }
    }

    /// More work of a group, which waits.
    pub fn push(&mut self, group: G, work: T) {
        match self.waiting.iter_mut().find(|(of, _)| *of == group) {
            Some((_, queue)) => queue.push_back(work),
            None => self.waiting.push_back((group, VecDeque::from([work]))),
        }
    }

    /// The next work that may begin, which is under way from now on, and whose it is.
    pub fn begin(&mut self) -> Option<(G, T)> {
        let index = self.waiting.iter().position(|(group, _)| self.left(*group) > 0)?;
        let (group, mut queue) = self.waiting.remove(index)?;
        let work = queue.pop_front()?;
        if !queue.is_empty() {
            self.waiting.push_back((group, queue));
        }
        self.add(group);
        Some((group, work))
    }

    /// Have work of a group under way that has not waited. Whether it may be: it is nobody else's turn, and there is
    /// something left of its share.
    pub fn begin_at_once(&mut self, group: G) -> bool {
        let may = self.left(group) > 0 && self.ready() == 0;
        if may {
            self.add(group);
        }
        may
    }

    /// Work of a group that was begun has ended.
    pub fn end(&mut self, group: G) {
        if let Some(count) = self.under_way.get_mut(&group) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(&group);
            }
        }
    }

    /// How much could begin now.
    pub fn ready(&self) -> usize {
        self.waiting.iter().map(|(group, queue)| queue.len().min(self.left(*group))).sum()
    }

    /// How much waits, whether it could begin or not.
    pub fn waiting(&self) -> usize {
        self.waiting.iter().map(|(_, queue)| queue.len()).sum()
    }

    /// Drop what waits and is not to be kept.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.waiting.retain_mut(|(_, queue)| {
            queue.retain(&keep);
            !queue.is_empty()
        });
    }

    fn add(&mut self, group: G) {
        *self.under_way.entry(group).or_default() += 1;
    }

    fn left(&self, group: G) -> usize {
        self.share.saturating_sub(self.under_way.get(&group).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_take_turns_within_their_shares() {
        let mut turns = Turns::new(2);
        (0..4).for_each(|number| turns.push('a', number));
        turns.push('b', 10);
        turns.push('c', 20);
        assert_eq!(turns.ready(), 4);
        assert!(!turns.begin_at_once('d'), "it is the turn of others");
        let begun: Vec<_> = std::iter::from_fn(|| turns.begin()).collect();
        assert_eq!(begun, [('a', 0), ('b', 10), ('c', 20), ('a', 1)]);
        assert_eq!(turns.ready(), 0, "the first has its share under way");
        assert!(!turns.begin_at_once('a') && turns.begin_at_once('d'));
        turns.end('b');
        assert_eq!(turns.begin(), None);
        turns.end('a');
        assert_eq!((turns.ready(), turns.begin(), turns.begin()), (1, Some(('a', 2)), None));
        turns.retain(|number| *number != 3);
        ['a', 'a', 'c', 'd'].into_iter().for_each(|group| turns.end(group));
        assert_eq!(turns.begin(), None);
        assert!(turns.under_way.is_empty() && turns.waiting() == 0);
    }
}
