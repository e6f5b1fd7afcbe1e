//! GPT-2 split of a text into pretokens, a block of 64 bytes at a time.
//!
//! The pretokens are the matches, from left to right, of
//! `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, with letters and numbers of Unicode
//! 16.0 and white space as the property `White_Space`. Tests compare the split with a regex engine for this pattern, and
//! with a plain scanner (`definition`). Pretokens cover a text without gaps.
//!
//! Every character has one of four classes, and every byte has the class of its character. So a block of 64 bytes
//! becomes a few masks of 64 bits. The masks, and the masks shifted by one byte, give the starts of pretokens without a
//! loop over bytes. A pretoken starts
//!
//! 1. at a change of class; but a visible character behind a space (U+0020) starts at the space;
//! 2. at the last character of white space, if a visible character follows;
//! 3. at the end of a contraction, and not inside the contraction. Only an apostrophe at which a pretoken starts can
//!    begin a contraction; these apostrophes are examined one by one.
//!
//! A block decides only the bytes that depend on no byte behind the block, and the next block starts at the first
//! undecided byte. So a block needs only the class of the last byte before it.
//!
//! Masks are made with AVX2 if the processor has it, otherwise with sums of 8 bytes in a register. The environment
//! variable `TOKSTATS_SIMD=off`, read once, turns AVX2 off; the pretokens are the same.
//!
//! Cost: linear in the text's length: a fixed part for each block, a few instructions for each pretoken, and a table
//! look-up for each character that is neither ASCII nor Cyrillic, Han or Hangul.

#[cfg(target_arch = "x86_64")]
use crate::base::simd;
use crate::split::byte_masks::{Block, InRange, portable};
use crate::split::classes::{CLASSES, Classes};

/// Appends the end of each pretoken of `text` to `ends`, from left to right, as an offset in bytes. The first pretoken
/// starts at 0, and every other one at the end of the pretoken before it. The last end is the length of `text`. An
/// empty text has no pretoken.
///
/// # Panics
/// If the text has 4 GiB or more.
pub fn split_into(text: &str, ends: &mut Vec<u32>) {
    assert!(u32::try_from(text.len()).is_ok(), "a text must be smaller than 4 GiB");
    #[cfg(target_arch = "x86_64")]
    if simd::avx2_is_wanted() {
        // SAFETY: AVX2 is wanted only if the processor has every feature that the function is compiled for.
        return unsafe { avx2::split_into(text, ends) };
    }
    split_by(text, ends, portable);
}

/// Returns the pretokens of `text`, from left to right.
///
/// # Panics
/// If the text has 4 GiB or more.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut ends = Vec::new();
    split_into(text, &mut ends);
    let mut start = 0;
    ends.into_iter().map(move |end| &text[std::mem::replace(&mut start, end as usize)..end as usize])
}

/// Splits as `split_into` does, but without AVX2, for fuzzing.
#[cfg(fuzzing)]
pub fn split_portably(text: &str, ends: &mut Vec<u32>) {
    split_by(text, ends, portable);
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use crate::split::byte_masks::avx2;

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub fn split_into(text: &str, ends: &mut Vec<u32>) {
        super::split_by(text, ends, |block, range| avx2(block, range));
    }
}

#[expect(clippy::inline_always, reason = "compiled for the features of its caller")]
#[inline(always)]
fn split_by(text: &str, ends: &mut Vec<u32>, in_range: impl InRange) {
    let classes = &*CLASSES;
    let (mut at, mut before, mut filled) = (0, OUTSIDE, ends.len());
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let mut padded = [b'\n'; 64];
        let block = rest.first_chunk().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let masks = Masks::of(block, classes, in_range);
        let starts = masks.starts(before);
        let apostrophes = starts & in_range(block, b'\''..=b'\'');
        let decided = if rest.len() < 64 { rest.len() } else { decided(masks.whole, apostrophes) };
        let below = (1 << decided) - 1;
        let starts = contract(block, starts, apostrophes & below) & below & !u64::from(at == 0);
        write(starts, at as u32, ends, &mut filled);
        before = masks.last_of(decided);
        at += decided;
    }
    ends.truncate(filled);
    if at > 0 {
        ends.push(at as u32);
    }
}

