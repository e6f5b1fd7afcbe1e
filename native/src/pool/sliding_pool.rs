//! The pool: the counts of the last stream batches, and how often each substring occurs in them.
//!
//! Pushing the counts of a batch adds its substrings, popping them subtracts these; the pool is never counted anew. `total` is the sum of all scores, eligible or not (S in SPEC section 2). Since every score is at most
//! the total, a total that fits 64 bits means that all sums do, and only it is checked.

use std::collections::VecDeque;

use crate::base::error::Error;
use crate::base::key::SubstringKey;
#[cfg(target_arch = "x86_64")]
use crate::base::simd;
use crate::pool::batch_counts::BatchCounts;
use crate::pool::batch_diff::Difference;
use crate::pool::compaction::Kept;
use crate::pool::pretoken_table::PADDING;
use crate::pool::pretokens::{Count, Pretokens};
use crate::pool::stride::SubstringRule;
use crate::pool::substrings::Substrings;

/// The counts of a window of stream batches.
#[derive(Default)]
pub struct Pool<C> {
    pretokens: Pretokens<C>,
    taken: Vec<C>,
    total: u64,
    batches: VecDeque<BatchCounts<C>>,
    difference: Difference<C>,
    /// Scratch: a text with one space in front and the padding behind.
    padded: String,
}

impl<C: Count> Pool<C> {
    /// What is known of the substrings.
    #[must_use]
    pub fn substrings(&self) -> &Substrings {
        self.pretokens.substrings()
    }

    /// How often each substring was taken, by number.
    #[must_use]
    pub fn taken(&self) -> &[C] {
        &self.taken
    }

    /// The sum of all scores.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The number of batches.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// Whether the pool holds no batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// The least score of any substring in the pool, or none where the pool is empty.
    #[must_use]
    pub fn min_score(&self) -> Option<u64> {
        let taken = self.taken.iter().enumerate().filter(|&(_, &times)| times > C::default());
        taken.map(|(number, &times)| times.into() * self.substrings().weight(number)).min()
    }

    /// Counts the texts of a batch, each times its multiplicity. The counts are not in the pool yet: `push` or `slide` adds
    /// them, before the next sweep. A call that fails sweeps.
    ///
    /// # Errors
    /// `Error::Overflow` where a count exceeds 64 bits; `Error::Parameter` for a text of 4 GiB, or where there are 2^28
    /// substrings.
    pub fn count<'a>(
        &mut self,
        texts: impl IntoIterator<Item = (&'a str, C)>,
        rule: SubstringRule,
    ) -> Result<BatchCounts<C>, Error> {
        let rule = self.pretokens.rule_index(rule);
        let counted = texts.into_iter().filter(|&(_, times)| times > C::default()).try_for_each(|(text, times)| {
            self.padded.clear();
            self.padded.push(' ');
            self.padded.push_str(text);
            self.padded.extend([' '; PADDING]);
            self.pretokens.count(&self.padded, rule, times)
        });
        let (counts, learned) = self.pretokens.counted(rule);
        self.taken.resize(self.substrings().len(), C::default());
        if let Err(error) = counted.and(learned) {
            self.forget(|_, _| {});
            return Err(error);
        }
        Ok(counts)
    }

    /// Adds the counts of the newest batch.
    ///
    /// # Errors
    /// Returns the counts where the total would exceed 64 bits; the pool is then unchanged.
    pub fn push(&mut self, counts: BatchCounts<C>) -> Result<(), BatchCounts<C>> {
        self.add(counts, VecDeque::push_back)
    }

    /// Adds the counts of the oldest batch again.
    ///
    /// # Errors
    /// As `push`.
    pub fn push_oldest(&mut self, counts: BatchCounts<C>) -> Result<(), BatchCounts<C>> {
        self.add(counts, VecDeque::push_front)
    }

