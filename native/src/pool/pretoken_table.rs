//! Pretokens by name: the table that counting looks every pretoken up in.
//!
//! The name of a pretoken of up to 15 bytes holds them, their number, and whether it is the first of its text; that of
//! a longer one is a hash of 120 bits, and its bytes are compared too. A cell of the table has the name itself and the
//! count, so that a known pretoken costs one line of the cache. A line has two cells, and a name whose line is full
//! goes to the next one with room.
//!
//! Invariants:
//!
//! 1. All lines from the one where a name belongs to the one where it is are full, but for the last.
//! 2. Counts are 0 but while texts are counted.

use crate::base::hash::fold;
use crate::base::simd::prefetch;
use crate::pool::compaction::Kept;

/// The longest pretoken that is its own name, in bytes.
const INLINE: usize = 15;

/// Bytes that must follow a text, so that names can be read from it 16 bytes at a time.
pub const PADDING: usize = 16;

/// A pretoken as two words. The highest byte of the second is its length, `FIRST` if it is a text's first, and `LONG`
/// if the other 15 bytes are a hash and not the pretoken. No name is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Name(u64, u64);

const FIRST: u64 = 0x10 << 56;
const LONG: u64 = 0xE0 << 56;

/// What stays of the 16 bytes from a pretoken's first, by its length, and the length's byte.
const SHAPES: [(u64, u64, u64); INLINE + 1] = {
    let mut shapes = [(0, 0, 0); INLINE + 1];
    let mut length = 1;
    while length <= INLINE {
        let bytes = (1u128 << (8 * length)) - 1;
        shapes[length] = (bytes as u64, (bytes >> 64) as u64, (length as u64) << 56);
        length += 1;
    }
    shapes
};

impl Name {
    /// The name of the pretoken `start .. end` of a padded text, which is the first where it starts at 0.
    #[inline]
    #[must_use]
    pub fn of(padded: &[u8], start: u32, end: u32) -> Self {
        let first = if start == 0 { FIRST } else { 0 };
        let Some(&(low, high, length)) = SHAPES.get(end.wrapping_sub(start) as usize) else {
            return Self::of_long(&padded[start as usize..end as usize], first);
        };
        let (start, end) = (start as usize, start as usize + PADDING);
        let bytes = padded.get(start..end).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u128::from_le_bytes(*chunk));
        Self(bytes as u64 & low, (bytes >> 64) as u64 & high | length | first)
    }

    #[inline(never)]
    fn of_long(bytes: &[u8], first: u64) -> Self {
        let (mut one, mut two) = (bytes.len() as u64, 0x4528_21E6_38D0_1377);
        for chunk in bytes.chunks(16) {
            let mut padded = [0; 16];
            padded[..chunk.len()].copy_from_slice(chunk);
            let word = u128::from_le_bytes(padded);
            let (low, high) = (word as u64, (word >> 64) as u64);
            one = fold(one ^ low ^ 0xBE54_66CF_34E9_0C6C, high ^ 0xC0AC_29B7_C97C_50DD);
            two = fold(two ^ high ^ 0x3F84_D5B5_B547_0917, low ^ 0x9216_D5D9_8979_FB1B);
        }
        Self(one, two >> 8 | LONG | first)
    }

    /// Whether it does not hold the pretoken.
    #[inline]
    #[must_use]
    pub fn is_long(self) -> bool {
        self.1 & LONG == LONG
    }

    /// Whether the pretoken is the first of its text.
    #[must_use]
    pub fn is_first(self) -> bool {
        self.1 & FIRST == FIRST
    }

    /// The pretoken of a name that holds it, and its length.
    #[must_use]
    pub fn bytes(self) -> ([u8; 16], usize) {
        let bytes = u128::from(self.0) | u128::from(self.1) << 64;
        (bytes.to_le_bytes(), (self.1 >> 56 & 0xF) as usize)
    }

    #[inline]
    fn hash(self) -> u64 {
        fold(self.1 ^ 0xA409_3822_299F_31D0, self.0 ^ 0x082E_FA98_EC4E_6C89)
    }

    /// Whether it is this name: in one comparison, since `==` would branch between its words.
    #[inline]
    fn is(self, other: Self) -> bool {
        (self.0 ^ other.0) | (self.1 ^ other.1) == 0
    }

    fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// A place for a pretoken; vacant where there is no name.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Cell<C> {
    name: Name,
    number: u32,
    count: C,
}

