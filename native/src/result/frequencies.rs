//! Frequencies: the result's rows, each a token with the number of vocabularies that held it, in all and by language.
//!
//! Sampled tokens are the tokens that a draw chose. The merge gives the sampled tokens in code-point order, and an
//! external sort brings them into the order of the result; several ranges of keys are merged and sorted side by side.
//! The tokens that every vocabulary holds are inserted while the rows are read. Memory does not depend on the number of
//! tokens: it is the merge's buffers at first, then the sort's limit and the rows of one call.

use crate::base::error::Error;
use crate::base::substring_key::SubstringKey;
use crate::base::threads;
use crate::counts::segment::Sums;
use crate::result::columns::Columns;
use crate::result::constant_rows::ConstantRows;
use crate::result::json::ObjectWriter;
use crate::result::merge::merge;
use crate::result::read_buffer::ByteSource;
use crate::result::row_sort::RowSorter;
use crate::result::segment_source::SegmentSource;
use crate::result::sorted_rows::JoinedRows;

/// Largest number of tokens in each list of most frequent tokens.
pub(crate) const TOP: usize = 20;

/// Pairs of a token and its total count.
pub(crate) type Tokens = Vec<(String, u64)>;

/// Rows of the result, by falling total count, then by token in code-point order. Each row can be read once.
pub struct Frequencies {
    rows: JoinedRows,
    constants: ConstantRows,
    totals: MergeTotals,
    written: Written,
    json: ObjectWriter,
    /// Least total count of a sampled token that is returned.
    min_count: u64,
    ended: bool,
}

/// Sums over all tokens of the merge, by language.
pub struct MergeTotals {
    /// For each language, the sum of the counts in its segments.
    pub merged: Vec<u64>,
    /// For each language, the number of tokens and the sum of their counts in the whole result.
    pub expected: Vec<Sums>,
}

/// Sums and first tokens of the rows that have been read.
#[derive(Default)]
pub struct Written {
    /// Number of tokens below the least count, which are left out, and sum of their total counts.
    pub left_out: Sums,
    /// For each language, the number of tokens that are left out and the sum of their counts.
    pub left_out_of_languages: Vec<Sums>,
    /// Number of tokens and sum of their total counts, over all languages.
    pub all: Sums,
    /// For each language, the number of tokens and the sum of their counts.
    pub languages: Vec<Sums>,
    /// First tokens of the result, the most frequent ones.
    pub top: Tokens,
    /// First tokens of the result that are neither fixed pieces nor special tokens.
    pub top_sampled: Tokens,
    /// For each language, the sampled tokens with the highest counts in it, by falling count, then in code-point order.
    pub top_of_languages: Vec<Tokens>,
}

impl Frequencies {
    /// Merges the sources and sorts the rows of the result, on one thread for each sorter. `batches` has the number of
    /// batches of each language. `special_tokens` are the tokens besides the fixed pieces that every vocabulary held.
    ///
    /// # Errors
    /// `Error::Language` if `batches` has no number for the language of a source; the errors of `merge` and of `RowSorter`;
    /// `Error::Overflow` if a sum exceeds 64 bits.
    pub fn new<S: ByteSource + Sync>(
        sources: &[SegmentSource<S>],
        batches: Vec<u64>,
        special_tokens: &[String],
        sorters: Vec<RowSorter>,
    ) -> Result<Self, Error> {
        let (languages, threads) = (batches.len(), sorters.len());
        if let Some(source) = sources.iter().find(|source| source.language >= languages) {
            return Err(Error::Language { language: source.language, languages });
        }
        let constants = ConstantRows::new(batches, special_tokens)?;
        let replaced = constants.keys();
        let mut ranges: Vec<_> = sorters.into_iter().map(|sorter| Range::new(languages, &replaced, sorter)).collect();
        let takers =
            ranges.iter_mut().map(|range| |key: SubstringKey, counts: &[u64]| range.take(key, counts)).collect();
        merge(sources, languages, takers)?;
        let mut totals = MergeTotals { merged: vec![0; languages], expected: constants.sums()? };
        ranges.iter().try_for_each(|range| totals.add(range))?;
        let rows = threads::map(ranges, threads, |range| range.sorter.finish(languages))?;
        let written = Written {
            languages: vec![Sums::default(); languages],
            left_out_of_languages: vec![Sums::default(); languages],
            top_of_languages: vec![Tokens::default(); languages],
            ..Written::default()
        };
        Ok(Self {
            rows: JoinedRows::new(rows),
            constants,
            totals,
            written,
            json: ObjectWriter::default(),
            min_count: 1,
            ended: false,
        })
    }

