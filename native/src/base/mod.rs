//! Building blocks that know nothing of texts, pools or results.
//!
//! In: seeds, bytes, numbers. Out: random streams, keys, permutations, parallel maps.

pub mod bytelevel;
pub mod error;
pub(crate) mod hash;
pub mod key;
pub mod normal;
pub mod permutation;
pub mod rng;
pub mod simd;
pub(crate) mod threads;
