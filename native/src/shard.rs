//! Runs shards: contiguous ranges of one stream's draws, whose substrings are counted.
//!
//! Draw j uses the stream batches `j+1 ..= j+W` and the random path `(seed, "draw", language, pool, j)`, so a shard is
//! a pure function of its parameters and the column, and any division of a stream into shards gives the same sum.

use crate::base::bytelevel::{FIXED_PIECES, TRAINING_LONGEST};
use crate::base::error::Error;
use crate::base::rng::Rng;
use crate::counts::tally::Tally;
use crate::draw::scan::Columns;
use crate::draw::scored_pieces::scored_pieces;
use crate::draw::vocabulary::Drawer;
use crate::pool::batch_counts::BatchCounts;
use crate::pool::sliding_pool::Pool;
use crate::pool::substring_rule::SubstringRule;
use crate::text::assembly::{StreamId, TextRule};
use crate::text::source::{Pooling, SourceLanguage, TextSource};

/// Size of a pool (SPEC section 2, "Stream batches and pool").
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "python", derive(pyo3::FromPyObject))]
pub struct PoolSize {
    /// Number of texts in a stream batch (B), at least 1.
    pub batch_texts: u64,
    /// Number of stream batches in the pool (W), at least 1.
    pub batches: u64,
}

/// Random size and noise of a vocabulary (SPEC section 2, "One draw").
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "python", derive(pyo3::FromPyObject))]
pub struct VocabularyLaw {
    /// Mean of the vocabulary size in pieces, before the size is limited to the bounds.
    pub size_mean: f64,
    /// Standard deviation of the vocabulary size in pieces.
    pub size_std: f64,
    /// Least vocabulary size allowed, in pieces; above the number of fixed pieces.
    pub size_min: u64,
    /// Largest vocabulary size allowed, in pieces; above the number of fixed pieces. It wins over a larger `size_min`.
    pub size_max: u64,
    /// Median of the noise level; 0 for no noise.
    pub noise_mean: f64,
    /// Standard deviation of the noise level's natural logarithm.
    pub noise_std: f64,
}

impl VocabularyLaw {
    /// Checks the bounds of all fields.
    ///
    /// # Errors
    /// `Error::Parameter` for a minimum or a maximum of at most 391, a number that is not finite, or a standard deviation
    /// or noise that is negative.
    fn check(&self) -> Result<(), Error> {
        let levels = [self.size_std, self.noise_mean, self.noise_std];
        if self.size_min.min(self.size_max) <= FIXED_PIECES {
            Err(Error::Parameter("the smallest and the largest vocabulary must exceed 391 pieces"))
        } else if !self.size_mean.is_finite() || !levels.iter().all(|x| x.is_finite() && *x >= 0.0) {
            Err(Error::Parameter("sizes and noise levels must be finite, deviations and noise not negative"))
        } else {
            Ok(())
        }
    }

    /// Draws the number of substrings in a vocabulary: its random size without the fixed pieces.
    fn substrings(&self, rng: &mut Rng) -> u64 {
        let size = libm::trunc(self.size_mean + self.size_std * rng.normal());
        // Not `clamp`, which panics where the maximum is below the minimum: there the maximum wins, as in the training.
        size.max(self.size_min as f64).min(self.size_max as f64) as u64 - FIXED_PIECES
    }

    /// Draws the noise level: the standard deviation of the noise on relative scores.
    fn noise(&self, rng: &mut Rng) -> f64 {
        let level = self.noise_std * rng.normal();
        if self.noise_mean > 0.0 { libm::exp(libm::log(self.noise_mean) + level) } else { 0.0 }
    }
}

/// Counts of a shard's draws that are counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardCounts {
    /// Number of the draws.
    pub draws: u64,
    /// Segment of (substring, number of vocabularies of these draws that held the substring).
    pub segment: Vec<u8>,
    /// Sum of the shortfalls of all vocabularies, in substrings; 0 if every pool had enough substrings. The shortfall
    /// and the sum of the segment's counts add up to `expected_occurrences`.
    pub shortfall: u128,
}

