//! Search for the prefixes of strings. Many strings are searched at a time, because nearly all chains lie far apart in
//! memory.

use std::ops::Range;

use crate::base::bytelevel::{byte_of_rank, is_blank, mapped_len};
use crate::base::error::Error;
use crate::base::simd::prefetch;
use crate::base::substring_key::{INLINE_BYTES, SubstringKey};
use crate::pool::substrings::chain::Chain;
use crate::pool::substrings::{Prefixes, Sought, Substrings, TOGETHER};

/// Measure of each byte, by rank: the byte's weight, plus `BLANK` for a space, newline or tab. The sum of the
/// measures of an inline substring's bytes has both its weight and its number of blank bytes.
const MEASURES: [u16; 256] = {
    let mut measures = [0; 256];
    let mut rank = 0;
    while rank < 256 {
        let byte = byte_of_rank(rank as u8);
        measures[rank] = mapped_len(byte) as u16 + if is_blank(byte) { BLANK } else { 0 };
        rank += 1;
    }
    measures
};

/// Part of a blank byte's measure that marks it as blank; greater than the weight of any inline substring.
const BLANK: u16 = 1 << 8;

impl Substrings {
    /// Adds a string of 1 to 15 bytes, given by its key, to the strings whose prefixes `intern_sought` will search.
    /// `owner` is the id of the string's pretoken. Returns whether it is time to call `intern_sought`.
    #[inline]
    pub(crate) fn seek(&mut self, owner: u32, key: SubstringKey) -> bool {
        let hash = key.prefix(1).hash();
        self.chains.prefetch(hash);
        self.sought.push(Sought { owner, key, found: 0, hash, prefixes: [0; 2 * INLINE_BYTES] });
        self.sought.len() >= TOGETHER
    }

    /// Finds or adds all prefixes of the strings that `seek` added. Calls `each` for every string, in the order of
    /// `seek`, with the string's owner, the ids of its prefixes by rising length, and the number of prefixes.
    ///
    /// # Errors
    /// `Error::Parameter` if ids run out.
    pub(crate) fn intern_sought(&mut self, mut each: impl FnMut(u32, &Prefixes, usize)) -> Result<(), Error> {
        let mut sought = std::mem::take(&mut self.sought);
        let mut active: Vec<&mut Sought> = sought.iter_mut().collect();
        while !active.is_empty() {
            for one in &active {
                if let Some(value) = self.chains.guess(one.hash) {
                    prefetch(&self.keys, Chain(value).last());
                }
            }
            let mut failed = Ok(());
            active.retain_mut(|one| match self.step(one) {
                Ok(more) => more,
                Err(error) => {
                    failed = Err(error);
                    false
                }
            });
            failed?;
        }
        for one in sought.drain(..) {
            each(one.owner, &one.prefixes, one.key.len());
        }
        self.sought = sought;
        Ok(())
    }

    /// Drops the strings that `seek` added, after an error.
    pub(crate) fn give_up(&mut self) {
        self.sought.clear();
    }

    /// Finds the chain that continues a string's prefixes, or adds the rest of the string as a new chain. Returns
    /// whether another step is needed.
    #[inline]
    fn step(&mut self, sought: &mut Sought) -> Result<bool, Error> {
        let key = sought.key;
        let chain = self.chains.find(sought.hash, |value| {
            let last = self.keys[Chain(value).last()];
            last.len() - Chain(value).len() == sought.found && last.common(key) > sought.found
        });
        let Some(chain) = chain.map(Chain) else {
            self.add_rest(sought)?;
            return Ok(false);
        };
        let found = self.keys[chain.last()].common(key);
        sought.push(chain.first()..chain.first() + found - sought.found);
        if found == key.len() {
            return Ok(false);
        }
        sought.hash = key.prefix(found + 1).hash();
        self.chains.prefetch(sought.hash);
        Ok(true)
    }

    /// Adds the prefixes of a string that were not found, as one new chain.
    fn add_rest(&mut self, sought: &mut Sought) -> Result<(), Error> {
        let key = sought.key;
        let ranks = key.0.to_be_bytes();
        let mut measure: u16 = ranks[..sought.found].iter().map(|&rank| MEASURES[usize::from(rank)]).sum();
        let ids = self.new_ids(key.len() - sought.found)?;
        for length in sought.found + 1..=key.len() {
            measure += MEASURES[usize::from(ranks[length - 1])];
            self.push(key.prefix(length), if length > 1 && measure < 2 * BLANK { measure % BLANK } else { 0 });
        }
        self.chains.insert(self.hashes[ids.start], Chain::new(&ids).0);
        sought.push(ids);
        Ok(())
    }
}

impl Sought {
    /// Appends the ids of the string's next longer prefixes.
    #[inline]
    fn push(&mut self, ids: Range<usize>) {
        if let Some(room) = self.prefixes[self.found..].first_chunk_mut::<INLINE_BYTES>() {
            *room = std::array::from_fn(|n| (ids.start as u32).wrapping_add(n as u32));
        }
        self.found += ids.len();
    }
}
