//! How many vocabularies held each substring.

use crate::key::Key;
use crate::runs::RunWriter;
use crate::substrings::Substrings;

/// Fewer than 2^32 vocabularies counted by substring number, and those of substrings whose numbers were given to others.
#[derive(Default)]
pub struct Tally {
    counts: Vec<u32>,
    retired: Vec<(Key, u64)>,
}

impl Tally {
    /// Counts one vocabulary, given by its distinct members.
    pub fn add(&mut self, members: &[u32], substrings: &Substrings) {
        self.counts.resize(substrings.len(), 0);
        for &member in members {
            self.counts[member as usize] += 1;
        }
    }

    /// Lets go of a number, whose substring has this key.
    pub fn retire(&mut self, number: u32, key: Key) {
        if let Some(count) = self.counts.get_mut(number as usize).filter(|count| **count > 0) {
            self.retired.push((key, u64::from(std::mem::take(count))));
        }
    }

    /// The counts as a sorted run of inline keys (see `runs`); nothing is counted then.
    pub fn take_run(&mut self, substrings: &Substrings) -> Vec<u8> {
        let mut counted = std::mem::take(&mut self.retired);
        for (&key, count) in substrings.keys().iter().zip(&mut self.counts) {
            if *count > 0 {
                counted.push((key, u64::from(std::mem::take(count))));
            }
        }
        sort(&mut counted);
        counted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
        let mut run = RunWriter::default();
        for (key, count) in counted {
            run.push(key, count);
        }
        run.finish()
    }
}

/// Sorts by key: into buckets by the first two bytes, and within them.
fn sort(counted: &mut Vec<(Key, u64)>) {
    let bucket = |key: Key| (key.0 >> 112) as usize;
    let mut ends = vec![0usize; 1 << 16];
    for &(key, _) in counted.iter() {
        ends[bucket(key)] += 1;
    }
    let mut end = 0;
    for place in &mut ends {
        end += *place;
        *place = end - *place; // where the bucket starts, until it is filled
    }
    let mut sorted = vec![(Key::EMPTY, 0); counted.len()];
    for &(key, count) in counted.iter() {
        let place = &mut ends[bucket(key)];
        sorted[*place] = (key, count);
        *place += 1;
    }
    let mut start = 0;
    for end in ends {
        sorted[start..end].sort_unstable();
        start = end;
    }
    *counted = sorted;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::RunReader;

    #[test]
    fn sorting_is_sorting() {
        let mut rng = crate::rng::Path::new(1, "sort").key().stream();
        for length in [0, 1, 2, 1000, 20_000] {
            let key =
                |rng: &mut crate::rng::Rng| (0..rng.below(16)).fold(Key::EMPTY, |key, _| key.with(rng.below(5) as u8));
            let mut counted: Vec<_> = (0..length).map(|_| (key(&mut rng), rng.below(9))).collect();
            let mut expected = counted.clone();
            expected.sort_unstable();
            sort(&mut counted);
            assert_eq!(counted, expected);
        }
    }

    #[test]
    fn counts_of_a_substring_add_up_across_its_numbers() {
        let (mut substrings, mut tally) = (Substrings::default(), Tally::default());
        let number = |substrings: &mut Substrings, bytes: &[u8]| {
            substrings.seek(0, bytes.iter().fold(Key::EMPTY, |key, &byte| key.with(byte)));
            let mut found = Vec::new();
            substrings
                .number_sought(|_, prefixes| found = prefixes.iter().map(|one| one.number() as u32).collect())
                .unwrap();
            found
        };
        let members: Vec<u32> = number(&mut substrings, b"ab");
        tally.add(&members, &substrings);
        tally.add(&members[1..], &substrings);
        substrings.forget(&[(members[0], members[0])], |number, key| tally.retire(number, key));
        number(&mut substrings, b"xy");
        let members = number(&mut substrings, b"ab");
        tally.add(&members, &substrings);
        let run = tally.take_run(&substrings);
        let counts: Vec<u64> = RunReader::new(&run).map(|entry| entry.unwrap().1).collect();
        assert_eq!(counts, [2, 3]);
        assert!(tally.take_run(&substrings).is_empty());
    }
}
