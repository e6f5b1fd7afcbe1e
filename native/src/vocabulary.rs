//! From the pool to the substrings of one vocabulary.
//!
//! The pool's eligible substrings are gathered into classes of equal score, `draw` says how many of each class are
//! taken, and here the members are chosen: of a class that is taken in part, those with the smallest mixed keys.
//! Two passes over the pool's counts; memory is kept between draws.

use hashbrown::HashMap;

use crate::draw::{Class, Group, Noise, draw_groups};
use crate::pool::Pool;
use crate::rng::Rng;
use crate::substrings::Key;

/// Scores below this have a place in a table of their own; there are few others.
const SMALL: u64 = 1 << 16;

/// A number for every score: a table for the small ones, a map for the others.
struct ScoreTable {
    small: Vec<u32>,
    large: HashMap<u64, u32>,
}

impl ScoreTable {
    #[expect(clippy::inline_always, reason = "8 % of a draw, measured")]
    #[inline(always)]
    fn of(&mut self, score: u64) -> &mut u32 {
        if score < SMALL { &mut self.small[score as usize] } else { self.of_large(score) }
    }

    #[cold]
    #[inline(never)]
    fn of_large(&mut self, score: u64) -> &mut u32 {
        self.large.entry(score).or_insert(0)
    }
}

/// Draws vocabularies from pools.
pub struct Drawer {
    table: ScoreTable,
    classes: Vec<Class>,
    /// Candidates of each class that is taken in part.
    partial: Vec<Vec<Candidate>>,
    chosen: Vec<u32>,
}

/// A member of a class: its mixed key, by which members are chosen, and its number.
type Candidate = (u64, u32);

impl Default for Drawer {
    fn default() -> Self {
        let table = ScoreTable { small: vec![0; SMALL as usize], large: HashMap::new() };
        Self { table, classes: Vec::new(), partial: Vec::new(), chosen: Vec::new() }
    }
}

impl Drawer {
    /// The numbers of the `needed` eligible substrings of `pool` with the highest noised scores (all of them where
    /// there are fewer), in no order that means anything.
    pub fn members(&mut self, pool: &Pool, deviation: f64, needed: u64, rng: &mut Rng) -> &[u32] {
        let groups = self.groups(pool, deviation, needed, rng);
        let taken = counts(&groups, self.classes.len());
        let choices = self.classes.iter().zip(&taken).map(|(class, &count)| Choice::of(class.size, count));
        self.gather(pool, choices.collect(), &taken, rng);
        let keys = pool.substrings().keys();
        for (candidates, &count) in self.partial.iter_mut().zip(&taken) {
            self.chosen.extend(smallest(candidates, count as usize, keys).iter().map(|&(_, number)| number));
        }
        &self.chosen
    }