/// Vocabulary of one draw, with the texts that the draw put into the pool.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnVocabulary {
    /// Index of the draw's language among the languages that are counted apart.
    pub language: usize,
    /// Noise level: the standard deviation of the noise on relative scores.
    pub noise: f64,
    /// Pieces with their Unigram scores, in the order of `scored_pieces`.
    pub pieces: Vec<(String, f64)>,
    /// Texts of the newest stream batch in the order of the stream, equal ones too, each with the index of its language.
    pub texts: Vec<(usize, String)>,
}

/// Returns the sum of the drawn vocabulary sizes, without the fixed pieces, over the draws
/// `first_draw .. first_draw + draws`. No text is read. Time: some 0.3 µs a draw.
///
/// # Errors
/// `Error::Parameter` if a field of `vocabulary` is out of range; `Error::Overflow` if the number of a draw exceeds 64
/// bits.
pub fn expected_occurrences(
    id: &StreamId,
    vocabulary: &VocabularyLaw,
    first_draw: u64,
    draws: u64,
) -> Result<u128, Error> {
    vocabulary.check()?;
    let end = first_draw.checked_add(draws).ok_or(Error::Overflow)?;
    Ok((first_draw..end).map(|draw| u128::from(vocabulary.substrings(&mut randomness(id, draw)))).sum())
}

/// Returns the random stream of a draw. Its first value gives the vocabulary's size.
fn randomness(id: &StreamId, draw: u64) -> Rng {
    id.path("draw").index(draw).key().stream()
}

/// Runner of the shards of one stream.
pub struct ShardRunner {
    source: TextSource,
    id: StreamId,
    pool_size: PoolSize,
    vocabulary: VocabularyLaw,
    pool: Pool<u32>,
    drawer: Drawer,
    /// Counts of the draws of each language that is counted apart.
    tallies: Vec<Tally>,
    /// Number of the draw that the pool is filled for, except for the draw's last stream batch; None for an empty pool.
    ready: Option<u64>,
    batch: BatchTexts,
}

impl ShardRunner {
    /// Makes a runner for the stream `id` over the rows of the languages. The language of `id` is the one language, or
    /// the name of the stream of all languages.
    ///
    /// # Errors
    /// The errors of `TextSource::new`; `Error::Parameter` if a field of `vocabulary` is out of range, if the pool's size
    /// is 0, or if its texts may have 2^32 characters or more.
    pub fn new(
        languages: &[SourceLanguage],
        pooling: Pooling,
        id: StreamId,
        texts: &TextRule,
        pool_size: PoolSize,
        vocabulary: VocabularyLaw,
    ) -> Result<Self, Error> {
        vocabulary.check()?;
        if pool_size.batch_texts == 0 || pool_size.batches == 0 {
            return Err(Error::Parameter("the pool needs at least one text and one batch"));
        }
        // At most one substring of each length begins at each character, the space in front and the extra 0 included.
        let starts = texts
            .span
            .checked_add(2)
            .and_then(|n| n.checked_mul(pool_size.batch_texts)?.checked_mul(pool_size.batches));
        if starts.is_none_or(|n| u32::try_from(n).is_err()) {
            return Err(Error::Parameter("the pool may hold 2^32 characters or more"));
        }
        let source = TextSource::new(languages, pooling, pool_size.batch_texts, (id.seed, id.pool), texts)?;
        Ok(Self {
            tallies: empty_tallies(&source),
            source,
            id,
            pool_size,
            vocabulary,
            pool: Pool::default(),
            drawer: Drawer::default(),
            ready: None,
            batch: BatchTexts::default(),
        })
    }

