//! Fuzzes saved segments of any bytes: reading, summing, merging and sorting give the right counts or an error, and a
//! segment reads as it was written.
#![no_main]

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use _native::base::error::Error;
use _native::base::substring_key::SubstringKey;
use _native::counts::segment::{SegmentReader, SegmentWriter, Sums, survey};
use _native::result::frequencies::Frequencies;
use _native::result::merge::merge;
use _native::result::read_buffer::ByteSource;
use _native::result::row_sort::RowSorter;
use _native::result::segment_source::SegmentSource;
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

const LANGUAGES: usize = 3;

/// Segment in memory as a byte source, which gives fewer bytes than asked for only at its end.
#[derive(Clone)]
struct Saved(Vec<u8>);

impl ByteSource for Saved {
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.0.get(at..)).unwrap_or(&[]);
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn name(&self) -> String {
        "segment".into()
    }
}

#[derive(Arbitrary, Debug)]
enum Segment {
    /// Segment of any bytes.
    Bytes(Vec<u8>),
    /// Segment that the program writes and that is then damaged: pairs of an offset and a new byte, and a new length.
    Written { entries: Vec<(Vec<u8>, u64)>, damage: Vec<(u16, u8)>, cut: Option<u16> },
}

#[derive(Arbitrary, Debug)]
struct Case {
    segments: Vec<(u8, Segment)>,
    /// Offset at which each segment begins in its file, in bytes.
    start: u8,
    /// Sums given for a segment instead of its own: the segment's index, entries and occurrences.
    wrong: Option<(u8, u64, u64)>,
    memory: u16,
    threads: u8,
    batches: [u64; LANGUAGES],
    special_tokens: Vec<String>,
    limit: u8,
}

fuzz_target!(|case: Case| {
    let threads = 1 + usize::from(case.threads % 4);
    let segments: Vec<(usize, Vec<u8>)> = case
        .segments
        .iter()
        .map(|(language, segment)| (usize::from(*language) % LANGUAGES, bytes_of(segment)))
        .collect();
    let mut sum = BTreeMap::<SubstringKey, [u64; LANGUAGES]>::new();
    let mut right = true;
    let mut sources = Vec::new();
    for (number, (language, segment)) in segments.into_iter().enumerate() {
        let read: Result<Vec<_>, Error> = SegmentReader::new(&segment).collect();
        let sums = Sums::of_segment(&segment);
        let read_points = survey(&segment).map(|(_, read_points)| read_points).unwrap_or_default();
        if let Ok(entries) = read {
            assert!(entries.is_sorted_by(|one, next| one.0 < next.0));
            assert!(entries.iter().all(|&(key, count)| (1..=15).contains(&key.len()) && count > 0));
            let total: u128 = entries.iter().map(|&(_, count)| u128::from(count)).sum();
            let expected = u64::try_from(total).map_err(|_| Error::Overflow);
            assert_eq!(sums, expected.map(|occurrences| Sums { entries: entries.len() as u64, occurrences }));
            for (key, count) in entries {
                let of_key = &mut sum.entry(key).or_default()[language];
                match of_key.checked_add(count) {
                    Some(more) => *of_key = more,
                    None => right = false,
                }
            }
        } else {
            assert!(matches!(sums, Err(Error::Segment { .. } | Error::Overflow)));
        }
        right &= sums.is_ok();
        let mut sums = sums.unwrap_or_default();
        if let Some((place, entries, occurrences)) = case.wrong
            && usize::from(place) == number
        {
            right &= sums == Sums { entries, occurrences };
            sums = Sums { entries, occurrences };
        }
        let bytes = Saved([vec![7; case.start.into()], segment].concat());
        sources.push(SegmentSource { bytes, start: case.start.into(), end: u64::MAX, language, sums, read_points });
    }
    let mut ranges = vec![Vec::new(); threads];
    let takers = ranges.iter_mut().map(|rows: &mut Vec<_>| {
        move |key, counts: &[u64]| {
            rows.push((key, <[u64; LANGUAGES]>::try_from(counts).unwrap()));
            Ok(())
        }
    });
    let ended = merge(&sources, LANGUAGES, takers.collect());
    let merged = ranges.concat();
    assert!(ended.is_err() || merged.is_sorted_by(|one, next| one.0 < next.0));
    assert_eq!(ended.is_ok(), right, "{ended:?}");
    if right {
        assert!(merged.iter().copied().eq(sum));
    }
    write_result(&case, threads, &sources, &merged, right);
});

