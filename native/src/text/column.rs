//! The text column of one language: rows by number, read in place from memory or from a file that others own.
//!
//! A column is a list of chunks, each a pair of Arrow buffers: 64-bit little-endian offsets (one more than rows) and
//! UTF-8 data; and what `entries` makes of them, with which a text reads no more of a row than it needs. Offsets are
//! checked once, when the column is made; whether a row is UTF-8 is checked whenever it is read, since the data can be
//! larger than memory. Entries are made with a column in memory; a file's are taken from it, and checked when they are
//! read: they never lead out of their chunk.
//!
//! A file is read row by row at its position, not mapped: a mapping of a large file grows with every random row, by as
//! much as 2 MB where the page cache has large folios, and a file that is cut short would kill the process. The pages
//! are the system's cache either way, and all processes share them. Cost: about 1 µs a read on top of its copy.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use crate::base::error::Error;
use crate::base::threads;
pub use crate::text::chunk::{Bytes, Place};
use crate::text::chunk::{Chunk, Part, checked_rows};
use crate::text::row_index::{ENTRY_BYTES, RowEntry, RowIndex};

/// Bytes that are read at a time where many are: few enough to stay in the processor's caches; whole entries.
const WINDOW: u64 = if cfg!(fuzzing) { 64 } else { 256 << 10 };

/// A row without the white space at its ends, of which nothing has been read but the entry.
#[derive(Clone, Copy, Debug)]
pub struct Stripped {
    /// The row's number.
    pub row: u64,
    /// What is known of it: no more bytes than its chunk has, no more characters than bytes.
    pub entry: RowEntry,
    chunk: usize,
}

/// An immutable column of texts with random access.
#[derive(Default)]
pub struct TextColumn {
    chunks: Vec<Chunk>,
    /// For each chunk, the number in the column of the row after its last.
    ends: Vec<u64>,
}

impl TextColumn {
    /// Makes a column of `(offsets, data)` chunks in memory. Cost: a pass over the text.
    ///
    /// # Errors
    /// `Error::Offsets` where offsets fall, or point beyond the data.
    pub fn in_memory(chunks: Vec<(Bytes, Bytes)>) -> Result<Self, Error> {
        Self::of(chunks.into_iter().map(|(offsets, data)| Ok(Chunk::in_memory(offsets, data))))
    }

    /// Makes a column of chunks in a file.
    ///
    /// # Errors
    /// `Error::Offsets` where offsets fall, or a buffer reaches beyond the next one or the file; `Error::File` where it
    /// cannot be read.
    pub fn in_file(file: File, places: &[Place]) -> Result<Self, Error> {
        let size = file.metadata().map_err(|error| Error::file(&error))?.len();
        let file = Arc::new(file);
        Self::of(places.iter().map(|&place| Chunk::in_file(file.clone(), size, place)))
    }

    fn of(chunks: impl Iterator<Item = Result<Option<Chunk>, Error>>) -> Result<Self, Error> {
        let mut column = Self::default();
        for (number, chunk) in chunks.enumerate() {
            let chunk = chunk?.ok_or(Error::Offsets { chunk: number })?;
            column.ends.push(column.len() + chunk.rows);
            column.chunks.push(chunk);
        }
        Ok(column)
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of this number, which must be less than `len`; `scratch` holds it where it is not in memory.
    ///
    /// # Errors
    /// `Error::Utf8` where the row is not UTF-8; `Error::File` where the file cannot be read; `Error::Offsets` where it
    /// has changed since the column was made.
    pub fn row<'a>(&'a self, row: u64, scratch: &'a mut Vec<u8>) -> Result<&'a str, Error> {
        let (chunk, place) = self.place(row);
        let offsets = self.chunks[chunk].bytes(Part::Offsets, place * 8..place * 8 + 16, scratch)?;
        let (start, end) = (word(offsets), word(&offsets[8..]));
        let text = &self.chunks[chunk].text;
        if start < text.start || start > end || end > text.end {
            return Err(Error::Offsets { chunk });
        }
        std::str::from_utf8(self.chunks[chunk].bytes(Part::Data, start..end, scratch)?).map_err(|_| Error::Utf8 { row })
    }

    /// The row of this number, which must be less than `len`, without the white space at its ends, not read yet.
    ///
    /// # Errors
    /// `Error::Utf8` where the row was not UTF-8 when its entry was made; `Error::RowIndex` where the entry leads out
    /// of the chunk; `Error::File` where the file cannot be read.
    pub fn stripped(&self, row: u64, scratch: &mut Vec<u8>) -> Result<Stripped, Error> {
        let (chunk, place) = self.place(row);
        let span = place * ENTRY_BYTES..(place + 1) * ENTRY_BYTES;
        let entry = self.chunks[chunk].bytes(Part::Entries, span, scratch)?;
        self.checked(chunk, row, entry)
    }

    /// As `stripped`, but from an entry that `all_entries` gave.
    ///
    /// # Errors
    /// As `stripped`, but for those of the file.
    pub fn stripped_by(&self, row: u64, entry: &[u8]) -> Result<Stripped, Error> {
        self.checked(self.place(row).0, row, entry)
    }

    /// The entries of all rows, one after the other, as they are written: they are not checked.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn all_entries(&self) -> Result<Vec<u8>, Error> {
        let (mut all, mut scratch) = (Vec::with_capacity((self.len() * ENTRY_BYTES) as usize), Vec::new());
        for chunk in &self.chunks {
            all.extend_from_slice(chunk.bytes(Part::Entries, chunk.whole(Part::Entries), &mut scratch)?);
        }
        Ok(all)
    }

