//! Packed rows: rows of the result in few bytes, each with a key and its counts in each language.
//!
//! A packed row is the length of the key and the key's bytes, then the index plus 1 and the count of each language
//! whose count is above 0, then 0. Indices, counts and the last 0 are LEB128. The total of a row is the sum of its
//! counts.

use crate::base::error::Error;
use crate::base::substring_key::{FIRST_BYTES, INLINE_BYTES, SubstringKey};
use crate::counts::leb128;

/// Returns the largest length of a packed row in bytes, for this number of languages.
pub(crate) fn longest(languages: usize) -> usize {
    2 + INLINE_BYTES + languages * 2 * leb128::LONGEST
}

/// Appends a packed row to `packed`, and returns the row's total. `counts` are the counts in each language; at least
/// one must be above 0.
///
/// # Errors
/// `Error::Overflow` if the total exceeds 64 bits.
#[inline]
pub(crate) fn append(key: SubstringKey, counts: &[u64], packed: &mut Vec<u8>) -> Result<u64, Error> {
    let start = packed.len();
    let mut total = 0u64;
    // Copying all 16 bytes and cutting them is faster: a copy of an unknown number of bytes takes several times as
    // long.
    packed.extend_from_slice(&key.0.rotate_right(8).to_be_bytes());
    packed.truncate(start + 1 + key.len());
    for (number, &count) in (1..).zip(counts).filter(|&(_, &count)| count > 0) {
        total = total.checked_add(count).ok_or(Error::Overflow)?;
        leb128::write(number, packed);
        leb128::write(count, packed);
    }
    packed.push(0);
    Ok(total)
}

/// Returns the total and the length in bytes of the packed row at the beginning of `bytes`, or None if the row is
/// damaged.
pub(crate) fn measure(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut offset = 1 + usize::from(*bytes.first()?);
    let mut total = 0u64;
    loop {
        let (language, next) = leb128::read(bytes, offset)?;
        if language == 0 {
            return (total > 0 && usize::from(bytes[0]) <= INLINE_BYTES).then_some((total, next));
        }
        let (count, next) = leb128::read(bytes, next)?;
        total = total.checked_add(count)?;
        offset = next;
    }
}

/// Row of the result. Its counts are still packed.
pub(crate) struct Row<'a> {
    /// Substring key of the row's token.
    pub(crate) key: SubstringKey,
    /// Sum of the row's counts in all languages.
    pub(crate) total: u64,
    counts: &'a [u8],
}

impl<'a> Row<'a> {
    /// Makes the row of a whole packed row and its total, as `measure` returns it.
    pub(crate) fn new(packed: &'a [u8], total: u64) -> Self {
        let length = usize::from(packed[0]);
        let mut key = [0; 16];
        match packed.first_chunk() {
            Some(bytes) => key = *bytes,
            None => key[..packed.len()].copy_from_slice(packed),
        }
        let key = u128::from_be_bytes(key).rotate_left(8) & (FIRST_BYTES[length] | 0xFF);
        Self { key: SubstringKey(key), total, counts: &packed[1 + length..] }
    }

    /// Returns the row's token: the mapped form of the substring.
    #[must_use]
    pub(crate) fn token(&self) -> String {
        let mut token = String::new();
        self.key.write_mapped(&mut token);
        token
    }

    /// Iterates over (index of the language, count) of every language whose count is above 0.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (usize, u64)> {
        let mut offset = 0;
        std::iter::from_fn(move || {
            let (number, next) = leb128::read(self.counts, offset)?;
            let language = number.checked_sub(1)?;
            let (count, end) = leb128::read(self.counts, next)?;
            offset = end;
            Some((language as usize, count))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn damage_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some((total, length)) = measure(&bytes) {
                prop_assert!(Row::new(&bytes[..length], total).counts().count() > 0);
            }
        }
    }
}
