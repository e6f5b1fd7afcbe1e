//! Errors of the core; `py` turns each into a Python exception with the same text.

use thiserror::Error;

/// Error that a function of the core returns.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// The offsets of a chunk of a text column are missing, decrease, or point beyond the chunk's data.
    #[error("chunk {chunk}: the offsets of the text column are damaged")]
    Offsets {
        /// Index of the chunk.
        chunk: usize,
    },
    /// A row of a text column is not valid UTF-8.
    #[error("row {row} is not UTF-8")]
    Utf8 {
        /// Index of the row.
        row: u64,
    },
    /// A row of a text column does not match the row's entry in the row index.
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
    /// No row of a text column holds more than white space.
    #[error("no non-empty text")]
    NoText,
    /// Nearly all rows of a text column hold only white space, so that making a text would take too long.
    #[error("text {text} would need far more than a thousand empty rows for each row that holds text")]
    Sparse {
        /// Index of the text in its stream.
        text: u64,
    },
    /// A sum of scores or counts does not fit 64 bits.
    #[error("a sum of scores or counts exceeds 64 bits")]
    Overflow,
    /// A segment was damaged, or was not written by this program.
    #[error("damaged segment of counts at byte {at}")]
    Segment {
        /// Offset in the segment at which reading stopped, in bytes.
        at: usize,
    },
    /// A segment belongs to a language that the result does not have.
    #[error("a segment belongs to language {language}, but there are {languages} languages")]
    Language {
        /// Index of the segment's language.
        language: usize,
        /// Number of languages that the result has.
        languages: usize,
    },
    /// A file of counts is not as it was saved.
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
    /// A readable text has a backslash that begins no escape.
    #[error("the backslash at byte {at} begins none of \\\\, \\xE2 and \\u{{200B}}")]
    Escape {
        /// Offset of the backslash in the text, in bytes.
        at: usize,
    },
    /// A parameter is outside its allowed range.
    #[error("{0}")]
    Parameter(&'static str),
}

impl Error {
    /// Makes an `Io` error from the operating system's error about the file `name`.
    pub(crate) fn io(name: String, error: &std::io::Error) -> Self {
        Self::Io { name, reason: error.to_string() }
    }

    /// Makes a `File` error from the operating system's error about the file of a text column.
    pub(crate) fn file(error: &std::io::Error) -> Self {
        Self::File { reason: error.to_string() }
    }
}
