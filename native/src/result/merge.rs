//! Merge of segments: gives every substring key once, by rising key, with the sum of its counts in each language.
//!
//! All segments are read in one pass through buffers of bounded size, so memory does not depend on their length. Ranges
//! of keys are merged side by side, one on each thread.
//! Invariant: a merge without an error has read every entry of every segment. The merge checks this by the segments'
//! sums.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::error::Error;
use crate::base::substring_key::SubstringKey;
use crate::base::threads;
use crate::counts::segment::Sums;
use crate::result::key_ranges::{KeyRange, key_ranges};
use crate::result::loser_tree::{ENDED, LoserTree};
use crate::result::read_buffer::ByteSource;
use crate::result::segment_source::{Entries, LARGEST_BUFFER, LEAST_BUFFER, SegmentSource};

/// Memory of all buffers together in bytes. It is exceeded if there are too many buffers of the least size.
const BUFFERS: usize = 128 << 20;

/// Calls `takers` with every key of the sources and the sum of the key's counts in each language. Each taker gets the
/// keys of one range, by rising key, on a thread of its own; a later taker gets a range of higher keys. There are fewer
/// ranges than takers if the buffers of more ranges would need too much memory; the last takers are then not called.
///
/// # Errors
/// `Error::Damaged` for a source that has changed since its sums were taken; `Error::Io` for a source that cannot be
/// read; `Error::Overflow` if a sum exceeds 64 bits; the errors of the takers, which end the merge.
pub fn merge<S: ByteSource + Sync>(
    sources: &[SegmentSource<S>],
    languages: usize,
    takers: Vec<impl FnMut(SubstringKey, &[u64]) -> Result<(), Error> + Send>,
) -> Result<(), Error> {
    let memory = BUFFERS / sources.len().max(1);
    let ranges = key_ranges(sources, takers.len().min(memory / LEAST_BUFFER));
    let threads = ranges.len();
    let buffer = (memory / threads).clamp(LEAST_BUFFER, LARGEST_BUFFER);
    let failed = AtomicBool::new(false);
    let parts = ranges.into_iter().zip(takers).collect();
    let read = threads::map(parts, threads, |(range, take)| {
        let read = merge_range(sources, range, languages, buffer, &failed, take);
        failed.fetch_or(read.is_err(), Ordering::Relaxed);
        read
    })?;
    for (index, source) in sources.iter().enumerate() {
        let of_ranges = read.iter().try_fold(Sums::default(), |sums, of_range| sums.plus(of_range[index]))?;
        if of_ranges != source.sums {
            return Err(source.damaged("its counts do not add up to what its head says"));
        }
    }
    Ok(())
}

/// Merges the keys of a range, and stops early if `failed` says that another range had an error. Returns, for each
/// source, the sums of the entries that were read.
fn merge_range<S: ByteSource>(
    sources: &[SegmentSource<S>],
    range: KeyRange,
    languages: usize,
    buffer: usize,
    failed: &AtomicBool,
    mut take: impl FnMut(SubstringKey, &[u64]) -> Result<(), Error>,
) -> Result<Vec<Sums>, Error> {
    let readers = sources.iter().map(|source| Reader::new(source, range, buffer));
    let mut readers = readers.collect::<Result<Vec<_>, Error>>()?;
    let keys: Vec<u128> = readers.iter().map(|reader| reader.key).collect();
    let mut tree = LoserTree::new(&keys);
    let mut counts = vec![0u64; languages];
    loop {
        let (key, _) = tree.least();
        if key == ENDED || failed.load(Ordering::Relaxed) {
            return Ok(readers.iter().map(|reader| reader.read).collect());
        }
        counts.fill(0);
        while let (next, source) = tree.least()
            && next == key
        {
            let reader = &mut readers[source];
            let sum = &mut counts[sources[source].language];
            *sum = sum.checked_add(reader.count).ok_or(Error::Overflow)?;
            reader.advance(range)?;
            tree.replace_least(reader.key);
        }
        take(SubstringKey(key), &counts)?;
    }
}

