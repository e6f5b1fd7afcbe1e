//! Bucket sort of counts by their keys.
//!
//! Each draw of a shard adds some ten thousand counts. One pass moves them into buckets by their first two bytes, few
//! enough to write to, and each bucket is then sorted while it is in the processor's caches.

use crate::base::substring_key::SubstringKey;

/// Largest number of counts in a bucket, unless their first two bytes are equal: so many fit the first-level cache.
const TOGETHER: usize = 512;

/// Inline key with a count, in one number: the key's bytes, its length and an index into `TIMES`. Other counts are sums
/// of several.
///
/// It has few bytes, since the list of a shard grows into memory that is new to the process, page by page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Counted(u128);

/// Counts that one `Counted` can have.
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

    /// Returns the key.
    #[inline]
    #[must_use]
    pub(crate) fn key(self) -> SubstringKey {
        SubstringKey(self.0 & !0xFF | (self.0 & 0xFF) >> 4)
    }

    /// Returns the count.
    #[inline]
    #[must_use]
    pub(crate) fn count(self) -> u32 {
        TIMES[(self.0 & 0xF) as usize]
    }

    /// The first two bytes of the key, as a number.
    fn first_bytes(self) -> usize {
        (self.0 >> 112) as usize
    }
}

/// Sorts counts by their keys; its memory is kept between calls.
#[derive(Default)]
pub(crate) struct BucketSort {
    sorted: Vec<Counted>,
    /// Number of keys with these first two bytes, then the index of their bucket.
    buckets: Vec<u32>,
    /// Index in `sorted` where the next count of each bucket goes: its beginning, and in the end its end.
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

    /// Joins neighbouring values of the first two bytes to buckets of up to `TOGETHER` counts.
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

    /// Counts of keys of few different bytes, so that there are equal ones, long common prefixes and full buckets.
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
