//! Source of a pool's texts: one language's stream, or the streams of all languages, which take turns.
//!
//! Languages share pools in two ways (SPEC section 2). In a mixed pool each text draws its language; in a shared pool
//! each stream batch does. Without either, a pool has the texts of one language only.

use std::sync::Arc;

use crate::base::error::Error;
use crate::base::rng::Path;
use crate::text::assembly::{Stream, StreamId, TextRule};
use crate::text::column::TextColumn;
use crate::text::turns::Turns;

/// Way in which the languages of a run share pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Each language has pools of its own.
    Separate,
    /// Each text of a pool draws its language.
    Mixed,
    /// Each stream batch of a pool draws its language.
    Shared,
}

impl Pooling {
    /// Returns the turns of the languages in the pool with the index `pool`; `None` if each language has its own pools.
    ///
    /// # Errors
    /// The errors of `Turns::new`.
    pub fn turns(self, seed: u64, pool: u64, weights: &[f64]) -> Result<Option<Turns>, Error> {
        let purpose = match self {
            Self::Separate => return Ok(None),
            Self::Mixed => "all",
            Self::Shared => "shared",
        };
        Turns::new(Path::new(seed, purpose).index(pool), weights).map(Some)
    }
}

/// Language whose rows become texts of a pool.
pub struct SourceLanguage {
    /// Name of the language, a part of the random paths of its texts.
    pub name: String,
    /// Weight of the language when a turn draws a language; without influence if there are no turns.
    pub weight: f64,
    /// Rows of the language.
    pub column: Arc<TextColumn>,
}

/// Maker of the texts of one pool's stream, by index.
pub struct TextSource {
    streams: Vec<Stream>,
    turns: Option<Turns>,
    pooling: Pooling,
    texts_per_turn: u64,
}

impl TextSource {
    /// Opens the source of the pool with the index `pool`, with `batch_texts` texts in a stream batch.
    ///
    /// # Errors
    /// The errors of `Stream::new` and `Pooling::turns`; `Error::Parameter` if the languages have pools of their own
    /// and there is not exactly one language.
    pub fn new(
        languages: &[SourceLanguage],
        pooling: Pooling,
        batch_texts: u64,
        (seed, pool): (u64, u64),
        rule: &TextRule,
    ) -> Result<Self, Error> {
        if pooling == Pooling::Separate && languages.len() != 1 {
            return Err(Error::Parameter("a pool that is not shared has the texts of one language"));
        }
        let weights: Vec<f64> = languages.iter().map(|language| language.weight).collect();
        let open = |language: &SourceLanguage| {
            let id = StreamId { seed, language: language.name.clone(), pool };
            Stream::new(language.column.clone(), id, rule.clone())
        };
        Ok(Self {
            streams: languages.iter().map(open).collect::<Result<_, _>>()?,
            turns: pooling.turns(seed, pool, &weights)?,
            pooling,
            texts_per_turn: if pooling == Pooling::Shared { batch_texts } else { 1 },
        })
    }

    /// Number of languages whose vocabularies are counted apart: each draw of a shared pool has a language of its own.
    #[must_use]
    pub fn counted_languages(&self) -> usize {
        if self.pooling == Pooling::Shared { self.streams.len() } else { 1 }
    }

    /// Returns the index, among the languages counted apart, of the language of a draw whose newest stream batch is
    /// `batch`.
    #[must_use]
    pub fn counted_language(&self, batch: u64) -> usize {
        match &self.turns {
            Some(turns) if self.pooling == Pooling::Shared => turns.language(batch),
            _ => 0,
        }
    }

    /// Returns the index of the language of the text at index `text` of the pool's stream.
    #[must_use]
    pub fn language_of_text(&self, text: u64) -> usize {
        self.turns.as_ref().map_or(0, |turns| turns.language(text / self.texts_per_turn))
    }

    /// Appends the text at index `text` of the pool's stream to `out`.
    ///
    /// # Errors
    /// The errors of `Stream::append_text`. `out` is then unchanged.
    pub fn append_text(&mut self, text: u64, out: &mut String) -> Result<(), Error> {
        let Some(turns) = &mut self.turns else { return self.streams[0].append_text(text, out) };
        let turn = text / self.texts_per_turn;
        let language = turns.language(turn);
        let own_turn = turns.counts_before(turn)[language];
        self.streams[language].append_text(own_turn * self.texts_per_turn + text % self.texts_per_turn, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::column::tests::column_of;

    const RULE: TextRule = TextRule { span: 9, pack: false, crop: false, eos: String::new() };

    fn languages() -> Vec<SourceLanguage> {
        let rows = |name: &str| (0..50).map(|row| format!("{name}{row}")).collect::<Vec<_>>();
        let language = |name: &str, weight| {
            let rows = rows(name);
            let column = Arc::new(column_of(&rows.iter().map(String::as_str).collect::<Vec<_>>(), 7));
            SourceLanguage { name: name.into(), weight, column }
        };
        vec![language("a", 1.0), language("b", 0.4), language("c", 2.0)]
    }

    fn texts(source: &mut TextSource, range: std::ops::Range<u64>) -> Vec<String> {
        let one = |text| {
            let mut out = String::new();
            source.append_text(text, &mut out).unwrap();
            out
        };
        range.map(one).collect()
    }

    /// Every text is the next one of its language's own stream, in turns of `turn` texts.
    fn assert_takes_turns(pooling: Pooling, turn: usize) {
        let languages = languages();
        let mut source = TextSource::new(&languages, pooling, 4, (5, 2), &RULE).unwrap();
        let mut own: Vec<Stream> = languages
            .iter()
            .map(|one| {
                let id = StreamId { seed: 5, language: one.name.clone(), pool: 2 };
                Stream::new(one.column.clone(), id, RULE).unwrap()
            })
            .collect();
        let mut taken = [0u64; 3];
        for (index, text) in texts(&mut source, 0..400).iter().enumerate() {
            let language = "abc".find(&text[..1]).unwrap();
            let mut expected = String::new();
            own[language].append_text(taken[language], &mut expected).unwrap();
            assert_eq!(*text, expected, "{index}");
            assert_eq!(source.language_of_text(index as u64), language);
            taken[language] += 1;
            assert!(index % turn > 0 || index + turn > 400 || taken[language] % turn as u64 == 1 % turn as u64);
        }
        assert!(taken[2] > taken[0] && taken[0] > taken[1], "{taken:?}");
        let far = texts(&mut source, 390..400);
        assert_eq!(texts(&mut TextSource::new(&languages, pooling, 4, (5, 2), &RULE).unwrap(), 390..400), far);
    }

    #[test]
    fn texts_of_a_mixed_pool_take_turns() {
        assert_takes_turns(Pooling::Mixed, 1);
    }

    #[test]
    fn stream_batches_of_a_shared_pool_take_turns() {
        assert_takes_turns(Pooling::Shared, 4);
    }

    #[test]
    fn a_pool_of_one_language_has_its_texts() {
        let languages = languages();
        let mut source = TextSource::new(&languages[..1], Pooling::Separate, 4, (5, 2), &RULE).unwrap();
        let id = StreamId { seed: 5, language: "a".into(), pool: 2 };
        let mut stream = Stream::new(languages[0].column.clone(), id, RULE).unwrap();
        let mut expected = String::new();
        stream.append_text(17, &mut expected).unwrap();
        assert_eq!(texts(&mut source, 17..18), [expected]);
        assert!(TextSource::new(&languages, Pooling::Separate, 4, (5, 2), &RULE).is_err());
    }
}
