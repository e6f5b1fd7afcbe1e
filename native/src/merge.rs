//! The merge of runs: every key once, in rising order, with the sum of its counts in each language.
//!
//! Runs are read through windows of bounded size, all in one pass, so memory is the windows, whatever the runs' length.
//! Invariant: a merge that ends well has read every entry of every run, which the runs' sums show.

use crate::error::Error;
use crate::key::Key;
use crate::loser_tree::{ENDED, LoserTree};
use crate::runs::{LONGEST_ENTRY, Sums, read_entry};
use crate::window::{Source, Window};

/// The memory of all windows together, where they are not too many for it.
const WINDOWS: usize = 128 << 20;
const LEAST_WINDOW: usize = if cfg!(fuzzing) { LONGEST_ENTRY } else { 4 << 10 };
const LARGEST_WINDOW: usize = if cfg!(fuzzing) { 64 } else { 256 << 10 };

/// A run to be merged.
pub struct Input<S> {
    /// Where it is kept.
    pub source: S,
    /// The place in the source of its first byte; it goes to the source's end.
    pub start: u64,
    /// The place of its language among all.
    pub language: usize,
    /// What its entries add up to.
    pub sums: Sums,
}

struct Reader<S> {
    window: Window<S>,
    language: usize,
    expected: Sums,
    read: Sums,
    key: u128,
    count: u64,
}

impl<S: Source> Reader<S> {
    fn new(input: Input<S>, window: usize) -> Result<Self, Error> {
        let window = Window::new(input.source, input.start, u64::MAX, window);
        let (expected, read) = (input.sums, Sums::default());
        let mut reader = Self { window, language: input.language, expected, read, key: 0, count: 0 };
        reader.advance()?;
        Ok(reader)
    }

    /// Reads the next entry; `key` is `ENDED` where there is none.
    #[inline]
    fn advance(&mut self) -> Result<(), Error> {
        let bytes = self.window.ahead(LONGEST_ENTRY)?;
        if bytes.is_empty() {
            return self.end();
        }
        let Some((key, count, length)) = read_entry(bytes, self.key) else {
            return Err(self.damaged(&format!("damaged run of counts at byte {}", self.window.place())));
        };
        self.window.skip(length);
        self.read.add(count)?;
        (self.key, self.count) = (key, count);
        Ok(())
    }

    #[cold]
    fn end(&mut self) -> Result<(), Error> {
        self.key = ENDED;
        if self.read == self.expected {
            return Ok(());
        }
        Err(self.damaged("its counts do not add up to what its head says"))
    }

    fn damaged(&self, reason: &str) -> Error {
        Error::Damaged { name: self.window.source().name(), reason: reason.into() }
    }
}

