//! Chain: consecutive ids of prefixes of one string. Each prefix is a byte longer than the prefix before.

use std::ops::Range;

/// Chain in 32 bits: its first id and, in the lowest four bits, the number of its ids.
#[derive(Clone, Copy)]
pub(crate) struct Chain(pub(crate) u32);

/// Upper bound of ids, just below 2^28, so that no chain equals `VACANT`, the value of a vacant cell.
pub(crate) const MOST_IDS: usize = (1 << 28) - 1;

impl Chain {
    #[inline]
    pub(crate) fn new(ids: &Range<usize>) -> Self {
        Self((ids.start as u32) << 4 | ids.len() as u32)
    }

    #[inline]
    pub(crate) fn first(self) -> usize {
        (self.0 >> 4) as usize
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        (self.0 & 0xF) as usize
    }

    #[inline]
    pub(crate) fn last(self) -> usize {
        self.first() + self.len() - 1
    }

    #[inline]
    pub(crate) fn ids(self) -> Range<usize> {
        self.first()..self.first() + self.len()
    }
}
