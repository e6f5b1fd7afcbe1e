//! Draws the substrings of one vocabulary from a pool: the first ones in the draw's order (see `noised_order`).
//!
//! A draw is one pass over the pool's scores, about a nanosecond a substring; memory is kept between draws.

use crate::base::normal_distribution::{RoughNormal, RoughTail};
use crate::base::rng::Rng;
use crate::base::simd::prefetch;
use crate::draw::bracket::{Bracket, Limit, Side, high_bits};
use crate::draw::noised_order::Draw;
use crate::draw::scan::{BLOCK, Columns, Limits, SCORES, ScanResult, Scanned, scan};
use crate::draw::score_histogram::ScoreHistogram;
use crate::pool::sliding_pool::Pool;

/// Step between the substrings of a sample, if the pool is large.
const SAMPLED: usize = 7;

/// Distance of the prefetch, in open substrings.
const AHEAD: usize = 16;

/// Draws vocabularies from pools.
#[derive(Default)]
pub struct Drawer {
    histogram: ScoreHistogram,
    tail: RoughTail,
    normals: RoughNormal,
    limits: Limits,
    scanned: ScanResult,
    candidates: Vec<Candidate>,
}

/// Substring in the bracket: its `Draw::rough`, and its id.
type Candidate = (f64, u32);

impl Drawer {
    /// Returns the ids of the `needed` eligible substrings of `pool` with the highest noised scores, or of all if there are
    /// fewer; their order has no meaning. `deviation` is the noise level.
    pub fn members<C: Scanned>(&mut self, pool: &Pool<C>, deviation: f64, needed: u64, rng: &mut Rng) -> &[u32] {
        self.choose(pool, &Draw::new(pool.total(), deviation, rng), needed);
        self.scanned.chosen()
    }

    /// Returns `members` with their noised scores, 0 for those that are not above 0, by falling noised score, then by key.
    pub fn values<C: Scanned>(
        &mut self,
        pool: &Pool<C>,
        deviation: f64,
        needed: u64,
        rng: &mut Rng,
    ) -> Vec<(u32, f64)> {
        let draw = Draw::new(pool.total(), deviation, rng);
        self.choose(pool, &draw, needed);
        let columns = Columns::of(pool);
        let value = |n: u32| draw.value(columns.score(n as usize), draw.word(columns.hashes[n as usize]));
        let mut valued: Vec<_> = self.scanned.chosen().iter().map(|&n| (n, value(n))).collect();
        let keys = pool.substrings().keys();
        valued.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| keys[a.0 as usize].cmp(&keys[b.0 as usize])));
        valued
    }

    fn choose<C: Scanned>(&mut self, pool: &Pool<C>, draw: &Draw, needed: u64) {
        let columns = Columns::of(pool);
        let known = columns.occurrences.len();
        let needed = needed.min(known as u64) as usize;
        let step = if known < SAMPLED * 4096 { 1 } else { SAMPLED };
        let scores = (0..known).step_by(step).map(|n| {
            prefetch(columns.occurrences, n + BLOCK * 2);
            prefetch(columns.weights, n + BLOCK * 2);
            columns.score(n)
        });
        self.histogram.sample(scores);
        // Margins for the sample's rounding and its random error; then much larger ones; then everything is in the bracket.
        let error = ((step + 1) as f64 * needed as f64).sqrt();
        for margin in [3.0 * error + 16.0, 30.0 * error + 500.0, f64::INFINITY] {
            let share = |count: f64| count / step as f64;
            let bracket = self.histogram.bracket(draw, share(needed as f64 - margin), share(needed as f64 + margin));
            self.scan(columns, draw, bracket);
            self.decide(columns, draw, bracket);
            if self.settle(columns, draw, bracket, needed) {
                return;
            }
        }
    }
}

