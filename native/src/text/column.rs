//! Text column: all rows of a language's corpus, read by index from memory or from a cache file.
//!
//! A column is a list of chunks. Each chunk has Arrow's 64-bit little-endian offsets (one more than rows) and UTF-8
//! data, and a row index (see `row_index`), so that a text reads no more of a row than the text needs. Offsets are
//! checked once, when the column is made. UTF-8 is checked whenever a row is read, because the data can be larger than
//! memory. A column in memory makes its row index; a file contains the row index of its rows. An entry of the row index
//! is checked whenever the entry is read, so that no entry leads out of its chunk.
//!
//! A file is read at offsets and not mapped. A mapping of a large file grows with every random row, by as much as 2 MB
//! if the page cache has large folios, and truncating the file would kill the process. In both ways the pages belong to
//! the system's page cache, which all processes share. Cost: about 1 µs for a read, and the copy of its bytes.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use crate::base::error::Error;
use crate::base::threads;
use crate::text::checksum::checksum;
pub use crate::text::chunk::{Bytes, ChunkLayout};
use crate::text::chunk::{Chunk, Part, READ_BYTES};
use crate::text::row_index::{ENTRY_BYTES, RowEntry, RowIndex};

/// Row without the white space at its ends. Only the row's entry in the row index has been read, not the row itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StrippedRow {
    /// Index of the row in the column.
    pub(crate) row: u64,
    /// Entry of the row in the row index, checked: no more bytes than the chunk has, and no more characters than bytes.
    pub(crate) entry: RowEntry,
    /// Index of the row's chunk in the column.
    chunk: usize,
}

/// Immutable list of all rows of a corpus, with random access.
#[derive(Default)]
pub struct TextColumn {
    chunks: Vec<Chunk>,
    /// Number of rows in each chunk and all chunks before it.
    ends: Vec<u64>,
}

impl TextColumn {
    /// Makes a column, which is all rows of a corpus, in memory, from chunks that are each given as offsets and data. Cost: one pass over the data.
    ///
    /// # Errors
    /// `Error::Offsets` if offsets decrease or point beyond the data.
    pub fn in_memory(chunks: Vec<(Bytes, Bytes)>) -> Result<Self, Error> {
        Self::of(chunks.into_iter().map(|(offsets, data)| Ok(Chunk::in_memory(offsets, data))))
    }

    /// Opens a column whose chunks are in `file`.
    ///
    /// # Errors
    /// `Error::Offsets` if offsets decrease, or if a buffer reaches beyond the next buffer or the end of the file;
    /// `Error::File` if the file cannot be read.
    pub fn in_file(file: File, layouts: &[ChunkLayout]) -> Result<Self, Error> {
        let size = file.metadata().map_err(|error| Error::file(&error))?.len();
        let file = Arc::new(file);
        Self::of(layouts.iter().map(|&layout| Chunk::in_file(file.clone(), size, layout)))
    }

    fn of(chunks: impl Iterator<Item = Result<Option<Chunk>, Error>>) -> Result<Self, Error> {
        let mut column = Self::default();
        for (index, chunk) in chunks.enumerate() {
            let chunk = chunk?.ok_or(Error::Offsets { chunk: index })?;
            column.ends.push(column.len() + chunk.rows);
            column.chunks.push(chunk);
        }
        Ok(column)
    }

    /// Returns the number of rows in the column.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Returns whether the column has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the row at index `row`, which must be less than `len`. `scratch` receives the row's bytes if the column
    /// is in a file.
    ///
    /// # Errors
    /// `Error::Utf8` if the row is not UTF-8; `Error::File` if the file cannot be read; `Error::Offsets` if the row's
    /// offsets have changed since the column was made.
    pub fn row<'a>(&'a self, row: u64, scratch: &'a mut Vec<u8>) -> Result<&'a str, Error> {
        let (chunk, index) = self.locate(row);
        let offsets = self.chunks[chunk].bytes(Part::Offsets, index * 8..index * 8 + 16, scratch)?;
        let (start, end) = (word(offsets), word(&offsets[8..]));
        let text = &self.chunks[chunk].text;
        if start < text.start || start > end || end > text.end {
            return Err(Error::Offsets { chunk });
        }
        std::str::from_utf8(self.chunks[chunk].bytes(Part::Data, start..end, scratch)?).map_err(|_| Error::Utf8 { row })
    }

