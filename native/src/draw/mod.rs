//! Scores to a vocabulary.
//!
//! In: the pool, and the size and noise of a draw. Out: the ids of the substrings that the draw takes, or its pieces with
//! their scores.
//!
//! - `noised_order`: definition of a draw: adds noise to scores, and orders substrings by them
//! - `bracket`: interval that should hold the threshold, and limits for words
//! - `score_histogram`: estimates a bracket from a histogram of sampled scores
//! - `scan`: one pass over the pool, with AVX2 or portable
//! - `vocabulary`: takes the first substrings of the order
//! - `scored_pieces`: the vocabulary as a list of pieces and Unigram scores

pub(crate) mod bracket;
pub mod noised_order;
pub(crate) mod scan;
pub(crate) mod score_histogram;
pub mod scored_pieces;
pub mod vocabulary;
