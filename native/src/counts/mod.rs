//! Vocabularies to the counts of a shard.
//!
//! In: the substrings of each vocabulary. Out: one sorted, packed list of (substring, count), a segment.
//!
//! - `tally`: counts of vocabularies by substring
//! - `bucket_sort`: sorts counts by key
//! - `segment`: writes, reads and checks segments
//! - `leb128`: numbers of variable length

pub(crate) mod bucket_sort;
pub(crate) mod leb128;
pub mod segment;
pub mod tally;
