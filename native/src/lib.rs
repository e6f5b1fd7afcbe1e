//! Algorithm 1 of ZeTT ("Zero-Shot Tokenizer Transfer", 2024): random tokenizers from text, and their tally.
//!
//! Data flows through the folders from the bottom up: rows become texts (`text`), texts a pool of scored substrings
//! (`split`, `pool`), a draw from the pool a vocabulary (`draw`), vocabularies a tally (`counts`), tallies a sorted
//! result (`result`).
//!
//! Only `py` knows Python, with one exception: `TextRule`, `PoolSize` and `VocabularyLaw` derive `pyo3::FromPyObject`, so
//! that they are taken by name from the objects of `tokstats_parallel/sampling.py`. A copy of them in `py` would be one
//! more place for every new parameter.

pub mod base;
pub mod counts;
pub mod draw;
pub mod language_draw;
pub mod pool;
pub mod result;
pub mod sampler;
pub mod shard;
pub mod split;
pub mod text;

#[cfg(feature = "python")]
mod py;
