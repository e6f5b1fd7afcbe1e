//! Learning of new pretokens: takes the substrings of each, and sums up their weights. The bytes of a pretoken from one
//! start on, as many as a substring may have, are a *string*; all its prefixes are substrings. Many strings are
//! searched at a time.

use crate::base::bytelevel::{ONE_BYTE_RANKS, RANK, mapped_len};
use crate::base::error::Error;
use crate::base::substring_key::{INLINE_BYTES, SubstringKey};
use crate::pool::count::Count;
use crate::pool::pretokens::{Fresh, Pretokens};
use crate::pool::substring_rule::SubstringRule;
use crate::pool::substrings::TOGETHER;

/// Replaces the contents of `ranks` by the ranks of `bytes` and 16 bytes of padding.
#[inline]
fn rank(bytes: &[u8], ranks: &mut Vec<u8>) {
    ranks.clear();
    ranks.extend(bytes.iter().map(|&byte| RANK[byte as usize]));
    ranks.extend([0; 16]);
}

/// Returns the sum of the weights of all prefixes of a string.
fn score_sum(string: &[u8]) -> u64 {
    let left = (1..=string.len() as u64).rev();
    string.iter().zip(left).map(|(&byte, left)| u64::from(mapped_len(byte)) * left).sum()
}

/// Returns the sum of the weights of all prefixes of a string of `length` bytes, at most 15, with these ranks. No loop
/// has an unpredictable length.
#[inline]
fn score_sum_of_ranks(ranks: [u8; 16], length: usize) -> u64 {
    let weights = (0..16u8).zip(ranks).map(|(index, rank)| {
        let (left, longer) = ((length as u8).saturating_sub(index), u8::from(rank >= ONE_BYTE_RANKS));
        u16::from(left) << longer
    });
    weights.fold(0u16, u16::wrapping_add).into()
}

impl<C: Count> Pretokens<C> {
    /// Takes the substrings of all new pretokens.
    pub(crate) fn learn(&mut self) -> Result<(), Error> {
        let fresh = std::mem::take(&mut self.fresh);
        let learned = self.take_all(&fresh).and_then(|()| self.intern_sought());
        self.substrings.give_up(); // after an error, strings may be left to search
        self.fresh = fresh;
        self.fresh.clear();
        learned
    }

    fn take_all(&mut self, fresh: &[Fresh]) -> Result<(), Error> {
        for &Fresh { id, key, rule } in fresh {
            let rule = self.rules[rule].0;
            if key.is_long() {
                let index = self.entries[id as usize].long as usize;
                let long = std::mem::take(&mut self.long[index].1);
                rank(&long, &mut self.ranks);
                let taken = self.take(id, &long, key.is_first(), rule);
                self.long[index].1 = long;
                taken?;
            } else {
                let (bytes, length) = key.bytes();
                rank(&bytes, &mut self.ranks); // all 16 bytes, because the length is unpredictable
                self.take(id, &bytes[..length], key.is_first(), rule)?;
            }
        }
        Ok(())
    }

    /// Takes the substrings of the pretoken `id`; the ranks of its bytes are in `ranks`.
    fn take(&mut self, id: u32, pretoken: &[u8], first: bool, rule: SubstringRule) -> Result<(), Error> {
        let mut take =
            |start: usize| self.take_prefixes(id, start, &pretoken[start..pretoken.len().min(start + rule.longest)]);
        if pretoken.is_ascii() {
            rule.starts_of_ascii(pretoken.len(), first).try_for_each(&mut take)
        } else {
            rule.starts(pretoken, first).try_for_each(&mut take)
        }
    }

    /// Takes all prefixes of `string`, which starts at offset `start` of the pretoken whose ranks are in `ranks`.
    fn take_prefixes(&mut self, id: u32, start: usize, string: &[u8]) -> Result<(), Error> {
        let inline = string.len().min(INLINE_BYTES);
        if inline == 0 {
            return Ok(());
        }
        let ranks = self.ranks[start..].first_chunk().copied().unwrap_or_default();
        let key = SubstringKey::of_ranks(ranks, inline);
        self.entries[id as usize].score_sum +=
            if inline == string.len() { score_sum_of_ranks(ranks, inline) } else { score_sum(string) };
        let is_time = self.substrings.seek(id, key);
        if is_time || string.len() > INLINE_BYTES {
            self.intern_sought()?;
        }
        for length in INLINE_BYTES + 1..=string.len() {
            let prefix = self.substrings.intern_long(&string[..length])?;
            self.prefixes.push(prefix);
            self.entries[id as usize].count += 1;
        }
        Ok(())
    }

    /// Interns the prefixes of the strings that were sought, and appends the prefixes' ids to the lists of the strings'
    /// pretokens. These lists follow one another.
    fn intern_sought(&mut self) -> Result<(), Error> {
        if u32::try_from(self.prefixes.len() + 2 * TOGETHER * INLINE_BYTES).is_err() {
            return Err(Error::Parameter("the texts have too many different pretokens"));
        }
        self.substrings.intern_sought(|id, found, count| {
            let (pretoken, end) = (&mut self.entries[id as usize], self.prefixes.len());
            if pretoken.count == 0 {
                pretoken.start = end as u32;
            }
            pretoken.count += count as u32;
            self.prefixes.extend_from_slice(&found[..INLINE_BYTES]);
            self.prefixes.truncate(end + count);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_by_ranks_are_sums(bytes in prop::collection::vec(any::<u8>(), 1..16), rest in any::<[u8; 16]>()) {
            let mut ranks = rest;
            ranks.iter_mut().zip(&bytes).for_each(|(rank, &byte)| *rank = RANK[byte as usize]);
            prop_assert_eq!(score_sum_of_ranks(ranks, bytes.len()), score_sum(&bytes));
        }
    }
}
