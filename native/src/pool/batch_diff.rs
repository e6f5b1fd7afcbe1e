//! Differences between the counts of two stream batches, sorted by pretoken id.
//!
//! Sorting by id has a purpose: the entries of pretokens, and most of their substrings, are then read from front to
//! back. The counts of a stream batch are in the order of its texts. So they are written to a list indexed by id, with
//! a bit for each id, and are read in the order of the bits.

use crate::pool::batch_counts::BatchCounts;
use crate::pool::count::Count;

/// Pairs of a pretoken id and the number of occurrences that one stream batch has more than the other.
type Changes<'a, C> = &'a [(u32, C)];

/// Comparison of the counts of two stream batches; keeps its memory between comparisons.
#[derive(Default)]
pub(crate) struct Difference<C> {
    /// Counts of each pretoken in the first and in the second stream batch, by id; 0 except during a comparison.
    counts: Vec<(C, C)>,
    /// Bit of each pretoken of either stream batch, by id; 0 except during a comparison.
    bits: Vec<u64>,
    /// Pretokens that the first stream batch has more often, with the differences, then free room.
    more: BatchCounts<C>,
    /// Pretokens that the second stream batch has more often, with the differences, then free room.
    less: BatchCounts<C>,
}

impl<C: Count> Difference<C> {
    /// Returns the pretokens that `one` has more often than `other`, and the pretokens that `other` has more often,
    /// both sorted by id and with the differences. All ids must be below `end`.
    pub(crate) fn of(&mut self, one: &[(u32, C)], other: &[(u32, C)], end: usize) -> (Changes<'_, C>, Changes<'_, C>) {
        self.counts.resize(end, Default::default());
        self.bits.resize(end.div_ceil(64), 0);
        for &(pretoken, count) in one {
            self.counts[pretoken as usize].0 = count;
            self.bits[pretoken as usize / 64] |= 1 << (pretoken % 64);
        }
        for &(pretoken, count) in other {
            self.counts[pretoken as usize].1 = count;
            self.bits[pretoken as usize / 64] |= 1 << (pretoken % 64);
        }
        let room = one.len() + other.len() + 1;
        self.more.resize(room.max(self.more.len()), Default::default());
        self.less.resize(room.max(self.less.len()), Default::default());
        let (mut more, mut less) = (0, 0);
        for (bits, first) in self.bits.iter_mut().zip((0..).step_by(64)) {
            let mut bits = std::mem::take(bits);
            while bits != 0 {
                let pretoken: u32 = first + bits.trailing_zeros();
                bits &= bits - 1;
                let (here, there) = std::mem::take(&mut self.counts[pretoken as usize]);
                let by = (pretoken, here.max(there).minus(here.min(there)));
                // Branchless, because the branch would be unpredictable. Both lists get the entry, and only the list to
                // which it belongs gets longer; in the other one, the next entry overwrites it.
                (self.more[more], self.less[less]) = (by, by);
                more += usize::from(here > there);
                less += usize::from(here < there);
            }
        }
        (&self.more[..more], &self.less[..less])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn differences_are_those_of_maps(
            batches in prop::collection::vec(prop::collection::btree_map(0..300u32, 1..4u64, 0..80), 1..6),
        ) {
            let mut difference = Difference::default();
            for pair in batches.windows(2) {
                let [one, other] = [0, 1].map(|n| pair[n].iter().rev().map(|(&n, &times)| (n, times)).collect::<BatchCounts<_>>());
                let by = |here: &BTreeMap<u32, u64>, there: &BTreeMap<u32, u64>| -> BatchCounts<u64> {
                    let by = |(&n, &times): (&u32, &u64)| (n, times.saturating_sub(there.get(&n).copied().unwrap_or(0)));
                    here.iter().map(by).filter(|&(_, by)| by > 0).collect()
                };
                let (more, less) = (by(&pair[0], &pair[1]), by(&pair[1], &pair[0]));
                prop_assert_eq!(difference.of(&one, &other, 300), (&more[..], &less[..]));
            }
        }
    }
}
