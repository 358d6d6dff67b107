//! Lists of buffers (`iovec_array`, `ciovec_array`): the guest's addresses become slices of its memory.
//!
//! A list is cut to the budget, and the rest is left for the guest's next call: a short transfer is always legal.
//! Buffers to be written into that overlap cannot be borrowed together, so such a list is cut before the first
//! buffer that overlaps an earlier one. Up to [`INLINE`] buffers need no allocation.

use std::io::{IoSlice, IoSliceMut};
use std::ops::Range;

use tambo_kernel::{Budget, Error, Result};

use crate::abi::IOVEC_SIZE;
use crate::memory::{Memory, field_u32};

const INLINE: usize = 16;

/// The most that one call transfers, whatever the budget: a guest's `ssize_t` has to hold it.
const MOST: usize = i32::MAX as usize;

/// Where a guest keeps a list of buffers.
#[derive(Clone, Copy)]
pub(crate) struct List {
    pub(crate) pointer: u32,
    pub(crate) count: u32,
    /// Bytes at the front of the buffers that an earlier try of the same call has dealt with.
    pub(crate) skip: usize,
}

impl List {
    pub(crate) fn new(pointer: u32, count: u32) -> Self {
        Self { pointer, count, skip: 0 }
    }
}

/// How many bytes all buffers of a list have together, within the budget. Checks every buffer that is used.
pub(crate) fn total(memory: &Memory<'_>, list: List, budget: &Budget) -> Result<usize> {
    let mut sum = 0;
    for_each_range(memory, list, budget, |range| sum += range.len())?;
    Ok(sum)
}

/// The buffer of a list of one, if there is room in it. The other lists, and those that are wrong, are for [`scatter`].
#[inline(always)]
pub(crate) fn only_mut<'m>(memory: &'m mut Memory<'_>, list: List, budget: &Budget) -> Option<&'m mut [u8]> {
    let range = only(memory, list, budget)?;
    memory.all_mut().get_mut(range)
}

/// The same to read from; the rest is for [`gather`].
#[inline(always)]
pub(crate) fn only_ref<'m>(memory: &'m Memory<'_>, list: List, budget: &Budget) -> Option<&'m [u8]> {
    let range = only(memory, list, budget)?;
    memory.all().get(range)
}

