//! Estimates an interval that holds a draw's threshold, from a histogram of sampled scores.

use crate::base::normal_distribution::RoughTail;
use crate::draw::bracket::{Bracket, Position};
use crate::draw::noised_order::Draw;

/// Scores below it have a step of their own; those above share 64 steps an octave.
const EXACT: u64 = 1024;
const STEP_BITS: u32 = 6;

/// Width of a group of steps, in standard deviations of the noise.
const GROUP: f64 = 1.0 / 8.0;

/// Largest noise in an estimate, in standard deviations.
const REACH: f64 = 6.0;

/// Histogram of the scores of a sample.
pub(crate) struct ScoreHistogram {
    /// Number of scores in each step, 0 between calls.
    counts: Vec<u32>,
    /// Steps with scores, highest score first.
    steps: Vec<Step>,
    groups: Vec<Group>,
    tail: RoughTail,
}

/// Range of scores that are counted together.
struct Step {
    lowest: u64,
    highest: u64,
    /// Number of scores in it.
    members: f64,
}

/// Neighbouring steps, which the noise hardly tells apart.
struct Group {
    /// Mean of their relative scores.
    mean: f64,
    /// Number of scores in them.
    members: f64,
    /// Number of scores above them.
    above: f64,
}

impl Default for ScoreHistogram {
    fn default() -> Self {
        Self {
            counts: vec![0; step_of(u64::MAX) + 1],
            steps: Vec::new(),
            groups: Vec::new(),
            tail: RoughTail::default(),
        }
    }
}

/// Returns the index of a score's step.
#[inline]
fn step_of(score: u64) -> usize {
    if score < EXACT {
        return score as usize;
    }
    let shift = score.ilog2() - STEP_BITS;
    let octave = u64::from(score.ilog2() - EXACT.ilog2());
    (EXACT + (octave << STEP_BITS) + ((score >> shift) & ((1 << STEP_BITS) - 1))) as usize
}

/// Returns the lowest and the highest score of a step.
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
    /// Replaces the sample; scores of 0 are left out.
    pub(crate) fn sample(&mut self, scores: impl Iterator<Item = u64>) {
        for score in scores {
            self.counts[step_of(score)] += 1;
        }
        self.counts[0] = 0;
        self.steps.clear();
        for (step, count) in self.counts.iter_mut().enumerate().rev().filter(|(_, count)| **count > 0) {
            let (lowest, highest) = scores_of(step);
            self.steps.push(Step { lowest, highest, members: f64::from(*count) });
            *count = 0;
        }
    }

    /// Estimates a bracket that has about `before` members of the sample before it, and `within` before its end.
    pub(crate) fn bracket(&mut self, draw: &Draw, before: f64, within: f64) -> Bracket {
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

    /// Joins steps to groups.
    fn group(&mut self, draw: &Draw) {
        self.groups.clear();
        let (width, mut above, mut first) = (GROUP * draw.deviation, 0.0, f64::INFINITY);
        for step in &self.steps {
            let mean = f64::midpoint(draw.mean(step.lowest), draw.mean(step.highest));
            match self.groups.last_mut() {
                Some(group) if first - mean <= width => {
                    group.members += step.members;
                    group.mean += (mean - group.mean) * (step.members / group.members);
                }
                _ => {
                    self.groups.push(Group { mean, members: step.members, above });
                    first = mean;
                }
            }
            above += step.members;
        }
    }

    /// Returns two noised scores, equal or close, above which `target` members are expected, within a tolerance `near`.
    fn crossing(&self, draw: &Draw, target: f64, near: f64) -> (f64, f64) {
        if target <= 0.0 {
            return (f64::INFINITY, f64::INFINITY);
        }
        // Without noise it would be this group's mean, and noise moves a score by `reach` at most.
        let Some(there) = self.groups.iter().find(|group| group.above + group.members >= target) else {
            return (0.0, 0.0);
        };
        let reach = REACH * draw.deviation;
        let (mut low, mut high) = ((there.mean - reach).max(0.0), there.mean + reach);
        let (mut excess_low, mut excess_high) = (self.expected_above(draw, low) - target, there.above - target);
        if low <= 0.0 && excess_low <= 0.0 {
            return (0.0, 0.0);
        }
        for step in 0..200 {
            // Regula falsi finds a smooth crossing in a few steps; every third step is a bisection, which always ends.
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

    /// Returns the expected number of members with a noised score above `value`.
    fn expected_above(&self, draw: &Draw, value: f64) -> f64 {
        let reach = REACH * draw.deviation;
        let from = self.groups.partition_point(|group| group.mean > value + reach);
        let mut expected = self.groups.get(from).map_or(0.0, |group| group.above);
        for group in self.groups[from..].iter().take_while(|group| group.mean >= value - reach) {
            expected += group.members * self.tail.at((value - group.mean) / draw.deviation);
        }
        expected
    }

    /// Returns the position that has `target` members before it; in a step of several scores, the step's far or near end.
    fn position(&self, target: f64, far: bool) -> Position {
        let mut before = 0.0;
        for step in &self.steps {
            if before + step.members >= target {
                return match step.lowest == step.highest {
                    true => Position { score: step.lowest, share: ((target - before) / step.members).max(0.0) },
                    false if far => Position { score: step.lowest, share: 1.0 },
                    false => Position { score: step.highest, share: 0.0 },
                };
            }
            before += step.members;
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
