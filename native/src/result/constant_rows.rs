//! Constant rows: rows of the tokens that every vocabulary holds, the fixed pieces and the special tokens.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

use crate::base::bytelevel::{TRAINING_LONGEST, fixed_pieces, unmap};
use crate::base::error::Error;
use crate::base::substring_key::{INLINE_BYTES, SubstringKey};
use crate::counts::segment::Sums;
use crate::result::sorted_rows::JoinedRows;

/// Unread tokens that every vocabulary holds, in code-point order. The count of each of these tokens is the number of
/// batches.
pub(crate) struct ConstantRows {
    tokens: Peekable<IntoIter<String>>,
    /// Number of batches of each language.
    pub(crate) batches: Vec<u64>,
    /// Number of all batches.
    pub(crate) all_batches: u64,
}

impl ConstantRows {
    /// Makes the rows from the number of batches of each language; there are no rows if there is no batch.
    ///
    /// # Errors
    /// `Error::Overflow` if the number of all batches exceeds 64 bits.
    pub(crate) fn new(batches: Vec<u64>, special_tokens: &[String]) -> Result<Self, Error> {
        let all_batches = batches.iter().try_fold(0u64, |sum, &n| sum.checked_add(n)).ok_or(Error::Overflow)?;
        let fixed = fixed_pieces(TRAINING_LONGEST);
        let tokens: BTreeSet<String> = fixed.into_iter().chain(special_tokens.iter().cloned()).collect();
        let tokens: Vec<String> = tokens.into_iter().filter(|_| all_batches > 0).collect();
        Ok(Self { tokens: tokens.into_iter().peekable(), batches, all_batches })
    }

    /// Returns the rising keys of the unread tokens that can also be substrings.
    pub(crate) fn keys(&self) -> Vec<SubstringKey> {
        self.tokens.clone().filter_map(|token| key_of_mapped(&token)).collect()
    }

    /// Returns the number of unread tokens and the sum of their counts, for each language.
    ///
    /// # Errors
    /// `Error::Overflow` if a sum exceeds 64 bits.
    pub(crate) fn sums(&self) -> Result<Vec<Sums>, Error> {
        let entries = self.tokens.len() as u64;
        let of_language = |&count: &u64| match count {
            0 => Ok(Sums::default()),
            _ => Ok(Sums { entries, occurrences: count.checked_mul(entries).ok_or(Error::Overflow)? }),
        };
        self.batches.iter().map(of_language).collect()
    }

    /// Returns the next token and removes it, if its row comes before the next row of `rows` in the result.
    pub(crate) fn next_before(&mut self, rows: &JoinedRows) -> Option<String> {
        let token = self.tokens.peek()?;
        let comes_first = rows.head().is_none_or(|row| match self.all_batches.cmp(&row.total) {
            Ordering::Equal => *token < row.token(),
            ordering => ordering.is_gt(),
        });
        if comes_first { self.tokens.next() } else { None }
    }

    /// Returns whether all tokens have been read.
    pub(crate) fn is_empty(&mut self) -> bool {
        self.tokens.peek().is_none()
    }
}

/// Returns the key of a mapped string, or None if no substring has this mapped form.
fn key_of_mapped(mapped: &str) -> Option<SubstringKey> {
    let bytes = unmap(mapped)?;
    (bytes.len() <= INLINE_BYTES).then(|| bytes.iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte)))
}
