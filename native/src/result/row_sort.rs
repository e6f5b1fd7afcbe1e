//! Rows in the order of the result: an external sort by falling total.
//!
//! Rows arrive by rising key, and rows of equal total stay in that order, so a stable sort by total is all there is to
//! do. They are packed in memory; where they exceed the limit they are sorted and appended to a file as a spill, and so
//! is the rest at the end. All keys of a spill are above those of the spills before, so merging takes the greatest total,
//! from the earliest spill that has it, and never looks at a key.
//!
//! A packed row is its key's length and ranks, then, for each language with a count, the number of the language plus
//! one and the count, then 0. Numbers are LEB128.

use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::error::Error;
use crate::base::substring_key::{FIRST_BYTES, INLINE_BYTES, SubstringKey};
use crate::counts::leb128;
use crate::result::loser_tree::{ENDED, LoserTree};
use crate::result::read_buffer::{ByteSource, ReadBuffer, read_full};

/// Places in the packed rows are 32 bits wide.
const MOST_MEMORY: usize = 1 << 31;
/// The memory of the buffers over the spills of all sorters together, where they are not too many for it.
const BUFFERS: usize = 64 << 20;
const LARGEST_BUFFER: usize = if cfg!(fuzzing) { 64 } else { 1 << 20 };
/// How many rows are looked up at once, before they are needed.
const AHEAD: usize = 16;
/// The most threads that sort, whatever is asked for.
const MOST_THREADS: usize = 256;

/// A row in memory.
#[derive(Clone, Copy)]
pub struct Place {
    total: u64,
    start: u32,
    end: u32,
}

/// Takes rows in, by rising key.
pub struct RowSorter {
    memory: usize,
    /// The memory of the buffers over its spills.
    buffers: usize,
    path: PathBuf,
    packed: Vec<u8>,
    order: Vec<Place>,
    spilled: Option<Spilled>,
}

struct Spilled {
    file: BufWriter<File>,
    /// Where each spill ends.
    ends: Vec<u64>,
}

impl RowSorter {
    /// Keeps up to about `memory` bytes of rows in memory, and the others in a file that has the name `path` only
    /// while it is made, so nothing is left of it at whatever end, and several may have the same.
    #[must_use]
    pub fn new(memory: usize, path: &Path) -> Self {
        let (memory, path) = (memory.min(MOST_MEMORY), path.to_owned());
        Self { memory, buffers: BUFFERS, path, packed: Vec::new(), order: Vec::new(), spilled: None }
    }

    /// As `new`, for so many that share the memory; each serves a thread, so there are no more than `MOST_THREADS`.
    #[must_use]
    pub fn sharing(count: usize, memory: usize, path: &Path) -> Vec<Self> {
        let count = count.clamp(1, MOST_THREADS);
        let one = || Self { buffers: BUFFERS / count, ..Self::new(memory / count, path) };
        std::iter::repeat_with(one).take(count).collect()
    }

    /// Takes a row in: its key, above the one before, and the counts in each language, not all of them 0.
    ///
    /// # Errors
    /// `Error::Overflow` where the total exceeds 64 bits; `Error::Io` where the rows cannot be written.
    pub fn push(&mut self, key: SubstringKey, counts: &[u64]) -> Result<(), Error> {
        let start = self.packed.len() as u32;
        let mut total = 0u64;
        // All 16 bytes, then as many as are used: copying a number of bytes that is not known takes several times as long.
        self.packed.extend_from_slice(&key.0.rotate_right(8).to_be_bytes());
        self.packed.truncate(start as usize + 1 + key.len());
        for (number, &count) in (1..).zip(counts).filter(|&(_, &count)| count > 0) {
            total = total.checked_add(count).ok_or(Error::Overflow)?;
            leb128::write(number, &mut self.packed);
            leb128::write(count, &mut self.packed);
        }
        self.packed.push(0);
        self.order.push(Place { total, start, end: self.packed.len() as u32 });
        if self.packed.len() + self.order.len() * size_of::<Place>() >= self.memory {
            self.spill()?;
        }
        Ok(())
    }

