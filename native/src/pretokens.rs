//! Pretokens and the substrings taken from them.
//!
//! A pretoken is numbered once for each way of cutting it (`Cut`); its number leads to the list of its substrings'
//! numbers, an entry for every taking, so that counting a known pretoken is one look-up.

use core::hash::{BuildHasher, Hasher};

use crate::error::Error;
use crate::pretokenize::split;
use crate::rng::fold;
use crate::substrings::{INLINE_BYTES, Substrings};
use crate::table::Table;

/// Pretokens whose places in the table are read together, before any is looked at.
const BLOCK: usize = 16;

/// How substrings are taken from pretokens (SPEC section 2, "Scores").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    stride: usize,
    longest: usize,
}

impl Cut {
    /// Every `stride`-th possible start; substrings of `1 .. max_length` bytes.
    ///
    /// # Errors
    /// `Error::Parameter` for a stride or a length of 0.
    pub fn new(stride: usize, max_length: usize) -> Result<Self, Error> {
        if stride == 0 {
            return Err(Error::Parameter("stride must be at least 1"));
        }
        if max_length == 0 {
            return Err(Error::Parameter("max_length must be at least 1"));
        }
        Ok(Self { stride, longest: max_length - 1 })
    }

    /// The cut of the training code: every 4th start, substrings of 1..=15 bytes.
    pub const TRAINING: Self = Self { stride: 4, longest: 15 };

    /// The byte offsets in `pretoken` from which substrings are taken.
    ///
    /// With characters of `l_0 .. l_(m-1)` bytes the possible starts are 0, `l_1`, `l_1 + l_2`, ...; the sum leaves
    /// `l_0` out, as the training code does, so that past a first character of several bytes starts may fall inside
    /// characters. The first pretoken of a text has one more 0 in front.
    pub fn starts(self, pretoken: &str, first: bool) -> impl Iterator<Item = usize> {
        let sums = pretoken.chars().skip(1).scan(0, |sum, character| {
            *sum += character.len_utf8();
            Some(*sum)
        });
        let zeros = if pretoken.is_empty() { 0 } else { 1 + usize::from(first) };
        std::iter::repeat_n(0, zeros).chain(sums).step_by(self.stride)
    }
}

struct Entry {
    bytes: (usize, usize),
    taken: (usize, usize),
    mass: u64,
}

/// Every pretoken met so far, by number, and every substring.
#[derive(Default)]
pub struct Pretokens {
    numbers: Table,
    /// What each pretoken is known by: its key and its tag.
    keys: Vec<(u128, u32)>,
    cuts: Vec<Cut>,
    entries: Vec<Entry>,
    bytes: String,
    taken: Vec<u32>,
    substrings: Substrings,
}

impl Pretokens {
    /// The number of pretokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none was met.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The substrings.
    #[must_use]
    pub fn substrings(&self) -> &Substrings {
        &self.substrings
    }

    /// The numbers of the substrings taken from a pretoken, one for each taking.
    #[must_use]
    pub fn taken(&self, pretoken: u32) -> &[u32] {
        let (start, end) = self.entries[pretoken as usize].taken;
        &self.taken[start..end]
    }

    /// The sum of the weights of the substrings taken from a pretoken.
    #[must_use]
    pub fn mass(&self, pretoken: u32) -> u64 {
        self.entries[pretoken as usize].mass
    }

    /// The tag under which pretokens that are cut this way are known; first ones have the next higher tag.
    pub fn tag(&mut self, cut: Cut) -> u32 {
        let known = self.cuts.iter().position(|&other| other == cut);
        let place = known.unwrap_or_else(|| {
            self.cuts.push(cut);
            self.cuts.len() - 1
        });
        place as u32 * 2
    }

    /// Appends to `out` the numbers of the pretokens of `text`, from left to right, under the tag of a cut.
    pub fn number_all(&mut self, text: &str, tag: u32, out: &mut Vec<u32>) {
        let mut pretokens = split(text).enumerate();
        let mut block = [("", 0, 0); BLOCK];
        loop {
            let mut filled = 0;
            for (place, (at, pretoken)) in block.iter_mut().zip(pretokens.by_ref()) {
                *place = (pretoken, key_of(pretoken.as_bytes()), tag + u32::from(at == 0));
                filled += 1;
            }
            let block = &block[..filled];
            // They lie far apart in memory: all their slots, then all their entries are read before any is needed.
            let mut guesses = [None; BLOCK];
            for (guess, &(_, key, tag)) in guesses.iter_mut().zip(block) {
                *guess = self.numbers.guess(hash(key, tag));
            }
            let touched = guesses.iter().flatten().fold(0, |mixed, &n| mixed ^ self.keys[n as usize].0);
            std::hint::black_box(touched);
            for &(pretoken, key, tag) in block {
                out.push(self.number(pretoken, key, tag));
            }
            if filled < BLOCK {
                return;
            }
        }
    }

    fn number(&mut self, pretoken: &str, key: u128, tag: u32) -> u32 {
        let hash_of_new = hash(key, tag);
        let found = self.numbers.find(hash_of_new, |number| {
            self.keys[number as usize] == (key, tag)
                && (pretoken.len() <= INLINE_BYTES || self.text(number) == pretoken)
        });
        match found {
            Ok(number) => number,
            Err(place) => {
                let number = self.add(pretoken, key, tag);
                self.numbers.fill(place, hash_of_new, |n| {
                    let (key, tag) = self.keys[n as usize];
                    hash(key, tag)
                });
                number
            }
        }
    }

