//! Rows too long to be read whole for every text: measured once in one pass, then read only where a text is cut from.
//!
//! A text needs a row's number of characters and a cut of it. The first costs a pass over the row, which leaves a mark
//! every `WINDOW` bytes; from the nearest mark on, a cut costs its own length and at most a window more. Memory is a
//! window and the marks, whatever the row's length.

use std::collections::HashMap;
use std::ops::Range;
use std::str;
use std::sync::Arc;

use crate::column::{TextColumn, WINDOW};
use crate::error::Error;
use crate::pretokenize::is_white_space;

/// Rows of this many bytes or fewer are read whole; few where rows are what a fuzzer thinks of.
pub const LONGEST_READ: u64 = if cfg!(fuzzing) { 16 } else { 1 << 20 };

/// Measured rows that are remembered; beyond that all are measured anew.
const REMEMBERED: usize = 1024;

/// A long row without the white space at its ends.
#[derive(Debug)]
pub struct LongRow {
    row: u64,
    /// Places in the row where a character begins, rising, and the number of the stripped row's characters before each.
    marks: Vec<(u64, u64)>,
    /// The number of characters.
    pub characters: u64,
}

/// Long rows that have been measured.
#[derive(Default)]
pub struct LongRows(HashMap<u64, Arc<LongRow>>);

impl LongRows {
    /// The row of this number, measured.
    ///
    /// # Errors
    /// As `TextColumn::row`.
    pub fn get(&mut self, column: &TextColumn, row: u64) -> Result<Arc<LongRow>, Error> {
        if let Some(known) = self.0.get(&row) {
            return Ok(known.clone());
        }
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        let measured = Arc::new(LongRow::measure(column, row)?);
        self.0.insert(row, measured.clone());
        Ok(measured)
    }
}

impl LongRow {
    fn measure(column: &TextColumn, row: u64) -> Result<Self, Error> {
        let mut long = Self { row, marks: Vec::new(), characters: 0 };
        let mut characters = 0;
        walk(column, row, 0, |at, text| {
            let begin = match long.marks.last() {
                Some(_) => 0,
                None => match text.find(|c| !is_white_space(c)) {
                    Some(begin) => begin,
                    None => return true,
                },
            };
            let visible = text[begin..].trim_end_matches(is_white_space);
            long.marks.push((at + begin as u64, characters));
            if !visible.is_empty() {
                long.characters = characters + count_characters(visible);
            }
            characters += count_characters(&text[begin..]);
            true
        })?;
        Ok(long)
    }

    /// Puts these characters of the row, which must be there, behind what is in `out`.
    ///
    /// # Errors
    /// As `TextColumn::row`.
    pub fn append(&self, column: &TextColumn, characters: Range<u64>, out: &mut String) -> Result<(), Error> {
        let mark = self.marks.partition_point(|&(_, before)| before <= characters.start).saturating_sub(1);
        let Some(&(at, before)) = self.marks.get(mark) else { return Ok(()) };
        let (mut skip, mut left) = (characters.start - before, characters.end - characters.start);
        walk(column, self.row, at, |_, text| {
            let here = count_characters(text);
            let cut = cut(text, here, skip.min(here)..(skip + left).min(here));
            out.push_str(cut);
            (skip, left) = (skip.saturating_sub(here), left - count_characters(cut));
            left > 0
        })
    }
}

/// Calls `each` with the pieces of a row from byte `at` on, where a character begins, and where in the row each begins,
/// until it says no.
fn walk(column: &TextColumn, row: u64, mut at: u64, mut each: impl FnMut(u64, &str) -> bool) -> Result<(), Error> {
    let (length, mut scratch) = (column.length(row)?, Vec::new());
    while at < length {
        let bytes = column.part(row, at..length.min(at + WINDOW), &mut scratch)?;
        let whole = match str::from_utf8(bytes) {
            Ok(text) => text,
            // A character that goes on in the next window.
            Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 && at + WINDOW < length => {
                str::from_utf8(&bytes[..error.valid_up_to()]).map_err(|_| Error::Utf8 { row })?
            }
            Err(_) => return Err(Error::Utf8 { row }),
        };
        if !each(at, whole) {
            break;
        }
        at += whole.len() as u64;
    }
    Ok(())
}

