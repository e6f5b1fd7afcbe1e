//! The text column of one language: rows by number, read in place from memory or from a file that others own.
//!
//! A column is a list of chunks, each a pair of Arrow buffers: 64-bit little-endian offsets (one more than rows) and
//! UTF-8 data; and what `records` makes of them, with which a text reads no more of a row than it needs. Offsets are
//! checked once, when the column is made; whether a row is UTF-8 is checked whenever it is read, since the data can be
//! larger than memory. Records are made with a column in memory; a file's are taken from it, and checked when they are
//! read: they never lead out of their chunk.
//!
//! A file is read row by row at its position, not mapped: a mapping of a large file grows with every random row, by as
//! much as 2 MB where the page cache has large folios, and a file that is cut short would kill the process. The pages
//! are the system's cache either way, and all processes share them. Cost: about 1 µs a read on top of its copy.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use xxhash_rust::xxh3::Xxh3;

use crate::error::Error;
use crate::records::{RECORD_BYTES, Record, Written, records_of};

/// Bytes that are read at a time where many are: few enough to stay in the processor's caches; whole records.
const WINDOW: u64 = if cfg!(fuzzing) { 64 } else { 256 << 10 };

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
    /// The first mark; marks go on to the first record.
    pub marks: u64,
    /// The first record.
    pub records: u64,
    /// The number of rows.
    pub rows: u64,
}

enum Buffers {
    Memory { offsets: Bytes, data: Bytes, marks: Vec<u8>, records: Vec<u8> },
    File(Place),
}

/// Which of a chunk's buffers.
#[derive(Clone, Copy)]
enum Part {
    Offsets,
    Data,
    Marks,
    Records,
}

struct Chunk {
    buffers: Buffers,
    /// The number in the column of the row after the chunk's last.
    end: u64,
    /// Where in the data its rows begin and end.
    text: Range<u64>,
}

/// A row without the white space at its ends, of which nothing has been read but the record.
#[derive(Clone, Copy, Debug)]
pub struct Stripped {
    /// The row's number.
    pub row: u64,
    /// What is known of it: no more bytes than its chunk has, no more characters than bytes.
    pub record: Record,
    chunk: usize,
}

/// An immutable column of texts with random access.
pub struct TextColumn {
    chunks: Vec<Chunk>,
    /// The file and its size when the column was made.
    file: Option<(File, u64)>,
}

impl TextColumn {
    /// Makes a column of `(offsets, data)` chunks in memory. Cost: a pass over the text.
    ///
    /// # Errors
    /// `Error::Offsets` where offsets fall, or point beyond the data.
    pub fn in_memory(chunks: Vec<(Bytes, Bytes)>) -> Result<Self, Error> {
        let mut end = 0;
        let chunks = chunks.into_iter().enumerate().map(|(number, (offsets, data))| {
            let size = (*data).as_ref().len() as u64;
            let (rows, text) = checked_rows((*offsets).as_ref(), size).ok_or(Error::Offsets { chunk: number })?;
            let (marks, records) = records_of((*offsets).as_ref(), (*data).as_ref());
            end += rows;
            Ok(Chunk { buffers: Buffers::Memory { offsets, data, marks, records }, end, text })
        });
        Ok(Self { chunks: chunks.collect::<Result<_, Error>>()?, file: None })
    }

