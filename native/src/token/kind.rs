//! Kind of a token: one of nine words that say what the token's bytes look like (SPEC section 4, "Kinds").
//!
//! The kinds follow the GPT-2 pattern: a word, a number and a sequence of signs may begin with one space, and white
//! space is what the sampler's split takes for it. The order in which the kinds are tried decides between them.

use crate::split::classes::is_white_space;

/// Kind of a token, in the order in which the kinds are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Special token of the reference tokenizer; the bytes do not tell.
    Special = 0,
    /// One byte.
    Byte = 1,
    /// White space alone, two bytes or more.
    WhiteSpace = 2,
    /// A byte of 0x80 or more, in UTF-8 or not.
    NonAscii = 3,
    /// One space, then letters.
    WordStart = 4,
    /// Letters.
    Word = 5,
    /// Digits, perhaps after one space.
    Number = 6,
    /// Signs, neither letters nor digits nor white space, perhaps after one space.
    Punctuation = 7,
    /// All others, such as `'s`.
    Mixed = 8,
}

/// Names of the kinds, in the order of their numbers.
pub const KINDS: [&str; 9] =
    ["special", "byte", "white space", "non-ASCII", "word start", "word", "number", "punctuation", "mixed"];

impl Kind {
    /// Returns the name of the kind.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS[self as usize]
    }
}

/// Returns the kind of the token with these bytes, which is no special token.
#[must_use]
pub fn kind(bytes: &[u8]) -> Kind {
    if bytes.len() == 1 {
        return Kind::Byte;
    }
    if !bytes.is_ascii() {
        let is_blank = std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_white_space));
        return if is_blank { Kind::WhiteSpace } else { Kind::NonAscii };
    }
    let (rest, has_space) = match bytes {
        [b' ', rest @ ..] => (rest, true),
        _ => (bytes, false),
    };
    match (rest.iter().fold(0, |classes, &byte| classes | CLASS[byte as usize]), has_space) {
        (LETTER, true) => Kind::WordStart,
        (LETTER, false) => Kind::Word,
        (DIGIT, _) => Kind::Number,
        (BLANK, _) => Kind::WhiteSpace,
        (SIGN, _) => Kind::Punctuation,
        _ => Kind::Mixed,
    }
}

/// Class of each ASCII byte, as one bit, so that the union of the classes in a token tells its kind.
const CLASS: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        classes[byte as usize] = if byte.is_ascii_alphabetic() {
            LETTER
        } else if byte.is_ascii_digit() {
            DIGIT
        } else if is_blank(byte) {
            BLANK
        } else {
            SIGN
        };
        byte += 1;
    }
    classes
};
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const BLANK: u8 = 4;
const SIGN: u8 = 8;

/// Returns whether an ASCII byte is white space: a space, or one of the five from tab to carriage return.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_by_examples() {
        let examples: [(Kind, &[&[u8]]); 8] = [
            (Kind::Byte, &[b"a", b" ", b"\n", b"\xE2", b"\0"]),
            (
                Kind::WhiteSpace,
                &[b"  ", b"\r\n", b" \x0B\x0C", "\u{3000}".as_bytes(), "\u{85}".as_bytes(), " \u{A0}".as_bytes()],
            ),
            (
                Kind::NonAscii,
                &["é".as_bytes(), " 汉".as_bytes(), b"a\xE2", b"\x80\x80", b"\xE3\x80", " \u{200B}".as_bytes()],
            ),
            (Kind::WordStart, &[b" a", b" def", b" DeF"]),
            (Kind::Word, &[b"ab", b"def", b"ZZ"]),
            (Kind::Number, &[b"12", b" 1", b" 123"]),
            (Kind::Punctuation, &[b"()", b" (", b"__", b" //", b"\0\x7F", b"\x1C\x1D", b" \x1F", b"''"]),
            (Kind::Mixed, &[b"", b"'s", b" 's", b"\n(", b"a1", b"1a", b" a b", b"(a", b"  a", b"\na", b"( ", b"a\n"]),
        ];
        for (expected, tokens) in examples {
            for token in tokens {
                assert_eq!(kind(token), expected, "{token:?}");
            }
        }
    }

    #[test]
    fn names_are_by_number() {
        assert_eq!([Kind::Special, Kind::WordStart, Kind::Mixed].map(Kind::name), ["special", "word start", "mixed"]);
    }

    #[test]
    fn ascii_white_space_is_that_of_the_split() {
        for byte in 0..0x80u8 {
            assert_eq!(is_blank(byte), is_white_space(byte.into()), "{byte:#x}");
        }
    }
}
