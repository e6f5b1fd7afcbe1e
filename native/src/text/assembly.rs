//! Assembly of texts: each text of a stream is made of the rows that its index chooses (SPEC section 2, "Texts").
//!
//! Text `t` depends only on the seed, the language, the pool, `t` and the column. In epoch `t / n_rows` its rows are
//! `perm(epoch, i)(t mod n_rows)` for i = 0, 1, ..., with an independent permutation for every i. White space at the
//! ends of rows is left out, and empty rows are skipped. Rows are appended until the text is long enough; then the text
//! is cropped.
//!
//! The row index has the lengths of the rows, which determine the length of a text and so its crop. So only the
//! characters of the crop are read from the rows.

use std::ops::Range;
use std::sync::Arc;

use crate::base::error::Error;
use crate::base::permutation::Permutation;
use crate::base::rng::Path;
use crate::text::column::{StrippedRow, TextColumn};
use crate::text::row_index::ENTRY_BYTES;
use crate::text::row_slice::{append, count_characters, offset_of_character};

/// Number of characters in a text's span for each token of `block_size`.
pub const CHARS_PER_TOKEN: u64 = 16;

/// Number of permutations of an epoch that are kept in memory. A text that needs more rows computes the further
/// permutations each time.
const KEPT_PERMUTATIONS: u64 = 1024;

/// Maximum number of rows of a column whose row index entries are held in memory, 4 MB in all. If entries were not
/// held, every second read from a file would be that of an entry.
const HELD_ENTRIES: u64 = if cfg!(test) { 4 } else { 1 << 17 };

/// Number of empty rows that a text may skip. With many more, filling a pool would take hours.
const MANY_EMPTY: u64 = 1 << 20;
/// Number of further empty rows that a text may skip for each of its rows.
const EMPTY_TO_EACH: u64 = 1 << 10;

/// Identity of a stream: the values that distinguish it from all other streams.
#[derive(Clone, Debug)]
pub struct StreamId {
    /// Seed of the job.
    pub seed: u64,
    /// Name of the language.
    pub language: String,
    /// Index of the stream's pool among the language's pools.
    pub pool: u64,
}

impl StreamId {
    /// Returns the path of the random choices for `purpose` in this stream.
    #[must_use]
    pub fn path(&self, purpose: &str) -> Path {
        Path::new(self.seed, purpose).text(&self.language).index(self.pool)
    }
}

/// Rule by which rows are made into a text (SPEC section 2, "Texts").
#[derive(Clone, Debug)]
#[cfg_attr(feature = "python", derive(pyo3::FromPyObject))]
pub struct TextRule {
    /// Maximum length of a text, in characters.
    pub span: u64,
    /// Packing: append rows until the text has `span` characters. If false, a text is one row.
    pub pack: bool,
    /// Cropping: begin a text longer than `span` at a random character. If false, begin it at its first character.
    pub crop: bool,
    /// End-of-sequence string, which follows each packed row but the last.
    pub eos: String,
}

/// Maker of the texts of one stream, by index.
pub struct Stream {
    column: Arc<TextColumn>,
    id: StreamId,
    rule: TextRule,
    eos_characters: u64,
    /// Row index entries of all rows; `None` if the column has more than `HELD_ENTRIES` rows.
    entries: Option<Vec<u8>>,
    /// Path of the random crops without the text's index, so that this part is hashed only once.
    crop_path: Path,
    epoch: u64,
    /// Permutations of `epoch`, indexed by the number of rows that a text took before.
    permutations: Vec<Permutation>,
    /// Rows of the text that is being assembled; the memory is kept between texts.
    rows: Vec<StrippedRow>,
    scratch: Vec<u8>,
}

impl Stream {
    /// Opens the stream `id` of the rows of `column`.
    ///
    /// # Errors
    /// `Error::Parameter` for a span of 0; `Error::NoText` if no row holds more than white space; the errors of reading
    /// the column.
    pub fn new(column: Arc<TextColumn>, id: StreamId, rule: TextRule) -> Result<Self, Error> {
        if rule.span == 0 {
            return Err(Error::Parameter("texts need a span of at least one character"));
        }
        if column.first_text_row()?.is_none() {
            return Err(Error::NoText);
        }
        let eos_characters = count_characters(&rule.eos);
        let entries = (column.len() <= HELD_ENTRIES).then(|| column.all_entries()).transpose()?;
        let crop_path = id.path("crop");
        let (permutations, rows, scratch) = Default::default();
        Ok(Self { column, id, rule, eos_characters, entries, crop_path, epoch: 0, permutations, rows, scratch })
    }

