//! Runs: counts of substrings, sorted by key and packed.
//!
//! An entry is one byte that holds the length of the prefix shared with the key before (high four bits) and the length
//! of the rest (low four bits), the rest's ranks, and the count in LEB128. Keys rise strictly, counts are at least 1,
//! so equal counts are equal bytes, and two runs merge in one pass. A typical entry takes 4 to 5 bytes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::error::Error;
use crate::substrings::{INLINE_BYTES, Key};

/// Packs entries whose keys rise strictly.
#[derive(Default)]
pub struct RunWriter {
    packed: Vec<u8>,
    before: u128,
}

impl RunWriter {
    /// Appends an entry; its key must be inline and above the one before, its count at least 1.
    pub fn push(&mut self, key: Key, mut count: u64) {
        debug_assert!(key.0 > self.before && count > 0);
        let length = (key.0 & 0xFF) as usize;
        let same = ((key.0 ^ self.before).leading_zeros() / 8) as usize;
        let shared = same.min(length).min((self.before & 0xFF) as usize);
        self.packed.push((shared << 4 | (length - shared)) as u8);
        self.packed.extend_from_slice(&key.0.to_be_bytes()[shared..length]);
        while count >= 0x80 {
            self.packed.push(count as u8 | 0x80);
            count >>= 7;
        }
        self.packed.push(count as u8);
        self.before = key.0;
    }

    /// The run.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.packed
    }
}

/// Reads a run entry by entry; after an error there are no more.
pub struct RunReader<'a> {
    packed: &'a [u8],
    at: usize,
    before: u128,
}

impl<'a> RunReader<'a> {
    /// Reads `packed` from its beginning.
    #[must_use]
    pub fn new(packed: &'a [u8]) -> Self {
        Self { packed, at: 0, before: 0 }
    }

    fn entry(&mut self) -> Option<(Key, u64)> {
        let lengths = *self.packed.get(self.at)?;
        let (shared, rest) = (usize::from(lengths >> 4), usize::from(lengths & 15));
        if shared + rest > INLINE_BYTES || shared > (self.before & 0xFF) as usize {
            return None;
        }
        let mut key = [0; 16];
        key[..shared].copy_from_slice(&self.before.to_be_bytes()[..shared]);
        let start = self.at + 1;
        key[shared..shared + rest].copy_from_slice(self.packed.get(start..start + rest)?);
        key[15] = (shared + rest) as u8;
        let key = u128::from_be_bytes(key);
        let mut at = start + rest;
        let mut count = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.packed.get(at)?;
            at += 1;
            let bits = u64::from(byte & 0x7F);
            count |= bits << shift;
            if bits << shift >> shift != bits {
                return None;
            }
            if byte < 0x80 {
                let rises = key > self.before && count > 0;
                (self.at, self.before) = (at, key);
                return rises.then_some((Key(key), count));
            }
        }
        None
    }
}

impl Iterator for RunReader<'_> {
    type Item = Result<(Key, u64), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.packed.len() {
            return None;
        }
        let at = self.at;
        Some(self.entry().ok_or_else(|| {
            self.at = self.packed.len();
            Error::Run { at }
        }))
    }
}

/// Calls `each` with every key of any run, in rising order, with (number of the run, count) for every run that has it.
///
/// # Errors
/// `Error::Run` for a damaged run; those of `each`, which end the merge.
pub fn merge(runs: &[&[u8]], mut each: impl FnMut(Key, &[(usize, u64)]) -> Result<(), Error>) -> Result<(), Error> {
    let mut readers: Vec<RunReader> = runs.iter().map(|run| RunReader::new(run)).collect();
    let mut heap = BinaryHeap::with_capacity(runs.len());
    for (number, reader) in readers.iter_mut().enumerate() {
        if let Some(entry) = reader.next() {
            let (key, count) = entry?;
            heap.push(Reverse((key, number, count)));
        }
    }
    let mut counts = Vec::with_capacity(runs.len());
    while let Some(&Reverse((key, ..))) = heap.peek() {
        counts.clear();
        while let Some(mut top) = heap.peek_mut() {
            let Reverse((other, number, count)) = *top;
            if other != key {
                break;
            }
            counts.push((number, count));
            match readers[number].next() {
                Some(entry) => {
                    let (key, count) = entry?;
                    *top = Reverse((key, number, count));
                }
                None => {
                    std::collections::binary_heap::PeekMut::pop(top);
                }
            }
        }
        each(key, &counts)?;
    }
    Ok(())
}

