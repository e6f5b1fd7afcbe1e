//! Pretokens, and the substrings that are taken from them.
//!
//! A pretoken has one id for each `SubstringRule`, and another one as the first pretoken of a text. The id leads to the
//! list of the pretoken's substrings, which has an entry for every occurrence in the pretoken. Counting a known
//! pretoken takes one look-up (see `pretoken_table`). New pretokens are learned together (see `learn`): their
//! substrings are taken.
//!
//! Invariant: lists by id are in the order in which pretokens were met first, so new pretokens come last. Ids change
//! when pretokens are removed.

mod learn;

use crate::base::error::Error;
use crate::base::simd::prefetch;
use crate::pool::compaction::CompactionMap;
use crate::pool::count::Count;
use crate::pool::pretoken_key::{PADDING, PretokenKey};
use crate::pool::pretoken_table::{Location, LookUp, PretokenTable};
use crate::pool::substring_rule::SubstringRule;
use crate::pool::substrings::Substrings;
use crate::split::gpt2::split_into;

/// Minimum growth of the list of substrings that is worth the time of a sweep, in entries.
const LEAST_GROWTH: usize = if cfg!(fuzzing) { 8 } else { 1 << 10 };

/// Data of a pretoken, besides its cell in the table.
#[derive(Clone, Copy, Default)]
struct Pretoken<C> {
    /// Index of the pretoken's first substring in `prefixes`, and the number of its substrings.
    start: u32,
    count: u32,
    /// Index of the pretoken's bytes in `long`, if its key is long.
    long: u32,
    /// Sum of the weights of the pretoken's substrings: what one occurrence adds to the pool's total score.
    score_sum: u64,
    /// Number of the pretoken's occurrences in the window.
    in_window: C,
}

/// New pretoken, whose substrings have not been taken yet.
#[derive(Clone, Copy)]
struct Fresh {
    id: u32,
    key: PretokenKey,
    /// Index of the pretoken's substring rule.
    rule: usize,
}

/// All known pretokens, by id, and all known substrings.
#[derive(Default)]
pub(crate) struct Pretokens<C> {
    rules: Vec<(SubstringRule, PretokenTable<C>)>,
    /// Ids and bytes of the pretokens with long keys.
    long: Vec<(u32, Box<[u8]>)>,
    entries: Vec<Pretoken<C>>,
    fresh: Vec<Fresh>,
    /// Ids of the substrings of all pretokens, one pretoken after the other.
    prefixes: Vec<u32>,
    /// Length of `prefixes` after the last compaction.
    kept_prefixes: usize,
    substrings: Substrings,
    /// Scratch: ends of a text's pretokens, as offsets in bytes.
    ends: Vec<u32>,
    /// Scratch: look-ups of a text's pretokens.
    look_ups: Vec<LookUp>,
    /// Scratch: ranks of a pretoken's bytes, then padding.
    ranks: Vec<u8>,
}

impl<C: Count> Pretokens<C> {
    /// Returns all known substrings.
    #[must_use]
    pub(crate) fn substrings(&self) -> &Substrings {
        &self.substrings
    }

    /// Returns the ids of the substrings of the pretoken `id`, one for each occurrence in it. At each start the
    /// substrings are all prefixes of one string, by rising length.
    #[inline]
    #[must_use]
    pub(crate) fn prefixes(&self, id: u32) -> &[u32] {
        let Pretoken { start, count, .. } = self.entries[id as usize];
        &self.prefixes[start as usize..][..count as usize]
    }

    /// Prefetches the entry of the pretoken `first`, and the list of substrings of the pretoken `second`.
    #[inline]
    pub(crate) fn prefetch(&self, first: Option<u32>, second: Option<u32>) {
        if let Some(id) = first {
            prefetch(&self.entries, id as usize);
        }
        if let Some(id) = second {
            let Pretoken { start, count, .. } = self.entries[id as usize];
            prefetch(&self.prefixes, start as usize);
            prefetch(&self.prefixes, (start + count) as usize);
        }
    }

