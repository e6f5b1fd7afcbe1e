//! Counts of keys in the order of the keys.
//!
//! Some ten thousand counts come with each draw of a shard, so they are put where they roughly belong first, with one
//! pass and few enough places to write to, and sorted there while they are in the processor's caches.

use crate::key::Key;

/// Counts that share a bucket, unless the first two bytes do not tell more apart: they fit the first-level cache.
const TOGETHER: usize = 512;

/// A key, as two words since a number of 128 bits would take 32 bytes with its count, and its count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    high: u64,
    low: u64,
    /// How often the key was counted.
    pub count: u32,
}

impl Counted {
    /// So many of a key.
    #[inline]
    #[must_use]
    pub fn new(key: Key, count: u32) -> Self {
        Self { high: (key.0 >> 64) as u64, low: key.0 as u64, count }
    }

    /// The key.
    #[inline]
    #[must_use]
    pub fn key(self) -> Key {
        Key(u128::from(self.high) << 64 | u128::from(self.low))
    }

    fn first_bytes(self) -> usize {
        (self.high >> 48) as usize
    }
}

/// Puts counts into the order of their keys; memory is kept between calls.
#[derive(Default)]
pub struct Order {
    sorted: Vec<Counted>,
    /// How often the first two bytes of keys were met, then the number of their bucket.
    buckets: Vec<u32>,
    /// Where each bucket begins, until it is filled, and then where it ends.
    ends: Vec<usize>,
}

impl Order {
    /// The counts by rising key.
    pub fn sorted(&mut self, counted: &[Counted]) -> &[Counted] {
        self.find_buckets(counted);
        self.sorted.resize(counted.len(), Counted::default());
        for &one in counted {
            let place = &mut self.ends[self.buckets[one.first_bytes()] as usize];
            self.sorted[*place] = one;
            *place += 1;
        }
        let mut start = 0;
        for &end in &self.ends {
            self.sorted[start..end].sort_unstable_by_key(|one| one.key());
            start = end;
        }
        &self.sorted
    }

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
    use proptest::prelude::*;

    /// Keys of few different bytes, so that there are equal ones, long common prefixes and full buckets.
    fn counted() -> impl Strategy<Value = Vec<Counted>> {
        let bytes = prop::collection::vec(prop_oneof![8 => b'a'..b'e', 1 => any::<u8>()], 0..=15);
        let key = bytes.prop_map(|bytes| bytes.iter().fold(Key::EMPTY, |key, &byte| key.with(byte)));
        prop::collection::vec((key, any::<u32>()).prop_map(|(key, count)| Counted::new(key, count)), 0..3000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_order_is_that_of_sorting(first in counted(), second in counted()) {
            let mut order = Order::default();
            for counted in [first, second] {
                let by_all = |one: &Counted| (one.key(), one.count);
                let mut expected = counted.clone();
                expected.sort_by_key(by_all);
                let sorted = order.sorted(&counted);
                prop_assert!(sorted.is_sorted_by_key(|one| one.key()));
                let mut sorted = sorted.to_vec();
                sorted.sort_by_key(by_all);
                prop_assert!(sorted == expected);
            }
        }
    }
}
