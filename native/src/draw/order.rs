//! Order of a draw: the order in which it prefers substrings (SPEC section 2, "One draw").
//!
//! A draw has a salt, and the salt and a substring's hash give two uniform words. The first is the substring's noise:
//! its noised score is `score / total + deviation * normal_of(word)`. The second orders equal noised scores; all that are
//! not above 0 are equal. So the order is a function of the salt and of the pool, and every way to find its first k
//! substrings finds the same draw.
//!
//! The fast way uses a `Bracket`, an interval that should hold the threshold. A substring whose word alone shows that it
//! comes before the bracket is taken, and one whose word shows that it comes after is not. The few others get approximate
//! noised scores, and the handful that these do not separate from the threshold get exact ones. `bracket` estimates the
//! bracket from a sample of the pool's scores. A bad estimate costs time, never exactness.

use std::cmp::Ordering;

use crate::base::normal_distribution::{RoughNormal, RoughTail, normal_of};
use crate::base::rng::Rng;

/// Least and largest noise level that are told apart. Relative scores are between 2^-64 and 1: noise below the least is
/// lost in every sum, and any noise above the largest gives the same order. All quotients between them are finite.
const DEVIATIONS: (f64, f64) = (1e-100, 1e100);

/// Order of one draw.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    total: f64,
    per_total: f64,
    per_deviation: f64,
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

/// Number of high bits by which words are compared with limits.
const BITS: u32 = 31;

/// Returns the highest bits of a word, from its high half.
#[inline]
#[must_use]
pub(crate) fn high_bits(half: u32) -> u32 {
    half >> (u32::BITS - BITS)
}

/// Limits for the highest bits of words, for one score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limit {
    /// Words below it come before the bracket.
    pub(crate) surely: u32,
    /// Words from it on come after the bracket.
    pub(crate) perhaps: u32,
}

impl Limit {
    /// Limits of substrings that are not in the pool: all come after.
    pub(crate) const NEVER: Self = Self { surely: 0, perhaps: 0 };
    /// Limits that decide nothing.
    pub(crate) const OPEN: Self = Self { surely: 0, perhaps: 1 << BITS };

    fn of_shares(surely: f64, perhaps: f64) -> Self {
        let all = f64::from(1u32 << BITS);
        Self { surely: (surely * all) as u32, perhaps: (perhaps * all).ceil() as u32 }
    }
}

/// Position in the order of a draw without noise: behind all higher scores and a share of the substrings of one score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Position {
    /// Score of the substrings around the position.
    pub(crate) score: u64,
    /// Share of the words, 0 to 1, that come before the position.
    pub(crate) share: f64,
}

/// Interval in the order of a draw that should hold the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bracket {
    /// For a draw with noise: noised scores above `high` come before it, those not above `low` after it.
    Values {
        /// Lower noised score, at least 0.
        low: f64,
        /// Higher noised score.
        high: f64,
    },
    /// For a draw without noise.
    Positions {
        /// First position.
        from: Position,
        /// Last position.
        to: Position,
    },
}

impl Bracket {
    /// Returns whether only noised scores that are not above 0 come after it.
    #[must_use]
    pub(crate) fn is_open_below(&self) -> bool {
        match *self {
            Self::Values { low, .. } => low <= 0.0,
            Self::Positions { to, .. } => to.score <= 1 && to.share >= 1.0,
        }
    }

    /// Returns the side on which a substring is; `rough` is its `Draw::rough`.
    #[inline]
    #[must_use]
    pub(crate) fn side(&self, draw: &Draw, score: u64, word: u64, rough: f64) -> Side {
        match *self {
            Self::Values { low, high } => {
                let slack = draw.slack();
                // The exact value is computed only if the approximate one does not decide.
                let near = |end: f64| (rough - end).abs() <= slack;
                let value = if near(low) || near(high) { draw.value(score, word) } else { rough };
                Side::of(value > high, value <= low)
            }
            Self::Positions { .. } => {
                let (limit, bits) = (self.limit(draw, RoughTail::default(), score), high_bits((word >> 32) as u32));
                Side::of(bits < limit.surely, bits >= limit.perhaps)
            }
        }
    }

    /// Returns the limits for a score above 0.
    #[inline]
    #[must_use]
    pub(crate) fn limit(&self, draw: &Draw, tail: RoughTail, score: u64) -> Limit {
        match *self {
            Self::Values { low, high } => {
                let mean = score as f64 * draw.per_total;
                // Bound on the rounding of these terms and of values, in units of the noise.
                let rounding = |value: f64| 1e-9 + 4e-15 * (mean + value) * draw.per_deviation;
                let (surely, _) = tail.bounds((high - mean) * draw.per_deviation + rounding(high));
                let (_, perhaps) = tail.bounds((low - mean) * draw.per_deviation - rounding(low));
                Limit::of_shares(surely, perhaps)
            }
            Self::Positions { from, to } => {
                let share = |position: Position| match score.cmp(&position.score) {
                    Ordering::Greater => 1.0,
                    Ordering::Equal => position.share,
                    Ordering::Less => 0.0,
                };
                Limit::of_shares(share(from), share(to))
            }
        }
    }
}

