//! A map from hashes to dense numbers, for keys that stand elsewhere, by number.
//!
//! Open addressing with linear probing, at most three quarters full; a slot is eight bytes, half of the hash beside the number,
//! so that the table stays small and a foreign key is nearly always told from the slot alone. Look-ups that are
//! prepared together (`prefetch`, `guess`) wait for their misses of the cache together.

use crate::simd::prefetch;

const VACANT: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Slot {
    /// The half of the hash whose lowest bits say where the slot belongs.
    mark: u32,
    number: u32,
}

const EMPTY: Slot = Slot { mark: 0, number: VACANT };

/// Numbers by hash.
pub struct Table {
    slots: Vec<Slot>,
    used: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { slots: vec![EMPTY; 1 << 10], used: 0 }
    }
}

impl Table {
    #[inline]
    fn home(&self, mark: u32) -> usize {
        mark as usize & (self.slots.len() - 1)
    }

    /// A number whose key may be the one with this hash: most often it is, if the key is in the table at all.
    #[inline]
    #[must_use]
    pub fn guess(&self, hash: u64) -> Option<u32> {
        let slot = self.slots[self.home(mark(hash))];
        (slot.mark == mark(hash) && slot.number != VACANT).then_some(slot.number)
    }

    /// Has the place of this hash on its way to the cache.
    #[inline]
    pub fn prefetch(&self, hash: u64) {
        prefetch(&self.slots, self.home(mark(hash)));
    }

    /// The number with this hash for which `same` holds, if there is one.
    #[inline]
    pub fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.home(mark(hash));
        loop {
            let slot = self.slots[at];
            if slot.number == VACANT {
                return None;
            }
            if slot.mark == mark(hash) && same(slot.number) {
                return Some(slot.number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Puts in a number that is not there; `hash` is that of its key.
    #[inline]
    pub fn insert(&mut self, hash: u64, number: u32) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            let larger = vec![EMPTY; self.slots.len() * 2];
            let old = std::mem::replace(&mut self.slots, larger);
            old.into_iter().filter(|slot| slot.number != VACANT).for_each(|slot| self.put(slot));
        }
        self.put(Slot { mark: mark(hash), number });
        self.used += 1;
    }

    #[inline]
    fn put(&mut self, slot: Slot) {
        let mut at = self.home(slot.mark);
        while self.slots[at].number != VACANT {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
    }

    /// Takes out a number that is there; `hash` is that of its key.
    pub fn remove(&mut self, hash: u64, number: u32) {
        let mask = self.slots.len() - 1;
        let mut gap = self.home(mark(hash));
        while self.slots[gap].number != number {
            gap = (gap + 1) & mask;
        }
        // Those behind the gap that would not be found beyond it move up.
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            if self.slots[at].number == VACANT {
                break;
            }
            let home = self.home(self.slots[at].mark);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(gap) & mask) {
                self.slots[gap] = self.slots[at];
                gap = at;
            }
        }
        self.slots[gap] = EMPTY;
        self.used -= 1;
    }
}

/// The half of the hash that a slot holds.
#[inline]
fn mark(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Path;
    use std::collections::HashMap;

    #[test]
    fn numbers_come_and_go_as_in_a_map() {
        let mut rng = Path::new(1, "table").key().stream();
        for spread in [3, 40, u64::MAX] {
            let (mut table, mut map) = (Table::default(), HashMap::new());
            for number in 0..6000u32 {
                let hash = rng.below(spread) << 32;
                table.insert(hash, number);
                map.insert(number, hash);
                if rng.below(3) > 0 {
                    let gone = rng.below(u64::from(number) + 1) as u32;
                    if let Some(hash) = map.remove(&gone) {
                        table.remove(hash, gone);
                        assert_eq!(table.find(hash, |n| n == gone), None);
                    }
                }
                if number % 500 == 0 {
                    assert!(map.iter().all(|(&n, &hash)| table.find(hash, |other| other == n) == Some(n)));
                    assert_eq!(table.slots.iter().filter(|slot| slot.number != VACANT).count(), map.len());
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
    }
}
