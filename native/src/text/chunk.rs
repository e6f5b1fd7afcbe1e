//! Chunk of a text column: consecutive rows, whose buffers are in memory or in a file.
//!
//! A chunk has four buffers: the rows' offsets and data, as Arrow has them, and the checkpoints and entries of the row
//! index. A chunk in memory makes its row index itself. A `ChunkLayout` says where the buffers of a chunk in a file
//! begin. The rows' offsets are checked once, when the chunk is made: they never decrease, and no row reaches beyond
//! the data.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::base::error::Error;
use crate::text::row_index::{ENTRY_BYTES, RowIndex};

/// Maximum size of one read when a buffer is read from end to end, in bytes. It fits the processor's caches and is a
/// multiple of `ENTRY_BYTES`.
pub(crate) const READ_BYTES: u64 = if cfg!(fuzzing) { 64 } else { 256 << 10 };

/// Owner of bytes that a chunk in memory reads, such as a Python buffer or a vector.
pub type Bytes = Box<dyn AsRef<[u8]> + Send + Sync>;

/// Layout of a chunk in its file: the offsets of the four buffers, in bytes from the start of the file, and the number
/// of rows. The buffers follow one another in the order of the fields.
#[derive(Clone, Copy, Debug)]
pub struct ChunkLayout {
    /// Offset at which the rows' offsets start.
    pub offsets: u64,
    /// Offset at which the rows' data starts.
    pub data: u64,
    /// Offset at which the checkpoints start; they end where the entries start.
    pub checkpoints: u64,
    /// Offset at which the entries of the row index start.
    pub entries: u64,
    /// Number of rows in the chunk.
    pub rows: u64,
}

/// Name of one of the four buffers of a chunk.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// Offsets of the rows in the data, one more than there are rows.
    Offsets,
    /// Bytes of all rows, one row after the other.
    Data,
    /// Checkpoints of the row index.
    Checkpoints,
    /// Entries of the row index.
    Entries,
}

enum Buffers {
    Memory { offsets: Bytes, data: Bytes, index: RowIndex },
    File { file: Arc<File>, layout: ChunkLayout },
}

/// Chunk of a text column, whose offsets have been checked.
pub(crate) struct Chunk {
    buffers: Buffers,
    /// Number of rows in the chunk.
    pub(crate) rows: u64,
    /// Range of the data that the rows take up, in bytes.
    pub(crate) text: Range<u64>,
}

impl Chunk {
    /// Makes a chunk of offsets and data in memory. Returns `None` if offsets decrease or point beyond the data.
    #[must_use]
    pub(crate) fn in_memory(offsets: Bytes, data: Bytes) -> Option<Self> {
        let (rows, text) = checked_rows((*offsets).as_ref(), (*data).as_ref().len() as u64)?;
        let index = RowIndex::of((*offsets).as_ref(), (*data).as_ref());
        Some(Self { buffers: Buffers::Memory { offsets, data, index }, rows, text })
    }

    /// Opens a chunk in a file of `size` bytes. Returns `None` if offsets decrease, or if a buffer reaches beyond the
    /// next buffer or the end of the file.
    ///
    /// # Errors
    /// `Error::File` if the file cannot be read.
    pub(crate) fn in_file(file: Arc<File>, size: u64, layout: ChunkLayout) -> Result<Option<Self>, Error> {
        let end = layout.rows.checked_mul(ENTRY_BYTES).and_then(|bytes| bytes.checked_add(layout.entries));
        let Some(data_size) = layout.checkpoints.checked_sub(layout.data) else { return Ok(None) };
        if layout.checkpoints > layout.entries || end.is_none_or(|end| end > size) {
            return Ok(None);
        }
        let mut offsets = vec![0; (layout.rows as usize + 1) * 8]; // fewer bytes than the entries, or one offset
        read(&file, &mut offsets, layout.offsets)?;
        let checked = checked_rows(&offsets, data_size);
        Ok(checked.map(|(rows, text)| Self { buffers: Buffers::File { file, layout }, rows, text }))
    }

    /// Returns the range of the buffer `part` that belongs to the chunk's rows, in bytes.
    #[must_use]
    pub(crate) fn whole(&self, part: Part) -> Range<u64> {
        match (part, &self.buffers) {
            (Part::Offsets, Buffers::Memory { offsets, .. }) => 0..(**offsets).as_ref().len() as u64,
            (Part::Offsets, Buffers::File { .. }) => 0..(self.rows + 1) * 8,
            (Part::Data, _) => self.text.clone(),
            (Part::Checkpoints, Buffers::Memory { index, .. }) => 0..index.checkpoints.len() as u64,
            (Part::Checkpoints, Buffers::File { layout, .. }) => 0..layout.entries - layout.checkpoints,
            (Part::Entries, _) => 0..self.rows * ENTRY_BYTES,
        }
    }

    /// Returns the bytes `range` of the buffer `part`; the range must lie in `whole(part)`. `scratch` receives the
    /// bytes if the chunk is in a file.
    ///
    /// # Errors
    /// `Error::File` if the file cannot be read.
    pub(crate) fn bytes<'a>(
        &'a self,
        part: Part,
        range: Range<u64>,
        scratch: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Error> {
        match &self.buffers {
            Buffers::Memory { offsets, data, index } => {
                let buffer = match part {
                    Part::Offsets => (**offsets).as_ref(),
                    Part::Data => (**data).as_ref(),
                    Part::Checkpoints => &index.checkpoints,
                    Part::Entries => &index.entries,
                };
                Ok(&buffer[range.start as usize..range.end as usize])
            }
            Buffers::File { file, layout } => {
                let start = match part {
                    Part::Offsets => layout.offsets,
                    Part::Data => layout.data,
                    Part::Checkpoints => layout.checkpoints,
                    Part::Entries => layout.entries,
                };
                let length = (range.end - range.start) as usize;
                if scratch.len() < length {
                    scratch.resize(length, 0); // never shortened: growing again would zero the bytes again
                }
                read(file, &mut scratch[..length], start + range.start)?;
                Ok(&scratch[..length])
            }
        }
    }
}

fn read(file: &File, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
    file.read_exact_at(buffer, offset).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::File { reason: "it was truncated".into() },
        _ => Error::file(&error),
    })
}

/// Returns the number of rows with these offsets, and the range of the data that the rows take up. Returns `None`
/// unless `offsets` are 64-bit numbers that never decrease and do not exceed `size`, the length of the data in bytes.
/// No offsets at all mean no rows, as Arrow allows.
#[must_use]
pub(crate) fn checked_rows(offsets: &[u8], size: u64) -> Option<(u64, Range<u64>)> {
    let (values, []) = offsets.as_chunks::<8>() else { return None };
    let first = values.first().map_or(0, |first| u64::from_le_bytes(*first));
    let mut before = first;
    for value in values {
        let value = u64::from_le_bytes(*value);
        if value < before {
            return None;
        }
        before = value;
    }
    (before <= size).then_some(((values.len() as u64).saturating_sub(1), first..before))
}