    /// Reads and checks the row index entry of the row at index `row`, which must be less than `len`. The row itself is
    /// not read.
    ///
    /// # Errors
    /// `Error::Utf8` if the row was not UTF-8 when the entry was made; `Error::RowIndex` if the entry leads out of the
    /// chunk; `Error::File` if the file cannot be read.
    pub(crate) fn stripped(&self, row: u64, scratch: &mut Vec<u8>) -> Result<StrippedRow, Error> {
        let (chunk, index) = self.locate(row);
        let range = index * ENTRY_BYTES..(index + 1) * ENTRY_BYTES;
        let entry = self.chunks[chunk].bytes(Part::Entries, range, scratch)?;
        self.checked(chunk, row, entry)
    }

    /// Returns the number of characters of the row at index `row`, which must be less than `len`, without the white space
    /// at its ends. The row itself is not read.
    ///
    /// # Errors
    /// `Error::Utf8`, `Error::RowIndex` and `Error::File`, as `stripped` returns them.
    pub fn characters(&self, row: u64) -> Result<u64, Error> {
        Ok(self.stripped(row, &mut Vec::new())?.entry.characters)
    }

    /// Checks `entry`, which `all_entries` returned for the row at index `row`. The row itself is not read.
    ///
    /// # Errors
    /// `Error::Utf8` and `Error::RowIndex`, as `stripped` returns them.
    pub(crate) fn stripped_by(&self, row: u64, entry: &[u8]) -> Result<StrippedRow, Error> {
        self.checked(self.locate(row).0, row, entry)
    }

    /// Returns the row index entries of all rows, one after the other. The entries are not checked.
    ///
    /// # Errors
    /// `Error::File` if the file cannot be read.
    pub(crate) fn all_entries(&self) -> Result<Vec<u8>, Error> {
        let (mut all, mut scratch) = (Vec::with_capacity((self.len() * ENTRY_BYTES) as usize), Vec::new());
        for chunk in &self.chunks {
            all.extend_from_slice(chunk.bytes(Part::Entries, chunk.whole(Part::Entries), &mut scratch)?);
        }
        Ok(all)
    }

    fn checked(&self, chunk: usize, row: u64, entry: &[u8]) -> Result<StrippedRow, Error> {
        let entry = RowEntry::read(entry).ok_or(Error::RowIndex { row })?;
        let text = &self.chunks[chunk].text;
        if entry.characters > entry.bytes {
            return Err(Error::Utf8 { row });
        }
        if entry.start.checked_add(entry.bytes).is_none_or(|end| end > text.end - text.start) {
            return Err(Error::RowIndex { row });
        }
        Ok(StrippedRow { row, entry, chunk })
    }

    /// Returns the bytes `range` of a stripped row; the range must lie in the row.
    ///
    /// # Errors
    /// `Error::File` if the file cannot be read.
    pub(crate) fn bytes<'a>(
        &'a self,
        row: &StrippedRow,
        range: Range<u64>,
        scratch: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Error> {
        let start = self.chunks[row.chunk].text.start + row.entry.start;
        self.chunks[row.chunk].bytes(Part::Data, start + range.start..start + range.end, scratch)
    }

    /// Returns the checkpoints whose numbers, from 1, are in `range`, of a row without white space at its ends; a
    /// checkpoint has eight bytes.
    ///
    /// # Errors
    /// `Error::RowIndex` if the chunk does not have these checkpoints; `Error::File` if the file cannot be read.
    pub(crate) fn checkpoints<'a>(
        &'a self,
        row: &StrippedRow,
        range: Range<u64>,
        scratch: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Error> {
        let all = self.chunks[row.chunk].whole(Part::Checkpoints).end / 8;
        let first = row.entry.checkpoints.checked_add(range.start - 1);
        let first = first.filter(|first| first.checked_add(range.end - range.start).is_some_and(|end| end <= all));
        let first = first.ok_or(Error::RowIndex { row: row.row })?;
        let bytes = first * 8..(first + range.end - range.start) * 8;
        self.chunks[row.chunk].bytes(Part::Checkpoints, bytes, scratch)
    }

