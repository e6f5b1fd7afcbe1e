//! Pretoken table: a hash table from pretokens to ids and counts. Most look-ups need one cache line.
//!
//! A cell holds a key, an id and a count. A *line* is a cache line with two cells. The line at which the search for a
//! key begins is the key's home line. A key whose home line is full when the key is inserted goes to the next line that
//! is not full.
//!
//! Invariants:
//!
//! 1. All lines from a key's home line to the line with the key are full, except perhaps the last one.
//! 2. All counts are 0, except while texts are counted.

use crate::base::simd::prefetch;
use crate::pool::compaction::CompactionMap;
use crate::pool::pretoken_key::PretokenKey;

/// Cell of the table; vacant if its key is 0.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Cell<C> {
    key: PretokenKey,
    id: u32,
    count: C,
}

impl<C: Copy> Cell<C> {
    /// Changes the count to the result of `change` and returns the count before. Returns `None`, and changes nothing,
    /// if `change` does.
    #[inline]
    fn count(&mut self, change: impl Fn(C) -> Option<C>) -> Option<C> {
        let after = change(self.count)?;
        Some(std::mem::replace(&mut self.count, after))
    }
}

/// Line of the table: the two cells of a cache line.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Line<C>([Cell<C>; 2]);

/// Returns the index of a key's home line, at which the search for the key begins.
#[inline]
fn home<C>(lines: &[Line<C>], key: PretokenKey) -> u32 {
    key.hash() as u32 & (lines.len() as u32).wrapping_sub(1)
}

/// Look-up of one pretoken of the text that is being counted.
pub(crate) struct LookUp {
    /// Key of the pretoken.
    pub(crate) key: PretokenKey,
    /// Index of the pretoken's home line, or `NOWHERE` if the key is long.
    home: u32,
    /// Offset of the pretoken's start in the padded text, in bytes.
    pub(crate) start: u32,
    /// Offset of the pretoken's end in the padded text, in bytes.
    pub(crate) end: u32,
}

/// Home line of a look-up with a long key: greater than the index of any line, so that no line is found.
const NOWHERE: u32 = u32::MAX;

/// Location of a cell: the index of its line in the table, and its index in the line.
pub(crate) type Location = (u32, u8);

/// Hash table from pretokens to ids and counts; at most half of the cells are used.
pub(crate) struct PretokenTable<C> {
    lines: Vec<Line<C>>,
    used: usize,
    /// Locations of the cells whose counts are not 0, then free room.
    locations: Vec<Location>,
    /// Number of cells whose counts are not 0.
    counted: usize,
}

impl<C: Copy + Default + PartialEq> Default for PretokenTable<C> {
    fn default() -> Self {
        Self { lines: vec![Line::default(); 1 << 7], used: 0, locations: Vec::new(), counted: 0 }
    }
}

impl<C: Copy + Default + PartialEq> PretokenTable<C> {
    /// Replaces the contents of `look_ups` by the look-ups of the pretokens that end at `ends` in a padded text, and
    /// prefetches their home lines.
    pub(crate) fn prepare(&self, padded: &[u8], ends: &[u32], look_ups: &mut Vec<LookUp>) {
        let (lines, mut start) = (&self.lines[..], 0);
        look_ups.clear();
        look_ups.extend(ends.iter().map(|&end| {
            let from = std::mem::replace(&mut start, end);
            let key = PretokenKey::of(padded, from, end);
            let home = home(lines, key);
            prefetch(lines, home as usize);
            LookUp { key, home: if key.is_long() { NOWHERE } else { home }, start: from, end }
        }));
    }