    /// Leaves out all sampled tokens whose total count is below `min_count` from the rows that are read from now on.
    pub fn leave_out_below(&mut self, min_count: u64) {
        self.min_count = min_count;
    }

    /// Returns the sums over all tokens of the merge.
    #[must_use]
    pub fn totals(&self) -> &MergeTotals {
        &self.totals
    }

    /// Returns the sums and first tokens of the rows that have been read.
    #[must_use]
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// Returns the next rows: `limit` of them, at least 1, or fewer if no more are left; None after the last row.
    ///
    /// # Errors
    /// `Error::Io` or `Error::Damaged` if a row cannot be read again; `Error::Overflow` if a sum exceeds 64 bits.
    pub fn read(&mut self, limit: usize) -> Result<Option<Columns>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut columns = Columns::new(self.written.languages.len());
        while columns.rows() < limit && !self.ended {
            if let Some(token) = self.constants.next_before(&self.rows) {
                self.push_constant(&token, &mut columns)?;
            } else if self.rows.head().is_some_and(|row| row.total < self.min_count) {
                self.leave_out()?;
            } else {
                self.push_sampled(&mut columns)?;
            }
            self.ended = self.rows.is_empty() && self.constants.is_empty();
        }
        if self.ended {
            self.json.finish(&mut columns.json);
        }
        columns.truncate();
        Ok(Some(columns))
    }

    /// Takes the next sampled row without returning it.
    fn leave_out(&mut self) -> Result<(), Error> {
        let Some(row) = self.rows.head() else { return Ok(()) };
        self.written.left_out.add(row.total)?;
        for (language, count) in row.counts() {
            self.written.left_out_of_languages[language].add(count)?;
        }
        self.rows.advance()
    }

    fn push_constant(&mut self, token: &str, columns: &mut Columns) -> Result<(), Error> {
        let total = self.constants.all_batches;
        columns.push(|text| text.push_str(token), total);
        for (language, &count) in self.constants.batches.iter().enumerate().filter(|&(_, &count)| count > 0) {
            columns.set(language, count);
            self.written.languages[language].add(count)?;
        }
        self.json.push(token, total, &mut columns.json);
        self.written.note(token, total, false)
    }

    fn push_sampled(&mut self, columns: &mut Columns) -> Result<(), Error> {
        let Some(row) = self.rows.head() else { return Ok(()) };
        let start = columns.text.len();
        columns.push(|text| row.key.write_mapped(text), row.total);
        for (language, count) in row.counts() {
            columns.set(language, count);
            self.written.languages[language].add(count)?;
        }
        let token = &columns.text[start..];
        for (language, count) in row.counts() {
            offer(&mut self.written.top_of_languages[language], token, count);
        }
        self.json.push(token, row.total, &mut columns.json);
        self.written.note(token, row.total, true)?;
        self.rows.advance()
    }
}

/// Rows of one range of keys while the range is merged.
struct Range<'a> {
    sorter: RowSorter,
    /// Rising keys that the range does not keep, because `ConstantRows` has the rows of these tokens.
    replaced: &'a [SubstringKey],
    /// Sum of the counts in each language, over all keys.
    merged: Vec<u64>,
    /// Number of tokens and sum of their counts in each language, without the replaced keys.
    kept: Vec<Sums>,
}

impl<'a> Range<'a> {
    fn new(languages: usize, replaced: &'a [SubstringKey], sorter: RowSorter) -> Self {
        Self { sorter, replaced, merged: vec![0; languages], kept: vec![Sums::default(); languages] }
    }

