//! A map from hashes to words of 32 bits that lead to keys which stand elsewhere.
//!
//! Open addressing with linear probing, at most half full; a cell is eight bytes, half of the hash beside the
//! word, so that the table stays small and a foreign key is nearly always told from the cell alone. Look-ups that are
//! prepared together (`prefetch`, `guess`) wait for their misses of the cache together.

use crate::base::simd::prefetch;

/// Places that are looked at together; a table has a multiple of these.
const TOGETHER: usize = 256;

/// No word of the map.
const VACANT: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Cell {
    /// The half of the hash whose lowest bits say where the cell belongs.
    tag: u32,
    word: u32,
}

const EMPTY: Cell = Cell { tag: 0, word: VACANT };

/// Words by hash.
pub struct Table {
    cells: Vec<Cell>,
    used: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { cells: vec![EMPTY; 1 << 10], used: 0 }
    }
}

impl Table {
    #[inline]
    fn home(&self, tag: u32) -> usize {
        tag as usize & (self.cells.len() - 1)
    }

    /// A word whose key may be the one with this hash: most often it is, if the key is in the table at all.
    #[inline]
    #[must_use]
    pub fn guess(&self, hash: u64) -> Option<u32> {
        let cell = self.cells[self.home(tag(hash))];
        (cell.tag == tag(hash) && cell.word != VACANT).then_some(cell.word)
    }

    /// Has the place of this hash on its way to the cache.
    #[inline]
    pub fn prefetch(&self, hash: u64) {
        prefetch(&self.cells, self.home(tag(hash)));
    }

    /// The word with this hash for which `same` holds, if there is one.
    #[inline]
    pub fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.home(tag(hash));
        loop {
            let cell = self.cells[at];
            if cell.word == VACANT {
                return None;
            }
            if cell.tag == tag(hash) && same(cell.word) {
                return Some(cell.word);
            }
            at = (at + 1) & (self.cells.len() - 1);
        }
    }

    /// Puts in a word, not `u32::MAX`, that is not there; `hash` is that of its key.
    #[inline]
    pub fn insert(&mut self, hash: u64, word: u32) {
        if (self.used + 1) * 2 > self.cells.len() {
            let larger = vec![EMPTY; self.cells.len() * 2];
            let old = std::mem::replace(&mut self.cells, larger);
            old.into_iter().filter(|cell| cell.word != VACANT).for_each(|cell| self.put(cell));
        }
        self.put(Cell { tag: tag(hash), word });
        self.used += 1;
    }

    #[inline]
    fn put(&mut self, cell: Cell) {
        let mut at = self.home(cell.tag);
        while self.cells[at].word != VACANT {
            at = (at + 1) & (self.cells.len() - 1);
        }
        self.cells[at] = cell;
    }

    /// Asks `keep` for another word in place of each; `u32::MAX` takes it out.
    #[expect(clippy::inline_always, reason = "see `Pool::forget`")]
    #[inline(always)]
    pub fn retain(&mut self, keep: impl Fn(u32) -> u32) {
        // Behind a vacant place, and up to it, no word has passed the end.
        let start = self.cells.iter().position(|cell| cell.word == VACANT).map_or(0, |vacant| vacant + 1);
        let mask = self.cells.len() - 1;
        // Whether there is room before the next place, from where words may have passed on to there.
        let (mut has_room, mut next) = (false, start & mask);
        for first in (start..start + self.cells.len()).step_by(TOGETHER) {
            // Without a branch, since nobody can foresee which places are vacant.
            let (mut occupied, mut count) = ([0; TOGETHER], 0);
            for at in first..first + TOGETHER {
                occupied[count] = at & mask;
                count += usize::from(self.cells[at & mask].word != VACANT);
            }
            for &at in &occupied[..count] {
                let cell = self.cells[at];
                let kept = Cell { word: keep(cell.word), ..cell };
                has_room &= at == next;
                if has_room {
                    self.cells[at] = EMPTY;
                    if kept.word != VACANT {
                        // Here again, or before.
                        self.put(kept);
                    }
                } else {
                    has_room = kept.word == VACANT;
                    self.cells[at] = kept;
                }
                self.used -= usize::from(kept.word == VACANT);
                next = (at + 1) & mask;
            }
        }
    }
}

/// The half of the hash that a cell holds.
#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;
    use std::collections::HashMap;

    #[test]
    fn words_come_and_go_as_in_a_map() {
        let mut rng = Path::new(1, "table").key().stream();
        for spread in [3, 40, u64::MAX] {
            let (mut table, mut map) = (Table::default(), HashMap::new());
            for number in 0..6000u32 {
                let hash = rng.below(spread) << 32;
                table.insert(hash, number);
                map.insert(number, hash);
                if rng.below(300) == 0 {
                    let salt = rng.below(7) as u32;
                    let kept = |word: u32| if word % 7 > salt { word + 10_000 } else { VACANT };
                    table.retain(kept);
                    map =
                        map.into_iter().map(|(word, hash)| (kept(word), hash)).filter(|one| one.0 != VACANT).collect();
                }
                if number % 500 == 0 {
                    assert!(map.iter().all(|(&n, &hash)| table.find(hash, |other| other == n) == Some(n)));
                    assert_eq!(table.cells.iter().filter(|cell| cell.word != VACANT).count(), map.len());
                    assert_eq!(table.used, map.len());
                }
            }
        }
    }

    #[test]
    fn a_guess_is_in_its_place() {
        let mut table = Table::default();
        table.insert(5 << 32, 7);
        table.insert(5 << 32, 8);
        assert_eq!((table.guess(5 << 32), table.guess(6 << 32)), (Some(7), None));
        assert_eq!(table.find(5 << 32, |n| n == 8), Some(8));
        table.retain(|word| if word == 7 { VACANT } else { word });
        assert_eq!((table.guess(5 << 32), table.find(5 << 32, |n| n == 7)), (Some(8), None));
    }
}
