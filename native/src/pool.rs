//! The pool: a sliding window of slots of counted texts, and how often each substring was taken in it.
//!
//! A slot is a multiset of pretokens. Pushing one adds its takings, removing one subtracts them; the pool is never
//! counted anew. `total` is the sum of all scores, eligible or not (S in SPEC section 2). Since every score is at most
//! the total, a total that fits 64 bits means that all sums do, and only it is checked.

use std::collections::VecDeque;

use crate::error::Error;
use crate::pretokens::{Cut, Pretokens};
use crate::substrings::Substrings;

/// The pretokens of some texts: (number, how often).
pub type Slot = Vec<(u32, u64)>;

/// A window of counted texts.
#[derive(Default)]
pub struct Pool {
    pretokens: Pretokens,
    taken: Vec<u64>,
    total: u64,
    slots: VecDeque<Slot>,
    /// Scratch: how often each pretoken is in the slot that is being counted; zero elsewhere.
    counts: Vec<u64>,
    /// Scratch: the text with one space in front.
    spaced: String,
    /// Scratch: the pretokens of that text.
    numbers: Vec<u32>,
}

impl Pool {
    /// What is known of the substrings.
    #[must_use]
    pub fn substrings(&self) -> &Substrings {
        self.pretokens.substrings()
    }

    /// How often each substring was taken, by number.
    #[must_use]
    pub fn taken(&self) -> &[u64] {
        &self.taken
    }

    /// The sum of all scores.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The number of slots.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no slot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The least score of any substring in the pool, or none where the pool is empty.
    #[must_use]
    pub fn min_score(&self) -> Option<u64> {
        let scores = self.taken.iter().zip(self.substrings().weights()).map(|(&n, &w)| n * u64::from(w));
        scores.filter(|&score| score > 0).min()
    }