    fn text(&self, number: u32) -> &str {
        let (start, end) = self.entries[number as usize].bytes;
        &self.bytes[start..end]
    }

    /// The number here of a pretoken that `other` knows.
    pub fn adopt(&mut self, other: &Self, number: u32) -> u32 {
        let (key, tag) = other.keys[number as usize];
        let here = self.tag(other.cuts[tag as usize / 2]) + tag % 2;
        self.number(other.text(number), key, here)
    }

    fn add(&mut self, pretoken: &str, key: u128, tag: u32) -> u32 {
        let (cut, first) = (self.cuts[tag as usize / 2], tag % 2 == 1);
        let (text_start, taken_start) = (self.bytes.len(), self.taken.len());
        self.bytes.push_str(pretoken);
        for start in cut.starts(pretoken, first) {
            self.substrings.number_prefixes(&pretoken.as_bytes()[start..], cut.longest, &mut self.taken);
        }
        let weights = self.substrings.weights();
        let mass = self.taken[taken_start..].iter().map(|&n| u64::from(weights[n as usize])).sum();
        self.keys.push((key, tag));
        self.entries.push(Entry {
            bytes: (text_start, self.bytes.len()),
            taken: (taken_start, self.taken.len()),
            mass,
        });
        self.entries.len() as u32 - 1
    }
}

fn hash(key: u128, tag: u32) -> u64 {
    fold((key >> 64) as u64 ^ 0xA409_3822_299F_31D0, key as u64 ^ 0x082E_FA98_EC4E_6C89 ^ u64::from(tag))
}

/// A key of 15 bytes and a length, which is the pretoken itself where it is not longer than that, and else a hash that
/// is to be checked against the bytes.
fn key_of(bytes: &[u8]) -> u128 {
    if bytes.len() <= INLINE_BYTES {
        let mut key = [0; 16];
        key[..bytes.len()].copy_from_slice(bytes);
        key[INLINE_BYTES] = bytes.len() as u8;
        return u128::from_le_bytes(key);
    }
    let hash = |seed| {
        let mut hasher = foldhash::fast::FixedState::with_seed(seed).build_hasher();
        hasher.write(bytes);
        hasher.finish()
    };
    u128::from(hash(1)) << 64 | u128::from(hash(2)) | 0xFF << 120
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(pretoken: &str, first: bool, stride: usize) -> Vec<usize> {
        Cut::new(stride, 16).unwrap().starts(pretoken, first).collect()
    }

    fn numbers(pretokens: &mut Pretokens, text: &str, tag: u32) -> Vec<u32> {
        let mut numbers = Vec::new();
        pretokens.number_all(text, tag, &mut numbers);
        numbers
    }

    #[test]
    fn starts_of_ascii_are_every_fourth_byte() {
        assert_eq!(starts(" hello wor", false, 4), [0, 4, 8]);
        assert_eq!(starts(" hello wor", true, 4), [0, 3, 7]);
        assert_eq!(starts("abc", true, 1), [0, 0, 1, 2]);
        assert_eq!(starts("", true, 1), [0usize; 0]);
    }

    #[test]
    fn the_sum_leaves_the_first_character_out() {
        // 中 has three bytes, a has one, é has two: the offsets are 0, then 1, then 1 + 2.
        assert_eq!(starts("中aé", false, 1), [0, 1, 3]);
        assert_eq!(starts("中中中中中", false, 4), [0, 12]);
        assert_eq!(starts("中中中中中", true, 4), [0, 9]);
    }

    #[test]
    fn a_pretoken_is_numbered_once_for_each_cut() {
        let mut pretokens = Pretokens::default();
        let tag = pretokens.tag(Cut::TRAINING);
        let numbers = numbers(&mut pretokens, " abcd abcd abcd", tag);
        let [first, plain, again] = numbers[..] else { panic!("{numbers:?}") };
        assert_ne!(plain, first);
        assert_eq!(plain, again);
        // From 0: Ġ Ġa Ġab Ġabc Ġabcd (2 + 3 + 4 + 5 + 6), from 4: d (1).
        assert_eq!((pretokens.taken(plain).len(), pretokens.mass(plain)), (6, 21));
        // The extra 0 moves the second start to 3: c, cd.
        assert_eq!((pretokens.taken(first).len(), pretokens.mass(first)), (7, 23));
    }

    #[test]
    fn long_pretokens_are_told_apart() {
        let mut pretokens = Pretokens::default();
        let tag = pretokens.tag(Cut::TRAINING);
        let names: Vec<String> = (0..100).map(|i| "longerthanakey".repeat(2 + i)).collect();
        for pass in 0..2 {
            for (i, name) in names.iter().enumerate() {
                assert_eq!(numbers(&mut pretokens, name, tag), [i as u32], "pass {pass}");
            }
        }
    }

    #[test]
    fn every_taking_counts() {
        let mut pretokens = Pretokens::default();
        let tag = pretokens.tag(Cut::new(1, 16).unwrap());
        let number = numbers(&mut pretokens, "ab", tag)[0];
        // Starts 0, 0 and 1: a ab a ab b.
        assert_eq!(pretokens.taken(number), [0, 1, 0, 1, 2]);
    }
}
