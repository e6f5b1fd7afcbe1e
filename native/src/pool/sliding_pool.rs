//! Pool: the counts of a window of the last stream batches, and how often each substring occurs in the window.
//!
//! Adding the counts of a stream batch adds the occurrences of its substrings, and removing the counts subtracts them;
//! the pool is never counted anew. `total` is the sum of the scores of all substrings, eligible or not (S in SPEC
//! section 2). No score exceeds the total, so all sums fit 64 bits if the total does: only the total is checked.

use std::collections::VecDeque;

use crate::base::error::Error;
#[cfg(target_arch = "x86_64")]
use crate::base::simd;
use crate::base::substring_key::SubstringKey;
use crate::pool::batch_counts::BatchCounts;
use crate::pool::batch_diff::Difference;
use crate::pool::compaction::CompactionMap;
use crate::pool::count::Count;
use crate::pool::pretoken_key::PADDING;
use crate::pool::pretokens::Pretokens;
use crate::pool::substring_rule::SubstringRule;
use crate::pool::substrings::Substrings;

/// Pool of a window of stream batches: the counts of each batch, and the occurrences of each substring.
#[derive(Default)]
pub struct Pool<C> {
    pretokens: Pretokens<C>,
    /// Number of occurrences of each substring in the window, by id.
    occurrences: Vec<C>,
    /// Sum of the scores of all substrings.
    total: u64,
    /// Counts of the stream batches in the window, the oldest first.
    batches: VecDeque<BatchCounts<C>>,
    difference: Difference<C>,
    /// Scratch: a text with one space in front and `PADDING` bytes behind it.
    padded: String,
}

impl<C: Count> Pool<C> {
    /// Returns all known substrings; some may not occur in the window.
    #[must_use]
    pub fn substrings(&self) -> &Substrings {
        self.pretokens.substrings()
    }

    /// Returns the number of occurrences of each substring in the window, by id.
    #[must_use]
    pub fn occurrences(&self) -> &[C] {
        &self.occurrences
    }

    /// Returns the sum of the scores of all substrings.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the number of stream batches in the window.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// Returns whether the window has no stream batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Returns the least score of the substrings that occur in the window, or `None` if there are none.
    #[must_use]
    pub(crate) fn min_score(&self) -> Option<u64> {
        let occurrences = self.occurrences.iter().enumerate().filter(|&(_, &times)| times > C::default());
        occurrences.map(|(id, &times)| times.into() * self.substrings().weight(id)).min()
    }

