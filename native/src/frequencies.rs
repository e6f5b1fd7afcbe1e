//! The result: every token with the number of vocabularies that held it, for each language and in all.
//!
//! Built from runs in one merge, which gives tokens in code-point order; the fixed pieces and the special tokens,
//! which every vocabulary holds, are woven in; a stable sort by falling count then gives the order of the output.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::bytelevel::fixed_pieces;
use crate::error::Error;
use crate::runs::{checked_sum, merge};

/// What one language brings to the result.
pub struct LanguageRuns<'a> {
    /// How many vocabularies were drawn.
    pub batches: u64,
    /// Their sorted runs, in any order.
    pub runs: Vec<&'a [u8]>,
}

/// Tokens and counts, sorted by total count falling, then by token in code-point order.
pub struct Frequencies {
    /// All tokens, one after the other.
    text: String,
    /// Where each token ends in `text`, in code-point order of the tokens.
    ends: Vec<usize>,
    /// The total count of each token, in the same order.
    totals: Vec<u64>,
    /// The counts in each language, in the same order.
    languages: Vec<Vec<u64>>,
    /// The numbers of the tokens in the order of the output.
    order: Vec<u32>,
}

impl Frequencies {
    /// Merges the runs of all languages; `special_tokens` were in every vocabulary.
    ///
    /// # Errors
    /// `Error::Run` for a damaged run; `Error::Overflow` where a sum exceeds 64 bits.
    pub fn new(languages: &[LanguageRuns], special_tokens: &[String]) -> Result<Self, Error> {
        let batches: Vec<u64> = languages.iter().map(|l| l.batches).collect();
        let always: BTreeSet<String> = fixed_pieces().into_iter().chain(special_tokens.iter().cloned()).collect();
        let mut always = always.into_iter().peekable();
        let of_run: Vec<usize> =
            languages.iter().enumerate().flat_map(|(n, l)| std::iter::repeat_n(n, l.runs.len())).collect();
        let runs: Vec<&[u8]> = languages.iter().flat_map(|l| l.runs.iter().copied()).collect();
        let mut rows = Self::empty(languages.len());
        let (mut token, mut counts) = (String::new(), vec![0; languages.len()]);
        merge(&runs, |key, found| {
            token.clear();
            key.write_mapped(&mut token);
            while let Some(piece) = always.next_if(|piece| *piece < token) {
                rows.push(&piece, &batches)?;
            }
            if always.peek() == Some(&token) {
                return Ok(()); // woven in at the next token, or at the end, with the count of a piece that is always there
            }
            counts.fill(0);
            for &(run, count) in found {
                let sum = &mut counts[of_run[run]];
                *sum = checked_sum([*sum, count].into_iter())?;
            }
            rows.push(&token, &counts)
        })?;
        always.try_for_each(|piece| rows.push(&piece, &batches))?;
        rows.order = (0..rows.totals.len() as u32).collect();
        rows.order.sort_by_key(|&n| Reverse(rows.totals[n as usize]));
        Ok(rows)
    }

    fn empty(languages: usize) -> Self {
        let languages = vec![Vec::new(); languages];
        Self { text: String::new(), ends: Vec::new(), totals: Vec::new(), languages, order: Vec::new() }
    }

    fn push(&mut self, token: &str, counts: &[u64]) -> Result<(), Error> {
        let total = checked_sum(counts.iter().copied())?;
        if total == 0 {
            return Ok(());
        }
        debug_assert!(self.ends.is_empty() || self.token(self.ends.len() - 1).cmp(token) == Ordering::Less);
        self.text.push_str(token);
        self.ends.push(self.text.len());
        self.totals.push(total);
        for (column, &count) in self.languages.iter_mut().zip(counts) {
            column.push(count);
        }
        Ok(())
    }

    fn token(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.text[start..self.ends[number]]
    }

    /// The number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is no token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The sum of all counts.
    ///
    /// # Errors
    /// `Error::Overflow` where it exceeds 64 bits.
    pub fn occurrences(&self) -> Result<u64, Error> {
        checked_sum(self.totals.iter().copied())
    }