    /// Runs the draws `first_draw .. first_draw + draws` and counts their substrings. Returns the counts of each language
    /// that is counted apart, in the order of the languages. The pool is kept, so that a shard that begins at the end of
    /// the last shard needs no filling.
    ///
    /// # Errors
    /// The errors of the stream; `Error::Overflow` if scores exceed 64 bits; `Error::Parameter` for 2^32 draws or more,
    /// or if the number of a text that the draws need exceeds 64 bits.
    pub fn run(&mut self, first_draw: u64, draws: u64) -> Result<Vec<ShardCounts>, Error> {
        self.check_reach(first_draw, draws)?;
        let mut counts = vec![ShardCounts::default(); self.source.counted_languages()];
        if draws == 0 {
            return Ok(counts);
        }
        if u32::try_from(draws).is_err() {
            return Err(Error::Parameter("a shard has fewer than 2^32 draws"));
        }
        self.fill_for(first_draw)?;
        for draw in first_draw..first_draw + draws {
            let newest = draw + self.pool_size.batches;
            self.put_batch(newest)?;
            let language = self.source.counted_language(newest);
            counts[language].draws += 1;
            let mut rng = randomness(&self.id, draw);
            let substrings = self.vocabulary.substrings(&mut rng);
            let noise = self.vocabulary.noise(&mut rng);
            let members = self.drawer.members(&self.pool, noise, substrings, &mut rng);
            if (members.len() as u64) < substrings {
                // The shortfall follows from the pool's substrings, not from `members`: if the draw took too few
                // substrings by mistake, the sums do not add up, and the size check reports it.
                let eligible = Columns::of(&self.pool).eligible();
                counts[language].shortfall += u128::from(substrings.saturating_sub(eligible));
            }
            self.tallies[language].add(members, self.pool.substrings());
        }
        for (counts, tally) in counts.iter_mut().zip(&mut self.tallies) {
            counts.segment = tally.take_segment(self.pool.substrings());
        }
        self.ready = Some(first_draw + draws);
        Ok(counts)
    }

    /// Runs the draw number `draw` and returns its vocabulary, whose substrings are those that `run` counts for this
    /// draw. The pool is kept, so that a later draw near this one needs less filling.
    ///
    /// # Errors
    /// The errors of `run`.
    pub fn vocabulary(&mut self, draw: u64) -> Result<DrawnVocabulary, Error> {
        self.check_reach(draw, 1)?;
        self.fill_for(draw)?;
        let newest = draw + self.pool_size.batches;
        self.put_batch(newest)?;
        let mut rng = randomness(&self.id, draw);
        let substrings = self.vocabulary.substrings(&mut rng);
        let noise = self.vocabulary.noise(&mut rng);
        let size = (noise, substrings);
        let pieces = scored_pieces(&mut self.drawer, &self.pool, TRAINING_LONGEST, size, &mut rng);
        self.ready = Some(draw + 1);
        let first = newest * self.pool_size.batch_texts;
        let texts =
            self.batch.all().zip(first..).map(|(text, index)| (self.source.language_of_text(index), text.into()));
        Ok(DrawnVocabulary { language: self.source.counted_language(newest), noise, pieces, texts: texts.collect() })
    }

    /// Checks that the numbers of all texts that the draws need fit 64 bits.
    fn check_reach(&self, first_draw: u64, draws: u64) -> Result<(), Error> {
        let last_batch = first_draw.checked_add(draws).and_then(|draw| draw.checked_add(self.pool_size.batches));
        match last_batch.and_then(|batch| batch.checked_add(1)?.checked_mul(self.pool_size.batch_texts)) {
            Some(_) => Ok(()),
            None => Err(Error::Parameter("the draws need texts whose numbers exceed 64 bits")),
        }
    }