    /// Adds the counts of the newest batch and removes those of the oldest, as `push` and `pop_oldest` do, but changes only
    /// what differs between the two.
    ///
    /// # Errors
    /// As `push`, but for a total of which the oldest is no part.
    pub fn slide(&mut self, counts: BatchCounts<C>) -> Result<(), BatchCounts<C>> {
        let Some(oldest) = self.batches.pop_front() else {
            return self.push(counts);
        };
        let mut difference = std::mem::take(&mut self.difference);
        let (more, less) = difference.of(&counts, &oldest, self.pretokens.end());
        let fits = self.gain(more);
        if fits {
            self.lose(less);
        }
        self.difference = difference;
        if !fits {
            self.batches.push_front(oldest);
            return Err(counts);
        }
        self.batches.push_back(counts);
        Ok(())
    }

    /// Removes and returns the counts of the oldest batch; `push_oldest` may add them again, before the next sweep.
    pub fn pop_oldest(&mut self) -> Option<BatchCounts<C>> {
        let oldest = self.batches.pop_front()?;
        self.lose(&oldest);
        Some(oldest)
    }

    /// Removes and returns the counts of the newest batch; `push` may add them again, before the next sweep.
    pub fn pop_newest(&mut self) -> Option<BatchCounts<C>> {
        let newest = self.batches.pop_back()?;
        self.lose(&newest);
        Some(newest)
    }

    /// Forgets the pretokens that are not in the window, and the substrings that only they had, where that may be a third of
    /// all that is known; most of what leaves the window comes back before. No removed counts may be added again afterwards.
    /// `forgetting` hears which substrings stay, and all keys; those that stay have new numbers afterwards.
    pub fn sweep(&mut self, forgetting: impl FnOnce(&Kept, &[SubstringKey])) {
        if self.pretokens.has_grown() {
            self.forget(forgetting);
        }
    }

    fn forget(&mut self, forgetting: impl FnOnce(&Kept, &[SubstringKey])) {
        #[cfg(target_arch = "x86_64")]
        if simd::avx2_is_wanted() {
            // SAFETY: it is wanted only where the processor has every feature that this is compiled for. Test: forgetting is
            // the same on any processor.
            return unsafe { self.forget_by_bits(forgetting) };
        }
        self.forget_on_any(forgetting);
    }

