//! Class of a character: letter or number by Unicode 16.0, white space by the property `White_Space`, or other. The
//! GPT-2 split depends on the classes, and otherwise only on spaces and apostrophes.
//!
//! The table has two stages. The first stage has an index of two bytes for every 64 characters, which share all bytes
//! of their UTF-8 but the last. The second stage has the low and the high bits of 64 classes for each index. The stages
//! take 35 kB and 5 kB. A text in one script needs a few cache lines of each.

use std::sync::LazyLock;

use crate::split::unicode_tables::{LETTERS, NUMBERS};

/// Class of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    /// Other: not a letter, number or white space.
    Other = 0,
    /// Letter: general category L.
    Letter = 1,
    /// Number: general category N.
    Number = 2,
    /// White space: property `White_Space`.
    Space = 3,
}

/// Returns whether a byte of UTF-8 is the first of a character.
#[inline]
#[must_use]
pub(crate) fn is_beginning(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// Returns whether a character has the property `White_Space`. The list is written out, because it is short and has
/// been stable since Unicode 6.3.
#[must_use]
pub(crate) fn is_white_space(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}'
            | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

/// Table of the classes of all characters.
pub(crate) struct Classes {
    /// For each group of 64 consecutive characters, the index in `bits` of their classes.
    indices: Vec<u16>,
    /// Bit 0 and bit 1 of the classes of 64 characters; equal entries are stored once.
    bits: Vec<[u64; 2]>,
}

/// Table of the classes of all characters, made at its first use.
pub(crate) static CLASSES: LazyLock<Classes> = LazyLock::new(Classes::new);

impl Classes {
    fn new() -> Self {
        let mut all = vec![[0; 2]; (char::MAX as usize + 1) / 64];
        let mut set = |code: u32, class: Class| {
            for (bit, word) in all[code as usize / 64].iter_mut().enumerate() {
                *word |= u64::from(class as u8 >> bit & 1) << (code % 64);
            }
        };
        for (ranges, class) in [(&LETTERS[..], Class::Letter), (&NUMBERS[..], Class::Number)] {
            for code in ranges.iter().flat_map(|&(first, last)| first..=last) {
                set(code, class);
            }
        }
        for code in ('\0'..='\u{3000}').filter(|&c| is_white_space(c)) {
            set(code as u32, Class::Space);
        }
        let mut bits = all.clone();
        bits.sort_unstable();
        bits.dedup();
        let indices = all.iter().map(|words| bits.partition_point(|other| other < words) as u16).collect();
        Self { indices, bits }
    }

    /// Returns the class of the first character of `text`, which is UTF-8, and its length in bytes. Returns `None` if
    /// the character is truncated or missing.
    #[expect(clippy::inline_always, reason = "it is most of the work on a character, as measured")]
    #[inline(always)]
    #[must_use]
    pub(crate) fn first(&self, text: &[u8]) -> Option<(Class, usize)> {
        let low = |byte: u8| usize::from(byte & 0x3F);
        let (rest, last, length) = match *text {
            [a @ ..0x80, ..] => (usize::from(a >> 6), a, 1),
            [a @ ..0xE0, b, ..] => (usize::from(a & 0x1F), b, 2),
            [a @ ..0xF0, b, c, ..] => (usize::from(a & 0x0F) << 6 | low(b), c, 3),
            [a, b, c, d, ..] => (usize::from(a & 0x07) << 12 | low(b) << 6 | low(c), d, 4),
            _ => return None,
        };
        let [bit_0, bit_1] = self.bits[usize::from(self.indices[rest])].map(|bits| bits >> (last & 0x3F) & 1);
        let class = match bit_1 << 1 | bit_0 {
            0 => Class::Other,
            1 => Class::Letter,
            2 => Class::Number,
            _ => Class::Space,
        };
        Some((class, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_equal_the_unicode_data() {
        use unicode_general_category::{GeneralCategory as G, get_general_category};
        for character in '\0'..=char::MAX {
            use G::{LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
            let expected = match get_general_category(character) {
                LowercaseLetter | ModifierLetter | OtherLetter | TitlecaseLetter | UppercaseLetter => Class::Letter,
                G::DecimalNumber | G::LetterNumber | G::OtherNumber => Class::Number,
                _ if is_white_space(character) => Class::Space,
                _ => Class::Other,
            };
            let found = CLASSES.first(character.to_string().as_bytes());
            assert_eq!(found, Some((expected, character.len_utf8())), "{character:?}");
            assert_eq!(is_white_space(character), character.is_whitespace(), "{character:?}");
        }
    }
}
