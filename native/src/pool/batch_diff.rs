//! Differences between two lists of batch counts, by rising number.
//!
//! By number, what is known of pretokens, and most of their substrings, are met from front to back. Counts of a batch are in
//! the order of the text, so counts are written by number, a bit for each, and read in the order of the bits.

use crate::pool::batch_counts::BatchCounts;
use crate::pool::pretokens::Count;

/// Pretokens, and how much more often, or less often, each is in batch than in the other.
type Changes<'a, C> = &'a [(u32, C)];

/// Compares the counts of two batches; keeps its memory between calls.
#[derive(Default)]
pub struct Difference<C> {
    /// How often each pretoken is in the one and in the other; 0 but while they are compared.
    times: Vec<(C, C)>,
    /// A bit for each pretoken that is in one of them; 0 but while they are compared.
    bits: Vec<u64>,
    /// Pretokens and by how much they differ, and room.
    more: BatchCounts<C>,
    less: BatchCounts<C>,
}

impl<C: Count> Difference<C> {
    /// The pretokens that `one` has more often than `other`, and those that it has less often, each by rising number and
    /// with the difference. All numbers are below `end`.
    pub fn of(&mut self, one: &[(u32, C)], other: &[(u32, C)], end: usize) -> (Changes<'_, C>, Changes<'_, C>) {
        self.times.resize(end, Default::default());
        self.bits.resize(end.div_ceil(64), 0);
        for &(pretoken, times) in one {
            self.times[pretoken as usize].0 = times;
            self.bits[pretoken as usize / 64] |= 1 << (pretoken % 64);
        }
        for &(pretoken, times) in other {
            self.times[pretoken as usize].1 = times;
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
                let (here, there) = std::mem::take(&mut self.times[pretoken as usize]);
                let by = (pretoken, here.max(there).less(here.min(there)));
                // Without a branch, since nobody can foresee which list one is for: what is for none is written over.
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
