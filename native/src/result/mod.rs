//! Result: merges the counts of all shards into the rows of the result.
//!
//! In: the segments of all shards. Out: the rows of the result, by falling total and then by token, and the JSON of it.
//!
//! - `segment_source`, `read_buffer`: read segments in files from front to back through a buffer
//! - `merge`, `key_ranges`, `loser_tree`: sum the counts of every key, side by side for several ranges of keys
//! - `row_sort`, `packed_row`, `spill`, `sorted_rows`: sort rows by falling total, in memory or in a file
//! - `frequencies`, `constant_rows`, `columns`: join the sorted rows with the rows of tokens that every vocabulary holds
//! - `json`, `verify`: write the JSON, and check a finished JSON file

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
