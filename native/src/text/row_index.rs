//! Row index of a chunk: offset and length of each row's text, known before the row is read.
//!
//! The *entry* of a row describes the row without the white space at its ends, as `is_stripped` has it: its offset, its lengths in bytes and in
//! characters, and the number of checkpoints of the rows before it. *Checkpoint* `k` of such a row, counted from 1, is
//! the number of characters that begin in its first `k * SPACING` bytes. An ASCII row has no checkpoints, because its
//! characters are its bytes. All numbers are little-endian u64: four for an entry, one for a checkpoint, one row after
//! the other.
//!
//! Invariants: entries depend on the rows alone, not on the chunk's first offset. The entry of a row that is not UTF-8
//! has more characters than bytes, so that no text is made of the row. Cost: one pass over the rows, mostly at the
//! speed of memory.

use crate::split::classes::{is_beginning, is_white_space};

/// Size of a row index entry, in bytes.
pub const ENTRY_BYTES: u64 = 32;

/// Distance from one checkpoint of a row to the next, in bytes.
pub(crate) const SPACING: u64 = if cfg!(fuzzing) { 4 } else { 2048 };

/// Row index of a chunk, in the form that a file holds.
pub struct RowIndex {
    /// Checkpoints of all rows, eight bytes each, in the order of the rows.
    pub checkpoints: Vec<u8>,
    /// Entries of all rows, `ENTRY_BYTES` each, in the order of the rows.
    pub entries: Vec<u8>,
}

impl RowIndex {
    /// Makes the row index of the rows with these offsets in `data`. The offsets must not decrease or exceed the data.
    #[must_use]
    pub fn of(offsets: &[u8], data: &[u8]) -> Self {
        let (offsets, _) = offsets.as_chunks::<8>();
        let (mut checkpoints, mut entries) = (Vec::new(), Vec::with_capacity(offsets.len() * ENTRY_BYTES as usize));
        let first = offsets.first().map_or(0, |first| u64::from_le_bytes(*first) as usize);
        for bounds in offsets.windows(2) {
            let (start, end) = (u64::from_le_bytes(bounds[0]) as usize, u64::from_le_bytes(bounds[1]) as usize);
            let entry = RowEntry::of(&data[start..end], (start - first) as u64, checkpoints.len() as u64 / 8);
            entries.extend(entry.to_bytes());
            let visible = first + entry.start as usize;
            let row = &data[visible..visible + entry.bytes as usize];
            add_checkpoints(&mut checkpoints, row, entry.checkpoint_count());
        }
        Self { checkpoints, entries }
    }
}

/// Entry of a row in the row index: offset and lengths of the row without the white space at its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowEntry {
    /// Offset of the row's text, in bytes from the start of the chunk's first row.
    pub(crate) start: u64,
    /// Length of the row's text, in bytes.
    pub(crate) bytes: u64,
    /// Length of the row's text in characters; greater than `bytes` if the row is not UTF-8.
    pub(crate) characters: u64,
    /// Number of checkpoints of the chunk's rows before this row.
    pub(crate) checkpoints: u64,
}

impl RowEntry {
    /// Makes the entry of `row`, which begins `offset` bytes behind the start of the chunk's first row. The chunk's
    /// rows before it have `checkpoints` checkpoints.
    #[must_use]
    fn of(row: &[u8], offset: u64, checkpoints: u64) -> Self {
        let Ok(text) = str::from_utf8(row) else {
            return Self { start: offset, bytes: 0, characters: u64::MAX, checkpoints };
        };
        let visible = text.trim_matches(is_stripped);
        let start = offset + (text.len() - text.trim_start_matches(is_stripped).len()) as u64;
        let characters = if visible.is_ascii() { visible.len() } else { visible.chars().count() };
        Self { start, bytes: visible.len() as u64, characters: characters as u64, checkpoints }
    }

    /// Reads an entry from `bytes`; returns `None` unless there are exactly `ENTRY_BYTES` bytes.
    #[must_use]
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (&[start, bytes, characters, checkpoints], []) = bytes.as_chunks::<8>() else { return None };
        let [start, bytes, characters, checkpoints] = [start, bytes, characters, checkpoints].map(u64::from_le_bytes);
        Some(Self { start, bytes, characters, checkpoints })
    }

    fn to_bytes(self) -> impl Iterator<Item = u8> {
        [self.start, self.bytes, self.characters, self.checkpoints].into_iter().flat_map(u64::to_le_bytes)
    }

    /// Returns whether every character of the row takes one byte.
    #[must_use]
    pub(crate) fn is_ascii(&self) -> bool {
        self.characters == self.bytes
    }

    /// Returns the number of checkpoints of the row.
    #[must_use]
    pub(crate) fn checkpoint_count(&self) -> u64 {
        if self.is_ascii() { 0 } else { self.bytes.saturating_sub(1) / SPACING }
    }
}