impl Drawer {
    /// Scans the pool by the limits of `bracket`: substrings before it are chosen, those that may be in it are open.
    fn scan<C: Scanned>(&mut self, columns: Columns<C>, draw: &Draw, bracket: Bracket) {
        self.limits.set(0, Limit::NEVER);
        for score in 1..SCORES - 1 {
            self.limits.set(score, bracket.limit(draw, self.tail, score as u64));
        }
        // A word that is surely low enough for a score is so for all scores above it.
        let Limit { surely, .. } = bracket.limit(draw, self.tail, SCORES as u64 - 1);
        self.limits.set(SCORES - 1, Limit { surely, ..Limit::OPEN });
        scan(columns, draw, &self.limits, &mut self.scanned);
    }

    /// Decides the side of the open substrings: those in the bracket become candidates.
    fn decide<C: Scanned>(&mut self, columns: Columns<C>, draw: &Draw, bracket: Bracket) {
        self.candidates.clear();
        let open = std::mem::take(&mut self.scanned.open);
        for (index, &id) in open.iter().enumerate() {
            if let Some(&later) = open.get(index + AHEAD) {
                prefetch(columns.occurrences, later as usize);
                prefetch(columns.weights, later as usize);
                prefetch(columns.hashes, later as usize);
            }
            let (score, word) = (columns.score(id as usize), draw.word(columns.hashes[id as usize]));
            let rough = draw.rough(self.normals, score, word);
            match bracket.side(draw, score, word, rough) {
                Side::Before => self.scanned.choose(id),
                Side::Within => self.candidates.push((rough, id)),
                Side::After => {}
            }
        }
        self.scanned.open = open;
    }

    /// Chooses candidates up to `needed`, or all that are eligible. Returns false if the threshold is not in the bracket.
    fn settle<C: Scanned>(&mut self, columns: Columns<C>, draw: &Draw, bracket: Bracket, needed: usize) -> bool {
        let Some(left) = needed.checked_sub(self.scanned.chosen().len()) else { return false };
        if left > self.candidates.len() && !bracket.is_open_below() {
            return false;
        }
        if 0 < left && left < self.candidates.len() {
            self.choose_first(columns, draw, left);
        } else {
            self.candidates.iter().take(left).for_each(|&(_, id)| self.scanned.choose(id));
        }
        let chosen = self.scanned.chosen().len();
        if chosen < needed && matches!(bracket, Bracket::Values { .. }) {
            self.fill_with_equals(columns, draw, needed - chosen);
        }
        true
    }

    /// Chooses the first `left` of the candidates, which are more.
    fn choose_first<C: Scanned>(&mut self, columns: Columns<C>, draw: &Draw, left: usize) {
        let (_, &mut (threshold, _), _) = self.candidates.select_nth_unstable_by(left - 1, |a, b| b.0.total_cmp(&a.0));
        // The exact threshold differs from this one by an error at most, and so does each candidate: twice the error decides.
        let (high, low) = (threshold + 2.0 * draw.slack(), threshold - 2.0 * draw.slack());
        let mut near = Vec::new();
        let before = self.scanned.chosen().len();
        for &(rough, id) in self.candidates.iter().filter(|candidate| candidate.0 >= low) {
            if rough > high {
                self.scanned.choose(id);
            } else {
                let (score, hash) = (columns.score(id as usize), columns.hashes[id as usize]);
                near.push((draw.value(score, draw.word(hash)), hash, id));
            }
        }
        let left = left - (self.scanned.chosen().len() - before);
        if 0 < left && left < near.len() {
            let key = |id: u32| columns.keys[id as usize];
            near.select_nth_unstable_by(left - 1, |a, b| {
                draw.order((a.0, a.1), (b.0, b.1)).then_with(|| key(a.2).cmp(&key(b.2)))
            });
        }
        near.iter().take(left).for_each(|&(.., id)| self.scanned.choose(id));
    }

