//! Substrings and their numbers.
//!
//! A substring of at most 15 bytes is one 128-bit key: its bytes' ranks (see `bytelevel`), left-aligned, and its
//! length in the lowest byte. Integer order of keys is code-point order of the mapped strings, equality is equality
//! of the strings, and nothing is stored beside the key. A longer substring, which only callers with a `max_length`
//! above 16 have, is known by the first 120 bits of its SHA-256 and the length byte 255; its bytes stand in a side
//! table.
//!
//! Invariants:
//!
//! 1. A key depends on the substring's bytes alone, never on the order in which substrings were met.
//! 2. Numbers depend on the order in which substrings were met and forgotten; no result may depend on them.
//! 3. All prefixes of a known substring are known.

use hashbrown::HashMap;
use sha2::{Digest, Sha256};

use crate::bytelevel::{RANK, character_of_rank, is_blank, map_bytes, mapped_len};
use crate::rng::fold;
use crate::simd::prefetch;
use crate::table::Table;

/// The longest substring that is its own key, in bytes.
pub const INLINE_BYTES: usize = 15;
const LONG: u128 = 0xFF;

/// The highest bytes of a key.
const HIGHEST: [u128; INLINE_BYTES + 1] = {
    let mut masks = [0; INLINE_BYTES + 1];
    let mut bytes = 1;
    while bytes <= INLINE_BYTES {
        masks[bytes] = masks[bytes - 1] >> 8 | 0xFF << 120;
        bytes += 1;
    }
    masks
};

/// A substring as a number; see the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u128);

impl Key {
    /// The key of no bytes.
    pub const EMPTY: Self = Self(0);

    /// This inline key, longer by one byte; its length must be below `INLINE_BYTES`.
    #[must_use]
    pub fn with(self, byte: u8) -> Self {
        let place = 120 - 8 * (self.0 & 0xFF) as u32;
        Self((self.0 | u128::from(RANK[byte as usize]) << place) + 1)
    }

    fn of_long(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let name = digest[..INLINE_BYTES].iter().fold(0u128, |key, &byte| key << 8 | u128::from(byte));
        Self(name << 8 | LONG)
    }

    /// The number of bytes of the inline key.
    #[must_use]
    pub fn len(self) -> usize {
        (self.0 & 0xFF) as usize
    }

    /// Whether this is the key of no bytes.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// The ranks of the inline key's bytes.
    pub fn ranks(self) -> impl Iterator<Item = u8> {
        self.0.to_be_bytes().into_iter().take(self.len())
    }

    /// The mapped string of the inline key, appended to `out`.
    pub fn write_mapped(self, out: &mut String) {
        out.extend(self.ranks().map(character_of_rank));
    }

    fn is_long(self) -> bool {
        self.0 & LONG == LONG
    }

    fn hash(self) -> u64 {
        fold((self.0 >> 64) as u64 ^ 0x243F_6A88_85A3_08D3, self.0 as u64 ^ 0x1319_8A2E_0370_7344)
    }
}

/// What is known of every substring, by number.
#[derive(Default)]
pub struct Substrings {
    numbers: Table,
    keys: Vec<Key>,
    hashes: Vec<u64>,
    weights: Vec<u32>,
    eligible_weights: Vec<u16>,
    long: HashMap<Key, Box<[u8]>>,
    /// Numbers that were forgotten; their keys are empty.
    free: Vec<u32>,
    sought: Vec<Sought>,
}

/// A substring that is being looked up.
#[derive(Clone, Copy)]
struct Sought {
    key: Key,
    hash: u64,
    weight: u32,
    eligible: bool,
    /// Whether it is the shortest one of its start.
    first: bool,
}

/// Substrings that are looked up together, since nearly all of them are far apart in memory.
const TOGETHER: usize = 512;

