//! The key of a substring: its bytes as one number.
//!
//! A substring of at most 15 bytes is one 128-bit key: its bytes' ranks (see `bytelevel`), left-aligned, and its
//! length in the lowest byte. Integer order of keys is code-point order of the mapped strings, equality is equality
//! of the strings, and nothing is stored beside the key. A longer substring, which only callers with a `max_length`
//! above 16 have, is known by the first 120 bits of its SHA-256 and the length byte 255.
//!
//! Invariant: a key depends on the substring's bytes alone, never on the order in which substrings were met.

use sha2::{Digest, Sha256};

use crate::base::bytelevel::{RANK, character_of_rank};
use crate::base::hash::fold;

/// The longest substring that is its own key, in bytes.
pub const INLINE_BYTES: usize = 15;
const LONG: u128 = 0xFF;

/// A mask of the first bytes of a key, by their number.
pub const FIRST_BYTES: [u128; INLINE_BYTES + 1] = {
    let mut masks = [0; INLINE_BYTES + 1];
    let mut bytes = 1;
    while bytes <= INLINE_BYTES {
        masks[bytes] = masks[bytes - 1] >> 8 | 0xFF << 120;
        bytes += 1;
    }
    masks
};

/// A substring as a number; see the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubstringKey(pub u128);

impl SubstringKey {
    /// The key of no bytes.
    pub const EMPTY: Self = Self(0);

    /// This inline key, longer by one byte; its length must be below `INLINE_BYTES`.
    #[must_use]
    pub fn with(self, byte: u8) -> Self {
        let place = 120 - 8 * (self.0 & 0xFF) as u32;
        Self((self.0 | u128::from(RANK[byte as usize]) << place) + 1)
    }

    /// The key of the first `length` bytes, at most 15, with these ranks.
    #[inline]
    #[must_use]
    pub fn of_ranks(ranks: [u8; 16], length: usize) -> Self {
        Self(u128::from_be_bytes(ranks) & FIRST_BYTES[length] | length as u128)
    }

    /// The key of more than 15 bytes.
    #[must_use]
    pub fn of_long(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let name = digest[..INLINE_BYTES].iter().fold(0u128, |key, &byte| key << 8 | u128::from(byte));
        Self(name << 8 | LONG)
    }

    /// The number of bytes of the inline key.
    #[inline]
    #[must_use]
    pub fn len(self) -> usize {
        (self.0 & 0xFF) as usize
    }

    /// Whether this is the key of no bytes.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Whether this is the key of more than 15 bytes.
    #[must_use]
    pub fn is_long(self) -> bool {
        self.0 & LONG == LONG
    }

    /// The key of the first `length` bytes of the inline key, which must have as many.
    #[inline]
    #[must_use]
    pub fn prefix(self, length: usize) -> Self {
        Self(self.0 & FIRST_BYTES[length] | length as u128)
    }

    /// How many bytes two inline keys have in common at their beginnings.
    #[inline]
    #[must_use]
    pub fn common(self, other: Self) -> usize {
        ((self.0 ^ other.0).leading_zeros() as usize / 8).min(self.len()).min(other.len())
    }

    /// The ranks of the inline key's bytes.
    pub fn ranks(self) -> impl Iterator<Item = u8> {
        self.0.to_be_bytes().into_iter().take(self.len())
    }

    /// The mapped string of the inline key, appended to `out`.
    pub fn write_mapped(self, out: &mut String) {
        out.extend(self.ranks().map(character_of_rank));
    }

    /// A hash: a function of the key alone.
    #[inline]
    #[must_use]
    pub fn hash(self) -> u64 {
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
