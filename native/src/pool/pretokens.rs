//! Pretokens and the substrings taken from them.
//!
//! A pretoken is known once for each `SubstringRule` and whether it is the first of its text; its number leads
//! to the list of its substrings, with one entry for every taking. Counting a known pretoken is one look-up (`names`).
//!
//! Invariant: what is known by number is in the order in which pretokens were met, so new ones come behind all others;
//! numbers change when pretokens are forgotten.

use crate::base::bytelevel::{ONE_BYTE_RANKS, RANK, mapped_len};
use crate::base::error::Error;
use crate::base::key::{INLINE_BYTES, SubstringKey};
use crate::base::simd::prefetch;
use crate::pool::compaction::Kept;
use crate::pool::pretoken_table::{Name, Named, Names, PADDING, Place};
use crate::pool::stride::SubstringRule;
use crate::pool::substrings::{Substrings, TOGETHER};
use crate::split::gpt2::split_into;

/// How often something is in the pool.
pub trait Count: Copy + Default + Ord + From<u8> + Into<u64> + TryFrom<u64> {
    /// The sum, where it is no more than the type can hold.
    fn checked_add(self, other: Self) -> Option<Self>;
    /// The sum, which the type must be able to hold.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// The difference to what is not more.
    #[must_use]
    fn less(self, other: Self) -> Self;
}

impl Count for u32 {
    fn checked_add(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn less(self, other: Self) -> Self {
        self - other
    }
}

impl Count for u64 {
    fn checked_add(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn less(self, other: Self) -> Self {
        self - other
    }
}

/// Puts the ranks of these bytes in place of what is in `ranks`, and padding behind them.
#[inline]
fn rank(bytes: &[u8], ranks: &mut Vec<u8>) {
    ranks.clear();
    ranks.extend(bytes.iter().map(|&byte| RANK[byte as usize]));
    ranks.extend([0; 16]);
}

/// The weights of all prefixes of a string.
fn mass(string: &[u8]) -> u64 {
    let left = (1..=string.len() as u64).rev();
    string.iter().zip(left).map(|(&byte, left)| u64::from(mapped_len(byte)) * left).sum()
}

/// The same of at most 15 bytes, by their ranks: without a loop of a length that nobody can foresee.
#[inline]
fn mass_of_ranks(ranks: [u8; 16], length: usize) -> u64 {
    let weights = (0..16u8).zip(ranks).map(|(place, rank)| {
        let (left, longer) = ((length as u8).saturating_sub(place), u8::from(rank >= ONE_BYTE_RANKS));
        u16::from(left) << longer
    });
    weights.fold(0u16, u16::wrapping_add).into()
}

/// Fewer substrings than these are not worth forgetting.
const LEAST: usize = if cfg!(fuzzing) { 8 } else { 1 << 10 };

/// What is known of a pretoken beside its name.
#[derive(Clone, Copy, Default)]
struct Pretoken<C> {
    /// Where its substrings begin in the list of all, and how many it has.
    start: u32,
    count: u32,
    /// The place of its bytes, where its name does not hold them.
    long: u32,
    /// The sum of the weights of what is taken from it.
    mass: u64,
    /// How often it is in the window.
    present: C,
}

/// A pretoken whose substrings have not been taken yet: its number, its name, and the index of its rule.
#[derive(Clone, Copy)]
struct Fresh {
    number: u32,
    name: Name,
    rule: usize,
}

/// Every pretoken that is known, by number, and every substring.
#[derive(Default)]
pub struct Pretokens<C> {
    rules: Vec<(SubstringRule, Names<C>)>,
    /// The bytes of those whose names do not hold them, and their numbers.
    long: Vec<(u32, Box<[u8]>)>,
    facts: Vec<Pretoken<C>>,
    fresh: Vec<Fresh>,
    /// The substrings of one pretoken after the other.
    prefixes: Vec<u32>,
    /// How many they were when pretokens were forgotten last.
    kept_prefixes: usize,
    substrings: Substrings,
    /// Scratch: where the pretokens of a text end.
    ends: Vec<u32>,
    /// Scratch: their names.
    named: Vec<Named>,
    /// Scratch: the ranks of a pretoken's bytes, and padding.
    ranks: Vec<u8>,
}

impl<C: Count> Pretokens<C> {
    /// The substrings.
    #[must_use]
    pub fn substrings(&self) -> &Substrings {
        &self.substrings
    }