    /// As `members`, each with its noised score; highest first, equals in the order of their keys. The value stands
    /// for all that are not above 0 where it is not.
    pub fn values(&mut self, pool: &Pool, deviation: f64, needed: u64, rng: &mut Rng) -> Vec<(u32, f64)> {
        let groups = self.groups(pool, deviation, needed, rng);
        let taken = counts(&groups, self.classes.len());
        // Every class is gathered as if it were partial, since each member is to get a value of its own.
        self.gather(pool, vec![Choice::Part { limit: u64::MAX }; taken.len()], &taken, rng);
        let keys = pool.substrings().keys();
        for (candidates, &count) in self.partial.iter_mut().zip(&taken) {
            smallest(candidates, count as usize, keys).sort_unstable_by_key(|&(mixed, n)| (mixed, keys[n as usize]));
        }
        let noise = Noise::new(pool.total(), deviation);
        let mut next = vec![0; self.classes.len()];
        let mut valued = Vec::new();
        for group in &groups {
            let mean = noise.mean(self.classes[group.class].score);
            let first = next[group.class];
            next[group.class] += group.count as usize;
            for &(_, number) in &self.partial[group.class][first..next[group.class]] {
                valued.push((number, value_in(group, mean, noise.deviation, rng)));
            }
        }
        valued.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| keys[a.0 as usize].cmp(&keys[b.0 as usize])));
        valued
    }

    /// Gathers the classes, highest score first, and draws from them.
    fn groups(&mut self, pool: &Pool, deviation: f64, needed: u64, rng: &mut Rng) -> Vec<Group> {
        self.table.small.fill(0);
        self.table.large.clear();
        for (_, score) in eligible_scores(pool) {
            *self.table.of(score) += 1;
        }
        let small = self.table.small.iter().enumerate().map(|(score, &size)| (score as u64, size));
        let large = self.table.large.iter().map(|(&score, &size)| (score, size));
        let classes = small.chain(large).filter(|&(_, size)| size > 0);
        self.classes = classes.map(|(score, size)| Class { score, size: u64::from(size) }).collect();
        self.classes.sort_unstable_by_key(|class| std::cmp::Reverse(class.score));
        for (number, class) in self.classes.iter().enumerate() {
            *self.table.of(class.score) = number as u32;
        }
        draw_groups(&self.classes, Noise::new(pool.total(), deviation), needed, rng)
    }

    /// Puts the members of whole classes into `chosen` and at least `taken` candidates of partial ones into `partial`.
    fn gather(&mut self, pool: &Pool, mut choices: Vec<Choice>, taken: &[u64], rng: &mut Rng) {
        let salt = [rng.word(), rng.word(), rng.word()];
        let keys = pool.substrings().keys();
        self.partial.resize_with(self.classes.len(), Vec::new);
        loop {
            self.chosen.clear();
            self.partial.iter_mut().for_each(Vec::clear);
            for (number, score) in eligible_scores(pool) {
                let class = *self.table.of(score) as usize;
                match choices[class] {
                    Choice::None => {}
                    Choice::Whole => self.chosen.push(number),
                    Choice::Part { limit } => {
                        let mixed = keys[number as usize].mix(salt);
                        if mixed <= limit {
                            self.partial[class].push((mixed, number));
                        }
                    }
                }
            }
            let mut enough = true;
            for ((choice, candidates), &count) in choices.iter_mut().zip(&self.partial).zip(taken) {
                if matches!(choice, Choice::Part { .. }) && (candidates.len() as u64) < count {
                    *choice = Choice::Part { limit: u64::MAX };
                    enough = false;
                }
            }
            if enough {
                return;
            }
        }
    }
}

/// Which members of a class a draw takes.
#[derive(Clone, Copy)]
enum Choice {
    None,
    Whole,
    /// Some of those whose mixed key does not exceed the limit.
    Part {
        limit: u64,
    },
}

impl Choice {
    /// How to take `count` of `size` members. The limit lets enough of them pass in all but one of many million cases,
    /// in which the members are gathered again without one; so it never changes who is taken.
    fn of(size: u64, count: u64) -> Self {
        if count == 0 {
            Self::None
        } else if count == size {
            Self::Whole
        } else {
            let pass = count as f64 + 8.0 * (count as f64).sqrt() + 32.0;
            Self::Part { limit: (pass / size as f64 * u64::MAX as f64) as u64 }
        }
    }
}

/// (number, score) of every eligible substring in the pool.
fn eligible_scores(pool: &Pool) -> impl Iterator<Item = (u32, u64)> {
    let scores = pool.taken().iter().zip(pool.substrings().eligible_weights()).map(|(&n, &w)| n * u64::from(w));
    (0..).zip(scores).filter(|&(_, score)| score > 0)
}

/// How many members of each class the groups hold.
fn counts(groups: &[Group], classes: usize) -> Vec<u64> {
    let mut counts = vec![0; classes];
    for group in groups {
        counts[group.class] += group.count;
    }
    counts
}

/// The `count` smallest candidates by mixed key, then by key, in any order.
fn smallest<'a>(candidates: &'a mut [Candidate], count: usize, keys: &[Key]) -> &'a mut [Candidate] {
    if 0 < count && count < candidates.len() {
        candidates.select_nth_unstable_by(count - 1, |a, b| {
            a.0.cmp(&b.0).then_with(|| keys[a.1 as usize].cmp(&keys[b.1 as usize]))
        });
    }
    let count = count.min(candidates.len());
    &mut candidates[..count]
}