    fn checked(&self, chunk: usize, row: u64, entry: &[u8]) -> Result<Stripped, Error> {
        let entry = RowEntry::read(entry).ok_or(Error::RowIndex { row })?;
        let text = &self.chunks[chunk].text;
        if entry.characters > entry.bytes {
            return Err(Error::Utf8 { row });
        }
        if entry.start.checked_add(entry.bytes).is_none_or(|end| end > text.end - text.start) {
            return Err(Error::RowIndex { row });
        }
        Ok(Stripped { row, entry, chunk })
    }

    /// These bytes of a stripped row, which must be in it.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn part<'a>(&'a self, row: &Stripped, part: Range<u64>, scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        let start = self.chunks[row.chunk].text.start + row.entry.start;
        self.chunks[row.chunk].bytes(Part::Data, start + part.start..start + part.end, scratch)
    }

    /// These checkpoints of a stripped row, which count from 1; eight bytes each.
    ///
    /// # Errors
    /// `Error::RowIndex` where the chunk has no such checkpoints; `Error::File` where the file cannot be read.
    pub fn checkpoints<'a>(
        &'a self,
        row: &Stripped,
        checkpoints: Range<u64>,
        scratch: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Error> {
        let all = self.chunks[row.chunk].whole(Part::Checkpoints).end / 8;
        let first = row.entry.checkpoints.checked_add(checkpoints.start - 1);
        let first =
            first.filter(|first| first.checked_add(checkpoints.end - checkpoints.start).is_some_and(|end| end <= all));
        let first = first.ok_or(Error::RowIndex { row: row.row })?;
        self.chunks[row.chunk].bytes(
            Part::Checkpoints,
            first * 8..(first + checkpoints.end - checkpoints.start) * 8,
            scratch,
        )
    }

    /// The first row that holds more than white space. Cost: the entries before its own are read many at a time.
    ///
    /// # Errors
    /// As `stripped`, for that row and those before it.
    pub fn first_text_row(&self) -> Result<Option<u64>, Error> {
        let (mut scratch, mut row) = (Vec::new(), 0);
        for (number, chunk) in self.chunks.iter().enumerate() {
            let end = chunk.whole(Part::Entries).end;
            for start in (0..end).step_by(WINDOW as usize) {
                let entries = chunk.bytes(Part::Entries, start..end.min(start + WINDOW), &mut scratch)?;
                for entry in entries.chunks_exact(ENTRY_BYTES as usize) {
                    if self.checked(number, row, entry)?.entry.characters > 0 {
                        return Ok(Some(row));
                    }
                    row += 1;
                }
            }
        }
        Ok(None)
    }

    /// The XXH3 hash (64 bits) of each chunk: its rows' lengths as little-endian 64-bit numbers, their text, their
    /// checkpoints and their entries.
    ///
    /// The same rows have the same hash in memory and in a file. It finds damage, not malice. Cost: that of reading, by
    /// up to `threads` threads.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read; `Error::Offsets` where it has changed since the column was made.
    pub fn checksums(&self, threads: usize) -> Result<Vec<u64>, Error> {
        let chunks = self.chunks.iter().enumerate().collect();
        threads::map(chunks, threads, |(number, chunk)| checksum(chunk)?.ok_or(Error::Offsets { chunk: number }))
    }

    /// The checkpoints and the entries of each chunk, as a file keeps them.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn entries(&self) -> Result<Vec<RowIndex>, Error> {
        let whole = |chunk: &Chunk, part| chunk.bytes(part, chunk.whole(part), &mut Vec::new()).map(<[u8]>::to_vec);
        self.chunks.iter().map(|chunk| Ok((whole(chunk, Part::Checkpoints)?, whole(chunk, Part::Entries)?))).collect()
    }

    /// The chunk of a row, and the row's number in it.
    fn place(&self, row: u64) -> (usize, u64) {
        let chunk = self.ends.partition_point(|&end| end <= row);
        (chunk, row - if chunk == 0 { 0 } else { self.ends[chunk - 1] })
    }
}

/// The checksum of a chunk; none where its offsets have changed since it was made.
fn checksum(chunk: &Chunk) -> Result<Option<u64>, Error> {
    let (mut hash, mut scratch) = (Xxh3::new(), Vec::new());
    let offsets = chunk.bytes(Part::Offsets, chunk.whole(Part::Offsets), &mut scratch)?;
    if checked_rows(offsets, chunk.text.end).is_none_or(|(_, text)| text != chunk.text) {
        return Ok(None);
    }
    add_lengths(&mut hash, offsets);
    for part in [Part::Data, Part::Checkpoints, Part::Entries] {
        let Range { start: mut at, end } = chunk.whole(part);
        while at < end {
            let bytes = chunk.bytes(part, at..end.min(at + WINDOW), &mut scratch)?;
            hash.update(bytes);
            at += bytes.len() as u64;
        }
    }
    Ok(Some(hash.digest()))
}

