//! Algorithm 1 of ZeTT ("Zero-Shot Tokenizer Transfer", 2024): random tokenizers from text, and their tally.
//!
//! A pool holds the last stream batches of a language's texts, and scores every substring by its occurrences in them and
//! its length. Each draw adds normal noise to the scores, takes the substrings with the highest ones into a vocabulary, and
//! slides the pool on by one stream batch. The result counts in how many vocabularies each token was.
//!
//! Data flows through the folders from the bottom up: rows become texts (`text`), texts a pool of scored substrings
//! (`split`, `pool`), a draw from the pool a vocabulary (`draw`), vocabularies a tally (`counts`), tallies a sorted
//! result (`result`). `shard` runs the draws of a stream, `sampler` those that training code asks for, and `language_draw`
//! chooses the language of each batch. Modules are public where a benchmark, an example, fuzzing or `py` calls them.
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
