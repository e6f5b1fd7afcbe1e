//! Algorithm 1 of ZeTT ("Zero-Shot Tokenizer Transfer", 2024): random tokenizers from text, and their tally.
//!
//! A pool holds the last stream batches of a language's texts, and scores every substring by its length and by how
//! often it occurs in these batches. Each draw adds normal noise to the scores, takes the substrings with the highest
//! noised scores into a vocabulary, and moves the pool's window forward by one stream batch. The result counts how many
//! vocabularies held each token.
//!
//! Data flows through the folders from rows to the result: rows become texts (`text`), texts become a pool of scored
//! substrings (`split`, `pool`), each draw makes a vocabulary from the pool (`draw`), vocabularies are counted
//! (`counts`), and counts become a sorted result (`result`), whose tokens get readable texts and kinds (`token`). `shard` runs the draws of one shard, `sampler` runs the
//! draws that training code asks for, and `language_draw` chooses the language of each batch. A module is public if a
//! benchmark, an example, a fuzz target or `py` calls it.
//!
//! Only `py` knows Python, with one exception: `TextRule`, `PoolSize` and `VocabularyLaw` derive `pyo3::FromPyObject`,
//! so that their fields are read by name from the objects of `tokstats_parallel/sampling.py`. Copies of these types in
//! `py` would have to follow every new parameter.

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
pub mod token;

#[cfg(feature = "python")]
mod py;