    /// Returns the number of known pretokens.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the sum of the weights of the substrings of the pretoken `id`: what one occurrence adds to the pool's
    /// total score.
    #[inline]
    #[must_use]
    pub(crate) fn score_sum(&self, id: u32) -> u64 {
        self.entries[id as usize].score_sum
    }

    /// Returns the number of occurrences of the pretoken `id` in the window, which the caller changes.
    #[inline]
    pub(crate) fn in_window(&mut self, id: u32) -> &mut C {
        &mut self.entries[id as usize].in_window
    }

    /// Returns the index of a substring rule, and adds the rule if it is new.
    pub(crate) fn rule_index(&mut self, rule: SubstringRule) -> usize {
        let known = self.rules.iter().position(|(known, _)| *known == rule);
        known.unwrap_or_else(|| {
            self.rules.push((rule, PretokenTable::default()));
            self.rules.len() - 1
        })
    }

    /// Counts each pretoken of a text `times` times; `times` must not be 0. `padded` is the text and `PADDING` more
    /// bytes.
    ///
    /// # Errors
    /// `Error::Overflow` if a count exceeds its type; `Error::Parameter` if the text has 4 GiB or more.
    #[inline(never)] // inlined into its callers, its loops take more instructions
    pub(crate) fn count(&mut self, padded: &str, rule: usize, times: C) -> Result<(), Error> {
        let text = &padded[..padded.len() - PADDING];
        if u32::try_from(text.len()).is_err() {
            return Err(Error::Parameter("a text must be smaller than 4 GiB"));
        }
        self.ends.clear();
        split_into(text, &mut self.ends);
        let bytes = padded.as_bytes();
        let mut look_ups = std::mem::take(&mut self.look_ups);
        self.rules[rule].1.prepare(bytes, &self.ends, &mut look_ups);
        let (mut rest, mut counted) = (&look_ups[..], Ok(()));
        while counted.is_ok() {
            rest = &rest[self.rules[rule].1.count_known(rest, |n| n.checked_add(times))..];
            // This pretoken is new, has a long key, or is not in its home line.
            let Some((one, others)) = rest.split_first() else { break };
            rest = others;
            let location = self.intern(&bytes[one.start as usize..one.end as usize], one.key, rule);
            if !self.rules[rule].1.count(location, |n| n.checked_add(times)) {
                counted = Err(Error::Overflow);
            }
        }
        self.look_ups = look_ups;
        counted
    }

    /// Returns the ids and counts of the pretokens counted by a rule since the last call, and takes the substrings of
    /// the new pretokens.
    ///
    /// # Errors
    /// Returns `Error::Parameter` besides the counts if there are too many substrings; some new pretokens then have no
    /// substrings.
    pub(crate) fn take_counts(&mut self, rule: usize) -> (Vec<(u32, C)>, Result<(), Error>) {
        (self.rules[rule].1.take_counts(), self.learn())
    }

    /// Returns the location of a pretoken in the table of its rule, and inserts the pretoken if it is new.
    #[inline(never)]
    fn intern(&mut self, pretoken: &[u8], key: PretokenKey, rule: usize) -> Location {
        let is_same = |id: u32| !key.is_long() || *self.long[self.entries[id as usize].long as usize].1 == *pretoken;
        if let Some(location) = self.rules[rule].1.find(key, is_same) {
            return location;
        }
        let id = self.entries.len() as u32;
        self.entries.push(Pretoken { long: self.long.len() as u32, ..Pretoken::default() });
        if key.is_long() {
            self.long.push((id, pretoken.into()));
        }
        self.fresh.push(Fresh { id, key, rule });
        self.rules[rule].1.insert(key, id)
    }

    /// Returns whether a third of the known pretokens and substrings may have left the window.
    #[must_use]
    pub(crate) fn has_grown(&self) -> bool {
        self.prefixes.len() > self.kept_prefixes + self.kept_prefixes / 2 + LEAST_GROWTH
    }

