//! Where the cut of a draw will be: a bracket around it, from a sample of the pool's scores.

use crate::base::normal_distribution::RoughTail;
use crate::draw::order::{Bracket, Draw, Position};

/// Scores below this are counted one by one, those above in 64 steps an octave.
const EXACT: u64 = 1024;
const STEP_BITS: u32 = 6;

/// Steps whose means are within this of the noise's deviation are looked at as one.
const GROUP: f64 = 1.0 / 8.0;

/// How many deviations noise reaches, as far as an estimate is concerned.
const REACH: f64 = 6.0;

/// How often scores were met in a sample.
pub struct ScoreHistogram {
    counts: Vec<u32>,
    /// The steps met, highest score first.
    met: Vec<Step>,
    groups: Vec<Group>,
    tail: RoughTail,
}

struct Step {
    lowest: u64,
    highest: u64,
    number: f64,
}

/// Steps that are looked at together: the mean of their relative scores, and how many are in them and above them.
struct Group {
    mean: f64,
    number: f64,
    above: f64,
}

impl Default for ScoreHistogram {
    fn default() -> Self {
        Self { counts: vec![0; step_of(u64::MAX) + 1], met: Vec::new(), groups: Vec::new(), tail: RoughTail::default() }
    }
}

/// The step that a score belongs to.
#[inline]
fn step_of(score: u64) -> usize {
    if score < EXACT {
        return score as usize;
    }
    let shift = score.ilog2() - STEP_BITS;
    let octave = u64::from(score.ilog2() - EXACT.ilog2());
    (EXACT + (octave << STEP_BITS) + ((score >> shift) & ((1 << STEP_BITS) - 1))) as usize
}

/// The lowest and the highest score of a step.
fn scores_of(step: usize) -> (u64, u64) {
    let step = step as u64;
    if step < EXACT {
        return (step, step);
    }
    let (octave, index) = ((step - EXACT) >> STEP_BITS, (step - EXACT) & ((1 << STEP_BITS) - 1));
    let shift = octave as u32 + EXACT.ilog2() - STEP_BITS;
    let lowest = ((1 << STEP_BITS) + index) << shift;
    (lowest, lowest + ((1 << shift) - 1))
}

impl ScoreHistogram {
    /// Takes a new sample; scores of 0 are not in it.
    pub fn sample(&mut self, scores: impl Iterator<Item = u64>) {
        for score in scores {
            self.counts[step_of(score)] += 1;
        }
        self.counts[0] = 0;
        self.met.clear();
        for (step, count) in self.counts.iter_mut().enumerate().rev().filter(|(_, count)| **count > 0) {
            let (lowest, highest) = scores_of(step);
            self.met.push(Step { lowest, highest, number: f64::from(*count) });
            *count = 0;
        }
    }

    /// A bracket that is thought to have about `before` members of the sample before it, and `within` up to its end.
    pub fn bracket(&mut self, draw: &Draw, before: f64, within: f64) -> Bracket {
        if draw.deviation > 0.0 {
            self.group(draw);
            let near = 0.05 * (within - before);
            let (_, high) = self.crossing(draw, before, near);
            let (low, _) = self.crossing(draw, within, near);
            Bracket::Values { low, high }
        } else {
            Bracket::Positions { from: self.position(before, false), to: self.position(within, true) }
        }
    }

    /// Puts steps together that noise does not tell apart.
    fn group(&mut self, draw: &Draw) {
        self.groups.clear();
        let (width, mut above, mut first) = (GROUP * draw.deviation, 0.0, f64::INFINITY);
        for step in &self.met {
            let mean = f64::midpoint(draw.mean(step.lowest), draw.mean(step.highest));
            match self.groups.last_mut() {
                Some(group) if first - mean <= width => {
                    group.number += step.number;
                    group.mean += (mean - group.mean) * (step.number / group.number);
                }
                _ => {
                    self.groups.push(Group { mean, number: step.number, above });
                    first = mean;
                }
            }
            above += step.number;
        }
    }

