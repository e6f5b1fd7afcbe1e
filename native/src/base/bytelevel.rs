//! GPT-2 byte-level mapping: each byte becomes one printable character.
//!
//! A printable byte (`!`..`~`, `¡`..`¬`, `®`..`ÿ`) becomes the character with the same code. The other bytes become
//! U+0100, U+0101, ... in rising byte order, so that a space becomes `Ġ`, a newline `Ċ` and a tab `ĉ`. These characters
//! are the mapped form of the bytes.
//!
//! The *rank* of a byte is the index of its mapped character among all 256 mapped characters, sorted by code point. So
//! a comparison of ranks compares mapped forms by code point without making them. The order of a result needs this
//! comparison.

const fn prints(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF)
}

/// Rank of each byte: the index of its mapped character among all 256, sorted by code point.
pub(crate) const RANK: [u8; 256] = ranks();
/// Number of ranks whose mapped characters take one byte in UTF-8: the ranks below this number. The other mapped
/// characters take two bytes.
pub(crate) const ONE_BYTE_RANKS: u8 = 94;
/// Byte with each rank: the inverse of `RANK`.
const BYTE: [u8; 256] = inverse(&RANK);
/// Mapped character of the byte with each rank, sorted by code point.
const CHARACTER: [char; 256] = characters();

const fn ranks() -> [u8; 256] {
    let mut ranks = [0; 256];
    let mut next = 0u8;
    let mut pass = 0;
    while pass < 2 {
        let mut byte = 0;
        while byte < 256 {
            if prints(byte as u8) == (pass == 0) {
                ranks[byte] = next;
                next = next.wrapping_add(1);
            }
            byte += 1;
        }
        pass += 1;
    }
    ranks
}

const fn inverse(ranks: &[u8; 256]) -> [u8; 256] {
    let mut bytes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        bytes[ranks[byte] as usize] = byte as u8;
        byte += 1;
    }
    bytes
}

const fn characters() -> [char; 256] {
    let mut characters = ['\0'; 256];
    let mut shifted = 0x100;
    let mut rank = 0;
    while rank < 256 {
        let byte = BYTE[rank];
        characters[rank] = if prints(byte) {
            byte as char
        } else {
            shifted += 1;
            match char::from_u32(shifted - 1) {
                Some(character) => character,
                None => '\0',
            }
        };
        rank += 1;
    }
    characters
}

/// Number of code points from 0 to the last mapped character.
const CODES: usize = CHARACTER[255] as usize + 1;
/// Byte whose mapped character has each code point; 256 if no byte has it.
const BYTE_OF_CODE: [u16; CODES] = {
    let mut bytes = [256; CODES];
    let mut rank = 0;
    while rank < 256 {
        bytes[CHARACTER[rank] as usize] = BYTE[rank] as u16;
        rank += 1;
    }
    bytes
};

/// Returns the mapped character of the byte with rank `rank`.
#[must_use]
pub(crate) fn character_of_rank(rank: u8) -> char {
    CHARACTER[rank as usize]
}

/// Returns the byte with rank `rank`.
#[must_use]
pub(crate) const fn byte_of_rank(rank: u8) -> u8 {
    BYTE[rank as usize]
}

/// Returns the byte whose mapped character is `character`, or `None` if no byte has it.
#[must_use]
pub(crate) fn byte_of_character(character: char) -> Option<u8> {
    let byte = BYTE_OF_CODE.get(character as usize).copied()?;
    u8::try_from(byte).ok()
}

/// Returns the length of the mapped form of `byte` in UTF-8, in bytes: 1 or 2.
#[must_use]
pub(crate) const fn mapped_len(byte: u8) -> u32 {
    if byte.is_ascii_graphic() { 1 } else { 2 }
}

/// Returns whether `byte` is a space, a newline or a tab.
#[must_use]
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t')
}

/// Returns the mapped form of `bytes`: one printable character for each byte.
#[must_use]
pub fn map_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| character_of_rank(RANK[byte as usize])).collect()
}

