//! A map from hashes to dense numbers, for keys that are met again and again and stand elsewhere, by number.
//!
//! Open addressing with linear probing, at most half full; a slot is eight bytes, half of the hash beside the number,
//! so that the table stays small and a foreign key is nearly always told from the slot alone. Look-ups that are
//! prepared together (`guess`) wait for their misses of the cache together. Nothing is ever removed.

const VACANT: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Slot {
    mark: u32,
    number: u32,
}

const EMPTY: Slot = Slot { mark: 0, number: VACANT };

/// Numbers by hash.
pub struct Table {
    slots: Vec<Slot>,
    used: u32,
}

impl Default for Table {
    fn default() -> Self {
        Self { slots: vec![EMPTY; 1 << 10], used: 0 }
    }
}

impl Table {
    #[inline]
    fn home(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// A number whose key may be the one with this hash: most often it is, if the key is in the table at all.
    #[inline]
    #[must_use]
    pub fn guess(&self, hash: u64) -> Option<u32> {
        let slot = self.slots[self.home(hash)];
        (slot.mark == mark(hash) && slot.number != VACANT).then_some(slot.number)
    }

    /// The number with this hash for which `same` holds.
    ///
    /// # Errors
    /// The place where the key belongs, where it is not in the table.
    #[inline]
    pub fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut at = self.home(hash);
        loop {
            let slot = self.slots[at];
            if slot.number == VACANT {
                return Err(at);
            }
            if slot.mark == mark(hash) && same(slot.number) {
                return Ok(slot.number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Fills the place that `find` gave with the next number, which is the number of keys so far; `hash_of` gives the
    /// hash of any number, this one included.
    pub fn fill(&mut self, place: usize, hash: u64, hash_of: impl Fn(u32) -> u64) {
        self.slots[place] = Slot { mark: mark(hash), number: self.used };
        self.used += 1;
        if self.used as usize * 2 < self.slots.len() {
            return;
        }
        self.slots = vec![EMPTY; self.slots.len() * 2];
        for number in 0..self.used {
            let hash = hash_of(number);
            let mut at = self.home(hash);
            while self.slots[at].number != VACANT {
                at = (at + 1) & (self.slots.len() - 1);
            }
            self.slots[at] = Slot { mark: mark(hash), number };
        }
    }
}

/// The half of the hash that a slot holds; the other half says where the slot is.
#[inline]
fn mark(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::fold;

    #[test]
    fn keys_are_found_through_growth() {
        let key = |number: u32| u64::from(number) * 7;
        let hash = |key: u64| fold(key + 1, 0x9E37_79B9_7F4A_7C15);
        let mut table = Table::default();
        for number in 0..5000 {
            let hash_of = |n| hash(key(n));
            let place = table.find(hash_of(number), |n| n == number).unwrap_err();
            table.fill(place, hash_of(number), hash_of);
        }
        for number in 0..5000 {
            assert_eq!(table.find(hash(key(number)), |n| n == number), Ok(number));
            assert!(table.find(hash(key(number) + 1), |n| key(n) == key(number) + 1).is_err());
        }
    }

    #[test]
    fn equal_hashes_are_told_apart_by_the_test() {
        let mut table = Table::default();
        for number in 0..20 {
            let place = table.find(5, |n| n == number).unwrap_err();
            table.fill(place, 5, |_| 5);
        }
        assert!((0..20).all(|number| table.find(5, |n| n == number) == Ok(number)));
        assert_eq!(table.guess(5), Some(0));
    }
}
