//! Ranges of keys that take about equal work, to be merged side by side.
//!
//! An entry is read with the key before it, so a segment is read from its beginning or from one of its read points.

use crate::result::read_buffer::ByteSource;
use crate::result::segment_source::SegmentSource;

/// Range of consecutive keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyRange {
    /// Key below the first one.
    pub(crate) above: u128,
    /// Last key.
    pub(crate) last: u128,
}

/// Returns `most` rising ranges, or fewer but at least one; every key is in one of them.
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
        SegmentSource { bytes, start: 0, language: 0, sums, read_points }
    }

    #[test]
    fn ranges_follow_each_other_and_take_about_as_much() {
        let sources = [source(1..1500), source((1..1500).map(|n| n * 1000)), source(std::iter::empty())];
        let bytes: u64 = sources.iter().map(|source| source.bytes.len() as u64).sum();
        let read_points = sources.iter().map(|source| source.read_points.len() as u64).sum::<u64>();
        // A range reads a segment from the last read point before it, and so does the next range.
        let tolerance = 2 * sources.len() as u64 * bytes / read_points;
        for wanted in [2, 3, 8] {
            let ranges = key_ranges(&sources, wanted);
            assert_eq!(ranges.len(), wanted);
            assert!(ranges[0].above == 0 && ranges[wanted - 1].last == u128::MAX);
            for pair in ranges.windows(2) {
                assert_eq!(pair[0].last, pair[1].above);
                let begun = |range: &KeyRange| {
                    sources.iter().map(|source| source.read_point_before(range.above).offset).sum::<u64>()
                };
                let share = begun(&pair[1]) - begun(&pair[0]);
                assert!(share.abs_diff(bytes / wanted as u64) <= tolerance, "{share} of {bytes} for {wanted}");
            }
        }
    }

    #[test]
    fn segments_too_short_for_two_are_one_range() {
        assert_eq!(key_ranges(&[source(1..3)], 4).len(), 1);
        assert_eq!(key_ranges::<Vec<u8>>(&[], 4).len(), 1);
    }
}
