//! Substrings and their numbers.
//!
//! Substrings are taken as all prefixes of a string, so their numbers are those of chains: a chain has consecutive
//! numbers, for prefixes of one string that are each a byte longer than the one before. Looking a string up follows
//! one chain for as long as the bytes agree, and goes on with the chain that branches off there. What is new of a
//! string becomes one chain, behind all others. So a string is looked up in some three steps where it has eight
//! prefixes, and what is new comes, and goes, in a row.
//!
//! A table has the first substring of every chain, by the hash of its key; all else of a chain is known by its last
//! key. Substrings of more than 15 bytes, which only callers with a `max_length` above 16 have, are chains of their
//! own; their bytes stand in a side table.
//!
//! Invariants:
//!
//! 1. Numbers depend on the order in which substrings were met, and change when others are forgotten; no result may
//!    depend on them.
//! 2. All prefixes of a known substring are known.

use std::ops::Range;

use hashbrown::HashMap;

use crate::base::bytelevel::{byte_of_rank, is_blank, map_bytes, mapped_len};
use crate::base::error::Error;
use crate::base::key::{INLINE_BYTES, SubstringKey};
use crate::base::simd::prefetch;
use crate::pool::compaction::Kept;
use crate::pool::hash_index::Table;

/// Consecutive numbers of prefixes of one string, each a byte longer than the one before: the first of them and, in
/// the lowest four bits, how many.
#[derive(Clone, Copy)]
struct Chain(u32);

/// Numbers are below this; with a few to spare, so that no chain is the word that a table does not take.
const NUMBERS: usize = (1 << 28) - 1;

impl Chain {
    #[inline]
    fn new(range: &Range<usize>) -> Self {
        Self((range.start as u32) << 4 | range.len() as u32)
    }

    #[inline]
    fn first(self) -> usize {
        (self.0 >> 4) as usize
    }

    #[inline]
    fn len(self) -> usize {
        (self.0 & 0xF) as usize
    }

    #[inline]
    fn last(self) -> usize {
        self.first() + self.len() - 1
    }

    #[inline]
    fn numbers(self) -> Range<usize> {
        self.first()..self.first() + self.len()
    }
}

/// What is known of every substring, by number.
#[derive(Default)]
pub struct Substrings {
    /// Chains, by the hash of their first key.
    chains: Table,
    keys: Vec<SubstringKey>,
    hashes: Vec<u64>,
    eligible_weights: Vec<u16>,
    long: HashMap<SubstringKey, Box<[u8]>>,
    sought: Vec<Sought>,
}

/// The numbers of all prefixes of a string of at most 15 bytes, and room: what is put in has a fixed length, since nobody
/// can foresee how many there are.
pub type Prefixes = [u32; 2 * INLINE_BYTES];

/// A string that is being looked up.
struct Sought {
    owner: u32,
    /// All of it.
    key: SubstringKey,
    /// How many of its bytes have been found.
    found: usize,
    /// The hash of one byte more.
    hash: u64,
    /// The numbers of those that were found.
    prefixes: Prefixes,
}

/// What a byte counts in the measure of an inline substring, by rank: its weight, and `BLANK` where it is blank.
const MEASURES: [u16; 256] = {
    let mut measures = [0; 256];
    let mut rank = 0;
    while rank < 256 {
        let byte = byte_of_rank(rank as u8);
        measures[rank] = mapped_len(byte) as u16 + if is_blank(byte) { BLANK } else { 0 };
        rank += 1;
    }
    measures
};

/// More than any inline substring weighs.
const BLANK: u16 = 1 << 8;

/// Strings that are looked up together, since nearly all of their chains are far apart in memory.
pub const TOGETHER: usize = 64;

impl Substrings {
    /// One more than the highest number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether none was met.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys, by number.
    #[must_use]
    pub fn keys(&self) -> &[SubstringKey] {
        &self.keys
    }

