//! Row sort: an external sort of packed rows by falling total.
//!
//! Rows arrive by rising key, so a stable sort by total gives the order of the result: by falling total, then by rising
//! key. Rows are packed in memory. When the packed rows reach the memory limit, they are sorted and appended to a file;
//! a sorted list in this file is called a spill.

use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::error::Error;
use crate::base::substring_key::SubstringKey;
use crate::result::packed_row;
use crate::result::sorted_rows::{PackedRow, SortedRows};
use crate::result::spill::{LARGEST_BUFFER, MergedSpills, SpillFile};

/// Largest memory allowed for a sorter in bytes, because offsets in the packed rows have 32 bits.
const MOST_MEMORY: usize = 1 << 31;
/// Memory in bytes of the buffers that read the spills of all sorters. It is exceeded if there are too many spills.
const BUFFERS: usize = 64 << 20;
/// Largest number of sorters that share the memory.
const MOST_THREADS: usize = 256;

/// Sorter of rows that arrive by rising key.
pub struct RowSorter {
    memory: usize,
    /// Memory in bytes of the buffers that read this sorter's spills.
    buffers: usize,
    path: PathBuf,
    packed: Vec<u8>,
    order: Vec<PackedRow>,
    spilled: Option<Spilled>,
}

/// File of a sorter's spills.
struct Spilled {
    file: BufWriter<File>,
    /// Offset in the file behind each spill, in bytes.
    ends: Vec<u64>,
}

impl RowSorter {
    /// Makes a sorter that keeps up to about `memory` bytes of rows in memory, and all others in a file at `path`. The
    /// file's name is removed as soon as the file is made. So the file never outlives the process, and several sorters
    /// may have the same path.
    #[must_use]
    pub fn new(memory: usize, path: &Path) -> Self {
        let (memory, path) = (memory.min(MOST_MEMORY), path.to_owned());
        Self { memory, buffers: BUFFERS, path, packed: Vec::new(), order: Vec::new(), spilled: None }
    }

    /// Makes one sorter for each of `count` threads, at least 1 and at most 256. All sorters together use up to about
    /// `memory` bytes.
    #[must_use]
    pub fn sharing(count: usize, memory: usize, path: &Path) -> Vec<Self> {
        let count = count.clamp(1, MOST_THREADS);
        let one = || Self { buffers: BUFFERS / count, ..Self::new(memory / count, path) };
        std::iter::repeat_with(one).take(count).collect()
    }

    /// Adds a row with its counts in each language. The key must be above the key of the last row, and at least one
    /// count must be above 0.
    ///
    /// # Errors
    /// `Error::Overflow` if the total exceeds 64 bits; `Error::Io` if the rows cannot be written.
    pub(crate) fn push(&mut self, key: SubstringKey, counts: &[u64]) -> Result<(), Error> {
        let start = self.packed.len() as u32;
        let total = packed_row::append(key, counts, &mut self.packed)?;
        self.order.push(PackedRow { total, start, end: self.packed.len() as u32 });
        if self.packed.len() + self.order.len() * size_of::<PackedRow>() >= self.memory {
            self.spill()?;
        }
        Ok(())
    }

    /// Returns all rows by falling total, then by rising key. `languages` is the number of languages.
    ///
    /// # Errors
    /// `Error::Io` if the rows cannot be written, or cannot be read again.
    pub(crate) fn finish(mut self, languages: usize) -> Result<SortedRows, Error> {
        if self.spilled.is_some() {
            self.spill()?;
        }
        let Some(Spilled { file, ends }) = self.spilled.take() else {
            self.sort();
            return Ok(SortedRows::InMemory { packed: self.packed, order: self.order, next: 0 });
        };
        let file = file.into_inner().map_err(|error| self.failed(error.error()))?;
        let file = SpillFile { file: Arc::new(file), path: self.path.into() };
        Ok(SortedRows::Spilled(MergedSpills::new(&file, &ends, languages, self.buffers)?))
    }

    /// Sorts the rows in memory.
    fn sort(&mut self) {
        self.order.sort_by_key(|row| Reverse(row.total));
    }

    /// Moves the rows in memory to the file as a spill.
    fn spill(&mut self) -> Result<(), Error> {
        self.sort();
        self.write().map_err(|error| self.failed(&error))?;
        self.packed.clear();
        self.order.clear();
        Ok(())
    }

    /// Appends the sorted rows in memory to the file, which is made before the first spill.
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

/// Makes a file at `path` and removes its name.
fn nameless_file(path: &Path) -> io::Result<File> {
    static NAME: Mutex<()> = Mutex::new(()); // so that no sorter opens or removes the file of another one
    let _guard = NAME.lock().unwrap_or_else(PoisonError::into_inner);
    let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
    fs::remove_file(path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::sorted_rows::JoinedRows;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};

    type Rows = BTreeMap<Vec<u8>, Vec<u64>>;

    /// Returns a path that no other test uses.
    fn path() -> PathBuf {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        std::env::temp_dir().join(format!("tokstats-rows-{}-{number}.tmp", std::process::id()))
    }

    /// Sorts the rows in `ranges` ranges of keys, and joins the ranges.
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
        let mut read = Vec::new();
        while let Some(row) = result.head() {
            let mut counts = vec![0; 3];
            row.counts().for_each(|(language, count)| counts[language] = count);
            assert_eq!(row.total, counts.iter().sum::<u64>());
            read.push((row.key, counts));
            assert!(!result.is_empty());
            result.advance()?;
        }
        assert!(result.is_empty());
        Ok(read)
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
