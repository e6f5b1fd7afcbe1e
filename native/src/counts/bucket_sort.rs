//! Bucket sort of a shard's counts by their substring keys.
//!
//! Each draw of a shard adds some ten thousand counts. One pass moves the counts into buckets by the first two bytes of
//! their keys. There are few enough buckets to write to all of them side by side. Each bucket is then sorted while it
//! is in the processor's caches.

use crate::base::substring_key::SubstringKey;

/// Largest number of counts in a bucket of keys with different first two bytes. 512 counts fit the first-level cache.
const TOGETHER: usize = 512;

/// Inline key with a count, in one number: the key's bytes, the key's length and an index into `TIMES`. A count that is
/// not in `TIMES` is stored as several values with the same key.
///
/// A value has only 16 bytes, because the list of a shard grows into new memory of the system, and each new page of
/// memory takes time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Counted(u128);

/// Counts that one `Counted` can hold.
const TIMES: [u32; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 32, 64, 256];

impl Counted {
    /// Appends an inline key with its count to `list`.
    #[inline]
    pub(crate) fn push(key: SubstringKey, count: u32, list: &mut Vec<Self>) {
        let bytes_and_length = key.0 & !0xFF | (key.0 & 0xF) << 4;
        let mut left = count;
        while left > 0 {
            let index = if left <= 12 { left as usize - 1 } else { TIMES.partition_point(|&times| times <= left) - 1 };
            list.push(Self(bytes_and_length | index as u128));
            left -= TIMES[index];
        }
    }

    /// Returns the substring key.
    #[inline]
    #[must_use]
    pub(crate) fn key(self) -> SubstringKey {
        SubstringKey(self.0 & !0xFF | (self.0 & 0xFF) >> 4)
    }

    /// Returns the count of the key in this value.
    #[inline]
    #[must_use]
    pub(crate) fn count(self) -> u32 {
        TIMES[(self.0 & 0xF) as usize]
    }

    /// Returns the first two bytes of the key, as a big-endian number.
    fn first_bytes(self) -> usize {
        (self.0 >> 112) as usize
    }
}

/// Sorter of counts by their keys. The memory of its lists is kept between calls.
#[derive(Default)]
pub(crate) struct BucketSort {
    sorted: Vec<Counted>,
    /// By the first two bytes of a key: first the number of counts of these keys, then the index of their bucket.
    buckets: Vec<u32>,
    /// For each bucket, the index in `sorted` for its next count: the bucket's beginning at first, its end at last.
    ends: Vec<usize>,
}

impl BucketSort {
    /// Returns the counts by rising key.
    pub(crate) fn sorted(&mut self, counted: &[Counted]) -> &[Counted] {
        self.find_buckets(counted);
        self.sorted.resize(counted.len(), Counted::default());
        for &one in counted {
            let end = &mut self.ends[self.buckets[one.first_bytes()] as usize];
            self.sorted[*end] = one;
            *end += 1;
        }
        let mut start = 0;
        for &end in &self.ends {
            self.sorted[start..end].sort_unstable();
            start = end;
        }
        &self.sorted
    }

    /// Sets `buckets` and `ends`: joins neighbouring values of the first two bytes to buckets of up to `TOGETHER`
    /// counts.
    fn find_buckets(&mut self, counted: &[Counted]) {
        self.buckets.clear();
        self.buckets.resize(1 << 16, 0);
        for one in counted {
            self.buckets[one.first_bytes()] += 1;
        }
        self.ends.clear();
        self.ends.push(0);
        let (mut start, mut end) = (0, 0);
        for bucket in &mut self.buckets {
            let count = std::mem::take(bucket) as usize;
            if end > start && end + count > start + TOGETHER {
                self.ends.push(end);
                start = end;
            }
            *bucket = self.ends.len() as u32 - 1;
            end += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    /// Generates counts of keys of few different bytes, so that there are equal keys, long common prefixes and full
    /// buckets.
    fn counts() -> impl Strategy<Value = Vec<(SubstringKey, u32)>> {
        let bytes = prop::collection::vec(prop_oneof![8 => b'a'..b'e', 1 => any::<u8>()], 0..=15);
        let key = bytes.prop_map(|bytes| bytes.iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte)));
        prop::collection::vec((key, prop_oneof![0..20u32, 0..3000u32]), 0..2000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_order_is_that_of_a_map(first in counts(), second in counts()) {
            let mut sort = BucketSort::default();
            for counts in [first, second] {
                let (mut list, mut expected) = (Vec::new(), BTreeMap::new());
                for &(key, count) in counts.iter().filter(|&&(_, count)| count > 0) {
                    Counted::push(key, count, &mut list);
                    *expected.entry(key).or_insert(0) += count;
                }
                let same = sort.sorted(&list).chunk_by(|one, next| one.key() == next.key());
                let sums = same.map(|same| (same[0].key(), same.iter().map(|one| one.count()).sum()));
                prop_assert!(sums.eq(expected));
            }
        }
    }
}
