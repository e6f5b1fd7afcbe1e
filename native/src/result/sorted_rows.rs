//! Sorted rows: packed rows of one range of keys, in memory or in a file, and of all ranges together.

use crate::base::error::Error;
use crate::result::packed_row::Row;
use crate::result::spill::MergedSpills;

/// Number of rows whose bytes are prefetched together.
const AHEAD: usize = 16;

/// Total and location of a packed row in memory.
#[derive(Clone, Copy)]
pub(crate) struct PackedRow {
    /// Sum of the row's counts in all languages.
    pub(crate) total: u64,
    /// Offset of the row's first byte in the packed rows.
    pub(crate) start: u32,
    /// Offset in the packed rows behind the row's last byte.
    pub(crate) end: u32,
}

/// Rows of a range of keys, by falling total, then by rising key.
pub(crate) enum SortedRows {
    /// Rows that are all in memory.
    InMemory {
        /// Packed rows, by rising key.
        packed: Vec<u8>,
        /// Totals and locations of the rows, by falling total, then by rising key.
        order: Vec<PackedRow>,
        /// Index of the next row in `order`.
        next: usize,
    },
    /// Rows that are all in the spills of a file.
    Spilled(MergedSpills),
}

impl SortedRows {
    /// Returns the total of the next row, or 0 if all rows have been read.
    #[must_use]
    pub(crate) fn total(&self) -> u64 {
        match self {
            Self::InMemory { order, next, .. } => order.get(*next).map_or(0, |row| row.total),
            Self::Spilled(spills) => spills.head().map_or(0, |row| row.total),
        }
    }

    /// Returns the next row without removing it; None if all rows have been read.
    #[must_use]
    pub(crate) fn head(&self) -> Option<Row<'_>> {
        match self {
            Self::InMemory { packed, order, next } => {
                let row = order.get(*next)?;
                Some(Row::new(&packed[row.start as usize..row.end as usize], row.total))
            }
            Self::Spilled(spills) => spills.head(),
        }
    }

    /// Removes the next row, which must exist.
    ///
    /// # Errors
    /// `Error::Io` or `Error::Damaged` if a row cannot be read again.
    pub(crate) fn advance(&mut self) -> Result<(), Error> {
        match self {
            Self::InMemory { packed, order, next } => {
                *next += 1;
                if next.is_multiple_of(AHEAD) {
                    touch(packed, order, *next + AHEAD);
                }
            }
            Self::Spilled(spills) => spills.advance()?,
        }
        Ok(())
    }
}

/// Prefetches `AHEAD` rows from the index `first` on: one byte of each row is read. The rows are far apart in memory,
/// so each read misses the cache; reading them together lets the cache misses overlap.
fn touch(packed: &[u8], order: &[PackedRow], first: usize) {
    let rows = order.iter().skip(first).take(AHEAD);
    std::hint::black_box(rows.fold(0, |mixed, row| mixed ^ packed[row.start as usize]));
}

/// Rows of all ranges of keys together, by falling total, then by rising key.
pub(crate) struct JoinedRows {
    ranges: Vec<SortedRows>,
    /// Index of the range that has the next row.
    current: usize,
    /// Least total that a row of the current range must have to come before the rows of all other ranges.
    least: u64,
}

impl JoinedRows {
    /// Joins the rows of several ranges, given by rising keys.
    #[must_use]
    pub(crate) fn new(ranges: Vec<SortedRows>) -> Self {
        let mut joined = Self { ranges, current: 0, least: 0 };
        joined.choose();
        joined
    }

    /// Returns whether all rows have been read.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.get(self.current).is_none_or(|rows| rows.total() == 0)
    }

    /// Returns the next row without removing it; None if all rows have been read.
    #[must_use]
    pub(crate) fn head(&self) -> Option<Row<'_>> {
        self.ranges.get(self.current)?.head()
    }

    /// Removes the next row, which must exist.
    ///
    /// # Errors
    /// `Error::Io` or `Error::Damaged` if a row cannot be read again.
    pub(crate) fn advance(&mut self) -> Result<(), Error> {
        let rows = &mut self.ranges[self.current];
        rows.advance()?;
        if rows.total() < self.least {
            self.choose();
        }
        Ok(())
    }

    /// Makes the range current whose next row has the greatest total; the first one if several ranges have such a row.
    fn choose(&mut self) {
        let greatest = |rows: &[SortedRows]| rows.iter().map(SortedRows::total).max().unwrap_or(0);
        let most = greatest(&self.ranges);
        self.current = self.ranges.iter().position(|rows| rows.total() == most).unwrap_or(0);
        let (before, behind) = (&self.ranges[..self.current], self.ranges.get(self.current + 1..).unwrap_or_default());
        self.least = greatest(behind).max(greatest(before) + 1); // ranges before have less than the greatest
    }
}
