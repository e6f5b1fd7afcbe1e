//! Algorithm 1 of ZeTT ("Zero-Shot Tokenizer Transfer", 2024): random tokenizers from text, and their tally.
//!
//! Data flows through the modules from the top down: rows become texts, texts a pool of scored substrings, a draw from
//! the pool a vocabulary, vocabularies a tally, tallies a sorted result. Only `py` knows Python.

mod byte_masks;
pub mod bytelevel;
pub mod chunk;
mod classes;
pub mod column;
pub mod cut;
mod difference;
pub mod distributions;
pub mod draw;
pub mod error;
pub mod frequencies;
pub mod inputs;
pub mod json;
mod kept;
pub mod key;
pub mod loser_tree;
pub mod merge;
pub mod names;
mod order;
pub mod permutation;
pub mod plan;
pub mod pool;
pub mod pretokenize;
pub mod pretokens;
mod ranges;
pub mod records;
pub mod recount;
pub mod rng;
pub mod rows;
pub mod runs;
pub mod sampler;
pub mod scan;
pub mod shard;
pub mod simd;
pub mod spread;
pub mod starts;
pub mod stream;
pub mod substrings;
pub mod table;
pub mod tally;
mod threads;
pub mod unicode_tables;
pub mod vocabulary;
pub mod window;

#[cfg(feature = "python")]
mod py;
