//! One draw: which of the pool's substrings have the highest noised scores (SPEC section 2, "One draw").
//!
//! Substrings of equal score are exchangeable, and there are few distinct scores. So the draw works on *classes*
//! (score, number of substrings) and never makes a noised value for each substring:
//!
//! - The half-line of values is split at a threshold t. How many members of a class lie above t is binomial. If all
//!   that lie above, over all classes, are not more than are still needed, they are taken and the search goes on
//!   below t; if they are more, it goes on among them, above t. Each split is an exact conditional draw, so the end
//!   is an exact draw of how many of each class are among the k highest, at a cost of a few binomials a class.
//! - The first threshold is 0, since values that are not above 0 count as equal: what is needed from there is a
//!   uniform choice over all of them, whatever their class. The same holds where an interval has shrunk to one double.
//! - Which members of a class are taken is a uniform choice among them: those with the smallest `Key::mix`.
//!
//! Thresholds are chosen so that the expected number above is the number needed; a poor choice costs time, never
//! exactness. Noise 0 is the same without the binomials: whole classes in falling order, then a part of one.
//!
//! Invariant: the outcome depends on the classes' scores and sizes and on the stream of words, never on the numbers
//! of substrings.

use std::collections::HashSet;

use crate::distributions::interval_mass;
use crate::rng::Rng;

/// The substrings of one score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// The score, at least 1.
    pub score: u64,
    /// How many substrings have it.
    pub size: u64,
}

/// Members of one class that were taken, and the interval that their noised scores lie in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// The place of the class in the list that was given.
    pub class: usize,
    /// How many members.
    pub count: u64,
    /// The values are above this.
    pub low: f64,
    /// The values are not above this.
    pub high: f64,
}

/// Relative scores are at most 1, so that any noise above this level is the same; below it all sums are finite.
const HIGHEST_DEVIATION: f64 = 1e100;

/// The noise on relative scores, score / total.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    /// The sum of all scores in the pool.
    pub total: u64,
    /// The standard deviation, at most `HIGHEST_DEVIATION`; 0 for none.
    pub deviation: f64,
}

impl Noise {
    /// Noise of this deviation, or of the highest that makes a difference.
    #[must_use]
    pub fn new(total: u64, deviation: f64) -> Self {
        Self { total, deviation: deviation.min(HIGHEST_DEVIATION) }
    }

    /// The relative score, which is the mean of the noised one.
    #[must_use]
    pub fn mean(self, score: u64) -> f64 {
        score as f64 / self.total as f64
    }

    /// P(low < value <= high) for the class of this mean.
    fn mass(self, mean: f64, low: f64, high: f64) -> f64 {
        interval_mass((low - mean) / self.deviation, (high - mean) / self.deviation)
    }
}

/// Draws how many of each class are among the `needed` highest noised scores. `classes` fall strictly in score.
#[must_use]
pub fn draw_groups(classes: &[Class], noise: Noise, needed: u64, rng: &mut Rng) -> Vec<Group> {
    if noise.deviation <= 0.0 {
        return highest_scores(classes, noise, needed);
    }
    let mut search = Search::new(classes, noise, needed);
    search.split(0.0, rng);
    if search.high <= 0.0 {
        search.take_any(rng);
    }
    while search.needed > 0 {
        match search.threshold() {
            Some(threshold) => search.split(threshold, rng),
            None => search.take_any(rng),
        }
    }
    search.taken
}

fn highest_scores(classes: &[Class], noise: Noise, mut needed: u64) -> Vec<Group> {
    let mut taken = Vec::new();
    for (class, &Class { score, size }) in classes.iter().enumerate() {
        let count = size.min(needed);
        if count == 0 {
            break;
        }
        let value = noise.mean(score);
        taken.push(Group { class, count, low: value, high: value });
        needed -= count;
    }
    taken
}

/// Members of a class whose values lie in the interval of the search.
#[derive(Clone, Copy)]
struct Open {
    class: usize,
    mean: f64,
    left: u64,
    /// P(low < value <= high).
    mass: f64,
}

/// The search for the `needed` highest values among the open members, all of which lie in `(low, high]`.
struct Search {
    noise: Noise,
    open: Vec<Open>,
    low: f64,
    high: f64,
    needed: u64,
    taken: Vec<Group>,
}

impl Search {
    fn new(classes: &[Class], noise: Noise, needed: u64) -> Self {
        let open = |(class, &Class { score, size })| Open { class, mean: noise.mean(score), left: size, mass: 1.0 };
        let open: Vec<Open> = classes.iter().enumerate().map(open).collect();
        let members = open.iter().map(|o| o.left).sum();
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        Self { noise, open, low, high, needed: needed.min(members), taken: Vec::new() }
    }

    fn left(&self) -> u64 {
        self.open.iter().map(|o| o.left).sum()
    }

