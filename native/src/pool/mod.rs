//! Texts to scores.
//!
//! In: the texts of stream batches. Out: how often each substring occurs in the window of the last stream batches.
//!
//! - `sliding_pool`: the pool: a window of stream batches, and the occurrences of each substring in it
//! - `batch_counts`, `batch_diff`: the pretoken counts of one stream batch, and the differences between two
//! - `pretokens`: pretokens, and the substrings that are taken from them
//! - `pretoken_table`, `pretoken_key`: hash table from pretokens to ids and counts
//! - `substrings`: substrings, with their ids, hashes and weights
//! - `hash_index`: hash table by which substrings are found
//! - `compaction`: which ids survive a sweep, and the new ids of these
//! - `substring_rule`: which substrings are taken from a pretoken
//! - `count`: the integer that counts occurrences

pub mod batch_counts;
pub(crate) mod batch_diff;
pub(crate) mod compaction;
pub(crate) mod count;
pub(crate) mod hash_index;
pub(crate) mod pretoken_key;
pub(crate) mod pretoken_table;
pub(crate) mod pretokens;
pub mod sliding_pool;
pub mod substring_rule;
pub(crate) mod substrings;
