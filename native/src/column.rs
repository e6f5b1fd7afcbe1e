//! The text column of one language: rows by number, read in place from memory that others own.
//!
//! A column is a list of chunks, each a pair of Arrow buffers: 64-bit little-endian offsets (one more than rows) and
//! UTF-8 data. Offsets are checked once, when the column is made; whether a row is UTF-8 is checked whenever it is
//! read, since the data can be larger than memory.

use crate::error::Error;
use crate::pretokenize::is_white_space;

/// Bytes that outlive the column: a memory map, a Python buffer, a vector.
pub type Bytes = Box<dyn AsRef<[u8]> + Send + Sync>;

struct Chunk {
    offsets: Bytes,
    data: Bytes,
    /// The number in the column of the row after the chunk's last.
    end: u64,
}

/// An immutable column of texts with random access.
pub struct TextColumn {
    chunks: Vec<Chunk>,
}

impl TextColumn {
    /// Makes a column of `(offsets, data)` chunks.
    ///
    /// # Errors
    /// `Error::Offsets` where offsets are missing, fall, or point beyond the data.
    pub fn new(chunks: Vec<(Bytes, Bytes)>) -> Result<Self, Error> {
        let mut end = 0;
        let chunks = chunks
            .into_iter()
            .enumerate()
            .map(|(number, (offsets, data))| {
                let size = (*data).as_ref().len() as u64;
                end += checked_rows((*offsets).as_ref(), size).ok_or(Error::Offsets { chunk: number })?;
                Ok(Chunk { offsets, data, end })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { chunks })
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.chunks.last().map_or(0, |chunk| chunk.end)
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of this number, which must be less than `len`.
    ///
    /// # Errors
    /// `Error::Utf8` where the row is not UTF-8.
    pub fn row(&self, row: u64) -> Result<&str, Error> {
        let number = self.chunks.partition_point(|chunk| chunk.end <= row);
        let first = if number == 0 { 0 } else { self.chunks[number - 1].end };
        let chunk = &self.chunks[number];
        let at = (row - first) as usize * 8;
        let offsets = (*chunk.offsets).as_ref();
        let span = offset(&offsets[at..]) as usize..offset(&offsets[at + 8..]) as usize;
        std::str::from_utf8(&(*chunk.data).as_ref()[span]).map_err(|_| Error::Utf8 { row })
    }

    /// The row without the white space at its ends.
    ///
    /// # Errors
    /// As `row`.
    pub fn stripped(&self, row: u64) -> Result<&str, Error> {
        Ok(self.row(row)?.trim_matches(is_white_space))
    }

    /// The first row that holds more than white space.
    ///
    /// # Errors
    /// As `row`.
    pub fn first_text_row(&self) -> Result<Option<u64>, Error> {
        for row in 0..self.len() {
            if !self.stripped(row)?.is_empty() {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

/// The number of rows that `offsets` describe, if they never fall and stay within `size` bytes.
fn checked_rows(offsets: &[u8], size: u64) -> Option<u64> {
    let (values, []) = offsets.as_chunks::<8>() else { return None };
    let mut before = 0;
    for value in values {
        let value = u64::from_le_bytes(*value);
        if value < before {
            return None;
        }
        before = value;
    }
    let rows = (values.len() as u64).checked_sub(1)?;
    (before <= size).then_some(rows)
}

/// The offset that `bytes` begin with.
fn offset(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A column of `rows`, cut into chunks of `chunk` rows.
    pub(crate) fn column_of(rows: &[&str], chunk: usize) -> TextColumn {
        let chunks = rows.chunks(chunk).map(|rows| {
            let ends = rows.iter().scan(0u64, |end, row| {
                *end += row.len() as u64;
                Some(*end)
            });
            let offsets: Vec<u8> = std::iter::once(0).chain(ends).flat_map(u64::to_le_bytes).collect();
            (Box::new(offsets) as Bytes, Box::new(rows.concat().into_bytes()) as Bytes)
        });
        TextColumn::new(chunks.collect()).unwrap()
    }

    fn raw(offsets: &[i64], data: &[u8]) -> Result<TextColumn, Error> {
        let offsets: Vec<u8> = offsets.iter().flat_map(|o| o.to_le_bytes()).collect();
        TextColumn::new(vec![(Box::new(offsets), Box::new(data.to_vec()))])
    }

    #[test]
    fn rows_are_found_across_chunks() {
        let rows = ["a", "", "bc", "é", "  x "];
        for chunk in 1..=5 {
            let column = column_of(&rows, chunk);
            assert_eq!(column.len(), 5);
            for (number, row) in rows.iter().enumerate() {
                assert_eq!(column.row(number as u64).unwrap(), *row);
            }
            assert_eq!(column.stripped(4).unwrap(), "x");
        }
    }

    #[test]
    fn bad_offsets_are_refused() {
        assert!(raw(&[], b"").is_err());
        assert!(raw(&[0, 2, 1], b"abc").is_err());
        assert!(raw(&[0, 4], b"abc").is_err());
        assert!(raw(&[-1, 0], b"abc").is_err());
        assert_eq!(raw(&[1, 3], b"abc").unwrap().row(0).unwrap(), "bc");
    }

    #[test]
    fn a_row_that_is_not_utf8_is_named() {
        let column = raw(&[0, 1, 2], b"a\xff").unwrap();
        assert!(matches!(column.row(1), Err(Error::Utf8 { row: 1 })));
    }

    #[test]
    fn first_text_row_passes_white_space_over() {
        assert_eq!(column_of(&["", " \u{3000}\n", "x"], 2).first_text_row().unwrap(), Some(2));
        assert_eq!(column_of(&["", " "], 2).first_text_row().unwrap(), None);
    }
}