    /// The numbers of the substrings taken from a pretoken, one for each taking: all prefixes of a string, then those of the
    /// next.
    #[inline]
    #[must_use]
    pub fn prefixes(&self, number: u32) -> &[u32] {
        let Pretoken { start, count, .. } = self.facts[number as usize];
        &self.prefixes[start as usize..][..count as usize]
    }

    /// Has what is known of these pretokens on its way to the cache: of the first where its substrings are, of the
    /// second these.
    #[inline]
    pub fn prefetch(&self, first: Option<u32>, second: Option<u32>) {
        if let Some(number) = first {
            prefetch(&self.facts, number as usize);
        }
        if let Some(number) = second {
            let Pretoken { start, count, .. } = self.facts[number as usize];
            prefetch(&self.prefixes, start as usize);
            prefetch(&self.prefixes, (start + count) as usize);
        }
    }

    /// One more than the highest number.
    #[must_use]
    pub fn end(&self) -> usize {
        self.facts.len()
    }

    /// The sum of the weights of the substrings taken from a pretoken.
    #[inline]
    #[must_use]
    pub fn mass(&self, number: u32) -> u64 {
        self.facts[number as usize].mass
    }

    /// How often a pretoken is in the window; the caller counts.
    #[inline]
    pub fn present(&mut self, number: u32) -> &mut C {
        &mut self.facts[number as usize].present
    }

    /// Returns the index of a rule, which is new if it is not there yet.
    pub fn rule_index(&mut self, rule: SubstringRule) -> usize {
        let known = self.rules.iter().position(|(known, _)| *known == rule);
        known.unwrap_or_else(|| {
            self.rules.push((rule, Names::default()));
            self.rules.len() - 1
        })
    }

    /// Counts `times`, which must not be 0, for each pretoken of a text, which has `PADDING` more bytes behind it.
    ///
    /// # Errors
    /// `Error::Overflow` where a count exceeds what it can be; `Error::Parameter` for a text of 4 GiB.
    pub fn count(&mut self, padded: &str, rule: usize, times: C) -> Result<(), Error> {
        let text = &padded[..padded.len() - PADDING];
        if u32::try_from(text.len()).is_err() {
            return Err(Error::Parameter("a text must be smaller than 4 GiB"));
        }
        self.ends.clear();
        split_into(text, &mut self.ends);
        let bytes = padded.as_bytes();
        let mut named = std::mem::take(&mut self.named);
        self.rules[rule].1.name(bytes, &self.ends, &mut named);
        let (mut rest, mut counted) = (&named[..], Ok(()));
        while counted.is_ok() {
            rest = &rest[self.rules[rule].1.count_known(rest, |n| n.checked_add(times))..];
            // One that is new, long, or not in its line.
            let Some((one, others)) = rest.split_first() else { break };
            rest = others;
            let place = self.place(&bytes[one.start as usize..one.end as usize], one.name, rule);
            if !self.rules[rule].1.count(place, |n| n.checked_add(times)) {
                counted = Err(Error::Overflow);
            }
        }
        self.named = named;
        counted
    }

    /// The pretokens counted since the last call, all by the same rule, with their counts; takes the substrings of those
    /// that are new.
    ///
    /// # Errors
    /// Beside them, `Error::Parameter` where there are too many substrings; some of the new pretokens then have none.
    pub fn counted(&mut self, rule: usize) -> (Vec<(u32, C)>, Result<(), Error>) {
        (self.rules[rule].1.take_counts(), self.learn())
    }

