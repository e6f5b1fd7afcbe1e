//! The counts of all shards to the result.
//!
//! In: segments of shards. Out: the rows of the result in its order, and its JSON.
//!
//! - `segment_source`, `read_buffer`: segments in files, read in order through a buffer
//! - `merge`, `key_ranges`, `loser_tree`: sums the counts of every key, side by side for ranges of keys
//! - `row_sort`, `packed_row`, `spill`, `sorted_rows`: external sort of rows by falling total
//! - `frequencies`, `constant_rows`, `columns`: the rows of the result, with those that every vocabulary holds
//! - `json`, `verify`: writes the JSON, and checks it when it is read again

pub mod columns;
pub(crate) mod constant_rows;
pub mod frequencies;
pub(crate) mod json;
pub(crate) mod key_ranges;
pub(crate) mod loser_tree;
pub mod merge;
pub(crate) mod packed_row;
pub mod read_buffer;
pub mod row_sort;
pub mod segment_source;
pub(crate) mod sorted_rows;
pub(crate) mod spill;
pub mod verify;