impl<C: Copy> Cell<C> {
    /// Changes the count, unless `change` gives none; what it was before.
    #[inline]
    fn count(&mut self, change: impl Fn(C) -> Option<C>) -> Option<C> {
        let after = change(self.count)?;
        Some(std::mem::replace(&mut self.count, after))
    }
}

/// What comes to the cache at once.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Line<C>([Cell<C>; 2]);

/// The line where a name belongs.
#[inline]
fn home<C>(lines: &[Line<C>], name: Name) -> u32 {
    name.hash() as u32 & (lines.len() as u32).wrapping_sub(1)
}

/// A pretoken of the text that is being counted.
pub struct Named {
    /// Its name.
    pub name: Name,
    /// The line where that belongs, or `NOWHERE` where the name does not hold the pretoken.
    home: u32,
    /// Where in the padded text it begins.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
}

/// There are fewer lines.
const NOWHERE: u32 = u32::MAX;

/// A cell, by the number of its line and its place there.
pub type Place = (u32, u8);

/// Pretokens by name; at most half of the cells are used.
pub struct Names<C> {
    lines: Vec<Line<C>>,
    used: usize,
    /// The cells whose count is not 0, and room for more.
    places: Vec<Place>,
    /// How many they are.
    counted: usize,
}

impl<C: Copy + Default + PartialEq> Default for Names<C> {
    fn default() -> Self {
        Self { lines: vec![Line::default(); 1 << 7], used: 0, places: Vec::new(), counted: 0 }
    }
}

impl<C: Copy + Default + PartialEq> Names<C> {
    /// The line where a name belongs.
    #[inline]
    fn home(&self, name: Name) -> u32 {
        home(&self.lines, name)
    }

    /// Names the pretokens of a padded text that end at `ends`, and has the lines where they belong on their way to the
    /// cache.
    pub fn name(&self, padded: &[u8], ends: &[u32], named: &mut Vec<Named>) {
        let (lines, mut start) = (&self.lines[..], 0);
        named.clear();
        named.extend(ends.iter().map(|&end| {
            let from = std::mem::replace(&mut start, end);
            let name = Name::of(padded, from, end);
            let home = home(lines, name);
            prefetch(lines, home as usize);
            Named { name, home: if name.is_long() { NOWHERE } else { home }, start: from, end }
        }));
    }

    /// Changes the counts of these pretokens from the first on, to what is not 0, for as long as their names hold them and
    /// are in their lines, as most often those of known ones are, and as `change` gives something; the number of those
    /// changed.
    pub fn count_known(&mut self, named: &[Named], change: impl Fn(C) -> Option<C>) -> usize {
        let room = self.counted + named.len();
        if self.places.len() < room {
            self.places.resize(room, Place::default());
        }
        let (lines, places) = (&mut self.lines[..], &mut self.places[self.counted..room]);
        let (mut known, mut new) = (0, 0);
        for one in named {
            let Some(Line(cells)) = lines.get_mut(one.home as usize) else { break };
            // Both are looked at, since nobody can foresee which one it is.
            let (is_one, is_other) = (cells[0].name.is(one.name), cells[1].name.is(one.name));
            if !(is_one | is_other) {
                break;
            }
            let cell = &mut cells[usize::from(is_other)];
            let Some(after) = change(cell.count) else { break };
            let before = std::mem::replace(&mut cell.count, after);
            // Nor whether it is counted for the first time: a place that is none is written over.
            places[new] = (one.home, u8::from(is_other));
            new += usize::from(before == C::default());
            known += 1;
        }
        self.counted += new;
        known
    }