/// The number of characters.
#[must_use]
pub fn count_characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// The `range` of the characters of a text that has so many.
#[must_use]
pub fn cut(text: &str, characters: u64, range: Range<u64>) -> &str {
    if characters == text.len() as u64 {
        return &text[range.start as usize..range.end as usize];
    }
    let rest = &text[byte_of_character(text, range.start)..];
    if range.end == characters { rest } else { &rest[..byte_of_character(rest, range.end - range.start)] }
}

/// The byte at which character `number` begins; the end where there are fewer.
#[must_use]
pub fn byte_of_character(text: &str, number: u64) -> usize {
    let mut characters = text.chars();
    if number > 0 {
        characters.nth(number as usize - 1);
    }
    text.len() - characters.as_str().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::tests::column_of;
    use proptest::prelude::*;

    fn assert_read_as_whole(row: &str, cuts: &[(u64, u64)]) {
        let column = column_of(&["x", row], 2);
        let long = LongRows::default().get(&column, 1).unwrap();
        let stripped: Vec<char> = row.trim().chars().collect();
        assert_eq!(long.characters, stripped.len() as u64);
        for &(start, length) in cuts {
            let start = start % (long.characters + 1);
            let end = long.characters.min(start + length);
            let mut out = String::from("kept");
            long.append(&column, start..end, &mut out).unwrap();
            assert!(out[4..].chars().eq(stripped[start as usize..end as usize].iter().copied()), "{start} {end}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn cuts_are_those_of_the_whole_row(
            pieces in prop::collection::vec(("[a-zé中😀 \u{3000}\n]{1,3}", 0..150_000usize), 0..6),
            cuts in prop::collection::vec((any::<u64>(), prop_oneof![0..50u64, 0..600_000u64]), 1..6),
        ) {
            let row: String = pieces.iter().map(|(piece, times)| piece.repeat(*times)).collect();
            assert_read_as_whole(&row, &cuts);
        }
    }

    #[test]
    fn white_space_may_fill_windows() {
        let blank = " ".repeat(3 * WINDOW as usize);
        for row in [blank.clone(), format!("{blank}é{blank}"), format!("a{blank}b{blank}"), format!("{blank}a")] {
            assert_read_as_whole(&row, &[(0, 9), (0, u64::MAX / 2), (WINDOW, 3 * WINDOW)]);
        }
    }

    #[test]
    fn a_character_at_the_end_of_a_window_is_whole() {
        for shift in 0..4 {
            let row = "x".repeat(shift) + &"😀".repeat(WINDOW as usize / 2);
            assert_read_as_whole(&row, &[(WINDOW / 4 - 2, 5), (0, u64::MAX / 2)]);
        }
    }

    #[test]
    fn what_is_not_utf8_is_named_wherever_it_is() {
        let long = "a".repeat(2 * WINDOW as usize).into_bytes();
        let places = [0, 1, WINDOW as usize - 1, WINDOW as usize, long.len() - 1];
        for (place, byte) in places.into_iter().flat_map(|place| [0x80, 0xC3, 0xFF].map(|byte| (place, byte))) {
            let mut bytes = long.clone();
            bytes[place] = byte;
            let offsets: Vec<u8> = [0, bytes.len() as u64].iter().flat_map(|n| n.to_le_bytes()).collect();
            let column = TextColumn::in_memory(vec![(Box::new(offsets), Box::new(bytes))]).unwrap();
            let measured = LongRows::default().get(&column, 0);
            assert_eq!(measured.err(), Some(Error::Utf8 { row: 0 }), "{place} {byte}");
        }
    }

    #[test]
    fn few_rows_are_remembered() {
        let rows: Vec<String> = (0..3 * REMEMBERED / 2).map(|n| n.to_string()).collect();
        let column = column_of(&rows.iter().map(String::as_str).collect::<Vec<_>>(), 100);
        let mut long = LongRows::default();
        for row in 0..column.len() {
            assert_eq!(long.get(&column, row).unwrap().characters, rows[row as usize].len() as u64);
            assert!(long.0.len() <= REMEMBERED);
        }
    }
}
