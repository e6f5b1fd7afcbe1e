//! Segments: sorted, packed lists of (substring, count).
//!
//! Keys are stored with prefix compression, as ranks: a rank is the position of a byte in code-point order of the
//! mapped form. An entry is one byte with the length of the prefix shared with the entry before (high four bits) and
//! the length of the rest (low four bits), then the ranks of the rest, then the count in LEB128. A typical entry takes
//! 4 to 5 bytes.
//!
//! Keys rise strictly and counts are at least 1, so that equal counts give equal bytes, and segments can be merged in
//! one pass (see `merge`).

use crate::base::error::Error;
use crate::base::substring_key::{FIRST_BYTES, INLINE_BYTES, SubstringKey};
use crate::counts::leb128;

/// Writer of a segment. The keys of its entries must rise strictly.
#[derive(Default)]
pub struct SegmentWriter {
    packed: Vec<u8>,
    /// Key of the entry written last; 0 if there is none.
    before: u128,
}

impl SegmentWriter {
    /// Appends an entry. The key must be inline and above the last entry's key, and the count at least 1.
    pub fn push(&mut self, key: SubstringKey, count: u64) {
        debug_assert!(key.0 > self.before && count > 0);
        let length = (key.0 & 0xFF) as usize;
        let same = ((key.0 ^ self.before).leading_zeros() / 8) as usize;
        let shared = same.min(length).min((self.before & 0xFF) as usize);
        let (rest, end) = (length - shared, self.packed.len());
        self.packed.push((shared << 4 | rest) as u8);
        // Copying all 16 bytes and cutting them is faster, see `RowSorter::push`.
        self.packed.extend_from_slice(&(key.0 << (8 * shared)).to_be_bytes());
        self.packed.truncate(end + 1 + rest);
        leb128::write(count, &mut self.packed);
        self.before = key.0;
    }

    /// Returns the packed bytes of the segment.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.packed
    }
}

/// Largest length of an entry in bytes: one byte of lengths, the ranks and the count.
pub(crate) const LONGEST_ENTRY: usize = 1 + INLINE_BYTES + leb128::LONGEST;
/// Number of bytes that `read_padded` needs; at least `LONGEST_ENTRY`.
const PADDED: usize = 32;

/// Returns the entry at the beginning of `packed` as (key, count, length in bytes), or None if the entry is damaged or
/// truncated. `before` is the key of the entry before, 0 if there is none.
#[expect(clippy::inline_always, reason = "a call makes a merge a tenth slower")]
#[inline(always)]
#[must_use]
pub(crate) fn read_entry(packed: &[u8], before: u128) -> Option<(u128, u64, usize)> {
    if let Some(bytes) = packed.first_chunk() {
        return read_padded(bytes, before);
    }
    let mut bytes = [0; PADDED];
    bytes[..packed.len()].copy_from_slice(packed);
    read_padded(&bytes, before).filter(|&(.., length)| length <= packed.len())
}

/// Does the same as `read_entry` for an entry with bytes to spare behind it: whole words are read, without a loop over
/// the ranks.
#[expect(clippy::inline_always, reason = "see `read_entry`")]
#[inline(always)]
fn read_padded(bytes: &[u8; PADDED], before: u128) -> Option<(u128, u64, usize)> {
    let (shared, rest) = (usize::from(bytes[0] >> 4), usize::from(bytes[0] & 15));
    if shared + rest > INLINE_BYTES || shared > (before & 0xFF) as usize {
        return None;
    }
    let ranks = u128::from_be_bytes(*bytes[1..].first_chunk()?) & FIRST_BYTES[rest];
    let key = before & FIRST_BYTES[shared] | ranks >> (8 * shared) | (shared + rest) as u128;
    let (count, end) = leb128::read(bytes, 1 + rest)?;
    (key > before && count > 0).then_some((key, count, end))
}

/// Iterator over the (key, count) of the entries of a segment in memory. It ends after an error.
pub struct SegmentReader<'a> {
    packed: &'a [u8],
    /// Offset of the next entry in the segment, in bytes.
    offset: usize,
    before: u128,
}

impl<'a> SegmentReader<'a> {
    /// Makes a reader of the segment `packed`, from its beginning.
    #[must_use]
    pub fn new(packed: &'a [u8]) -> Self {
        Self { packed, offset: 0, before: 0 }
    }
}

impl Iterator for SegmentReader<'_> {
    type Item = Result<(SubstringKey, u64), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset >= self.packed.len() {
            return None;
        }
        let Some((key, count, length)) = read_entry(&self.packed[self.offset..], self.before) else {
            let at = std::mem::replace(&mut self.offset, self.packed.len());
            return Some(Err(Error::Segment { at }));
        };
        self.offset += length;
        self.before = key;
        Some(Ok((SubstringKey(key), count)))
    }
}

/// Point inside a segment from which reading can begin. An entry can only be read with the key of the entry before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadPoint {
    /// Offset of an entry, in bytes from the segment's first.
    pub offset: u64,
    /// Key of the entry before the offset; 0 at the segment's beginning.
    pub before: u128,
}