    /// Counts texts, each as often as its number says, into a slot that is not yet in the pool.
    ///
    /// # Errors
    /// `Error::Overflow` where a count exceeds 64 bits.
    pub fn count<'a>(&mut self, texts: impl IntoIterator<Item = (&'a str, u64)>, cut: Cut) -> Result<Slot, Error> {
        let mut met: Vec<u32> = Vec::new();
        let mut fits = true;
        let tag = self.pretokens.tag(cut);
        for (text, times) in texts {
            self.spaced.clear();
            self.spaced.push(' ');
            self.spaced.push_str(text);
            self.numbers.clear();
            self.pretokens.number_all(&self.spaced, tag, &mut self.numbers);
            self.counts.resize(self.pretokens.len(), 0);
            for &number in &self.numbers {
                let count = &mut self.counts[number as usize];
                if *count == 0 && times > 0 {
                    met.push(number);
                }
                let (sum, over) = count.overflowing_add(times);
                *count = if over { 1 } else { sum };
                fits &= !over;
            }
        }
        self.taken.resize(self.substrings().len(), 0);
        let slot = met.into_iter().map(|n| (n, std::mem::take(&mut self.counts[n as usize]))).collect();
        if fits { Ok(slot) } else { Err(Error::Overflow) }
    }

    /// Puts `slot` in as the newest.
    ///
    /// # Errors
    /// `Error::Overflow`, with the pool as it was, where the total would exceed 64 bits.
    pub fn push(&mut self, slot: Slot) -> Result<(), Error> {
        self.add(&slot)?;
        self.slots.push_back(slot);
        Ok(())
    }

    /// Puts `slot` back as the oldest.
    ///
    /// # Errors
    /// As `push`.
    pub fn push_oldest(&mut self, slot: Slot) -> Result<(), Error> {
        self.add(&slot)?;
        self.slots.push_front(slot);
        Ok(())
    }

    /// Takes the oldest slot out.
    pub fn pop_oldest(&mut self) -> Option<Slot> {
        let slot = self.slots.pop_front()?;
        self.subtract(&slot);
        Some(slot)
    }

    /// Takes the newest slot out.
    pub fn pop_newest(&mut self) -> Option<Slot> {
        let slot = self.slots.pop_back()?;
        self.subtract(&slot);
        Some(slot)
    }

    /// Forgets every pretoken that is in no slot, and the substrings that only those had. Numbers change.
    pub fn forget_unused(&mut self) {
        let old = std::mem::take(&mut self.pretokens);
        let mut renumbered: Vec<Option<u32>> = vec![None; old.len()];
        for (number, _) in self.slots.iter_mut().flatten() {
            let place = &mut renumbered[*number as usize];
            *number = *place.get_or_insert_with(|| self.pretokens.adopt(&old, *number));
        }
        self.counts = vec![0; self.pretokens.len()];
        self.taken = vec![0; self.pretokens.substrings().len()];
        for &(pretoken, times) in self.slots.iter().flatten() {
            for &substring in self.pretokens.taken(pretoken) {
                self.taken[substring as usize] += times;
            }
        }
    }

    fn mass(&self, slot: &Slot) -> Option<u64> {
        slot.iter().try_fold(0u64, |mass, &(n, times)| mass.checked_add(self.pretokens.mass(n).checked_mul(times)?))
    }

    fn add(&mut self, slot: &Slot) -> Result<(), Error> {
        let total = self.mass(slot).and_then(|mass| self.total.checked_add(mass));
        self.total = total.ok_or(Error::Overflow)?;
        for &(pretoken, times) in slot {
            for &substring in self.pretokens.taken(pretoken) {
                self.taken[substring as usize] += times;
            }
        }
        Ok(())
    }

    fn subtract(&mut self, slot: &Slot) {
        for &(pretoken, times) in slot {
            self.total -= self.pretokens.mass(pretoken) * times;
            for &substring in self.pretokens.taken(pretoken) {
                self.taken[substring as usize] -= times;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn scores(pool: &Pool) -> BTreeMap<String, u64> {
        let all = (0..pool.substrings().len() as u32).map(|n| {
            let score = pool.taken()[n as usize] * u64::from(pool.substrings().weights()[n as usize]);
            (pool.substrings().mapped(n), score)
        });
        all.filter(|&(_, score)| score > 0).collect()
    }

    fn pushed(pool: &mut Pool, texts: &[(&str, u64)]) {
        let slot = pool.count(texts.iter().copied(), Cut::TRAINING).unwrap();
        pool.push(slot).unwrap();
    }

    #[test]
    fn scores_weigh_mapped_bytes() {
        let mut pool = Pool::default();
        pushed(&mut pool, &[("ab ab", 3)]);
        // First pretoken " ab": starts 0 (of 0 0 1 2); second " ab": starts 0.
        let expected = [("Ġ", 12), ("Ġa", 18), ("Ġab", 24)];
        assert_eq!(scores(&pool), expected.map(|(k, v)| (k.to_string(), v)).into());
        assert_eq!((pool.total(), pool.min_score()), (54, Some(12)));
    }

    #[test]
    fn a_popped_slot_leaves_nothing() {
        let mut pool = Pool::default();
        pushed(&mut pool, &[("one two", 1)]);
        let before = (scores(&pool), pool.total());
        pushed(&mut pool, &[("two three", 2), ("", 1)]);
        let oldest = pool.pop_oldest().unwrap();
        assert!(!scores(&pool).contains_key("Ġon"));
        pool.push_oldest(oldest).unwrap();
        pool.pop_newest();
        assert_eq!((scores(&pool), pool.total()), before);
        pool.pop_oldest();
        assert_eq!((scores(&pool).len(), pool.total(), pool.min_score()), (0, 0, None));
    }

    #[test]
    fn forgetting_keeps_the_window() {
        let mut pool = Pool::default();
        pushed(&mut pool, &[("gone after this", 1)]);
        pushed(&mut pool, &[("one two", 2), ("three", 1)]);
        pushed(&mut pool, &[("two four", 1)]);
        pool.pop_oldest();
        let before = (scores(&pool), pool.total());
        let known = pool.substrings().len();
        pool.forget_unused();
        assert!(pool.substrings().len() < known);
        assert_eq!((scores(&pool), pool.total()), before);
        pushed(&mut pool, &[("gone five", 1)]);
        pool.pop_newest();
        assert_eq!((scores(&pool), pool.total()), before);
    }

    #[test]
    fn sums_beyond_64_bits_are_refused_and_change_nothing() {
        let mut pool = Pool::default();
        pushed(&mut pool, &[("a", u64::MAX / 10)]);
        let before = pool.total();
        let slot = pool.count([("a", u64::MAX / 5)], Cut::TRAINING).unwrap();
        assert_eq!(pool.push(slot), Err(Error::Overflow));
        assert_eq!((pool.total(), pool.len()), (before, 1));
        assert!(pool.count([("a", u64::MAX), ("a", 2)], Cut::TRAINING).is_err());
        assert_eq!(pool.count([("a", 1)], Cut::TRAINING).unwrap(), [(0, 1)]);
    }

    #[test]
    fn texts_counted_zero_times_are_not_there() {
        let mut pool = Pool::default();
        assert_eq!(pool.count([("a b", 0)], Cut::TRAINING).unwrap(), []);
    }
}
