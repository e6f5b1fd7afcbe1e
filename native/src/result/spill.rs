//! Spills: reads and merges sorted lists of packed rows, which are one behind the other in a file.
//!
//! All keys of a spill are above the keys of the earlier spills. So the merge compares only totals: the next row is the
//! row with the greatest total, and if several spills have such a row, the row of the earliest of these spills.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::base::error::Error;
use crate::result::loser_tree::{ENDED, LoserTree};
use crate::result::packed_row::{Row, longest, measure};
use crate::result::read_buffer::{ByteSource, ReadBuffer, read_full};

/// Largest size in bytes of a buffer that reads a spill; also the size of the buffer through which spills are written.
pub(crate) const LARGEST_BUFFER: usize = if cfg!(fuzzing) { 64 } else { 1 << 20 };

/// File that holds the spills of one sorter.
#[derive(Clone)]
pub(crate) struct SpillFile {
    /// Open file, whose name is already removed.
    pub(crate) file: Arc<File>,
    /// Path at which the file was made, for messages.
    pub(crate) path: Arc<Path>,
}

impl ByteSource for SpillFile {
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        read_full(&self.file, offset, into)
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// Rows of all spills of a file, by falling total, then by rising key.
pub(crate) struct MergedSpills {
    spills: Vec<RowReader>,
    tree: LoserTree,
}

impl MergedSpills {
    /// Opens the spills of a file. `ends` has the offset behind each spill, `buffers` is the memory of all buffers in
    /// bytes.
    ///
    /// # Errors
    /// `Error::Io` or `Error::Damaged` if a row cannot be read.
    pub(crate) fn new(file: &SpillFile, ends: &[u64], languages: usize, buffers: usize) -> Result<Self, Error> {
        let longest = longest(languages);
        let size = (buffers / ends.len()).clamp(longest, LARGEST_BUFFER.max(longest));
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let mut spills: Vec<RowReader> = starts
            .zip(ends)
            .map(|(start, &end)| RowReader {
                buffer: ReadBuffer::new(file.clone(), start, end, size),
                longest,
                length: 0,
                total: 0,
            })
            .collect();
        let keys = spills.iter_mut().enumerate().map(|(index, spill)| spill.advance(index));
        let tree = LoserTree::new(&keys.collect::<Result<Vec<_>, Error>>()?);
        Ok(Self { spills, tree })
    }

    /// Returns the next row without removing it; None if all rows have been read.
    pub(crate) fn head(&self) -> Option<Row<'_>> {
        let (key, index) = self.tree.least();
        let spill = &self.spills[index];
        (key != ENDED).then(|| Row::new(&spill.buffer.held()[..spill.length], spill.total))
    }

    /// Removes the next row, which must exist.
    ///
    /// # Errors
    /// `Error::Io` or `Error::Damaged` if a row cannot be read.
    pub(crate) fn advance(&mut self) -> Result<(), Error> {
        let (_, index) = self.tree.least();
        self.tree.replace_least(self.spills[index].advance(index)?);
        Ok(())
    }
}

/// Reader of one spill.
struct RowReader {
    buffer: ReadBuffer<SpillFile>,
    /// Largest length of a packed row, in bytes.
    longest: usize,
    /// Length of the next row, in bytes.
    length: usize,
    /// Total of the next row.
    total: u64,
}

impl RowReader {
    /// Removes the next row, and reads the row behind it. Returns that row's key in the loser tree, or `ENDED`. This
    /// key rises with falling total, then with the spill's index.
    fn advance(&mut self, index: usize) -> Result<u128, Error> {
        self.buffer.skip(self.length);
        let bytes = self.buffer.ahead(self.longest)?;
        if bytes.is_empty() {
            return Ok(ENDED);
        }
        let Some((total, length)) = measure(bytes) else {
            let reason = format!("damaged row at byte {}", self.buffer.offset());
            return Err(Error::Damaged { name: self.buffer.source().name(), reason });
        };
        (self.total, self.length) = (total, length);
        Ok(u128::from(!total) << 64 | index as u128)
    }
}
