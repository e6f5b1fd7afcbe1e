//! Pretoken key: two 64-bit words that identify a pretoken, and with its id and count fit half a cache line.
//!
//! The key of a pretoken of up to 15 bytes holds these bytes, their number, and whether the pretoken is the first of
//! its text. The key of a longer pretoken is *long*: a hash of 120 bits in place of the bytes. Because two pretokens
//! may have one hash, their bytes must be compared too.

use crate::base::hash::fold;

/// Maximum length of a pretoken whose key holds its bytes, in bytes.
const INLINE_BYTES: usize = 15;

/// Number of bytes that must follow a text, because keys are made by reading 16 bytes at a time.
pub(crate) const PADDING: usize = 16;

/// Key of a pretoken. The highest byte of the second word has the length, `FIRST` if the pretoken is the first of its
/// text, and `LONG` if the other 15 bytes are a hash of the pretoken and not its bytes. The key 0 means no pretoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PretokenKey(u64, u64);

const FIRST: u64 = 0x10 << 56;
const LONG: u64 = 0xE0 << 56;

/// Masks that keep the bytes of a pretoken in the two words of its key, and the pretoken's length shifted into the
/// highest byte of a word. Indexed by the length.
const SHAPES: [(u64, u64, u64); INLINE_BYTES + 1] = {
    let mut shapes = [(0, 0, 0); INLINE_BYTES + 1];
    let mut length = 1;
    while length <= INLINE_BYTES {
        let bytes = (1u128 << (8 * length)) - 1;
        shapes[length] = (bytes as u64, (bytes >> 64) as u64, (length as u64) << 56);
        length += 1;
    }
    shapes
};

impl PretokenKey {
    /// Makes the key of the pretoken at `start .. end` in a padded text. The pretoken is the first of the text if
    /// `start` is 0.
    #[inline]
    #[must_use]
    pub(crate) fn of(padded: &[u8], start: u32, end: u32) -> Self {
        let first = if start == 0 { FIRST } else { 0 };
        let Some(&(low, high, length)) = SHAPES.get(end.wrapping_sub(start) as usize) else {
            return Self::of_long(&padded[start as usize..end as usize], first);
        };
        let (start, end) = (start as usize, start as usize + PADDING);
        let bytes = padded.get(start..end).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u128::from_le_bytes(*chunk));
        Self(bytes as u64 & low, (bytes >> 64) as u64 & high | length | first)
    }

    #[inline(never)]
    fn of_long(bytes: &[u8], first: u64) -> Self {
        let (mut one, mut two) = (bytes.len() as u64, 0x4528_21E6_38D0_1377);
        for chunk in bytes.chunks(16) {
            let mut padded = [0; 16];
            padded[..chunk.len()].copy_from_slice(chunk);
            let word = u128::from_le_bytes(padded);
            let (low, high) = (word as u64, (word >> 64) as u64);
            one = fold(one ^ low ^ 0xBE54_66CF_34E9_0C6C, high ^ 0xC0AC_29B7_C97C_50DD);
            two = fold(two ^ high ^ 0x3F84_D5B5_B547_0917, low ^ 0x9216_D5D9_8979_FB1B);
        }
        Self(one, two >> 8 | LONG | first)
    }

    /// Returns whether the key is long: a hash, which does not hold the pretoken's bytes.
    #[inline]
    #[must_use]
    pub(crate) fn is_long(self) -> bool {
        self.1 & LONG == LONG
    }

    /// Returns whether the key's pretoken is the first of its text.
    #[must_use]
    pub(crate) fn is_first(self) -> bool {
        self.1 & FIRST == FIRST
    }

    /// Returns the bytes of the pretoken, which the key must hold, and their number. Bytes behind them have no meaning.
    #[must_use]
    pub(crate) fn bytes(self) -> ([u8; 16], usize) {
        let bytes = u128::from(self.0) | u128::from(self.1) << 64;
        (bytes.to_le_bytes(), (self.1 >> 56 & 0xF) as usize)
    }

    /// Returns a 64-bit hash of the key.
    #[inline]
    #[must_use]
    pub(crate) fn hash(self) -> u64 {
        fold(self.1 ^ 0xA409_3822_299F_31D0, self.0 ^ 0x082E_FA98_EC4E_6C89)
    }

    /// Returns whether two keys are equal, by one comparison; `==` would branch between the two words.
    #[inline]
    #[must_use]
    pub(crate) fn is(self, other: Self) -> bool {
        (self.0 ^ other.0) | (self.1 ^ other.1) == 0
    }

    /// Returns whether the key is 0, which means no pretoken.
    #[must_use]
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// Returns the key if `holds` is true, otherwise the key 0; without a branch.
    #[inline]
    #[must_use]
    pub(crate) fn only_if(self, holds: bool) -> Self {
        let mask = u64::from(holds).wrapping_neg();
        Self(self.0 & mask, self.1 & mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, start: u32) -> PretokenKey {
        let padded = format!("{text}{}", " ".repeat(PADDING));
        PretokenKey::of(padded.as_bytes(), start, text.len() as u32)
    }

    #[test]
    fn keys_hold_their_pretokens() {
        for length in 1..=40 {
            let text = "x".repeat(length);
            let (first, other) = (key(&text, 0), key(&format!("-{text}"), 1));
            assert!(first != other && first.is_first() && !other.is_first());
            assert_eq!([first.is_long(), other.is_long()], [length > INLINE_BYTES; 2]);
            if length <= INLINE_BYTES {
                let (bytes, found) = other.bytes();
                assert_eq!(&bytes[..found], text.as_bytes());
            }
            assert_ne!(other, key(&format!("-{text}y"), 1));
        }
    }
}
