//! Substring key: the bytes of a substring as one number.
//!
//! A substring of at most 15 bytes is one 128-bit key: its bytes' ranks (see `bytelevel`), left-aligned, and its
//! length in the lowest byte. Integer order of keys is code-point order of the mapped strings, equality is equality
//! of the strings, and nothing is stored beside the key. The key of a longer substring, which only callers with a
//! `max_length` above 16 have, is the first 120 bits of its SHA-256 and the length byte 255.
//!
//! Invariant: a key depends on the substring's bytes alone, never on the order in which substrings were met.

use sha2::{Digest, Sha256};

use crate::base::bytelevel::{RANK, character_of_rank};
use crate::base::hash::fold;

/// Length of the longest substring whose key holds it (an inline key), in bytes.
pub(crate) const INLINE_BYTES: usize = 15;
const LONG: u128 = 0xFF;

/// Masks of the first bytes of a key, by their number.
pub(crate) const FIRST_BYTES: [u128; INLINE_BYTES + 1] = {
    let mut masks = [0; INLINE_BYTES + 1];
    let mut bytes = 1;
    while bytes <= INLINE_BYTES {
        masks[bytes] = masks[bytes - 1] >> 8 | 0xFF << 120;
        bytes += 1;
    }
    masks
};

/// Key of a substring; see the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubstringKey(pub u128);

impl SubstringKey {
    /// Key of no bytes.
    pub const EMPTY: Self = Self(0);

    /// Returns this inline key, longer by one byte; its length must be below `INLINE_BYTES`.
    #[must_use]
    pub fn with(self, byte: u8) -> Self {
        let shift = 120 - 8 * (self.0 & 0xFF) as u32;
        Self((self.0 | u128::from(RANK[byte as usize]) << shift) + 1)
    }

    /// Returns the key of the first `length` bytes, at most 15, with these ranks.
    #[inline]
    #[must_use]
    pub(crate) fn of_ranks(ranks: [u8; 16], length: usize) -> Self {
        Self(u128::from_be_bytes(ranks) & FIRST_BYTES[length] | length as u128)
    }

    /// Returns the key of more than 15 bytes.
    #[must_use]
    pub(crate) fn of_long(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hash = digest[..INLINE_BYTES].iter().fold(0u128, |key, &byte| key << 8 | u128::from(byte));
        Self(hash << 8 | LONG)
    }

    /// Number of bytes of an inline key.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        (self.0 & 0xFF) as usize
    }

    /// Returns whether this is the key of no bytes.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Returns whether this is the key of more than 15 bytes.
    #[must_use]
    pub(crate) fn is_long(self) -> bool {
        self.0 & LONG == LONG
    }

    /// Returns the key of the first `length` bytes of an inline key, which must have as many.
    #[inline]
    #[must_use]
    pub(crate) fn prefix(self, length: usize) -> Self {
        Self(self.0 & FIRST_BYTES[length] | length as u128)
    }

    /// Number of bytes of the common prefix of two inline keys.
    #[inline]
    #[must_use]
    pub(crate) fn common(self, other: Self) -> usize {
        ((self.0 ^ other.0).leading_zeros() as usize / 8).min(self.len()).min(other.len())
    }

    /// Returns the ranks of the bytes of an inline key.
    pub(crate) fn ranks(self) -> impl Iterator<Item = u8> {
        self.0.to_be_bytes().into_iter().take(self.len())
    }

    /// Appends the mapped string of an inline key to `out`.
    pub(crate) fn write_mapped(self, out: &mut String) {
        out.extend(self.ranks().map(character_of_rank));
    }

    /// Returns a hash: a function of the key alone.
    #[inline]
    #[must_use]
    pub(crate) fn hash(self) -> u64 {
        fold((self.0 >> 64) as u64 ^ 0x243F_6A88_85A3_08D3, self.0 as u64 ^ 0x1319_8A2E_0370_7344)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::bytelevel::map_bytes;
    use proptest::prelude::*;

    fn key(bytes: &[u8]) -> SubstringKey {
        bytes.iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte))
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![Just(b'!'), Just(0), b'a'..b'd', any::<u8>()], 0..=INLINE_BYTES)
    }

    proptest! {
        #[test]
        fn keys_are_what_they_are_of(one in bytes(), other in bytes()) {
            let common = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(key(&one).common(key(&other)), common);
            prop_assert_eq!(key(&one).prefix(common), key(&one[..common]));
            prop_assert_eq!(key(&one).cmp(&key(&other)), map_bytes(&one).cmp(&map_bytes(&other)));
            let mut ranks = [7; 16];
            ranks.iter_mut().zip(&one).for_each(|(rank, &byte)| *rank = RANK[byte as usize]);
            prop_assert_eq!(SubstringKey::of_ranks(ranks, one.len()), key(&one));
        }
    }
}
