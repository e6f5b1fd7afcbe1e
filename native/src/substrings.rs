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
use crate::table::Table;

/// The longest substring that is its own key, in bytes.
pub const INLINE_BYTES: usize = 15;
const LONG: u128 = 0xFF;

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
    eligible_weights: Vec<u32>,
    long: HashMap<Key, Box<[u8]>>,
    /// Numbers that were forgotten; their keys are empty.
    free: Vec<u32>,
}

/// A substring that is being looked up.
#[derive(Clone, Copy, Default)]
struct Sought {
    key: Key,
    hash: u64,
    weight: u32,
    eligible: bool,
}

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
    pub fn eligible_weights(&self) -> &[u32] {
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

    /// Appends to `out` the numbers of all prefixes of `bytes` of `1 ..= longest` bytes.
    pub fn number_prefixes(&mut self, bytes: &[u8], longest: usize, out: &mut Vec<u32>) {
        let mut all = [Sought::default(); INLINE_BYTES];
        let mut sought = Sought::default();
        let mut blanks = 0;
        let inline = bytes.len().min(longest).min(INLINE_BYTES);
        for (place, &byte) in all.iter_mut().zip(&bytes[..inline]) {
            blanks += u32::from(is_blank(byte));
            sought.key = sought.key.with(byte);
            sought.hash = sought.key.hash();
            sought.weight += mapped_len(byte);
            sought.eligible = sought.key.len() >= 2 && blanks < 2;
            *place = sought;
        }
        // The prefixes lie far apart in memory: all their slots, then all their keys are read before any is needed.
        let mut guesses = [None; INLINE_BYTES];
        for (guess, sought) in guesses.iter_mut().zip(&all[..inline]) {
            *guess = self.numbers.guess(sought.hash);
        }
        let touched = guesses.iter().flatten().fold(0, |mixed, &n| mixed ^ self.keys[n as usize].0);
        std::hint::black_box(touched);
        let mut known = true;
        for sought in &all[..inline] {
            out.push(self.number(sought, &mut known));
        }
        for end in inline + 1..=bytes.len().min(longest) {
            let prefix = &bytes[..end];
            sought.key = Key::of_long(prefix);
            sought.hash = sought.key.hash();
            sought.weight += mapped_len(bytes[end - 1]);
            blanks += u32::from(is_blank(bytes[end - 1]));
            sought.eligible = blanks < 2;
            self.long.entry(sought.key).or_insert_with(|| prefix.into());
            out.push(self.number(&sought, &mut known));
        }
    }

    /// The number of a substring, `known` or not; no prefix of it is unknown where it is known.
    #[inline]
    fn number(&mut self, sought: &Sought, known: &mut bool) -> u32 {
        if *known && let Some(number) = self.numbers.find(sought.hash, |n| self.keys[n as usize] == sought.key) {
            return number;
        }
        *known = false;
        let eligible_weight = if sought.eligible { sought.weight } else { 0 };
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

    /// Forgets a substring, which may only be done to those whose longer ones are forgotten before or next; its key, or
    /// none where it was forgotten already.
    pub fn forget(&mut self, number: u32) -> Option<Key> {
        let key = std::mem::take(&mut self.keys[number as usize]);
        if key.is_empty() {
            return None;
        }
        self.numbers.remove(self.hashes[number as usize], number);
        if key.is_long() {
            self.long.remove(&key);
        }
        self.free.push(number);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(texts: &[&[u8]], longest: usize) -> (Substrings, Vec<u32>) {
        let (mut substrings, mut numbers) = (Substrings::default(), Vec::new());
        for text in texts {
            substrings.number_prefixes(text, longest, &mut numbers);
        }
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