    /// The place of a name for whose number `same` holds.
    #[must_use]
    pub fn find(&self, name: Name, same: impl Fn(u32) -> bool) -> Option<Place> {
        let mut line = self.home(name);
        loop {
            for (place, cell) in (0..).zip(&self.lines[line as usize].0) {
                if cell.name == name && same(cell.number) {
                    return Some((line, place));
                }
            }
            if self.vacancy(line).is_some() {
                return None;
            }
            line = self.next(line);
        }
    }

    fn next(&self, line: u32) -> u32 {
        (line + 1) & (self.lines.len() as u32 - 1)
    }

    fn vacancy(&self, line: u32) -> Option<Place> {
        let place = self.lines[line as usize].0.iter().position(|cell| cell.name.is_none())?;
        Some((line, place as u8))
    }

    #[inline]
    fn cell(&mut self, (line, place): Place) -> &mut Cell<C> {
        &mut self.lines[line as usize].0[usize::from(place & 1)]
    }

    /// Puts in a name that is not there, and returns its place.
    pub fn insert(&mut self, name: Name, number: u32) -> Place {
        if self.used == self.lines.len() {
            self.grow();
        }
        self.used += 1;
        self.put(Cell { name, number, count: C::default() })
    }

    fn put(&mut self, cell: Cell<C>) -> Place {
        let mut line = self.home(cell.name);
        let place = loop {
            match self.vacancy(line) {
                Some(place) => break place,
                None => line = self.next(line),
            }
        };
        *self.cell(place) = cell;
        place
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![Line::default(); self.lines.len() * 2];
        let old = std::mem::replace(&mut self.lines, larger);
        self.counted = 0;
        for cell in old.iter().flat_map(|line| line.0).filter(|cell| !cell.name.is_none()) {
            let place = self.put(cell);
            if cell.count != C::default() {
                self.note(place);
            }
        }
    }

    /// Notes that the count at a place is not 0 any more.
    fn note(&mut self, place: Place) {
        if self.counted == self.places.len() {
            self.places.push(place);
        }
        self.places[self.counted] = place;
        self.counted += 1;
    }

    /// Changes the count at a place, to what is not 0; or does not where `change` gives none.
    #[inline]
    #[must_use]
    pub fn count(&mut self, place: Place, change: impl Fn(C) -> Option<C>) -> bool {
        let Some(before) = self.cell(place).count(change) else { return false };
        if before == C::default() {
            self.note(place);
        }
        true
    }

    /// The numbers of the counted pretokens, with their counts, which are then 0.
    pub fn take_counts(&mut self) -> Vec<(u32, C)> {
        let (places, counted) = (std::mem::take(&mut self.places), std::mem::take(&mut self.counted));
        let take = |&place: &Place| {
            let cell = self.cell(place);
            (cell.number, std::mem::take(&mut cell.count))
        };
        let taken = places[..counted].iter().map(take).collect();
        self.places = places;
        taken
    }

    /// All names, with their numbers.
    #[cfg(test)]
    pub fn all(&self) -> impl Iterator<Item = (Name, u32)> {
        let cells = self.lines.iter().flat_map(|line| line.0);
        cells.filter(|cell| !cell.name.is_none()).map(|cell| (cell.name, cell.number))
    }

