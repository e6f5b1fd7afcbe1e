//! Substrings, and their ids.
//!
//! Substrings are taken as all prefixes of a string, so that their ids form chains: consecutive ids of prefixes of one
//! string, each a byte longer than the one before. A search follows one chain for as long as the bytes agree, and
//! continues with the chain that branches off there. The new part of a string becomes one chain, whose ids are the
//! highest. So a string of eight prefixes is found in some three steps, and the new substrings of a string are added,
//! and later removed, as neighbours.
//!
//! A hash index has the first substring of every chain; the last key of a chain tells its other substrings. A substring
//! of more than 15 bytes occurs only if a caller sets a `max_length` above 16. It is a chain of its own, and a separate
//! map has its bytes.
//!
//! Invariants:
//!
//! 1. Ids depend on the order in which substrings were met, and change when other substrings are removed. No result may
//!    depend on ids.
//! 2. All prefixes of a known substring are known.

mod chain;
mod search;

use std::ops::Range;

use hashbrown::HashMap;

use crate::base::bytelevel::{byte_of_rank, is_blank, map_bytes, mapped_len};
use crate::base::error::Error;
use crate::base::substring_key::{INLINE_BYTES, SubstringKey};
use crate::pool::compaction::CompactionMap;
use crate::pool::hash_index::{HashIndex, VACANT};
use crate::pool::substrings::chain::{Chain, MOST_IDS};

/// Number of strings whose prefixes are searched together, so that the searches wait for memory at the same time.
pub(crate) const TOGETHER: usize = 64;

/// Ids of all prefixes of a string of at most 15 bytes, then free room. The number of prefixes is unpredictable, so ids
/// are copied with a fixed length, which may exceed it.
pub(crate) type Prefixes = [u32; 2 * INLINE_BYTES];

/// String whose prefixes are being searched.
struct Sought {
    owner: u32,
    /// Key of the string.
    key: SubstringKey,
    /// Number of the string's prefixes found so far, which is the length of the longest one in bytes.
    found: usize,
    /// Hash of the key of the prefix that is one byte longer than the longest one found.
    hash: u64,
    /// Ids of the prefixes found so far, by rising length.
    prefixes: Prefixes,
}

/// Keys, hashes and weights of all known substrings, by id.
#[derive(Default)]
pub struct Substrings {
    /// Index of all chains, by the hash of each chain's first key.
    chains: HashIndex,
    keys: Vec<SubstringKey>,
    hashes: Vec<u64>,
    eligible_weights: Vec<u16>,
    /// Bytes of the substrings with long keys, by key.
    long: HashMap<SubstringKey, Box<[u8]>>,
    sought: Vec<Sought>,
}

impl Substrings {
    /// Returns the number of known substrings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether no substring is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the keys of all known substrings, by id.
    #[must_use]
    pub fn keys(&self) -> &[SubstringKey] {
        &self.keys
    }

    /// Returns the hashes of the keys of all known substrings, by id. A hash depends on the key alone.
    #[must_use]
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Returns the weight of a substring: the length of its mapped form in UTF-8, in bytes. Each occurrence adds the
    /// weight to the substring's score.
    #[must_use]
    pub(crate) fn weight(&self, id: usize) -> u64 {
        let (eligible, key) = (self.eligible_weights[id], self.keys[id]);
        if eligible > 0 {
            return eligible.into();
        }
        match self.long.get(&key) {
            Some(bytes) => bytes.iter().map(|&byte| u64::from(mapped_len(byte))).sum(),
            None => key.ranks().map(|rank| u64::from(mapped_len(byte_of_rank(rank)))).sum(),
        }
    }

    /// Returns the weights of all known substrings, by id, but 0 for a substring that is not eligible: one with fewer
    /// than two bytes, or with two or more spaces, newlines and tabs (SPEC section 2, "One draw").
    #[must_use]
    pub fn eligible_weights(&self) -> &[u16] {
        &self.eligible_weights
    }

    /// Returns the mapped form of a substring.
    #[must_use]
    pub(crate) fn mapped(&self, id: u32) -> String {
        let key = self.keys[id as usize];
        if let Some(bytes) = self.long.get(&key) {
            return map_bytes(bytes);
        }
        let mut mapped = String::new();
        key.write_mapped(&mut mapped);
        mapped
    }

    /// Returns the id of a substring of more than 15 bytes, and adds the substring if it is new.
    ///
    /// # Errors
    /// `Error::Parameter` if ids run out, at 2^28.
    pub(crate) fn intern_long(&mut self, bytes: &[u8]) -> Result<u32, Error> {
        let key = SubstringKey::of_long(bytes);
        if let Some(value) = self.chains.find(key.hash(), |value| self.keys[Chain(value).first()] == key) {
            return Ok(Chain(value).first() as u32);
        }
        let ids = self.new_ids(1)?;
        // A weight is at most twice the length, and fits 16 bits (see `SubstringRule`).
        let weight = bytes.iter().map(|&byte| mapped_len(byte)).sum::<u32>() as u16;
        let blanks = bytes.iter().filter(|&&byte| is_blank(byte)).count();
        self.push(key, if blanks < 2 { weight } else { 0 });
        self.long.insert(key, bytes.into());
        self.chains.insert(key.hash(), Chain::new(&ids).0);
        Ok(ids.start as u32)
    }

