//! The text column of one language: rows by number, read in place from memory or from a file that others own.
//!
//! A column is a list of chunks, each a pair of Arrow buffers: 64-bit little-endian offsets (one more than rows) and
//! UTF-8 data. Offsets are checked once, when the column is made; whether a row is UTF-8 is checked whenever it is
//! read, since the data can be larger than memory.
//!
//! A file is read row by row at its position, not mapped: a mapping of a large file grows with every random row, by as
//! much as 2 MB where the page cache has large folios, and a file that is cut short would kill the process. The pages
//! are the system's cache either way, and all processes share them. Cost: about 2 µs a row on top of its copy.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use xxhash_rust::xxh3::Xxh3;

use crate::error::Error;
use crate::pretokenize::is_white_space;

/// Bytes that are read at a time where many are: few enough to stay in the processor's caches.
pub const WINDOW: u64 = if cfg!(fuzzing) { 8 } else { 256 << 10 };

/// Bytes that outlive the column: a Python buffer, a vector.
pub type Bytes = Box<dyn AsRef<[u8]> + Send + Sync>;

/// Where a chunk of a file has its buffers, in bytes from the file's beginning, and its number of rows.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The first offset.
    pub offsets: u64,
    /// The first byte of data.
    pub data: u64,
    /// The number of rows.
    pub rows: u64,
}

enum Buffers {
    Memory { offsets: Bytes, data: Bytes },
    File(Place),
}

struct Chunk {
    buffers: Buffers,
    /// The number in the column of the row after the chunk's last.
    end: u64,
}

/// An immutable column of texts with random access.
pub struct TextColumn {
    chunks: Vec<Chunk>,
    /// The file and its size when the column was made.
    file: Option<(File, u64)>,
}

impl TextColumn {
    /// Makes a column of `(offsets, data)` chunks in memory.
    ///
    /// # Errors
    /// `Error::Offsets` where offsets fall, or point beyond the data.
    pub fn in_memory(chunks: Vec<(Bytes, Bytes)>) -> Result<Self, Error> {
        let mut end = 0;
        let chunks = chunks.into_iter().enumerate().map(|(number, (offsets, data))| {
            let size = (*data).as_ref().len() as u64;
            end += checked_rows((*offsets).as_ref(), size).ok_or(Error::Offsets { chunk: number })?;
            Ok(Chunk { buffers: Buffers::Memory { offsets, data }, end })
        });
        Ok(Self { chunks: chunks.collect::<Result<_, Error>>()?, file: None })
    }

    /// Makes a column of chunks in a file.
    ///
    /// # Errors
    /// `Error::Offsets` where offsets fall, or point beyond the file; `Error::File` where it cannot be read.
    pub fn in_file(file: File, places: &[Place]) -> Result<Self, Error> {
        let size = file.metadata().map_err(|error| Error::file(&error))?.len();
        let mut end = 0;
        let chunks = places.iter().enumerate().map(|(number, &place)| {
            let damaged = || Error::Offsets { chunk: number };
            let length = place.rows.checked_add(1).and_then(|n| n.checked_mul(8)).filter(|&n| n <= size);
            let mut offsets = vec![0; length.ok_or_else(damaged)? as usize];
            read(&file, &mut offsets, place.offsets)?;
            let rows = checked_rows(&offsets, size.checked_sub(place.data).ok_or_else(damaged)?);
            end += rows.ok_or_else(damaged)?;
            Ok(Chunk { buffers: Buffers::File(place), end })
        });
        Ok(Self { chunks: chunks.collect::<Result<_, Error>>()?, file: Some((file, size)) })
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

    /// The row of this number, which must be less than `len`; `scratch` holds it where it is not in memory.
    ///
    /// # Errors
    /// `Error::Utf8` where the row is not UTF-8; `Error::File` where the file cannot be read.
    pub fn row<'a>(&'a self, row: u64, scratch: &'a mut Vec<u8>) -> Result<&'a str, Error> {
        let (number, bounds) = self.bounds(row)?;
        std::str::from_utf8(self.bytes(number, bounds, scratch)?).map_err(|_| Error::Utf8 { row })
    }

    /// As `row`, but none where it has more than `longest` bytes.
    ///
    /// # Errors
    /// As `row`.
    pub fn short_row<'a>(&'a self, row: u64, longest: u64, scratch: &'a mut Vec<u8>) -> Result<Option<&'a str>, Error> {
        let (number, bounds) = self.bounds(row)?;
        if bounds.end - bounds.start > longest {
            return Ok(None);
        }
        std::str::from_utf8(self.bytes(number, bounds, scratch)?).map(Some).map_err(|_| Error::Utf8 { row })
    }

    /// The length of the row of this number, in bytes.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn length(&self, row: u64) -> Result<u64, Error> {
        self.bounds(row).map(|(_, bounds)| bounds.end - bounds.start)
    }

