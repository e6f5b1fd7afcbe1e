//! Scores to a vocabulary.
//!
//! In: the pool, and the size and noise of a draw. Out: the ids of the substrings that the draw takes.

pub mod bracket;
pub mod order;
pub mod scan;
pub mod vocabulary;
