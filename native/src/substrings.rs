//! Substrings and their numbers.
//!
//! Substrings are taken as all prefixes of a string, so their numbers are those of chains: a chain has consecutive
//! numbers, for prefixes of one string that are each a byte longer than the one before. Looking a string up follows
//! one chain for as long as the bytes agree, and goes on with the chain that branches off there. What is new of a
//! string becomes one chain, or a few where no such row of numbers is free. So a string is looked up in some three
//! steps where it has eight prefixes, and what is new comes, and goes, in a row.
//!
//! A table has the first substring of every chain, by the hash of its key; all else of a chain is known by its last
//! key. Substrings of more than 15 bytes, which only callers with a `max_length` above 16 have, are chains of their
//! own; their bytes stand in a side table.
//!
//! Invariants:
//!
//! 1. Numbers depend on the order in which substrings were met and forgotten; no result may depend on them.
//! 2. All prefixes of a known substring are known.

use std::ops::Range;

use hashbrown::HashMap;

use crate::bytelevel::{byte_of_rank, is_blank, map_bytes, mapped_len};
use crate::error::Error;
use crate::key::{INLINE_BYTES, Key};
use crate::numbers::Numbers;
use crate::simd::prefetch;
use crate::table::Table;

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

/// One of the prefixes of a string: its number and, in the highest bit, whether it is the first of its chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefix(u32);

const FIRST: u32 = 1 << 31;

impl Prefix {
    /// The number.
    #[inline]
    #[must_use]
    pub fn number(self) -> usize {
        (self.0 & !FIRST) as usize
    }

    /// Whether it is the first of its chain.
    #[inline]
    #[must_use]
    pub fn begins_chain(self) -> bool {
        self.0 & FIRST != 0
    }
}

/// What is known of every substring, by number.
#[derive(Default)]
pub struct Substrings {
    /// Chains, by the hash of their first key.
    chains: Table,
    keys: Vec<Key>,
    hashes: Vec<u64>,
    eligible_weights: Vec<u16>,
    long: HashMap<Key, Box<[u8]>>,
    numbers: Numbers,
    sought: Vec<Sought>,
    /// Scratch: numbers of one chain each that are forgotten.
    dead: Vec<Range<usize>>,
}