    /// P(value > threshold), given that it lies in the interval.
    fn chance_above(&self, open: &Open, threshold: f64) -> f64 {
        if open.mass > 0.0 {
            (self.noise.mass(open.mean, threshold, self.high) / open.mass).clamp(0.0, 1.0)
        } else {
            // So far from the mean that the mass underflows: the values crowd at the end that is nearer to it.
            f64::from(u8::from(open.mean > threshold))
        }
    }

    /// Draws who lies above `threshold`, and keeps the side on which the search goes on.
    fn split(&mut self, threshold: f64, rng: &mut Rng) {
        let above: Vec<u64> = self.open.iter().map(|o| rng.binomial(o.left, self.chance_above(o, threshold))).collect();
        let count: u64 = above.iter().sum();
        if count <= self.needed {
            self.take(&above, threshold);
            self.high = threshold;
        } else {
            for (open, &above) in self.open.iter_mut().zip(&above) {
                open.left = above;
            }
            self.low = threshold;
        }
        self.open.retain(|o| o.left > 0);
        for open in &mut self.open {
            open.mass = self.noise.mass(open.mean, self.low, self.high);
        }
    }

    /// Takes these numbers of the open members, whose values are in `(low, self.high]`.
    fn take(&mut self, counts: &[u64], low: f64) {
        for (open, &count) in self.open.iter_mut().zip(counts) {
            if count > 0 {
                self.taken.push(Group { class: open.class, count, low, high: self.high });
                open.left -= count;
                self.needed -= count;
            }
        }
    }

    /// Takes what is needed as a uniform choice among all open members.
    fn take_any(&mut self, rng: &mut Rng) {
        if self.left() == self.needed {
            let all: Vec<u64> = self.open.iter().map(|o| o.left).collect();
            return self.take(&all, self.low);
        }
        let mut counts = vec![0; self.open.len()];
        let ends: Vec<u64> = self
            .open
            .iter()
            .scan(0, |end, open| {
                *end += open.left;
                Some(*end)
            })
            .collect();
        for place in distinct_places(self.left(), self.needed, rng) {
            counts[ends.partition_point(|&end| end <= place)] += 1;
        }
        self.take(&counts, self.low);
    }

    /// A threshold strictly inside the interval above which about `needed` members are expected; none where all are
    /// needed or where no double is left inside.
    fn threshold(&self) -> Option<f64> {
        if self.left() == self.needed {
            return None;
        }
        let needed = self.needed as f64;
        // A split misses its expectation by about the root of it, so there is no use in a nearer threshold.
        let near_enough = 0.25 * needed.sqrt();
        let (mut low, mut high) = (self.low, self.upper_end());
        let mut excess_low = self.left() as f64 - needed;
        let mut excess_high = -needed;
        let mut best = None;
        for step in 0..200 {
            let middle = f64::midpoint(low, high);
            // Regula falsi finds a smooth crossing in a few steps; every third step halves, which ends for any shape.
            let falsi = low + (high - low) * (excess_low / (excess_low - excess_high));
            let next = if step % 3 == 2 || !(low < falsi && falsi < high) { middle } else { falsi };
            if !(self.low < next && next < self.high) || next <= low || next >= high {
                break;
            }
            best = Some(next);
            let excess = self.expected_above(next) - needed;
            if excess.abs() <= near_enough {
                break;
            }
            if excess > 0.0 {
                (low, excess_low) = (next, excess);
            } else {
                (high, excess_high) = (next, excess);
            }
        }
        best
    }

    /// The interval's upper end, or a value above which no open member is to be expected.
    fn upper_end(&self) -> f64 {
        if self.high.is_finite() {
            return self.high;
        }
        let highest = self.open.iter().map(|o| o.mean).fold(0.0, f64::max);
        (highest + 10.0 * self.noise.deviation).max(self.low * 2.0)
    }

    fn expected_above(&self, threshold: f64) -> f64 {
        self.open.iter().map(|o| o.left as f64 * self.chance_above(o, threshold)).sum()
    }
}

