//! Description of tokens: the bytes, readable texts and kinds of result rows, and which of them are fixed, as columns.

use hashbrown::HashSet;

use crate::base::bytelevel::{TRAINING_LONGEST, append_unmapped, fixed_pieces};
use crate::token::kind::{Kind, kind};
use crate::token::readable::write_readable;

/// Columns that describe consecutive tokens, in the form that Arrow needs. Offsets are little-endian and have 64 bits.
#[derive(Default)]
pub struct Descriptions {
    /// Offset of each readable text in `text` in bytes, then the offset behind the last one.
    pub text_offsets: Vec<u8>,
    /// Readable texts of all tokens, one behind the other.
    pub text: String,
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
    special: HashSet<&'a str>,
    fixed: HashSet<String>,
}

impl<'a> Describer<'a> {
    /// Makes a describer from the special tokens of the result.
    #[must_use]
    pub fn new(special: impl IntoIterator<Item = &'a str>) -> Self {
        Self { special: special.into_iter().collect(), fixed: fixed_pieces(TRAINING_LONGEST).into_iter().collect() }
    }

    /// Describes tokens in their order. A token that is no mapped form is a special token, too: it cannot be another.
    #[must_use]
    pub fn describe<'t>(&self, tokens: impl IntoIterator<Item = &'t str>) -> Descriptions {
        let mut columns = Descriptions::default();
        push_offset(0, &mut columns.text_offsets);
        push_offset(0, &mut columns.bytes_offsets);
        for token in tokens {
            let start = columns.bytes.len();
            let is_special = self.special.contains(token) || !append_unmapped(token, &mut columns.bytes);
            if is_special {
                columns.bytes.extend_from_slice(token.as_bytes());
            }
            let bytes = &columns.bytes[start..];
            let row = columns.kinds.len();
            let kind = if is_special { Kind::Special } else { kind(bytes) };
            columns.kinds.push(kind as u8);
            if row.is_multiple_of(8) {
                columns.fixed.push(0);
            }
            // A fixed piece is a byte or white space; most tokens need not be looked up.
            let may_be_fixed = matches!(kind, Kind::Byte | Kind::WhiteSpace);
            if is_special || may_be_fixed && self.fixed.contains(token) {
                columns.fixed[row / 8] |= 1 << (row % 8);
            }
            write_readable(bytes, &mut columns.text);
            push_offset(columns.text.len(), &mut columns.text_offsets);
            push_offset(columns.bytes.len(), &mut columns.bytes_offsets);
        }
        columns
    }
}

fn push_offset(offset: usize, offsets: &mut Vec<u8>) {
    offsets.extend_from_slice(&(offset as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::bytelevel::map_bytes;

    #[test]
    fn each_token_has_its_columns() {
        let tokens = ["Ġdef", "</s>", "Ġ", "汉", "", "Ã©", "ĠĠ", "##", "a", "12"];
        let columns = Describer::new(["</s>", "", "Ġ"]).describe(tokens);
        let split = |offsets: &[u8], data: &[u8]| -> Vec<Vec<u8>> {
            let offsets: Vec<usize> = offsets.as_chunks().0.iter().map(|&o| u64::from_le_bytes(o) as usize).collect();
            offsets.windows(2).map(|pair| data[pair[0]..pair[1]].to_vec()).collect()
        };
        let expected = ["␣def", "</s>", "Ġ", "汉", "", "é", "␣␣", "##", "a", "12"];
        assert_eq!(
            split(&columns.text_offsets, columns.text.as_bytes()),
            expected.map(|text| text.as_bytes().to_vec())
        );
        let expected = [" def", "</s>", "Ġ", "汉", "", "é", "  ", "##", "a", "12"];
        assert_eq!(split(&columns.bytes_offsets, &columns.bytes), expected.map(|text| text.as_bytes().to_vec()));
        assert_eq!(columns.kinds, [4, 0, 0, 0, 0, 3, 2, 7, 1, 6]);
        assert_eq!(columns.fixed, [0b0101_1110, 0b01]);
    }

    #[test]
    fn all_fixed_pieces_are_fixed() {
        let pieces = fixed_pieces(TRAINING_LONGEST);
        let columns = Describer::new([]).describe(pieces.iter().map(String::as_str));
        assert!((0..pieces.len()).all(|row| columns.fixed[row / 8] >> (row % 8) & 1 == 1));
        let sampled = map_bytes(b" \n a");
        assert_eq!(Describer::new([]).describe([&*sampled]).fixed, [0]);
    }
}