    /// The rows, by falling total, then by rising key; `languages` is the number of counts in a row.
    ///
    /// # Errors
    /// `Error::Io` where the rows cannot be written, or not be read again.
    pub fn finish(mut self, languages: usize) -> Result<SortedRows, Error> {
        if self.spilled.is_some() {
            self.spill()?;
        }
        let Some(Spilled { file, ends }) = self.spilled.take() else {
            self.sort();
            return Ok(SortedRows::InMemory { packed: self.packed, order: self.order, at: 0 });
        };
        let file = file.into_inner().map_err(|error| self.failed(error.error()))?;
        let file = SpillFile { file: Arc::new(file), path: self.path.into() };
        Ok(SortedRows::Spilled(MergedSpills::new(&file, &ends, languages, self.buffers)?))
    }

    fn sort(&mut self) {
        self.order.sort_by_key(|row| Reverse(row.total));
    }

    fn spill(&mut self) -> Result<(), Error> {
        self.sort();
        self.write().map_err(|error| self.failed(&error))?;
        self.packed.clear();
        self.order.clear();
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => {
                let file = BufWriter::with_capacity(LARGEST_BUFFER, nameless_file(&self.path)?);
                none.insert(Spilled { file, ends: Vec::new() })
            }
        };
        for row in &self.order {
            spilled.file.write_all(&self.packed[row.start as usize..row.end as usize])?;
        }
        let before = spilled.ends.last().copied().unwrap_or(0);
        spilled.ends.push(before + self.packed.len() as u64);
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::io(self.path.display().to_string(), error)
    }
}

fn nameless_file(path: &Path) -> io::Result<File> {
    static NAME: Mutex<()> = Mutex::new(()); // one file at a time has the name
    let _guard = NAME.lock().unwrap_or_else(PoisonError::into_inner);
    let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
    fs::remove_file(path)?;
    Ok(file)
}

/// A row: its key, its total, and its counts.
pub struct Row<'a> {
    /// The key.
    pub key: SubstringKey,
    /// The sum of its counts.
    pub total: u64,
    counts: &'a [u8],
}

impl<'a> Row<'a> {
    fn new(packed: &'a [u8], total: u64) -> Self {
        let length = usize::from(packed[0]);
        let mut key = [0; 16];
        match packed.first_chunk() {
            Some(bytes) => key = *bytes,
            None => key[..packed.len()].copy_from_slice(packed),
        }
        let key = u128::from_be_bytes(key).rotate_left(8) & (FIRST_BYTES[length] | 0xFF);
        Self { key: SubstringKey(key), total, counts: &packed[1 + length..] }
    }

    /// The token: its key's mapped string.
    #[must_use]
    pub fn token(&self) -> String {
        let mut token = String::new();
        self.key.write_mapped(&mut token);
        token
    }

    /// (place of the language, count) for every language with a count.
    pub fn counts(&self) -> impl Iterator<Item = (usize, u64)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let (number, next) = leb128::read(self.counts, at)?;
            let language = number.checked_sub(1)?;
            let (count, end) = leb128::read(self.counts, next)?;
            at = end;
            Some((language as usize, count))
        })
    }
}

/// Rows by falling total, then by rising key.
pub enum SortedRows {
    /// All in memory.
    InMemory {
        /// The packed rows.
        packed: Vec<u8>,
        /// Where they are, in order.
        order: Vec<Place>,
        /// The next one's place in `order`.
        at: usize,
    },
    /// In a file, as sorted spills.
    Spilled(MergedSpills),
}

impl SortedRows {
    /// The next row's total; 0 where there is no next row.
    #[must_use]
    pub fn total(&self) -> u64 {
        match self {
            Self::InMemory { order, at, .. } => order.get(*at).map_or(0, |row| row.total),
            Self::Spilled(spills) => spills.head().map_or(0, |row| row.total),
        }
    }

    /// The next row.
    #[must_use]
    pub fn head(&self) -> Option<Row<'_>> {
        match self {
            Self::InMemory { packed, order, at } => {
                let row = order.get(*at)?;
                Some(Row::new(&packed[row.start as usize..row.end as usize], row.total))
            }
            Self::Spilled(spills) => spills.head(),
        }
    }

    /// Goes on to the row after the next one, which must be there.
    ///
    /// # Errors
    /// `Error::Io` or `Error::Damaged` where a row cannot be read again.
    pub fn advance(&mut self) -> Result<(), Error> {
        match self {
            Self::InMemory { packed, order, at } => {
                *at += 1;
                if at.is_multiple_of(AHEAD) {
                    touch(packed, order, *at + AHEAD);
                }
            }
            Self::Spilled(spills) => spills.advance()?,
        }
        Ok(())
    }
}