    /// The place of a pretoken among the names, where it is put if it is new.
    #[inline(never)]
    fn place(&mut self, pretoken: &[u8], name: Name, rule: usize) -> Place {
        let is_called =
            |number: u32| !name.is_long() || *self.long[self.facts[number as usize].long as usize].1 == *pretoken;
        if let Some(place) = self.rules[rule].1.find(name, is_called) {
            return place;
        }
        let number = self.facts.len() as u32;
        self.facts.push(Pretoken { long: self.long.len() as u32, ..Pretoken::default() });
        if name.is_long() {
            self.long.push((number, pretoken.into()));
        }
        self.fresh.push(Fresh { number, name, rule });
        self.rules[rule].1.insert(name, number)
    }

    /// Takes the substrings of new pretokens.
    fn learn(&mut self) -> Result<(), Error> {
        let fresh = std::mem::take(&mut self.fresh);
        let learned = self.take_all(&fresh).and_then(|()| self.number_sought());
        self.substrings.give_up(); // of nothing, unless there was an error
        self.fresh = fresh;
        self.fresh.clear();
        learned
    }

    fn take_all(&mut self, fresh: &[Fresh]) -> Result<(), Error> {
        for &Fresh { number, name, rule } in fresh {
            let rule = self.rules[rule].0;
            if name.is_long() {
                let place = self.facts[number as usize].long as usize;
                let long = std::mem::take(&mut self.long[place].1);
                rank(&long, &mut self.ranks);
                let taken = self.take(number, &long, name.is_first(), rule);
                self.long[place].1 = long;
                taken?;
            } else {
                let (bytes, length) = name.bytes();
                rank(&bytes, &mut self.ranks); // all 16, since nobody can foresee the length
                self.take(number, &bytes[..length], name.is_first(), rule)?;
            }
        }
        Ok(())
    }

    /// Takes the substrings of one pretoken, whose ranks are known.
    fn take(&mut self, number: u32, pretoken: &[u8], first: bool, rule: SubstringRule) -> Result<(), Error> {
        let mut take = |start: usize| {
            self.take_prefixes(number, start, &pretoken[start..pretoken.len().min(start + rule.longest)])
        };
        if pretoken.is_ascii() {
            rule.starts_of_ascii(pretoken.len(), first).try_for_each(&mut take)
        } else {
            rule.starts(pretoken, first).try_for_each(&mut take)
        }
    }

    /// Takes all prefixes of a string, which begins at `start` in the pretoken whose ranks are known.
    fn take_prefixes(&mut self, number: u32, start: usize, string: &[u8]) -> Result<(), Error> {
        let inline = string.len().min(INLINE_BYTES);
        if inline == 0 {
            return Ok(());
        }
        let ranks = self.ranks[start..].first_chunk().copied().unwrap_or_default();
        let key = SubstringKey::of_ranks(ranks, inline);
        self.facts[number as usize].mass +=
            if inline == string.len() { mass_of_ranks(ranks, inline) } else { mass(string) };
        let is_time = self.substrings.seek(number, key);
        if is_time || string.len() > INLINE_BYTES {
            self.number_sought()?;
        }
        for length in INLINE_BYTES + 1..=string.len() {
            let prefix = self.substrings.number_long(&string[..length])?;
            self.prefixes.push(prefix);
            self.facts[number as usize].count += 1;
        }
        Ok(())
    }

    /// Puts what was sought behind all others. What is of a pretoken comes one after the other.
    fn number_sought(&mut self) -> Result<(), Error> {
        if u32::try_from(self.prefixes.len() + 2 * TOGETHER * INLINE_BYTES).is_err() {
            return Err(Error::Parameter("the texts have too many different pretokens"));
        }
        self.substrings.number_sought(|number, found, count| {
            let (pretoken, end) = (&mut self.facts[number as usize], self.prefixes.len());
            if pretoken.count == 0 {
                pretoken.start = end as u32;
            }
            pretoken.count += count as u32;
            self.prefixes.extend_from_slice(&found[..INLINE_BYTES]);
            self.prefixes.truncate(end + count);
        })
    }