    /// `forget`, compiled for processors that count the bits of a word at once.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn forget_by_bits(&mut self, forgetting: impl FnOnce(&Kept, &[SubstringKey])) {
        self.forget_on_any(forgetting);
    }

    #[expect(clippy::inline_always, reason = "what has nothing of a caller's processor in it is not compiled for it")]
    #[inline(always)]
    fn forget_on_any(&mut self, forgetting: impl FnOnce(&Kept, &[SubstringKey])) {
        let (pretokens, substrings) =
            (self.pretokens.present_ones(), Kept::of(&self.taken, |times| times > C::default()));
        forgetting(&substrings, self.substrings().keys());
        self.pretokens.keep(&pretokens, &substrings);
        substrings.shorten(&mut self.taken);
        for counts in &mut self.batches {
            for (pretoken, _) in counts {
                *pretoken = pretokens.renumbered(*pretoken);
            }
        }
    }

    /// The sum of the scores of so many pretokens, where it fits 64 bits.
    fn mass(&self, counts: &[(u32, C)]) -> Option<u64> {
        let mut masses = counts.iter().map(|&(n, times)| self.pretokens.mass(n).checked_mul(times.into()));
        masses.try_fold(0, |sum: u64, mass| sum.checked_add(mass?))
    }

    fn add(
        &mut self,
        counts: BatchCounts<C>,
        put: impl Fn(&mut VecDeque<BatchCounts<C>>, BatchCounts<C>),
    ) -> Result<(), BatchCounts<C>> {
        if !self.gain(&counts) {
            return Err(counts);
        }
        put(&mut self.batches, counts);
        Ok(())
    }

    /// Has so many pretokens in the window, besides what is there, if the total then fits 64 bits; whether it does.
    fn gain(&mut self, counts: &[(u32, C)]) -> bool {
        let total = self.mass(counts).and_then(|mass| self.total.checked_add(mass));
        if let Some(total) = total {
            self.total = total;
            self.change(counts, C::plus);
        }
        total.is_some()
    }

    /// Has so many pretokens, which are there, in the window no more.
    fn lose(&mut self, counts: &[(u32, C)]) {
        self.total -= self.mass(counts).unwrap_or(self.total); // it is a part of the total
        self.change(counts, C::less);
    }

    /// Changes how often pretokens, and the substrings taken from them, are in the window.
    fn change(&mut self, by: &[(u32, C)], change: impl Fn(C, C) -> C) {
        for (at, &(pretoken, times)) in by.iter().enumerate() {
            let ahead = |steps: usize| by.get(at + steps).map(|&(pretoken, _)| pretoken);
            self.pretokens.prefetch(ahead(24), ahead(12));
            let present = self.pretokens.present(pretoken);
            *present = change(*present, times);
            for &prefix in self.pretokens.prefixes(pretoken) {
                let taken = &mut self.taken[prefix as usize];
                *taken = change(*taken, times);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn scores(pool: &Pool<u64>) -> BTreeMap<String, u64> {
        let all = (0..pool.substrings().len() as u32).map(|n| {
            let score = pool.taken()[n as usize] * pool.substrings().weight(n as usize);
            (pool.substrings().mapped(n), score)
        });
        all.filter(|&(_, score)| score > 0).collect()
    }

    fn pushed(pool: &mut Pool<u64>, texts: &[(&str, u64)]) {
        let counts = pool.count(texts.iter().copied(), SubstringRule::TRAINING).unwrap();
        pool.push(counts).unwrap();
    }

    #[test]
    fn scores_weigh_mapped_bytes() {
        let mut pool = Pool::<u64>::default();
        pushed(&mut pool, &[("ab ab", 3)]);
        // First pretoken " ab": starts 0 (of 0 0 1 2); second " ab": starts 0.
        let expected = [("Ġ", 12), ("Ġa", 18), ("Ġab", 24)];
        assert_eq!(scores(&pool), expected.map(|(k, v)| (k.to_string(), v)).into());
        assert_eq!((pool.total(), pool.min_score()), (54, Some(12)));
    }

    #[test]
    fn a_popped_batch_leaves_nothing() {
        let mut pool = Pool::<u64>::default();
        pushed(&mut pool, &[("one two", 1)]);
        let before = (scores(&pool), pool.total());
        pushed(&mut pool, &[("two three", 2), ("", 1)]);
        let oldest = pool.pop_oldest().unwrap();
        assert!(!scores(&pool).contains_key("Ġon"));
        pool.push_oldest(oldest).unwrap();
        pool.pop_newest();
        assert_eq!((scores(&pool), pool.total()), before);
        pool.pop_oldest();
        assert_eq!((scores(&pool).len(), pool.total(), pool.min_score()), (0, 0, None));
    }

    #[test]
    fn sliding_is_pushing_and_popping() {
        let texts = ["one two two", "two three one one", "", "two one one one four", "five one two", "five one two"];
        let (mut slid, mut pushed_and_popped) = (Pool::<u64>::default(), Pool::<u64>::default());
        for pool in [&mut slid, &mut pushed_and_popped] {
            pushed(pool, &[(texts[0], 1)]);
            pushed(pool, &[(texts[1], 3)]);
        }
        for (text, times) in texts[2..].iter().zip(1..) {
            let counts = slid.count([(*text, times)], SubstringRule::TRAINING).unwrap();
            slid.slide(counts).unwrap();
            pushed(&mut pushed_and_popped, &[(text, times)]);
            pushed_and_popped.pop_oldest().unwrap();
            pushed_and_popped.forget(|_, _| {});
            assert_eq!((scores(&slid), slid.total()), (scores(&pushed_and_popped), pushed_and_popped.total()));
            slid.forget(|_, _| {});
            assert_eq!((scores(&slid), slid.total()), (scores(&pushed_and_popped), pushed_and_popped.total()));
            assert_eq!(slid.substrings().len(), scores(&slid).len());
            assert_eq!(pushed_and_popped.substrings().len(), scores(&slid).len());
        }
    }

    #[test]
    fn forgetting_keeps_the_window() {
        let mut pool = Pool::<u64>::default();
        pushed(&mut pool, &[("gone after this", 1)]);
        pushed(&mut pool, &[("one two", 2), ("three", 1)]);
        pushed(&mut pool, &[("two four", 1), ("after", 1)]);
        pool.pop_oldest().unwrap();
        let before = (scores(&pool), pool.total());
        let mut gone = Vec::new();
        pool.forget(|kept, keys| {
            let mapped = |number: usize| {
                let mut mapped = String::new();
                keys[number].write_mapped(&mut mapped);
                gone.push(mapped);
            };
            kept.each_gone(keys, |_| true, mapped);
        });
        assert!(gone.contains(&"Ġgon".into()) && !gone.contains(&"Ġa".into()), "{gone:?}");
        assert_eq!((scores(&pool), pool.total()), before);
        pushed(&mut pool, &[("gone five", 1)]);
        pool.pop_newest().unwrap();
        pool.forget(|_, _| {});
        assert_eq!((scores(&pool), pool.total()), before);
        assert_eq!(pool.substrings().len(), before.0.len());
    }

    #[test]
    fn forgetting_is_the_same_on_any_processor() {
        let known = |forget: fn(&mut Pool<u64>)| {
            let mut pool = Pool::<u64>::default();
            for number in 0..300u64 {
                pushed(&mut pool, &[(&format!("a{} {number} of_{}", number % 7, number * number), 1)]);
                if number % 10 == 9 {
                    (0..9).for_each(|_| drop(pool.pop_oldest()));
                    forget(&mut pool);
                }
            }
            (pool.substrings().keys().to_vec(), pool.taken().to_vec(), pool.total())
        };
        assert_eq!(known(|pool| pool.forget(|_, _| {})), known(|pool| pool.forget_on_any(|_, _| {})));
    }

    #[test]
    fn what_is_known_does_not_grow_with_what_was_seen() {
        let mut pool = Pool::<u64>::default();
        let (mut most, mut sweeps) = (0, 0);
        for number in 0..1000u64 {
            let text = format!("w{number} {} long{number}{number}er_than_fifteen_bytes 汉{number}", number % 7);
            pushed(&mut pool, &[(&text, 1 + number % 3)]);
            if pool.len() > 4 {
                pool.pop_oldest().unwrap();
                most = most.max(pool.substrings().len());
                pool.sweep(|_, _| sweeps += 1);
            }
        }
        assert!(most < 1100 && sweeps > 5, "{most} {sweeps}");
        let mut fresh = Pool::<u64>::default();
        for number in 996..1000u64 {
            let text = format!("w{number} {} long{number}{number}er_than_fifteen_bytes 汉{number}", number % 7);
            pushed(&mut fresh, &[(&text, 1 + number % 3)]);
        }
        assert_eq!((scores(&pool), pool.total()), (scores(&fresh), fresh.total()));
    }

    #[test]
    fn sums_beyond_64_bits_are_refused_and_change_nothing() {
        let mut pool = Pool::<u64>::default();
        pushed(&mut pool, &[("a", u64::MAX / 10)]);
        let before = pool.total();
        let counts = pool.count([("a", u64::MAX / 4)], SubstringRule::TRAINING).unwrap();
        let counts = pool.push(counts).unwrap_err();
        pool.slide(counts).unwrap_err();
        assert_eq!((pool.total(), pool.len()), (before, 1));
        let counts = pool.count([("b", 1), ("a", 2)], SubstringRule::TRAINING).unwrap();
        pool.slide(counts).unwrap();
        let expected = [("Ġ", 6), ("Ġa", 6), ("Ġb", 3)];
        assert_eq!(scores(&pool), expected.map(|(k, v)| (k.to_string(), v)).into());
        assert!(pool.count([("a", u64::MAX), ("a", 2)], SubstringRule::TRAINING).is_err());
        assert_eq!(pool.count([("a", 1)], SubstringRule::TRAINING).unwrap().len(), 1);
    }

    #[test]
    fn texts_counted_zero_times_are_not_there() {
        let mut pool = Pool::<u64>::default();
        assert_eq!(pool.count([("a b", 0)], SubstringRule::TRAINING).unwrap(), []);
    }
}
