//! Description of tokens: the bytes, readable texts and kinds of result rows, and which of them are fixed, as columns.

use hashbrown::HashSet;

use crate::base::bytelevel::{TRAINING_LONGEST, append_unmapped, fixed_pieces};
use crate::token::kind::{Kind, kind};
use crate::token::readable::{is_plain, readable_text};

/// Columns that describe consecutive tokens, in the form that Arrow needs. Offsets are little-endian and have 64 bits.
#[derive(Default)]
pub struct Descriptions {
    /// Offset of each readable text in `text` in bytes, then the offset behind the last one.
    pub text_offsets: Vec<u8>,
    /// Readable texts of all tokens in UTF-8, one behind the other.
    pub text: Vec<u8>,
    /// Offset of each token's bytes in `bytes`, then the offset behind the last one.
    pub bytes_offsets: Vec<u8>,
    /// Bytes of all tokens, one behind the other.
    pub bytes: Vec<u8>,
    /// Number of each token's kind.
    pub kinds: Vec<u8>,
    /// For each token, whether every vocabulary holds it, as one bit; the first token has the lowest bit.
    pub fixed: Vec<u8>,
}

/// Describer of the tokens of one result, which knows its special tokens.
pub struct Describer<'a> {
    special: HashSet<&'a [u8]>,
    fixed: HashSet<Vec<u8>>,
}

impl<'a> Describer<'a> {
    /// Makes a describer from the special tokens of the result.
    #[must_use]
    pub fn new(special: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            special: special.into_iter().map(str::as_bytes).collect(),
            fixed: fixed_pieces(TRAINING_LONGEST).into_iter().map(String::into_bytes).collect(),
        }
    }

    /// Describes tokens in their order; returns None if one is not UTF-8. A token that is no mapped form is a special
    /// token, too: it cannot be another.
    pub fn describe<'t>(&self, tokens: impl Iterator<Item = &'t [u8]> + Clone) -> Option<Descriptions> {
        let (rows, length) = tokens.clone().fold((0, 0), |(rows, length), token| (rows + 1, length + token.len()));
        let mut columns = Descriptions::with_capacity(rows, length);
        for token in tokens {
            let start = columns.bytes.len();
            let is_special = self.special.contains(token) || !columns.append_mapped(token);
            if is_special {
                columns.append_special(token)?;
            }
            let kind = if is_special { Kind::Special } else { kind(&columns.bytes[start..]) };
            // A fixed piece is a byte or white space; most tokens need not be looked up.
            let may_be_fixed = matches!(kind, Kind::Byte | Kind::WhiteSpace);
            columns.end_row(kind, is_special || may_be_fixed && self.fixed.contains(token));
        }
        Some(columns)
    }
}

impl Descriptions {
    /// Makes columns with room for `rows` tokens of `length` bytes in all; only the texts may need more.
    fn with_capacity(rows: usize, length: usize) -> Self {
        let mut columns = Self {
            text_offsets: Vec::with_capacity(8 * (rows + 1)),
            text: Vec::with_capacity(length + length / 4),
            bytes_offsets: Vec::with_capacity(8 * (rows + 1)),
            bytes: Vec::with_capacity(length),
            kinds: Vec::with_capacity(rows),
            fixed: Vec::with_capacity(rows.div_ceil(8)),
        };
        push_offset(0, &mut columns.text_offsets);
        push_offset(0, &mut columns.bytes_offsets);
        columns
    }

    /// Appends the bytes and the text of a mapped token. Returns whether `token` is one; if not, appends nothing.
    fn append_mapped(&mut self, token: &[u8]) -> bool {
        let (bytes_start, text_start) = (self.bytes.len(), self.text.len());
        if self.append_plain(token) {
            return true;
        }
        self.bytes.truncate(bytes_start);
        self.text.truncate(text_start);
        if !std::str::from_utf8(token).is_ok_and(|mapped| append_unmapped(mapped, &mut self.bytes)) {
            return false;
        }
        self.text.extend_from_slice(readable_text(&self.bytes[bytes_start..]).as_bytes());
        true
    }

