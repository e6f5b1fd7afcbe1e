//! Vocabularies to the counts of a shard.
//!
//! In: the substrings of each vocabulary. Out: one sorted, packed list of counts.

pub(crate) mod bucket_sort;
pub(crate) mod leb128;
pub mod segment;
pub mod tally;
