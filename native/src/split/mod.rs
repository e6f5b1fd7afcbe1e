//! The GPT-2 split.
//!
//! In: a text. Out: the offsets at which its pretokens end.
//!
//! - `gpt2`: the split, 64 bytes at a time
//! - `byte_masks`: which bytes of a block lie in a range
//! - `classes`, `unicode_tables`: letter, number, white space or other, for every character
//! - `definition`: the split one character at a time, which tests and fuzzing compare with

pub(crate) mod byte_masks;
pub(crate) mod classes;
#[cfg(any(test, fuzzing))]
pub mod definition;
pub mod gpt2;
pub mod unicode_tables;
