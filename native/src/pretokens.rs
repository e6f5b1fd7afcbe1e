//! Pretokens and the substrings taken from them.
//!
//! A pretoken is known once for each way of cutting it (`Cut`) and whether it is the first of its text; its number leads
//! to the list of its substrings' numbers, an entry for every taking. Counting a known pretoken is one look-up, in a
//! table whose slots hold the pretoken itself where it has at most 15 bytes.
//!
//! Invariant: numbers that were forgotten are given again, so a table is as large as what is known at one time.

use crate::error::Error;
use crate::pretokenize::split_into;
use crate::rng::fold;
use crate::simd::prefetch;
use crate::substrings::{INLINE_BYTES, Key, Substrings};

/// The highest `max_length`: weights, which are up to two a byte, fit 16 bits.
const LONGEST: usize = 1 << 15;

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
    /// `Error::Parameter` for a stride of 0, or a length that is not 1 to 32768.
    pub fn new(stride: usize, max_length: usize) -> Result<Self, Error> {
        if stride == 0 {
            return Err(Error::Parameter("stride must be at least 1"));
        }
        if max_length == 0 || max_length > LONGEST {
            return Err(Error::Parameter("max_length must be 1 to 32768"));
        }
        Ok(Self { stride, longest: max_length - 1 })
    }

    /// The cut of the training code: every 4th start, substrings of 1..=15 bytes.
    pub const TRAINING: Self = Self { stride: 4, longest: 15 };

    /// The byte offsets in `pretoken`, which is UTF-8, from which substrings are taken.
    ///
    /// With characters of `l_0 .. l_(m-1)` bytes the possible starts are 0, `l_1`, `l_1 + l_2`, ...; the sum leaves
    /// `l_0` out, as the training code does, so that past a first character of several bytes starts may fall inside
    /// characters. The first pretoken of a text has one more 0 in front.
    pub fn starts(self, pretoken: &[u8], first: bool) -> impl Iterator<Item = usize> {
        let leads = pretoken.iter().filter(|&&byte| !is_continuation(byte)).skip(1);
        let sums = leads.scan(0, |sum, &lead| {
            *sum += encoded_len(lead);
            Some(*sum)
        });
        let zeros = if pretoken.is_empty() { 0 } else { 1 + usize::from(first) };
        std::iter::repeat_n(0, zeros).chain(sums).step_by(self.stride)
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// The length in bytes of the character with this first byte.
fn encoded_len(lead: u8) -> usize {
    match lead {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

/// A pretoken as a number: up to 15 bytes and, in the highest byte, their number and whether it is a text's first; or
/// the hash of more bytes.
type Name = u128;

const FIRST: u128 = 0x10 << 120;
const LONG: u128 = 0xE0 << 120;

/// Bytes that must follow a text, so that names can be read from it 16 bytes at a time.
pub const PADDING: usize = 16;

/// The lowest bytes of a name.
const LOWEST: [u128; INLINE_BYTES + 1] = {
    let mut masks = [0; INLINE_BYTES + 1];
    let mut bytes = 1;
    while bytes <= INLINE_BYTES {
        masks[bytes] = masks[bytes - 1] << 8 | 0xFF;
        bytes += 1;
    }
    masks
};

/// The name of the pretoken `start .. end` of a padded text.
#[inline]
fn name_of(padded: &[u8], start: usize, end: usize) -> Name {
    let length = end - start;
    let first = if start == 0 { FIRST } else { 0 };
    if length > INLINE_BYTES {
        return long_name(&padded[start..end]) | LONG | first;
    }
    let bytes = padded[start..].first_chunk().map_or(0, |chunk| u128::from_le_bytes(*chunk));
    bytes & LOWEST[length] | (length as u128) << 120 | first
}

#[inline(never)]
fn long_name(bytes: &[u8]) -> Name {
    let (mut one, mut two) = (bytes.len() as u64, 0x4528_21E6_38D0_1377);
    for chunk in bytes.chunks(16) {
        let mut padded = [0; 16];
        padded[..chunk.len()].copy_from_slice(chunk);
        let word = u128::from_le_bytes(padded);
        let (low, high) = (word as u64, (word >> 64) as u64);
        one = fold(one ^ low ^ 0xBE54_66CF_34E9_0C6C, high ^ 0xC0AC_29B7_C97C_50DD);
        two = fold(two ^ high ^ 0x3F84_D5B5_B547_0917, low ^ 0x9216_D5D9_8979_FB1B);
    }
    (u128::from(one) << 64 | u128::from(two)) & LOWEST[INLINE_BYTES]
}

fn is_long(name: Name) -> bool {
    name & LONG == LONG
}

fn hash(name: Name) -> u64 {
    fold((name >> 64) as u64 ^ 0xA409_3822_299F_31D0, name as u64 ^ 0x082E_FA98_EC4E_6C89)
}

/// A place of a table; vacant where the name is 0.
#[derive(Clone, Copy, Default)]
struct Slot {
    name: Name,
    number: u32,
}

/// The pretokens of one cut, by name: open addressing with linear probing, at most two thirds full.
struct Table {
    cut: Cut,
    slots: Vec<Slot>,
    used: usize,
}

impl Table {
    fn new(cut: Cut) -> Self {
        Self { cut, slots: vec![Slot::default(); 1 << 8], used: 0 }
    }

    fn home(&self, name: Name) -> usize {
        hash(name) as usize & (self.slots.len() - 1)
    }

    /// Where the first of `name` and vacancy is from `at` on.
    #[inline]
    fn find(&self, name: Name, mut at: usize) -> usize {
        loop {
            let there = self.slots[at].name;
            if there == name || there == 0 {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Makes room for one more.
    fn reserve(&mut self) {
        if (self.used + 1) * 3 <= self.slots.len() * 2 {
            return;
        }
        let larger = vec![Slot::default(); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, larger);
        for slot in old.into_iter().filter(|slot| slot.name != 0) {
            let mut at = self.home(slot.name);
            while self.slots[at].name != 0 {
                at = (at + 1) & (self.slots.len() - 1);
            }
            self.slots[at] = slot;
        }
    }

    /// Vacates a place, and moves up those behind it that would not be found beyond the gap.
    fn vacate(&mut self, mut gap: usize) {
        let mask = self.slots.len() - 1;
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            if self.slots[at].name == 0 {
                break;
            }
            let home = self.home(self.slots[at].name);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(gap) & mask) {
                self.slots[gap] = self.slots[at];
                gap = at;
            }
        }
        self.slots[gap] = Slot::default();
        self.used -= 1;
    }
}

/// A pretoken of the text that is being counted: its name, where that belongs in the table, and where it stands.
struct Named {
    name: Name,
    home: u32,
    start: u32,
    end: u32,
}

/// What a pretoken is.
#[derive(Clone, Default)]
struct Entry {
    name: Name,
    table: u32,
    /// The bytes, where the name does not hold them.
    long: Box<[u8]>,
}

/// Where the substrings of a pretoken stand in `taken`, and the sum of their weights.
#[derive(Clone, Copy, Default)]
struct Taken {
    start: usize,
    end: usize,
    mass: u64,
}

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

/// Every pretoken that is known, by number, and every substring.
#[derive(Default)]
pub struct Pretokens<C> {
    tables: Vec<Table>,
    entries: Vec<Entry>,
    takings: Vec<Taken>,
    /// Numbers that were forgotten.
    free: Vec<u32>,
    /// Numbers whose substrings have not been taken yet.
    fresh: Vec<u32>,
    /// The substrings of all pretokens, and gaps where some were forgotten.
    taken: Vec<u32>,
    /// How many of them are in use.
    taken_used: usize,
    substrings: Substrings,
    /// How often each pretoken is in the texts that are being counted, by number.
    counts: Vec<C>,
    /// The numbers whose count is not 0.
    counted: Vec<u32>,
    /// Scratch: where the pretokens of a text end.
    ends: Vec<u32>,
    /// Scratch: their names.
    named: Vec<Named>,
}

impl<C: Count> Pretokens<C> {
    /// One more than the highest number.
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
        let Taken { start, end, .. } = self.takings[pretoken as usize];
        &self.taken[start..end]
    }

    /// Has what `mass` and `taken` read of these pretokens on its way to the cache: of the first where the list is, of
    /// the second the list.
    #[inline]
    pub fn prefetch(&self, first: Option<u32>, second: Option<u32>) {
        if let Some(pretoken) = first {
            prefetch(&self.takings, pretoken as usize);
        }
        if let Some(pretoken) = second {
            let Taken { start, end, .. } = self.takings[pretoken as usize];
            prefetch(&self.taken, start);
            prefetch(&self.taken, end.saturating_sub(1));
        }
    }

    /// The sum of the weights of the substrings taken from a pretoken.
    #[must_use]
    pub fn mass(&self, pretoken: u32) -> u64 {
        self.takings[pretoken as usize].mass
    }

    /// The number by which a cut is known.
    pub fn cut(&mut self, cut: Cut) -> usize {
        let known = self.tables.iter().position(|table| table.cut == cut);
        known.unwrap_or_else(|| {
            self.tables.push(Table::new(cut));
            self.tables.len() - 1
        })
    }

    /// Counts `times`, which must not be 0, for each pretoken of a text, which has `PADDING` more bytes behind it.
    ///
    /// # Errors
    /// `Error::Overflow` where a count exceeds what it can be; `Error::Parameter` for a text of 4 GiB.
    pub fn count(&mut self, padded: &str, cut: usize, times: C) -> Result<(), Error> {
        let text = &padded[..padded.len() - PADDING];
        if u32::try_from(text.len()).is_err() {
            return Err(Error::Parameter("a text must be smaller than 4 GiB"));
        }
        self.ends.clear();
        split_into(text, &mut self.ends);
        let (bytes, table, mut start) = (padded.as_bytes(), &self.tables[cut], 0);
        let mut named = std::mem::take(&mut self.named);
        named.clear();
        named.extend(self.ends.iter().map(|&end| {
            let (from, to) = (std::mem::replace(&mut start, end as usize), end as usize);
            let name = name_of(bytes, from, to);
            let home = table.home(name);
            prefetch(&table.slots, home);
            Named { name, home: home as u32, start: from as u32, end }
        }));
        let counted = named.iter().try_for_each(|one| {
            let slot = &self.tables[cut].slots[one.home as usize];
            let number = if slot.name == one.name && !is_long(one.name) {
                slot.number
            } else {
                let at = self.place(&bytes[one.start as usize..one.end as usize], one.name, cut);
                self.tables[cut].slots[at].number
            };
            self.add_count(number, times)
        });
        self.named = named;
        counted
    }

    #[inline]
    fn add_count(&mut self, number: u32, times: C) -> Result<(), Error> {
        let count = &mut self.counts[number as usize];
        if *count == C::default() {
            self.counted.push(number);
        }
        *count = count.checked_add(times).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// The pretokens counted since the last call, with their counts; takes the substrings of those that are new.
    pub fn counted(&mut self) -> Vec<(u32, C)> {
        let counts = &mut self.counts;
        let counted = self.counted.drain(..).map(|number| (number, std::mem::take(&mut counts[number as usize])));
        let counted = counted.collect();
        self.learn();
        counted
    }

    /// The place in its table of a pretoken, which is made known if it is not.
    #[inline]
    fn place(&mut self, pretoken: &[u8], name: Name, cut: usize) -> usize {
        let table = &self.tables[cut];
        let mut at = table.find(name, table.home(name));
        while is_long(name) && table.slots[at].name != 0 && !self.is_called(table.slots[at].number, pretoken) {
            at = table.find(name, (at + 1) & (table.slots.len() - 1));
        }
        if table.slots[at].name == 0 { self.add(pretoken, name, cut) } else { at }
    }

    fn is_called(&self, number: u32, pretoken: &[u8]) -> bool {
        *self.entries[number as usize].long == *pretoken
    }

    #[inline(never)]
    fn add(&mut self, pretoken: &[u8], name: Name, cut: usize) -> usize {
        let entry =
            Entry { name, table: cut as u32, long: if is_long(name) { pretoken.into() } else { Box::default() } };
        let number = self.free.pop().unwrap_or(self.entries.len() as u32);
        if number as usize == self.entries.len() {
            self.entries.push(entry);
            self.takings.push(Taken::default());
            self.counts.push(C::default());
        } else {
            self.entries[number as usize] = entry;
        }
        self.fresh.push(number);
        let table = &mut self.tables[cut];
        table.reserve();
        let mut at = table.home(name);
        while table.slots[at].name != 0 {
            at = (at + 1) & (table.slots.len() - 1);
        }
        table.slots[at] = Slot { name, number };
        table.used += 1;
        at
    }

    /// Takes the substrings of new pretokens.
    fn learn(&mut self) {
        let mut end = self.taken.len();
        for &number in &self.fresh {
            let entry = &self.entries[number as usize];
            let inline = entry.name.to_le_bytes();
            let bytes = if is_long(entry.name) { &*entry.long } else { &inline[..usize::from(inline[15] & 0xF)] };
            let cut = self.tables[entry.table as usize].cut;
            let mut taken = Taken { start: end, end, mass: 0 };
            for from in cut.starts(bytes, entry.name & FIRST != 0) {
                let (count, mass) = self.substrings.seek_prefixes(&bytes[from..], cut.longest, &mut self.taken);
                taken.end += count;
                taken.mass += mass;
            }
            self.taken_used += taken.end - taken.start;
            end = taken.end;
            self.takings[number as usize] = taken;
        }
        self.fresh.clear();
        self.substrings.number_sought(&mut self.taken);
    }

    /// Forgets a pretoken, but not its substrings.
    pub fn forget(&mut self, number: u32) {
        let entry = std::mem::take(&mut self.entries[number as usize]);
        let table = &mut self.tables[entry.table as usize];
        let mut at = table.find(entry.name, table.home(entry.name));
        while table.slots[at].number != number {
            at = (at + 1) & (table.slots.len() - 1);
        }
        table.vacate(at);
        let Taken { start, end, .. } = std::mem::take(&mut self.takings[number as usize]);
        self.taken_used -= end - start;
        self.free.push(number);
    }

    /// Forgets substrings; see there.
    pub fn forget_substrings(&mut self, numbers: &[u32], gone: impl FnMut(u32, Key)) {
        self.substrings.forget(numbers, gone);
    }

    /// Closes the gaps in the lists of substrings where they are as large as what is in use.
    pub fn close_gaps(&mut self) {
        if self.taken.len() < 2 * self.taken_used + (1 << 16) {
            return;
        }
        let mut taken = Vec::with_capacity(2 * self.taken_used + (1 << 16));
        for place in &mut self.takings {
            let start = taken.len();
            taken.extend_from_slice(&self.taken[place.start..place.end]);
            (place.start, place.end) = (start, taken.len());
        }
        self.taken = taken;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretokenize::split;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn starts(pretoken: &str, first: bool, stride: usize) -> Vec<usize> {
        Cut::new(stride, 16).unwrap().starts(pretoken.as_bytes(), first).collect()
    }

    fn count(pretokens: &mut Pretokens<u64>, text: &str, cut: Cut) -> Vec<(u32, u64)> {
        let cut = pretokens.cut(cut);
        pretokens.count(&format!("{text}{}", " ".repeat(PADDING)), cut, 1).unwrap();
        pretokens.counted()
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
        assert_eq!(starts("a😀é", false, 1), [0, 4, 6]);
    }

    #[test]
    fn a_pretoken_is_known_once_as_the_first_and_once_as_another() {
        let mut pretokens = Pretokens::<u64>::default();
        let mut counted = count(&mut pretokens, " abcd abcd abcd", Cut::TRAINING);
        counted.sort_by_key(|&(_, times)| times);
        let [(first, 1), (plain, 2)] = counted[..] else { panic!("{counted:?}") };
        // From 0: Ġ Ġa Ġab Ġabc Ġabcd (2 + 3 + 4 + 5 + 6), from 4: d (1).
        assert_eq!((pretokens.taken(plain).len(), pretokens.mass(plain)), (6, 21));
        // The extra 0 moves the second start to 3: c, cd.
        assert_eq!((pretokens.taken(first).len(), pretokens.mass(first)), (7, 23));
        let other = count(&mut pretokens, " abcd", Cut::new(1, 16).unwrap());
        assert!(other[0].0 != first && other[0].0 != plain);
    }

    #[test]
    fn every_taking_counts() {
        let mut pretokens = Pretokens::<u64>::default();
        let number = count(&mut pretokens, "ab", Cut::new(1, 16).unwrap())[0].0;
        // Starts 0, 0 and 1: a ab a ab b.
        assert_eq!(pretokens.taken(number), [0, 1, 0, 1, 2]);
    }

    #[test]
    fn long_pretokens_with_one_name_are_told_apart() {
        let mut pretokens = Pretokens::<u64>::default();
        let cut = pretokens.cut(Cut::TRAINING);
        let (one, other) = (b"an identifier of more".as_slice(), b"than fifteen bytes".as_slice());
        let at = pretokens.place(one, LONG | 7, cut);
        let behind = pretokens.place(other, LONG | 7, cut);
        assert_ne!(at, behind);
        assert_eq!((pretokens.place(one, LONG | 7, cut), pretokens.place(other, LONG | 7, cut)), (at, behind));
        pretokens.learn();
        let number = pretokens.tables[cut].slots[at].number;
        pretokens.forget(number);
        assert_eq!(pretokens.place(other, LONG | 7, cut), at, "it has moved up");
    }

    fn names() -> impl Strategy<Value = Vec<String>> {
        let pretoken = prop_oneof!["[ab]{1,3}", "[a-c]{14,17}", "é{7,8}", "[0-9]{1,2}", "[(){}]{1,40}"];
        prop::collection::vec(pretoken, 1..30)
    }

    proptest! {
        #[test]
        fn counts_are_those_of_a_map(texts in prop::collection::vec(names(), 1..8)) {
            let mut pretokens = Pretokens::<u64>::default();
            for texts in &texts {
                let text = texts.join(" ");
                let mut expected = BTreeMap::new();
                for (place, pretoken) in split(&text).enumerate() {
                    *expected.entry((place == 0, pretoken.as_bytes().to_vec())).or_insert(0) += 1;
                }
                let counted = count(&mut pretokens, &text, Cut::TRAINING);
                let named = |number: u32| {
                    let entry = &pretokens.entries[number as usize];
                    let bytes = entry.name.to_le_bytes();
                    let inline = bytes[..usize::from(bytes[15] & 0xF).min(15)].to_vec();
                    (entry.name & FIRST != 0, if is_long(entry.name) { entry.long.to_vec() } else { inline })
                };
                prop_assert_eq!(counted.iter().map(|&(n, times)| (named(n), times)).collect::<BTreeMap<_, _>>(), expected);
                for &(number, _) in counted.iter().step_by(2) {
                    pretokens.forget(number);
                }
                pretokens.close_gaps();
            }
        }
    }
}
