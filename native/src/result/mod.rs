//! The counts of all shards to the result.
//!
//! In: sorted counts of shards. Out: the rows of the result in its order, and its JSON.

pub mod frequencies;
pub mod json;
pub(crate) mod key_ranges;
pub mod loser_tree;
pub mod merge;
pub mod read_buffer;
pub mod row_sort;
pub mod segment_source;
pub mod verify;