    /// Returns the index of the first row that holds more than white space, or `None` if no row does. Cost: reads the
    /// row index entries up to that row, many at a time.
    ///
    /// # Errors
    /// `Error::Utf8`, `Error::RowIndex` and `Error::File`, as `stripped` returns them, for the returned row and the
    /// rows before it.
    pub fn first_text_row(&self) -> Result<Option<u64>, Error> {
        let (mut scratch, mut row) = (Vec::new(), 0);
        for (index, chunk) in self.chunks.iter().enumerate() {
            let end = chunk.whole(Part::Entries).end;
            for start in (0..end).step_by(READ_BYTES as usize) {
                let entries = chunk.bytes(Part::Entries, start..end.min(start + READ_BYTES), &mut scratch)?;
                for entry in entries.chunks_exact(ENTRY_BYTES as usize) {
                    if self.checked(index, row, entry)?.entry.characters > 0 {
                        return Ok(Some(row));
                    }
                    row += 1;
                }
            }
        }
        Ok(None)
    }

    /// Returns the XXH3 hash (64 bits) of each chunk: of the rows' lengths as little-endian u64, the rows' text, their
    /// checkpoints and their entries.
    ///
    /// Chunks of equal rows have equal hashes, in memory and in a file. The hash finds accidental damage, not a
    /// forgery. Cost: reads the whole column, on up to `threads` threads.
    ///
    /// # Errors
    /// `Error::File` if the file cannot be read; `Error::Offsets` if offsets have changed since the column was made.
    pub fn checksums(&self, threads: usize) -> Result<Vec<u64>, Error> {
        let chunks = self.chunks.iter().enumerate().collect();
        threads::map(chunks, threads, |(index, chunk)| checksum(chunk)?.ok_or(Error::Offsets { chunk: index }))
    }

    /// Returns the row index of each chunk, as a cache file stores it.
    ///
    /// # Errors
    /// `Error::File` if the file cannot be read.
    pub fn row_indexes(&self) -> Result<Vec<RowIndex>, Error> {
        let whole = |chunk: &Chunk, part| chunk.bytes(part, chunk.whole(part), &mut Vec::new()).map(<[u8]>::to_vec);
        let index = |chunk| {
            let (checkpoints, entries) = (whole(chunk, Part::Checkpoints)?, whole(chunk, Part::Entries)?);
            Ok(RowIndex { checkpoints, entries })
        };
        self.chunks.iter().map(index).collect()
    }

    /// Returns the index of the chunk that holds row `row`, and the row's index in this chunk.
    fn locate(&self, row: u64) -> (usize, u64) {
        let chunk = self.ends.partition_point(|&end| end <= row);
        (chunk, row - if chunk == 0 { 0 } else { self.ends[chunk - 1] })
    }
}

