//! Building blocks that know nothing of texts, pools or results.
//!
//! In: seeds, bytes, numbers. Out: random streams, keys, hashes, permutations, results of parallel work.
//!
//! - `rng`: random streams, each determined by a path
//! - `permutation`: permutations of `0 .. n` without a table
//! - `normal_distribution`: normal variates, and the tail of the normal distribution
//! - `bytelevel`: the GPT-2 byte-level mapping
//! - `substring_key`: the bytes of a substring as one 128-bit number
//! - `hash`: a fast hash of two 64-bit words
//! - `simd`: CPU feature detection and prefetch
//! - `threads`: a parallel map over a list
//! - `error`: the errors of the core

pub mod bytelevel;
pub mod error;
pub(crate) mod hash;
pub(crate) mod normal_distribution;
pub mod permutation;
pub mod rng;
pub(crate) mod simd;
pub mod substring_key;
pub(crate) mod threads;