/// Have `fill` write into the buffers of a list; 0 without asking it if there is no room at all.
#[inline(never)]
pub(crate) fn scatter(
    memory: &mut Memory<'_>,
    list: List,
    budget: &Budget,
    fill: impl FnOnce(&mut [IoSliceMut<'_>]) -> Result<usize>,
) -> Result<usize> {
    if list.count as usize > INLINE
        && let Some(ranges) = disjoint(memory, list, budget)?
    {
        return scatter_sorted(memory.all_mut(), &ranges, fill);
    }
    match list.count {
        // As the C library reads: into what the caller asked for, then into its own buffer.
        0..=2 => scatter_inline::<2>(memory, list, budget, fill),
        _ => scatter_inline::<INLINE>(memory, list, budget, fill),
    }
}

/// Have `drain` read from the buffers of a list; 0 without asking it if there is nothing at all.
#[inline(never)]
pub(crate) fn gather(
    memory: &Memory<'_>,
    list: List,
    budget: &Budget,
    drain: impl FnOnce(&[IoSlice<'_>]) -> Result<usize>,
) -> Result<usize> {
    let all = memory.all();
    let slice = |range: Range<usize>| IoSlice::new(all.get(range).unwrap_or_default());
    if list.count as usize <= INLINE {
        let mut slices = [IoSlice::new(&[]); INLINE];
        let mut used = 0;
        for_each_range(memory, list, budget, |range| {
            if let Some(place) = slices.get_mut(used) {
                *place = slice(range);
                used += 1;
            }
        })?;
        return if used == 0 { Ok(0) } else { drain(slices.get(..used).unwrap_or_default()) };
    }
    let mut slices = Vec::new();
    for_each_range(memory, list, budget, |range| slices.push(slice(range)))?;
    if slices.is_empty() { Ok(0) } else { drain(&slices) }
}

#[inline(always)]
fn only(memory: &Memory<'_>, list: List, budget: &Budget) -> Option<Range<usize>> {
    if list.count != 1 || list.skip != 0 {
        return None;
    }
    let record: [u8; IOVEC_SIZE as usize] = memory.read(list.pointer).ok()?;
    let range = memory.range(field_u32(&record, 0), u64::from(field_u32(&record, 4))).ok()?;
    let len = range.len().min(budget.transfer).min(MOST);
    (len > 0).then(|| range.start..range.start + len)
}

/// Every buffer that has bytes, in order, until the budget is used up.
fn for_each_range(memory: &Memory<'_>, list: List, budget: &Budget, mut each: impl FnMut(Range<usize>)) -> Result<()> {
    let records = memory.range(list.pointer, u64::from(list.count) * u64::from(IOVEC_SIZE))?;
    let records = memory.all().get(records).ok_or(Error::Fault)?;
    let (mut left, mut skip) = (budget.transfer.min(MOST), list.skip);
    for record in records.chunks_exact(IOVEC_SIZE as usize).take(budget.buffers as usize) {
        let range = memory.range(field_u32(record, 0), u64::from(field_u32(record, 4)))?;
        let skipped = skip.min(range.len());
        skip -= skipped;
        let start = range.start + skipped;
        let len = (range.end - start).min(left);
        left -= len;
        if len > 0 {
            each(start..start + len);
        }
    }
    Ok(())
}

/// With the first `N` buffers, or as many of them as do not overlap.
fn scatter_inline<const N: usize>(
    memory: &mut Memory<'_>,
    list: List,
    budget: &Budget,
    fill: impl FnOnce(&mut [IoSliceMut<'_>]) -> Result<usize>,
) -> Result<usize> {
    let mut ranges = [const { 0..0 }; N];
    let mut used = 0;
    let list = List { count: list.count.min(N as u32), ..list };
    for_each_range(memory, list, budget, |range| {
        if let Some(place) = ranges.get_mut(used) {
            *place = range;
            used += 1;
        }
    })?;
    if memory.all_mut().get_disjoint_mut(ranges.clone()).is_err() {
        used = disjoint_prefix(ranges.get(..used).unwrap_or_default());
        ranges.iter_mut().skip(used).for_each(|range| *range = 0..0);
    }
    if used == 0 {
        return Ok(0);
    }
    let slices = memory.all_mut().get_disjoint_mut(ranges).map_err(|_| Error::Fault)?;
    let mut slices = slices.map(IoSliceMut::new);
    fill(slices.get_mut(..used).unwrap_or_default())
}

fn disjoint_prefix(ranges: &[Range<usize>]) -> usize {
    let overlaps = |index: usize, range: &Range<usize>| {
        ranges.iter().take(index).any(|earlier| range.start < earlier.end && earlier.start < range.end)
    };
    ranges.iter().enumerate().position(|(index, range)| overlaps(index, range)).unwrap_or(ranges.len())
}

/// A buffer of a list, and its place in it.
struct Placed {
    range: Range<usize>,
    place: usize,
}

/// The buffers sorted by address, none if any two overlap.
fn disjoint(memory: &Memory<'_>, list: List, budget: &Budget) -> Result<Option<Vec<Placed>>> {
    let mut ranges = Vec::new();
    for_each_range(memory, list, budget, |range| {
        let place = ranges.len();
        ranges.push(Placed { range, place });
    })?;
    ranges.sort_unstable_by_key(|placed: &Placed| placed.range.start);
    let apart = ranges.is_sorted_by(|a, b| a.range.end <= b.range.start);
    Ok(apart.then_some(ranges))
}

fn scatter_sorted(
    mut rest: &mut [u8],
    ranges: &[Placed],
    fill: impl FnOnce(&mut [IoSliceMut<'_>]) -> Result<usize>,
) -> Result<usize> {
    if ranges.is_empty() {
        return Ok(0);
    }
    let mut slices: Vec<IoSliceMut<'_>> = ranges.iter().map(|_| IoSliceMut::new(&mut [])).collect();
    let mut base = 0;
    for Placed { range, place } in ranges {
        let (_, at) = rest.split_at_mut_checked(range.start - base).ok_or(Error::Fault)?;
        let (slice, after) = at.split_at_mut_checked(range.len()).ok_or(Error::Fault)?;
        if let Some(target) = slices.get_mut(*place) {
            *target = IoSliceMut::new(slice);
        }
        (rest, base) = (after, range.end);
    }
    fill(&mut slices)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(buffers: &[(u32, u32)]) -> (Vec<u8>, List) {
        let mut bytes = vec![0; 1 << 16];
        for (index, (pointer, len)) in buffers.iter().enumerate() {
            bytes[index * 8..][..4].copy_from_slice(&pointer.to_le_bytes());
            bytes[index * 8 + 4..][..4].copy_from_slice(&len.to_le_bytes());
        }
        (bytes, List::new(0, buffers.len() as u32))
    }

    /// Fills the buffers with 1, 2, 3, … and answers their lengths.
    fn fill(bytes: &mut [u8], list: List, budget: &Budget) -> Result<Vec<usize>> {
        let mut lengths = Vec::new();
        scatter(&mut Memory::new(bytes), list, budget, |slices| {
            for (index, slice) in slices.iter_mut().enumerate() {
                slice.fill(index as u8 + 1);
                lengths.push(slice.len());
            }
            Ok(lengths.iter().sum())
        })?;
        Ok(lengths)
    }

    #[test]
    fn order_is_the_lists_not_the_addresses() {
        for many in [0, 30] {
            let mut buffers = vec![(5000, 10), (4000, 20), (4500, 5)];
            buffers.extend((0..many).map(|index| (9000 - index * 4, 4)));
            let (mut bytes, list) = guest(&buffers);
            let lengths = fill(&mut bytes, list, &Budget::default()).unwrap();
            assert_eq!(lengths.len(), 3 + many as usize);
            assert_eq!((bytes[5000], bytes[4000], bytes[4500], bytes[4020]), (1, 2, 3, 0));
        }
    }

    #[test]
    fn overlapping_buffers_are_cut_to_the_disjoint_front() {
        let (mut bytes, list) = guest(&[(4000, 10), (5000, 10), (4009, 10), (6000, 1)]);
        assert_eq!(fill(&mut bytes, list, &Budget::default()), Ok(vec![10, 10]));
        let (mut bytes, list) = guest(&[(4000, 10); 40]);
        assert_eq!(fill(&mut bytes, list, &Budget::default()), Ok(vec![10]));
    }

    #[test]
    fn the_budget_cuts_count_and_bytes() {
        let budget = Budget { buffers: 20, transfer: 105, ..Budget::default() };
        let buffers: Vec<_> = (0..40).map(|index| (4000 + index * 10, 10)).collect();
        let (mut bytes, list) = guest(&buffers);
        assert_eq!(fill(&mut bytes, list, &budget).unwrap().iter().sum::<usize>(), 105);
        assert_eq!(total(&Memory::new(&mut bytes), list, &budget), Ok(105));
        let roomy = Budget { buffers: 20, ..Budget::default() };
        assert_eq!(fill(&mut bytes, list, &roomy).unwrap().len(), 20);
    }

    #[test]
    fn bad_addresses_fault_and_empty_ones_do_not() {
        let budget = Budget::default();
        for bad in [(u32::MAX, 2), (65535, 2), (0, u32::MAX)] {
            let (mut bytes, list) = guest(&[(4000, 4), bad]);
            assert_eq!(fill(&mut bytes, list, &budget), Err(Error::Fault));
            assert_eq!(gather(&Memory::new(&mut bytes), list, &budget, |_| Ok(9)), Err(Error::Fault));
        }
        let (mut bytes, list) = guest(&[(u32::MAX, 0), (4000, 4), (70000, 0)]);
        assert_eq!(fill(&mut bytes, list, &budget), Ok(vec![4]));
        let wrapping = List::new(8, u32::MAX);
        assert_eq!(fill(&mut bytes, wrapping, &budget), Err(Error::Fault));
        assert_eq!(fill(&mut bytes, List::new(u32::MAX, 0), &budget), Ok(vec![]));
    }

    #[test]
    fn skipping_goes_on_where_an_earlier_try_ended() {
        let (mut bytes, list) = guest(&[(4000, 4), (5000, 4), (6000, 4)]);
        let list = List { skip: 6, ..list };
        assert_eq!(fill(&mut bytes, list, &Budget::default()), Ok(vec![2, 4]));
        assert_eq!((bytes[5001], bytes[5002], bytes[6000]), (0, 1, 2));
    }
}
