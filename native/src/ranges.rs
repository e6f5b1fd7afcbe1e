//! Ranges of keys that can be merged side by side, each about as much work, and where they begin in every run.
//!
//! Entries lean on those before, so a run cannot be entered anywhere: it is read once, and a place is remembered for
//! every so many bytes. That costs a tenth of a merge, shared by all threads, and only where there are several.

use crate::error::Error;
use crate::inputs::{Entries, Input, LARGEST_WINDOW, Start};
use crate::threads;
use crate::window::Source;

/// The bytes of a run from one remembered place to the next.
const STEP: u64 = if cfg!(any(test, fuzzing)) { 24 } else { 64 << 10 };

/// Consecutive keys.
#[derive(Clone, Debug)]
pub struct KeyRange {
    /// They are above this one,
    pub above: u128,
    /// and this is the last.
    pub last: u128,
    /// For each run, a place before its first key of the range, or at it.
    pub starts: Vec<Start>,
}

/// At least one range and at most `wanted`, rising; every key is in one of them. As many threads look for them.
///
/// # Errors
/// Those of `Entries::read`.
pub fn key_ranges<S: Source + Sync>(inputs: &[Input<S>], wanted: usize) -> Result<Vec<KeyRange>, Error> {
    if wanted < 2 {
        return Ok(vec![KeyRange { above: 0, last: u128::MAX, starts: inputs.iter().map(Input::beginning).collect() }]);
    }
    let places = threads::map(inputs.iter().collect(), wanted, places)?;
    let mut ends = quantiles(&places, wanted);
    ends.push(u128::MAX);
    let above = std::iter::once(0).chain(ends.iter().copied());
    Ok(above.zip(&ends).map(|(above, &last)| KeyRange { above, last, starts: starts(&places, above) }).collect())
}

/// A place for every `STEP` bytes of a run, the first at its beginning.
fn places<S: Source>(input: &Input<S>) -> Result<Vec<Start>, Error> {
    let mut entries = Entries::new(input, input.beginning(), LARGEST_WINDOW);
    let (mut places, mut next) = (vec![input.beginning()], input.start.saturating_add(STEP));
    while entries.read()?.is_some() {
        let start = entries.start();
        if start.place >= next {
            places.push(start);
            next = start.place + STEP;
        }
    }
    Ok(places)
}

/// Up to `wanted` - 1 rising keys above 0 between which there are about as many of the places.
fn quantiles(places: &[Vec<Start>], wanted: usize) -> Vec<u128> {
    let mut keys: Vec<u128> = places.iter().flatten().map(|start| start.before).filter(|&key| key > 0).collect();
    keys.sort_unstable();
    let mut ends: Vec<u128> = (1..wanted).filter_map(|part| keys.get(keys.len() * part / wanted)).copied().collect();
    ends.dedup();
    ends
}

/// Each run's last place of those that no key above `above` comes before.
fn starts(places: &[Vec<Start>], above: u128) -> Vec<Start> {
    places.iter().map(|places| places[places.partition_point(|start| start.before <= above) - 1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::runs::{RunWriter, Sums};

    fn input(keys: impl Iterator<Item = u64>) -> Input<Vec<u8>> {
        let key = |number: u64| number.to_be_bytes()[4..].iter().fold(Key::EMPTY, |key, &byte| key.with(byte));
        let mut keys: Vec<Key> = keys.map(key).collect();
        keys.sort_unstable();
        let mut run = RunWriter::default();
        for key in keys {
            run.push(key, 1);
        }
        Input { source: run.finish(), start: 0, language: 0, sums: Sums::default() }
    }

    #[test]
    fn ranges_follow_each_other_and_take_about_as_much() {
        let inputs = [input(1..4000), input((1..4000).map(|n| n * 1000)), input(std::iter::empty())];
        let bytes: u64 = inputs.iter().map(|input| input.source.len() as u64).sum();
        for wanted in [2, 3, 8] {
            let ranges = key_ranges(&inputs, wanted).unwrap();
            assert_eq!(ranges.len(), wanted);
            assert!(ranges[0].above == 0 && ranges[wanted - 1].last == u128::MAX);
            for pair in ranges.windows(2) {
                assert_eq!(pair[0].last, pair[1].above);
                let begun = |range: &KeyRange| range.starts.iter().map(|start| start.place).sum::<u64>();
                let share = (begun(&pair[1]) - begun(&pair[0])) * wanted as u64;
                assert!((bytes * 9 / 10..bytes * 11 / 10).contains(&share), "{share} of {bytes}");
            }
        }
    }

    #[test]
    fn runs_too_short_for_two_are_one_range() {
        assert_eq!(key_ranges(&[input(1..3)], 4).unwrap().len(), 1);
        assert_eq!(key_ranges::<Vec<u8>>(&[], 4).unwrap().len(), 1);
    }
}