    /// Makes a column of chunks in a file.
    ///
    /// # Errors
    /// `Error::Offsets` where offsets fall, or a buffer reaches beyond the next one or the file; `Error::File` where it
    /// cannot be read.
    pub fn in_file(file: File, places: &[Place]) -> Result<Self, Error> {
        let size = file.metadata().map_err(|error| Error::file(&error))?.len();
        let mut end = 0;
        let chunks = places.iter().enumerate().map(|(number, &place)| {
            let damaged = || Error::Offsets { chunk: number };
            let records_end = place.rows.checked_mul(RECORD_BYTES).and_then(|n| n.checked_add(place.records));
            if place.marks > place.records || records_end.is_none_or(|end| end > size) {
                return Err(damaged());
            }
            let mut offsets = vec![0; (place.rows as usize + 1) * 8]; // fewer bytes than the records
            read(&file, &mut offsets, place.offsets)?;
            let room = place.marks.checked_sub(place.data).ok_or_else(damaged)?;
            let (rows, text) = checked_rows(&offsets, room).ok_or_else(damaged)?;
            end += rows;
            Ok(Chunk { buffers: Buffers::File(place), end, text })
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
    /// `Error::Utf8` where the row is not UTF-8; `Error::File` where the file cannot be read; `Error::Offsets` where it
    /// has changed since the column was made.
    pub fn row<'a>(&'a self, row: u64, scratch: &'a mut Vec<u8>) -> Result<&'a str, Error> {
        let (chunk, place) = self.place(row);
        let offsets = self.bytes(chunk, Part::Offsets, place * 8..place * 8 + 16, scratch)?;
        let (start, end) = (word(offsets), word(&offsets[8..]));
        let text = &self.chunks[chunk].text;
        if start < text.start || start > end || end > text.end {
            return Err(Error::Offsets { chunk });
        }
        std::str::from_utf8(self.bytes(chunk, Part::Data, start..end, scratch)?).map_err(|_| Error::Utf8 { row })
    }

    /// The row of this number, which must be less than `len`, without the white space at its ends, not read yet.
    ///
    /// # Errors
    /// `Error::Utf8` where the row was not UTF-8 when its record was made; `Error::Record` where the record leads out
    /// of the chunk; `Error::File` where the file cannot be read.
    pub fn stripped(&self, row: u64, scratch: &mut Vec<u8>) -> Result<Stripped, Error> {
        let (chunk, place) = self.place(row);
        let span = place * RECORD_BYTES..(place + 1) * RECORD_BYTES;
        let record = self.bytes(chunk, Part::Records, span, scratch)?;
        self.checked(chunk, row, record)
    }

    fn checked(&self, chunk: usize, row: u64, record: &[u8]) -> Result<Stripped, Error> {
        let record = Record::read(record).ok_or(Error::Record { row })?;
        let text = &self.chunks[chunk].text;
        if record.characters > record.bytes {
            return Err(Error::Utf8 { row });
        }
        if record.start.checked_add(record.bytes).is_none_or(|end| end > text.end - text.start) {
            return Err(Error::Record { row });
        }
        Ok(Stripped { row, record, chunk })
    }

    /// These bytes of a stripped row, which must be in it.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn part<'a>(&'a self, row: &Stripped, part: Range<u64>, scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        let start = self.chunks[row.chunk].text.start + row.record.start;
        self.bytes(row.chunk, Part::Data, start + part.start..start + part.end, scratch)
    }

    /// These marks of a stripped row, which count from 1; eight bytes each.
    ///
    /// # Errors
    /// `Error::Record` where the chunk has no such marks; `Error::File` where the file cannot be read.
    pub fn marks<'a>(&'a self, row: &Stripped, marks: Range<u64>, scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Error> {
        let all = self.size(row.chunk, Part::Marks) / 8;
        let first = row.record.marks.checked_add(marks.start - 1);
        let first = first.filter(|first| first.checked_add(marks.end - marks.start).is_some_and(|end| end <= all));
        let first = first.ok_or(Error::Record { row: row.row })?;
        self.bytes(row.chunk, Part::Marks, first * 8..(first + marks.end - marks.start) * 8, scratch)
    }

    /// The first row that holds more than white space. Cost: the records before its own are read many at a time.
    ///
    /// # Errors
    /// As `stripped`, for that row and those before it.
    pub fn first_text_row(&self) -> Result<Option<u64>, Error> {
        let (mut scratch, mut row) = (Vec::new(), 0);
        for chunk in 0..self.chunks.len() {
            let end = self.size(chunk, Part::Records);
            for start in (0..end).step_by(WINDOW as usize) {
                let records = self.bytes(chunk, Part::Records, start..end.min(start + WINDOW), &mut scratch)?;
                for record in records.chunks_exact(RECORD_BYTES as usize) {
                    if self.checked(chunk, row, record)?.record.characters > 0 {
                        return Ok(Some(row));
                    }
                    row += 1;
                }
            }
        }
        Ok(None)
    }

    /// The XXH3 hash (64 bits) of each chunk: its rows' lengths as little-endian 64-bit numbers, their text, their
    /// marks and their records.
    ///
    /// The same rows have the same hash in memory and in a file. It finds damage, not malice. Cost: that of reading.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read; `Error::Offsets` where it has changed since the column was made.
    pub fn checksums(&self) -> Result<Vec<u64>, Error> {
        let mut scratch = Vec::new();
        (0..self.chunks.len()).map(|chunk| self.checksum(chunk, &mut scratch)).collect()
    }

    fn checksum(&self, chunk: usize, scratch: &mut Vec<u8>) -> Result<u64, Error> {
        let mut hash = Xxh3::new();
        let text = self.chunks[chunk].text.clone();
        let offsets = self.bytes(chunk, Part::Offsets, 0..self.size(chunk, Part::Offsets), scratch)?;
        match checked_rows(offsets, text.end) {
            Some((_, found)) if found == text => add_lengths(&mut hash, offsets),
            _ => return Err(Error::Offsets { chunk }),
        }
        let whole = |part| 0..self.size(chunk, part);
        for (part, span) in
            [(Part::Data, text), (Part::Marks, whole(Part::Marks)), (Part::Records, whole(Part::Records))]
        {
            let mut at = span.start;
            while at < span.end {
                let bytes = self.bytes(chunk, part, at..span.end.min(at + WINDOW), scratch)?;
                hash.update(bytes);
                at += bytes.len() as u64;
            }
        }
        Ok(hash.digest())
    }

    /// The marks and the records of each chunk, as a file keeps them.
    ///
    /// # Errors
    /// `Error::File` where the file cannot be read.
    pub fn records(&self) -> Result<Vec<Written>, Error> {
        let whole =
            |chunk, part| self.bytes(chunk, part, 0..self.size(chunk, part), &mut Vec::new()).map(<[u8]>::to_vec);
        (0..self.chunks.len()).map(|chunk| Ok((whole(chunk, Part::Marks)?, whole(chunk, Part::Records)?))).collect()
    }

    /// The chunk of a row, and the row's number in it.
    fn place(&self, row: u64) -> (usize, u64) {
        let chunk = self.chunks.partition_point(|chunk| chunk.end <= row);
        (chunk, row - self.first_row(chunk))
    }

    fn first_row(&self, chunk: usize) -> u64 {
        if chunk == 0 { 0 } else { self.chunks[chunk - 1].end }
    }

    /// The size of one of a chunk's buffers, in bytes; of the data, as far as there are rows.
    fn size(&self, chunk: usize, part: Part) -> u64 {
        let rows = self.chunks[chunk].end - self.first_row(chunk);
        match (part, &self.chunks[chunk].buffers) {
            (Part::Offsets, Buffers::Memory { offsets, .. }) => (**offsets).as_ref().len() as u64,
            (Part::Offsets, Buffers::File(_)) => (rows + 1) * 8,
            (Part::Data, _) => self.chunks[chunk].text.end,
            (Part::Marks, Buffers::Memory { marks, .. }) => marks.len() as u64,
            (Part::Marks, Buffers::File(place)) => place.records - place.marks,
            (Part::Records, _) => rows * RECORD_BYTES,
        }
    }

    /// These bytes of one of a chunk's buffers, which must be there.
    fn bytes<'a>(
        &'a self,
        chunk: usize,
        part: Part,
        span: Range<u64>,
        scratch: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Error> {
        let damaged = || Error::Offsets { chunk };
        match (&self.chunks[chunk].buffers, &self.file) {
            (Buffers::Memory { offsets, data, marks, records }, _) => {
                let buffer = match part {
                    Part::Offsets => (**offsets).as_ref(),
                    Part::Data => (**data).as_ref(),
                    Part::Marks => marks,
                    Part::Records => records,
                };
                buffer.get(span.start as usize..span.end as usize).ok_or_else(damaged)
            }
            (Buffers::File(place), Some((file, size))) => {
                let start = match part {
                    Part::Offsets => place.offsets,
                    Part::Data => place.data,
                    Part::Marks => place.marks,
                    Part::Records => place.records,
                };
                let length = span.end.checked_sub(span.start).filter(|length| length <= size);
                let length = length.ok_or_else(damaged)? as usize;
                if scratch.len() < length {
                    scratch.resize(length, 0); // never shorter: what is cut off would have to be zeroed again
                }
                read(file, &mut scratch[..length], start + span.start)?;
                Ok(&scratch[..length])
            }
            (Buffers::File(_), None) => Err(damaged()),
        }
    }
}

/// Hashes the lengths of the rows with these offsets.
fn add_lengths(hash: &mut Xxh3, offsets: &[u8]) {
    let (values, _) = offsets.as_chunks::<8>();
    for pair in values.windows(2) {
        hash.update(&(u64::from_le_bytes(pair[1]) - u64::from_le_bytes(pair[0])).to_le_bytes());
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
fn checked_rows(offsets: &[u8], size: u64) -> Option<(u64, Range<u64>)> {
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

/// The number that `bytes` begin with.
fn word(bytes: &[u8]) -> u64 {
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
            let stripped = column.stripped(4, &mut Vec::new()).unwrap();
            assert_eq!(stripped.record.characters, 1);
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
            assert!(column.checksums().is_err());
            std::fs::remove_file(path).unwrap();
        }
    }

    /// A file with one chunk of `rows` at byte 8.
    pub(crate) fn file_of(name: &str, rows: &[&str]) -> (std::path::PathBuf, Place) {
        let path = std::env::temp_dir().join(format!("tokstats-{}-{name}", std::process::id()));
        let mut bytes = vec![7; 8];
        let mut end = 0u64;
        bytes.extend_from_slice(&end.to_le_bytes());
        for row in rows {
            end += row.len() as u64;
            bytes.extend_from_slice(&end.to_le_bytes());
        }
        let data = bytes.len() as u64;
        let (marks, records) = records_of(&bytes[8..], rows.concat().as_bytes());
        bytes.extend_from_slice(rows.concat().as_bytes());
        let place = bytes.len() as u64;
        bytes.extend_from_slice(&marks);
        bytes.extend_from_slice(&records);
        std::fs::write(&path, bytes).unwrap();
        let records = place + marks.len() as u64;
        (path, Place { offsets: 8, data, marks: place, records, rows: rows.len() as u64 })
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
    fn every_byte_of_a_chunk_is_in_its_checksum() {
        let (path, place) = file_of("flips", &[" ab", "", "cé", &"é".repeat(2000)]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
        let expected = column.checksums().unwrap();
        let content = std::fs::read(&path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        for (at, byte) in content.iter().enumerate().skip(place.offsets as usize) {
            file.write_all_at(&[byte ^ 1], at as u64).unwrap();
            assert_ne!(column.checksums(), Ok(expected.clone()), "byte {at}");
            file.write_all_at(&[*byte], at as u64).unwrap();
        }
        assert_eq!(column.checksums().unwrap(), expected);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn checksums_are_pinned() {
        let mut bytes: Vec<u8> = [2u64, 0, 3].iter().flat_map(|length| length.to_le_bytes()).collect();
        bytes.extend_from_slice("abcé".as_bytes());
        let records: [[u64; 4]; 3] = [[0, 2, 2, 0], [2, 0, 0, 0], [2, 3, 2, 0]];
        bytes.extend(records.iter().flatten().flat_map(|word| word.to_le_bytes()));
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
        assert!(TextColumn::in_file(open(), &[Place { marks: place.records + 8, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { records: place.records + 1, ..place }]).is_err());
        assert!(TextColumn::in_file(open(), &[Place { records: u64::MAX, ..place }]).is_err());
        let column = TextColumn::in_file(open(), &[place]).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(place.data + 4).unwrap();
        assert_eq!(column.row(0, &mut Vec::new()).unwrap(), "abc");
        assert!(matches!(column.row(1, &mut Vec::new()), Err(Error::File { .. })));
        std::fs::remove_file(path).unwrap();
    }
}