/// Masks of the bytes outside a text: the byte before it, and the padding of its last block. They are white space other
/// than a space (U+0020), so that they join no pretoken, and white space before them keeps its last character.
const OUTSIDE: Masks = Masks { low: 1, high: 1, blanks: 0, continuing: 0, whole: 1 };

/// Masks of the classes of a block's bytes, one bit a byte; or of the one byte before a block, as bit 0.
#[derive(Clone, Copy)]
struct Masks {
    /// Bit 0 of each byte's class (see `Class`).
    low: u64,
    /// Bit 1 of each byte's class.
    high: u64,
    /// Mask of the bytes that are a space, U+0020.
    blanks: u64,
    /// Bytes that are not the first of their character.
    continuing: u64,
    /// Number of bytes before the block's last character that is known to be whole.
    whole: usize,
}

impl Masks {
    #[expect(clippy::inline_always, reason = "compiled for the features of its caller")]
    #[inline(always)]
    fn of(block: &Block, classes: &Classes, in_range: impl InRange) -> Self {
        let letters = in_range(block, b'a'..=b'z') | in_range(block, b'A'..=b'Z');
        let numbers = in_range(block, b'0'..=b'9');
        let blanks = in_range(block, b' '..=b' ');
        let white = in_range(block, b'\t'..=b'\r') | blanks;
        let mut masks = Self { low: letters | white, high: numbers | white, blanks, continuing: 0, whole: 63 };
        let wide = in_range(block, 0x80..=0xFF);
        if wide != 0 {
            masks.continuing = in_range(block, 0x80..=0xBF);
            // A character that starts at byte 60 or before is whole.
            masks.whole = 63 - (!masks.continuing & u64::MAX >> 3).leading_zeros() as usize;
            masks.add_wide(block, wide & !masks.continuing, classes, in_range);
        }
        masks
    }

    /// Adds the classes of the block's characters that are not ASCII; `firsts` has the bits of their first bytes.
    #[expect(clippy::inline_always, reason = "compiled for the features of its caller")]
    #[inline(always)]
    fn add_wide(&mut self, block: &Block, firsts: u64, classes: &Classes, in_range: impl InRange) {
        // Every character whose first byte is one of these is a letter: Cyrillic, Han, Hangul.
        let of_two = in_range(block, 0xD0..=0xD1);
        let of_three = in_range(block, 0xE5..=0xE9) | in_range(block, 0xEB..=0xEC);
        self.low |= of_two | of_two << 1 | of_three | of_three << 1 | of_three << 2;
        let mut firsts = firsts & !of_two & !of_three;
        while firsts != 0 {
            let at = firsts.trailing_zeros();
            firsts &= firsts - 1;
            let Some((class, length)) = classes.first(&block[at as usize..]) else { break };
            let bytes = ((1 << length) - 1) << at;
            self.low |= bytes & (class as u64 & 1).wrapping_neg();
            self.high |= bytes & (class as u64 >> 1).wrapping_neg();
        }
    }

    /// Returns the bits of the bytes at which pretokens start, without regard to contractions, given the masks of the
    /// byte before the block. Bits below `whole` are correct.
    fn starts(self, before: Self) -> u64 {
        let changes = (self.low ^ (self.low << 1 | before.low)) | (self.high ^ (self.high << 1 | before.high));
        let visible = !(self.low & self.high);
        let behind_blanks = visible & (self.blanks << 1 | before.blanks);
        let mut last_white = !visible & visible >> 1;
        while last_white & self.continuing != 0 {
            last_white = last_white & !self.continuing | (last_white & self.continuing) >> 1;
        }
        changes & !behind_blanks | last_white
    }

    /// Returns the masks of byte `length - 1`, which is the byte before the next block.
    fn last_of(self, length: usize) -> Self {
        let bit = |mask: u64| mask >> (length - 1) & 1;
        Self { low: bit(self.low), high: bit(self.high), blanks: bit(self.blanks), ..OUTSIDE }
    }
}

