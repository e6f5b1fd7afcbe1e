//! Runs that are kept in files or elsewhere, read entry by entry through a window.

use crate::error::Error;
use crate::runs::{LONGEST_ENTRY, Sums, read_entry};
use crate::window::{Source, Window};

/// The least memory of a window over a run.
pub const LEAST_WINDOW: usize = if cfg!(fuzzing) { LONGEST_ENTRY } else { 4 << 10 };
/// The most memory of one: more makes reading no faster.
pub const LARGEST_WINDOW: usize = if cfg!(fuzzing) { 64 } else { 256 << 10 };

/// A run to be merged.
pub struct Input<S> {
    /// Where it is kept.
    pub source: S,
    /// The place in the source of its first byte; it goes to the source's end.
    pub start: u64,
    /// The place of its language among all.
    pub language: usize,
    /// What its entries add up to.
    pub sums: Sums,
}

/// A place in a run from which it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The place in the source of an entry's first byte.
    pub place: u64,
    /// The key of the entry before; 0 at the run's beginning.
    pub before: u128,
}

impl<S: Source> Input<S> {
    /// Where the run begins.
    pub fn beginning(&self) -> Start {
        Start { place: self.start, before: 0 }
    }

    /// The failure of a merge that this input is not fit for.
    pub fn damaged(&self, reason: &str) -> Error {
        Error::Damaged { name: self.source.name(), reason: reason.into() }
    }
}

/// The entries of an input from some place on.
pub struct Entries<'a, S> {
    input: &'a Input<S>,
    window: Window<&'a S>,
    key: u128,
}

impl<'a, S: Source> Entries<'a, S> {
    /// Reads through a window of `size` bytes, at least `LEAST_WINDOW`.
    pub fn new(input: &'a Input<S>, start: Start, size: usize) -> Self {
        Self { input, window: Window::new(&input.source, start.place, u64::MAX, size), key: start.before }
    }

    /// The next entry's key and count; none at the end.
    ///
    /// # Errors
    /// `Error::Damaged` where there is no entry; `Error::Io` where the source cannot be read.
    #[expect(clippy::inline_always, reason = "see `read_entry`")]
    #[inline(always)]
    pub fn read(&mut self) -> Result<Option<(u128, u64)>, Error> {
        let bytes = self.window.ahead(LONGEST_ENTRY)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let Some((key, count, length)) = read_entry(bytes, self.key) else {
            return Err(self.input.damaged(&format!("damaged run of counts at byte {}", self.window.place())));
        };
        self.window.skip(length);
        self.key = key;
        Ok(Some((key, count)))
    }

    /// Where the next entry is.
    #[must_use]
    pub fn start(&self) -> Start {
        Start { place: self.window.place(), before: self.key }
    }
}
