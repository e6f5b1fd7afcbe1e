//! Rows to texts.
//!
//! In: the columns of a language's corpus. Out: the text at an index of the language's stream.
//!
//! - `stream`: the texts of a stream, each a function of its index
//! - `row_slice`: characters of a row, read with little around them
//! - `column`: the rows of a corpus, in chunks
//! - `chunk`: the buffers of a chunk, in memory or in a file
//! - `row_index`: where each row's text lies and how long it is
//! - `checksum`: a hash of a chunk

pub(crate) mod checksum;
pub(crate) mod chunk;
pub mod column;
pub mod row_index;
pub(crate) mod row_slice;
pub mod stream;