    /// Appends the bytes and the text of a token of printable ASCII, spaces, newlines and tabs, as most are, without
    /// decoding it. Returns whether `token` is one; if not, a part of it may be appended.
    fn append_plain(&mut self, token: &[u8]) -> bool {
        let mut token = token.iter();
        while let Some(&first) = token.next() {
            if is_plain(first) {
                self.bytes.push(first);
                self.text.push(first);
                continue;
            }
            // A space, a newline and a tab are mapped to U+0120, U+010A and U+0109.
            let second = if first == 0xC4 { token.next() } else { None };
            let (byte, symbol) = match second {
                Some(0xA0) => (b' ', "\u{2423}"),
                Some(0x8A) => (b'\n', "\u{23CE}"),
                Some(0x89) => (b'\t', "\u{21E5}"),
                _ => return false,
            };
            self.bytes.push(byte);
            self.text.extend_from_slice(symbol.as_bytes());
        }
        true
    }

    /// Appends the bytes and the text of a special token; returns None if it is not UTF-8.
    fn append_special(&mut self, token: &[u8]) -> Option<()> {
        std::str::from_utf8(token).ok()?;
        self.bytes.extend_from_slice(token);
        self.text.extend_from_slice(readable_text(token).as_bytes());
        Some(())
    }

    /// Ends the row of the token whose bytes and text have been appended.
    fn end_row(&mut self, kind: Kind, is_fixed: bool) {
        let row = self.kinds.len();
        self.kinds.push(kind as u8);
        if row.is_multiple_of(8) {
            self.fixed.push(0);
        }
        self.fixed[row / 8] |= u8::from(is_fixed) << (row % 8);
        push_offset(self.text.len(), &mut self.text_offsets);
        push_offset(self.bytes.len(), &mut self.bytes_offsets);
    }
}

fn push_offset(offset: usize, offsets: &mut Vec<u8>) {
    offsets.extend_from_slice(&(offset as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::bytelevel::map_bytes;
    use proptest::prelude::*;

    #[test]
    fn each_token_has_its_columns() {
        let tokens = ["Ġdef", "</s>", "Ġ", "汉", "", "Ã©", "ĠĠ", "##", "a", "12"];
        let columns = Describer::new(["</s>", "", "Ġ"]).describe(tokens.iter().map(|token| token.as_bytes())).unwrap();
        let split = |offsets: &[u8], data: &[u8]| -> Vec<Vec<u8>> {
            let offsets: Vec<usize> = offsets.as_chunks().0.iter().map(|&o| u64::from_le_bytes(o) as usize).collect();
            offsets.windows(2).map(|pair| data[pair[0]..pair[1]].to_vec()).collect()
        };
        let expected = ["␣def", "</s>", "Ġ", "汉", "", "é", "␣␣", "##", "a", "12"];
        assert_eq!(split(&columns.text_offsets, &columns.text), expected.map(|text| text.as_bytes().to_vec()));
        let expected = [" def", "</s>", "Ġ", "汉", "", "é", "  ", "##", "a", "12"];
        assert_eq!(split(&columns.bytes_offsets, &columns.bytes), expected.map(|text| text.as_bytes().to_vec()));
        assert_eq!(columns.kinds, [4, 0, 0, 0, 0, 3, 2, 7, 1, 6]);
        assert_eq!(columns.fixed, [0b0101_1110, 0b01]);
    }

    #[test]
    fn all_fixed_pieces_are_fixed() {
        let pieces = fixed_pieces(TRAINING_LONGEST);
        let columns = Describer::new([]).describe(pieces.iter().map(String::as_bytes)).unwrap();
        assert!((0..pieces.len()).all(|row| columns.fixed[row / 8] >> (row % 8) & 1 == 1));
        let sampled = map_bytes(b" \n a");
        let columns = Describer::new([]).describe(std::iter::once(sampled.as_bytes())).unwrap();
        assert_eq!(columns.fixed, [0]);
    }

    proptest! {
        #[test]
        fn any_bytes_have_their_text_and_kind(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b" \n\t\\aZ1(".as_slice())], 0..20),
        ) {
            let token = map_bytes(&bytes);
            let columns = Describer::new([]).describe(std::iter::once(token.as_bytes())).unwrap();
            prop_assert_eq!(columns.text, readable_text(&bytes).into_bytes());
            prop_assert_eq!(columns.kinds, [kind(&bytes) as u8]);
            prop_assert_eq!(columns.bytes, bytes);
        }
    }

    #[test]
    fn bytes_that_are_no_characters_are_not_described() {
        for token in [&b"\xFF"[..], b"a\xC4", b"\xC4a"] {
            assert!(Describer::new([]).describe(std::iter::once(token)).is_none(), "{token:?}");
        }
    }
}
