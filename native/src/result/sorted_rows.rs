//! Sorted rows of the result: of one range of keys, in memory or in spills, and of all ranges together.

use crate::base::error::Error;
use crate::result::packed_row::Row;
use crate::result::spill::MergedSpills;

/// Number of rows whose bytes are asked for at once, before they are needed.
const AHEAD: usize = 16;

/// Total of a packed row in memory, and where its bytes are.
#[derive(Clone, Copy)]
pub(crate) struct PackedRow {
    /// Sum of the row's counts.
    pub(crate) total: u64,
    /// Offset of the first byte.
    pub(crate) start: u32,
    /// Offset behind the last byte.
    pub(crate) end: u32,
}

/// Rows of a range of keys, by falling total, then by rising key.
pub(crate) enum SortedRows {
    /// All in memory.
    InMemory {
        /// Bytes of the rows.
        packed: Vec<u8>,
        /// Rows in their order.
        order: Vec<PackedRow>,
        /// Index of the next row in `order`.
        next: usize,
    },
    /// In a file.
    Spilled(MergedSpills),
}

impl SortedRows {
    /// Returns the next row's total; 0 at the end.
    #[must_use]
    pub(crate) fn total(&self) -> u64 {
        match self {
            Self::InMemory { order, next, .. } => order.get(*next).map_or(0, |row| row.total),
            Self::Spilled(spills) => spills.head().map_or(0, |row| row.total),
        }
    }

    /// Returns the next row.
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

    /// Goes on to the row after the next one, which must exist.
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

/// Reads a byte of each of the rows from index `first` on, which are far apart: their cache misses overlap.
fn touch(packed: &[u8], order: &[PackedRow], first: usize) {
    let rows = order.iter().skip(first).take(AHEAD);
    std::hint::black_box(rows.fold(0, |mixed, row| mixed ^ packed[row.start as usize]));
}

/// Rows of consecutive ranges of keys together, by falling total, then by rising key.
pub(crate) struct JoinedRows {
    ranges: Vec<SortedRows>,
    /// Index of the next row's range.
    current: usize,
    /// Least total with which the row after the next one is of the same range.
    least: u64,
}

impl JoinedRows {
    /// Joins the rows of ranges, which must rise.
    #[must_use]
    pub(crate) fn new(ranges: Vec<SortedRows>) -> Self {
        let mut joined = Self { ranges, current: 0, least: 0 };
        joined.choose();
        joined
    }

    /// Returns whether there is no next row.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.get(self.current).is_none_or(|rows| rows.total() == 0)
    }

    /// Returns the next row.
    #[must_use]
    pub(crate) fn head(&self) -> Option<Row<'_>> {
        self.ranges.get(self.current)?.head()
    }

    /// Goes on to the row after the next one, which must exist.
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

    /// Finds the first of the ranges whose next row has the greatest total.
    fn choose(&mut self) {
        let greatest = |rows: &[SortedRows]| rows.iter().map(SortedRows::total).max().unwrap_or(0);
        let most = greatest(&self.ranges);
        self.current = self.ranges.iter().position(|rows| rows.total() == most).unwrap_or(0);
        let (before, behind) = (&self.ranges[..self.current], self.ranges.get(self.current + 1..).unwrap_or_default());
        self.least = greatest(behind).max(greatest(before) + 1); // ranges before have less than the greatest
    }
}