/// A noised score in the group's interval.
fn value_in(group: &Group, mean: f64, deviation: f64, rng: &mut Rng) -> f64 {
    if deviation <= 0.0 || group.high <= 0.0 {
        return group.high;
    }
    let (low, high) = ((group.low - mean) / deviation, (group.high - mean) / deviation);
    (mean + deviation * rng.truncated_normal(low, high)).clamp(group.low, group.high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretokens::Cut;
    use crate::rng::Path;
    use std::collections::{BTreeMap, BTreeSet};

    /// A pool of `texts`, counted in the order given, so that numbers differ between orders.
    fn pool_of(texts: &[&str]) -> Pool {
        let mut pool = Pool::default();
        for text in texts {
            let slot = pool.count([(*text, 1)], Cut::TRAINING).unwrap();
            pool.push(slot).unwrap();
        }
        pool
    }

    fn drawn(pool: &Pool, deviation: f64, needed: u64, seed: u64) -> BTreeSet<String> {
        let mut rng = Path::new(seed, "vocabulary test").key().stream();
        let mut drawer = Drawer::default();
        let members = drawer.members(pool, deviation, needed, &mut rng);
        members.iter().map(|&n| pool.substrings().mapped(n)).collect()
    }

    const TEXTS: [&str; 4] = ["alpha beta gamma", "beta delta epsilon", "zeta eta theta iota", "kappa beta"];

    #[test]
    fn numbers_never_reach_the_result() {
        let forwards = pool_of(&TEXTS);
        let backwards = pool_of(&[TEXTS[3], TEXTS[2], TEXTS[1], TEXTS[0]]);
        for seed in 0..50 {
            for deviation in [0.0, 1e-3, 0.1] {
                let expected = drawn(&forwards, deviation, 12, seed);
                assert_eq!(expected.len(), 12);
                assert_eq!(drawn(&backwards, deviation, 12, seed), expected, "seed {seed}, {deviation}");
            }
        }
    }

    #[test]
    fn members_of_a_class_are_equally_likely() {
        let pool = pool_of(&["abcde fghij klmno pqrst uvwxy"]);
        let mut seen = BTreeMap::new();
        for seed in 0..6000 {
            for token in drawn(&pool, 0.0, 2, seed) {
                *seen.entry(token).or_insert(0) += 1;
            }
        }
        // Each of the five pretokens has one piece of six bytes, and these share the highest score.
        assert_eq!(seen.len(), 5, "{seen:?}");
        assert!(seen.values().all(|n| (2200..2600).contains(n)), "{seen:?}");
    }

    #[test]
    fn values_fall_and_name_the_same_members() {
        let pool = pool_of(&TEXTS);
        for deviation in [0.0, 1e-3, 0.1] {
            let mut rng = Path::new(1, "vocabulary test").key().stream();
            let values = Drawer::default().values(&pool, deviation, 12, &mut rng);
            assert!(values.is_sorted_by(|a, b| a.1 >= b.1));
            let named: BTreeSet<String> = values.iter().map(|&(n, _)| pool.substrings().mapped(n)).collect();
            assert_eq!(named, drawn(&pool, deviation, 12, 1));
        }
    }

    #[test]
    fn candidates_short_of_the_count_are_gathered_again() {
        let pool = pool_of(&TEXTS);
        let mut drawer = Drawer::default();
        let mut rng = Path::new(1, "again").key().stream();
        let groups = drawer.groups(&pool, 0.0, 12, &mut rng);
        let taken = counts(&groups, drawer.classes.len());
        drawer.gather(&pool, vec![Choice::Part { limit: 0 }; taken.len()], &taken, &mut rng);
        assert!(drawer.partial.iter().zip(&taken).all(|(candidates, &n)| candidates.len() as u64 >= n));
    }
}