/// Returns the little-endian number in the first eight bytes of `bytes`, or 0 if there are fewer.
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Makes a column of `rows` in chunks of `chunk` rows.
    pub(crate) fn column_of(rows: &[&str], chunk: usize) -> TextColumn {
        let chunks = rows.chunks(chunk).map(|rows| {
            let ends = rows.iter().scan(0u64, |end, row| {
                *end += row.len() as u64;
                Some(*end)
            });
            let offsets: Vec<u8> = std::iter::once(0).chain(ends).flat_map(u64::to_le_bytes).collect();
            (Box::new(offsets) as Bytes, Box::new(rows.concat().into_bytes()) as Bytes)
        });
        TextColumn::in_memory(chunks.collect()).unwrap()
    }

    fn raw(offsets: &[i64], data: &[u8]) -> Result<TextColumn, Error> {
        let offsets: Vec<u8> = offsets.iter().flat_map(|o| o.to_le_bytes()).collect();
        TextColumn::in_memory(vec![(Box::new(offsets), Box::new(data.to_vec()))])
    }

    #[test]
    fn rows_are_found_across_chunks() {
        let rows = ["a", "", "bc", "é", "  x "];
        for chunk in 1..=5 {
            let column = column_of(&rows, chunk);
            assert_eq!(column.len(), 5);
            for (index, row) in rows.iter().enumerate() {
                assert_eq!(column.row(index as u64, &mut Vec::new()).unwrap(), *row);
            }
            let stripped = column.stripped(4, &mut Vec::new()).unwrap();
            let entries = column.all_entries().unwrap();
            for (index, entry) in (0..5).zip(entries.chunks_exact(ENTRY_BYTES as usize)) {
                let (by, read) = (column.stripped_by(index, entry), column.stripped(index, &mut Vec::new()));
                assert_eq!(by.unwrap().entry, read.unwrap().entry);
            }
            assert_eq!(stripped.entry.characters, 1);
            assert_eq!(column.bytes(&stripped, 0..1, &mut Vec::new()).unwrap(), b"x");
        }
    }

    #[test]
    fn bad_offsets_are_refused() {
        assert_eq!(raw(&[], b"").unwrap().len(), 0);
        assert!(raw(&[0, 2, 1], b"abc").is_err());
        assert!(raw(&[0, 4], b"abc").is_err());
        assert!(raw(&[-1, 0], b"abc").is_err());
        assert_eq!(raw(&[1, 3], b"abc").unwrap().row(0, &mut Vec::new()).unwrap(), "bc");
    }

    #[test]
    fn a_row_that_is_not_utf8_is_named() {
        let column = raw(&[0, 1, 2], b"a\xff").unwrap();
        assert!(matches!(column.row(1, &mut Vec::new()), Err(Error::Utf8 { row: 1 })));
        assert!(matches!(column.stripped(1, &mut Vec::new()), Err(Error::Utf8 { row: 1 })));
    }

    #[test]
    fn first_text_row_passes_white_space_over() {
        assert_eq!(column_of(&["", " \u{3000}\n", "x"], 2).first_text_row().unwrap(), Some(2));
        assert_eq!(column_of(&["", " "], 2).first_text_row().unwrap(), None);
        let blank = " ".repeat(3 << 18);
        let rows = ["", &blank, "\n\n", &format!("{blank}x")];
        for chunk in 1..=4 {
            assert_eq!(column_of(&rows, chunk).first_text_row().unwrap(), Some(3));
            assert_eq!(column_of(&rows[..3], chunk).first_text_row().unwrap(), None);
        }
        let (path, layout) = file_of("blanks", &rows);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
        assert_eq!(column.first_text_row().unwrap(), Some(3));
        std::fs::remove_file(path).unwrap();
        assert_eq!(raw(&[0, 1, 2], b" \xff").unwrap().first_text_row(), Err(Error::Utf8 { row: 1 }));
    }

    #[test]
    fn offsets_that_changed_after_opening_are_errors() {
        for (start, end) in [(u64::MAX, u64::MAX), (u64::MAX - 8, u64::MAX), (3, 1), (0, 1 << 40), (1 << 62, 1 << 62)] {
            let (path, layout) = file_of("changed", &["abc"]);
            let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.write_all_at(&[start.to_le_bytes(), end.to_le_bytes()].concat(), layout.offsets).unwrap();
            assert_eq!(column.row(0, &mut Vec::new()), Err(Error::Offsets { chunk: 0 }));
            assert!(column.checksums(1).is_err());
            std::fs::remove_file(path).unwrap();
        }
    }

    /// Writes a file with one chunk of `rows` at byte 8.
    pub(crate) fn file_of(name: &str, rows: &[&str]) -> (std::path::PathBuf, ChunkLayout) {
        static FILES: AtomicU32 = AtomicU32::new(0); // tests run side by side, some with the same name
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tokstats-{}-{number}-{name}", std::process::id()));
        let mut bytes = vec![7; 8];
        let mut end = 0u64;
        bytes.extend_from_slice(&end.to_le_bytes());
        for row in rows {
            end += row.len() as u64;
            bytes.extend_from_slice(&end.to_le_bytes());
        }
        let data = bytes.len() as u64;
        let RowIndex { checkpoints, entries } = RowIndex::of(&bytes[8..], rows.concat().as_bytes());
        bytes.extend_from_slice(rows.concat().as_bytes());
        let start = bytes.len() as u64;
        bytes.extend_from_slice(&checkpoints);
        bytes.extend_from_slice(&entries);
        std::fs::write(&path, bytes).unwrap();
        let end = start + checkpoints.len() as u64;
        (path, ChunkLayout { offsets: 8, data, checkpoints: start, entries: end, rows: rows.len() as u64 })
    }

    #[test]
    fn rows_are_read_from_a_file() {
        let rows = ["a", "", "bcé", " x "];
        let (path, layout) = file_of("rows", &rows);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout, layout]).unwrap();
        assert_eq!(column.len(), 8);
        let mut scratch = Vec::new();
        for number in [3, 0, 6, 1, 5, 7, 2, 4] {
            assert_eq!(column.row(number, &mut scratch).unwrap(), rows[number as usize % 4]);
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn checksums_tell_rows_and_their_lengths() {
        let sum = |column: &TextColumn| column.checksums(1).unwrap();
        let (path, layout) = file_of("sums", &["ab", "", "cé"]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
        let expected = sum(&column);
        assert_eq!(sum(&column_of(&["ab", "", "cé"], 3)), expected);
        assert_eq!(sum(&raw(&[1, 3, 3, 6], "xabcé".as_bytes()).unwrap()), expected, "offsets may begin anywhere");
        for others in [["ab", "c", "é"], ["", "ab", "cé"], ["ab", "", "cè"]] {
            assert_ne!(sum(&column_of(&others, 3)), expected);
        }
        assert_eq!(sum(&column_of(&["ab", "", "cé"], 2)).len(), 2);
        let rows: Vec<String> = (0..30).map(|row| "x".repeat(row)).collect();
        let many = column_of(&rows.iter().map(String::as_str).collect::<Vec<_>>(), 2);
        assert!((2..5).all(|threads| many.checksums(threads).unwrap() == sum(&many)) && sum(&many).len() == 15);
        std::fs::write(&path, vec![255; 48]).unwrap();
        assert!(column.checksums(1).is_err(), "offsets that fall");
        std::fs::remove_file(path).unwrap();
        let long = "long".repeat(READ_BYTES as usize);
        let (path, layout) = file_of("long", &[&long, "x"]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
        assert_eq!(sum(&column), sum(&column_of(&[&long, "x"], 2)));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn every_byte_of_a_chunk_is_in_its_checksum() {
        let (path, layout) = file_of("flips", &[" ab", "", "cé", &"é".repeat(2000)]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
        let expected = column.checksums(1).unwrap();
        let content = std::fs::read(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        for (offset, byte) in content.iter().enumerate().skip(layout.offsets as usize) {
            file.write_all_at(&[byte ^ 1], offset as u64).unwrap();
            assert_ne!(column.checksums(1), Ok(expected.clone()), "byte {offset}");
            file.write_all_at(&[*byte], offset as u64).unwrap();
        }
        assert_eq!(column.checksums(1).unwrap(), expected);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn checksums_are_pinned() {
        let mut bytes: Vec<u8> = [2u64, 0, 3].iter().flat_map(|length| length.to_le_bytes()).collect();
        bytes.extend_from_slice("abcé".as_bytes());
        let entries: [[u64; 4]; 3] = [[0, 2, 2, 0], [2, 0, 0, 0], [2, 3, 2, 0]];
        bytes.extend(entries.iter().flatten().flat_map(|word| word.to_le_bytes()));
        let expected = xxhash_rust::xxh3::xxh3_64(&bytes);
        assert_eq!(column_of(&["ab", "", "cé"], 3).checksums(1).unwrap(), [expected]);
    }

    #[test]
    fn a_truncated_file_or_a_wrong_layout_is_an_error() {
        let (path, layout) = file_of("truncated", &["abc", "def"]);
        let open = || File::open(&path).unwrap();
        assert!(TextColumn::in_file(open(), &[ChunkLayout { rows: u64::MAX, ..layout }]).is_err());
        assert!(TextColumn::in_file(open(), &[ChunkLayout { rows: 9, ..layout }]).is_err());
        assert!(TextColumn::in_file(open(), &[ChunkLayout { data: layout.data + 1, ..layout }]).is_err());
        assert!(TextColumn::in_file(open(), &[ChunkLayout { offsets: u64::MAX, ..layout }]).is_err());
        assert!(TextColumn::in_file(open(), &[ChunkLayout { checkpoints: layout.entries + 8, ..layout }]).is_err());
        assert!(TextColumn::in_file(open(), &[ChunkLayout { entries: layout.entries + 1, ..layout }]).is_err());
        assert!(TextColumn::in_file(open(), &[ChunkLayout { entries: u64::MAX, ..layout }]).is_err());
        let column = TextColumn::in_file(open(), &[layout]).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(layout.data + 4).unwrap();
        assert_eq!(column.row(0, &mut Vec::new()).unwrap(), "abc");
        assert!(matches!(column.row(1, &mut Vec::new()), Err(Error::File { .. })));
        std::fs::remove_file(path).unwrap();
    }
}
