//! Texts to scores.
//!
//! In: the texts of a stream batch. Out: how often each substring occurs in the last stream batches.
//!
//! - `sliding_pool`: the pool, a window of batches with one count for each substring
//! - `batch_counts`, `batch_diff`: the pretoken counts of one batch, and what differs between two
//! - `pretokens`: pretokens and the substrings taken from them
//! - `pretoken_table`, `pretoken_key`: hash table from pretoken to (id, count)
//! - `substrings`: substrings, their ids, hashes and weights
//! - `hash_index`: hash index of the substrings
//! - `compaction`: which ids survive a sweep, and their new ids
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
