//! Row slice: a range of characters of a row, appended to a text. Little more of the row is read than the slice.
//!
//! In an ASCII row, characters are bytes. In any other row, reading starts at the last checkpoint before the slice (see
//! `row_index`). Reading ends where the slice must have ended, which follows from the number of bytes by which the row
//! exceeds its characters. Cost: one read for the slice, and one for checkpoints if the row has more than `SPACING`
//! bytes; some more if the row has many megabytes, because its checkpoints are then searched.

use std::ops::Range;
use std::str;

use crate::base::error::Error;
use crate::split::classes::is_beginning;
use crate::text::column::{StrippedRow, TextColumn};
use crate::text::row_index::SPACING;

/// Maximum number of checkpoints that one read fetches, 4 kB. Bisection first narrows a longer list.
const CHECKPOINTS_AT_ONCE: u64 = if cfg!(fuzzing) { 2 } else { 512 };

/// Appends the characters `characters` of a row to `out`. The row must have these characters.
///
/// # Errors
/// `Error::Utf8` if the bytes that are read are not UTF-8; `Error::RowIndex` if the row does not match its entry in the
/// row index; `Error::File` if the file cannot be read.
pub(crate) fn append(
    column: &TextColumn,
    row: &StrippedRow,
    characters: Range<u64>,
    scratch: &mut Vec<u8>,
    out: &mut String,
) -> Result<(), Error> {
    if row.entry.is_ascii() {
        let text = utf8(row, column.bytes(row, characters, scratch)?)?;
        if !text.is_ascii() {
            return Err(Error::RowIndex { row: row.row });
        }
        out.push_str(text);
        return Ok(());
    }
    let (offset, before) = last_checkpoint(column, row, characters.start, scratch)?;
    let text = text_from(column, row, offset, before, characters.end, scratch)?;
    let start = offset_of_character(text, characters.start - before);
    let rest = start.map(|start| &text[start..]);
    let slice = rest.and_then(|rest| Some(&rest[..offset_of_character(rest, characters.end - characters.start)?]));
    out.push_str(slice.ok_or(Error::RowIndex { row: row.row })?);
    Ok(())
}

/// Finds the last checkpoint of a row that is not behind character `character`. Returns the checkpoint's offset in the
/// row, in bytes, and the number of characters that begin before this offset.
fn last_checkpoint(
    column: &TextColumn,
    row: &StrippedRow,
    character: u64,
    scratch: &mut Vec<u8>,
) -> Result<(u64, u64), Error> {
    let (mut low, mut high, mut before) = (0, row.entry.checkpoint_count(), 0);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let range = if high - low <= CHECKPOINTS_AT_ONCE { low + 1..high + 1 } else { middle..middle + 1 };
        let (checkpoints, _) = column.checkpoints(row, range.clone(), scratch)?.as_chunks::<8>();
        let passed = checkpoints.iter().map(|bytes| u64::from_le_bytes(*bytes)).take_while(|&at| at <= character);
        let (passed, last) = passed.fold((0, before), |(passed, _), checkpoint| (passed + 1, checkpoint));
        if passed > 0 {
            (low, before) = (range.start + passed - 1, last);
        }
        if passed < checkpoints.len() as u64 {
            high = range.start + passed - 1;
        }
    }
    Ok((low * SPACING, before))
}

/// Reads the characters of a row from `offset` up to character `end` or some further ones. The first character read is
/// the one that begins at `offset` or next behind it; `before` is its index in the row.
fn text_from<'a>(
    column: &'a TextColumn,
    row: &StrippedRow,
    offset: u64,
    before: u64,
    end: u64,
    scratch: &'a mut Vec<u8>,
) -> Result<&'a str, Error> {
    let wrong = || Error::RowIndex { row: row.row };
    let left = row.entry.bytes - offset;
    let excess = row.entry.characters.checked_sub(before).and_then(|characters| left.checked_sub(characters));
    // Each character takes one byte, and the rest of the row has `excess` bytes more than characters. Each character
    // also takes at most four bytes, and behind a checkpoint the character before may have up to three.
    let wanted = (end - before)
        .saturating_add(excess.ok_or_else(wrong)?)
        .min((end - before).saturating_mul(4).saturating_add(3));
    let bytes = column.bytes(row, offset..offset + wanted.min(left), scratch)?;
    let begin = if offset > 0 { bytes.iter().take(3).take_while(|&&byte| !is_beginning(byte)).count() } else { 0 };
    match str::from_utf8(&bytes[begin..]) {
        Ok(text) => Ok(text),
        // The last character continues behind the bytes that were read.
        Err(error) if error.error_len().is_none() && wanted < left => utf8(row, &bytes[begin..][..error.valid_up_to()]),
        Err(_) => Err(Error::Utf8 { row: row.row }),
    }
}

