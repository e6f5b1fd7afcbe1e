//! The GPT-2 split.
//!
//! In: a text. Out: where its pretokens end.

pub(crate) mod byte_masks;
pub(crate) mod classes;
#[cfg(any(test, fuzzing))]
pub mod definition;
pub mod gpt2;
pub mod unicode_tables;
