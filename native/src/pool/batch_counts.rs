//! Pretoken counts of one stream batch: the unit that a pool adds and removes.

/// Pairs (pretoken id, count), each pretoken once, in any order.
pub type BatchCounts<C> = Vec<(u32, C)>;