/// Returns whether a character is stripped from the ends of a row, as by `str.strip` of Python: the property
/// `White_Space`, and the four separators U+001C to U+001F, which do not have it.
fn is_stripped(character: char) -> bool {
    is_white_space(character) || matches!(character, '\u{1C}'..='\u{1F}')
}

fn add_checkpoints(checkpoints: &mut Vec<u8>, row: &[u8], count: u64) {
    let mut characters = 0;
    for bytes in row.chunks_exact(SPACING as usize).take(count as usize) {
        characters += bytes.iter().filter(|&&byte| is_beginning(byte)).count() as u64;
        checkpoints.extend(characters.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(rows: &[Vec<u8>], before: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let ends = rows.iter().scan(before.len() as u64, |end, row| {
            *end += row.len() as u64;
            Some(*end)
        });
        let offsets = std::iter::once(before.len() as u64).chain(ends).flat_map(u64::to_le_bytes).collect();
        (offsets, [before, &rows.concat()].concat())
    }

    proptest! {
        #[test]
        fn entries_are_those_of_their_definition(
            rows in prop::collection::vec(
                prop_oneof![
                    ("[ \u{3000}\n\u{1C}]{0,3}", "[a-zé中😀 ]{0,4}", 0..1500usize, "[ \u{85}\u{1F}]{0,2}")
                        .prop_map(|(front, piece, times, back)| format!("{front}{}{back}", piece.repeat(times)).into_bytes()),
                    prop::collection::vec(any::<u8>(), 0..9),
                ],
                0..6,
            ),
            before in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let (offsets, data) = chunk(&rows, &before);
            let RowIndex { checkpoints, entries } = RowIndex::of(&offsets, &data);
            prop_assert_eq!(entries.len(), rows.len() * ENTRY_BYTES as usize);
            let (mut start, mut expected_checkpoints) = (0, Vec::new());
            for (row, entry) in rows.iter().zip(entries.chunks(ENTRY_BYTES as usize)) {
                let entry = RowEntry::read(entry).unwrap();
                prop_assert_eq!(entry.checkpoints, expected_checkpoints.len() as u64);
                if let Ok(text) = std::str::from_utf8(row) {
                    let begin = (entry.start - start) as usize;
                    let visible = text.trim_matches(|c: char| c.is_whitespace() || "\u{1C}\u{1D}\u{1E}\u{1F}".contains(c));
                    prop_assert_eq!(&text[begin..begin + entry.bytes as usize], visible);
                    prop_assert_eq!(entry.characters, visible.chars().count() as u64);
                    let begins: Vec<u64> = visible.char_indices().map(|(offset, _)| offset as u64).collect();
                    let offsets = (1..).map(|k| k * SPACING).take_while(|&offset| offset < entry.bytes && !visible.is_ascii());
                    expected_checkpoints.extend(offsets.map(|offset| begins.partition_point(|&begin| begin < offset) as u64));
                } else {
                    prop_assert!(entry.characters > entry.bytes);
                }
                start += row.len() as u64;
            }
            prop_assert_eq!(checkpoints, expected_checkpoints.into_iter().flat_map(u64::to_le_bytes).collect::<Vec<u8>>());
            prop_assert_eq!(entries, RowIndex::of(&chunk(&rows, b"").0, &rows.concat()).entries, "wherever the first offset points");
        }
    }

    #[test]
    fn stripped_characters_are_those_of_python() {
        let stripped: Vec<u32> = ('\0'..=char::MAX).filter(|&c| is_stripped(c)).map(u32::from).collect();
        let expected =
            [9..=13, 0x1C..=0x20, 0x85..=0x85, 0xA0..=0xA0, 0x1680..=0x1680, 0x2000..=0x200A, 0x2028..=0x2029];
        let expected = expected.into_iter().chain([0x202F..=0x202F, 0x205F..=0x205F, 0x3000..=0x3000]).flatten();
        assert_eq!(stripped, expected.collect::<Vec<u32>>());
        for character in stripped.into_iter().filter_map(char::from_u32) {
            let row = format!("{character}a{character}b{character}");
            let entry = RowEntry::of(row.as_bytes(), 0, 0);
            let length = character.len_utf8() as u64;
            assert_eq!((entry.start, entry.bytes, entry.characters), (length, 2 + length, 3), "{character:?}");
            assert_eq!(RowEntry::of(character.to_string().as_bytes(), 0, 0).characters, 0, "{character:?}");
        }
    }

    #[test]
    fn entries_are_pinned() {
        let row = "\u{3000}naïve \n";
        let entry = RowEntry::of(row.as_bytes(), 10, 3);
        assert_eq!(entry, RowEntry { start: 13, bytes: 6, characters: 5, checkpoints: 3 });
        let words: Vec<u8> = [13u64, 6, 5, 3].into_iter().flat_map(u64::to_le_bytes).collect();
        assert_eq!(entry.to_bytes().collect::<Vec<u8>>(), words);
        assert_eq!(RowEntry::read(&words), Some(entry));
        assert_eq!(RowEntry::read(&words[1..]), None);
    }
}