    /// Counts the texts of a stream batch, each with its multiplicity. The counts are not in the pool yet: `push` or
    /// `slide` adds them, before the next sweep. A call that fails sweeps the pool.
    ///
    /// # Errors
    /// `Error::Overflow` if a count exceeds its type; `Error::Parameter` if a text has 4 GiB, or for 2^28 substrings.
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
        let (counts, learned) = self.pretokens.take_counts(rule);
        self.occurrences.resize(self.substrings().len(), C::default());
        if let Err(error) = counted.and(learned) {
            self.compact(|_, _| {});
            return Err(error);
        }
        Ok(counts)
    }

    /// Adds the counts of a stream batch to the pool, as the newest one.
    ///
    /// # Errors
    /// Returns the counts if the total would exceed 64 bits; the pool is then unchanged.
    pub fn push(&mut self, counts: BatchCounts<C>) -> Result<(), BatchCounts<C>> {
        self.insert(counts, VecDeque::push_back)
    }

    /// Adds the stream batch that `pop_oldest` removed to the pool again, as the oldest one.
    ///
    /// # Errors
    /// Returns the counts if the total would exceed 64 bits; the pool is then unchanged.
    pub(crate) fn push_oldest(&mut self, counts: BatchCounts<C>) -> Result<(), BatchCounts<C>> {
        self.insert(counts, VecDeque::push_front)
    }

    /// Adds the counts of a stream batch as the newest one and removes the oldest one, as `push` and `pop_oldest` do,
    /// but changes only the differences between the two.
    ///
    /// # Errors
    /// Returns the counts if the total would exceed 64 bits before the oldest stream batch is subtracted; the pool is
    /// then unchanged.
    pub fn slide(&mut self, counts: BatchCounts<C>) -> Result<(), BatchCounts<C>> {
        let Some(oldest) = self.batches.pop_front() else {
            return self.push(counts);
        };
        let mut difference = std::mem::take(&mut self.difference);
        let (more, less) = difference.of(&counts, &oldest, self.pretokens.len());
        let fits = self.add(more);
        if fits {
            self.subtract(less);
        }
        self.difference = difference;
        if !fits {
            self.batches.push_front(oldest);
            return Err(counts);
        }
        self.batches.push_back(counts);
        Ok(())
    }

    /// Removes the oldest stream batch and returns its counts, or `None` if the pool is empty. `push_oldest` may add
    /// the counts again, before the next sweep.
    pub(crate) fn pop_oldest(&mut self) -> Option<BatchCounts<C>> {
        let oldest = self.batches.pop_front()?;
        self.subtract(&oldest);
        Some(oldest)
    }

    /// Removes the newest stream batch and returns its counts, or `None` if the pool is empty. `push` may add the
    /// counts again, before the next sweep.
    pub(crate) fn pop_newest(&mut self) -> Option<BatchCounts<C>> {
        let newest = self.batches.pop_back()?;
        self.subtract(&newest);
        Some(newest)
    }

    /// Removes the pretokens that are not in the window, and the substrings that only such pretokens have. Does nothing
    /// until these may be a third of all known pretokens and substrings, because most pretokens that leave the window
    /// come back. Counts that were removed from the pool before the sweep must not be added again. `before` is called
    /// before the removal, with the compaction map of substring ids and the keys of all substrings.
    pub fn sweep(&mut self, before: impl FnOnce(&CompactionMap, &[SubstringKey])) {
        if self.pretokens.has_grown() {
            self.compact(before);
        }
    }

    fn compact(&mut self, before: impl FnOnce(&CompactionMap, &[SubstringKey])) {
        #[cfg(target_arch = "x86_64")]
        if simd::avx2_is_wanted() {
            // SAFETY: AVX2 is wanted only if the processor has every feature that the function is compiled for. Test:
            // `compaction_is_the_same_on_any_processor`.
            return unsafe { self.compact_by_bits(before) };
        }
        self.compact_on_any(before);
    }

    /// Does what `compact` does, compiled for processors that count the bits of a word with one instruction.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn compact_by_bits(&mut self, before: impl FnOnce(&CompactionMap, &[SubstringKey])) {
        self.compact_on_any(before);
    }

    #[expect(clippy::inline_always, reason = "only code inlined into its caller is compiled for the caller's features")]
    #[inline(always)]
    fn compact_on_any(&mut self, before: impl FnOnce(&CompactionMap, &[SubstringKey])) {
        let (pretokens, substrings) =
            (self.pretokens.window_map(), CompactionMap::of(&self.occurrences, |times| times > C::default()));
        before(&substrings, self.substrings().keys());
        self.pretokens.compact(&pretokens, &substrings);
        substrings.compact(&mut self.occurrences);
        for counts in &mut self.batches {
            for (pretoken, _) in counts {
                *pretoken = pretokens.new_id(*pretoken);
            }
        }
    }

    /// Returns the sum of the scores that these counts add, or `None` if it exceeds 64 bits.
    fn score_sum(&self, counts: &[(u32, C)]) -> Option<u64> {
        let mut scores = counts.iter().map(|&(id, times)| self.pretokens.score_sum(id).checked_mul(times.into()));
        scores.try_fold(0, |sum: u64, score| sum.checked_add(score?))
    }

    fn insert(
        &mut self,
        counts: BatchCounts<C>,
        put: impl Fn(&mut VecDeque<BatchCounts<C>>, BatchCounts<C>),
    ) -> Result<(), BatchCounts<C>> {
        if !self.add(&counts) {
            return Err(counts);
        }
        put(&mut self.batches, counts);
        Ok(())
    }

    /// Adds counts if the total then fits 64 bits; returns whether the total does.
    fn add(&mut self, counts: &[(u32, C)]) -> bool {
        let total = self.score_sum(counts).and_then(|sum| self.total.checked_add(sum));
        if let Some(total) = total {
            self.total = total;
            self.change(counts, C::plus);
        }
        total.is_some()
    }

    /// Subtracts counts, which the pool must hold.
    fn subtract(&mut self, counts: &[(u32, C)]) {
        self.total -= self.score_sum(counts).unwrap_or(self.total); // the sum is a part of the total, and fits
        self.change(counts, C::minus);
    }

    /// Changes the occurrences of pretokens and of their substrings in the window: `change` adds or subtracts the
    /// counts `by`.
    fn change(&mut self, by: &[(u32, C)], change: impl Fn(C, C) -> C) {
        for (index, &(pretoken, times)) in by.iter().enumerate() {
            let ahead = |steps: usize| by.get(index + steps).map(|&(pretoken, _)| pretoken);
            self.pretokens.prefetch(ahead(24), ahead(12));
            let in_window = self.pretokens.in_window(pretoken);
            *in_window = change(*in_window, times);
            for &prefix in self.pretokens.prefixes(pretoken) {
                let occurrences = &mut self.occurrences[prefix as usize];
                *occurrences = change(*occurrences, times);
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
            let score = pool.occurrences()[n as usize] * pool.substrings().weight(n as usize);
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
            pushed_and_popped.compact(|_, _| {});
            assert_eq!((scores(&slid), slid.total()), (scores(&pushed_and_popped), pushed_and_popped.total()));
            slid.compact(|_, _| {});
            assert_eq!((scores(&slid), slid.total()), (scores(&pushed_and_popped), pushed_and_popped.total()));
            assert_eq!(slid.substrings().len(), scores(&slid).len());
            assert_eq!(pushed_and_popped.substrings().len(), scores(&slid).len());
        }
    }

    #[test]
    fn compaction_keeps_the_window() {
        let mut pool = Pool::<u64>::default();
        pushed(&mut pool, &[("gone after this", 1)]);
        pushed(&mut pool, &[("one two", 2), ("three", 1)]);
        pushed(&mut pool, &[("two four", 1), ("after", 1)]);
        pool.pop_oldest().unwrap();
        let before = (scores(&pool), pool.total());
        let mut removed = Vec::new();
        pool.compact(|map, keys| {
            let mapped = |id: usize| {
                let mut mapped = String::new();
                keys[id].write_mapped(&mut mapped);
                removed.push(mapped);
            };
            map.each_removed(keys, |_| true, mapped);
        });
        assert!(removed.contains(&"Ġgon".into()) && !removed.contains(&"Ġa".into()), "{removed:?}");
        assert_eq!((scores(&pool), pool.total()), before);
        pushed(&mut pool, &[("gone five", 1)]);
        pool.pop_newest().unwrap();
        pool.compact(|_, _| {});
        assert_eq!((scores(&pool), pool.total()), before);
        assert_eq!(pool.substrings().len(), before.0.len());
    }

    #[test]
    fn compaction_is_the_same_on_any_processor() {
        let known = |compact: fn(&mut Pool<u64>)| {
            let mut pool = Pool::<u64>::default();
            for number in 0..300u64 {
                pushed(&mut pool, &[(&format!("a{} {number} of_{}", number % 7, number * number), 1)]);
                if number % 10 == 9 {
                    (0..9).for_each(|_| drop(pool.pop_oldest()));
                    compact(&mut pool);
                }
            }
            (pool.substrings().keys().to_vec(), pool.occurrences().to_vec(), pool.total())
        };
        assert_eq!(known(|pool| pool.compact(|_, _| {})), known(|pool| pool.compact_on_any(|_, _| {})));
    }

    #[test]
    fn known_substrings_do_not_grow_with_the_texts_seen() {
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
