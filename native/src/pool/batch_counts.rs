//! Batch counts: how often each pretoken occurs in one stream batch. A pool adds and removes the counts of whole
//! batches.

/// Counts of one stream batch: pairs (pretoken id, occurrences), each pretoken once, in any order.
pub type BatchCounts<C> = Vec<(u32, C)>;
