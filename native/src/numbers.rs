//! Numbers that are given, and given again when they have come back, many in a row.
//!
//! Who keeps things by number wants what comes together, and so is used and leaves together, to have numbers next to
//! each other: a row of memory is written in a fraction of the time of as much here and there, and a chain of
//! substrings that has to be cut costs a look-up in the table for each of its parts. So numbers are given from areas of
//! free ones that are just as long as wanted, or else from long ones, and of each length one area after the other. What
//! comes back is not given before `join` finds the areas anew.
//!
//! Cost: a bit for each number, and a pass over the bits from time to time.

use std::ops::Range;

/// Areas of this length or more are one class; shorter ones are a class for each length.
const LONG: usize = 16;

/// Where more than one number in so many is idle, no row is left whole for the sake of new numbers.
const FEW_IDLE: usize = 12;

/// Numbers in use, and free ones.
#[derive(Default)]
pub struct Numbers {
    /// A bit for each number: whether it is free, or was never given.
    free: Vec<u64>,
    areas: Areas,
    /// How many numbers have come back and were not given again.
    idle: usize,
    /// How many have come back since the areas were found.
    returned: usize,
    /// One more than the highest number that was ever given.
    end: usize,
}

/// Areas of free numbers by their length, at most `LONG`; of each length the next one last.
#[derive(Default)]
struct Areas {
    by_length: [Vec<Range<usize>>; LONG + 1],
    /// A bit for each length of which there is an area.
    lengths: u32,
}

impl Areas {
    fn clear(&mut self) {
        self.by_length.iter_mut().for_each(Vec::clear);
        self.lengths = 0;
    }

    /// Puts in an area, which may be empty, as the next of its length.
    #[inline]
    fn push(&mut self, area: Range<usize>) {
        if !area.is_empty() {
            let length = area.len().min(LONG);
            self.lengths |= 1 << length;
            self.by_length[length].push(area);
        }
    }

    /// The length of the areas to take so many numbers from: just as many, or a long one, or the next longer ones.
    #[inline]
    fn fitting(&self, wanted: usize) -> Option<usize> {
        let has = |length: usize| self.lengths >> length & 1 == 1;
        let longer = self.lengths >> wanted << wanted;
        match () {
            () if has(wanted) => Some(wanted),
            () if has(LONG) => Some(LONG),
            () => (longer > 0).then(|| longer.trailing_zeros() as usize),
        }
    }

    /// The length of the longest ones.
    fn longest(&self) -> Option<usize> {
        self.lengths.checked_ilog2().map(|length| length as usize)
    }

    /// Takes so many numbers, or as many as there are, from the next area of a length.
    #[inline]
    fn take(&mut self, length: usize, wanted: usize) -> Range<usize> {
        let areas = &mut self.by_length[length];
        let Some(area) = areas.pop() else { return 0..0 };
        self.lengths ^= u32::from(areas.is_empty()) << length;
        let given = area.start..area.end.min(area.start + wanted);
        self.push(given.end..area.end);
        given
    }
}

impl Numbers {
    /// One more than the highest number that was ever given.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }

    /// Gives `wanted` numbers, 1 to 15, or fewer where only shorter areas are left and many numbers are idle.
    #[inline]
    pub fn take(&mut self, wanted: usize) -> Range<usize> {
        let many_idle = self.idle * FEW_IDLE > self.end;
        let length = self.areas.fitting(wanted).or_else(|| self.areas.longest().filter(|_| many_idle));
        let given = if let Some(length) = length {
            let given = self.areas.take(length, wanted);
            self.idle -= given.len();
            given
        } else {
            let first = self.end;
            self.end += wanted;
            self.free.resize(self.end / 64 + 2, u64::MAX);
            first..self.end
        };
        self.flip(&given);
        given
    }

    /// Some of the numbers that will probably be given when next so many are wanted.
    #[inline]
    #[must_use]
    pub fn next(&self, wanted: usize) -> Option<Range<usize>> {
        let area = self.areas.by_length[self.areas.fitting(wanted)?].last()?;
        Some(area.start..area.end.min(area.start + wanted))
    }

    /// Takes numbers back, at most 64.
    #[inline]
    pub fn put_back(&mut self, range: &Range<usize>) {
        self.flip(range);
        self.idle += range.len();
        self.returned += range.len();
    }

