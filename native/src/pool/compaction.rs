//! Compaction map: which ids of a list survive a sweep, and their new ids (a bitmap with rank).
//!
//! Ids that survive are numbered anew from 0 in their old order. So lists by id stay dense, new entries go to the end,
//! and neighbours stay neighbours. The new id is the number of surviving ids below the old id: a stored number for
//! every 64 ids, plus the number of set bits below the old id in a word.

use std::ops::Range;

/// Map from the ids before a sweep to the ids after it.
pub struct CompactionMap {
    words: Vec<Word>,
}

/// Part of a compaction map for 64 consecutive ids.
#[derive(Clone, Copy, Default)]
struct Word {
    /// Bit of each of the 64 ids, the lowest id first: set if the id survives.
    bits: u64,
    /// Number of surviving ids below these 64.
    before: u32,
}

impl CompactionMap {
    /// Makes the map of the ids of a list, which must have fewer than 2^32 items. An id survives if `survives` is true
    /// of its item.
    #[inline]
    #[must_use]
    pub(crate) fn of<T: Copy>(list: &[T], survives: impl Fn(T) -> bool) -> Self {
        let mut words = Vec::with_capacity(list.len() / 64 + 2);
        let mut before = 0;
        for items in list.chunks(64) {
            let bits = bits_of(items, &survives);
            words.push(Word { bits, before });
            before += bits.count_ones();
        }
        words.push(Word { bits: 0, before }); // so that another word follows every word
        Self { words }
    }

    /// Returns whether `id` survives the sweep.
    #[inline]
    #[must_use]
    pub(crate) fn survives(&self, id: u32) -> bool {
        self.words[id as usize / 64].bits >> (id % 64) & 1 == 1
    }

    /// Returns the new id of `id`, which must survive.
    #[inline]
    #[must_use]
    pub(crate) fn new_id(&self, id: u32) -> u32 {
        let Word { bits, before } = self.words[id as usize / 64];
        before + (bits & ((1 << (id % 64)) - 1)).count_ones()
    }

    /// Returns the number of ids at the start of `ids` that survive, up to the first one that does not. `ids` must be
    /// at most 64.
    #[inline]
    #[must_use]
    pub(crate) fn leading_survivors(&self, ids: Range<usize>) -> usize {
        let (word, bit) = (ids.start / 64, ids.start % 64);
        let next = self.words.get(word + 1).copied().unwrap_or_default();
        let bits = (u128::from(self.words[word].bits) | u128::from(next.bits) << 64) >> bit;
        ids.len().min(bits.trailing_ones() as usize)
    }

    /// Removes the items whose ids do not survive from a list by id.
    #[inline]
    pub(crate) fn compact<T: Copy>(&self, list: &mut Vec<T>) {
        let mut end = 0;
        for (Word { bits, .. }, first) in self.words.iter().zip((0..list.len()).step_by(64)) {
            if *bits == u64::MAX && first + 64 <= list.len() {
                list.copy_within(first..first + 64, end);
                end += 64;
                continue;
            }
            // Branchless, because survival is unpredictable: the next item overwrites an item that does not survive.
            for (id, bit) in (first..list.len()).zip(0..64) {
                list[end] = list[id];
                end += (bits >> bit & 1) as usize;
            }
        }
        list.truncate(end);
    }

    /// Calls `each` with every id of a list that the sweep removes, if `matters` is true of the id's item.
    #[inline]
    pub(crate) fn each_removed<T: Copy>(&self, list: &[T], matters: impl Fn(T) -> bool, mut each: impl FnMut(usize)) {
        for ((Word { bits, .. }, items), first) in self.words.iter().zip(list.chunks(64)).zip((0..).step_by(64)) {
            let mut removed = bits_of(items, &matters) & !bits;
            while removed != 0 {
                each(first + removed.trailing_zeros() as usize);
                removed &= removed - 1;
            }
        }
    }
}

/// Returns one bit for each of at most 64 items: set if `holds` is true of the item.
#[inline]
fn bits_of<T: Copy>(items: &[T], holds: impl Fn(T) -> bool) -> u64 {
    let bits = items.iter().zip(0..).map(|(&item, bit)| u64::from(holds(item)) << bit);
    bits.fold(0, |all, bit| all | bit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn survivors_are_those_that_a_filter_leaves(
            rows in prop::collection::vec((any::<bool>(), 1..150usize), 0..30), start in any::<usize>(), length in 0..65usize,
        ) {
            let list: Vec<bool> = rows.iter().flat_map(|&(survives, times)| vec![survives; times]).collect();
            let map = CompactionMap::of(&list, |survives| survives);
            let survivors: Vec<u32> = (0..list.len() as u32).filter(|&id| list[id as usize]).collect();
            prop_assert!((0..list.len() as u32).all(|id| map.survives(id) == list[id as usize]));
            prop_assert!(survivors.iter().zip(0..).all(|(&id, new)| map.new_id(id) == new));
            for end in [list.len(), list.len() / 2, list.len() / 64 * 64] {
                let (mut compacted, mut removed) = ((0..end as u32).collect(), Vec::new());
                map.compact(&mut compacted);
                prop_assert!(survivors.iter().take_while(|&&id| id < end as u32).eq(&compacted));
                let ids: Vec<usize> = (0..end).collect();
                map.each_removed(&ids, |id| id % 3 > 0, |id| removed.push(id));
                prop_assert!((0..end).filter(|&id| !list[id] && id % 3 > 0).eq(removed));
            }
            let ids = start % (list.len() + 1)..(start % (list.len() + 1)).saturating_add(length).min(list.len());
            let expected = list[ids.clone()].iter().take_while(|&&survives| survives).count();
            prop_assert_eq!(map.leading_survivors(ids), expected);
        }
    }
}