    /// Chooses `left` more substrings, or all, whose noised score is not above 0. The limits must be of a bracket that is
    /// open below.
    fn fill_with_equals<C: Scanned>(&mut self, columns: Columns<C>, draw: &Draw, left: usize) {
        let known = 0..columns.occurrences.len() as u32;
        let equals = known.clone().filter(|&n| columns.score(n as usize) > 0).count() - self.scanned.chosen().len();
        let share = (left as f64 + 8.0 * (left as f64).sqrt() + 32.0) / equals as f64;
        let mut equal: Vec<(u64, u32)> = Vec::new();
        // The lowest ties come first; this share of them is enough in all but one of many million cases.
        for below in [(share.min(1.0) * u64::MAX as f64) as u64, u64::MAX] {
            equal.clear();
            for id in known.clone() {
                let tie = draw.tie(columns.hashes[id as usize]);
                if tie <= below && self.is_equal_to_zero(columns, draw, id as usize) {
                    equal.push((tie, id));
                }
            }
            if equal.len() >= left {
                break;
            }
        }
        if 0 < left && left < equal.len() {
            let key = |id: u32| columns.keys[id as usize];
            equal.select_nth_unstable_by(left - 1, |a, b| a.0.cmp(&b.0).then_with(|| key(a.1).cmp(&key(b.1))));
        }
        for &(_, id) in equal.iter().take(left) {
            self.scanned.choose(id);
        }
    }

