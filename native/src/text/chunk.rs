//! A chunk of a column: its buffers, in memory or in a file, and reads of any bytes of them.
//!
//! Buffers are Arrow's offsets and data, and the checkpoints and entries that `entries` makes of them. Those in memory are made
//! with the chunk; a file's are at the places that it names. Offsets are checked once, when the chunk is made: they never
//! fall, and no row leaves the data.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::base::error::Error;
use crate::text::row_index::{ENTRY_BYTES, RowIndex, entries_of};

/// Bytes that outlive the column: a Python buffer, a vector.
pub type Bytes = Box<dyn AsRef<[u8]> + Send + Sync>;

/// Where a chunk of a file has its buffers, one behind the other in bytes from the file's beginning, and its number of
/// rows.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The first offset.
    pub offsets: u64,
    /// The first byte of data.
    pub data: u64,
    /// The first checkpoint; checkpoints go on to the first entry.
    pub checkpoints: u64,
    /// The first entry.
    pub entries: u64,
    /// The number of rows.
    pub rows: u64,
}

/// Which of a chunk's buffers.
#[derive(Clone, Copy)]
pub enum Part {
    /// The rows' offsets in the data, one more than rows.
    Offsets,
    /// The rows' text.
    Data,
    /// The rows' checkpoints.
    Checkpoints,
    /// The rows' entries.
    Entries,
}

enum Buffers {
    Memory { offsets: Bytes, data: Bytes, written: RowIndex },
    File { file: Arc<File>, place: Place },
}

/// A chunk that has been checked.
pub struct Chunk {
    buffers: Buffers,
    /// The number of rows.
    pub rows: u64,
    /// Where in the data its rows begin and end.
    pub text: Range<u64>,
}

impl Chunk {
    /// A chunk in memory; none where offsets fall, or point beyond the data.
    #[must_use]
    pub fn in_memory(offsets: Bytes, data: Bytes) -> Option<Self> {
        let (rows, text) = checked_rows((*offsets).as_ref(), (*data).as_ref().len() as u64)?;
        let written = entries_of((*offsets).as_ref(), (*data).as_ref());
        Some(Self { buffers: Buffers::Memory { offsets, data, written }, rows, text })
    }

    /// A chunk in a file of `size` bytes; none where offsets fall, or a buffer reaches beyond the next one or the file.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn in_file(file: Arc<File>, size: u64, place: Place) -> Result<Option<Self>, Error> {
        let end = place.rows.checked_mul(ENTRY_BYTES).and_then(|bytes| bytes.checked_add(place.entries));
        let Some(room) = place.checkpoints.checked_sub(place.data) else { return Ok(None) };
        if place.checkpoints > place.entries || end.is_none_or(|end| end > size) {
            return Ok(None);
        }
        let mut offsets = vec![0; (place.rows as usize + 1) * 8]; // fewer bytes than the entries, or one offset
        read(&file, &mut offsets, place.offsets)?;
        let checked = checked_rows(&offsets, room);
        Ok(checked.map(|(rows, text)| Self { buffers: Buffers::File { file, place }, rows, text }))
    }

    /// Where in a buffer its bytes are that belong to rows.
    #[must_use]
    pub fn whole(&self, part: Part) -> Range<u64> {
        match (part, &self.buffers) {
            (Part::Offsets, Buffers::Memory { offsets, .. }) => 0..(**offsets).as_ref().len() as u64,
            (Part::Offsets, Buffers::File { .. }) => 0..(self.rows + 1) * 8,
            (Part::Data, _) => self.text.clone(),
            (Part::Checkpoints, Buffers::Memory { written, .. }) => 0..written.0.len() as u64,
            (Part::Checkpoints, Buffers::File { place, .. }) => 0..place.entries - place.checkpoints,
            (Part::Entries, _) => 0..self.rows * ENTRY_BYTES,
        }
    }

    /// These bytes of a buffer, which must be in `whole`; `scratch` holds them where they are not in memory.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn bytes<'a>(&'a self, part: Part, span: Range<u64>, scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        match &self.buffers {
            Buffers::Memory { offsets, data, written: (checkpoints, entries) } => {
                let buffer = match part {
                    Part::Offsets => (**offsets).as_ref(),
                    Part::Data => (**data).as_ref(),
                    Part::Checkpoints => checkpoints,
                    Part::Entries => entries,
                };
                Ok(&buffer[span.start as usize..span.end as usize])
            }
            Buffers::File { file, place } => {
                let start = match part {
                    Part::Offsets => place.offsets,
                    Part::Data => place.data,
                    Part::Checkpoints => place.checkpoints,
                    Part::Entries => place.entries,
                };
                let length = (span.end - span.start) as usize;
                if scratch.len() < length {
                    scratch.resize(length, 0); // never shorter: what is cut off would have to be zeroed again
                }
                read(file, &mut scratch[..length], start + span.start)?;
                Ok(&scratch[..length])
            }
        }
    }
}

fn read(file: &File, buffer: &mut [u8], at: u64) -> Result<(), Error> {
    file.read_exact_at(buffer, at).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::File { reason: "it was cut short".into() },
        _ => Error::file(&error),
    })
}

/// The number of rows that `offsets` describe, and where they begin and end, if they never fall and stay within `size`
/// bytes. No offsets at all are no rows, as Arrow allows.
#[must_use]
pub fn checked_rows(offsets: &[u8], size: u64) -> Option<(u64, Range<u64>)> {
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