    /// Tokens with their total counts, in the order of the output.
    pub fn totals(&self) -> impl Iterator<Item = (&str, u64)> {
        self.order.iter().map(|&n| (self.token(n as usize), self.totals[n as usize]))
    }

    /// The counts in one language, by its place, in the order of the output; none where there is no such language.
    #[must_use]
    pub fn language(&self, language: usize) -> Option<impl Iterator<Item = u64>> {
        let column = self.languages.get(language)?;
        Some(self.order.iter().map(|&n| column[n as usize]))
    }

    /// Writes the totals as one JSON object: indent 2, not ASCII-escaped, the bytes that Python's `json.dumps` gives.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let mut separator = "{\n  ";
        for (token, count) in self.totals() {
            out.write_all(separator.as_bytes())?;
            write_json_string(token, out)?;
            write!(out, ": {count}")?;
            separator = ",\n  ";
        }
        out.write_all(if self.is_empty() { b"{}" } else { b"\n}" })
    }
}

fn write_json_string(text: &str, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0C => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.write_all(&text.as_bytes()[plain..at])?;
        if escape.is_empty() {
            write!(out, "\\u{byte:04x}")?;
        } else {
            out.write_all(escape.as_bytes())?;
        }
        plain = at + 1;
    }
    out.write_all(&text.as_bytes()[plain..])?;
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::RunWriter;
    use crate::substrings::Key;

    fn run_of(counts: &[(&[u8], u64)]) -> Vec<u8> {
        let keyed = counts.iter().map(|(bytes, n)| (bytes.iter().fold(Key::EMPTY, |key, &b| key.with(b)), *n));
        let mut keyed: Vec<_> = keyed.collect();
        keyed.sort_unstable();
        let mut run = RunWriter::default();
        for (key, count) in keyed {
            run.push(key, count);
        }
        run.finish()
    }

    #[test]
    fn tokens_are_sorted_and_pieces_that_are_always_there_count_every_batch() {
        let first = run_of(&[(b" the", 3), (b"##", 1), (b"ab", 1)]);
        let second = run_of(&[(b" the", 1), (b"ab", 1)]);
        let third = run_of(&[(b"ab", 2), ("é!".as_bytes(), 2)]);
        let languages =
            [LanguageRuns { batches: 3, runs: vec![&first, &second] }, LanguageRuns { batches: 2, runs: vec![&third] }];
        let result = Frequencies::new(&languages, &["<s>".into(), "##".into(), "<s>".into()]).unwrap();
        let totals: Vec<(&str, u64)> = result.totals().collect();
        assert_eq!(totals.len(), 391 + 2 + 3);
        assert!(totals[..393].iter().all(|&(_, n)| n == 5));
        assert!(totals[..393].is_sorted());
        assert!(totals.contains(&("##", 5)) && totals.contains(&("<s>", 5)));
        assert_eq!(totals[393..], [("ab", 4), ("Ġthe", 4), ("Ã©!", 2)]);
        assert_eq!(result.language(0).unwrap().collect::<Vec<_>>()[393..], [2, 4, 0]);
        assert_eq!(result.language(1).unwrap().collect::<Vec<_>>()[393..], [2, 0, 2]);
    }

    #[test]
    fn json_is_escaped_and_indented() {
        let mut out = Vec::new();
        write_json_string("a\"\\\n\u{1}\u{7f}Ġé", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"a\\\"\\\\\\n\\u0001\u{7f}Ġé\"");
        let mut out = Vec::new();
        let run = run_of(&[(b"xy", 1)]);
        let languages = [LanguageRuns { batches: 1, runs: vec![&run] }];
        Frequencies::new(&languages, &[]).unwrap().write_json(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("{\n  \"!\": 1,\n  \"\\\"\": 1,\n") && text.ends_with(": 1\n}"), "{text}");
        assert_eq!(text.lines().count(), 392 + 2);
    }
}