fn utf8<'a>(row: &StrippedRow, bytes: &'a [u8]) -> Result<&'a str, Error> {
    str::from_utf8(bytes).map_err(|_| Error::Utf8 { row: row.row })
}

/// Returns the number of characters of a text.
#[must_use]
pub(crate) fn count_characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// Returns the offset of the character at `index` in `text`, in bytes. Returns the length of `text` for the index after
/// the last character, and `None` for a greater index.
#[must_use]
pub(crate) fn offset_of_character(text: &str, index: u64) -> Option<usize> {
    let mut characters = text.chars();
    if index > 0 {
        characters.nth(index as usize - 1)?;
    }
    Some(text.len() - characters.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::column::Bytes;
    use crate::text::column::tests::{column_of, file_of};
    use proptest::prelude::*;
    use std::fs::File;

    fn assert_slices_are_of_the_row(row: &str, slices: &[(u64, u64)]) {
        let in_memory = column_of(&["x", row], 2);
        let (path, layout) = file_of("slices", &["x", row]);
        let in_file = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
        std::fs::remove_file(path).unwrap();
        let whole: Vec<char> = row.trim().chars().collect();
        for column in [in_memory, in_file] {
            let mut scratch = Vec::new();
            let stripped = column.stripped(1, &mut scratch).unwrap();
            assert_eq!(stripped.entry.characters, whole.len() as u64);
            for &(start, length) in slices {
                let start = start % (stripped.entry.characters + 1);
                let end = stripped.entry.characters.min(start.saturating_add(length));
                let mut out = String::from("kept");
                append(&column, &stripped, start..end, &mut scratch, &mut out).unwrap();
                assert!(out[4..].chars().eq(whole[start as usize..end as usize].iter().copied()), "{start} {end}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn slices_are_those_of_the_whole_row(
            pieces in prop::collection::vec(
                ("[a-zé中😀 \u{3000}\n]{1,3}", prop_oneof![0..9_000usize, 0..150_000usize]), 0..6
            ),
            slices in prop::collection::vec((any::<u64>(), prop_oneof![0..50u64, 0..600_000u64]), 1..6),
        ) {
            let row: String = pieces.iter().map(|(piece, times)| piece.repeat(*times)).collect();
            assert_slices_are_of_the_row(&row, &slices);
        }
    }

    #[test]
    fn characters_may_lie_across_checkpoints() {
        let spacing = SPACING;
        for shift in 0..4 {
            for character in ["é", "中", "😀"] {
                let row = "x".repeat(shift) + &character.repeat(3 * spacing as usize);
                let slices: Vec<(u64, u64)> = (spacing / 4 - 2..spacing / 4 + 3)
                    .chain(spacing / 3 - 2..spacing / 3 + 3)
                    .chain(spacing / 2 - 2..spacing / 2 + 3)
                    .flat_map(|start| [(start, 0), (start, 1), (start, 5), (start, u64::MAX)])
                    .collect();
                assert_slices_are_of_the_row(&row, &slices);
            }
        }
    }

    #[test]
    fn few_bytes_around_a_slice_are_read() {
        let row = "né中 x\n".repeat(400_000);
        let (path, layout) = file_of("few", &[&row]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
        let mut scratch = Vec::new();
        let stripped = column.stripped(0, &mut scratch).unwrap();
        append(&column, &stripped, 1_000_000..1_002_048, &mut scratch, &mut String::new()).unwrap();
        assert!(scratch.capacity() <= 4 * (2048 + SPACING as usize) + 3);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_named_at_any_offset() {
        let long = "aé".repeat(2 * SPACING as usize).into_bytes();
        let offsets = [0, 1, SPACING as usize - 1, SPACING as usize, long.len() - 1];
        for (offset, byte) in offsets.into_iter().flat_map(|offset| [0x80, 0xC3, 0xFF].map(|byte| (offset, byte))) {
            let mut bytes = long.clone();
            bytes[offset] = byte;
            let offsets: Vec<u8> = [0, bytes.len() as u64].iter().flat_map(|n| n.to_le_bytes()).collect();
            let is_text = str::from_utf8(&bytes).is_ok();
            let column = TextColumn::in_memory(vec![(Box::new(offsets) as Bytes, Box::new(bytes))]).unwrap();
            let found = column.stripped(0, &mut Vec::new()).map(|_| ());
            assert_eq!(found, if is_text { Ok(()) } else { Err(Error::Utf8 { row: 0 }) }, "{offset} {byte}");
        }
    }

    proptest! {
        /// Checks that a slice is a text or an error, however the file's entries, checkpoints and text change after the
        /// file was opened.
        #[test]
        fn a_damaged_file_gives_texts_or_errors(
            words in prop::collection::vec((0..60usize, prop_oneof![0..9000u64, any::<u64>()]), 1..4),
            bytes in prop::collection::vec((any::<usize>(), any::<u8>()), 0..3),
            slice in (0..9000u64, 0..3000u64),
        ) {
            let rows = ["plain ", &"né中 x".repeat(1000), " ", &"x".repeat(5000), "日本語"];
            let (path, layout) = file_of("lies", &rows);
            let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
            let mut content = std::fs::read(&path).unwrap();
            for (word, value) in words {
                let at = layout.checkpoints as usize + word * 8;
                if let Some(bytes) = content.get_mut(at..at + 8) {
                    bytes.copy_from_slice(&value.to_le_bytes());
                }
            }
            for (at, byte) in bytes {
                let at = at % content.len();
                content[at] = byte;
            }
            std::fs::write(&path, content).unwrap();
            let mut scratch = Vec::new();
            for row in 0..rows.len() as u64 {
                let Ok(stripped) = column.stripped(row, &mut scratch) else { continue };
                let all = stripped.entry.characters;
                for (start, end) in [(0, all), (slice.0.min(all), slice.0.saturating_add(slice.1).min(all))] {
                    let mut out = String::from("kept");
                    if append(&column, &stripped, start..end, &mut scratch, &mut out).is_ok() {
                        prop_assert_eq!(count_characters(&out[4..]), end - start);
                    } else {
                        prop_assert_eq!(out, "kept");
                    }
                }
            }
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_row_that_does_not_match_its_entry_is_named() {
        let wrong = |offset: u64, value: &[u8]| {
            let (path, layout) = file_of("wrong", &["plain", "naïve", &"é".repeat(SPACING as usize)]);
            let column = TextColumn::in_file(File::open(&path).unwrap(), &[layout]).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, value, layout.checkpoints.wrapping_add(offset)).unwrap();
            std::fs::remove_file(path).unwrap();
            let mut scratch = Vec::new();
            let slice = |row, scratch: &mut Vec<u8>| {
                let stripped = column.stripped(row, scratch)?;
                let characters = stripped.entry.characters;
                append(&column, &stripped, characters.min(3)..characters, scratch, &mut String::new())
            };
            [slice(0, &mut scratch), slice(1, &mut scratch), slice(2, &mut scratch)]
        };
        let entry = |row: u64, field: u64| 8 + 32 * row + 8 * field; // behind the only checkpoint
        let not_as = |row| Err(Error::RowIndex { row });
        assert_eq!(wrong(entry(0, 0), &4u64.to_le_bytes())[0], not_as(0), "not ASCII");
        assert_eq!(wrong(entry(0, 0), &u64::MAX.to_le_bytes())[0], not_as(0), "starts nowhere");
        assert_eq!(wrong(entry(0, 1), &(1u64 << 40).to_le_bytes())[0], not_as(0), "too long");
        assert_eq!(wrong(entry(0, 2), &9u64.to_le_bytes())[0], Err(Error::Utf8 { row: 0 }), "more than bytes");
        assert_eq!(wrong(entry(1, 2), &6u64.to_le_bytes())[1], Err(Error::Utf8 { row: 1 }), "cuts a character");
        assert_eq!(wrong(entry(1, 1), &7u64.to_le_bytes())[1], Err(Error::Utf8 { row: 1 }), "half a character");
        assert_eq!(wrong(entry(2, 3), &1u64.to_le_bytes())[2], not_as(2), "no such checkpoint");
        assert_eq!(wrong(entry(2, 3), &u64::MAX.to_le_bytes())[2], not_as(2), "no such checkpoint");
        assert_eq!(wrong(0, &3u64.to_le_bytes())[2], not_as(2), "a wrong checkpoint");
    }
}