    /// Changes the counts of the pretokens of `look_ups`, from the first one on, to the results of `change`, which must
    /// not be 0. Stops at the first pretoken that has a long key, is not in its home line, or for which `change`
    /// returns `None`; most known pretokens are in their home lines. Returns the number of changed counts.
    pub(crate) fn count_known(&mut self, look_ups: &[LookUp], change: impl Fn(C) -> Option<C>) -> usize {
        let room = self.counted + look_ups.len();
        if self.locations.len() < room {
            self.locations.resize(room, Location::default());
        }
        let (lines, locations) = (&mut self.lines[..], &mut self.locations[self.counted..room]);
        let (mut known, mut new) = (0, 0);
        for look_up in look_ups {
            let Some(Line(cells)) = lines.get_mut(look_up.home as usize) else { break };
            // Both cells are compared, because it is unpredictable which one has the key.
            let (is_one, is_other) = (cells[0].key.is(look_up.key), cells[1].key.is(look_up.key));
            if !(is_one | is_other) {
                break;
            }
            let cell = &mut cells[usize::from(is_other)];
            let Some(after) = change(cell.count) else { break };
            let before = std::mem::replace(&mut cell.count, after);
            // Branchless, because it is unpredictable whether an occurrence is the first: otherwise the next location
            // overwrites this one.
            locations[new] = (look_up.home, u8::from(is_other));
            new += usize::from(before == C::default());
            known += 1;
        }
        self.counted += new;
        known
    }