/// The sum of runs: a run that holds every key of any of them with the sum of its counts. No runs give the empty run,
/// and the order of the runs does not matter.
///
/// # Errors
/// `Error::Run` for a damaged run; `Error::Overflow` where a sum exceeds 64 bits.
pub fn merge_runs(runs: &[&[u8]]) -> Result<Vec<u8>, Error> {
    let mut merged = RunWriter::default();
    merge(runs, |key, counts| {
        merged.push(key, checked_sum(counts.iter().map(|&(_, count)| count))?);
        Ok(())
    })?;
    Ok(merged.finish())
}

/// The sum of counts.
///
/// # Errors
/// `Error::Overflow` where it exceeds 64 bits.
pub fn checked_sum(mut counts: impl Iterator<Item = u64>) -> Result<u64, Error> {
    counts.try_fold(0u64, u64::checked_add).ok_or(Error::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Counts = BTreeMap<Vec<u8>, u64>;

    fn key_of(bytes: &[u8]) -> Key {
        bytes.iter().fold(Key::EMPTY, |key, &byte| key.with(byte))
    }

    fn pack(counts: &Counts) -> Vec<u8> {
        let mut entries: Vec<_> = counts.iter().map(|(bytes, &count)| (key_of(bytes), count)).collect();
        entries.sort_unstable();
        let mut run = RunWriter::default();
        for (key, count) in entries {
            run.push(key, count);
        }
        run.finish()
    }

    fn any_counts() -> impl Strategy<Value = Counts> {
        let bytes = prop::collection::vec(prop_oneof![Just(0u8), Just(b'!'), any::<u8>()], 1..=15);
        prop::collection::btree_map(bytes, prop_oneof![1..200u64, 1..u64::MAX / 8], 0..40)
    }

    proptest! {
        #[test]
        fn a_run_reads_as_it_was_written(counts in any_counts()) {
            let packed = pack(&counts);
            let read: Vec<_> = RunReader::new(&packed).map(Result::unwrap).collect();
            let mut expected: Vec<_> = counts.iter().map(|(bytes, &n)| (key_of(bytes), n)).collect();
            expected.sort_unstable();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn merging_adds(all in prop::collection::vec(any_counts(), 0..5)) {
            let packed: Vec<Vec<u8>> = all.iter().map(pack).collect();
            let runs: Vec<&[u8]> = packed.iter().map(Vec::as_slice).collect();
            let mut sum = Counts::new();
            all.into_iter().flatten().for_each(|(bytes, n)| *sum.entry(bytes).or_default() += n);
            let merged = merge_runs(&runs).unwrap();
            prop_assert_eq!(&merged, &pack(&sum));
            let mut backwards = runs.clone();
            backwards.reverse();
            prop_assert_eq!(&merge_runs(&backwards).unwrap(), &merged);
            if let Some((head, tail)) = runs.split_first() {
                let tail = merge_runs(tail).unwrap();
                prop_assert_eq!(merge_runs(&[head, &tail]).unwrap(), merged);
            }
        }

        #[test]
        fn damage_is_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let read: Result<Vec<_>, _> = RunReader::new(&bytes).collect();
            if let Ok(entries) = read {
                prop_assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
            }
        }
    }

    #[test]
    fn sums_beyond_64_bits_are_errors() {
        let run = pack(&[(b"a".to_vec(), u64::MAX / 2 + 1)].into());
        assert_eq!(merge_runs(&[&run]).unwrap(), run);
        assert_eq!(merge_runs(&[&run, &run]), Err(Error::Overflow));
    }

    #[test]
    fn a_cut_run_is_noticed() {
        let packed = pack(&[(b"abc".to_vec(), 300), (b"abd".to_vec(), 1)].into());
        assert_eq!(packed.len(), 4 + 2 + 2 + 1);
        assert!(RunReader::new(&packed[..5]).any(|entry| entry.is_err()));
    }
}
