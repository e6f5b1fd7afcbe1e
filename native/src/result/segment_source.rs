//! Segment source: reads a segment in a file, or in any other source of bytes, entry by entry through a buffer.

use crate::base::error::Error;
use crate::counts::segment::{LONGEST_ENTRY, ReadPoint, Sums, read_entry};
use crate::result::read_buffer::{ByteSource, ReadBuffer};

/// Least size of a buffer that reads a segment, in bytes.
pub(crate) const LEAST_BUFFER: usize = if cfg!(fuzzing) { LONGEST_ENTRY } else { 4 << 10 };
/// Largest size of a buffer that reads a segment, in bytes, because a larger buffer makes reading no faster.
pub(crate) const LARGEST_BUFFER: usize = if cfg!(fuzzing) { 64 } else { 256 << 10 };

/// Segment that a merge reads.
pub struct SegmentSource<S> {
    /// Source of bytes that holds the segment.
    pub bytes: S,
    /// Offset of the segment in `bytes`.
    pub start: u64,
    /// Offset in `bytes` behind the segment, or any larger one if the segment reaches to the end of `bytes`.
    pub end: u64,
    /// Index of the segment's language.
    pub language: usize,
    /// Sums over the segment's entries.
    pub sums: Sums,
    /// Read points inside the segment, by rising offset.
    pub read_points: Vec<ReadPoint>,
}

impl<S: ByteSource> SegmentSource<S> {
    /// Returns the last read point behind which all keys above `key` are; the segment's beginning if there is none.
    #[must_use]
    pub(crate) fn read_point_before(&self, key: u128) -> ReadPoint {
        let passed = self.read_points.partition_point(|point| point.before <= key);
        passed.checked_sub(1).map_or(ReadPoint::default(), |last| self.read_points[last])
    }

    /// Makes the error for a damaged source.
    pub(crate) fn damaged(&self, reason: &str) -> Error {
        Error::Damaged { name: self.bytes.name(), reason: reason.into() }
    }
}

/// Reader of the entries of a source from a read point on.
pub(crate) struct Entries<'a, S> {
    source: &'a SegmentSource<S>,
    buffer: ReadBuffer<&'a S>,
    /// Key of the entry that was read last.
    key: u128,
}

impl<'a, S: ByteSource> Entries<'a, S> {
    /// Makes a reader that begins at the read point `start`, with a buffer of `size` bytes, at least `LEAST_BUFFER`.
    pub(crate) fn new(source: &'a SegmentSource<S>, start: ReadPoint, size: usize) -> Self {
        let offset = source.start.saturating_add(start.offset);
        Self { source, buffer: ReadBuffer::new(&source.bytes, offset, source.end, size), key: start.before }
    }

    /// Returns the key and the count of the next entry, or None at the end of the segment.
    ///
    /// # Errors
    /// `Error::Damaged` for a damaged entry; `Error::Io` if the source cannot be read.
    #[expect(clippy::inline_always, reason = "see `read_entry`")]
    #[inline(always)]
    pub(crate) fn read(&mut self) -> Result<Option<(u128, u64)>, Error> {
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