/// Side of a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Before the bracket.
    Before,
    /// In the bracket.
    Within,
    /// After it.
    After,
}

impl Side {
    fn of(before: bool, after: bool) -> Self {
        match (before, after) {
            (true, _) => Self::Before,
            (_, true) => Self::After,
            _ => Self::Within,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;

    fn draw(total: u64, deviation: f64, seed: u64) -> Draw {
        Draw::new(total, deviation, &mut Path::new(seed, "draw test").key().stream())
    }

    #[test]
    fn limits_never_contradict_values() {
        let mut rng = Path::new(7, "limits").key().stream();
        for round in 0..20_000 {
            let deviation = libm::exp(-45.0 + 50.0 * rng.unit());
            let draw = draw(50_000_000, deviation, round);
            let score = 1 + rng.below([20, 3000, 40_000_000][round as usize % 3]);
            let near = draw.mean(1 + rng.below(score * 2)) + deviation * (rng.unit() - 0.5) * 4.0;
            let (low, high) = (near.max(0.0), (near + deviation * rng.unit()).max(0.0));
            let limit = Bracket::Values { low, high }.limit(&draw, RoughTail::default(), score);
            for word in [rng.word(), u64::from(limit.surely) << 33, (u64::from(limit.perhaps) << 33).wrapping_sub(1)] {
                let value = draw.value(score, word);
                assert!(
                    high_bits((word >> 32) as u32) >= limit.surely || value > high,
                    "{value:e} {high:e} {deviation:e}"
                );
                assert!(
                    high_bits((word >> 32) as u32) < limit.perhaps || value <= low,
                    "{value:e} {low:e} {deviation:e}"
                );
            }
        }
    }

    #[test]
    fn words_that_are_surely_low_enough_are_so_for_higher_scores() {
        let mut rng = Path::new(8, "surely").key().stream();
        for round in 0..20_000 {
            let draw = draw(50_000_000, libm::exp(-40.0 + 40.0 * rng.unit()), round);
            let (score, higher) = (1023, 1023 + rng.below([20, 3000, 40_000_000][round as usize % 3]));
            let high = draw.mean(1 + rng.below(score * 2)) + draw.deviation * (rng.unit() - 0.5) * 4.0;
            let limit = Bracket::Values { low: 0.0, high }.limit(&draw, RoughTail::default(), score);
            let last = (u64::from(limit.surely) << 33).wrapping_sub(1);
            assert!(limit.surely == 0 || draw.value(higher, last) > high, "{higher} {high:e} {:e}", draw.deviation);
        }
    }

    #[test]
    fn rough_values_are_as_near_as_said_and_tell_the_right_side() {
        let (normals, mut rng) = (RoughNormal::default(), Path::new(9, "rough").key().stream());
        for round in 0..40_000 {
            let deviation = if round % 4 == 0 { 0.0 } else { libm::exp(-45.0 + 50.0 * rng.unit()) };
            let (draw, score) = (draw(5_000_000, deviation, round), 1 + rng.below([20, 5_000_000][round as usize % 2]));
            let word = rng.word() >> (round % 50);
            let (value, rough) = (draw.value(score, word), draw.rough(normals, score, word));
            if deviation == 0.0 {
                assert!(score as f64 - 1.0 - draw.slack() <= rough && rough <= score as f64 + draw.slack());
                continue;
            }
            assert!((rough.max(0.0) - value).abs() <= 0.99 * draw.slack(), "{rough:e} {value:e} {deviation:e}");
            let ends = [0.0, value, value + 0.7 * draw.slack(), (value - 0.7 * draw.slack()).max(0.0), value * 1.5];
            for (low, high) in ends.into_iter().flat_map(|a| ends.map(|b| (a.min(b), a.max(b)))) {
                let side = Bracket::Values { low, high }.side(&draw, score, word, rough);
                assert_eq!(side, Side::of(value > high, value <= low), "{rough:e} {value:e} {low:e} {high:e}");
            }
        }
    }

    #[test]
    fn positions_split_a_score_by_its_words() {
        let bracket =
            Bracket::Positions { from: Position { score: 9, share: 0.25 }, to: Position { score: 7, share: 0.5 } };
        let limit = |score| bracket.limit(&draw(100, 0.0, 1), RoughTail::default(), score);
        let quarter = 1 << (BITS - 2);
        let (never, always) = (Limit { surely: 0, perhaps: 0 }, Limit { surely: 1 << BITS, perhaps: 1 << BITS });
        assert_eq!((limit(6), limit(10)), (never, always));
        assert_eq!(limit(9), Limit { surely: quarter, perhaps: 1 << BITS });
        assert_eq!((limit(8), limit(7)), (Limit::OPEN, Limit { surely: 0, perhaps: 2 * quarter }));
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
