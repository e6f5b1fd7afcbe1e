//! A map from 128-bit keys to dense numbers, for keys that are met again and again.
//!
//! Open addressing with linear probing, the key beside its number in one half of a cache line, at most half full: a
//! look-up that hits is one miss of the cache, and look-ups that are prepared together (`touch`) wait for theirs
//! together. Nothing is ever removed. A key may carry a `tag` that is part of its identity.

use crate::rng::fold;

const VACANT: u32 = u32::MAX;

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    key: u128,
    tag: u32,
    number: u32,
}

const EMPTY: Slot = Slot { key: 0, tag: 0, number: VACANT };

/// Numbers by key.
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
    /// Where the search for a key begins; any later growth makes it stale.
    #[inline]
    #[must_use]
    pub fn home(&self, key: u128, tag: u32) -> usize {
        let hash =
            fold((key >> 64) as u64 ^ 0x243F_6A88_85A3_08D3, key as u64 ^ 0x1319_8A2E_0370_7344 ^ u64::from(tag));
        (hash ^ hash >> 32) as usize & (self.slots.len() - 1)
    }

    /// Reads the slot at `home` and returns what is of no use but to make the read happen.
    #[inline]
    #[must_use]
    pub fn touch(&self, home: usize) -> u32 {
        self.slots[home].number
    }

    /// The number of the key with this tag for which `same` holds, or the place where it belongs.
    #[inline]
    pub fn find(&self, home: usize, key: u128, tag: u32, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut at = home;
        loop {
            let slot = &self.slots[at];
            if slot.number == VACANT {
                return Err(at);
            }
            if slot.key == key && slot.tag == tag && same(slot.number) {
                return Ok(slot.number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Fills the place that `find` gave with a key and its number. Returns whether the table grew.
    pub fn fill(&mut self, place: usize, key: u128, tag: u32, number: u32) -> bool {
        self.slots[place] = Slot { key, tag, number };
        self.used += 1;
        if self.used * 2 < self.slots.len() {
            return false;
        }
        let grown = vec![EMPTY; self.slots.len() * 2];
        for slot in std::mem::replace(&mut self.slots, grown) {
            if slot.number != VACANT {
                let mut at = self.home(slot.key, slot.tag);
                while self.slots[at].number != VACANT {
                    at = (at + 1) & (self.slots.len() - 1);
                }
                self.slots[at] = slot;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_through_growth_and_told_apart_by_tag_and_test() {
        let mut table = Table::default();
        let keys = (0..5000u128).map(|i| (i << 120 | i >> 3, (i % 3) as u32));
        for (number, (key, tag)) in keys.clone().enumerate() {
            let home = table.home(key, tag);
            let place = table.find(home, key, tag, |_| true).unwrap_err();
            table.fill(place, key, tag, number as u32);
        }
        for (number, (key, tag)) in keys.enumerate() {
            let home = table.home(key, tag);
            let found = table.find(home, key, tag, |n| n == number as u32);
            assert_eq!(found, Ok(number as u32));
            assert!(table.find(home, key, tag + 3, |_| true).is_err());
        }
    }
}