/// Returns the number of bytes that a block decides if more bytes follow it: the bytes before the last whole character,
/// but none from an apostrophe on whose contraction may end at this character or later.
fn decided(whole: usize, apostrophes: u64) -> usize {
    let late = apostrophes >> (whole - 3) & 0b111;
    if late == 0 { whole } else { whole - 3 + late.trailing_zeros() as usize }
}

/// Moves starts to the ends of contractions. `apostrophes` has the bits of the apostrophes at which pretokens start; if
/// one begins a contraction, the start behind the apostrophe becomes a start behind the contraction.
fn contract(block: &Block, mut starts: u64, mut apostrophes: u64) -> u64 {
    while apostrophes != 0 {
        let at = apostrophes.trailing_zeros() as usize;
        apostrophes &= apostrophes - 1;
        if let Some(end) = contraction_end(block, at) {
            starts = starts & !(2 << at) | 1 << end;
        }
    }
    starts
}

/// Returns the end of the contraction whose apostrophe is at `start`, or `None` if no contraction begins there.
pub(crate) fn contraction_end(text: &[u8], start: usize) -> Option<usize> {
    match text[start + 1..] {
        [b's' | b't' | b'm' | b'd', ..] => Some(start + 2),
        [b'r' | b'v', b'e', ..] | [b'l', b'l', ..] => Some(start + 3),
        _ => None,
    }
}