/// A string that is being looked up.
struct Sought {
    owner: u32,
    /// All of it.
    key: Key,
    /// How many of its bytes have been found.
    found: usize,
    /// The hash of one byte more.
    hash: u64,
    /// Those that were found.
    prefixes: [Prefix; INLINE_BYTES],
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
    pub fn keys(&self) -> &[Key] {
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
    pub fn seek(&mut self, owner: u32, key: Key) -> bool {
        let hash = key.prefix(1).hash();
        self.chains.prefetch(hash);
        self.sought.push(Sought { owner, key, found: 0, hash, prefixes: Default::default() });
        self.sought.len() >= TOGETHER
    }

    /// Numbers what was sought: tells `each` every string's owner and its prefixes by rising length, in the order in
    /// which they were sought.
    ///
    /// # Errors
    /// `Error::Parameter` where numbers run out.
    pub fn number_sought(&mut self, mut each: impl FnMut(u32, &[Prefix])) -> Result<(), Error> {
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
            each(one.owner, &one.prefixes[..one.key.len()]);
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
        while sought.found < key.len() {
            let range = self.take_numbers(key.len() - sought.found)?;
            let what_is = self.keys[range.clone()].iter_mut().zip(&mut self.hashes[range.clone()]);
            let columns = what_is.zip(&mut self.eligible_weights[range.clone()]);
            for (((place, hash), weight), length) in columns.zip(sought.found + 1..) {
                measure += MEASURES[usize::from(ranks[length - 1])];
                *place = key.prefix(length);
                *hash = place.hash();
                *weight = if length > 1 && measure < 2 * BLANK { measure % BLANK } else { 0 };
            }
            self.chains.insert(self.hashes[range.start], Chain::new(&range).0);
            sought.push(range);
        }
        Ok(())
    }

    /// The number of a substring of more than 15 bytes.
    ///
    /// # Errors
    /// `Error::Parameter` where numbers run out.
    pub fn number_long(&mut self, bytes: &[u8]) -> Result<Prefix, Error> {
        let key = Key::of_long(bytes);
        if let Some(word) = self.chains.find(key.hash(), |word| self.keys[Chain(word).first()] == key) {
            return Ok(Prefix(Chain(word).first() as u32 | FIRST));
        }
        let range = self.take_numbers(1)?;
        // Weights are at most twice the lengths, which fit (see `Cut`).
        let weight = bytes.iter().map(|&byte| mapped_len(byte)).sum::<u32>() as u16;
        let blanks = bytes.iter().filter(|&&byte| is_blank(byte)).count();
        self.set(range.start, key, weight, blanks < 2);
        self.long.insert(key, bytes.into());
        self.chains.insert(key.hash(), Chain::new(&range).0);
        Ok(Prefix(range.start as u32 | FIRST))
    }

    fn take_numbers(&mut self, wanted: usize) -> Result<Range<usize>, Error> {
        if self.numbers.end() + INLINE_BYTES >= NUMBERS {
            return Err(Error::Parameter("the texts have 2^28 different substrings or more"));
        }
        let range = self.numbers.take(wanted);
        // What will be written next time has not been touched for a while.
        if let Some(next) = self.numbers.next(wanted) {
            prefetch(&self.keys, next.start);
            prefetch(&self.keys, next.end - 1);
            prefetch(&self.hashes, next.start);
            prefetch(&self.hashes, next.end - 1);
            prefetch(&self.eligible_weights, next.start);
        }
        if self.keys.len() < self.numbers.end() {
            let end = self.numbers.end();
            self.keys.resize(end, Key::EMPTY);
            self.hashes.resize(end, 0);
            self.eligible_weights.resize(end, 0);
        }
        Ok(range)
    }

    #[inline]
    fn set(&mut self, number: usize, key: Key, weight: u16, eligible: bool) {
        self.keys[number] = key;
        self.hashes[number] = key.hash();
        self.eligible_weights[number] = if eligible { weight } else { 0 };
    }

    /// Forgets substrings: for each pair, those of the chain that begins with the first number, from the second on. Some
    /// may be named more than once. `gone` hears the numbers of each chain that are gone, and the keys by number.
    pub fn forget(&mut self, dying: &[(u32, u32)], gone: impl FnOnce(&[Range<usize>], &[Key])) {
        let mut dead = std::mem::take(&mut self.dead);
        dead.clear();
        let mut hashes = [0; TOGETHER];
        for (at, together) in (0..).step_by(TOGETHER).zip(dying.chunks(TOGETHER)) {
            for (place, (hash, &(first, _))) in (at..).zip(hashes.iter_mut().zip(together)) {
                if let Some(&(first, _)) = dying.get(place + TOGETHER) {
                    prefetch(&self.keys, first as usize);
                }
                // Worked out again, since the key's line has what else is asked for, and the list of hashes has not.
                *hash = self.keys[first as usize].hash();
                self.chains.prefetch(*hash);
            }
            for (&hash, &(first, from)) in hashes.iter().zip(together) {
                let (first, from) = (first as usize, from as usize);
                let begins_here = |word| Chain(word).first() == first;
                self.chains.update(hash, begins_here, |word| {
                    let end = Chain(word).numbers().end;
                    let gone = from.min(end)..end;
                    let left = (gone.start > first).then(|| Chain::new(&(first..gone.start)).0);
                    self.numbers.put_back(&gone);
                    dead.push(gone);
                    left
                });
                if self.keys[first].is_long() {
                    self.long.remove(&self.keys[first]);
                }
            }
        }
        self.numbers.join();
        gone(&dead, &self.keys);
        self.dead = dead;
    }
}

impl Sought {
    /// Adds the next prefixes, which are of one chain, from its first on.
    #[inline]
    fn push(&mut self, range: Range<usize>) {
        let mut flag = FIRST;
        for number in range {
            self.prefixes[self.found] = Prefix(number as u32 | std::mem::take(&mut flag));
            self.found += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Path;
    use std::collections::{BTreeMap, BTreeSet};

    fn key(bytes: &[u8]) -> Key {
        bytes.iter().fold(Key::EMPTY, |key, &byte| key.with(byte))
    }

    fn number(substrings: &mut Substrings, strings: &[&[u8]]) -> Vec<Vec<Prefix>> {
        for string in strings {
            substrings.seek(0, key(string));
        }
        let mut prefixes = Vec::new();
        substrings.number_sought(|_, found| prefixes.push(found.to_vec())).unwrap();
        prefixes
    }

    fn mapped(substrings: &Substrings, prefixes: &[Prefix]) -> Vec<String> {
        prefixes.iter().map(|prefix| substrings.mapped(prefix.number() as u32)).collect()
    }

    /// (first number of its chain, number) of the first prefix of each chain that is not alive.
    fn dead(prefixes: &[Prefix], is_alive: impl Fn(usize) -> bool) -> Vec<(u32, u32)> {
        let mut dead: Vec<(u32, u32)> = Vec::new();
        let mut first = 0;
        for prefix in prefixes {
            first = if prefix.begins_chain() { prefix.number() as u32 } else { first };
            if !is_alive(prefix.number()) && dead.last().is_none_or(|last| last.0 != first) {
                dead.push((first, prefix.number() as u32));
            }
        }
        dead
    }

    #[test]
    fn prefixes_share_numbers() {
        let mut substrings = Substrings::default();
        let found = number(&mut substrings, &[b" the", b" to", b" the", b" th", b" that"]);
        let expected: [&[_]; 5] = [&[0, 1, 2, 3], &[0, 1, 4], &[0, 1, 2, 3], &[0, 1, 2], &[0, 1, 2, 5, 6]];
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found.iter().map(|prefix| prefix.number()).collect::<Vec<_>>(), expected);
            assert!(found.iter().all(|prefix| prefix.begins_chain() == [0, 4, 5].contains(&prefix.number())));
        }
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
        assert!(long.number() == 15 && long.begins_chain());
        assert_eq!(substrings.mapped(15), "abcdefghijklmnopqrst");
        assert_eq!(substrings.mapped(14), "abcdefghijklmno");
        assert_eq!((substrings.weight(15), substrings.eligible_weights()[15]), (20, 20));
        let mut gone = Vec::new();
        substrings.forget(&[(15, 15)], |dead, keys| gone.extend(dead.iter().map(|row| (row.clone(), keys[row.start]))));
        assert_eq!(gone, [(15..16, Key::of_long(text))]);
        assert!(substrings.long.is_empty() && substrings.numbers.is_free(15));
    }

