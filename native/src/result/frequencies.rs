//! The result: every token with the number of vocabularies that held it, for each language and in all.
//!
//! One merge gives the sampled tokens in code-point order, an external sort those by falling count, both side by side
//! for ranges of tokens; the fixed pieces and the special tokens, which every vocabulary holds, are woven in as the rows
//! are read. Memory is the merge's buffers, then the sort's limit and the rows of one reading, whatever the number of
//! tokens.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

use crate::base::bytelevel::{byte_of_character, fixed_pieces};
use crate::base::error::Error;
use crate::base::substring_key::{INLINE_BYTES, SubstringKey};
use crate::base::threads;
use crate::counts::segment::Sums;
use crate::result::json::ObjectWriter;
use crate::result::merge::merge;
use crate::result::read_buffer::ByteSource;
use crate::result::row_sort::{JoinedRows, RowSorter};
use crate::result::segment_source::SegmentSource;

/// How many of the most frequent tokens are remembered.
pub const TOP: usize = 20;

/// Tokens with their total counts.
pub type Tokens = Vec<(String, u64)>;

/// Some rows of the result, by column.
#[derive(Default)]
pub struct Columns {
    /// The rows' part of the JSON.
    pub json: Vec<u8>,
    /// Where each token begins in `text`, and where the last one ends: little-endian 64-bit numbers.
    pub offsets: Vec<u8>,
    /// All tokens, one after the other.
    pub text: String,
    /// The total counts: little-endian 64-bit numbers.
    pub totals: Vec<u8>,
    /// The counts in each language: the same.
    pub languages: Vec<Vec<u8>>,
    /// The rows that the counts have room for: most are 0, so only others are set.
    zeroed: usize,
}

impl Columns {
    fn new(languages: usize) -> Self {
        let languages = vec![Vec::new(); languages];
        Self { offsets: 0u64.to_le_bytes().to_vec(), languages, ..Self::default() }
    }

    fn rows(&self) -> usize {
        self.totals.len() / 8
    }

    /// Begins a row, whose token `write` appends to the text.
    fn push(&mut self, write: impl FnOnce(&mut String), total: u64) {
        write(&mut self.text);
        self.offsets.extend_from_slice(&(self.text.len() as u64).to_le_bytes());
        self.totals.extend_from_slice(&total.to_le_bytes());
        if self.rows() > self.zeroed {
            self.zeroed = (2 * self.zeroed).max(1024);
            self.languages.iter_mut().for_each(|column| column.resize(8 * self.zeroed, 0));
        }
    }

    /// Sets a count of the row that was begun last.
    fn set(&mut self, language: usize, count: u64) {
        let end = self.totals.len();
        self.languages[language][end - 8..end].copy_from_slice(&count.to_le_bytes());
    }

    fn truncate(&mut self) {
        let length = self.totals.len();
        self.languages.iter_mut().for_each(|column| column.truncate(length));
    }
}

/// The rows of the result, by falling total count, then by token in code-point order; each is read once.
pub struct Frequencies {
    rows: JoinedRows,
    always: Always,
    totals: MergeTotals,
    written: Written,
    json: ObjectWriter,
    ended: bool,
}

/// What every vocabulary holds, in code-point order, and the number of vocabularies.
struct Always {
    pieces: Peekable<IntoIter<String>>,
    batches: Vec<u64>,
    all_batches: u64,
}

/// What the segments held, by language.
pub struct MergeTotals {
    /// Occurrences in the segments.
    pub merged: Vec<u64>,
    /// What the result must add up to: tokens and occurrences.
    pub expected: Vec<Sums>,
}

/// What has been read of the result so far.
#[derive(Default)]
pub struct Written {
    /// Tokens, and occurrences.
    pub all: Sums,
    /// The same for each language.
    pub languages: Vec<Sums>,
    /// The most frequent tokens.
    pub top: Tokens,
    /// The most frequent of those that not every vocabulary held.
    pub top_sampled: Tokens,
}