/// The rows of consecutive ranges of keys, as one: by falling total, then by rising key.
pub struct JoinedRows {
    ranges: Vec<SortedRows>,
    /// The range of the next row.
    at: usize,
    /// The least total with which the row after it is of the same range.
    least: u64,
}

impl JoinedRows {
    /// Joins the rows of ranges, which must rise.
    #[must_use]
    pub fn new(ranges: Vec<SortedRows>) -> Self {
        let mut joined = Self { ranges, at: 0, least: 0 };
        joined.choose();
        joined
    }

    /// Whether there is no next row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.get(self.at).is_none_or(|rows| rows.total() == 0)
    }

    /// The next row.
    #[must_use]
    pub fn head(&self) -> Option<Row<'_>> {
        self.ranges.get(self.at)?.head()
    }

    /// Goes on to the row after the next one, which must be there.
    ///
    /// # Errors
    /// Those of `SortedRows::advance`.
    pub fn advance(&mut self) -> Result<(), Error> {
        let rows = &mut self.ranges[self.at];
        rows.advance()?;
        if rows.total() < self.least {
            self.choose();
        }
        Ok(())
    }

    /// Finds the first of the ranges whose next row has the greatest total.
    fn choose(&mut self) {
        let greatest = |rows: &[SortedRows]| rows.iter().map(SortedRows::total).max().unwrap_or(0);
        let most = greatest(&self.ranges);
        self.at = self.ranges.iter().position(|rows| rows.total() == most).unwrap_or(0);
        let (before, behind) = (&self.ranges[..self.at], self.ranges.get(self.at + 1..).unwrap_or_default());
        self.least = greatest(behind).max(greatest(before) + 1); // those before have less than the greatest
    }
}

/// Reads a byte of each of the rows from the one at `at` on, which lie far apart: their misses of the cache overlap.
fn touch(packed: &[u8], order: &[Place], at: usize) {
    let rows = order.iter().skip(at).take(AHEAD);
    std::hint::black_box(rows.fold(0, |mixed, row| mixed ^ packed[row.start as usize]));
}

#[derive(Clone)]
struct SpillFile {
    file: Arc<File>,
    path: Arc<Path>,
}

impl ByteSource for SpillFile {
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        read_full(&self.file, at, into)
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// The spills of a file, merged.
pub struct MergedSpills {
    spills: Vec<RowReader>,
    tree: LoserTree,
}

impl MergedSpills {
    fn new(file: &SpillFile, ends: &[u64], languages: usize, buffers: usize) -> Result<Self, Error> {
        let longest = 2 + INLINE_BYTES + languages * 2 * leb128::LONGEST;
        let buffer = (buffers / ends.len()).clamp(longest, LARGEST_BUFFER.max(longest));
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let mut spills: Vec<RowReader> = starts
            .zip(ends)
            .map(|(start, &end)| RowReader {
                buffer: ReadBuffer::new(file.clone(), start, end, buffer),
                longest,
                length: 0,
                total: 0,
            })
            .collect();
        let keys = spills.iter_mut().enumerate().map(|(number, spill)| spill.advance(number));
        let tree = LoserTree::new(&keys.collect::<Result<Vec<_>, Error>>()?);
        Ok(Self { spills, tree })
    }

    fn head(&self) -> Option<Row<'_>> {
        let (key, number) = self.tree.least();
        let spill = &self.spills[number];
        (key != ENDED).then(|| Row::new(&spill.buffer.held()[..spill.length], spill.total))
    }

    fn advance(&mut self) -> Result<(), Error> {
        let (_, number) = self.tree.least();
        self.tree.replace_least(self.spills[number].advance(number)?);
        Ok(())
    }
}

struct RowReader {
    buffer: ReadBuffer<SpillFile>,
    longest: usize,
    length: usize,
    total: u64,
}