    /// Appends the text at index `text` of the stream to `out`.
    ///
    /// # Errors
    /// The errors of reading the column; `Error::Sparse` if nearly all rows of the column are empty. `out` is then
    /// unchanged.
    pub fn append_text(&mut self, text: u64, out: &mut String) -> Result<(), Error> {
        let characters = self.find_rows(text)?;
        let crop = self.crop(text, characters);
        let start = out.len();
        let made = self.append_crop(crop, out);
        if made.is_err() {
            out.truncate(start);
        }
        made
    }

    /// Finds the rows of the text at index `text` and puts them into `rows`. Returns the text's length before cropping,
    /// in characters.
    fn find_rows(&mut self, text: u64) -> Result<u64, Error> {
        self.rows.clear();
        let (mut characters, mut empty) = (0, 0);
        for appended in 0.. {
            let index = self.row_order(text, appended);
            let row = self.stripped(index)?;
            if row.entry.characters == 0 {
                empty += 1;
                if empty > MANY_EMPTY + EMPTY_TO_EACH * (appended + 1 - empty) {
                    return Err(Error::Sparse { text });
                }
                continue;
            }
            self.rows.push(row);
            characters += row.entry.characters;
            if !self.rule.pack || characters + self.eos_characters >= self.rule.span {
                break;
            }
            characters += self.eos_characters;
        }
        Ok(characters)
    }

    fn stripped(&mut self, index: u64) -> Result<StrippedRow, Error> {
        let Some(entries) = &self.entries else { return self.column.stripped(index, &mut self.scratch) };
        let start = (index * ENTRY_BYTES) as usize;
        self.column.stripped_by(index, &entries[start..start + ENTRY_BYTES as usize])
    }

    /// Appends the characters `crop` of the text whose rows are in `rows` to `out`.
    fn append_crop(&mut self, crop: Range<u64>, out: &mut String) -> Result<(), Error> {
        let eos = &self.rule.eos;
        let mut before = 0;
        for (appended, row) in self.rows.iter().enumerate() {
            if appended > 0 {
                let within = overlap(&crop, before, self.eos_characters);
                let offset = |character| offset_of_character(eos, character).unwrap_or(eos.len());
                out.push_str(&eos[offset(within.start)..offset(within.end)]);
                before += self.eos_characters;
            }
            let within = overlap(&crop, before, row.entry.characters);
            if !within.is_empty() {
                append(&self.column, row, within, &mut self.scratch, out)?;
            }
            before += row.entry.characters;
        }
        Ok(())
    }

    /// Returns the index in the column of the row that text `text` takes after `appended` other rows, empty rows
    /// included.
    pub fn row_order(&mut self, text: u64, appended: u64) -> u64 {
        let rows = self.column.len();
        let (epoch, index) = (text / rows, text % rows);
        if appended >= KEPT_PERMUTATIONS {
            return self.permutation(epoch, appended).at(index);
        }
        if epoch != self.epoch {
            self.epoch = epoch;
            self.permutations.clear();
        }
        while self.permutations.len() as u64 <= appended {
            self.permutations.push(self.permutation(epoch, self.permutations.len() as u64));
        }
        self.permutations[appended as usize].at(index)
    }

    fn permutation(&self, epoch: u64, appended: u64) -> Permutation {
        let key = self.id.path("rows").index(epoch).index(appended).key();
        Permutation::new(key, self.column.len())
    }

    /// Returns the index of the character at which the crop of text `text` begins, given the text's length in
    /// characters.
    #[must_use]
    pub fn crop_start(&self, text: u64, characters: u64) -> u64 {
        let room = characters.saturating_sub(self.rule.span);
        if room == 0 || !self.rule.crop {
            return 0;
        }
        self.crop_path.clone().index(text).key().stream().below(room + 1)
    }

    /// Returns the range of characters of text `text` that its crop keeps, given the text's length in characters.
    fn crop(&self, text: u64, characters: u64) -> Range<u64> {
        let start = self.crop_start(text, characters);
        start..characters.min(start + self.rule.span)
    }
}

