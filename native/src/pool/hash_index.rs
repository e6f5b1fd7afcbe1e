//! Hash index: a hash table from keys to values of 32 bits. The keys are stored elsewhere; values lead to them.
//!
//! The table has open addressing with linear probing, and is at most half full. A cell has eight bytes: half of the
//! key's hash (the tag) and the value. So the table stays small, and the tag alone nearly always tells a different key.
//! Look-ups that are prepared together (`prefetch`, `guess`) wait for memory at the same time.

use crate::base::simd::prefetch;

/// Number of cells that `retain` examines together; the number of cells in the table is a multiple of it.
const TOGETHER: usize = 256;

/// Value of a vacant cell.
pub(crate) const VACANT: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Cell {
    /// Half of the key's hash. The lowest bits are the index of the home cell, at which a search for the key begins.
    tag: u32,
    value: u32,
}

const EMPTY: Cell = Cell { tag: 0, value: VACANT };

/// Hash table from keys, given by their hashes, to values.
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

    /// Returns the value in the home cell of `hash` if the tags are equal. If the index has the key, this is most often
    /// the key's value.
    #[inline]
    #[must_use]
    pub(crate) fn guess(&self, hash: u64) -> Option<u32> {
        let cell = self.cells[self.home(tag(hash))];
        (cell.tag == tag(hash) && cell.value != VACANT).then_some(cell.value)
    }

    /// Prefetches the home cell of `hash` into the processor's caches.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u64) {
        prefetch(&self.cells, self.home(tag(hash)));
    }

    /// Returns the value of a key with this hash for which `same` is true, or `None` if there is none.
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

    /// Inserts a value for a key that is not in the index yet. `hash` is the key's hash; the value must not be
    /// `VACANT`.
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

    /// Replaces every value by the result of `keep` for it. The result `VACANT` removes the value.
    #[expect(clippy::inline_always, reason = "compiled for the features of its caller, see `Pool::compact`")]
    #[inline(always)]
    pub(crate) fn retain(&mut self, keep: impl Fn(u32) -> u32) {
        // No probe sequence crosses a vacant cell, so the pass starts behind a vacant cell and ends with it.
        let start = self.cells.iter().position(|cell| cell.value == VACANT).map_or(0, |vacant| vacant + 1);
        let mask = self.cells.len() - 1;
        // True if a cell before the next one has become vacant, and the values from the next cell on may have been
        // displaced from it.
        let (mut has_room, mut next) = (false, start & mask);
        for first in (start..start + self.cells.len()).step_by(TOGETHER) {
            // Branchless, because it is unpredictable which cells are vacant.
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
                        // The value goes to this cell again, or to a cell before it.
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

/// Returns the half of a hash that a cell holds.
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
