//! Hash index: a map from hashes to values of 32 bits, which lead to keys that are stored elsewhere.
//!
//! Open addressing with linear probing, at most half full. A cell is eight bytes, half of the hash (the tag) beside the
//! value, so that the table stays small and a different key is nearly always recognized by the cell alone. Look-ups that
//! are prepared together (`prefetch`, `guess`) have their cache misses at the same time.

use crate::base::simd::prefetch;

/// Cells that are looked at together; the number of cells is a multiple of it.
const TOGETHER: usize = 256;

/// Value of a vacant cell.
pub(crate) const VACANT: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Cell {
    /// Half of the hash; its lowest bits are the index of the home cell.
    tag: u32,
    value: u32,
}

const EMPTY: Cell = Cell { tag: 0, value: VACANT };

/// Values by hash.
pub(crate) struct HashIndex {
    cells: Vec<Cell>,
    used: usize,
}

impl Default for HashIndex {
    fn default() -> Self {
        Self { cells: vec![EMPTY; 1 << 10], used: 0 }
    }
}

impl HashIndex {
    #[inline]
    fn home(&self, tag: u32) -> usize {
        tag as usize & (self.cells.len() - 1)
    }

    /// Returns a value whose key may have this hash: if the key is in the index, it most often is that one.
    #[inline]
    #[must_use]
    pub(crate) fn guess(&self, hash: u64) -> Option<u32> {
        let cell = self.cells[self.home(tag(hash))];
        (cell.tag == tag(hash) && cell.value != VACANT).then_some(cell.value)
    }

    /// Prefetches the home cell of this hash.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u64) {
        prefetch(&self.cells, self.home(tag(hash)));
    }

    /// Returns the value with this hash for which `same` holds, if there is one.
    #[inline]
    pub(crate) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mut index = self.home(tag(hash));
        loop {
            let cell = self.cells[index];
            if cell.value == VACANT {
                return None;
            }
            if cell.tag == tag(hash) && same(cell.value) {
                return Some(cell.value);
            }
            index = (index + 1) & (self.cells.len() - 1);
        }
    }

    /// Inserts a value, not `VACANT`, that is not in the index yet; `hash` is the hash of its key.
    #[inline]
    pub(crate) fn insert(&mut self, hash: u64, value: u32) {
        if (self.used + 1) * 2 > self.cells.len() {
            let larger = vec![EMPTY; self.cells.len() * 2];
            let old = std::mem::replace(&mut self.cells, larger);
            old.into_iter().filter(|cell| cell.value != VACANT).for_each(|cell| self.put(cell));
        }
        self.put(Cell { tag: tag(hash), value });
        self.used += 1;
    }

    #[inline]
    fn put(&mut self, cell: Cell) {
        let mut index = self.home(cell.tag);
        while self.cells[index].value != VACANT {
            index = (index + 1) & (self.cells.len() - 1);
        }
        self.cells[index] = cell;
    }

    /// Replaces every value by the one that `keep` returns for it; `VACANT` removes it.
    #[expect(clippy::inline_always, reason = "see `Pool::compact`")]
    #[inline(always)]
    pub(crate) fn retain(&mut self, keep: impl Fn(u32) -> u32) {
        // No probe sequence crosses a vacant cell, so the pass starts behind one and ends with it.
        let start = self.cells.iter().position(|cell| cell.value == VACANT).map_or(0, |vacant| vacant + 1);
        let mask = self.cells.len() - 1;
        // True if a cell before the next one is vacant now, from which values may have been displaced to the next.
        let (mut has_room, mut next) = (false, start & mask);
        for first in (start..start + self.cells.len()).step_by(TOGETHER) {
            // Branchless, since which cells are vacant is unpredictable.
            let (mut occupied, mut count) = ([0; TOGETHER], 0);
            for index in first..first + TOGETHER {
                occupied[count] = index & mask;
                count += usize::from(self.cells[index & mask].value != VACANT);
            }
            for &index in &occupied[..count] {
                let cell = self.cells[index];
                let kept = Cell { value: keep(cell.value), ..cell };
                has_room &= index == next;
                if has_room {
                    self.cells[index] = EMPTY;
                    if kept.value != VACANT {
                        // It lands in this cell again, or in one before it.
                        self.put(kept);
                    }
                } else {
                    has_room = kept.value == VACANT;
                    self.cells[index] = kept;
                }
                self.used -= usize::from(kept.value == VACANT);
                next = (index + 1) & mask;
            }
        }
    }
}

/// The half of a hash that a cell holds.
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
    fn values_come_and_go_as_in_a_map() {
        let mut rng = Path::new(1, "table").key().stream();
        for spread in [3, 40, u64::MAX] {
            let (mut index, mut map) = (HashIndex::default(), HashMap::new());
            for value in 0..6000u32 {
                let hash = rng.below(spread) << 32;
                index.insert(hash, value);
                map.insert(value, hash);
                if rng.below(300) == 0 {
                    let salt = rng.below(7) as u32;
                    let kept = |value: u32| if value % 7 > salt { value + 10_000 } else { VACANT };
                    index.retain(kept);
                    map = map
                        .into_iter()
                        .map(|(value, hash)| (kept(value), hash))
                        .filter(|one| one.0 != VACANT)
                        .collect();
                }
                if value % 500 == 0 {
                    assert!(map.iter().all(|(&n, &hash)| index.find(hash, |other| other == n) == Some(n)));
                    assert_eq!(index.cells.iter().filter(|cell| cell.value != VACANT).count(), map.len());
                    assert_eq!(index.used, map.len());
                }
            }
        }
    }

    #[test]
    fn a_guess_is_the_home_cell() {
        let mut index = HashIndex::default();
        index.insert(5 << 32, 7);
        index.insert(5 << 32, 8);
        assert_eq!((index.guess(5 << 32), index.guess(6 << 32)), (Some(7), None));
        assert_eq!(index.find(5 << 32, |n| n == 8), Some(8));
        index.retain(|value| if value == 7 { VACANT } else { value });
        assert_eq!((index.guess(5 << 32), index.find(5 << 32, |n| n == 7)), (Some(8), None));
    }
}
