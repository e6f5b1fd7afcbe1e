//! Substring key: the bytes of a substring as one 128-bit number.
//!
//! The key of a substring of at most 15 bytes is *inline*: it holds the ranks of the bytes (see `bytelevel`),
//! left-aligned, and the length in the lowest byte. Inline keys sort as integers in the order in which the mapped forms
//! sort by code point, equal keys mean equal substrings, and nothing is stored besides the key. A longer substring
//! occurs only if a caller sets a `max_length` above 16. Its key is *long*: the first 120 bits of the substring's
//! SHA-256, and 255 in the lowest byte.
//!
//! Invariant: a key depends only on the substring's bytes, never on the order in which substrings were met.

use sha2::{Digest, Sha256};

use crate::base::bytelevel::{RANK, character_of_rank};
use crate::base::hash::fold;

/// Maximum length of a substring with an inline key, in bytes.
pub(crate) const INLINE_BYTES: usize = 15;
/// Lowest byte of a long key.
const LONG: u128 = 0xFF;

/// Mask of the first `n` bytes of a key, for each `n` from 0 to `INLINE_BYTES`.
pub(crate) const FIRST_BYTES: [u128; INLINE_BYTES + 1] = {
    let mut masks = [0; INLINE_BYTES + 1];
    let mut bytes = 1;
    while bytes <= INLINE_BYTES {
        masks[bytes] = masks[bytes - 1] >> 8 | 0xFF << 120;
        bytes += 1;
    }
    masks
};

/// Key of a substring: inline for at most 15 bytes, otherwise a hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubstringKey(pub u128);

impl SubstringKey {
    /// Key of the empty substring.
    pub const EMPTY: Self = Self(0);

    /// Returns the key of the substring with `byte` added at its end. The key must be inline, and its substring shorter
    /// than `INLINE_BYTES`.
    #[must_use]
    pub fn with(self, byte: u8) -> Self {
        let shift = 120 - 8 * (self.0 & 0xFF) as u32;
        Self((self.0 | u128::from(RANK[byte as usize]) << shift) + 1)
    }

    /// Returns the inline key of a substring of `length` bytes, at most 15, given the ranks of its bytes.
    #[inline]
    #[must_use]
    pub(crate) fn of_ranks(ranks: [u8; 16], length: usize) -> Self {
        Self(u128::from_be_bytes(ranks) & FIRST_BYTES[length] | length as u128)
    }

    /// Returns the long key of a substring of more than 15 bytes.
    #[must_use]
    pub(crate) fn of_long(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hash = digest[..INLINE_BYTES].iter().fold(0u128, |key, &byte| key << 8 | u128::from(byte));
        Self(hash << 8 | LONG)
    }

    /// Returns the length of the substring of an inline key, in bytes.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        (self.0 & 0xFF) as usize
    }

    /// Returns whether the key is that of the empty substring.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Returns whether the key is long: a hash of a substring of more than 15 bytes.
    #[must_use]
    pub(crate) fn is_long(self) -> bool {
        self.0 & LONG == LONG
    }

    /// Returns the key of the first `length` bytes of the substring of an inline key. The substring must have at least
    /// `length` bytes.
    #[inline]
    #[must_use]
    pub(crate) fn prefix(self, length: usize) -> Self {
        Self(self.0 & FIRST_BYTES[length] | length as u128)
    }

    /// Returns the number of bytes of the longest common prefix of the substrings of two inline keys.
    #[inline]
    #[must_use]
    pub(crate) fn common(self, other: Self) -> usize {
        ((self.0 ^ other.0).leading_zeros() as usize / 8).min(self.len()).min(other.len())
    }

    /// Returns the ranks of the bytes of an inline key's substring, from the first byte to the last.
    pub(crate) fn ranks(self) -> impl Iterator<Item = u8> {
        self.0.to_be_bytes().into_iter().take(self.len())
    }

    /// Appends the mapped form of an inline key's substring to `out`.
    pub(crate) fn write_mapped(self, out: &mut String) {
        out.extend(self.ranks().map(character_of_rank));
    }

    /// Returns a 64-bit hash that depends on the key alone.
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
