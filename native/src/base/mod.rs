//! Building blocks that know nothing of texts, pools or results.
//!
//! In: seeds, bytes, numbers. Out: random streams, keys, permutations, parallel maps.
//!
//! - `rng`: random streams, each a function of a path
//! - `permutation`: permutations of `0 .. n` without a table
//! - `normal_distribution`: normal variates and the tail of their distribution
//! - `bytelevel`: the GPT-2 byte-level mapping
//! - `substring_key`: a substring as one number
//! - `hash`: the product of two words as a hash
//! - `simd`: CPU feature detection and prefetch
//! - `threads`: a parallel map
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