    /// Returns whether an eligible substring's noised score is not above 0.
    fn is_equal_to_zero<C: Scanned>(&self, columns: Columns<C>, draw: &Draw, id: usize) -> bool {
        let (score, word) = (columns.score(id), draw.word(columns.hashes[id]));
        let limit = self.limits.of(score);
        score > 0 && (high_bits((word >> 32) as u32) >= limit.perhaps || draw.value(score, word) <= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;
    use crate::pool::substring_rule::SubstringRule;
    use std::collections::{BTreeMap, BTreeSet};

    /// A pool of `texts`, counted in the order given, so that ids differ between orders.
    fn pool_of(texts: &[&str]) -> Pool<u32> {
        let mut pool = Pool::<u32>::default();
        for text in texts {
            let counts = pool.count([(*text, 1)], SubstringRule::TRAINING).unwrap();
            pool.push(counts).unwrap();
        }
        pool
    }

    fn drawn(pool: &Pool<u32>, deviation: f64, needed: u64, seed: u64) -> BTreeSet<String> {
        let mut rng = Path::new(seed, "vocabulary test").key().stream();
        let mut drawer = Drawer::default();
        let members = drawer.members(pool, deviation, needed, &mut rng);
        members.iter().map(|&n| pool.substrings().mapped(n)).collect()
    }

    /// The definition: everything that is eligible, sorted by the draw's order.
    fn sorted(pool: &Pool<u32>, deviation: f64, needed: u64, seed: u64) -> BTreeSet<String> {
        let draw = Draw::new(pool.total(), deviation, &mut Path::new(seed, "vocabulary test").key().stream());
        let columns = Columns::of(pool);
        let mut all: Vec<(f64, u64, u32)> = Vec::new();
        for id in 0..columns.occurrences.len() as u32 {
            let (score, hash) = (columns.score(id as usize), columns.hashes[id as usize]);
            if score > 0 {
                all.push((draw.value(score, draw.word(hash)), hash, id));
            }
        }
        all.sort_by(|a, b| draw.order((a.0, a.1), (b.0, b.1)));
        all.iter().take(needed as usize).map(|&(.., n)| pool.substrings().mapped(n)).collect()
    }

    const TEXTS: [&str; 4] = ["alpha beta gamma", "beta delta epsilon", "zeta eta theta iota", "kappa beta"];
    const DEVIATIONS: [f64; 12] = [0.0, 1e-300, 1e-20, 1e-12, 1e-9, 1e-7, 1e-5, 1e-3, 0.1, 1.0, 1e9, 1e300];

    /// Some hundred thousand characters of words, few of them frequent and many rare.
    fn words(count: u64) -> String {
        let mut rng = Path::new(5, "words").key().stream();
        let mut word = || {
            let rank = (1.0 / rng.unit().max(1e-5)) as u64;
            format!("w{:x}{} ", rank.wrapping_mul(0x9E37_79B9) & 0xFF_FFFF, "=".repeat(rank as usize % 3))
        };
        (0..count).map(|_| word()).collect()
    }

    #[test]
    fn a_draw_is_the_beginning_of_its_order() {
        for (pool, sizes) in [
            (pool_of(&TEXTS), vec![1, 2, 7, 12, 40, 1000]),
            (pool_of(&[&words(3000)]), vec![1, 20, 300, 4000, 100_000]),
            (pool_of(&[&words(60_000)]), vec![1, 5000, 30_000, 90_000]),
        ] {
            for (seed, deviation) in (0..).zip(DEVIATIONS) {
                for &needed in &sizes {
                    let expected = sorted(&pool, deviation, needed, seed);
                    assert!(drawn(&pool, deviation, needed, seed) == expected, "{deviation:e} {needed} seed {seed}");
                }
            }
        }
    }

    #[test]
    fn brackets_that_miss_the_threshold_are_noticed() {
        let pool = pool_of(&[&words(20_000)]);
        let columns = Columns::of(&pool);
        for deviation in [0.0, 1e-4] {
            let draw = Draw::new(pool.total(), deviation, &mut Path::new(1, "miss").key().stream());
            let mut drawer = Drawer::default();
            for (before, within) in [(400.0, 500.0), (10.0, 90.0)] {
                drawer.histogram.sample((0..columns.occurrences.len()).map(|n| columns.score(n)));
                let bracket = drawer.histogram.bracket(&draw, before, within);
                drawer.scan(columns, &draw, bracket);
                drawer.decide(columns, &draw, bracket);
                assert!(!drawer.settle(columns, &draw, bracket, 250), "{deviation} {before}");
            }
        }
    }

    #[test]
    fn ids_never_reach_the_result() {
        let forwards = pool_of(&TEXTS);
        let backwards = pool_of(&[TEXTS[3], TEXTS[2], TEXTS[1], TEXTS[0]]);
        for seed in 0..50 {
            for deviation in DEVIATIONS {
                let expected = drawn(&forwards, deviation, 12, seed);
                assert_eq!(expected.len(), 12);
                assert_eq!(drawn(&backwards, deviation, 12, seed), expected, "seed {seed}, {deviation}");
            }
        }
    }

    #[test]
    fn equals_are_equally_likely() {
        let pool = pool_of(&["abcde fghij klmno pqrst uvwxy"]);
        for deviation in [0.0, 1e-300] {
            let mut seen = BTreeMap::new();
            for seed in 0..6000 {
                for token in drawn(&pool, deviation, 2, seed) {
                    *seen.entry(token).or_insert(0) += 1;
                }
            }
            // Each of the five pretokens has one piece of six bytes, and these share the highest score.
            assert_eq!(seen.len(), 5, "{seen:?}");
            assert!(seen.values().all(|n| (2200..2600).contains(n)), "{seen:?}");
        }
    }

    #[test]
    fn values_fall_and_name_the_same_members() {
        let pool = pool_of(&TEXTS);
        for deviation in DEVIATIONS {
            let mut rng = Path::new(1, "vocabulary test").key().stream();
            let values = Drawer::default().values(&pool, deviation, 12, &mut rng);
            assert!(values.is_sorted_by(|a, b| a.1 >= b.1) && values.iter().all(|v| v.1.is_finite() && v.1 >= 0.0));
            let named: BTreeSet<String> = values.iter().map(|&(n, _)| pool.substrings().mapped(n)).collect();
            assert_eq!(named, drawn(&pool, deviation, 12, 1));
        }
    }
}