/// How many steps before its turn a place in memory is asked for: for a key, and for a place that a key leads to.
const AHEAD: (usize, usize) = (32, 16);

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

    /// The lengths in UTF-8 of the mapped forms, by number: the weight of one taking in the score.
    #[must_use]
    pub fn weights(&self) -> &[u32] {
        &self.weights
    }

    /// As `weights`, but 0 for those that may not enter a vocabulary by their score: those of less than two bytes or
    /// with two or more blank ones.
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

    /// Seeks all prefixes of `bytes` of `1 ..= longest` bytes; returns how many there are, and the sum of their weights.
    /// Their numbers come to `out`, in order, by the next call of `number_sought` at the latest.
    pub fn seek_prefixes(&mut self, bytes: &[u8], longest: usize, out: &mut Vec<u32>) -> (usize, u64) {
        if self.sought.len() >= TOGETHER {
            self.number_sought(out);
        }
        let count = bytes.len().min(longest);
        let (mut weight, mut blanks, mut mass) = (0, 0, 0);
        let ranks = bytes.iter().take(INLINE_BYTES).map(|&byte| RANK[byte as usize]);
        let mut whole = [0; 16];
        whole.iter_mut().zip(ranks).for_each(|(place, rank)| *place = rank);
        let whole = u128::from_be_bytes(whole);
        self.sought.extend(bytes[..count].iter().enumerate().map(|(at, &byte)| {
            weight += mapped_len(byte);
            blanks += u32::from(is_blank(byte));
            mass += u64::from(weight);
            let key = if at < INLINE_BYTES {
                Key(whole & HIGHEST[at + 1] | (at as u128 + 1))
            } else {
                let key = Key::of_long(&bytes[..=at]);
                self.long.entry(key).or_insert_with(|| bytes[..=at].into());
                key
            };
            let (hash, eligible) = (key.hash(), at > 0 && blanks < 2);
            self.numbers.prefetch(hash);
            Sought { key, hash, weight, eligible, first: at == 0 }
        }));
        (count, mass)
    }

    /// Appends to `out` the numbers of what was sought.
    pub fn number_sought(&mut self, out: &mut Vec<u32>) {
        let mut sought = std::mem::take(&mut self.sought);
        let mut known = true;
        for (at, one) in sought.iter().enumerate() {
            if let Some(number) = sought.get(at + AHEAD.1).and_then(|ahead| self.numbers.guess(ahead.hash)) {
                prefetch(&self.keys, number as usize);
            }
            // All prefixes of what is known are known; so what is longer than something new is new.
            known |= one.first;
            let found = if known { self.find(one) } else { None };
            known = found.is_some();
            out.push(found.unwrap_or_else(|| self.add(one)));
        }
        sought.clear();
        self.sought = sought;
    }

    #[inline]
    fn find(&self, sought: &Sought) -> Option<u32> {
        self.numbers.find(sought.hash, |n| self.keys[n as usize] == sought.key)
    }

    fn add(&mut self, sought: &Sought) -> u32 {
        // Weights are at most twice the lengths, which fit (see `Cut`).
        let eligible_weight = if sought.eligible { sought.weight as u16 } else { 0 };
        let number = self.free.pop().unwrap_or(self.keys.len() as u32);
        if number as usize == self.keys.len() {
            self.keys.push(sought.key);
            self.hashes.push(sought.hash);
            self.weights.push(sought.weight);
            self.eligible_weights.push(eligible_weight);
        } else {
            self.keys[number as usize] = sought.key;
            self.hashes[number as usize] = sought.hash;
            self.weights[number as usize] = sought.weight;
            self.eligible_weights[number as usize] = eligible_weight;
        }
        self.numbers.insert(sought.hash, number);
        number
    }

    /// Forgets substrings, some of which may be named more than once; no longer one may stay known. `gone` hears the
    /// number and the key of each.
    pub fn forget(&mut self, numbers: &[u32], mut gone: impl FnMut(u32, Key)) {
        for (at, &number) in numbers.iter().enumerate() {
            if let Some(&ahead) = numbers.get(at + AHEAD.0) {
                prefetch(&self.hashes, ahead as usize);
                prefetch(&self.keys, ahead as usize);
            }
            if let Some(&ahead) = numbers.get(at + AHEAD.1) {
                self.numbers.prefetch(self.hashes[ahead as usize]);
            }
            let key = std::mem::take(&mut self.keys[number as usize]);
            if key.is_empty() {
                continue; // named before
            }
            self.numbers.remove(self.hashes[number as usize], number);
            if key.is_long() {
                self.long.remove(&key);
            }
            self.free.push(number);
            gone(number, key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(texts: &[&[u8]], longest: usize) -> (Substrings, Vec<u32>) {
        let (mut substrings, mut numbers) = (Substrings::default(), Vec::new());
        for text in texts {
            substrings.seek_prefixes(text, longest, &mut numbers);
        }
        substrings.number_sought(&mut numbers);
        (substrings, numbers)
    }

    #[test]
    fn prefixes_share_numbers() {
        let (substrings, numbers) = numbered(&[b" the", b" to"], 15);
        assert_eq!(numbers, [0, 1, 2, 3, 0, 1, 4]);
        let mapped: Vec<String> = (0..5).map(|n| substrings.mapped(n)).collect();
        assert_eq!(mapped, ["Ġ", "Ġt", "Ġth", "Ġthe", "Ġto"]);
        assert_eq!(substrings.weights(), [2, 3, 4, 5, 4]);
        assert_eq!(substrings.eligible_weights(), [0, 3, 4, 5, 4]);
    }

    #[test]
    fn two_blanks_are_not_eligible() {
        let (substrings, _) = numbered(&[b"\n\ta", b"a \r", b"\xe3\x80\x80"], 15);
        // Ċ Ċĉ Ċĉa, a aĠ aĠč, then the bytes of an ideographic space, which are not blank.
        assert_eq!(substrings.eligible_weights(), [0, 0, 0, 0, 3, 5, 0, 4, 6]);
    }

    #[test]
    fn keys_sort_as_their_mapped_strings() {
        let texts: [&[u8]; 7] = [b"a", b"a\0", b"a!", b"\0", b"~~", b"\xff", b"aaaaaaaaaaaaaaa"];
        let (substrings, _) = numbered(&texts, 15);
        let mut by_key: Vec<u32> = (0..substrings.len() as u32).collect();
        by_key.sort_by_key(|&n| substrings.keys()[n as usize]);
        let sorted: Vec<String> = by_key.iter().map(|&n| substrings.mapped(n)).collect();
        assert!(sorted.is_sorted(), "{sorted:?}");
    }

    #[test]
    fn long_substrings_have_names_of_their_own() {
        let text = b"abcdefghijklmnopqrstuvwxyz";
        let (substrings, numbers) = numbered(&[text, text], 20);
        assert_eq!(numbers.len(), 40);
        assert_eq!(numbers[..20], numbers[20..]);
        assert_eq!(substrings.mapped(19), "abcdefghijklmnopqrst");
        assert_eq!(substrings.mapped(14), "abcdefghijklmno");
    }
}