    /// Bytes of the row of this number, which may be far too long to be read whole; `part` must be in it.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn part<'a>(&'a self, row: u64, part: Range<u64>, scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        let (number, bounds) = self.bounds(row)?;
        self.bytes(number, bounds.start + part.start..bounds.start + part.end, scratch)
    }

    /// The chunk of a row, and where in the chunk's data the row begins and ends.
    fn bounds(&self, row: u64) -> Result<(usize, Range<u64>), Error> {
        let number = self.chunks.partition_point(|chunk| chunk.end <= row);
        let first = if number == 0 { 0 } else { self.chunks[number - 1].end };
        let at = (row - first) * 8;
        let bounds = match (&self.chunks[number].buffers, &self.file) {
            (Buffers::Memory { offsets, .. }, _) => {
                let offsets = (**offsets).as_ref();
                offset(&offsets[at as usize..])..offset(&offsets[at as usize + 8..])
            }
            (Buffers::File(place), Some((file, size))) => {
                let mut bounds = [0; 16];
                read(file, &mut bounds, place.offsets + at)?;
                let (start, end) = (offset(&bounds), offset(&bounds[8..]));
                // The file was sound when the column was made; a change since then must not ask for the impossible.
                if start > end || end > *size {
                    return Err(Error::Offsets { chunk: number });
                }
                start..end
            }
            (Buffers::File(_), None) => return Err(Error::Offsets { chunk: number }),
        };
        Ok((number, bounds))
    }

    /// These bytes of a chunk's data.
    fn bytes<'a>(&'a self, number: usize, span: Range<u64>, scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        match (&self.chunks[number].buffers, &self.file) {
            (Buffers::Memory { data, .. }, _) => Ok(&(**data).as_ref()[span.start as usize..span.end as usize]),
            (Buffers::File(place), Some((file, _))) => {
                let length = (span.end - span.start) as usize;
                if scratch.len() < length {
                    scratch.resize(length, 0); // never shorter: what is cut off would have to be zeroed again
                }
                read(file, &mut scratch[..length], place.data + span.start)?;
                Ok(&scratch[..length])
            }
            (Buffers::File(_), None) => Err(Error::Offsets { chunk: number }),
        }
    }

    /// The row without the white space at its ends.
    ///
    /// # Errors
    /// As `row`.
    pub fn stripped<'a>(&'a self, row: u64, scratch: &'a mut Vec<u8>) -> Result<&'a str, Error> {
        Ok(self.row(row, scratch)?.trim_matches(is_white_space))
    }

    /// The first row that holds more than white space. Cost: the rows before it are read many at a time.
    ///
    /// # Errors
    /// As `row`.
    pub fn first_text_row(&self) -> Result<Option<u64>, Error> {
        let (mut offsets, mut scratch) = (Vec::new(), Vec::new());
        let mut row = 0;
        for number in 0..self.chunks.len() {
            let (bounds, _) = self.offsets(number, &mut offsets)?.as_chunks::<8>();
            let end = bounds.last().map_or(0, |last| u64::from_le_bytes(*last));
            let (mut window, mut held): (Range<u64>, &[u8]) = (0..0, &[]);
            for pair in bounds.windows(2) {
                let (start, stop) = (u64::from_le_bytes(pair[0]), u64::from_le_bytes(pair[1]));
                if start < stop && (start < window.start || stop > window.end) {
                    window = start..end.min(start + WINDOW);
                    held = self.bytes(number, window.clone(), &mut scratch)?;
                }
                if start < stop {
                    let from = (start - window.start) as usize;
                    let bytes = &held[from..held.len().min(from + (stop - start) as usize)];
                    let text = valid(bytes);
                    let is_text = text.contains(|c| !is_white_space(c));
                    let is_whole = text.len() as u64 == stop - start;
                    if is_text || !is_whole && !self.stripped(row, &mut Vec::new())?.is_empty() {
                        return Ok(Some(row));
                    }
                }
                row += 1;
            }
        }
        Ok(None)
    }

    /// A chunk's offsets, which never fall.
    fn offsets<'a>(&'a self, number: usize, scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        match (&self.chunks[number].buffers, &self.file) {
            (Buffers::Memory { offsets, .. }, _) => Ok((**offsets).as_ref()),
            (Buffers::File(place), Some((file, size))) => {
                scratch.resize((place.rows as usize + 1) * 8, 0);
                read(file, scratch, place.offsets)?;
                checked_rows(scratch, *size).ok_or(Error::Offsets { chunk: number })?;
                Ok(scratch)
            }
            (Buffers::File(_), None) => Err(Error::Offsets { chunk: number }),
        }
    }

    /// The XXH3 hash (64 bits) of each chunk: its rows' lengths as little-endian 64-bit numbers, then their text.
    ///
    /// The same rows have the same hash in memory and in a file. It finds damage, not malice. Cost: that of reading.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read; `Error::Offsets` where it has changed since the column was made.
    pub fn checksums(&self) -> Result<Vec<u64>, Error> {
        let mut scratch = Vec::new();
        self.chunks.iter().enumerate().map(|(number, _)| self.checksum(number, &mut scratch)).collect()
    }

    fn checksum(&self, number: usize, scratch: &mut Vec<u8>) -> Result<u64, Error> {
        let mut hash = Xxh3::new();
        let (mut at, end) = add_lengths(&mut hash, self.offsets(number, scratch)?);
        while at < end {
            let bytes = self.bytes(number, at..end.min(at + WINDOW), scratch)?;
            hash.update(bytes);
            at += bytes.len() as u64;
        }
        Ok(hash.digest())
    }
}

