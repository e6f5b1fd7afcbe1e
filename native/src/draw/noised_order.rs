//! Order of a draw: the order in which it prefers substrings (SPEC section 2, "One draw").
//!
//! A draw has a salt, and the salt and a substring's hash give two uniform words. The first is the substring's noise:
//! its noised score is `score / total + deviation * normal_of(word)`. The second orders equal noised scores; all that are
//! not above 0 are equal. So the order is a function of the salt and of the pool, and every way to find its first k
//! substrings finds the same draw.

use std::cmp::Ordering;

use crate::base::normal_distribution::{RoughNormal, normal_of};
use crate::base::rng::Rng;

/// Least and largest noise level that are told apart. Relative scores are between 2^-64 and 1: noise below the least is
/// lost in every sum, and any noise above the largest gives the same order. All quotients between them are finite.
const DEVIATIONS: (f64, f64) = (1e-100, 1e100);

/// Order of one draw.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    total: f64,
    /// Reciprocal of the total.
    pub(crate) per_total: f64,
    /// Reciprocal of the noise level.
    pub(crate) per_deviation: f64,
    /// Standard deviation of the noise on relative scores, at most 1e100; 0 for none.
    pub(crate) deviation: f64,
    salts: [u64; 4],
}

impl Draw {
    /// Makes a draw with this noise from a pool whose scores sum to `total`; it takes four words from `rng`.
    #[must_use]
    pub fn new(total: u64, deviation: f64, rng: &mut Rng) -> Self {
        let salts = std::array::from_fn(|_| rng.word());
        let deviation = if deviation < DEVIATIONS.0 { 0.0 } else { deviation.min(DEVIATIONS.1) };
        let total = total as f64;
        Self { total, per_total: 1.0 / total, per_deviation: 1.0 / deviation, deviation, salts }
    }

    /// Returns the relative score, the mean of the noised one.
    #[inline]
    #[must_use]
    pub(crate) fn mean(&self, score: u64) -> f64 {
        score as f64 / self.total
    }

    /// Returns the first uniform word of the substring with this hash.
    #[inline]
    #[must_use]
    pub fn word(&self, hash: u64) -> u64 {
        u64::from(self.high_half(hash)) << 32 | mix(hash, self.salts[3], self.salts[2]) >> 32
    }

    /// Returns the high half of the first word. It takes 32-bit operations alone, of which AVX2 does eight at a time.
    #[inline]
    #[must_use]
    pub(crate) fn high_half(&self, hash: u64) -> u32 {
        let [low, high, middle] = self.half_salts();
        let mut half = hash as u32 ^ low;
        half = (half ^ (half >> 16)).wrapping_mul(FACTORS[0]);
        half = (half ^ (half >> 15)).wrapping_add((hash >> 32) as u32 ^ high);
        half = (half ^ (half >> 16)).wrapping_mul(FACTORS[1]) ^ middle;
        half = (half ^ (half >> 15)).wrapping_mul(FACTORS[2]);
        half ^ (half >> 16)
    }

    /// Returns the salts of `high_half`.
    #[inline]
    pub(crate) fn half_salts(&self) -> [u32; 3] {
        [self.salts[0] as u32, (self.salts[0] >> 32) as u32, self.salts[1] as u32]
    }

    /// Returns the second uniform word: of equal noised scores, the one with the lower word comes first.
    #[inline]
    #[must_use]
    pub fn tie(&self, hash: u64) -> u64 {
        // Without noise the first word has no other use, and limits compare it.
        if self.deviation > 0.0 { mix(hash, self.salts[2], self.salts[3]) } else { self.word(hash) }
    }

    /// Returns the noised score, or 0 if it is not above 0.
    #[must_use]
    pub fn value(&self, score: u64, word: u64) -> f64 {
        (self.mean(score) + self.deviation * normal_of(word)).max(0.0)
    }

    /// Returns an approximate sort key, higher for substrings that come earlier, unless it is not above 0: with noise the
    /// noised score, without noise the score minus the share of words below the substring's. Its error is below `slack`.
    #[inline]
    #[must_use]
    pub(crate) fn rough(&self, normals: RoughNormal, score: u64, word: u64) -> f64 {
        if self.deviation > 0.0 {
            self.mean(score) + self.deviation * normals.of(word)
        } else {
            score as f64 - word as f64 * (1.0 / (1u128 << 64) as f64)
        }
    }

    /// Returns a bound on the error of `rough`: of its variate, and of rounding numbers up to 1, or up to the total.
    #[must_use]
    pub(crate) fn slack(&self) -> f64 {
        let highest = if self.deviation > 0.0 { 1.0 } else { self.total };
        self.deviation * RoughNormal::ERROR + 1e-15 * highest
    }

    /// Compares two (noised score, hash): the lesser comes first.
    #[must_use]
    pub fn order(&self, a: (f64, u64), b: (f64, u64)) -> Ordering {
        b.0.total_cmp(&a.0).then_with(|| self.tie(a.1).cmp(&self.tie(b.1)))
    }
}

/// Factors of `high_half`.
pub(crate) const FACTORS: [u32; 3] = [0x7FEB_352D, 0x846C_A68B, 0x9E48_5565];

/// Returns a uniform word for a hash and two random salts.
#[inline]
fn mix(hash: u64, first: u64, second: u64) -> u64 {
    let mut word = hash ^ first;
    word = (word ^ (word >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ second;
    word = (word ^ (word >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word ^ (word >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;

    fn draw(total: u64, deviation: f64, seed: u64) -> Draw {
        Draw::new(total, deviation, &mut Path::new(seed, "draw test").key().stream())
    }

    #[test]
    fn without_noise_the_words_are_the_ties() {
        let draw = draw(100, 0.0, 3);
        assert!((0..100).all(|hash| draw.word(hash) == draw.tie(hash)));
    }

    /// Each bit of the word of a hash, and of the exclusive or of two hashes' words, is set in half of all draws.
    #[test]
    fn words_of_hashes_near_each_other_are_independent() {
        let pairs = [(0, 1), (0, 1 << 63), (5, 10), (1 << 32, 1 << 31), (u64::MAX, u64::MAX - 1), (7, 7 << 32)];
        for (one, other) in pairs {
            let mut set = [[0i32; 64]; 4];
            for seed in 0..4000 {
                let draw = draw(100, 0.1, seed);
                let (a, b) = (draw.word(one), draw.word(other));
                for (row, word) in [a, a ^ b, a ^ b.rotate_left(1), a ^ draw.tie(one)].into_iter().enumerate() {
                    (0..64).for_each(|bit| set[row][bit] += (word >> bit & 1) as i32);
                }
            }
            assert!(set.iter().flatten().all(|n| (n - 2000).abs() < 180), "{one:x} {other:x}: {set:?}");
        }
    }
}
