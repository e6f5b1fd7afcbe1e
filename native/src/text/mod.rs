//! Rows to texts.
//!
//! In: the columns of a language's corpus. Out: the text with a given index in the language's stream.

pub mod chunk;
pub mod column;
pub mod row_index;
pub mod row_slice;
pub mod stream;
