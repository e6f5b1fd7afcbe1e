//! The endless stream of texts of one language (and pool), addressed by index (SPEC section 2, "Texts").
//!
//! Text `t` is a pure function of (seed, language, pool, t) and the column: in epoch `t / n_rows` its rows are
//! `perm(epoch, i)(t mod n_rows)` for i = 0, 1, ..., an independent permutation for every i; rows are stripped, empty
//! ones passed over, further ones appended until the text is long enough; then it is cut.

use std::ops::Range;
use std::sync::Arc;

use crate::column::TextColumn;
use crate::error::Error;
use crate::permutation::Permutation;
use crate::rng::Path;

/// Characters of text for each token of `block_size`: the span of a text is their product.
pub const CHARS_PER_TOKEN: u64 = 16;

/// Permutations kept for an epoch; a text that needs more rows derives theirs again.
const KEPT_PERMUTATIONS: u64 = 1024;

/// Which stream it is.
#[derive(Clone, Debug)]
pub struct StreamId {
    /// The run's seed.
    pub seed: u64,
    /// The language's name.
    pub language: String,
    /// The language's pool, from 0.
    pub pool: u64,
}

impl StreamId {
    /// The path of a purpose within this stream.
    #[must_use]
    pub fn path(&self, purpose: &str) -> Path {
        Path::new(self.seed, purpose).text(&self.language).index(self.pool)
    }
}

/// How a text is made of rows.
#[derive(Clone, Debug)]
pub struct Assembly {
    /// The longest text, in characters.
    pub span: u64,
    /// Whether rows are appended until the text has `span` characters.
    pub pack: bool,
    /// Whether the cut begins at a random character rather than at the first.
    pub crop: bool,
    /// What follows each packed row.
    pub eos: String,
}

/// The texts of one stream.
pub struct Stream {
    column: Arc<TextColumn>,
    id: StreamId,
    assembly: Assembly,
    eos_characters: u64,
    epoch: u64,
    kept: Vec<Permutation>,
    scratch: Vec<u8>,
}

impl Stream {
    /// The stream `id` over `column`.
    ///
    /// # Errors
    /// `Error::Parameter` for a span of 0; `Error::NoText` where no row holds more than white space; those of the
    /// column.
    pub fn new(column: Arc<TextColumn>, id: StreamId, assembly: Assembly) -> Result<Self, Error> {
        if assembly.span == 0 {
            return Err(Error::Parameter("texts need a span of at least one character"));
        }
        if column.first_text_row()?.is_none() {
            return Err(Error::NoText);
        }
        let eos_characters = count_characters(&assembly.eos);
        Ok(Self { column, id, assembly, eos_characters, epoch: 0, kept: Vec::new(), scratch: Vec::new() })
    }

    /// Text `text` of the stream, put behind what is in `out`.
    ///
    /// # Errors
    /// Those of the column; `out` is then as it was.
    pub fn append_text(&mut self, text: u64, out: &mut String) -> Result<(), Error> {
        let start = out.len();
        let mut scratch = std::mem::take(&mut self.scratch);
        let made = self.append_rows(text, out, &mut scratch);
        self.scratch = scratch;
        if made.is_err() {
            out.truncate(start);
        }
        made
    }

    fn append_rows(&mut self, text: u64, out: &mut String, scratch: &mut Vec<u8>) -> Result<(), Error> {
        let start = out.len();
        let mut characters = 0;
        for appended in 0.. {
            let number = self.row_order(text, appended);
            let row = self.column.stripped(number, scratch)?;
            if row.is_empty() {
                continue;
            }
            characters += count_characters(row);
            let enough = !self.assembly.pack || characters + self.eos_characters >= self.assembly.span;
            if enough && out.len() == start {
                out.push_str(&row[self.kept(row, text, characters)]);
                return Ok(());
            }
            out.push_str(row);
            if enough {
                break;
            }
            out.push_str(&self.assembly.eos);
            characters += self.eos_characters;
        }
        let kept = self.kept(&out[start..], text, characters);
        out.truncate(start + kept.end);
        out.drain(start..start + kept.start);
        Ok(())
    }

