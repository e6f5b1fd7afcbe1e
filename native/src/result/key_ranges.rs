//! Key ranges: divides all keys into ranges of about equal work, so that several threads can merge them side by side.
//!
//! The ranges follow from the read points of the segments, because a range can begin to read only at a read point.

use crate::result::read_buffer::ByteSource;
use crate::result::segment_source::SegmentSource;

/// Range of consecutive substring keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyRange {
    /// Key before the first key of the range; it is not in the range.
    pub(crate) above: u128,
    /// Last key of the range.
    pub(crate) last: u128,
}

/// Returns rising ranges, at least 1 and at most `most`, which together hold every key. There are fewer than `most` if
/// the sources have too few read points.
#[must_use]
pub(crate) fn key_ranges<S: ByteSource>(sources: &[SegmentSource<S>], most: usize) -> Vec<KeyRange> {
    let mut keys: Vec<u128> = sources.iter().flat_map(|source| &source.read_points).map(|point| point.before).collect();
    keys.sort_unstable();
    let ends = (1..most).filter_map(|part| keys.get(keys.len() * part / most)).copied();
    let mut ends: Vec<u128> = ends.chain([u128::MAX]).collect();
    ends.dedup();
    let above = std::iter::once(0).chain(ends.iter().copied());
    above.zip(&ends).map(|(above, &last)| KeyRange { above, last }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::substring_key::SubstringKey;
    use crate::counts::segment::{SegmentWriter, survey};

    fn source(keys: impl Iterator<Item = u64>) -> SegmentSource<Vec<u8>> {
        let key = |number: u64| number.to_be_bytes()[4..].iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte));
        let mut keys: Vec<SubstringKey> = keys.map(key).collect();
        keys.sort_unstable();
        let mut segment = SegmentWriter::default();
        for key in keys {
            segment.push(key, 1);
        }
        let bytes = segment.finish();
        let (sums, read_points) = survey(&bytes).unwrap();
        SegmentSource { bytes, start: 0, end: u64::MAX, language: 0, sums, read_points }
    }

    #[test]
    fn ranges_follow_each_other_and_take_about_as_much() {
        let sources = [source(1..1500), source((1..1500).map(|n| n * 1000)), source(std::iter::empty())];
        let bytes: u64 = sources.iter().map(|source| source.bytes.len() as u64).sum();
        let read_points = sources.iter().map(|source| source.read_points.len() as u64).sum::<u64>();
        // A range reads a segment from the last read point before it, and so does the next range.
        let tolerance = 2 * sources.len() as u64 * bytes / read_points;
        for count in [2, 3, 8] {
            let ranges = key_ranges(&sources, count);
            assert_eq!(ranges.len(), count);
            assert!(ranges[0].above == 0 && ranges[count - 1].last == u128::MAX);
            for pair in ranges.windows(2) {
                assert_eq!(pair[0].last, pair[1].above);
                let begun = |range: &KeyRange| {
                    sources.iter().map(|source| source.read_point_before(range.above).offset).sum::<u64>()
                };
                let share = begun(&pair[1]) - begun(&pair[0]);
                assert!(share.abs_diff(bytes / count as u64) <= tolerance, "{share} of {bytes} for {count}");
            }
        }
    }

    #[test]
    fn segments_too_short_for_two_are_one_range() {
        assert_eq!(key_ranges(&[source(1..3)], 4).len(), 1);
        assert_eq!(key_ranges::<Vec<u8>>(&[], 4).len(), 1);
    }
}