    /// Hashes of the keys, by number; functions of the keys alone.
    #[must_use]
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// The length in UTF-8 of the mapped form of a substring: the weight of one taking in the score.
    #[must_use]
    pub fn weight(&self, number: usize) -> u64 {
        let (eligible, key) = (self.eligible_weights[number], self.keys[number]);
        if eligible > 0 {
            return eligible.into();
        }
        match self.long.get(&key) {
            Some(bytes) => bytes.iter().map(|&byte| u64::from(mapped_len(byte))).sum(),
            None => key.ranks().map(|rank| u64::from(mapped_len(byte_of_rank(rank)))).sum(),
        }
    }

    /// Their weights, by number, but 0 for those that may not enter a vocabulary by their score: those of less than two
    /// bytes or with two or more blank ones.
    #[must_use]
    pub fn eligible_weights(&self) -> &[u16] {
        &self.eligible_weights
    }

    /// The mapped string of a substring.
    #[must_use]
    pub fn mapped(&self, number: u32) -> String {
        let key = self.keys[number as usize];
        if let Some(bytes) = self.long.get(&key) {
            return map_bytes(bytes);
        }
        let mut mapped = String::new();
        key.write_mapped(&mut mapped);
        mapped
    }

    /// Seeks all prefixes of a string of 1 to 15 bytes, whose key this is. They are found by `number_sought`; true says
    /// that it is time for that.
    #[inline]
    pub fn seek(&mut self, owner: u32, key: SubstringKey) -> bool {
        let hash = key.prefix(1).hash();
        self.chains.prefetch(hash);
        self.sought.push(Sought { owner, key, found: 0, hash, prefixes: [0; 2 * INLINE_BYTES] });
        self.sought.len() >= TOGETHER
    }

    /// Numbers what was sought: tells `each` every string's owner, the numbers of its prefixes by rising length, and how
    /// many these are, in the order in which they were sought.
    ///
    /// # Errors
    /// `Error::Parameter` where numbers run out.
    pub fn number_sought(&mut self, mut each: impl FnMut(u32, &Prefixes, usize)) -> Result<(), Error> {
        let mut sought = std::mem::take(&mut self.sought);
        let mut active: Vec<&mut Sought> = sought.iter_mut().collect();
        while !active.is_empty() {
            for one in &active {
                if let Some(word) = self.chains.guess(one.hash) {
                    prefetch(&self.keys, Chain(word).last());
                }
            }
            let mut failed = Ok(());
            active.retain_mut(|one| match self.step(one) {
                Ok(more) => more,
                Err(error) => {
                    failed = Err(error);
                    false
                }
            });
            failed?;
        }
        for one in sought.drain(..) {
            each(one.owner, &one.prefixes, one.key.len());
        }
        self.sought = sought;
        Ok(())
    }

    /// Seeks nothing any more: after an error.
    pub fn give_up(&mut self) {
        self.sought.clear();
    }

    /// Finds or makes the next chain of a string; whether there is one more.
    #[inline]
    fn step(&mut self, sought: &mut Sought) -> Result<bool, Error> {
        let key = sought.key;
        let chain = self.chains.find(sought.hash, |word| {
            let last = self.keys[Chain(word).last()];
            last.len() - Chain(word).len() == sought.found && last.common(key) > sought.found
        });
        let Some(chain) = chain.map(Chain) else {
            self.add_rest(sought)?;
            return Ok(false);
        };
        let found = self.keys[chain.last()].common(key);
        sought.push(chain.first()..chain.first() + found - sought.found);
        if found == key.len() {
            return Ok(false);
        }
        sought.hash = key.prefix(found + 1).hash();
        self.chains.prefetch(sought.hash);
        Ok(true)
    }