    /// The row that is taken as number `appended` for `text`, empty ones counted.
    pub fn row_order(&mut self, text: u64, appended: u64) -> u64 {
        let rows = self.column.len();
        let (epoch, place) = (text / rows, text % rows);
        if appended >= KEPT_PERMUTATIONS {
            return self.permutation(epoch, appended).at(place);
        }
        if epoch != self.epoch {
            self.epoch = epoch;
            self.kept.clear();
        }
        while self.kept.len() as u64 <= appended {
            self.kept.push(self.permutation(epoch, self.kept.len() as u64));
        }
        self.kept[appended as usize].at(place)
    }

    fn permutation(&self, epoch: u64, appended: u64) -> Permutation {
        let key = self.id.path("rows").index(epoch).index(appended).key();
        Permutation::new(key, self.column.len())
    }

    /// The character at which the cut of a text of `characters` begins.
    #[must_use]
    pub fn crop_start(&self, text: u64, characters: u64) -> u64 {
        let room = characters.saturating_sub(self.assembly.span);
        if room == 0 || !self.assembly.crop {
            return 0;
        }
        self.id.path("crop").index(text).key().stream().below(room + 1)
    }

    /// The bytes of a text of `characters` that stay.
    fn kept(&self, made: &str, text: u64, characters: u64) -> Range<usize> {
        if characters <= self.assembly.span {
            return 0..made.len();
        }
        let first = self.crop_start(text, characters);
        if characters == made.len() as u64 {
            return first as usize..(first + self.assembly.span) as usize;
        }
        let start = byte_of_character(made, first);
        start..start + byte_of_character(&made[start..], self.assembly.span)
    }
}

fn count_characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// The byte at which character `number` begins; the end where there are fewer.
fn byte_of_character(text: &str, number: u64) -> usize {
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

    fn id() -> StreamId {
        StreamId { seed: 1, language: "x".into(), pool: 0 }
    }

    fn assembly(span: u64, pack: bool, crop: bool) -> Assembly {
        Assembly { span, pack, crop, eos: "</s>".into() }
    }

    fn text(stream: &mut Stream, text: u64) -> String {
        let mut out = "kept".to_string();
        stream.append_text(text, &mut out).unwrap();
        out.split_off(4)
    }

    #[test]
    fn packed_rows_reach_the_span_and_lose_the_last_eos() {
        let column = Arc::new(column_of(&["", " ab ", "\n"], 3));
        let mut stream = Stream::new(column.clone(), id(), assembly(7, true, false)).unwrap();
        // "ab</s>" has 6 characters, one too few; "ab</s>ab</s>" has enough, and its last eos is dropped.
        assert!((0..6).all(|t| text(&mut stream, t) == "ab</s>a"));
        let mut short = Stream::new(column.clone(), id(), assembly(6, true, false)).unwrap();
        assert_eq!(text(&mut short, 0), "ab");
    }

    #[test]
    fn a_row_alone_is_cut_anywhere() {
        let column = Arc::new(column_of(&["aéi中u"], 1));
        let mut stream = Stream::new(column.clone(), id(), assembly(3, false, true)).unwrap();
        let texts: std::collections::BTreeSet<String> = (0..60).map(|t| text(&mut stream, t)).collect();
        assert_eq!(texts.into_iter().collect::<Vec<_>>(), ["aéi", "i中u", "éi中"]);
    }

    #[test]
    fn long_rows_are_cut_to_the_span() {
        for (row, width) in [("x".repeat(1 << 20), 1), ("é".repeat(1 << 20), 2), (format!("{}é", "x".repeat(99)), 1)]
        {
            for pack in [true, false] {
                let column = Arc::new(column_of(&[row.as_str()], 1));
                let mut stream = Stream::new(column.clone(), id(), assembly(50, pack, true)).unwrap();
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
        let mut stream = Stream::new(column.clone(), id(), assembly(9, false, false)).unwrap();
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
        let mut stream = Stream::new(column.clone(), id(), assembly(1, true, true)).unwrap();
        let kept = stream.row_order(5, KEPT_PERMUTATIONS - 1);
        assert_eq!(kept, stream.permutation(0, KEPT_PERMUTATIONS - 1).at(5));
    }

    #[test]
    fn a_column_without_text_is_refused() {
        let column = Arc::new(column_of(&["", " \t"], 2));
        assert!(matches!(Stream::new(column.clone(), id(), assembly(1, true, true)), Err(Error::NoText)));
    }
}