    /// Fills the pool for a draw, except for the draw's last stream batch. The kept pool slides to the draw if that takes
    /// fewer stream batches than an empty pool does.
    fn fill_for(&mut self, draw: u64) -> Result<(), Error> {
        let window = self.pool_size.batches;
        // `take` leaves None, so that the next shard fills the pool anew if this one fails.
        let kept = self.ready.take().filter(|&ready| ready <= draw && draw - ready < window);
        if kept.is_none() {
            (self.pool, self.tallies) = (Pool::default(), empty_tallies(&self.source));
        }
        let first = kept.map_or(draw + 1, |ready| ready + window);
        (first..draw + window).try_for_each(|batch| self.put_batch(batch))
    }

    /// Puts the stream batch with the index `batch` into the pool, which loses its oldest one if it is full.
    fn put_batch(&mut self, batch: u64) -> Result<(), Error> {
        let pretokens = self.count_batch(batch)?;
        if self.pool.len() as u64 == self.pool_size.batches {
            self.pool.slide(pretokens).map_err(|_| Error::Overflow)?;
            self.pool.sweep(|map, keys| self.tallies.iter_mut().for_each(|tally| tally.compact(map, keys)));
            Ok(())
        } else {
            self.pool.push(pretokens).map_err(|_| Error::Overflow)
        }
    }

    /// Counts the pretokens of the stream batch with the index `batch`; equal texts count once.
    fn count_batch(&mut self, batch: u64) -> Result<BatchCounts<u32>, Error> {
        let first = batch * self.pool_size.batch_texts;
        self.batch.clear();
        for text in first..first + self.pool_size.batch_texts {
            self.source.append_text(text, &mut self.batch.texts)?;
            self.batch.ends.push(self.batch.texts.len());
        }
        self.pool.count(self.batch.distinct().into_iter().map(|text| (text, 1)), SubstringRule::TRAINING)
    }
}

/// Returns a tally without counts for each language that is counted apart.
fn empty_tallies(source: &TextSource) -> Vec<Tally> {
    (0..source.counted_languages()).map(|_| Tally::default()).collect()
}

/// Texts of one stream batch. The memory is kept from one stream batch to the next.
#[derive(Default)]
struct BatchTexts {
    /// All texts, one behind the other.
    texts: String,
    /// Offset in `texts` behind each text, in bytes.
    ends: Vec<usize>,
}

impl BatchTexts {
    fn clear(&mut self) {
        self.texts.clear();
        self.ends.clear();
    }

