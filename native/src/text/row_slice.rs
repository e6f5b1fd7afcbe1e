//! A cut of a row, put behind a text: no more of the row is read than the cut and a little around it.
//!
//! In a row that is ASCII, characters are bytes. In another, the last checkpoint before the cut (see `entries`) says where to
//! begin to read, and the row's bytes less its characters how far at most. Cost: a read of the cut, and one of checkpoints
//! where the row has more than `SPACING` bytes; in a row of many megabytes a few more, since checkpoints are searched.

use std::ops::Range;
use std::str;

use crate::base::error::Error;
use crate::split::classes::is_beginning;
use crate::text::column::{Stripped, TextColumn};
use crate::text::row_index::SPACING;

/// Checkpoints that are read at once, 4 kB; of more than these, one after the other by halves.
const CHECKPOINTS_AT_ONCE: u64 = if cfg!(fuzzing) { 2 } else { 512 };

/// Puts these characters of a row, which must be there, behind what is in `out`.
///
/// # Errors
/// `Error::Utf8` where what is read of the row is not UTF-8; `Error::RowIndex` where it is not what its entry says;
/// `Error::File` where the file cannot be read.
pub fn append(
    column: &TextColumn,
    row: &Stripped,
    characters: Range<u64>,
    scratch: &mut Vec<u8>,
    out: &mut String,
) -> Result<(), Error> {
    if row.entry.is_ascii() {
        let text = utf8(row, column.part(row, characters, scratch)?)?;
        if !text.is_ascii() {
            return Err(Error::RowIndex { row: row.row });
        }
        out.push_str(text);
        return Ok(());
    }
    let (at, before) = last_checkpoint(column, row, characters.start, scratch)?;
    let text = text_from(column, row, at, before, characters.end, scratch)?;
    let start = byte_of_character(text, characters.start - before);
    let rest = start.map(|start| &text[start..]);
    let cut = rest.and_then(|rest| Some(&rest[..byte_of_character(rest, characters.end - characters.start)?]));
    out.push_str(cut.ok_or(Error::RowIndex { row: row.row })?);
    Ok(())
}

/// The last checkpoint of a row that is not behind a character: its place, and the number of characters that begin before it.
fn last_checkpoint(
    column: &TextColumn,
    row: &Stripped,
    character: u64,
    scratch: &mut Vec<u8>,
) -> Result<(u64, u64), Error> {
    let (mut low, mut high, mut before) = (0, row.entry.checkpoint_count(), 0);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let span = if high - low <= CHECKPOINTS_AT_ONCE { low + 1..high + 1 } else { middle..middle + 1 };
        let (checkpoints, _) = column.checkpoints(row, span.clone(), scratch)?.as_chunks::<8>();
        let passed = checkpoints
            .iter()
            .map(|checkpoint| u64::from_le_bytes(*checkpoint))
            .take_while(|&checkpoint| checkpoint <= character);
        let (passed, last) = passed.fold((0, before), |(passed, _), checkpoint| (passed + 1, checkpoint));
        if passed > 0 {
            (low, before) = (span.start + passed - 1, last);
        }
        if passed < checkpoints.len() as u64 {
            high = span.start + passed - 1;
        }
    }
    Ok((low * SPACING, before))
}

/// The text of a row from the first character on that begins at byte `at` or behind, and is its number `before`, to
/// character `end` or some more.
fn text_from<'a>(
    column: &'a TextColumn,
    row: &Stripped,
    at: u64,
    before: u64,
    end: u64,
    scratch: &'a mut Vec<u8>,
) -> Result<&'a str, Error> {
    let wrong = || Error::RowIndex { row: row.row };
    let left = row.entry.bytes - at;
    let longer = row.entry.characters.checked_sub(before).and_then(|characters| left.checked_sub(characters));
    // Every character is a byte, and as many more as the rest of the row has; at the most four, and three behind a checkpoint.
    let wanted = (end - before)
        .saturating_add(longer.ok_or_else(wrong)?)
        .min((end - before).saturating_mul(4).saturating_add(3));
    let bytes = column.part(row, at..at + wanted.min(left), scratch)?;
    let begin = if at > 0 { bytes.iter().take(3).take_while(|&&byte| !is_beginning(byte)).count() } else { 0 };
    match str::from_utf8(&bytes[begin..]) {
        Ok(text) => Ok(text),
        // A character that goes on behind what was read.
        Err(error) if error.error_len().is_none() && wanted < left => utf8(row, &bytes[begin..][..error.valid_up_to()]),
        Err(_) => Err(Error::Utf8 { row: row.row }),
    }
}

fn utf8<'a>(row: &Stripped, bytes: &'a [u8]) -> Result<&'a str, Error> {
    str::from_utf8(bytes).map_err(|_| Error::Utf8 { row: row.row })
}

