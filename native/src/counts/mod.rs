//! Counts: count the substrings of a shard's vocabularies.
//!
//! In: the substring ids of each vocabulary. Out: one segment, a sorted, packed list of (substring, count).
//!
//! - `tally`: counts the vocabularies that held each substring
//! - `bucket_sort`: sorts counts by key
//! - `segment`: writes, reads and checks segments
//! - `leb128`: writes and reads numbers of variable length

pub(crate) mod bucket_sort;
pub(crate) mod leb128;
pub mod segment;
pub mod tally;
