//! Texts to scores.
//!
//! In: the texts of a stream batch. Out: how often each substring was taken in the last stream batches.

pub(crate) mod compaction;
pub mod hash_index;
pub mod pretoken_table;
pub mod pretokens;
pub mod sliding_pool;
pub(crate) mod slot_diff;
pub mod stride;
pub mod substrings;