/// The number of characters.
#[must_use]
pub fn count_characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// The byte at which character `number` begins, or the text ends; none where there are fewer.
#[must_use]
pub fn byte_of_character(text: &str, number: u64) -> Option<usize> {
    let mut characters = text.chars();
    if number > 0 {
        characters.nth(number as usize - 1)?;
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

    fn assert_cut_as_whole(row: &str, cuts: &[(u64, u64)]) {
        let in_memory = column_of(&["x", row], 2);
        let (path, place) = file_of("cuts", &["x", row]);
        let in_file = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
        std::fs::remove_file(path).unwrap();
        let whole: Vec<char> = row.trim().chars().collect();
        for column in [in_memory, in_file] {
            let mut scratch = Vec::new();
            let stripped = column.stripped(1, &mut scratch).unwrap();
            assert_eq!(stripped.entry.characters, whole.len() as u64);
            for &(start, length) in cuts {
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
        fn cuts_are_those_of_the_whole_row(
            pieces in prop::collection::vec(
                ("[a-zé中😀 \u{3000}\n]{1,3}", prop_oneof![0..9_000usize, 0..150_000usize]), 0..6
            ),
            cuts in prop::collection::vec((any::<u64>(), prop_oneof![0..50u64, 0..600_000u64]), 1..6),
        ) {
            let row: String = pieces.iter().map(|(piece, times)| piece.repeat(*times)).collect();
            assert_cut_as_whole(&row, &cuts);
        }
    }

    #[test]
    fn characters_may_lie_across_checkpoints() {
        let spacing = SPACING;
        for shift in 0..4 {
            for character in ["é", "中", "😀"] {
                let row = "x".repeat(shift) + &character.repeat(3 * spacing as usize);
                let cuts: Vec<(u64, u64)> = (spacing / 4 - 2..spacing / 4 + 3)
                    .chain(spacing / 3 - 2..spacing / 3 + 3)
                    .chain(spacing / 2 - 2..spacing / 2 + 3)
                    .flat_map(|start| [(start, 0), (start, 1), (start, 5), (start, u64::MAX)])
                    .collect();
                assert_cut_as_whole(&row, &cuts);
            }
        }
    }

    #[test]
    fn few_bytes_around_a_cut_are_read() {
        let row = "né中 x\n".repeat(400_000);
        let (path, place) = file_of("few", &[&row]);
        let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
        let mut scratch = Vec::new();
        let stripped = column.stripped(0, &mut scratch).unwrap();
        append(&column, &stripped, 1_000_000..1_002_048, &mut scratch, &mut String::new()).unwrap();
        assert!(scratch.capacity() <= 4 * (2048 + SPACING as usize) + 3);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_is_not_utf8_is_named_wherever_it_is() {
        let long = "aé".repeat(2 * SPACING as usize).into_bytes();
        let places = [0, 1, SPACING as usize - 1, SPACING as usize, long.len() - 1];
        for (place, byte) in places.into_iter().flat_map(|place| [0x80, 0xC3, 0xFF].map(|byte| (place, byte))) {
            let mut bytes = long.clone();
            bytes[place] = byte;
            let offsets: Vec<u8> = [0, bytes.len() as u64].iter().flat_map(|n| n.to_le_bytes()).collect();
            let is_text = str::from_utf8(&bytes).is_ok();
            let column = TextColumn::in_memory(vec![(Box::new(offsets) as Bytes, Box::new(bytes))]).unwrap();
            let found = column.stripped(0, &mut Vec::new()).map(|_| ());
            assert_eq!(found, if is_text { Ok(()) } else { Err(Error::Utf8 { row: 0 }) }, "{place} {byte}");
        }
    }

    proptest! {
        /// Whatever a file's entries, checkpoints and text become after it was opened, cuts of it are errors or texts.
        #[test]
        fn lies_are_errors_or_texts(
            words in prop::collection::vec((0..60usize, prop_oneof![0..9000u64, any::<u64>()]), 1..4),
            bytes in prop::collection::vec((any::<usize>(), any::<u8>()), 0..3),
            cut in (0..9000u64, 0..3000u64),
        ) {
            let rows = ["plain ", &"né中 x".repeat(1000), " ", &"x".repeat(5000), "日本語"];
            let (path, place) = file_of("lies", &rows);
            let column = TextColumn::in_file(File::open(&path).unwrap(), &[place]).unwrap();
            let mut content = std::fs::read(&path).unwrap();
            for (word, value) in words {
                let at = place.checkpoints as usize + word * 8;
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
                for (start, end) in [(0, all), (cut.0.min(all), cut.0.saturating_add(cut.1).min(all))] {
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
    fn a_row_that_is_not_what_its_record_says_is_named() {
        let wrong = |place: u64, value: &[u8]| {
            let (path, at) = file_of("wrong", &["plain", "naïve", &"é".repeat(SPACING as usize)]);
            let column = TextColumn::in_file(File::open(&path).unwrap(), &[at]).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, value, at.checkpoints.wrapping_add(place)).unwrap();
            std::fs::remove_file(path).unwrap();
            let mut scratch = Vec::new();
            let cut = |row, scratch: &mut Vec<u8>| {
                let stripped = column.stripped(row, scratch)?;
                let characters = stripped.entry.characters;
                append(&column, &stripped, characters.min(3)..characters, scratch, &mut String::new())
            };
            [cut(0, &mut scratch), cut(1, &mut scratch), cut(2, &mut scratch)]
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
        assert_eq!(wrong(0, &3u64.to_le_bytes())[2], not_as(2), "a checkpoint that lies");
    }
}