/// Least distance between two read points, in bytes.
const STEP: usize = if cfg!(any(test, fuzzing)) { 24 } else { 64 << 10 };
/// Largest number of read points of a segment.
const MOST_READ_POINTS: usize = 256;

/// Checks a segment, and returns its sums and its read points. The read points are at about equal distances; the
/// segment's beginning is not among them.
///
/// # Errors
/// `Error::Segment` for a damaged segment; `Error::Overflow` if the sum exceeds 64 bits.
pub fn survey(packed: &[u8]) -> Result<(Sums, Vec<ReadPoint>), Error> {
    let step = STEP.max(packed.len() / MOST_READ_POINTS);
    let (mut sums, mut read_points, mut next) = (Sums::default(), Vec::new(), step);
    let mut entries = SegmentReader::new(packed);
    while let Some(entry) = entries.next() {
        sums.add(entry?.1)?;
        if entries.offset >= next && entries.offset < packed.len() {
            read_points.push(ReadPoint { offset: entries.offset as u64, before: entries.before });
            next = entries.offset + step;
        }
    }
    Ok((sums, read_points))
}

/// Sums over the entries of a segment. A reader compares them with its own sums to see that it has read every entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Number of entries.
    pub entries: u64,
    /// Sum of the counts of the entries.
    pub occurrences: u64,
}

impl Sums {
    /// Adds one entry with the given count.
    ///
    /// # Errors
    /// `Error::Overflow` if the sum exceeds 64 bits.
    #[inline]
    pub fn add(&mut self, count: u64) -> Result<(), Error> {
        self.entries += 1;
        self.occurrences = self.occurrences.checked_add(count).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// Returns the sums of two segments together.
    ///
    /// # Errors
    /// `Error::Overflow` if a sum exceeds 64 bits.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        let sum = |one: u64, other| one.checked_add(other).ok_or(Error::Overflow);
        Ok(Self { entries: sum(self.entries, other.entries)?, occurrences: sum(self.occurrences, other.occurrences)? })
    }

    /// Returns the sums of a segment in memory.
    ///
    /// # Errors
    /// `Error::Segment` for a damaged segment; `Error::Overflow` if the sum exceeds 64 bits.
    pub fn of_segment(packed: &[u8]) -> Result<Self, Error> {
        Ok(survey(packed)?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Counts = BTreeMap<Vec<u8>, u64>;

    fn key_of(bytes: &[u8]) -> SubstringKey {
        bytes.iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte))
    }

    fn pack(counts: &Counts) -> Vec<u8> {
        let mut entries: Vec<_> = counts.iter().map(|(bytes, &count)| (key_of(bytes), count)).collect();
        entries.sort_unstable();
        let mut segment = SegmentWriter::default();
        for (key, count) in entries {
            segment.push(key, count);
        }
        segment.finish()
    }

    fn any_counts() -> impl Strategy<Value = Counts> {
        let bytes = prop::collection::vec(prop_oneof![Just(0u8), Just(b'!'), any::<u8>()], 1..=15);
        prop::collection::btree_map(bytes, prop_oneof![1..200u64, 1..u64::MAX / 8], 0..40)
    }

    proptest! {
        #[test]
        fn a_segment_reads_as_it_was_written(counts in any_counts()) {
            let packed = pack(&counts);
            let read: Vec<_> = SegmentReader::new(&packed).map(Result::unwrap).collect();
            let mut expected: Vec<_> = counts.iter().map(|(bytes, &n)| (key_of(bytes), n)).collect();
            expected.sort_unstable();
            prop_assert_eq!(read, expected);
            let occurrences = counts.values().try_fold(0u64, |sum, &n| sum.checked_add(n));
            let sums = occurrences.map(|occurrences| Sums { entries: counts.len() as u64, occurrences });
            prop_assert_eq!(Sums::of_segment(&packed).ok(), sums);
        }

        #[test]
        fn damage_is_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let read: Result<Vec<_>, _> = SegmentReader::new(&bytes).collect();
            if let Ok(entries) = read {
                prop_assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
            }
        }
    }

    #[test]
    fn sums_beyond_64_bits_are_errors() {
        let high = [(b"a".to_vec(), u64::MAX), (b"b".to_vec(), 1)];
        assert_eq!(Sums::of_segment(&pack(&high[..1].iter().cloned().collect())).unwrap().occurrences, u64::MAX);
        assert_eq!(Sums::of_segment(&pack(&high.into())), Err(Error::Overflow));
    }

    #[test]
    fn a_truncated_segment_is_noticed() {
        let packed = pack(&[(b"abc".to_vec(), 300), (b"abd".to_vec(), 1)].into());
        assert_eq!(packed.len(), 4 + 2 + 2 + 1);
        assert!(SegmentReader::new(&packed[..5]).any(|entry| entry.is_err()));
    }
}
