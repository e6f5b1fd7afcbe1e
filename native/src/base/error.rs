//! Errors of the core; `py` turns each into a Python exception with the same text.

use thiserror::Error;

/// An error of the core.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// The offsets of a chunk are missing, fall, or point beyond its data.
    #[error("chunk {chunk}: the offsets of the text column are damaged")]
    Offsets {
        /// Index of the chunk.
        chunk: usize,
    },
    /// A row is not UTF-8.
    #[error("row {row} is not UTF-8")]
    Utf8 {
        /// Index of the row.
        row: u64,
    },
    /// A row does not match its entry in the row index.
    #[error("row {row} does not match its entry in the row index")]
    RowIndex {
        /// Index of the row.
        row: u64,
    },
    /// The file of a text column cannot be read.
    #[error("the text column's file cannot be read: {reason}")]
    File {
        /// Message of the system.
        reason: String,
    },
    /// No row holds more than white space.
    #[error("no non-empty text")]
    NoText,
    /// Nearly all rows hold nothing but white space.
    #[error("text {text} would take far more than a thousand empty rows to each that holds text")]
    Sparse {
        /// Index of the text.
        text: u64,
    },
    /// A sum of scores or counts exceeds 64 bits.
    #[error("a sum of scores or counts exceeds 64 bits")]
    Overflow,
    /// A segment of counts was not written by this program, or was damaged.
    #[error("damaged segment of counts at byte {at}")]
    Segment {
        /// Where reading stopped.
        at: usize,
    },
    /// A segment is of a language that the result does not have.
    #[error("a segment of language {language}, of which there are {languages}")]
    Language {
        /// Index of the language.
        language: usize,
        /// Number of languages.
        languages: usize,
    },
    /// A file of counts has changed since it was saved.
    #[error("{name}: {reason}")]
    Damaged {
        /// Name of the file.
        name: String,
        /// Description of the damage.
        reason: String,
    },
    /// A file of counts cannot be read, or a file of sorted rows cannot be written.
    #[error("{name}: {reason}")]
    Io {
        /// Name of the file.
        name: String,
        /// Message of the system.
        reason: String,
    },
    /// A parameter is out of its range.
    #[error("{0}")]
    Parameter(&'static str),
}

impl Error {
    /// Wraps a system error about the file `name`.
    pub(crate) fn io(name: String, error: &std::io::Error) -> Self {
        Self::Io { name, reason: error.to_string() }
    }

    /// Wraps a system error about the file of a text column.
    pub(crate) fn file(error: &std::io::Error) -> Self {
        Self::File { reason: error.to_string() }
    }
}
