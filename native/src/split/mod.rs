//! The GPT-2 split.
//!
//! In: a text. Out: the ends of the text's pretokens, in bytes.
//!
//! - `gpt2`: the split, a block of 64 bytes at a time
//! - `byte_masks`: masks of 64 bits that tell which bytes of a block lie in a range
//! - `classes`, `unicode_tables`: the class of every character: letter, number, white space or other
//! - `definition`: the split one character at a time; tests and fuzzing compare `gpt2` with it

pub(crate) mod byte_masks;
pub(crate) mod classes;
#[cfg(any(test, fuzzing))]
pub mod definition;
pub mod gpt2;
pub mod unicode_tables;