    /// Changes whether these are free.
    #[inline]
    fn flip(&mut self, range: &Range<usize>) {
        let bits = ((1u128 << range.len()) - 1) << (range.start % 64);
        self.free[range.start / 64] ^= bits as u64;
        self.free[range.start / 64 + 1] ^= (bits >> 64) as u64;
    }

    /// Whether nobody has this number.
    #[cfg(test)]
    pub fn is_free(&self, number: usize) -> bool {
        self.free[number / 64] >> (number % 64) & 1 == 1
    }

    /// Finds the areas anew, where so many numbers have come back that this costs little beside that.
    pub fn join(&mut self) {
        if self.returned * 32 <= self.end {
            return;
        }
        self.areas.clear();
        let mut area = 0..0;
        for (first, &word) in (0..self.end).step_by(64).zip(&self.free) {
            let mut left = if self.end - first < 64 { word & ((1 << (self.end - first)) - 1) } else { word };
            while left != 0 {
                let start = left.trailing_zeros();
                // Adding its lowest bit clears a row of ones, and carries into the zero behind it.
                let after = left.checked_add(1 << start).map_or(64, u64::trailing_zeros);
                let here = first + start as usize..first + after as usize;
                left = if after == 64 { 0 } else { left >> after << after };
                if here.start == area.end {
                    area.end = here.end;
                    continue;
                }
                self.areas.push(std::mem::replace(&mut area, here));
            }
        }
        self.areas.push(area);
        self.areas.by_length.iter_mut().for_each(|areas| areas.reverse());
        self.returned = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Path;

    #[test]
    fn no_number_is_given_twice_and_few_are_idle() {
        let mut rng = Path::new(1, "numbers").key().stream();
        let (mut numbers, mut used, mut ranges) = (Numbers::default(), Vec::<bool>::new(), Vec::new());
        for step in 0..40_000 {
            let wanted = 1 + rng.below(15) as usize;
            let range = numbers.take(wanted);
            assert!(!range.is_empty() && range.len() <= wanted);
            used.resize(numbers.end(), false);
            for number in range.clone() {
                assert!(!std::mem::replace(&mut used[number], true), "{number} is in use");
            }
            ranges.push(range);
            while ranges.len() > 2000 {
                let range = ranges.swap_remove(rng.below(ranges.len() as u64) as usize);
                let kept = range.start + rng.below(range.len() as u64) as usize;
                used[kept..range.end].fill(false);
                numbers.put_back(&(kept..range.end));
                if kept > range.start {
                    ranges.push(range.start..kept);
                }
            }
            numbers.join();
            assert_eq!(numbers.idle, used.iter().filter(|&&used| !used).count());
            assert!(step < 3000 || numbers.end() < 2000 * 15, "{}", numbers.end());
        }
        assert!((0..numbers.end()).all(|number| numbers.is_free(number) != used[number]));
    }

    #[test]
    fn neighbours_are_joined_and_what_fits_is_given() {
        let mut numbers = Numbers::default();
        (0..8).for_each(|n| assert_eq!(numbers.take(15), n * 15..(n + 1) * 15));
        for range in [3..6, 20..30, 30..36, 62..78, 80..84] {
            numbers.put_back(&range);
        }
        numbers.join();
        // Just as many; of the long ones, the next one; what is left of it, where nothing is as long; and new ones.
        let given = [4, 3, 4, 15, 3, 4, 4].map(|n| {
            let next = numbers.next(n);
            let given = numbers.take(n);
            assert_eq!(next, Some(given.clone()));
            given
        });
        assert_eq!(numbers.next(2), None);
        assert_eq!(given, [80..84, 3..6, 20..24, 62..77, 24..27, 27..31, 31..35]);
        assert_eq!((numbers.take(2), numbers.idle), (120..122, 2));
    }

    #[test]
    fn rows_are_cut_where_many_numbers_are_idle() {
        let mut numbers = Numbers::default();
        numbers.take(15);
        for range in [2..4, 6..8, 9..12] {
            numbers.put_back(&range);
        }
        numbers.join();
        let given = [15, 15, 15, 15].map(|n| numbers.take(n));
        assert_eq!(given, [9..12, 2..4, 6..8, 15..30]);
    }
}
