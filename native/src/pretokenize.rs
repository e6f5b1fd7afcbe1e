//! The GPT-2 split of a text into pretokens, written by hand.
//!
//! It equals the matches, from left to right, of
//! `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, with letters and numbers of Unicode
//! 16.0 and white space as the property `White_Space`; the tests hold it against that pattern in a regex engine.
//!
//! Every character has one of four classes, and the pattern is a rule on runs of a class:
//!
//! 1. A run of letters, of numbers or of anything else is a pretoken, with one space in front if there is one.
//! 2. An apostrophe at the beginning of a match takes a contraction if one follows, and never more than it.
//! 3. A run of white space is a pretoken; before a visible character it leaves its last character, which is a
//!    pretoken of its own or, if it is a space, the space in front of the next one.
//!
//! Pretokens tile the text. Cost: one table look-up a character, no allocation.

use std::sync::LazyLock;

use crate::unicode_tables::{LETTERS, NUMBERS};

/// What the pattern sees of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Class {
    Other = 0,
    Letter = 1,
    Number = 2,
    Space = 3,
}

/// `White_Space`, which is short and has been stable since Unicode 6.3.
#[must_use]
pub fn is_white_space(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}'
            | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

/// The class of every ASCII character.
const ASCII: [Class; 128] = ascii_classes();

const fn ascii_classes() -> [Class; 128] {
    let mut classes = [Class::Other; 128];
    let mut code = 0u8;
    while code < 128 {
        classes[code as usize] = match code {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Number,
            b'\t'..=b'\r' | b' ' => Class::Space,
            _ => Class::Other,
        };
        code += 1;
    }
    classes
}

/// The class of every character, four to a byte.
static CLASSES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut packed = vec![0; (char::MAX as usize + 1) / 4];
    let mut mark = |code: u32, class: Class| packed[code as usize / 4] |= (class as u8) << (code % 4 * 2);
    for (ranges, class) in [(&LETTERS[..], Class::Letter), (&NUMBERS[..], Class::Number)] {
        for code in ranges.iter().flat_map(|&(first, last)| first..=last) {
            mark(code, class);
        }
    }
    for code in ('\0'..='\u{3000}').filter(|&c| is_white_space(c)) {
        mark(code as u32, Class::Space);
    }
    packed
});

/// The pretokens of a text, from left to right.
pub struct Pretokens<'a> {
    text: &'a str,
    at: usize,
    classes: &'static [u8],
}

/// Splits `text` into its pretokens.
#[must_use]
pub fn split(text: &str) -> Pretokens<'_> {
    Pretokens { text, at: 0, classes: &CLASSES }
}

impl<'a> Iterator for Pretokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.at;
        let (class, length) = self.class_at(start)?;
        let first = self.text.as_bytes()[start];
        self.at = if class == Class::Space {
            match self.class_at(start + length) {
                Some((next, _)) if first == b' ' && next != Class::Space => self.run_end(start + length, next),
                _ => self.space_end(start),
            }
        } else if first == b'\'' {
            contraction_end(self.text.as_bytes(), start).unwrap_or_else(|| self.run_end(start, class))
        } else {
            self.run_end(start, class)
        };
        Some(&self.text[start..self.at])
    }
}

impl Pretokens<'_> {
    /// The class and the length in bytes of the character at byte `at`; none at the end.
    #[expect(clippy::inline_always, reason = "the scanner is little else, measured")]
    #[inline(always)]
    fn class_at(&self, at: usize) -> Option<(Class, usize)> {
        let &lead = self.text.as_bytes().get(at)?;
        if lead < 128 {
            return Some((ASCII[lead as usize], 1));
        }
        self.wide_class_at(at)
    }

    #[inline(never)]
    fn wide_class_at(&self, at: usize) -> Option<(Class, usize)> {
        let character = self.text[at..].chars().next()?;
        let code = character as usize;
        let class = match self.classes[code / 4] >> (code % 4 * 2) & 3 {
            0 => Class::Other,
            1 => Class::Letter,
            2 => Class::Number,
            _ => Class::Space,
        };
        Some((class, character.len_utf8()))
    }

    /// The end of the run of `class` that holds the character at `at`.
    fn run_end(&self, mut at: usize, class: Class) -> usize {
        while let Some((next, length)) = self.class_at(at) {
            if next != class {
                break;
            }
            at += length;
        }
        at
    }

    /// The end of the white-space pretoken at `start`: the run, less its last character if something visible follows
    /// and something is left.
    fn space_end(&self, start: usize) -> usize {
        let end = self.run_end(start, Class::Space);
        let last = self.text[start..end].chars().next_back().map_or(0, char::len_utf8);
        if end == self.text.len() || end - last == start { end } else { end - last }
    }
}

/// The end of the contraction at the apostrophe at `start`, if there is one.
fn contraction_end(text: &[u8], start: usize) -> Option<usize> {
    match text[start + 1..] {
        [b's' | b't' | b'm' | b'd', ..] => Some(start + 2),
        [b'r' | b'v', b'e', ..] | [b'l', b'l', ..] => Some(start + 3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATTERN: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    fn assert_split(text: &str, expected: &[&str]) {
        assert_eq!(split(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn words_numbers_and_signs() {
        assert_split(" Hello world42!?", &[" Hello", " world", "42", "!?"]);
        assert_split("x=1;  y", &["x", "=", "1", ";", " ", " y"]);
    }

    #[test]
    fn contractions_win_only_where_a_match_begins() {
        assert_split("don't", &["don", "'t"]);
        assert_split("we'll've", &["we", "'ll", "'ve"]);
        assert_split("'tis 's !'s", &["'t", "is", " '", "s", " !'", "s"]);
        assert_split("I'LL 'l", &["I", "'", "LL", " '", "l"]);
    }

    #[test]
    fn white_space_leaves_its_last_character() {
        assert_split("a   b", &["a", "  ", " b"]);
        assert_split("a\n\n b", &["a", "\n\n", " b"]);
        assert_split("a \nb\t", &["a", " ", "\n", "b", "\t"]);
        assert_split("a\u{3000}\u{3000}b", &["a", "\u{3000}", "\u{3000}", "b"]);
        assert_split("  ", &["  "]);
        assert_split("", &[]);
    }

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
            let found = split(&character.to_string()).class_at(0).map(|(class, _)| class);
            assert_eq!(found, Some(expected), "{character:?}");
            assert_eq!(is_white_space(character), character.is_whitespace(), "{character:?}");
        }
    }

    fn assert_equals_the_pattern(text: &str) {
        let pattern = fancy_regex::Regex::new(PATTERN).unwrap();
        let expected: Vec<&str> = pattern.find_iter(text).map(|m| m.unwrap().as_str()).collect();
        assert_split(text, &expected);
    }

    proptest! {
        #[test]
        fn equals_the_pattern_on_dense_text(text in r"[ \n\t\u{A0}\u{3000}'strevmldaZé中٣1½!?_\u{301}😀]{0,60}") {
            assert_equals_the_pattern(&text);
        }

        #[test]
        fn equals_the_pattern_on_any_text(text in any::<String>()) {
            assert_equals_the_pattern(&text);
        }
    }
}