/// Checks that the order and the sums of the result's rows do not depend on the memory and the number of threads of the
/// sort.
fn write_result(
    case: &Case,
    threads: usize,
    sources: &[SegmentSource<Saved>],
    merged: &[(SubstringKey, [u64; LANGUAGES])],
    right: bool,
) {
    let path = std::env::temp_dir().join(format!("tokstats-fuzz-rows-{}", std::process::id()));
    let open = |threads, memory| {
        let sorters = RowSorter::sharing(threads, memory, &path);
        Frequencies::new(sources, case.batches.to_vec(), &case.special_tokens, sorters)
    };
    let (whole, spilled) = (open(1, usize::MAX), open(threads, case.memory.into()));
    let (mut whole, mut spilled) = match (whole, spilled) {
        (Ok(whole), Ok(spilled)) => (whole, spilled),
        // If there are several errors, which one is returned depends on what is read first.
        (whole, spilled) => return assert!(whole.is_err() && spilled.is_err()),
    };
    assert!(right && !path.exists());
    let mut rows = Vec::new();
    // Most reads return all rows, because reads of few rows take long.
    let limit = if case.limit < 8 { 100 } else { 10 * usize::from(case.limit) };
    loop {
        let (one, other) = (whole.read(limit), spilled.read(limit));
        let (one, other) = match (one, other) {
            (Ok(Some(one)), Ok(Some(other))) => (one, other),
            (Ok(None), Ok(None)) => break,
            (one, other) => {
                assert_eq!(one.err(), other.err());
                return;
            }
        };
        let columns = |c: &_native::result::columns::Columns| {
            (c.json.clone(), c.offsets.clone(), c.text.clone(), c.totals.clone(), c.languages.clone())
        };
        assert_eq!(columns(&one), columns(&other));
        let totals = one.totals.as_chunks::<8>().0.iter().map(|&total| u64::from_le_bytes(total));
        let ends = one.offsets.as_chunks::<8>().0.iter().map(|&end| u64::from_le_bytes(end) as usize);
        let ends: Vec<usize> = ends.collect();
        rows.extend(totals.zip(ends.windows(2)).map(|(total, w)| (Reverse(total), one.text[w[0]..w[1]].to_owned())));
    }
    assert!(rows.is_sorted_by(|one, next| one < next), "the result's order, each token once");
    assert_eq!(whole.written().languages, whole.totals().expected);
    for language in 0..LANGUAGES {
        let total: u64 = merged.iter().map(|(_, counts)| counts[language]).sum();
        assert_eq!(whole.totals().merged[language], total);
    }
}

fn bytes_of(segment: &Segment) -> Vec<u8> {
    let (entries, damage, cut) = match segment {
        Segment::Bytes(bytes) => return bytes.clone(),
        Segment::Written { entries, damage, cut } => (entries, damage, cut),
    };
    let entries: BTreeMap<SubstringKey, u64> = entries
        .iter()
        .filter(|(bytes, _)| !bytes.is_empty())
        .map(|(bytes, count)| {
            (bytes.iter().take(15).fold(SubstringKey::EMPTY, |key, &byte| key.with(byte)), (*count).max(1))
        })
        .collect();
    let mut writer = SegmentWriter::default();
    entries.iter().for_each(|(&key, &count)| writer.push(key, count));
    let mut segment = writer.finish();
    assert!(SegmentReader::new(&segment).map(Result::unwrap).eq(entries), "a segment reads as it was written");
    let length = segment.len();
    for &(at, byte) in damage.iter().filter(|_| length > 0) {
        segment[usize::from(at) % length] = byte;
    }
    segment.truncate(cut.map_or(length, usize::from));
    segment
}
