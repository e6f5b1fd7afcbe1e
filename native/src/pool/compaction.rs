//! What stays of things that are known by consecutive numbers when others are forgotten.
//!
//! Those that stay are numbered anew from 0 on, in the order that they had, so lists by number stay dense, what is new
//! goes behind them, and what came together stays together. The new number is how many before it stay: a count for
//! every 64 numbers, and the bits of a word.

use std::ops::Range;

/// Which numbers stay.
pub struct Kept {
    words: Vec<Word>,
}

/// 64 numbers.
#[derive(Clone, Copy, Default)]
struct Word {
    /// Which of them stay: a bit for each, the lowest first.
    bits: u64,
    /// How many stay of those before them.
    before: u32,
}

impl Kept {
    /// Of the numbers of a list, fewer than 2^32, those for whose things `stays` holds.
    #[inline]
    #[must_use]
    pub fn of<T: Copy>(list: &[T], stays: impl Fn(T) -> bool) -> Self {
        let mut words = Vec::with_capacity(list.len() / 64 + 2);
        let mut before = 0;
        for things in list.chunks(64) {
            let bits = bits_of(things, &stays);
            words.push(Word { bits, before });
            before += bits.count_ones();
        }
        words.push(Word { bits: 0, before }); // so that there is one behind each
        Self { words }
    }

    /// Whether a number stays.
    #[inline]
    #[must_use]
    pub fn stays(&self, number: u32) -> bool {
        self.words[number as usize / 64].bits >> (number % 64) & 1 == 1
    }

    /// The new number of one that stays.
    #[inline]
    #[must_use]
    pub fn renumbered(&self, number: u32) -> u32 {
        let Word { bits, before } = self.words[number as usize / 64];
        before + (bits & ((1 << (number % 64)) - 1)).count_ones()
    }

    /// How many of these numbers, at most 64, stay up to the first that does not.
    #[inline]
    #[must_use]
    pub fn staying(&self, numbers: Range<usize>) -> usize {
        let (at, bit) = (numbers.start / 64, numbers.start % 64);
        let next = self.words.get(at + 1).copied().unwrap_or_default();
        let bits = (u128::from(self.words[at].bits) | u128::from(next.bits) << 64) >> bit;
        numbers.len().min(bits.trailing_ones() as usize)
    }

    /// Takes what does not stay out of a list by number.
    #[inline]
    pub fn shorten<T: Copy>(&self, list: &mut Vec<T>) {
        let mut end = 0;
        for (Word { bits, .. }, first) in self.words.iter().zip((0..list.len()).step_by(64)) {
            if *bits == u64::MAX && first + 64 <= list.len() {
                list.copy_within(first..first + 64, end);
                end += 64;
                continue;
            }
            // Without a branch, since nobody can foresee which one stays: what does not is written over.
            for (number, bit) in (first..list.len()).zip(0..64) {
                list[end] = list[number];
                end += (bits >> bit & 1) as usize;
            }
        }
        list.truncate(end);
    }

    /// Tells `each` those numbers of a list that do not stay and for whose things `matters` holds.
    #[inline]
    pub fn each_gone<T: Copy>(&self, list: &[T], matters: impl Fn(T) -> bool, mut each: impl FnMut(usize)) {
        for ((Word { bits, .. }, things), first) in self.words.iter().zip(list.chunks(64)).zip((0..).step_by(64)) {
            let mut gone = bits_of(things, &matters) & !bits;
            while gone != 0 {
                each(first + gone.trailing_zeros() as usize);
                gone &= gone - 1;
            }
        }
    }
}

/// A bit for each of at most 64 things, whether this holds.
#[inline]
fn bits_of<T: Copy>(things: &[T], holds: impl Fn(T) -> bool) -> u64 {
    let bits = things.iter().zip(0..).map(|(&thing, bit)| u64::from(holds(thing)) << bit);
    bits.fold(0, |all, bit| all | bit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_stays_is_what_a_filter_leaves(
            rows in prop::collection::vec((any::<bool>(), 1..150usize), 0..30), start in any::<usize>(), length in 0..65usize,
        ) {
            let list: Vec<bool> = rows.iter().flat_map(|&(stays, times)| vec![stays; times]).collect();
            let kept = Kept::of(&list, |stays| stays);
            let staying: Vec<u32> = (0..list.len() as u32).filter(|&number| list[number as usize]).collect();
            prop_assert!((0..list.len() as u32).all(|number| kept.stays(number) == list[number as usize]));
            prop_assert!(staying.iter().zip(0..).all(|(&number, new)| kept.renumbered(number) == new));
            for end in [list.len(), list.len() / 2, list.len() / 64 * 64] {
                let (mut shortened, mut gone) = ((0..end as u32).collect(), Vec::new());
                kept.shorten(&mut shortened);
                prop_assert!(staying.iter().take_while(|&&number| number < end as u32).eq(&shortened));
                let numbers: Vec<usize> = (0..end).collect();
                kept.each_gone(&numbers, |number| number % 3 > 0, |number| gone.push(number));
                prop_assert!((0..end).filter(|&number| !list[number] && number % 3 > 0).eq(gone));
            }
            let numbers = start % (list.len() + 1)..(start % (list.len() + 1)).saturating_add(length).min(list.len());
            let expected = list[numbers.clone()].iter().take_while(|&&stays| stays).count();
            prop_assert_eq!(kept.staying(numbers), expected);
        }
    }
}