/// `count` distinct numbers below `bound`, every set of them equally likely (Floyd's method).
fn distinct_places(bound: u64, count: u64, rng: &mut Rng) -> HashSet<u64> {
    let mut places = HashSet::with_capacity(count as usize);
    for limit in bound - count..bound {
        let place = rng.below(limit + 1);
        if !places.insert(place) {
            places.insert(limit);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Path;

    fn rng(seed: u64) -> Rng {
        Path::new(seed, "draw test").key().stream()
    }

    fn counts(classes: &[Class], groups: &[Group]) -> Vec<u64> {
        let mut counts = vec![0; classes.len()];
        for group in groups {
            counts[group.class] += group.count;
        }
        counts
    }

    fn classes(pairs: &[(u64, u64)]) -> Vec<Class> {
        pairs.iter().map(|&(score, size)| Class { score, size }).collect()
    }

    /// The definition: a value for every member, sorted; values not above 0 are equal and taken at random.
    fn naive(classes: &[Class], noise: Noise, needed: u64, rng: &mut Rng) -> Vec<u64> {
        let mut members: Vec<(f64, u64, usize)> = Vec::new();
        for (class, &Class { score, size }) in classes.iter().enumerate() {
            for _ in 0..size {
                let value = noise.mean(score) + noise.deviation * rng.normal();
                members.push((value.max(0.0), rng.word(), class));
            }
        }
        members.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut counts = vec![0; classes.len()];
        for &(_, _, class) in members.iter().take(needed as usize) {
            counts[class] += 1;
        }
        counts
    }

    fn mean_and_variance(samples: &[Vec<u64>], class: usize) -> (f64, f64) {
        let n = samples.len() as f64;
        let mean = samples.iter().map(|s| s[class] as f64).sum::<f64>() / n;
        (mean, samples.iter().map(|s| (s[class] as f64 - mean).powi(2)).sum::<f64>() / (n - 1.0))
    }

    #[test]
    fn without_noise_the_highest_are_taken() {
        let classes = classes(&[(50, 2), (9, 3), (4, 10)]);
        let noise = Noise { total: 1000, deviation: 0.0 };
        for (needed, expected) in [(1, [1, 0, 0]), (5, [2, 3, 0]), (9, [2, 3, 4]), (99, [2, 3, 10])] {
            assert_eq!(counts(&classes, &draw_groups(&classes, noise, needed, &mut rng(1))), expected);
        }
    }

    #[test]
    fn counts_follow_the_definition() {
        let shapes = [classes(&[(900, 3), (300, 10), (120, 30), (60, 57)]), classes(&[(5, 40), (4, 60), (3, 100)])];
        for (shape, classes) in shapes.iter().enumerate() {
            for (level, deviation) in [1e-4, 0.01, 0.05, 0.3, 1e3].into_iter().enumerate() {
                let noise = Noise { total: 10_000, deviation };
                for needed in [5, 40, 90] {
                    let mut rng = rng((shape * 100 + level) as u64 * 100 + needed);
                    let ours: Vec<_> =
                        (0..4000).map(|_| counts(classes, &draw_groups(classes, noise, needed, &mut rng))).collect();
                    let theirs: Vec<_> = (0..4000).map(|_| naive(classes, noise, needed, &mut rng)).collect();
                    for class in 0..classes.len() {
                        let (mean, variance) = mean_and_variance(&ours, class);
                        let (expected, spread) = mean_and_variance(&theirs, class);
                        let error = ((variance + spread) / 4000.0).sqrt().max(1e-9);
                        let context = format!("{deviation} {needed} {class}: {mean} {expected}");
                        assert!((mean - expected).abs() < 5.0 * error, "{context}");
                        let ratio = (variance + 0.02) / (spread + 0.02);
                        assert!((0.8..1.25).contains(&ratio), "{context}: variances {variance} {spread}");
                    }
                }
            }
        }
    }

    #[test]
    fn groups_hold_exactly_what_is_needed() {
        for seed in 0..300 {
            let mut rng = rng(seed);
            let mut score = 1_000_000;
            let classes: Vec<Class> = (0..=rng.below(40))
                .map(|_| {
                    score -= 1 + rng.below(20_000);
                    Class { score, size: 1 + rng.below(500) }
                })
                .collect();
            let members: u64 = classes.iter().map(|c| c.size).sum();
            let needed = 1 + rng.below(members + 10);
            let deviation = libm::exp(-30.0 + 40.0 * rng.unit());
            let groups = draw_groups(&classes, Noise { total: 50_000_000, deviation }, needed, &mut rng);
            let counts = counts(&classes, &groups);
            assert_eq!(counts.iter().sum::<u64>(), needed.min(members), "seed {seed}");
            assert!(counts.iter().zip(&classes).all(|(&n, class)| n <= class.size), "seed {seed}");
            assert!(groups.iter().all(|g| g.low <= g.high), "seed {seed}");
        }
    }

    #[test]
    fn noise_below_a_doubles_step_is_a_uniform_choice() {
        let classes = classes(&[(7, 1000)]);
        for deviation in [1e-300, f64::MIN_POSITIVE / 4.0, 1e-20] {
            let groups = draw_groups(&classes, Noise { total: 10, deviation }, 300, &mut rng(5));
            assert_eq!(counts(&classes, &groups), [300]);
        }
    }

    #[test]
    fn distinct_places_are_distinct_and_uniform() {
        let mut rng = rng(9);
        let mut seen = [0u32; 10];
        for _ in 0..10_000 {
            let places = distinct_places(10, 3, &mut rng);
            assert_eq!(places.len(), 3);
            for place in places {
                seen[place as usize] += 1;
            }
        }
        assert!(seen.iter().all(|n| (2_800..3_200).contains(n)), "{seen:?}");
        assert_eq!(distinct_places(4, 4, &mut rng).len(), 4);
    }
}