    /// Yields all texts of the stream batch in their order.
    fn all(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.texts[start..end])
    }

    /// Returns each different text of the stream batch once, in any order.
    fn distinct(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self.all().collect();
        texts.sort_unstable();
        texts.dedup();
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::column::tests::column_of;
    use sha2::{Digest, Sha256};
    use std::sync::Arc;

    fn runner() -> ShardRunner {
        let rows: Vec<String> =
            (0..60).map(|i| format!("line {i} of {} x_{} = \"{}\";\n", "ab".repeat(i % 5), i * i, i % 7)).collect();
        let column = column_of(&rows.iter().map(String::as_str).collect::<Vec<_>>(), 7);
        let id = StreamId { seed: 42, language: "golden".into(), pool: 0 };
        let texts = TextRule { span: 96, pack: true, crop: true, eos: "</s>".into() };
        let pool_size = PoolSize { batch_texts: 8, batches: 4 };
        let vocabulary = VocabularyLaw {
            size_mean: 500.0,
            size_std: 25.0,
            size_min: 400,
            size_max: 600,
            noise_mean: 1e-4,
            noise_std: 4.0,
        };
        let language = SourceLanguage { name: "golden".into(), weight: 1.0, column: Arc::new(column) };
        ShardRunner::new(&[language], Pooling::Separate, id, &texts, pool_size, vocabulary).unwrap()
    }

    /// Compares the digest in a build with few optimizations; `tests/native/test_golden.py` compares the same digest in
    /// the optimized build.
    #[test]
    fn a_shard_is_pinned_whatever_the_compiler_does() {
        let digest = Sha256::digest(&runner().run(5, 40).unwrap()[0].segment);
        let hex = digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(hex, "3760f1febda07fd30d3fb68ae89035d0e46ee807bbf7e3c2734cd4d54d38476b");
    }

    #[test]
    fn a_kept_pool_changes_nothing() {
        let mut kept = runner();
        for (first, draws) in [(0, 3), (3, 2), (5, 0), (5, 1), (20, 2), (4, 3)] {
            assert_eq!(kept.run(first, draws).unwrap(), runner().run(first, draws).unwrap(), "{first}");
        }
    }

    #[test]
    fn a_vocabulary_has_the_substrings_that_are_counted() {
        use crate::counts::segment::SegmentReader;
        let mut kept = runner();
        for draw in [0, 1, 3, 4, 8, 30, 2] {
            let drawn = kept.vocabulary(draw).unwrap();
            assert_eq!(drawn, runner().vocabulary(draw).unwrap(), "{draw}");
            let counts = kept.run(draw + 1, 1).and_then(|_| kept.run(draw, 1)).unwrap().remove(0);
            let mut counted = Vec::new();
            for entry in SegmentReader::new(&counts.segment) {
                let (key, count) = entry.unwrap();
                assert_eq!(count, 1);
                let mut mapped = String::new();
                key.write_mapped(&mut mapped);
                counted.push(mapped);
            }
            let mut pieces: Vec<_> = drawn.pieces[391..].iter().map(|(piece, _)| piece.clone()).collect();
            pieces.sort_unstable();
            assert_eq!(pieces, counted, "{draw}");
            assert_eq!((drawn.language, drawn.texts.len()), (0, 8));
        }
    }

    #[test]
    fn counts_and_shortfall_make_the_drawn_sizes() {
        use crate::counts::segment::Sums;
        for (texts, is_enough) in [(1, false), (3, false), (20, true)] {
            let mut runner = runner();
            runner.pool_size = PoolSize { batch_texts: texts, batches: 1 };
            let counts = runner.run(3, 30).unwrap().remove(0);
            let occurrences = Sums::of_segment(&counts.segment).unwrap().occurrences;
            assert_eq!(
                Ok(u128::from(occurrences) + counts.shortfall),
                expected_occurrences(&runner.id, &runner.vocabulary, 3, 30),
                "{texts}"
            );
            assert_eq!(counts.shortfall == 0, is_enough, "{texts}");
        }
    }

    #[test]
    fn no_sizes_are_too_large_to_be_added() {
        let runner = runner();
        let vocabulary = VocabularyLaw { size_mean: 1e30, size_max: u64::MAX, ..runner.vocabulary };
        assert_eq!(expected_occurrences(&runner.id, &vocabulary, 0, 3), Ok(3 * u128::from(u64::MAX - FIXED_PIECES)));
        assert_eq!(expected_occurrences(&runner.id, &runner.vocabulary, u64::MAX, 1), Err(Error::Overflow));
    }

    #[test]
    fn a_maximum_below_the_minimum_wins() {
        let runner = runner();
        for size_mean in [-1e30, 450.0, 1e30] {
            let vocabulary = VocabularyLaw { size_mean, size_min: 600, size_max: 450, ..runner.vocabulary };
            let drawn = expected_occurrences(&runner.id, &vocabulary, 0, 3);
            assert_eq!(drawn, Ok(3 * u128::from(450 - FIXED_PIECES)), "{size_mean}");
        }
        for (size_min, size_max) in [(391, 600), (600, 391), (0, 0)] {
            let vocabulary = VocabularyLaw { size_min, size_max, ..runner.vocabulary };
            assert!(expected_occurrences(&runner.id, &vocabulary, 0, 3).is_err(), "{size_min} {size_max}");
        }
    }

    #[test]
    fn draws_out_of_reach_are_refused() {
        assert!(runner().run(u64::MAX - 3, 2).is_err());
    }
}
