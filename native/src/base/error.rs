//! What can go wrong in the core; `py.rs` turns each into a Python exception with the same text.

use thiserror::Error;

/// An error of the core.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// The offsets of a chunk are missing, fall, or point beyond its data.
    #[error("chunk {chunk}: the offsets of the text column are damaged")]
    Offsets {
        /// The chunk's number.
        chunk: usize,
    },
    /// A row is not UTF-8.
    #[error("row {row} is not UTF-8")]
    Utf8 {
        /// The row's number.
        row: u64,
    },
    /// A row does not match its entry in the row index.
    #[error("row {row} does not match its entry in the row index")]
    RowIndex {
        /// The row's number.
        row: u64,
    },
    /// The file of a column cannot be read.
    #[error("the text column's file cannot be read: {reason}")]
    File {
        /// What the system says.
        reason: String,
    },
    /// No row holds more than white space.
    #[error("no non-empty text")]
    NoText,
    /// Nearly all rows hold nothing but white space.
    #[error("text {text} would take far more than a thousand empty rows to each that holds text")]
    Sparse {
        /// The text's number.
        text: u64,
    },
    /// A sum of scores or counts does not fit 64 bits.
    #[error("a sum of scores or counts exceeds 64 bits")]
    Overflow,
    /// A run of counts was not written by this program, or was damaged.
    #[error("damaged run of counts at byte {at}")]
    Run {
        /// Where reading stopped.
        at: usize,
    },
    /// A file of counts is not what it was when it was saved.
    #[error("{name}: {reason}")]
    Damaged {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of counts cannot be read, or one of sorted rows not be written.
    #[error("{name}: {reason}")]
    Io {
        /// The file.
        name: String,
        /// What the system says.
        reason: String,
    },
    /// A parameter is out of its range.
    #[error("{0}")]
    Parameter(&'static str),
}

impl Error {
    /// The failure `error` of the file `name`.
    pub(crate) fn io(name: String, error: &std::io::Error) -> Self {
        Self::Io { name, reason: error.to_string() }
    }

    /// The error that `error` stands for.
    pub(crate) fn file(error: &std::io::Error) -> Self {
        Self::File { reason: error.to_string() }
    }
}
