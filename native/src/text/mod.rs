//! Rows to texts.
//!
//! In: the rows of the languages' corpora, as text columns. Out: the text at an index of a pool's stream.
//!
//! - `source`: the texts of a pool, of one language or of all
//! - `turns`: the language of each text, or stream batch, of a pool that all languages share
//! - `assembly`: the texts of a stream, each made of the rows that its index chooses
//! - `row_slice`: a range of characters of a row, read without the rest of the row
//! - `column`: all rows of a corpus, a list of chunks
//! - `chunk`: consecutive rows, whose buffers are in memory or in a file
//! - `row_index`: offset and length of each row's text
//! - `checksum`: a hash of a chunk, which finds damage

pub mod assembly;
pub(crate) mod checksum;
pub(crate) mod chunk;
pub mod column;
pub mod row_index;
pub(crate) mod row_slice;
pub mod source;
pub mod turns;