    /// Makes the prefixes known that are not.
    fn add_rest(&mut self, sought: &mut Sought) -> Result<(), Error> {
        let key = sought.key;
        let ranks = key.0.to_be_bytes();
        let mut measure: u16 = ranks[..sought.found].iter().map(|&rank| MEASURES[usize::from(rank)]).sum();
        let range = self.new_numbers(key.len() - sought.found)?;
        for length in sought.found + 1..=key.len() {
            measure += MEASURES[usize::from(ranks[length - 1])];
            self.push(key.prefix(length), if length > 1 && measure < 2 * BLANK { measure % BLANK } else { 0 });
        }
        self.chains.insert(self.hashes[range.start], Chain::new(&range).0);
        sought.push(range);
        Ok(())
    }

    /// The number of a substring of more than 15 bytes.
    ///
    /// # Errors
    /// `Error::Parameter` where numbers run out.
    pub fn number_long(&mut self, bytes: &[u8]) -> Result<u32, Error> {
        let key = SubstringKey::of_long(bytes);
        if let Some(word) = self.chains.find(key.hash(), |word| self.keys[Chain(word).first()] == key) {
            return Ok(Chain(word).first() as u32);
        }
        let range = self.new_numbers(1)?;
        // Weights are at most twice the lengths, which fit (see `SubstringRule`).
        let weight = bytes.iter().map(|&byte| mapped_len(byte)).sum::<u32>() as u16;
        let blanks = bytes.iter().filter(|&&byte| is_blank(byte)).count();
        self.push(key, if blanks < 2 { weight } else { 0 });
        self.long.insert(key, bytes.into());
        self.chains.insert(key.hash(), Chain::new(&range).0);
        Ok(range.start as u32)
    }

    /// The numbers of so many new substrings.
    fn new_numbers(&self, count: usize) -> Result<Range<usize>, Error> {
        let first = self.keys.len();
        if first + INLINE_BYTES >= NUMBERS {
            return Err(Error::Parameter("the texts have 2^28 different substrings or more"));
        }
        Ok(first..first + count)
    }

    #[inline]
    fn push(&mut self, key: SubstringKey, eligible_weight: u16) {
        self.keys.push(key);
        self.hashes.push(key.hash());
        self.eligible_weights.push(eligible_weight);
    }

    /// Forgets substrings. All prefixes of one that stays must stay, too.
    #[expect(clippy::inline_always, reason = "see `Pool::forget`")]
    #[inline(always)]
    pub fn keep(&mut self, kept: &Kept) {
        if !self.long.is_empty() {
            let (keys, long) = (&self.keys, &mut self.long);
            kept.each_gone(keys, SubstringKey::is_long, |number| drop(long.remove(&keys[number])));
        }
        kept.shorten(&mut self.keys);
        kept.shorten(&mut self.hashes);
        kept.shorten(&mut self.eligible_weights);
        // What stays of a chain is its beginning.
        self.chains.retain(|word| {
            let (chain, left) = (Chain(word), kept.staying(Chain(word).numbers()));
            let first = kept.renumbered(chain.first() as u32) as usize;
            if left > 0 { Chain::new(&(first..first + left)).0 } else { u32::MAX }
        });
    }
}

