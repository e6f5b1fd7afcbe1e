//! Bracket: an interval in the order of a draw that should hold the threshold.
//!
//! A substring whose word alone shows that it comes before the bracket is taken, and one whose word shows that it comes
//! after is not. The few others get approximate noised scores, and the handful that these do not separate from the
//! threshold get exact ones. A bracket without the threshold costs time, never exactness.

use std::cmp::Ordering;

use crate::base::normal_distribution::RoughTail;
use crate::draw::noised_order::Draw;

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
        /// Upper end of the bracket, a noised score.
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

    /// Tells whether a substring is before, in or after the bracket. `rough` is its approximate noised score, as
    /// `Draw::rough` returns it.
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
    /// Earlier in the order of the draw than the bracket: the draw takes the substring.
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
    use crate::base::normal_distribution::RoughNormal;
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
}
