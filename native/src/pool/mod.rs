//! Texts to scores.
//!
//! In: the texts of a stream batch. Out: how often each substring was taken in the last stream batches.

pub mod batch_counts;
pub(crate) mod batch_diff;
pub(crate) mod compaction;
pub mod hash_index;
pub mod pretoken_table;
pub mod pretokens;
pub mod sliding_pool;
pub mod stride;
pub mod substrings;