/// Reader of the entries of one source whose keys are in a range.
struct Reader<'a, S> {
    entries: Entries<'a, S>,
    /// Sums over the entries of the range that have been read.
    read: Sums,
    /// Key of the current entry; `ENDED` after the last entry of the range.
    key: u128,
    /// Count of the current entry.
    count: u64,
}

impl<'a, S: ByteSource> Reader<'a, S> {
    fn new(source: &'a SegmentSource<S>, range: KeyRange, buffer: usize) -> Result<Self, Error> {
        let entries = Entries::new(source, source.read_point_before(range.above), buffer);
        let mut reader = Self { entries, read: Sums::default(), key: 0, count: 0 };
        reader.advance(range)?;
        Ok(reader)
    }

    /// Reads the next entry of the range, which becomes the current one.
    #[inline]
    fn advance(&mut self, range: KeyRange) -> Result<(), Error> {
        loop {
            match self.entries.read()? {
                Some((key, _)) if key <= range.above => {}
                Some((key, count)) if key <= range.last => {
                    self.read.add(count)?;
                    (self.key, self.count) = (key, count);
                    return Ok(());
                }
                _ => {
                    self.key = ENDED;
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::segment::{ReadPoint, SegmentWriter, survey};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Counts = BTreeMap<Vec<u8>, u64>;

    fn key_of(bytes: &[u8]) -> SubstringKey {
        bytes.iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte))
    }

    fn source(language: usize, counts: &Counts) -> SegmentSource<Vec<u8>> {
        let mut entries: Vec<_> = counts.iter().map(|(bytes, &count)| (key_of(bytes), count)).collect();
        entries.sort_unstable();
        let mut segment = SegmentWriter::default();
        for (key, count) in entries {
            segment.push(key, count);
        }
        let bytes = segment.finish();
        let (sums, read_points) = survey(&bytes).unwrap();
        SegmentSource { bytes, start: 0, end: u64::MAX, language, sums, read_points }
    }

    fn merged(threads: usize, sources: &[SegmentSource<Vec<u8>>]) -> Result<Vec<(SubstringKey, Vec<u64>)>, Error> {
        let mut rows = vec![Vec::new(); threads];
        let takers = rows.iter_mut().map(|rows: &mut Vec<_>| {
            move |key, counts: &[u64]| {
                rows.push((key, counts.to_vec()));
                Ok(())
            }
        });
        merge(sources, 3, takers.collect())?;
        Ok(rows.concat())
    }

    fn any_counts() -> impl Strategy<Value = Counts> {
        let bytes = prop::collection::vec(prop_oneof![Just(0u8), Just(b'!'), any::<u8>()], 1..=15);
        prop::collection::btree_map(bytes, prop_oneof![1..200u64, 1..u64::MAX >> 12], 0..40)
    }

    proptest! {
        #[test]
        fn merging_adds(all in prop::collection::vec((0..3usize, any_counts()), 0..9)) {
            let mut sum = BTreeMap::<SubstringKey, Vec<u64>>::new();
            for (language, counts) in &all {
                for (bytes, count) in counts {
                    sum.entry(key_of(bytes)).or_insert_with(|| vec![0; 3])[*language] += count;
                }
            }
            let expected: Vec<_> = sum.into_iter().collect();
            let mut sources: Vec<_> = all.iter().map(|(language, counts)| source(*language, counts)).collect();
            prop_assert_eq!(&merged(1, &sources).unwrap(), &expected);
            sources.reverse();
            for threads in 1..5 {
                prop_assert_eq!(&merged(threads, &sources).unwrap(), &expected);
            }
        }

        #[test]
        fn whatever_is_changed_is_no_panic(
            counts in any_counts(),
            at in any::<usize>(),
            byte in any::<u8>(),
            read_points in prop::option::of(prop::collection::vec((0..300u64, any::<u128>()), 0..4)),
        ) {
            let mut changed = source(0, &counts);
            if let Some(read_points) = read_points {
                changed.read_points = read_points.into_iter().map(|(offset, before)| ReadPoint { offset, before }).collect();
            }
            let Some(index) = at.checked_rem(changed.bytes.len()) else { return Ok(()) };
            changed.bytes[index] = byte;
            let sources = [changed];
            for threads in [1, 3] {
                if let Ok(rows) = merged(threads, &sources) {
                    prop_assert!(rows.is_sorted_by(|one, next| one.0 < next.0));
                }
            }
        }
    }

    #[test]
    fn segments_longer_than_a_buffer_are_read_whole() {
        let counts: Counts = (0..100_000u64).map(|n| ((n * n).to_le_bytes().to_vec(), n % 300 + 1)).collect();
        let sources: Vec<_> = (0..3).map(|language| source(language, &counts)).collect();
        assert!(sources[0].bytes.len() > 2 * LARGEST_BUFFER);
        for threads in [1, 2] {
            let rows = merged(threads, &sources).unwrap();
            assert_eq!(rows.len(), counts.len());
            assert!(rows.iter().all(|(_, sums)| sums[0] == sums[1] && sums[0] == sums[2]));
        }
    }

    #[test]
    fn truncated_and_changed_segments_are_named() {
        let counts: Counts = [(b"abc".to_vec(), 300), (b"abd".to_vec(), 1)].into();
        let whole = source(0, &counts);
        let refusal = |bytes: Vec<u8>| {
            let truncated = SegmentSource {
                bytes,
                start: 0,
                end: u64::MAX,
                language: 0,
                sums: whole.sums,
                read_points: whole.read_points.clone(),
            };
            merged(1, &[source(1, &counts), truncated]).unwrap_err().to_string()
        };
        for length in 0..whole.bytes.len() {
            assert!(refusal(whole.bytes[..length].to_vec()).starts_with("some.partial: "));
        }
        let last = whole.bytes.len() - 1;
        assert!(refusal([&whole.bytes[..last], &[2]].concat()).contains("do not add up"));
        assert!(refusal([&whole.bytes[..last], &[0]].concat()).contains(&format!("at byte {}", last - 2)));
    }

    #[test]
    fn sums_beyond_64_bits_are_errors() {
        let high: Counts = [(b"a".to_vec(), u64::MAX / 2 + 1)].into();
        assert_eq!(merged(1, &[source(0, &high), source(0, &high)]), Err(Error::Overflow));
        assert_eq!(merged(1, &[source(0, &high), source(1, &high)]).unwrap().len(), 1);
    }

    #[test]
    fn a_source_that_cannot_be_read_is_named() {
        let gone = SegmentSource {
            bytes: Vec::new(),
            start: 1,
            end: u64::MAX,
            language: 0,
            sums: Sums::default(),
            read_points: vec![],
        };
        assert!(merged(1, &[gone]).unwrap_err().to_string().starts_with("some.partial: "));
    }

    #[test]
    fn a_range_that_fails_ends_the_others() {
        let counts: Counts = (0..200_000u64).map(|n| ((n * n).to_le_bytes().to_vec(), 1)).collect();
        let sources = [source(0, &counts)];
        let mut heard = [0; 2];
        let takers = heard.iter_mut().zip([100, usize::MAX]).map(|(heard, most)| {
            move |_, _: &[u64]| {
                *heard += 1;
                if *heard < most { Ok(()) } else { Err(Error::Overflow) }
            }
        });
        assert_eq!(merge(&sources, 1, takers.collect()), Err(Error::Overflow));
        assert!(heard[0] == 100 && heard[1] < counts.len() / 2 - 1, "{heard:?}");
    }

    #[test]
    fn nothing_merges_to_nothing() {
        assert_eq!(merged(1, &[]).unwrap(), []);
        assert_eq!(merged(1, &[source(0, &Counts::new())]).unwrap(), []);
    }
}
