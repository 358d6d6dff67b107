//! Where strings live that a call borrows but that the guest's memory does not have as UTF-8.

use std::cell::OnceCell;

/// Keeps strings until the call is over, so that a `&str` can be lifted from any encoding. A chain of cells, each set
/// once: what was lent out never moves, which needs no unsafe code.
#[derive(Debug, Default)]
pub struct Scratch(OnceCell<Box<Link>>);

#[derive(Debug)]
struct Link {
    text: String,
    next: Scratch,
}

impl Scratch {
    /// Bytes that a string costs beside its own.
    pub(crate) const OVERHEAD: usize = size_of::<Link>() + 16;

    /// An empty one.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forget all strings.
    #[cold]
    pub fn clear(&mut self) {
        let mut link = self.0.take();
        while let Some(mut this) = link {
            link = this.next.0.take();
        }
    }

    /// Keep a string. `end` is moved on, so that the next one need not search for the end.
    pub(crate) fn keep<'m>(end: &mut &'m Self, text: String) -> &'m str {
        let mut last: &'m Self = end;
        while let Some(link) = last.0.get() {
            last = &link.next;
        }
        let link = last.0.get_or_init(|| Box::new(Link { text, next: Self::new() }));
        *end = &link.next;
        &link.text
    }
}

impl Drop for Scratch {
    /// One after the other: a chain that drops itself would need as much stack as it is long.
    #[inline]
    fn drop(&mut self) {
        if self.0.get().is_some() {
            self.clear();
        }
    }
}