    /// Adds the next key of the range with its counts in each language.
    fn take(&mut self, key: SubstringKey, counts: &[u64]) -> Result<(), Error> {
        add(&mut self.merged, counts)?;
        while self.replaced.first().is_some_and(|&piece| piece < key) {
            self.replaced = &self.replaced[1..];
        }
        if self.replaced.first() == Some(&key) {
            return Ok(());
        }
        for (sums, &count) in self.kept.iter_mut().zip(counts).filter(|&(_, &count)| count > 0) {
            sums.add(count)?;
        }
        self.sorter.push(key, counts)
    }
}

impl MergeTotals {
    fn add(&mut self, range: &Range) -> Result<(), Error> {
        add(&mut self.merged, &range.merged)?;
        for (sums, kept) in self.expected.iter_mut().zip(&range.kept) {
            *sums = sums.plus(*kept)?;
        }
        Ok(())
    }
}

/// Puts a token into a list of the tokens with the highest counts, if it is one of them.
fn offer(top: &mut Tokens, token: &str, count: u64) {
    let is_before = |other: &(String, u64)| other.1 > count || (other.1 == count && *other.0 < *token);
    if top.len() == TOP && top.last().is_some_and(is_before) {
        return;
    }
    top.insert(top.partition_point(is_before), (token.into(), count));
    top.truncate(TOP);
}

fn add(sums: &mut [u64], counts: &[u64]) -> Result<(), Error> {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum = sum.checked_add(*count).ok_or(Error::Overflow)?;
    }
    Ok(())
}