    /// Takes out the names of the pretokens that do not stay, and gives those that do their new numbers.
    #[expect(clippy::inline_always, reason = "see `Pool::forget`")]
    #[inline(always)]
    pub fn keep(&mut self, kept: &Kept) {
        // Behind a line that is not full, and up to it, no name has passed the end.
        let start = (0..self.lines.len()).find(|&line| self.vacancy(line as u32).is_some()).map_or(0, |line| line + 1);
        self.used = 0;
        // Whether a line before, from which names may have passed on to here, has room now.
        let mut has_room = false;
        for line in (start..self.lines.len()).chain(0..start) {
            let Line(cells) = &mut self.lines[line];
            let was_full = !cells.iter().any(|cell| cell.name.is_none());
            let mut count = 0;
            for cell in &mut *cells {
                // Without a branch, since nobody can foresee it.
                let stays = !cell.name.is_none() & kept.stays(cell.number);
                let mask = u64::from(stays).wrapping_neg();
                cell.name = Name(cell.name.0 & mask, cell.name.1 & mask);
                cell.number = kept.renumbered(cell.number);
                count += usize::from(stays);
            }
            self.used += count;
            if has_room {
                // In this line again, or in one before it.
                std::mem::take(cells)
                    .into_iter()
                    .filter(|cell| !cell.name.is_none())
                    .for_each(|cell| _ = self.put(cell));
            }
            has_room = was_full && (has_room || count < 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;

    fn name(text: &str, start: u32) -> Name {
        let padded = format!("{text}{}", " ".repeat(PADDING));
        Name::of(padded.as_bytes(), start, text.len() as u32)
    }

    /// The pretoken of a text without its first byte.
    fn rest_of(names: &Names<u64>, text: &str) -> Vec<Named> {
        let mut list = Vec::new();
        names.name(format!("{text}{}", " ".repeat(PADDING)).as_bytes(), &[1, text.len() as u32], &mut list);
        list.split_off(1)
    }

    #[test]
    fn names_hold_what_they_are_of() {
        for length in 1..=40 {
            let text = "x".repeat(length);
            let (first, other) = (name(&text, 0), name(&format!("-{text}"), 1));
            assert!(first != other && first.is_first() && !other.is_first());
            assert_eq!([first.is_long(), other.is_long()], [length > INLINE; 2]);
            if length <= INLINE {
                let (bytes, found) = other.bytes();
                assert_eq!(&bytes[..found], text.as_bytes());
            }
            assert_ne!(other, name(&format!("-{text}y"), 1));
        }
    }

    #[test]
    fn names_come_and_go_as_in_a_list() {
        let mut rng = Path::new(1, "names").key().stream();
        // The number of each is its place.
        let (mut names, mut list) = (Names::<u64>::default(), Vec::<String>::new());
        for step in 0..20_000u32 {
            let text = format!("-{:x}", rng.below(5000));
            let known = list.iter().position(|one| *one == text);
            let place = names.find(name(&text, 1), |_| true);
            assert_eq!(place.is_some(), known.is_some());
            let place = place.unwrap_or_else(|| names.insert(name(&text, 1), list.len() as u32));
            if known.is_none() {
                list.push(text);
            }
            assert!(names.count(place, |count| Some(count + 1)));
            if rng.below(2) == 0 {
                let counts = names.take_counts();
                assert!(counts.iter().all(|&(number, count)| count > 0 && (number as usize) < list.len()));
            }
            if rng.below(500) == 0 {
                names.take_counts();
                let stays: Vec<bool> = (0..list.len()).map(|_| rng.below(4) < u64::from(step / 5000)).collect();
                names.keep(&Kept::of(&stays, |stays| stays));
                let mut stays = stays.into_iter();
                list.retain(|_| stays.next().unwrap());
            }
            if step % 500 == 0 {
                for (text, number) in list.iter().zip(0..) {
                    let called = name(text, 1);
                    let place = names.find(called, |other| other == number).unwrap();
                    let is_home = place.0 == names.home(called);
                    let rest = rest_of(&names, text);
                    assert_eq!(names.count_known(&rest, |_| Some(7)), usize::from(is_home));
                    assert_eq!(names.count_known(&rest, |_| None), 0);
                }
                names.take_counts();
                assert_eq!(names.used, list.len());
                let full = names.lines.iter().flat_map(|line| line.0).filter(|cell| !cell.name.is_none()).count();
                assert_eq!(full, list.len());
            }
        }
    }
}