impl Frequencies {
    /// Merges the sources and sorts their rows, on as many threads as there are sorters, at least one; `batches` are those
    /// of each language, and `special_tokens` were in every vocabulary, besides the fixed pieces.
    ///
    /// # Errors
    /// `Error::Language` for a source of a language that has no batches; those of `merge` and of `RowSorter`;
    /// `Error::Overflow` where a sum exceeds 64 bits.
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
        let always = Always::new(batches, special_tokens)?;
        let replaced = always.keys();
        let mut ranges: Vec<_> = sorters.into_iter().map(|sorter| Range::new(languages, &replaced, sorter)).collect();
        let takers =
            ranges.iter_mut().map(|range| |key: SubstringKey, counts: &[u64]| range.take(key, counts)).collect();
        merge(sources, languages, takers)?;
        let mut totals = MergeTotals { merged: vec![0; languages], expected: always.sums()? };
        ranges.iter().try_for_each(|range| totals.add(range))?;
        let rows = threads::map(ranges, threads, |range| range.sorter.finish(languages))?;
        let written = Written { languages: vec![Sums::default(); languages], ..Written::default() };
        Ok(Self { rows: JoinedRows::new(rows), always, totals, written, json: ObjectWriter::default(), ended: false })
    }

    /// What the segments held.
    #[must_use]
    pub fn totals(&self) -> &MergeTotals {
        &self.totals
    }

    /// What has been read so far.
    #[must_use]
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// The next `limit` rows, at least 1, and fewer only at the end; none behind it.
    ///
    /// # Errors
    /// Those of `SortedRows::advance`; `Error::Overflow` where a sum exceeds 64 bits.
    pub fn read(&mut self, limit: usize) -> Result<Option<Columns>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut columns = Columns::new(self.written.languages.len());
        while columns.rows() < limit && !self.ended {
            if let Some(piece) = self.always.next_before(&self.rows) {
                self.push_piece(&piece, &mut columns)?;
            } else {
                self.push_sampled(&mut columns)?;
            }
            self.ended = self.rows.is_empty() && self.always.pieces.peek().is_none();
        }
        if self.ended {
            self.json.finish(&mut columns.json);
        }
        columns.truncate();
        Ok(Some(columns))
    }

    fn push_piece(&mut self, piece: &str, columns: &mut Columns) -> Result<(), Error> {
        let total = self.always.all_batches;
        columns.push(|text| text.push_str(piece), total);
        for (language, &count) in self.always.batches.iter().enumerate().filter(|&(_, &count)| count > 0) {
            columns.set(language, count);
            self.written.languages[language].add(count)?;
        }
        self.json.push(piece, total, &mut columns.json);
        self.written.note(piece, total, false)
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
        self.json.push(token, row.total, &mut columns.json);
        self.written.note(token, row.total, true)?;
        self.rows.advance()
    }
}

/// What is merged of a range of keys.
struct Range<'a> {
    sorter: RowSorter,
    /// The keys, rising, of what has the count of what is always there.
    replaced: &'a [SubstringKey],
    /// Occurrences in each language.
    merged: Vec<u64>,
    /// Tokens and occurrences in each language, without those replaced.
    kept: Vec<Sums>,
}

impl<'a> Range<'a> {
    fn new(languages: usize, replaced: &'a [SubstringKey], sorter: RowSorter) -> Self {
        Self { sorter, replaced, merged: vec![0; languages], kept: vec![Sums::default(); languages] }
    }

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

fn add(sums: &mut [u64], counts: &[u64]) -> Result<(), Error> {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum = sum.checked_add(*count).ok_or(Error::Overflow)?;
    }
    Ok(())
}

impl Written {
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

impl Always {
    fn new(batches: Vec<u64>, special_tokens: &[String]) -> Result<Self, Error> {
        let all_batches = batches.iter().try_fold(0u64, |sum, &n| sum.checked_add(n)).ok_or(Error::Overflow)?;
        let pieces: BTreeSet<String> = fixed_pieces().into_iter().chain(special_tokens.iter().cloned()).collect();
        let pieces: Vec<String> = pieces.into_iter().filter(|_| all_batches > 0).collect();
        Ok(Self { pieces: pieces.into_iter().peekable(), batches, all_batches })
    }

    /// The keys of those that substrings can be, rising.
    fn keys(&self) -> Vec<SubstringKey> {
        self.pieces.clone().filter_map(|piece| key_of_mapped(&piece)).collect()
    }

    /// How many they are, and how often they occur, in each language.
    fn sums(&self) -> Result<Vec<Sums>, Error> {
        let entries = self.pieces.len() as u64;
        let of_language = |&count: &u64| match count {
            0 => Ok(Sums::default()),
            _ => Ok(Sums { entries, occurrences: count.checked_mul(entries).ok_or(Error::Overflow)? }),
        };
        self.batches.iter().map(of_language).collect()
    }

    /// The next of them, where it comes before the next of `rows`.
    fn next_before(&mut self, rows: &JoinedRows) -> Option<String> {
        let piece = self.pieces.peek()?;
        let comes_first = rows.head().is_none_or(|row| match self.all_batches.cmp(&row.total) {
            Ordering::Equal => *piece < row.token(),
            ordering => ordering.is_gt(),
        });
        if comes_first { self.pieces.next() } else { None }
    }
}

/// The key of a mapped string; none where it is that of no substring.
fn key_of_mapped(mapped: &str) -> Option<SubstringKey> {
    let bytes: Vec<u8> = mapped.chars().map(byte_of_character).collect::<Option<_>>()?;
    (bytes.len() <= INLINE_BYTES).then(|| bytes.iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte)))
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
        SegmentSource { bytes, start: 0, language, sums, read_points }
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

    /// All rows, read by `limit`.
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
