//! Segments that are kept in files or elsewhere, read entry by entry through a buffer.

use crate::base::error::Error;
use crate::counts::segment::{LONGEST_ENTRY, ReadPoint, Sums, read_entry};
use crate::result::read_buffer::{ByteSource, ReadBuffer};

/// The least memory of a buffer over a segment.
pub const LEAST_BUFFER: usize = if cfg!(fuzzing) { LONGEST_ENTRY } else { 4 << 10 };
/// The most memory of one: more makes reading no faster.
pub const LARGEST_BUFFER: usize = if cfg!(fuzzing) { 64 } else { 256 << 10 };

/// A segment to be merged.
pub struct SegmentSource<S> {
    /// Where it is kept.
    pub bytes: S,
    /// The place in the source of its first byte; it goes to the source's end.
    pub start: u64,
    /// The place of its language among all.
    pub language: usize,
    /// What its entries add up to.
    pub sums: Sums,
    /// Places in the segment, rising, without its beginning.
    pub read_points: Vec<ReadPoint>,
}

impl<S: ByteSource> SegmentSource<S> {
    /// The last place in the segment that no key above `key` comes before.
    #[must_use]
    pub fn start_above(&self, key: u128) -> ReadPoint {
        let passed = self.read_points.partition_point(|start| start.before <= key);
        passed.checked_sub(1).map_or(ReadPoint::default(), |last| self.read_points[last])
    }

    /// The failure of a merge that this source is not fit for.
    pub fn damaged(&self, reason: &str) -> Error {
        Error::Damaged { name: self.bytes.name(), reason: reason.into() }
    }
}

/// The entries of a source from some place on.
pub struct Entries<'a, S> {
    source: &'a SegmentSource<S>,
    buffer: ReadBuffer<&'a S>,
    key: u128,
}

impl<'a, S: ByteSource> Entries<'a, S> {
    /// Reads through a buffer of `size` bytes, at least `LEAST_BUFFER`.
    pub fn new(source: &'a SegmentSource<S>, start: ReadPoint, size: usize) -> Self {
        let offset = source.start.saturating_add(start.offset);
        Self { source, buffer: ReadBuffer::new(&source.bytes, offset, u64::MAX, size), key: start.before }
    }

    /// The next entry's key and count; none at the end.
    ///
    /// # Errors
    /// `Error::Damaged` where there is no entry; `Error::Io` where the source cannot be read.
    #[expect(clippy::inline_always, reason = "see `read_entry`")]
    #[inline(always)]
    pub fn read(&mut self) -> Result<Option<(u128, u64)>, Error> {
        let bytes = self.buffer.ahead(LONGEST_ENTRY)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let Some((key, count, length)) = read_entry(bytes, self.key) else {
            return Err(self.source.damaged(&format!("damaged segment of counts at byte {}", self.buffer.offset())));
        };
        self.buffer.skip(length);
        self.key = key;
        Ok(Some((key, count)))
    }
}