/// Calls `each` with every key of any input, in rising order, and the sum of its counts in each language.
///
/// # Errors
/// `Error::Damaged` for an input that is not what it was when its sums were taken; `Error::Io` for one that cannot be
/// read; `Error::Overflow` where a sum exceeds 64 bits; those of `each`, which end the merge.
pub fn merge<S: Source>(
    inputs: Vec<Input<S>>,
    languages: usize,
    mut each: impl FnMut(Key, &[u64]) -> Result<(), Error>,
) -> Result<(), Error> {
    let window = (WINDOWS / inputs.len().max(1)).clamp(LEAST_WINDOW, LARGEST_WINDOW);
    let readers = inputs.into_iter().map(|input| Reader::new(input, window));
    let mut readers = readers.collect::<Result<Vec<_>, Error>>()?;
    let keys: Vec<u128> = readers.iter().map(|reader| reader.key).collect();
    let mut tree = LoserTree::new(&keys);
    let mut counts = vec![0u64; languages];
    loop {
        let (key, _) = tree.least();
        if key == ENDED {
            return Ok(());
        }
        counts.fill(0);
        while let (next, input) = tree.least()
            && next == key
        {
            let reader = &mut readers[input];
            let sum = &mut counts[reader.language];
            *sum = sum.checked_add(reader.count).ok_or(Error::Overflow)?;
            reader.advance()?;
            tree.replace_least(reader.key);
        }
        each(Key(key), &counts)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::RunWriter;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::io;

    impl Source for Vec<u8> {
        fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
            let rest = self.get(at as usize..).ok_or(io::ErrorKind::NotFound)?;
            let length = rest.len().min(into.len());
            into[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        }

        fn name(&self) -> String {
            "some.partial".into()
        }
    }

    type Counts = BTreeMap<Vec<u8>, u64>;

    fn key_of(bytes: &[u8]) -> Key {
        bytes.iter().fold(Key::EMPTY, |key, &byte| key.with(byte))
    }

    fn input(language: usize, counts: &Counts) -> Input<Vec<u8>> {
        let mut entries: Vec<_> = counts.iter().map(|(bytes, &count)| (key_of(bytes), count)).collect();
        entries.sort_unstable();
        let mut run = RunWriter::default();
        for (key, count) in entries {
            run.push(key, count);
        }
        let source = run.finish();
        Input { sums: Sums::of_run(&source).unwrap(), source, start: 0, language }
    }

    fn merged(inputs: Vec<Input<Vec<u8>>>) -> Result<Vec<(Key, Vec<u64>)>, Error> {
        let mut rows = Vec::new();
        merge(inputs, 3, |key, counts| {
            rows.push((key, counts.to_vec()));
            Ok(())
        })?;
        Ok(rows)
    }

    fn any_counts() -> impl Strategy<Value = Counts> {
        let bytes = prop::collection::vec(prop_oneof![Just(0u8), Just(b'!'), any::<u8>()], 1..=15);
        prop::collection::btree_map(bytes, prop_oneof![1..200u64, 1..u64::MAX >> 12], 0..40)
    }

    proptest! {
        #[test]
        fn merging_adds(all in prop::collection::vec((0..3usize, any_counts()), 0..9)) {
            let mut sum = BTreeMap::<Key, Vec<u64>>::new();
            for (language, counts) in &all {
                for (bytes, count) in counts {
                    sum.entry(key_of(bytes)).or_insert_with(|| vec![0; 3])[*language] += count;
                }
            }
            let expected: Vec<_> = sum.into_iter().collect();
            prop_assert_eq!(&merged(all.iter().map(|(n, counts)| input(*n, counts)).collect()).unwrap(), &expected);
            prop_assert_eq!(merged(all.iter().rev().map(|(n, counts)| input(*n, counts)).collect()).unwrap(), expected);
        }

        #[test]
        fn whatever_is_changed_is_no_panic(counts in any_counts(), at in any::<usize>(), byte in any::<u8>()) {
            let mut changed = input(0, &counts);
            let Some(place) = at.checked_rem(changed.source.len()) else { return Ok(()) };
            changed.source[place] = byte;
            if let Ok(rows) = merged(vec![changed]) {
                prop_assert!(rows.is_sorted_by(|one, next| one.0 < next.0));
            }
        }
    }

    #[test]
    fn runs_longer_than_a_window_are_read_whole() {
        let counts: Counts = (0..100_000u64).map(|n| ((n * n).to_le_bytes().to_vec(), n % 300 + 1)).collect();
        let inputs: Vec<_> = (0..3).map(|language| input(language, &counts)).collect();
        assert!(inputs[0].source.len() > 2 * LARGEST_WINDOW);
        let rows = merged(inputs).unwrap();
        assert_eq!(rows.len(), counts.len());
        assert!(rows.iter().all(|(_, sums)| sums[0] == sums[1] && sums[0] == sums[2]));
    }

    #[test]
    fn what_was_cut_or_changed_is_named() {
        let counts: Counts = [(b"abc".to_vec(), 300), (b"abd".to_vec(), 1)].into();
        let whole = input(0, &counts);
        let refusal = |source: Vec<u8>| {
            let cut = Input { source, start: 0, language: 0, sums: whole.sums };
            merged(vec![input(1, &counts), cut]).unwrap_err().to_string()
        };
        for length in 0..whole.source.len() {
            assert!(refusal(whole.source[..length].to_vec()).starts_with("some.partial: "));
        }
        let last = whole.source.len() - 1;
        assert!(refusal([&whole.source[..last], &[2]].concat()).contains("do not add up"));
        assert!(refusal([&whole.source[..last], &[0]].concat()).contains(&format!("at byte {}", last - 2)));
    }

    #[test]
    fn sums_beyond_64_bits_are_errors() {
        let high: Counts = [(b"a".to_vec(), u64::MAX / 2 + 1)].into();
        assert_eq!(merged(vec![input(0, &high), input(0, &high)]), Err(Error::Overflow));
        assert_eq!(merged(vec![input(0, &high), input(1, &high)]).unwrap().len(), 1);
    }

    #[test]
    fn a_source_that_cannot_be_read_is_named() {
        let gone = Input { source: Vec::new(), start: 1, language: 0, sums: Sums::default() };
        assert!(merged(vec![gone]).unwrap_err().to_string().starts_with("some.partial: "));
    }

    #[test]
    fn nothing_merges_to_nothing() {
        assert_eq!(merged(vec![]).unwrap(), []);
        assert_eq!(merged(vec![input(0, &Counts::new())]).unwrap(), []);
    }
}
