//! Readable text: the bytes of a token as people read them, so that different bytes never look the same.
//!
//! The bytes are decoded as UTF-8. A space is written `␣`, a newline `⏎` and a tab `⇥`; a backslash is doubled. A byte
//! that is no UTF-8 is written `\xE2`. A character that a reader would not see or not tell apart is written `\u{200B}`:
//! control and format characters, private and unassigned ones, white space, invisible ones, a combining mark with
//! nothing before it to stand on, and the three symbols themselves. `parse_readable_text` returns the bytes again.
//!
//! A table of one version of Unicode (`split::unicode_tables`), never the compiler's own, says which characters are
//! written as `\u{...}`.

use std::fmt::Write;

use crate::base::error::Error;
use crate::split::unicode_tables::{MARKS, UNSEEN};

/// Bytes that have a symbol, and their symbols.
const SYMBOLS: [(u8, char); 3] = [(b' ', '\u{2423}'), (b'\n', '\u{23CE}'), (b'\t', '\u{21E5}')];

/// Returns the readable text of `bytes`.
#[must_use]
pub fn readable_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut has_base = false; // whether a combining mark would stand on a character that is written as it is
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            has_base = write_character(character, has_base, &mut text);
        }
        for byte in chunk.invalid() {
            escape(&mut text, format_args!("\\x{byte:02X}"));
            has_base = false;
        }
    }
    text
}

/// Returns whether a byte is a character that stands for itself in every readable text.
pub(crate) const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'\\'
}

/// Appends one character, and returns whether it is written as it is.
fn write_character(character: char, has_base: bool, out: &mut String) -> bool {
    if u8::try_from(character).is_ok_and(is_plain) {
        out.push(character);
        return true;
    }
    if let Some((_, symbol)) = SYMBOLS.iter().find(|(byte, _)| char::from(*byte) == character) {
        out.push(*symbol);
        return false;
    }
    if character == '\\' {
        out.push_str("\\\\");
        return true;
    }
    let is_symbol = SYMBOLS.iter().any(|&(_, symbol)| symbol == character);
    if is_symbol || is_in(&UNSEEN, character) || (!has_base && is_in(&MARKS, character)) {
        escape(out, format_args!("\\u{{{:X}}}", u32::from(character)));
        return false;
    }
    out.push(character);
    true
}

fn escape(out: &mut String, escape: std::fmt::Arguments) {
    let _ = out.write_fmt(escape); // writing to a string cannot fail
}

fn is_in(ranges: &[(u32, u32)], character: char) -> bool {
    let code = u32::from(character);
    let index = ranges.partition_point(|&(_, last)| last < code);
    ranges.get(index).is_some_and(|&(first, _)| first <= code)
}

/// Returns the bytes whose readable text is `text`. Characters that `readable_text` would escape stand for themselves.
///
/// # Errors
/// `Error::Escape` if a backslash begins none of the escapes `\\`, `\xE2` and `\u{200B}`.
pub fn parse_readable_text(text: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = if character == '\\' {
            read_escape(rest, &mut bytes).ok_or(Error::Escape { at: text.len() - rest.len() })?
        } else {
            match SYMBOLS.iter().find(|&&(_, symbol)| symbol == character) {
                Some((byte, _)) => bytes.push(*byte),
                None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            character.len_utf8()
        };
        rest = &rest[length..];
    }
    Ok(bytes)
}

/// Appends the bytes of the escape that `text` begins with, and returns the escape's length; None if it is no escape.
fn read_escape(text: &str, bytes: &mut Vec<u8>) -> Option<usize> {
    match text.as_bytes().get(1)? {
        b'\\' => {
            bytes.push(b'\\');
            Some(2)
        }
        b'x' => {
            bytes.push(u8::try_from(hexadecimal(text.get(2..4)?)?).ok()?);
            Some(4)
        }
        b'u' => {
            let (digits, _) = text.get(2..)?.strip_prefix('{')?.split_once('}')?;
            let character = char::from_u32(hexadecimal(digits)?)?;
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            Some(4 + digits.len())
        }
        _ => None,
    }
}

/// Returns the number of one to six hexadecimal digits; unlike the library's parser, it takes no sign.
fn hexadecimal(digits: &str) -> Option<u32> {
    let is_number = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_number { u32::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_can_read_it() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b" def", "␣def"),
            (b"\n\t ", "⏎⇥␣"),
            (b"\\n", "\\\\n"),
            (b"a\xE2\x82", "a\\xE2\\x82"),
            (b"\xE2", "\\xE2"),
            (b"\0\r\x7F", "\\u{0}\\u{D}\\u{7F}"),
            ("é汉😀".as_bytes(), "é汉😀"),
            ("e\u{301}".as_bytes(), "e\u{301}"),
            ("\u{301}e".as_bytes(), "\\u{301}e"),
            (" \u{301}".as_bytes(), "␣\\u{301}"),
            (b"\x80\xCC\x81", "\\x80\\u{301}"),
            ("\u{200B}\u{202E}\u{FEFF}\u{AD}".as_bytes(), "\\u{200B}\\u{202E}\\u{FEFF}\\u{AD}"),
            ("\u{A0}\u{3000}\u{2028}".as_bytes(), "\\u{A0}\\u{3000}\\u{2028}"),
            ("\u{E000}\u{378}\u{10FFFF}".as_bytes(), "\\u{E000}\\u{378}\\u{10FFFF}"),
            ("\u{3164}\u{2800}a\u{FE0F}".as_bytes(), "\\u{3164}\\u{2800}a\\u{FE0F}"),
            ("␣⏎⇥".as_bytes(), "\\u{2423}\\u{23CE}\\u{21E5}"),
        ] {
            assert_eq!(readable_text(bytes), text, "{bytes:?}");
            assert_eq!(parse_readable_text(text).as_deref(), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn every_character_comes_back() {
        for character in '\0'..=char::MAX {
            let bytes = character.to_string().into_bytes();
            for bytes in [[b"a", &bytes[..]].concat(), bytes] {
                assert_eq!(parse_readable_text(&readable_text(&bytes)), Ok(bytes), "{character:?}");
            }
        }
    }

    #[test]
    fn what_is_no_escape_is_an_error() {
        for (text, at) in [
            ("\\", 0),
            ("a\\n", 1),
            ("\\x", 0),
            ("\\xE", 0),
            ("\\x+1", 0),
            ("\\xé", 0),
            ("é\\u", 2),
            ("\\u{", 0),
            ("\\u{}", 0),
            ("\\u{D800}", 0),
            ("\\u{110000}", 0),
            ("\\u{0000041}", 0),
            ("\\u0041", 0),
        ] {
            assert_eq!(parse_readable_text(text), Err(Error::Escape { at }), "{text}");
        }
        assert_eq!(parse_readable_text("\\xe2 \\u{e9}").as_deref(), Ok(&b"\xE2 \xC3\xA9"[..]));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0xCC..0xF5u8, Just(b'\\')], 0..20)) {
            prop_assert_eq!(parse_readable_text(&readable_text(&bytes)), Ok(bytes));
        }

        #[test]
        fn any_characters_come_back_and_none_is_unseen(text in any::<String>()) {
            let readable = readable_text(text.as_bytes());
            prop_assert!(!readable.chars().any(|c| is_in(&UNSEEN, c)));
            prop_assert_eq!(parse_readable_text(&readable), Ok(text.into_bytes()));
        }
    }
}
