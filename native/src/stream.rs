//! The endless stream of texts of one language (and pool), addressed by index (SPEC section 2, "Texts").
//!
//! Text `t` is a pure function of (seed, language, pool, t) and the column: in epoch `t / n_rows` its rows are
//! `perm(epoch, i)(t mod n_rows)` for i = 0, 1, ..., an independent permutation for every i; rows are stripped, empty
//! ones passed over, further ones appended until the text is long enough; then it is cut.

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
pub struct Stream<'a> {
    column: &'a TextColumn,
    id: StreamId,
    assembly: Assembly,
    epoch: u64,
    kept: Vec<Permutation>,
    scratch: Vec<u8>,
}

impl<'a> Stream<'a> {
    /// The stream `id` over `column`.
    ///
    /// # Errors
    /// `Error::Parameter` for a span of 0; `Error::NoText` where no row holds more than white space; those of the
    /// column.
    pub fn new(column: &'a TextColumn, id: StreamId, assembly: Assembly) -> Result<Self, Error> {
        if assembly.span == 0 {
            return Err(Error::Parameter("texts need a span of at least one character"));
        }
        if column.first_text_row()?.is_none() {
            return Err(Error::NoText);
        }
        Ok(Self { column, id, assembly, epoch: 0, kept: Vec::new(), scratch: Vec::new() })
    }

    /// Text `text` of the stream.
    ///
    /// # Errors
    /// Those of the column.
    pub fn text(&mut self, text: u64) -> Result<String, Error> {
        let mut made = String::new();
        let mut characters = 0;
        for appended in 0.. {
            let number = self.row_order(text, appended);
            let row = self.column.stripped(number, &mut self.scratch)?;
            if row.is_empty() {
                continue;
            }
            made.push_str(row);
            characters += count_characters(row);
            if !self.assembly.pack {
                break;
            }
            if characters + count_characters(&self.assembly.eos) >= self.assembly.span {
                break;
            }
            made.push_str(&self.assembly.eos);
            characters += count_characters(&self.assembly.eos);
        }
        self.cut(&mut made, text, characters);
        Ok(made)
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

    fn cut(&self, made: &mut String, text: u64, characters: u64) {
        if characters <= self.assembly.span {
            return;
        }
        let start = self.crop_start(text, characters);
        // A copy, so that a text of a long row does not keep the row's memory.
        *made = if characters == made.len() as u64 {
            made[start as usize..(start + self.assembly.span) as usize].to_owned()
        } else {
            let rest = &made[byte_of_character(made, start)..];
            rest[..byte_of_character(rest, self.assembly.span)].to_owned()
        };
    }
}

fn count_characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// The byte at which character `number` begins; the end where there are fewer.
fn byte_of_character(text: &str, number: u64) -> usize {
    text.char_indices().nth(number as usize).map_or(text.len(), |(at, _)| at)
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

    #[test]
    fn packed_rows_reach_the_span_and_lose_the_last_eos() {
        let column = column_of(&["", " ab ", "\n"], 3);
        let mut stream = Stream::new(&column, id(), assembly(7, true, false)).unwrap();
        // "ab</s>" has 6 characters, one too few; "ab</s>ab</s>" has enough, and its last eos is dropped.
        assert!((0..6).all(|t| stream.text(t).unwrap() == "ab</s>a"));
        let mut short = Stream::new(&column, id(), assembly(6, true, false)).unwrap();
        assert_eq!(short.text(0).unwrap(), "ab");
    }

    #[test]
    fn a_row_alone_is_cut_anywhere() {
        let column = column_of(&["aéi中u"], 1);
        let mut stream = Stream::new(&column, id(), assembly(3, false, true)).unwrap();
        let texts: std::collections::BTreeSet<String> = (0..60).map(|t| stream.text(t).unwrap()).collect();
        assert_eq!(texts.into_iter().collect::<Vec<_>>(), ["aéi", "i中u", "éi中"]);
    }

    #[test]
    fn a_text_of_a_long_row_keeps_none_of_its_memory() {
        let (ascii, wide) = ("x".repeat(1 << 20), "é".repeat(1 << 20));
        for row in [ascii.as_str(), wide.as_str()] {
            let column = column_of(&[row], 1);
            let mut stream = Stream::new(&column, id(), assembly(50, true, true)).unwrap();
            let text = stream.text(3).unwrap();
            assert_eq!(text.chars().count(), 50);
            assert!(text.capacity() <= 100);
        }
    }

    #[test]
    fn each_epoch_takes_every_row_once() {
        let rows: Vec<String> = (0..50).map(|i| i.to_string()).collect();
        let column = column_of(&rows.iter().map(String::as_str).collect::<Vec<_>>(), 7);
        let mut stream = Stream::new(&column, id(), assembly(9, false, false)).unwrap();
        let mut epoch = |e: u64| (e * 50..e * 50 + 50).map(|t| stream.text(t).unwrap()).collect::<Vec<_>>();
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
        let column = column_of(&["a"; 100], 100);
        let mut stream = Stream::new(&column, id(), assembly(1, true, true)).unwrap();
        let kept = stream.row_order(5, KEPT_PERMUTATIONS - 1);
        assert_eq!(kept, stream.permutation(0, KEPT_PERMUTATIONS - 1).at(5));
    }

    #[test]
    fn a_column_without_text_is_refused() {
        let column = column_of(&["", " \t"], 2);
        assert!(matches!(Stream::new(&column, id(), assembly(1, true, true)), Err(Error::NoText)));
    }
}