    /// The known substrings are those of a set, whatever comes and goes, and each has one number.
    #[test]
    fn substrings_come_and_go_as_in_a_set() {
        let mut rng = Path::new(3, "chains").key().stream();
        let (mut substrings, mut kept) = (Substrings::default(), Vec::<(Vec<u8>, Vec<Prefix>)>::new());
        for round in 0..400 {
            let strings: Vec<Vec<u8>> = (0..rng.below(100))
                .map(|_| (0..=rng.below(15)).map(|_| b" ab!"[rng.below(2 + round % 3) as usize]).collect())
                .collect();
            let found = number(&mut substrings, &strings.iter().map(Vec::as_slice).collect::<Vec<_>>());
            kept.extend(strings.into_iter().zip(found));
            let leaving = kept.split_off(kept.len().min(rng.below(150) as usize));
            let used: BTreeSet<usize> = kept.iter().flat_map(|(_, all)| all.iter().map(|one| one.number())).collect();
            let dying: Vec<_> =
                leaving.iter().flat_map(|(_, all)| dead(all, |number| used.contains(&number))).collect();
            let known = |substrings: &Substrings| -> BTreeMap<u32, String> {
                let numbers = (0..substrings.len() as u32).filter(|&n| !substrings.numbers.is_free(n as usize));
                numbers.map(|n| (n, substrings.mapped(n))).collect()
            };
            let mut expected = known(&substrings);
            substrings.forget(&dying, |dead, keys| {
                for number in dead.iter().cloned().flatten() {
                    let mut mapped = String::new();
                    keys[number].write_mapped(&mut mapped);
                    assert_eq!(expected.remove(&(number as u32)), Some(mapped));
                }
            });
            assert_eq!(known(&substrings), expected);
            let prefixes =
                |(string, _): &(Vec<u8>, _)| (1..=string.len()).map(|n| map_bytes(&string[..n])).collect::<Vec<_>>();
            let all: BTreeSet<String> = kept.iter().flat_map(prefixes).collect();
            assert_eq!(expected.values().cloned().collect::<BTreeSet<_>>(), all);
            assert_eq!(expected.len(), all.len());
            assert!(kept.iter().all(|one| mapped(&substrings, &one.1) == prefixes(one)));
        }
    }
}