    /// Two values, the same or next to each other, above which `target` members are expected, give or take `near`.
    fn crossing(&self, draw: &Draw, target: f64, near: f64) -> (f64, f64) {
        if target <= 0.0 {
            return (f64::INFINITY, f64::INFINITY);
        }
        // Without noise it would be at this group's mean, and noise moves nobody farther than it reaches.
        let Some(there) = self.groups.iter().find(|group| group.above + group.number >= target) else {
            return (0.0, 0.0);
        };
        let reach = REACH * draw.deviation;
        let (mut low, mut high) = ((there.mean - reach).max(0.0), there.mean + reach);
        let (mut excess_low, mut excess_high) = (self.expected_above(draw, low) - target, there.above - target);
        if low <= 0.0 && excess_low <= 0.0 {
            return (0.0, 0.0);
        }
        for step in 0..200 {
            // Regula falsi finds a smooth crossing in a few steps; every third step halves, which ends for any shape.
            let falsi = low + (high - low) * (excess_low / (excess_low - excess_high));
            let next = if step % 3 == 2 { f64::midpoint(low, high) } else { falsi };
            if !(low < next && next < high) {
                break;
            }
            let excess = self.expected_above(draw, next) - target;
            if excess.abs() <= near {
                return (next, next);
            }
            if excess > 0.0 {
                (low, excess_low) = (next, excess);
            } else {
                (high, excess_high) = (next, excess);
            }
        }
        (low, high)
    }

    fn expected_above(&self, draw: &Draw, value: f64) -> f64 {
        let reach = REACH * draw.deviation;
        let from = self.groups.partition_point(|group| group.mean > value + reach);
        let mut expected = self.groups.get(from).map_or(0.0, |group| group.above);
        for group in self.groups[from..].iter().take_while(|group| group.mean >= value - reach) {
            expected += group.number * self.tail.at((value - group.mean) / draw.deviation);
        }
        expected
    }

    /// The position before which `target` members of the sample are; of a step of several scores, its far end or its near.
    fn position(&self, target: f64, far: bool) -> Position {
        let mut before = 0.0;
        for step in &self.met {
            if before + step.number >= target {
                return match step.lowest == step.highest {
                    true => Position { score: step.lowest, share: ((target - before) / step.number).max(0.0) },
                    false if far => Position { score: step.lowest, share: 1.0 },
                    false => Position { score: step.highest, share: 0.0 },
                };
            }
            before += step.number;
        }
        Position { score: 1, share: 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;

    fn draw(total: u64, deviation: f64) -> Draw {
        Draw::new(total, deviation, &mut Path::new(1, "spread test").key().stream())
    }

    #[test]
    fn every_score_has_a_step_that_holds_it() {
        let mut before = 0;
        for score in (0..5000).chain((13..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1])) {
            let (lowest, highest) = scores_of(step_of(score));
            assert!(lowest <= score && score <= highest, "{score}: {lowest} {highest}");
            assert!(step_of(score) >= before && highest - lowest <= score / 64);
            before = step_of(score);
        }
        assert_eq!(scores_of(step_of(u64::MAX)).1, u64::MAX);
    }

    #[test]
    fn the_values_of_a_bracket_have_what_was_asked_for_above_them() {
        let mut histogram = ScoreHistogram::default();
        for deviation in [1e-9, 1e-6, 1e-4, 1.0] {
            let draw = draw(1_000_000, deviation);
            histogram.sample((1..2000).chain([5; 700]).chain([0; 50]));
            let Bracket::Values { low, high } = histogram.bracket(&draw, 900.0, 1100.0) else { panic!() };
            let above = |value| histogram.expected_above(&draw, value);
            assert!(low <= high && above(high) <= 910.0 && above(low) >= 1090.0, "{low} {high}");
        }
    }

    #[test]
    fn a_bracket_reaches_the_ends_where_the_sample_does() {
        let mut histogram = ScoreHistogram::default();
        histogram.sample([3, 4, 9].into_iter());
        let all = histogram.bracket(&draw(100, 0.1), -5.0, 50.0);
        assert_eq!(all, Bracket::Values { low: 0.0, high: f64::INFINITY });
        let Bracket::Positions { from, to } = histogram.bracket(&draw(100, 0.0), 0.5, 2.5) else { panic!() };
        assert_eq!((from, to), (Position { score: 9, share: 0.5 }, Position { score: 3, share: 0.5 }));
        let Bracket::Positions { to, .. } = histogram.bracket(&draw(100, 0.0), 0.0, 3.5) else { panic!() };
        assert_eq!(to, Position { score: 1, share: 1.0 });
    }

    #[test]
    fn places_in_wide_steps_are_their_ends() {
        let mut histogram = ScoreHistogram::default();
        histogram.sample([5000, 1 << 20].into_iter());
        let Bracket::Positions { from, to } = histogram.bracket(&draw(1 << 40, 0.0), 0.5, 1.5) else { panic!() };
        let (lowest, highest) = scores_of(step_of(5000));
        assert!(lowest < 5000 || 5000 < highest);
        assert_eq!((from.share, to), (0.0, Position { score: lowest, share: 1.0 }));
        assert!(from.score >= 1 << 20);
    }
}