    /// Whether those that are not in the window may be a third of what is known.
    #[must_use]
    pub fn has_grown(&self) -> bool {
        self.prefixes.len() > self.kept_prefixes + self.kept_prefixes / 2 + LEAST
    }

    /// The pretokens that are in the window.
    #[must_use]
    pub fn present_ones(&self) -> Kept {
        Kept::of(&self.facts, |pretoken| pretoken.present > C::default())
    }

    /// Forgets pretokens, and substrings, of which those stay that pretokens that stay have.
    #[expect(clippy::inline_always, reason = "see `Pool::forget`")]
    #[inline(always)]
    pub fn keep(&mut self, pretokens: &Kept, substrings: &Kept) {
        for (_, names) in &mut self.rules {
            names.keep(pretokens);
        }
        self.long.retain(|(number, _)| pretokens.stays(*number));
        pretokens.shorten(&mut self.facts);
        for ((number, _), place) in self.long.iter_mut().zip(0..) {
            *number = pretokens.renumbered(*number);
            self.facts[*number as usize].long = place;
        }
        // In rows of what is of neighbours that both stay.
        let (mut row, mut end) = (0..0, 0);
        for pretoken in &mut self.facts {
            let start = pretoken.start as usize;
            if start != row.end {
                self.prefixes.copy_within(row.clone(), end);
                end += row.len();
                row = start..start;
            }
            pretoken.start = (end + row.len()) as u32;
            row.end += pretoken.count as usize;
        }
        self.prefixes.copy_within(row.clone(), end);
        self.prefixes.truncate(end + row.len());
        for number in &mut self.prefixes {
            *number = substrings.renumbered(*number);
        }
        self.kept_prefixes = self.prefixes.len();
        self.substrings.keep(substrings);
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
        let (counted, learned) = pretokens.counted(rule);
        learned.unwrap();
        counted
    }

    fn taken(pretokens: &Pretokens<u64>, pretoken: u32) -> Vec<String> {
        pretokens.prefixes(pretoken).iter().map(|&number| pretokens.substrings().mapped(number)).collect()
    }

    #[test]
    fn a_pretoken_is_known_once_as_the_first_and_once_as_another() {
        let mut pretokens = Pretokens::<u64>::default();
        let mut counted = count(&mut pretokens, " abcd abcd abcd", SubstringRule::TRAINING);
        counted.sort_by_key(|&(_, times)| times);
        let [(first, 1), (plain, 2)] = counted[..] else { panic!("{counted:?}") };
        // From 0: Ġ Ġa Ġab Ġabc Ġabcd (2 + 3 + 4 + 5 + 6), from 4: d (1).
        assert_eq!((taken(&pretokens, plain).len(), pretokens.mass(plain)), (6, 21));
        // The extra 0 moves the second start to 3: c, cd.
        assert_eq!((taken(&pretokens, first).len(), pretokens.mass(first)), (7, 23));
        let other = count(&mut pretokens, " abcd", SubstringRule::new(1, 16).unwrap());
        assert!(other[0].0 != first && other[0].0 != plain);
    }

    #[test]
    fn every_taking_counts() {
        let mut pretokens = Pretokens::<u64>::default();
        let number = count(&mut pretokens, "ab", SubstringRule::new(1, 16).unwrap())[0].0;
        // Starts 0, 0 and 1: a ab a ab b.
        assert_eq!(taken(&pretokens, number), ["a", "ab", "a", "ab", "b"]);
    }

