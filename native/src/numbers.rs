//! Numbers that are given, and given again when they have come back, many in a row.
//!
//! Who keeps things by number wants what comes together, and so is used and leaves together, to have numbers next to
//! each other: a row of memory is written in a fraction of the time of as much here and there. So numbers are given
//! from areas of free ones, one area after the other. What comes back is not given before `join` finds the areas anew.
//! Areas of a few numbers are passed over as long as not too many numbers are idle by that.
//!
//! Cost: a bit for each number, and a pass over the bits from time to time.

use std::ops::Range;

/// Areas shorter than this are passed over, where few numbers are idle and where many are.
const LEAST: (usize, usize) = (16, 2);

/// Numbers in use, and free ones.
#[derive(Default)]
pub struct Numbers {
    /// A bit for each number: whether it is free, or was never given.
    free: Vec<u64>,
    /// Areas of free numbers, the next one last.
    areas: Vec<Range<usize>>,
    /// How many numbers have come back and were not given again.
    idle: usize,
    /// How many have come back since the areas were found.
    returned: usize,
    /// One more than the highest number that was ever given.
    end: usize,
}

impl Numbers {
    /// One more than the highest number that was ever given.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end
    }

    /// Gives `wanted` numbers, at most 64, or fewer where an area ends; at least one.
    #[inline]
    pub fn take(&mut self, wanted: usize) -> Range<usize> {
        let given = if let Some(area) = self.areas.last_mut() {
            let given = area.start..area.end.min(area.start + wanted);
            area.start = given.end;
            if area.start == area.end {
                self.areas.pop();
            }
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
        let least = if self.idle * 12 <= self.end { LEAST.0 } else { LEAST.1 };
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
                if area.len() >= least {
                    self.areas.push(area);
                }
                area = here;
            }
        }
        if area.len() >= least {
            self.areas.push(area);
        }
        self.areas.reverse();
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
    fn neighbours_are_joined_and_short_areas_are_passed_over() {
        let mut numbers = Numbers::default();
        assert_eq!((numbers.take(30), numbers.take(60)), (0..30, 30..90));
        for range in [3..6, 20..30, 30..36, 62..78] {
            numbers.put_back(&range);
        }
        numbers.idle = 0; // as if there were many more in use
        numbers.join();
        numbers.idle = 35;
        assert_eq!([15, 15, 16, 2].map(|n| numbers.take(n)), [20..35, 35..36, 62..78, 90..92]);
        numbers.put_back(&(80..90));
        numbers.put_back(&(91..92));
        numbers.join();
        assert_eq!([3, 30, 1].map(|n| numbers.take(n)), [3..6, 80..90, 92..93]);
    }
}
