//! Permutations of `0 .. n` with random access and without a table.
//!
//! An index goes through a balanced Feistel network over the smallest even number of bits that holds `n`; its round
//! function is a keyed multiply-and-fold (see `hash`). A result outside `0 .. n` goes through the network again until a
//! result is inside (cycle walking).
//!
//! Invariants: every key and `n` give a bijection, and the permutation is the same on every machine. Cost: on average
//! at most four passes through the ten rounds, about 0.1 µs.

use crate::base::hash::fold;
use crate::base::rng::StreamKey;

const ROUNDS: usize = 10;

/// Permutation of `0 .. n` that a key determines.
#[derive(Clone, Debug)]
pub struct Permutation {
    n: u64,
    half_bits: u32,
    round_keys: [u64; ROUNDS],
}

impl Permutation {
    /// Makes the permutation of `0 .. n` that `key` determines.
    #[must_use]
    pub fn new(key: StreamKey, n: u64) -> Self {
        let bits = (u64::BITS - n.saturating_sub(1).leading_zeros()).max(2);
        let mut stream = key.stream();
        Self { n, half_bits: bits.div_ceil(2), round_keys: std::array::from_fn(|_| stream.word()) }
    }

    /// Returns the number to which the permutation maps `index`; `index` must be less than `n`.
    #[must_use]
    pub fn at(&self, index: u64) -> u64 {
        debug_assert!(index < self.n);
        let mut value = self.network(index);
        while value >= self.n {
            value = self.network(value);
        }
        value
    }

    fn network(&self, value: u64) -> u64 {
        let mask = (1u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for &key in &self.round_keys {
            // The odd constant keeps the key effective if a half is zero.
            let mixed = fold(right ^ key, 0x9E37_79B9_7F4A_7C15 ^ key.rotate_left(32));
            (left, right) = (right, left ^ (mixed & mask));
        }
        (left << self.half_bits) | right
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;

    fn permutation(seed: u64, n: u64) -> Permutation {
        Permutation::new(Path::new(seed, "permutation").key(), n)
    }

    #[test]
    fn every_value_comes_once() {
        for n in (1..70).chain([100, 255, 256, 257, 1000, 4097]) {
            let order = permutation(n, n);
            let mut values: Vec<u64> = (0..n).map(|i| order.at(i)).collect();
            values.sort_unstable();
            assert!(values.into_iter().eq(0..n), "n = {n}");
        }
    }

    #[test]
    fn all_orders_of_four_are_about_as_frequent() {
        let mut seen = std::collections::HashMap::new();
        for seed in 0..24_000 {
            let order = permutation(seed, 4);
            *seen.entry([0, 1, 2, 3].map(|i| order.at(i))).or_insert(0u32) += 1;
        }
        assert_eq!(seen.len(), 24);
        assert!(seen.values().all(|n| (800..1200).contains(n)), "{seen:?}");
    }

    #[test]
    fn images_are_uniform() {
        for n in [2u64, 3, 7, 20] {
            let mut seen = vec![0u32; n as usize];
            for seed in 0..10_000 {
                seen[permutation(seed, n).at(n / 2) as usize] += 1;
            }
            let expected = 10_000.0 / n as f64;
            let chi: f64 = seen.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
            assert!(chi < n as f64 + 5.0 * (2.0 * n as f64).sqrt(), "n = {n}: {chi}");
        }
    }

    #[test]
    fn the_largest_domain_works() {
        let order = permutation(1, u64::MAX);
        assert_ne!(order.at(0), order.at(u64::MAX - 1));
    }
}
