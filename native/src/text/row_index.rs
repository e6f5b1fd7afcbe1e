//! The entries of a chunk: what a text needs to know of each row before it reads any of it.
//!
//! An entry tells where the row without the white space at its ends lies, how many bytes and characters it has, and
//! where its checkpoints are. Mark `k` of a row, from 1, is the number of its characters that begin in its first
//! `k * SPACING` bytes; a row that is ASCII has none, since there every place is known. Both are written as
//! little-endian u64: four words an entry, one a checkpoint, rows one after the other.
//!
//! Invariants: entries depend on the rows alone, not on where the chunk's first offset points; those of rows that are
//! not UTF-8 claim more characters than bytes, so no text is made of them. Cost: a pass over the text, most of it at
//! the speed of memory.

use crate::split::classes::{is_beginning, is_white_space};

/// Bytes of an entry.
pub const ENTRY_BYTES: u64 = 32;

/// Bytes from one checkpoint of a row to the next.
pub const SPACING: u64 = if cfg!(fuzzing) { 4 } else { 2048 };

/// The checkpoints and the entries of a chunk, as they are written.
pub type RowIndex = (Vec<u8>, Vec<u8>);

/// What is known of a row without the white space at its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowEntry {
    /// Its first byte, counted from the chunk's first row.
    pub start: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Its characters.
    pub characters: u64,
    /// The number of checkpoints of the chunk's rows before it.
    pub checkpoints: u64,
}

impl RowEntry {
    /// The entry of `row`, which begins at byte `at` of its chunk and has checkpoints from number `checkpoints` on.
    #[must_use]
    pub fn of(row: &[u8], at: u64, checkpoints: u64) -> Self {
        let Ok(text) = str::from_utf8(row) else {
            return Self { start: at, bytes: 0, characters: u64::MAX, checkpoints };
        };
        let visible = text.trim_matches(is_white_space);
        let start = at + (text.len() - text.trim_start_matches(is_white_space).len()) as u64;
        let characters = if visible.is_ascii() { visible.len() } else { visible.chars().count() };
        Self { start, bytes: visible.len() as u64, characters: characters as u64, checkpoints }
    }

    /// The entry that these bytes are; none where their number is another.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (&[start, bytes, characters, checkpoints], []) = bytes.as_chunks::<8>() else { return None };
        let [start, bytes, characters, checkpoints] = [start, bytes, characters, checkpoints].map(u64::from_le_bytes);
        Some(Self { start, bytes, characters, checkpoints })
    }

    fn to_bytes(self) -> impl Iterator<Item = u8> {
        [self.start, self.bytes, self.characters, self.checkpoints].into_iter().flat_map(u64::to_le_bytes)
    }

    /// Whether every character is one byte.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.characters == self.bytes
    }

    /// The number of its checkpoints.
    #[must_use]
    pub fn checkpoint_count(&self) -> u64 {
        if self.is_ascii() { 0 } else { self.bytes.saturating_sub(1) / SPACING }
    }
}

/// The checkpoints and the entries of the rows with these offsets in `data`, which must fit each other.
#[must_use]
pub fn entries_of(offsets: &[u8], data: &[u8]) -> RowIndex {
    let (offsets, _) = offsets.as_chunks::<8>();
    let (mut checkpoints, mut entries) = (Vec::new(), Vec::with_capacity(offsets.len() * ENTRY_BYTES as usize));
    let first = offsets.first().map_or(0, |first| u64::from_le_bytes(*first) as usize);
    for bounds in offsets.windows(2) {
        let (start, end) = (u64::from_le_bytes(bounds[0]) as usize, u64::from_le_bytes(bounds[1]) as usize);
        let entry = RowEntry::of(&data[start..end], (start - first) as u64, checkpoints.len() as u64 / 8);
        entries.extend(entry.to_bytes());
        let visible = first + entry.start as usize;
        add_checkpoints(&mut checkpoints, &data[visible..visible + entry.bytes as usize], entry.checkpoint_count());
    }
    (checkpoints, entries)
}

fn add_checkpoints(checkpoints: &mut Vec<u8>, row: &[u8], count: u64) {
    let mut characters = 0;
    for piece in row.chunks_exact(SPACING as usize).take(count as usize) {
        characters += piece.iter().filter(|&&byte| is_beginning(byte)).count() as u64;
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
        fn records_are_those_of_their_definition(
            rows in prop::collection::vec(
                prop_oneof![
                    ("[ \u{3000}\n]{0,3}", "[a-zé中😀 ]{0,4}", 0..1500usize, "[ \u{85}]{0,2}")
                        .prop_map(|(front, piece, times, back)| format!("{front}{}{back}", piece.repeat(times)).into_bytes()),
                    prop::collection::vec(any::<u8>(), 0..9),
                ],
                0..6,
            ),
            before in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let (offsets, data) = chunk(&rows, &before);
            let (checkpoints, entries) = entries_of(&offsets, &data);
            prop_assert_eq!(entries.len(), rows.len() * ENTRY_BYTES as usize);
            let (mut at, mut expected_checkpoints) = (0, Vec::new());
            for (row, entry) in rows.iter().zip(entries.chunks(ENTRY_BYTES as usize)) {
                let entry = RowEntry::read(entry).unwrap();
                prop_assert_eq!(entry.checkpoints, expected_checkpoints.len() as u64);
                if let Ok(text) = std::str::from_utf8(row) {
                    let begin = (entry.start - at) as usize;
                    let visible = text.trim(); // `White_Space`, as `classes` tests
                    prop_assert_eq!(&text[begin..begin + entry.bytes as usize], visible);
                    prop_assert_eq!(entry.characters, visible.chars().count() as u64);
                    let begins: Vec<u64> = visible.char_indices().map(|(at, _)| at as u64).collect();
                    let places = (1..).map(|k| k * SPACING).take_while(|&place| place < entry.bytes && !visible.is_ascii());
                    expected_checkpoints.extend(places.map(|place| begins.partition_point(|&begin| begin < place) as u64));
                } else {
                    prop_assert!(entry.characters > entry.bytes);
                }
                at += row.len() as u64;
            }
            prop_assert_eq!(checkpoints, expected_checkpoints.into_iter().flat_map(u64::to_le_bytes).collect::<Vec<u8>>());
            prop_assert_eq!(entries, entries_of(&chunk(&rows, b"").0, &rows.concat()).1, "wherever the first offset points");
        }
    }

    #[test]
    fn records_are_pinned() {
        let row = "\u{3000}naïve \n";
        let entry = RowEntry::of(row.as_bytes(), 10, 3);
        assert_eq!(entry, RowEntry { start: 13, bytes: 6, characters: 5, checkpoints: 3 });
        let words: Vec<u8> = [13u64, 6, 5, 3].into_iter().flat_map(u64::to_le_bytes).collect();
        assert_eq!(entry.to_bytes().collect::<Vec<u8>>(), words);
        assert_eq!(RowEntry::read(&words), Some(entry));
        assert_eq!(RowEntry::read(&words[1..]), None);
    }
}
