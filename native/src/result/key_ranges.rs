//! Ranges of keys that can be merged side by side, each about as much work.
//!
//! Entries lean on those before, so a segment cannot be entered anywhere: places in it were remembered when it was saved.

use crate::result::read_buffer::Source;
use crate::result::segment_source::Input;

/// Consecutive keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// They are above this one,
    pub above: u128,
    /// and this is the last.
    pub last: u128,
}

/// Up to `wanted` ranges, and at least one, rising; every key is in one of them.
#[must_use]
pub fn key_ranges<S: Source>(inputs: &[Input<S>], wanted: usize) -> Vec<KeyRange> {
    let mut keys: Vec<u128> = inputs.iter().flat_map(|input| &input.places).map(|start| start.before).collect();
    keys.sort_unstable();
    let ends = (1..wanted).filter_map(|part| keys.get(keys.len() * part / wanted)).copied();
    let mut ends: Vec<u128> = ends.chain([u128::MAX]).collect();
    ends.dedup();
    let above = std::iter::once(0).chain(ends.iter().copied());
    above.zip(&ends).map(|(above, &last)| KeyRange { above, last }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::key::SubstringKey;
    use crate::counts::segment::{SegmentWriter, survey};

    fn input(keys: impl Iterator<Item = u64>) -> Input<Vec<u8>> {
        let key = |number: u64| number.to_be_bytes()[4..].iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte));
        let mut keys: Vec<SubstringKey> = keys.map(key).collect();
        keys.sort_unstable();
        let mut segment = SegmentWriter::default();
        for key in keys {
            segment.push(key, 1);
        }
        let source = segment.finish();
        let (sums, places) = survey(&source).unwrap();
        Input { source, start: 0, language: 0, sums, places }
    }

    #[test]
    fn ranges_follow_each_other_and_take_about_as_much() {
        let inputs = [input(1..1500), input((1..1500).map(|n| n * 1000)), input(std::iter::empty())];
        let bytes: u64 = inputs.iter().map(|input| input.source.len() as u64).sum();
        let places = inputs.iter().map(|input| input.places.len() as u64).sum::<u64>();
        // A segment is entered at the last place before a range, at both ends of it.
        let tolerance = 2 * inputs.len() as u64 * bytes / places;
        for wanted in [2, 3, 8] {
            let ranges = key_ranges(&inputs, wanted);
            assert_eq!(ranges.len(), wanted);
            assert!(ranges[0].above == 0 && ranges[wanted - 1].last == u128::MAX);
            for pair in ranges.windows(2) {
                assert_eq!(pair[0].last, pair[1].above);
                let begun =
                    |range: &KeyRange| inputs.iter().map(|input| input.start_above(range.above).place).sum::<u64>();
                let share = begun(&pair[1]) - begun(&pair[0]);
                assert!(share.abs_diff(bytes / wanted as u64) <= tolerance, "{share} of {bytes} for {wanted}");
            }
        }
    }

    #[test]
    fn runs_too_short_for_two_are_one_range() {
        assert_eq!(key_ranges(&[input(1..3)], 4).len(), 1);
        assert_eq!(key_ranges::<Vec<u8>>(&[], 4).len(), 1);
    }
}