    /// Returns the ids of `count` new substrings.
    fn new_ids(&self, count: usize) -> Result<Range<usize>, Error> {
        let first = self.keys.len();
        if first + INLINE_BYTES >= MOST_IDS {
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

    /// Removes the substrings that do not survive. All prefixes of every surviving substring must survive too.
    #[expect(clippy::inline_always, reason = "compiled for the features of its caller, see `Pool::compact`")]
    #[inline(always)]
    pub(crate) fn compact(&mut self, map: &CompactionMap) {
        if !self.long.is_empty() {
            let (keys, long) = (&self.keys, &mut self.long);
            map.each_removed(keys, SubstringKey::is_long, |id| drop(long.remove(&keys[id])));
        }
        map.compact(&mut self.keys);
        map.compact(&mut self.hashes);
        map.compact(&mut self.eligible_weights);
        // The substrings of a chain that survive are its first ones.
        self.chains.retain(|value| {
            let (chain, left) = (Chain(value), map.leading_survivors(Chain(value).ids()));
            let first = map.new_id(chain.first() as u32) as usize;
            if left > 0 { Chain::new(&(first..first + left)).0 } else { VACANT }
        });
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

    fn intern(substrings: &mut Substrings, strings: &[&[u8]]) -> Vec<Vec<u32>> {
        for string in strings {
            substrings.seek(0, key(string));
        }
        let mut prefixes = Vec::new();
        substrings.intern_sought(|_, found, count| prefixes.push(found[..count].to_vec())).unwrap();
        prefixes
    }

    fn mapped(substrings: &Substrings, prefixes: &[u32]) -> Vec<String> {
        prefixes.iter().map(|&id| substrings.mapped(id)).collect()
    }

    #[test]
    fn prefixes_share_ids() {
        let mut substrings = Substrings::default();
        let found = intern(&mut substrings, &[b" the", b" to", b" the", b" th", b" that"]);
        let expected: [&[u32]; 5] = [&[0, 1, 2, 3], &[0, 1, 4], &[0, 1, 2, 3], &[0, 1, 2], &[0, 1, 2, 5, 6]];
        assert_eq!(found, expected);
        assert_eq!(mapped(&substrings, &found[4]), ["Ġ", "Ġt", "Ġth", "Ġtha", "Ġthat"]);
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(|n| substrings.weight(n)), [2, 3, 4, 5, 4, 5, 6]);
        assert_eq!(substrings.eligible_weights(), [0, 3, 4, 5, 4, 5, 6]);
    }

    #[test]
    fn two_blanks_are_not_eligible() {
        let mut substrings = Substrings::default();
        intern(&mut substrings, &[b"\n\ta", b"a \r", b"\xe3\x80\x80"]);
        // Ċ Ċĉ Ċĉa, a aĠ aĠč, then the bytes of an ideographic space, which are not blank.
        assert_eq!(substrings.eligible_weights(), [0, 0, 0, 0, 3, 5, 0, 4, 6]);
    }

    #[test]
    fn long_substrings_have_keys_of_their_own() {
        let text = b"abcdefghijklmnopqrst";
        let mut substrings = Substrings::default();
        intern(&mut substrings, &[&text[..15]]);
        let long = substrings.intern_long(text).unwrap();
        assert_eq!(substrings.intern_long(text).unwrap(), long);
        assert_eq!(long, 15);
        assert_eq!(substrings.mapped(15), "abcdefghijklmnopqrst");
        assert_eq!(substrings.mapped(14), "abcdefghijklmno");
        assert_eq!((substrings.weight(15), substrings.eligible_weights()[15]), (20, 20));
        substrings.compact(&CompactionMap::of(substrings.keys(), |key| !key.is_long()));
        assert!(substrings.long.is_empty() && substrings.len() == 15);
        assert_eq!(substrings.intern_long(text).unwrap(), 15);
    }

    /// The known substrings are always those of a set, and each has one id.
    #[test]
    fn substrings_come_and_go_as_in_a_set() {
        let mut rng = Path::new(3, "chains").key().stream();
        let (mut substrings, mut held) = (Substrings::default(), Vec::<(Vec<u8>, Vec<u32>)>::new());
        for round in 0..400 {
            let strings: Vec<Vec<u8>> = (0..rng.below(100))
                .map(|_| (0..=rng.below(15)).map(|_| b" ab!"[rng.below(2 + round % 3) as usize]).collect())
                .collect();
            let found = intern(&mut substrings, &strings.iter().map(Vec::as_slice).collect::<Vec<_>>());
            held.extend(strings.into_iter().zip(found));
            held.truncate(rng.below(150) as usize);
            let used: BTreeSet<u32> = held.iter().flat_map(|(_, all)| all.iter().copied()).collect();
            let ids: Vec<u32> = (0..substrings.len() as u32).collect();
            let map = CompactionMap::of(&ids, |id| used.contains(&id));
            substrings.compact(&map);
            held.iter_mut().flat_map(|(_, all)| all).for_each(|id| *id = map.new_id(*id));
            let prefixes =
                |(string, _): &(Vec<u8>, _)| (1..=string.len()).map(|n| map_bytes(&string[..n])).collect::<Vec<_>>();
            assert!(held.iter().all(|one| mapped(&substrings, &one.1) == prefixes(one)));
            let known: Vec<String> = (0..substrings.len() as u32).map(|id| substrings.mapped(id)).collect();
            let all: BTreeSet<String> = held.iter().flat_map(prefixes).collect();
            assert_eq!(known.len(), all.len());
            assert_eq!(known.into_iter().collect::<BTreeSet<_>>(), all);
            assert!((0..substrings.len()).all(|id| substrings.hashes()[id] == substrings.keys()[id].hash()));
        }
    }
}