/// Returns the range of characters of a part of a text that lie in `crop`, counted from the start of the part. The part
/// has `characters` characters and begins at character `before` of the text.
fn overlap(crop: &Range<u64>, before: u64, characters: u64) -> Range<u64> {
    let within = |character: u64| character.saturating_sub(before).min(characters);
    within(crop.start)..within(crop.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::column::tests::column_of;

    fn id() -> StreamId {
        StreamId { seed: 1, language: "x".into(), pool: 0 }
    }

    fn rule(span: u64, pack: bool, crop: bool) -> TextRule {
        TextRule { span, pack, crop, eos: "</s>".into() }
    }

    fn text(stream: &mut Stream, text: u64) -> String {
        let mut out = "kept".to_string();
        stream.append_text(text, &mut out).unwrap();
        out.split_off(4)
    }

    #[test]
    fn packed_rows_reach_the_span_and_lose_the_last_eos() {
        let column = Arc::new(column_of(&["", " ab ", "\n"], 3));
        let mut stream = Stream::new(column.clone(), id(), rule(7, true, false)).unwrap();
        // "ab</s>" has 6 characters, one too few; "ab</s>ab</s>" has enough, and its last eos is dropped.
        assert!((0..6).all(|t| text(&mut stream, t) == "ab</s>a"));
        let mut short = Stream::new(column.clone(), id(), rule(6, true, false)).unwrap();
        assert_eq!(text(&mut short, 0), "ab");
    }

    #[test]
    fn a_row_alone_is_cropped_anywhere() {
        let column = Arc::new(column_of(&["aéi中u"], 1));
        let mut stream = Stream::new(column.clone(), id(), rule(3, false, true)).unwrap();
        let texts: std::collections::BTreeSet<String> = (0..60).map(|t| text(&mut stream, t)).collect();
        assert_eq!(texts.into_iter().collect::<Vec<_>>(), ["aéi", "i中u", "éi中"]);
    }

    #[test]
    fn long_rows_are_cropped_to_the_span() {
        for (row, width) in [("x".repeat(1 << 20), 1), ("é".repeat(1 << 20), 2), (format!("{}é", "x".repeat(99)), 1)]
        {
            for pack in [true, false] {
                let column = Arc::new(column_of(&[row.as_str()], 1));
                let mut stream = Stream::new(column.clone(), id(), rule(50, pack, true)).unwrap();
                let made = text(&mut stream, 3);
                assert_eq!(made.chars().count(), 50);
                assert!(made.len() >= 50 * width && row.contains(&made));
            }
        }
    }

    #[test]
    fn each_epoch_takes_every_row_once() {
        let rows: Vec<String> = (0..50).map(|i| i.to_string()).collect();
        let column = Arc::new(column_of(&rows.iter().map(String::as_str).collect::<Vec<_>>(), 7));
        let mut stream = Stream::new(column.clone(), id(), rule(9, false, false)).unwrap();
        let mut epoch = |e: u64| (e * 50..e * 50 + 50).map(|t| text(&mut stream, t)).collect::<Vec<_>>();
        let (first, second) = (epoch(0), epoch(1));
        assert_ne!(first, second);
        for mut texts in [first, second] {
            texts.sort();
            let mut expected = rows.clone();
            expected.sort();
            assert_eq!(texts, expected);
        }
    }

    #[test]
    fn permutations_beyond_the_kept_ones_agree() {
        let column = Arc::new(column_of(&["a"; 100], 100));
        let mut stream = Stream::new(column.clone(), id(), rule(1, true, true)).unwrap();
        let kept = stream.row_order(5, KEPT_PERMUTATIONS - 1);
        assert_eq!(kept, stream.permutation(0, KEPT_PERMUTATIONS - 1).at(5));
    }

    #[test]
    fn texts_do_not_depend_on_how_rows_are_read() {
        let long = "né中 x\n".repeat(200_000);
        let rows = [" short ", &long, "", &format!("\n{long}")];
        let column = Arc::new(column_of(&rows, 3));
        for (span, pack, crop) in
            [(1 << 11, true, true), (1 << 21, true, true), (1 << 11, false, true), (9, true, false)]
        {
            let mut stream = Stream::new(column.clone(), id(), rule(span, pack, crop)).unwrap();
            for number in 0..8 {
                let mut whole: Vec<char> = Vec::new();
                for appended in 0.. {
                    let row = rows[stream.row_order(number, appended) as usize].trim();
                    whole.extend(row.chars());
                    if !row.is_empty() && (!pack || whole.len() as u64 + 4 >= span) {
                        break;
                    }
                    whole.extend("</s>".chars().filter(|_| !row.is_empty()));
                }
                let start = stream.crop_start(number, whole.len() as u64) as usize;
                let expected: String = whole.iter().skip(start).take(span as usize).collect();
                assert!(text(&mut stream, number) == expected, "text {number} of {span}");
                let held = stream.entries.take();
                assert!(held.is_some() && text(&mut stream, number) == expected, "text {number} of {span}");
                stream.entries = held;
            }
        }
    }

    #[test]
    fn empty_rows_without_end_are_refused() {
        let mut rows = vec![""; 1 << 22];
        rows[1] = "a";
        let column = Arc::new(column_of(&rows, rows.len()));
        let mut stream = Stream::new(column, id(), rule(1000, true, true)).unwrap();
        let mut out = String::from("kept");
        assert_eq!(stream.append_text(3, &mut out), Err(Error::Sparse { text: 3 }));
        assert_eq!(out, "kept");
    }

    #[test]
    fn a_column_without_text_is_refused() {
        let column = Arc::new(column_of(&["", " \t"], 2));
        assert!(matches!(Stream::new(column.clone(), id(), rule(1, true, true)), Err(Error::NoText)));
    }
}