    /// Returns the compaction map by which the pretokens in the window survive.
    #[must_use]
    pub(crate) fn window_map(&self) -> CompactionMap {
        CompactionMap::of(&self.entries, |pretoken| pretoken.in_window > C::default())
    }

    /// Removes the pretokens and substrings that do not survive. The substrings of every surviving pretoken must
    /// survive too.
    #[expect(clippy::inline_always, reason = "compiled for the features of its caller, see `Pool::compact`")]
    #[inline(always)]
    pub(crate) fn compact(&mut self, pretokens: &CompactionMap, substrings: &CompactionMap) {
        for (_, table) in &mut self.rules {
            table.compact(pretokens);
        }
        self.long.retain(|(id, _)| pretokens.survives(*id));
        pretokens.compact(&mut self.entries);
        for ((id, _), index) in self.long.iter_mut().zip(0..) {
            *id = pretokens.new_id(*id);
            self.entries[*id as usize].long = index;
        }
        // Moves the lists of neighbours that both survive by one copy.
        let (mut block, mut end) = (0..0, 0);
        for pretoken in &mut self.entries {
            let start = pretoken.start as usize;
            if start != block.end {
                self.prefixes.copy_within(block.clone(), end);
                end += block.len();
                block = start..start;
            }
            pretoken.start = (end + block.len()) as u32;
            block.end += pretoken.count as usize;
        }
        self.prefixes.copy_within(block.clone(), end);
        self.prefixes.truncate(end + block.len());
        for id in &mut self.prefixes {
            *id = substrings.new_id(*id);
        }
        self.kept_prefixes = self.prefixes.len();
        self.substrings.compact(substrings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::gpt2::split;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn count(pretokens: &mut Pretokens<u64>, text: &str, rule: SubstringRule) -> Vec<(u32, u64)> {
        let rule = pretokens.rule_index(rule);
        pretokens.count(&format!("{text}{}", " ".repeat(PADDING)), rule, 1).unwrap();
        let (counted, learned) = pretokens.take_counts(rule);
        learned.unwrap();
        counted
    }

    fn taken(pretokens: &Pretokens<u64>, pretoken: u32) -> Vec<String> {
        pretokens.prefixes(pretoken).iter().map(|&id| pretokens.substrings().mapped(id)).collect()
    }

    #[test]
    fn a_pretoken_is_known_once_as_the_first_and_once_as_another() {
        let mut pretokens = Pretokens::<u64>::default();
        let mut counted = count(&mut pretokens, " abcd abcd abcd", SubstringRule::TRAINING);
        counted.sort_by_key(|&(_, times)| times);
        let [(first, 1), (plain, 2)] = counted[..] else { panic!("{counted:?}") };
        // From 0: Ġ Ġa Ġab Ġabc Ġabcd (2 + 3 + 4 + 5 + 6), from 4: d (1).
        assert_eq!((taken(&pretokens, plain).len(), pretokens.score_sum(plain)), (6, 21));
        // The extra 0 moves the second start to 3: c, cd.
        assert_eq!((taken(&pretokens, first).len(), pretokens.score_sum(first)), (7, 23));
        let other = count(&mut pretokens, " abcd", SubstringRule::new(1, 16).unwrap());
        assert!(other[0].0 != first && other[0].0 != plain);
    }

    #[test]
    fn every_occurrence_counts() {
        let mut pretokens = Pretokens::<u64>::default();
        let id = count(&mut pretokens, "ab", SubstringRule::new(1, 16).unwrap())[0].0;
        // Starts 0, 0 and 1: a ab a ab b.
        assert_eq!(taken(&pretokens, id), ["a", "ab", "a", "ab", "b"]);
    }

    #[test]
    fn long_pretokens_with_one_key_are_told_apart() {
        let mut pretokens = Pretokens::<u64>::default();
        let rule = pretokens.rule_index(SubstringRule::TRAINING);
        let (one, other) = ("-an identifier of more", "-than fifteen bytes!!!");
        let key = PretokenKey::of(one.as_bytes(), 1, one.len() as u32);
        let locations = [one, other].map(|text| pretokens.intern(&text.as_bytes()[1..], key, rule));
        assert_ne!(locations[0], locations[1]);
        assert_eq!([one, other].map(|text| pretokens.intern(&text.as_bytes()[1..], key, rule)), locations);
        pretokens.learn().unwrap();
        let known = taken(&pretokens, 1);
        let all = CompactionMap::of(pretokens.substrings().keys(), |_| true);
        pretokens.compact(&CompactionMap::of(&[false, true], |survives| survives), &all);
        assert_eq!((pretokens.len(), taken(&pretokens, 0)), (1, known));
        pretokens.intern(&other.as_bytes()[1..], key, rule);
        assert_eq!(pretokens.len(), 1);
        pretokens.intern(&one.as_bytes()[1..], key, rule);
        assert_eq!(pretokens.len(), 2);
    }

    fn pretokens() -> impl Strategy<Value = Vec<String>> {
        let pretoken = prop_oneof!["[ab]{1,3}", "[a-c]{14,17}", "é{7,8}", "[0-9]{1,2}", "[(){}]{1,40}"];
        prop::collection::vec(pretoken, 1..30)
    }

    /// Returns whether the pretoken is the first of its text, and the pretoken's bytes, for each id.
    fn bytes_by_id(pretokens: &Pretokens<u64>) -> BTreeMap<u32, (bool, Vec<u8>)> {
        let all = pretokens.rules.iter().flat_map(|(_, table)| table.all());
        let by_id = all.map(|(key, id)| {
            let (bytes, length) = key.bytes();
            let bytes = if key.is_long() {
                &pretokens.long[pretokens.entries[id as usize].long as usize].1[..]
            } else {
                &bytes[..length]
            };
            (id, (key.is_first(), bytes.to_vec()))
        });
        by_id.collect()
    }

    proptest! {
        #[test]
        fn counts_are_those_of_a_map(texts in prop::collection::vec(pretokens(), 1..8)) {
            let mut pretokens = Pretokens::<u64>::default();
            for texts in &texts {
                let text = texts.join(" ");
                let mut expected = BTreeMap::new();
                for (index, pretoken) in split(&text).enumerate() {
                    *expected.entry((index == 0, pretoken.as_bytes().to_vec())).or_insert(0) += 1;
                }
                let counted = count(&mut pretokens, &text, SubstringRule::TRAINING);
                let known = bytes_by_id(&pretokens);
                prop_assert_eq!(counted.iter().map(|&(n, times)| (known[&n].clone(), times)).collect::<BTreeMap<_, _>>(), expected);
                // Removes every third one, and the substrings that only these had.
                let by_bytes = |pretokens: &Pretokens<u64>| -> BTreeMap<_, _> {
                    bytes_by_id(pretokens).into_iter().map(|(n, bytes)| (bytes, (taken(pretokens, n), pretokens.score_sum(n)))).collect()
                };
                let mut known = by_bytes(&pretokens);
                let ids: Vec<u32> = (0..pretokens.len() as u32).collect();
                let theirs: Vec<u32> =
                    ids.iter().filter(|&n| n % 3 > 0).flat_map(|&n| pretokens.prefixes(n)).copied().collect();
                bytes_by_id(&pretokens).iter().filter(|(n, _)| *n % 3 == 0).for_each(|(_, bytes)| drop(known.remove(bytes)));
                let mut survive = vec![false; pretokens.substrings().len()];
                for substring in theirs {
                    survive[substring as usize] = true;
                }
                pretokens.compact(&CompactionMap::of(&ids, |n| n % 3 > 0), &CompactionMap::of(&survive, |survives| survives));
                prop_assert_eq!(by_bytes(&pretokens), known);
                prop_assert_eq!(pretokens.substrings().len(), survive.iter().filter(|survives| **survives).count());
            }
        }
    }
}