    /// Returns the location of a key for whose id `same` is true, or `None` if the table has none.
    #[must_use]
    pub(crate) fn find(&self, key: PretokenKey, same: impl Fn(u32) -> bool) -> Option<Location> {
        let mut line = home(&self.lines, key);
        loop {
            for (index, cell) in (0..).zip(&self.lines[line as usize].0) {
                if cell.key == key && same(cell.id) {
                    return Some((line, index));
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

    fn vacancy(&self, line: u32) -> Option<Location> {
        let index = self.lines[line as usize].0.iter().position(|cell| cell.key.is_none())?;
        Some((line, index as u8))
    }

    #[inline]
    fn cell(&mut self, (line, index): Location) -> &mut Cell<C> {
        &mut self.lines[line as usize].0[usize::from(index & 1)]
    }

    /// Inserts a key that is not in the table yet, with the count 0. Returns the key's location.
    pub(crate) fn insert(&mut self, key: PretokenKey, id: u32) -> Location {
        if self.used == self.lines.len() {
            self.grow();
        }
        self.used += 1;
        self.put(Cell { key, id, count: C::default() })
    }

    fn put(&mut self, cell: Cell<C>) -> Location {
        let mut line = home(&self.lines, cell.key);
        let location = loop {
            match self.vacancy(line) {
                Some(location) => break location,
                None => line = self.next(line),
            }
        };
        *self.cell(location) = cell;
        location
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![Line::default(); self.lines.len() * 2];
        let old = std::mem::replace(&mut self.lines, larger);
        self.counted = 0;
        for cell in old.iter().flat_map(|line| line.0).filter(|cell| !cell.key.is_none()) {
            let location = self.put(cell);
            if cell.count != C::default() {
                self.note(location);
            }
        }
    }

    /// Notes that the count at a location is no longer 0.
    fn note(&mut self, location: Location) {
        if self.counted == self.locations.len() {
            self.locations.push(location);
        }
        self.locations[self.counted] = location;
        self.counted += 1;
    }

    /// Changes the count at a location to the result of `change`, which must not be 0. Returns false, and changes
    /// nothing, if `change` returns `None`.
    #[inline]
    #[must_use]
    pub(crate) fn count(&mut self, location: Location, change: impl Fn(C) -> Option<C>) -> bool {
        let Some(before) = self.cell(location).count(change) else { return false };
        if before == C::default() {
            self.note(location);
        }
        true
    }

    /// Returns the ids and counts of the pretokens whose counts are not 0, and sets these counts to 0.
    pub(crate) fn take_counts(&mut self) -> Vec<(u32, C)> {
        let (locations, counted) = (std::mem::take(&mut self.locations), std::mem::take(&mut self.counted));
        let take = |&location: &Location| {
            let cell = self.cell(location);
            (cell.id, std::mem::take(&mut cell.count))
        };
        let taken = locations[..counted].iter().map(take).collect();
        self.locations = locations;
        taken
    }

    /// Returns all keys in the table, with their ids.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (PretokenKey, u32)> {
        let cells = self.lines.iter().flat_map(|line| line.0);
        cells.filter(|cell| !cell.key.is_none()).map(|cell| (cell.key, cell.id))
    }

    /// Removes the pretokens whose ids do not survive, and gives the other ones their new ids.
    #[expect(clippy::inline_always, reason = "compiled for the features of its caller, see `Pool::compact`")]
    #[inline(always)]
    pub(crate) fn compact(&mut self, map: &CompactionMap) {
        // No search crosses a line that is not full, so the pass starts behind such a line and ends with it.
        let start = (0..self.lines.len()).find(|&line| self.vacancy(line as u32).is_some()).map_or(0, |line| line + 1);
        self.used = 0;
        // True if an earlier line has room now, and keys may have been displaced from it to the next line.
        let mut has_room = false;
        for line in (start..self.lines.len()).chain(0..start) {
            let Line(cells) = &mut self.lines[line];
            let was_full = !cells.iter().any(|cell| cell.key.is_none());
            let mut count = 0;
            for cell in &mut *cells {
                // Branchless, because survival is unpredictable.
                let survives = !cell.key.is_none() & map.survives(cell.id);
                cell.key = cell.key.only_if(survives);
                cell.id = map.new_id(cell.id);
                count += usize::from(survives);
            }
            self.used += count;
            if has_room {
                // The keys go to this line again, or to a line before it.
                std::mem::take(cells)
                    .into_iter()
                    .filter(|cell| !cell.key.is_none())
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
    use crate::pool::pretoken_key::PADDING;

    fn key(text: &str) -> PretokenKey {
        let padded = format!("{text}{}", " ".repeat(PADDING));
        PretokenKey::of(padded.as_bytes(), 1, text.len() as u32)
    }

    /// Returns the look-up of the pretoken that is `text` without its first byte.
    fn look_up(table: &PretokenTable<u64>, text: &str) -> Vec<LookUp> {
        let mut list = Vec::new();
        table.prepare(format!("{text}{}", " ".repeat(PADDING)).as_bytes(), &[1, text.len() as u32], &mut list);
        list.split_off(1)
    }

    #[test]
    fn pretokens_come_and_go_as_in_a_list() {
        let mut rng = Path::new(1, "names").key().stream();
        // The id of each is its index.
        let (mut table, mut list) = (PretokenTable::<u64>::default(), Vec::<String>::new());
        for step in 0..20_000u32 {
            let text = format!("-{:x}", rng.below(5000));
            let known = list.iter().position(|one| *one == text);
            let location = table.find(key(&text), |_| true);
            assert_eq!(location.is_some(), known.is_some());
            let location = location.unwrap_or_else(|| table.insert(key(&text), list.len() as u32));
            if known.is_none() {
                list.push(text);
            }
            assert!(table.count(location, |count| Some(count + 1)));
            if rng.below(2) == 0 {
                let counts = table.take_counts();
                assert!(counts.iter().all(|&(id, count)| count > 0 && (id as usize) < list.len()));
            }
            if rng.below(500) == 0 {
                table.take_counts();
                let survive: Vec<bool> = (0..list.len()).map(|_| rng.below(4) < u64::from(step / 5000)).collect();
                table.compact(&CompactionMap::of(&survive, |survives| survives));
                let mut survive = survive.into_iter();
                list.retain(|_| survive.next().unwrap());
            }
            if step % 500 == 0 {
                for (text, id) in list.iter().zip(0..) {
                    let key = key(text);
                    let location = table.find(key, |other| other == id).unwrap();
                    let is_home = location.0 == home(&table.lines, key);
                    let look_ups = look_up(&table, text);
                    assert_eq!(table.count_known(&look_ups, |_| Some(7)), usize::from(is_home));
                    assert_eq!(table.count_known(&look_ups, |_| None), 0);
                }
                table.take_counts();
                assert_eq!(table.used, list.len());
                let full = table.lines.iter().flat_map(|line| line.0).filter(|cell| !cell.key.is_none()).count();
                assert_eq!(full, list.len());
            }
        }
    }
}