impl Written {
    /// Adds a row to the sums and the first tokens. `sampled` says that not every vocabulary held the token.
    fn note(&mut self, token: &str, total: u64, sampled: bool) -> Result<(), Error> {
        if self.top.len() < TOP {
            self.top.push((token.into(), total));
        }
        if sampled && self.top_sampled.len() < TOP {
            self.top_sampled.push((token.into(), total));
        }
        self.all.add(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::segment::{SegmentWriter, survey};
    use std::path::Path;

    fn source(language: usize, counts: &[(&[u8], u64)]) -> SegmentSource<Vec<u8>> {
        let keyed = counts.iter().map(|(bytes, n)| (bytes.iter().fold(SubstringKey::EMPTY, |key, &b| key.with(b)), *n));
        let mut keyed: Vec<_> = keyed.collect();
        keyed.sort_unstable();
        keyed.dedup_by_key(|entry| entry.0);
        let mut segment = SegmentWriter::default();
        for (key, count) in keyed {
            segment.push(key, count);
        }
        let bytes = segment.finish();
        let (sums, read_points) = survey(&bytes).unwrap();
        SegmentSource { bytes, start: 0, end: u64::MAX, language, sums, read_points }
    }

    fn result(sources: &[SegmentSource<Vec<u8>>], batches: &[u64], special: &[&str]) -> Frequencies {
        let special: Vec<String> = special.iter().copied().map(String::from).collect();
        Frequencies::new(sources, batches.into(), &special, sorters(1)).unwrap()
    }

    #[test]
    fn an_input_of_a_language_without_batches_is_refused() {
        let refused = Frequencies::new(&[source(1, &[(b"ab", 1)])], vec![1], &[], sorters(1)).err();
        assert_eq!(refused, Some(Error::Language { language: 1, languages: 1 }));
    }

    fn sorters(threads: usize) -> Vec<RowSorter> {
        RowSorter::sharing(threads, usize::MAX, Path::new(""))
    }

    fn numbers(column: &[u8]) -> Vec<u64> {
        column.as_chunks().0.iter().map(|&bytes| u64::from_le_bytes(bytes)).collect()
    }

    /// Returns all rows of the result, read with `limit` rows in each call.
    fn rows(result: &mut Frequencies, limit: usize) -> Vec<(String, u64, Vec<u64>)> {
        let mut rows = Vec::new();
        while let Some(columns) = result.read(limit).unwrap() {
            let (offsets, totals) = (numbers(&columns.offsets), numbers(&columns.totals));
            let languages: Vec<_> = columns.languages.iter().map(|column| numbers(column)).collect();
            assert_eq!(offsets.len(), totals.len() + 1);
            for (row, &total) in totals.iter().enumerate() {
                let token = &columns.text[offsets[row] as usize..offsets[row + 1] as usize];
                rows.push((token.into(), total, languages.iter().map(|column| column[row]).collect()));
            }
        }
        rows
    }

    fn sources() -> Vec<SegmentSource<Vec<u8>>> {
        vec![
            source(0, &[(b" the", 3), (b"##", 1), (b"ab", 1)]),
            source(0, &[(b" the", 1), (b"ab", 1)]),
            source(1, &[(b"ab", 2), ("é!".as_bytes(), 2)]),
        ]
    }

    #[test]
    fn tokens_are_sorted_and_pieces_that_are_always_there_count_every_batch() {
        for limit in [1, 7, 396, 1000] {
            let mut result = result(&sources(), &[3, 2], &["<s>", "##", "<s>"]);
            let all = rows(&mut result, limit);
            assert_eq!(all.len(), 391 + 2 + 3);
            let (always, sampled) = all.split_at(393);
            assert!(always.iter().all(|(_, total, counts)| *total == 5 && *counts == [3, 2]));
            assert!(always.is_sorted());
            assert!(["##", "<s>"].iter().all(|piece| always.iter().any(|(token, ..)| token == piece)));
            let expected = [("ab", 4, [2, 2]), ("Ġthe", 4, [4, 0]), ("Ã©!", 2, [0, 2])];
            assert_eq!(sampled, expected.map(|(token, total, counts)| (token.into(), total, counts.into())));
            assert_eq!(result.written().top_sampled, expected.map(|(token, total, _)| (token.into(), total)));
            assert_eq!(result.written().top.len(), TOP);
            let of = |tokens: &[(&str, u64)]| tokens.iter().map(|&(token, count)| (token.into(), count)).collect();
            let expected: [Tokens; 2] = [of(&[("Ġthe", 4), ("ab", 2)]), of(&[("ab", 2), ("Ã©!", 2)])];
            assert_eq!(result.written().top_of_languages, expected);
        }
    }

    #[test]
    fn rare_tokens_are_left_out_and_counted() {
        for (min_count, kept, left_out) in [
            (1, 3, Sums::default()),
            (3, 2, Sums { entries: 1, occurrences: 2 }),
            (5, 0, Sums { entries: 3, occurrences: 10 }),
            (99, 0, Sums { entries: 3, occurrences: 10 }),
        ] {
            for limit in [1, 392, 1000] {
                let mut result = result(&sources(), &[3, 2], &["<s>", "##"]);
                result.leave_out_below(min_count);
                assert_eq!(rows(&mut result, limit).len(), 393 + kept);
                let written = result.written();
                assert_eq!(written.left_out, left_out);
                for (language, &expected) in result.totals().expected.iter().enumerate() {
                    let sum = written.languages[language].plus(written.left_out_of_languages[language]);
                    assert_eq!(sum, Ok(expected));
                }
            }
        }
    }

    #[test]
    fn the_top_of_a_language_is_by_its_own_counts() {
        // In all, the tokens of the second language come first; in the first, they are the rarest. No fixed piece has
        // three characters of which the last is an `x`.
        let names: Vec<String> = (0..60).map(|number| format!("{number:02}x")).collect();
        let first: Vec<(&[u8], u64)> = names.iter().zip(0..).map(|(name, n)| (name.as_bytes(), 1 + n % 7)).collect();
        let second: Vec<(&[u8], u64)> = names.iter().step_by(7).map(|name| (name.as_bytes(), 100)).collect();
        let mut result = result(&[source(0, &first), source(1, &second)], &[300, 300], &[]);
        let rows = rows(&mut result, 100);
        for language in 0..2 {
            let counted = rows
                .iter()
                .filter(|(token, _, counts)| token.len() == 3 && token.ends_with('x') && counts[language] > 0);
            let mut expected: Tokens = counted.map(|(token, _, counts)| (token.clone(), counts[language])).collect();
            expected.sort_by_key(|(token, count)| (std::cmp::Reverse(*count), token.clone()));
            expected.truncate(TOP);
            assert_eq!(result.written().top_of_languages[language], expected);
        }
    }

    #[test]
    fn the_sums_are_those_of_the_runs_and_of_the_pieces() {
        let mut result = result(&sources(), &[3, 2], &["<s>", "##"]);
        assert_eq!(result.totals().merged, [7, 4]);
        assert_eq!(result.totals().expected[0], Sums { entries: 393 + 2, occurrences: 393 * 3 + 6 });
        assert_eq!(result.totals().expected[1], Sums { entries: 393 + 2, occurrences: 393 * 2 + 4 });
        rows(&mut result, 100);
        assert_eq!(result.written().languages, result.totals().expected);
        assert_eq!(result.written().all, Sums { entries: 396, occurrences: 393 * 5 + 10 });
    }

    #[test]
    fn any_number_of_threads_gives_the_same() {
        // A quarter of the fixed pieces, as sampled tokens, and others; many of equal total.
        let segments = || {
            (0..6u64).map(|segment| {
                let tokens: Vec<Vec<u8>> =
                    (0..2000u64).map(|n| (n * 7919 % 3000 + segment).to_string().into_bytes()).collect();
                let entries: Vec<(&[u8], u64)> = tokens.iter().map(|token| (&token[..], segment % 3 + 1)).collect();
                let blanks: Vec<Vec<u8>> = (1..8).map(|length| vec![b' '; length]).collect();
                let blanks = blanks.iter().map(|token| (&token[..], 2)).collect::<Vec<_>>();
                source((segment % 2) as usize, &[entries, blanks].concat())
            })
        };
        let sources: Vec<_> = segments().collect();
        let of_threads = |threads| {
            let mut result = Frequencies::new(&sources, vec![9, 9], &["17".into()], sorters(threads)).unwrap();
            let rows = rows(&mut result, 100);
            (rows, result.totals().merged.clone(), result.totals().expected.clone(), result.written().languages.clone())
        };
        let one = of_threads(1);
        assert!(one.0.len() > 3000 && one.0.is_sorted_by_key(|(_, total, _)| std::cmp::Reverse(*total)));
        assert_eq!(one.2, one.3);
        for threads in [2, 3, 8] {
            assert_eq!(of_threads(threads), one);
        }
    }

    #[test]
    fn a_count_above_that_of_all_batches_comes_first() {
        let all = rows(&mut result(&[source(0, &[(b"ab", 2), (b"zz", 1), (b"AB", 1)])], &[1], &[]), 1000);
        assert_eq!(all[0].0, "ab");
        assert!(all[1..].is_sorted() && all.len() == 394);
    }

    #[test]
    fn without_a_batch_there_is_nothing_but_the_json() {
        let mut result = result(&[], &[0, 0], &["<s>"]);
        let columns = result.read(5).unwrap().unwrap();
        assert_eq!((columns.json.as_slice(), columns.rows()), (b"{}".as_slice(), 0));
        assert!(result.read(5).unwrap().is_none());
    }

    #[test]
    fn sums_beyond_64_bits_are_errors() {
        let high = || source(0, &[(b"ab", u64::MAX)]);
        let overflows =
            |sources: &[_], batches: &[u64]| Frequencies::new(sources, batches.into(), &[], sorters(1)).err();
        assert_eq!(overflows(&[high()], &[1]), Some(Error::Overflow));
        assert_eq!(overflows(&[], &[u64::MAX, 1]), Some(Error::Overflow));
        assert_eq!(overflows(&[], &[1 << 63]), Some(Error::Overflow));
        let batches = u64::MAX / 391;
        let mut both = Frequencies::new::<Vec<u8>>(&[], vec![batches / 2 + 1; 2], &[], sorters(1)).unwrap();
        assert_eq!(both.read(1000).err(), Some(Error::Overflow));
    }
}