/// Hashes the lengths of the rows with these offsets.
fn add_lengths(hash: &mut Xxh3, offsets: &[u8]) {
    let (values, _) = offsets.as_chunks::<8>();
    for pair in values.windows(2) {
        hash.update(&(u64::from_le_bytes(pair[1]) - u64::from_le_bytes(pair[0])).to_le_bytes());
    }
}

/// The number that `bytes` begin with.
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::text::row_index::entries_of;
    use std::os::unix::fs::FileExt;
    use std::sync::atomic::{AtomicU32, Ordering};

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
            for (number, row) in rows.iter().enumerate() {
                assert_eq!(column.row(number as u64, &mut Vec::new()).unwrap(), *row);
            }
            let stripped = column.stripped(4, &mut Vec::new()).unwrap();
            let entries = column.all_entries().unwrap();
            for (number, entry) in (0..5).zip(entries.chunks_exact(ENTRY_BYTES as usize)) {
                let (by, read) = (column.stripped_by(number, entry), column.stripped(number, &mut Vec::new()));
                assert_eq!(by.unwrap().entry, read.unwrap().entry);
            }
            assert_eq!(stripped.entry.characters, 1);
            assert_eq!(column.part(&stripped, 0..1, &mut Vec::new()).unwrap(), b"x");
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
        let (path, place) = file_of("blanks", &rows);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
        assert_eq!(column.first_text_row().unwrap(), Some(3));
        std::fs::remove_file(path).unwrap();
        assert_eq!(raw(&[0, 1, 2], b" \xff").unwrap().first_text_row(), Err(Error::Utf8 { row: 1 }));
    }

    #[test]
    fn offsets_that_changed_after_opening_are_errors() {
        for (start, end) in [(u64::MAX, u64::MAX), (u64::MAX - 8, u64::MAX), (3, 1), (0, 1 << 40), (1 << 62, 1 << 62)] {
            let (path, place) = file_of("changed", &["abc"]);
            let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.write_all_at(&[start.to_le_bytes(), end.to_le_bytes()].concat(), place.offsets).unwrap();
            assert_eq!(column.row(0, &mut Vec::new()), Err(Error::Offsets { chunk: 0 }));
            assert!(column.checksums(1).is_err());
            std::fs::remove_file(path).unwrap();
        }
    }

    /// A file with one chunk of `rows` at byte 8.
    pub(crate) fn file_of(name: &str, rows: &[&str]) -> (std::path::PathBuf, Place) {
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
        let (checkpoints, entries) = entries_of(&bytes[8..], rows.concat().as_bytes());
        bytes.extend_from_slice(rows.concat().as_bytes());
        let place = bytes.len() as u64;
        bytes.extend_from_slice(&checkpoints);
        bytes.extend_from_slice(&entries);
        std::fs::write(&path, bytes).unwrap();
        let entries = place + checkpoints.len() as u64;
        (path, Place { offsets: 8, data, checkpoints: place, entries, rows: rows.len() as u64 })
    }

    #[test]
    fn rows_are_read_from_a_file() {
        let rows = ["a", "", "bcé", " x "];
        let (path, place) = file_of("rows", &rows);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place, place]).unwrap();
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
        let (path, place) = file_of("sums", &["ab", "", "cé"]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
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
        let long = "long".repeat(WINDOW as usize);
        let (path, place) = file_of("long", &[&long, "x"]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
        assert_eq!(sum(&column), sum(&column_of(&[&long, "x"], 2)));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn every_byte_of_a_chunk_is_in_its_checksum() {
        let (path, place) = file_of("flips", &[" ab", "", "cé", &"é".repeat(2000)]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
        let expected = column.checksums(1).unwrap();
        let content = std::fs::read(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        for (at, byte) in content.iter().enumerate().skip(place.offsets as usize) {
            file.write_all_at(&[byte ^ 1], at as u64).unwrap();
            assert_ne!(column.checksums(1), Ok(expected.clone()), "byte {at}");
            file.write_all_at(&[*byte], at as u64).unwrap();
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
    fn a_file_that_is_cut_short_or_misplaced_is_an_error() {
        let (path, place) = file_of("cut", &["abc", "def"]);
        let open = || File::open(&path).unwrap();
        assert!(TextColumn::in_file(open(), &[Place { rows: u64::MAX, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { rows: 9, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { data: place.data + 1, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { offsets: u64::MAX, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { checkpoints: place.entries + 8, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { entries: place.entries + 1, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { entries: u64::MAX, ..place }]).is_err());
        let column = TextColumn::in_file(open(), &[place]).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(place.data + 4).unwrap();
        assert_eq!(column.row(0, &mut Vec::new()).unwrap(), "abc");
        assert!(matches!(column.row(1, &mut Vec::new()), Err(Error::File { .. })));
        std::fs::remove_file(path).unwrap();
    }
}