/// Writes `base` plus the index of each set bit to `ends`, from index `filled` on, and adds the number of set bits to
/// `filled`.
#[expect(clippy::inline_always, reason = "compiled for the features of its caller")]
#[inline(always)]
fn write(mut bits: u64, base: u32, ends: &mut Vec<u32>, filled: &mut usize) {
    if ends.len() < *filled + 64 {
        ends.resize(*filled + 1024, 0);
    }
    let (room, count) = (&mut ends[*filled..*filled + 64], bits.count_ones() as usize);
    // Always eight at a time, even if fewer bits are left, because this needs few and predictable branches.
    for eight in room.as_chunks_mut::<8>().0 {
        for end in eight {
            *end = base.wrapping_add(bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
        }
        if bits == 0 {
            break;
        }
    }
    *filled += count;
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::split::definition;
    use proptest::prelude::*;

    const PATTERN: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// Returns every variant of the split that this processor can run.
    fn variants() -> Vec<fn(&str, &mut Vec<u32>)> {
        let mut variants: Vec<fn(&str, &mut Vec<u32>)> = vec![|text, ends| split_by(text, ends, portable)];
        #[cfg(target_arch = "x86_64")]
        if simd::avx2_is_tested() {
            // SAFETY: the processor has every feature that the function is compiled for.
            variants.push(|text, ends| unsafe { avx2::split_into(text, ends) });
        }
        variants
    }

    /// Checks every variant of the split against the definition.
    fn assert_equals_the_definition(text: &str) {
        let mut expected = vec![7];
        let mut end = 0;
        for pretoken in definition::split(text) {
            end += pretoken.len() as u32;
            expected.push(end);
        }
        for variant in variants() {
            let mut ends = vec![7];
            variant(text, &mut ends);
            assert_eq!(ends, expected, "{text:?}");
        }
    }

    fn assert_split(text: &str, expected: &[&str]) {
        assert_eq!(definition::split(text).collect::<Vec<_>>(), expected);
        assert_eq!(split(text).collect::<Vec<_>>(), expected);
        assert_equals_the_definition(text);
    }

    fn assert_equals_the_pattern(text: &str) {
        static REGEX: LazyLock<fancy_regex::Regex> = LazyLock::new(|| fancy_regex::Regex::new(PATTERN).unwrap());
        let expected: Vec<&str> = REGEX.find_iter(text).map(|m| m.unwrap().as_str()).collect();
        assert_split(text, &expected);
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
    fn ascii_triples_equal_the_definition() {
        let ascii: Vec<char> = ('\0'..='\u{7F}').collect();
        for a in &ascii {
            for b in &ascii {
                for c in &ascii {
                    assert_equals_the_definition(&String::from_iter([*a, *b, *c]));
                }
            }
        }
    }

    #[test]
    fn ascii_pairs_equal_the_pattern() {
        for a in '\0'..='\u{7F}' {
            for b in '\0'..='\u{7F}' {
                assert_equals_the_pattern(&String::from_iter([a, b]));
            }
        }
    }

    /// Checks every character next to a character of each class, and at every offset in a block.
    #[test]
    fn all_characters_equal_the_definition() {
        let text: String = ('\0'..=char::MAX).flat_map(|c| ['a', c, '1', c, ' ', c, '!', c, c, '\n', c]).collect();
        assert_equals_the_definition(&text);
    }

    const PIECES: [&str; 30] = [
        "",
        "a",
        "1",
        "_",
        "'",
        "''",
        "'s",
        "'re",
        "'ll",
        "'l",
        " 's",
        "'s'",
        " ",
        "  ",
        "\n",
        " \n",
        "\n ",
        "\u{85}",
        "\u{A0}",
        "\u{3000}",
        "\u{3000}\u{3000}",
        " \u{3000}",
        "é",
        "ж",
        "中",
        "か",
        "½",
        "٣",
        "\u{301}",
        "😀",
    ];

    #[test]
    fn pieces_at_the_ends_of_blocks_equal_the_definition() {
        for filler in ["a", " ", "\n", "'", "ж", "中", "\u{3000}", "😀"] {
            for bytes in (52..=67).chain(116..=131) {
                // Bytes that the fillers leave over come first.
                let front = "-".repeat(bytes % filler.len()) + &filler.repeat(bytes / filler.len());
                for (a, b) in PIECES.iter().flat_map(|a| PIECES.map(|b| (a, b))) {
                    assert_equals_the_definition(&format!("{front}{a}{b}"));
                    assert_equals_the_definition(&format!("{front}{a}{b}{front}"));
                }
            }
        }
    }

    #[test]
    fn runs_equal_the_pattern() {
        for character in " \n'a1!ж中\u{A0}\u{3000}😀".chars() {
            for length in (0..=8).chain(54..=70).chain(118..=134) {
                let run = character.to_string().repeat(length);
                for (front, back) in [("", ""), ("a", "b"), ("a", " b"), ("'", "s"), (" ", "'ll"), ("中", "ж")] {
                    assert_equals_the_pattern(&format!("{front}{run}{back}"));
                }
            }
        }
    }

    #[test]
    fn long_texts_equal_the_definition() {
        let text: String = PIECES.iter().flat_map(|a| PIECES.map(|b| format!("{b}{a}ab"))).collect();
        for start in text.char_indices().map(|(start, _)| start).take(200) {
            assert_equals_the_definition(&text[start..]);
        }
    }

    /// Runs this test in another process, because the environment variable is read only once.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_environment_turns_simd_off() {
        if std::env::var_os("TOKSTATS_SIMD").is_some_and(|value| value == "off") {
            assert!(!simd::avx2_is_wanted());
            return;
        }
        assert_eq!(simd::avx2_is_wanted(), simd::avx2_is_present());
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "split::gpt2::tests::the_environment_turns_simd_off"]).env("TOKSTATS_SIMD", "off");
        let output = child.output().unwrap();
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
    }

    proptest! {
        #[test]
        fn equals_the_pattern_on_dense_text(text in r"[ \n\t\u{A0}\u{3000}'strevmldaZé中٣1½!?_\u{301}😀]{0,200}") {
            assert_equals_the_pattern(&text);
        }

        #[test]
        fn equals_the_pattern_on_sparse_text(text in r"([a-z]{0,9}|[а-я]{0,9}|[一-龥]{0,9}| {0,9}|'[slrv][le]?|.){0,60}") {
            assert_equals_the_pattern(&text);
        }

        #[test]
        fn equals_the_pattern_on_any_text(text in any::<String>()) {
            assert_equals_the_pattern(&text);
        }
    }
}