impl RowReader {
    /// Goes on to the next row, and says where it stands among those of other spills.
    fn advance(&mut self, number: usize) -> Result<u128, Error> {
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
        Ok(u128::from(!total) << 64 | number as u128)
    }
}

/// The total and the length of the packed row at the beginning of `bytes`; none where it is damaged.
fn measure(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut at = 1 + usize::from(*bytes.first()?);
    let mut total = 0u64;
    loop {
        let (language, next) = leb128::read(bytes, at)?;
        if language == 0 {
            return (total > 0 && usize::from(bytes[0]) <= INLINE_BYTES).then_some((total, next));
        }
        let (count, next) = leb128::read(bytes, next)?;
        total = total.checked_add(count)?;
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};

    type Rows = BTreeMap<Vec<u8>, Vec<u64>>;

    /// A path that no other test has.
    fn path() -> PathBuf {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        std::env::temp_dir().join(format!("tokstats-rows-{}-{number}.tmp", std::process::id()))
    }

    /// The rows, sorted in `ranges` ranges of keys.
    fn sorted(rows: &Rows, ranges: usize, memory: usize) -> Result<Vec<(SubstringKey, Vec<u64>)>, Error> {
        let path = path();
        let keyed =
            rows.iter().map(|(bytes, counts)| (bytes.iter().fold(SubstringKey::EMPTY, |key, &b| key.with(b)), counts));
        let keyed: Vec<_> = keyed.collect::<BTreeMap<_, _>>().into_iter().collect();
        let of_range = |rows: &[(SubstringKey, &Vec<u64>)]| {
            let mut sorter = RowSorter::new(memory, &path);
            rows.iter().try_for_each(|&(key, counts)| sorter.push(key, counts))?;
            sorter.finish(3)
        };
        let ranges = keyed.chunks(keyed.len().div_ceil(ranges).max(1)).map(of_range);
        let mut result = JoinedRows::new(ranges.collect::<Result<_, _>>()?);
        assert!(!path.exists());
        let mut found = Vec::new();
        while let Some(row) = result.head() {
            let mut counts = vec![0; 3];
            row.counts().for_each(|(language, count)| counts[language] = count);
            assert_eq!(row.total, counts.iter().sum::<u64>());
            found.push((row.key, counts));
            assert!(!result.is_empty());
            result.advance()?;
        }
        assert!(result.is_empty());
        Ok(found)
    }

    fn any_rows() -> impl Strategy<Value = Rows> {
        let count = || prop_oneof![Just(0), 0..3u64, 0..u64::MAX / 4];
        let counts = (count(), count(), count()).prop_map(|(a, b, c)| vec![a, b, c.max(1)]);
        prop::collection::btree_map(prop::collection::vec(any::<u8>(), 1..=15), counts, 0..200)
    }

    proptest! {
        #[test]
        fn any_memory_and_ranges_give_the_same_order(rows in any_rows(), memory in 0..3000usize, ranges in 1..6usize) {
            let mut expected: Vec<(SubstringKey, Vec<u64>)> = rows
                .iter()
                .map(|(bytes, counts)| (bytes.iter().fold(SubstringKey::EMPTY, |key, &b| key.with(b)), counts.clone()))
                .collect();
            expected.sort_by_key(|(key, counts)| (Reverse(counts.iter().sum::<u64>()), *key));
            prop_assert_eq!(&sorted(&rows, 1, usize::MAX).unwrap(), &expected);
            prop_assert_eq!(&sorted(&rows, ranges, usize::MAX).unwrap(), &expected);
            prop_assert_eq!(sorted(&rows, ranges, memory).unwrap(), expected);
        }

        #[test]
        fn damage_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some((total, length)) = measure(&bytes) {
                prop_assert!(Row::new(&bytes[..length], total).counts().count() > 0);
            }
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let path = path().join("rows.tmp");
        let error = RowSorter::new(0, &path).push(SubstringKey::EMPTY.with(b'a'), &[1]).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{}: ", path.display())), "{error}");
    }

    #[test]
    fn totals_beyond_64_bits_are_errors() {
        let mut sorter = RowSorter::new(1000, &path());
        assert_eq!(sorter.push(SubstringKey::EMPTY.with(b'a'), &[u64::MAX, 1]), Err(Error::Overflow));
    }
}