/// As much of `bytes` as is UTF-8.
fn valid(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).or_else(|error| std::str::from_utf8(&bytes[..error.valid_up_to()])).unwrap_or_default()
}

/// Hashes the lengths of the rows with these offsets, and returns where their text begins and ends.
fn add_lengths(hash: &mut Xxh3, offsets: &[u8]) -> (u64, u64) {
    let (values, _) = offsets.as_chunks::<8>();
    for pair in values.windows(2) {
        hash.update(&(u64::from_le_bytes(pair[1]) - u64::from_le_bytes(pair[0])).to_le_bytes());
    }
    (offset(offsets), values.last().map_or(0, |last| u64::from_le_bytes(*last)))
}

fn read(file: &File, buffer: &mut [u8], at: u64) -> Result<(), Error> {
    file.read_exact_at(buffer, at).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::File { reason: "it was cut short".into() },
        _ => Error::file(&error),
    })
}

/// The number of rows that `offsets` describe, if they never fall and stay within `size` bytes. No offsets at all are
/// no rows, as Arrow allows.
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
    (before <= size).then_some((values.len() as u64).saturating_sub(1))
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
            assert_eq!(column.stripped(4, &mut Vec::new()).unwrap(), "x");
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
            let damaged = Error::Offsets { chunk: 0 };
            assert_eq!(column.row(0, &mut Vec::new()), Err(damaged));
            assert_eq!(column.first_text_row(), Err(Error::Offsets { chunk: 0 }));
            std::fs::remove_file(path).unwrap();
        }
    }

    /// A file with one chunk of `rows` at byte 8.
    fn file_of(name: &str, rows: &[&str]) -> (std::path::PathBuf, Place) {
        let path = std::env::temp_dir().join(format!("tokstats-{}-{name}", std::process::id()));
        let mut bytes = vec![7; 8];
        let mut end = 0u64;
        bytes.extend_from_slice(&end.to_le_bytes());
        for row in rows {
            end += row.len() as u64;
            bytes.extend_from_slice(&end.to_le_bytes());
        }
        let data = bytes.len() as u64;
        bytes.extend_from_slice(rows.concat().as_bytes());
        std::fs::write(&path, bytes).unwrap();
        (path, Place { offsets: 8, data, rows: rows.len() as u64 })
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
        let sum = |column: &TextColumn| column.checksums().unwrap();
        let (path, place) = file_of("sums", &["ab", "", "cé"]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
        let expected = sum(&column);
        assert_eq!(sum(&column_of(&["ab", "", "cé"], 3)), expected);
        assert_eq!(sum(&raw(&[1, 3, 3, 6], "xabcé".as_bytes()).unwrap()), expected, "offsets may begin anywhere");
        for others in [["ab", "c", "é"], ["", "ab", "cé"], ["ab", "", "cè"]] {
            assert_ne!(sum(&column_of(&others, 3)), expected);
        }
        assert_eq!(sum(&column_of(&["ab", "", "cé"], 2)).len(), 2);
        std::fs::write(&path, vec![255; 48]).unwrap();
        assert!(column.checksums().is_err(), "offsets that fall");
        std::fs::remove_file(path).unwrap();
        let long = "long".repeat(WINDOW as usize);
        let (path, place) = file_of("long", &[&long, "x"]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
        assert_eq!(sum(&column), sum(&column_of(&[&long, "x"], 2)));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn checksums_are_pinned() {
        let mut bytes: Vec<u8> = [2u64, 0, 3].iter().flat_map(|length| length.to_le_bytes()).collect();
        bytes.extend_from_slice("abcé".as_bytes());
        let expected = xxhash_rust::xxh3::xxh3_64(&bytes);
        assert_eq!(column_of(&["ab", "", "cé"], 3).checksums().unwrap(), [expected]);
    }

    #[test]
    fn a_file_that_is_cut_short_or_misplaced_is_an_error() {
        let (path, place) = file_of("cut", &["abc", "def"]);
        let open = || File::open(&path).unwrap();
        assert!(TextColumn::in_file(open(), &[Place { rows: u64::MAX, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { rows: 9, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { data: place.data + 1, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { offsets: u64::MAX, ..place }]).is_err());
        let column = TextColumn::in_file(open(), &[place]).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(place.data + 4).unwrap();
        assert_eq!(column.row(0, &mut Vec::new()).unwrap(), "abc");
        assert!(matches!(column.row(1, &mut Vec::new()), Err(Error::File { .. })));
        std::fs::remove_file(path).unwrap();
    }
}