impl Sought {
    /// Adds the numbers of the next prefixes.
    #[inline]
    fn push(&mut self, range: Range<usize>) {
        if let Some(room) = self.prefixes[self.found..].first_chunk_mut::<INLINE_BYTES>() {
            *room = std::array::from_fn(|n| (range.start as u32).wrapping_add(n as u32));
        }
        self.found += range.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;
    use std::collections::BTreeSet;

    fn key(bytes: &[u8]) -> SubstringKey {
        bytes.iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte))
    }

    fn number(substrings: &mut Substrings, strings: &[&[u8]]) -> Vec<Vec<u32>> {
        for string in strings {
            substrings.seek(0, key(string));
        }
        let mut prefixes = Vec::new();
        substrings.number_sought(|_, found, count| prefixes.push(found[..count].to_vec())).unwrap();
        prefixes
    }

    fn mapped(substrings: &Substrings, prefixes: &[u32]) -> Vec<String> {
        prefixes.iter().map(|&number| substrings.mapped(number)).collect()
    }

    #[test]
    fn prefixes_share_numbers() {
        let mut substrings = Substrings::default();
        let found = number(&mut substrings, &[b" the", b" to", b" the", b" th", b" that"]);
        let expected: [&[u32]; 5] = [&[0, 1, 2, 3], &[0, 1, 4], &[0, 1, 2, 3], &[0, 1, 2], &[0, 1, 2, 5, 6]];
        assert_eq!(found, expected);
        assert_eq!(mapped(&substrings, &found[4]), ["Ġ", "Ġt", "Ġth", "Ġtha", "Ġthat"]);
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(|n| substrings.weight(n)), [2, 3, 4, 5, 4, 5, 6]);
        assert_eq!(substrings.eligible_weights(), [0, 3, 4, 5, 4, 5, 6]);
    }

    #[test]
    fn two_blanks_are_not_eligible() {
        let mut substrings = Substrings::default();
        number(&mut substrings, &[b"\n\ta", b"a \r", b"\xe3\x80\x80"]);
        // Ċ Ċĉ Ċĉa, a aĠ aĠč, then the bytes of an ideographic space, which are not blank.
        assert_eq!(substrings.eligible_weights(), [0, 0, 0, 0, 3, 5, 0, 4, 6]);
    }

    #[test]
    fn long_substrings_have_names_of_their_own() {
        let text = b"abcdefghijklmnopqrst";
        let mut substrings = Substrings::default();
        number(&mut substrings, &[&text[..15]]);
        let long = substrings.number_long(text).unwrap();
        assert_eq!(substrings.number_long(text).unwrap(), long);
        assert_eq!(long, 15);
        assert_eq!(substrings.mapped(15), "abcdefghijklmnopqrst");
        assert_eq!(substrings.mapped(14), "abcdefghijklmno");
        assert_eq!((substrings.weight(15), substrings.eligible_weights()[15]), (20, 20));
        substrings.keep(&Kept::of(substrings.keys(), |key| !key.is_long()));
        assert!(substrings.long.is_empty() && substrings.len() == 15);
        assert_eq!(substrings.number_long(text).unwrap(), 15);
    }

    /// The known substrings are those of a set, whatever comes and goes, and each has one number.
    #[test]
    fn substrings_come_and_go_as_in_a_set() {
        let mut rng = Path::new(3, "chains").key().stream();
        let (mut substrings, mut held) = (Substrings::default(), Vec::<(Vec<u8>, Vec<u32>)>::new());
        for round in 0..400 {
            let strings: Vec<Vec<u8>> = (0..rng.below(100))
                .map(|_| (0..=rng.below(15)).map(|_| b" ab!"[rng.below(2 + round % 3) as usize]).collect())
                .collect();
            let found = number(&mut substrings, &strings.iter().map(Vec::as_slice).collect::<Vec<_>>());
            held.extend(strings.into_iter().zip(found));
            held.truncate(rng.below(150) as usize);
            let used: BTreeSet<u32> = held.iter().flat_map(|(_, all)| all.iter().copied()).collect();
            let numbers: Vec<u32> = (0..substrings.len() as u32).collect();
            let kept = Kept::of(&numbers, |number| used.contains(&number));
            substrings.keep(&kept);
            held.iter_mut().flat_map(|(_, all)| all).for_each(|number| *number = kept.renumbered(*number));
            let prefixes =
                |(string, _): &(Vec<u8>, _)| (1..=string.len()).map(|n| map_bytes(&string[..n])).collect::<Vec<_>>();
            assert!(held.iter().all(|one| mapped(&substrings, &one.1) == prefixes(one)));
            let known: Vec<String> = (0..substrings.len() as u32).map(|number| substrings.mapped(number)).collect();
            let all: BTreeSet<String> = held.iter().flat_map(prefixes).collect();
            assert_eq!(known.len(), all.len());
            assert_eq!(known.into_iter().collect::<BTreeSet<_>>(), all);
            assert!(
                (0..substrings.len()).all(|number| substrings.hashes()[number] == substrings.keys()[number].hash())
            );
        }
    }
}