    #[test]
    fn long_pretokens_with_one_name_are_told_apart() {
        let mut pretokens = Pretokens::<u64>::default();
        let rule = pretokens.rule_index(SubstringRule::TRAINING);
        let (one, other) = ("-an identifier of more", "-than fifteen bytes!!!");
        let called = Name::of(one.as_bytes(), 1, one.len() as u32);
        let places = [one, other].map(|text| pretokens.place(&text.as_bytes()[1..], called, rule));
        assert_ne!(places[0], places[1]);
        assert_eq!([one, other].map(|text| pretokens.place(&text.as_bytes()[1..], called, rule)), places);
        pretokens.learn().unwrap();
        let known = taken(&pretokens, 1);
        let kept = Kept::of(pretokens.substrings().keys(), |_| true);
        pretokens.keep(&Kept::of(&[false, true], |stays| stays), &kept);
        assert_eq!((pretokens.end(), taken(&pretokens, 0)), (1, known));
        pretokens.place(&other.as_bytes()[1..], called, rule);
        assert_eq!(pretokens.end(), 1);
        pretokens.place(&one.as_bytes()[1..], called, rule);
        assert_eq!(pretokens.end(), 2);
    }

    fn names() -> impl Strategy<Value = Vec<String>> {
        let pretoken = prop_oneof!["[ab]{1,3}", "[a-c]{14,17}", "é{7,8}", "[0-9]{1,2}", "[(){}]{1,40}"];
        prop::collection::vec(pretoken, 1..30)
    }

    /// What every pretoken is: whether it is the first of its text, and its bytes.
    fn named(pretokens: &Pretokens<u64>) -> BTreeMap<u32, (bool, Vec<u8>)> {
        let all = pretokens.rules.iter().flat_map(|(_, names)| names.all());
        let named = all.map(|(name, number)| {
            let (bytes, length) = name.bytes();
            let bytes = if name.is_long() {
                &pretokens.long[pretokens.facts[number as usize].long as usize].1[..]
            } else {
                &bytes[..length]
            };
            (number, (name.is_first(), bytes.to_vec()))
        });
        named.collect()
    }

    proptest! {
        #[test]
        fn masses_by_ranks_are_masses(bytes in prop::collection::vec(any::<u8>(), 1..16), rest in any::<[u8; 16]>()) {
            let mut ranks = rest;
            ranks.iter_mut().zip(&bytes).for_each(|(rank, &byte)| *rank = RANK[byte as usize]);
            prop_assert_eq!(mass_of_ranks(ranks, bytes.len()), mass(&bytes));
        }

        #[test]
        fn counts_are_those_of_a_map(texts in prop::collection::vec(names(), 1..8)) {
            let mut pretokens = Pretokens::<u64>::default();
            for texts in &texts {
                let text = texts.join(" ");
                let mut expected = BTreeMap::new();
                for (place, pretoken) in split(&text).enumerate() {
                    *expected.entry((place == 0, pretoken.as_bytes().to_vec())).or_insert(0) += 1;
                }
                let counted = count(&mut pretokens, &text, SubstringRule::TRAINING);
                let known = named(&pretokens);
                prop_assert_eq!(counted.iter().map(|&(n, times)| (known[&n].clone(), times)).collect::<BTreeMap<_, _>>(), expected);
                // Every third one is forgotten, and what only these had.
                let by_name = |pretokens: &Pretokens<u64>| -> BTreeMap<_, _> {
                    named(pretokens).into_iter().map(|(n, name)| (name, (taken(pretokens, n), pretokens.mass(n)))).collect()
                };
                let mut known = by_name(&pretokens);
                let numbers: Vec<u32> = (0..pretokens.end() as u32).collect();
                let of_those: Vec<u32> =
                    numbers.iter().filter(|&n| n % 3 > 0).flat_map(|&n| pretokens.prefixes(n)).copied().collect();
                named(&pretokens).iter().filter(|(n, _)| *n % 3 == 0).for_each(|(_, name)| drop(known.remove(name)));
                let mut stays = vec![false; pretokens.substrings().len()];
                for substring in of_those {
                    stays[substring as usize] = true;
                }
                pretokens.keep(&Kept::of(&numbers, |n| n % 3 > 0), &Kept::of(&stays, |stays| stays));
                prop_assert_eq!(by_name(&pretokens), known);
                prop_assert_eq!(pretokens.substrings().len(), stays.iter().filter(|stays| **stays).count());
            }
        }
    }
}