/// Returns the bytes whose mapped form is `mapped`, or `None` if no bytes have it.
#[must_use]
pub fn unmap(mapped: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(mapped.len());
    append_unmapped(mapped, &mut bytes).then_some(bytes)
}

/// Appends the bytes whose mapped form is `mapped` to `bytes`, and returns whether there are such bytes; if not, `bytes`
/// stays as it was.
#[must_use]
pub(crate) fn append_unmapped(mapped: &str, bytes: &mut Vec<u8>) -> bool {
    let start = bytes.len();
    for character in mapped.chars() {
        let Some(byte) = byte_of_character(character) else {
            bytes.truncate(start);
            return false;
        };
        bytes.push(byte);
    }
    true
}

/// Returns the fixed pieces, which every vocabulary holds if its substrings have up to `longest` bytes: the mapped forms
/// of the 256 bytes in byte order, then `9 * longest` white-space pieces. A white-space piece is a space, newline or
/// tab, followed by 1 to `longest` repetitions of one of the three (SPEC section 2, "One draw").
#[must_use]
pub(crate) fn fixed_pieces(longest: usize) -> Vec<String> {
    const BLANKS: [u8; 3] = *b" \n\t";
    let bytes = (0..=255u8).map(|byte| map_bytes(&[byte]));
    let blanks = BLANKS.iter().flat_map(|&repeated| {
        (1..=longest).flat_map(move |times| {
            BLANKS.iter().map(move |&front| {
                let mut piece = vec![front];
                piece.resize(times + 1, repeated);
                map_bytes(&piece)
            })
        })
    });
    bytes.chain(blanks).collect()
}

/// Length of the longest substrings in the training code, in bytes.
pub(crate) const TRAINING_LONGEST: usize = 15;

/// Number of the fixed pieces of a run, which every vocabulary holds: 256 bytes and 135 white-space pieces.
pub(crate) const FIXED_PIECES: u64 = 256 + 9 * TRAINING_LONGEST as u64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn known_bytes_map_as_gpt2_maps_them() {
        assert_eq!(map_bytes(b" \n\t\0\x7f\xa0\xad~"), "ĠĊĉĀġłŃ~");
        assert_eq!(map_bytes("é".as_bytes()), "Ã©");
    }

    #[test]
    fn ranks_follow_code_points() {
        let by_rank: Vec<char> = (0..=255).map(character_of_rank).collect();
        assert!(by_rank.is_sorted());
        assert_eq!(by_rank.iter().collect::<HashSet<_>>().len(), 256);
        for byte in 0..=255u8 {
            let mapped = map_bytes(&[byte]);
            assert_eq!(mapped.len() as u32, mapped_len(byte), "byte {byte:#x}");
            assert_eq!(mapped.len() == 1, RANK[byte as usize] < ONE_BYTE_RANKS, "byte {byte:#x}");
            assert_eq!(unmap(&mapped), Some(vec![byte]));
        }
    }

    #[test]
    fn what_is_no_mapped_form_has_no_bytes() {
        assert_eq!(unmap("ĠÃ©"), Some(" é".into()));
        assert_eq!(unmap(""), Some(vec![]));
        for other in ["a b", "\n", "汉", "a\u{144}", "\u{A0}"] {
            assert_eq!(unmap(other), None, "{other:?}");
        }
        let mut bytes = b"kept".to_vec();
        assert!(!append_unmapped("ab汉", &mut bytes));
        assert_eq!(bytes, b"kept");
    }

    #[test]
    fn fixed_pieces_are_distinct() {
        for (longest, expected) in [(0, 256), (1, 265), (9, 337), (15, 391), (99, 1147)] {
            let pieces = fixed_pieces(longest);
            assert_eq!((pieces.len(), pieces.iter().collect::<HashSet<_>>().len()), (expected, expected));
            assert_eq!(pieces[expected - 1].chars().count(), longest + 1);
        }
        let pieces = fixed_pieces(TRAINING_LONGEST);
        assert_eq!(pieces.len() as u64, FIXED_PIECES);
        assert_eq!(&pieces[256..260], ["ĠĠ", "ĊĠ", "ĉĠ", "ĠĠĠ"]);
    }
}
