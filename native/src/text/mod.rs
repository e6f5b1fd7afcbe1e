//! Rows to texts.
//!
//! In: the columns of a language's corpus. Out: the text at an index of the language's stream.
//!
//! - `assembly`: the texts of a stream, each made of rows that its index chooses
//! - `row_slice`: characters of a row, read with little around them
//! - `column`: the rows of a corpus, in chunks
//! - `chunk`: the buffers of a chunk, in memory or in a file
//! - `row_index`: where each row's text lies and how long it is
//! - `checksum`: a hash of a chunk

pub mod assembly;
pub(crate) mod checksum;
pub(crate) mod chunk;
pub mod column;
pub mod row_index;
pub(crate) mod row_slice;
