//! A shard: a contiguous run of one stream's draws, counted.
//!
//! Draw j uses the stream batches `j+1 ..= j+W` and the random path `(seed, "draw", language, pool, j)`, so a shard is
//! a pure function of its parameters and the column, and any cutting of a run into shards gives the same sum.

use crate::bytelevel::FIXED_PIECES;
use crate::column::TextColumn;
use crate::error::Error;
use crate::pool::Pool;
use crate::pretokens::Cut;
use crate::rng::Rng;
use crate::stream::{Assembly, Stream, StreamId};
use crate::tally::Tally;
use crate::vocabulary::Drawer;

/// How large the pool is.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Texts in a stream batch (B).
    pub batch_texts: u64,
    /// Stream batches in the pool (W).
    pub batches: u64,
}

/// The random size and noise of a draw.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Mean of the vocabulary size.
    pub mean: f64,
    /// Standard deviation of the vocabulary size.
    pub deviation: f64,
    /// The smallest vocabulary, above the number of fixed pieces.
    pub min: u64,
    /// The largest vocabulary.
    pub max: u64,
    /// The median of the noise level; 0 for no noise.
    pub noise_mean: f64,
    /// The standard deviation of the noise level's logarithm.
    pub noise_deviation: f64,
}

impl Sizes {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `Error::Parameter` for a minimum of at most 391, a maximum below it, or a number that is negative or not
    /// finite.
    pub fn check(&self) -> Result<(), Error> {
        let levels = [self.deviation, self.noise_mean, self.noise_deviation];
        if self.min <= FIXED_PIECES || self.max < self.min {
            Err(Error::Parameter("the smallest vocabulary must exceed 391 pieces and not exceed the largest"))
        } else if !self.mean.is_finite() || !levels.iter().all(|x| x.is_finite() && *x >= 0.0) {
            Err(Error::Parameter("sizes and noise levels must be finite, deviations and noise not negative"))
        } else {
            Ok(())
        }
    }

    /// The number of substrings in a vocabulary, at random.
    fn substrings(&self, rng: &mut Rng) -> u64 {
        let size = libm::trunc(self.mean + self.deviation * rng.normal());
        size.clamp(self.min as f64, self.max as f64) as u64 - FIXED_PIECES
    }

    /// The standard deviation of the noise on relative scores, at random.
    fn noise(&self, rng: &mut Rng) -> f64 {
        let level = self.noise_deviation * rng.normal();
        if self.noise_mean > 0.0 { libm::exp(libm::log(self.noise_mean) + level) } else { 0.0 }
    }
}

/// Runs the draws `first_draw .. first_draw + draws` of a stream and returns their tally as a sorted run.
///
/// # Errors
/// Those of the column and of the pool; `Error::Parameter` for an empty window or for draws out of reach.
pub fn run_shard(
    column: &TextColumn,
    id: &StreamId,
    assembly: Assembly,
    window: Window,
    sizes: &Sizes,
    first_draw: u64,
    draws: u64,
) -> Result<Vec<u8>, Error> {
    sizes.check()?;
    if window.batch_texts == 0 || window.batches == 0 {
        return Err(Error::Parameter("the pool needs at least one text and one batch"));
    }
    let last_batch = first_draw.checked_add(draws).and_then(|draw| draw.checked_add(window.batches));
    if last_batch.and_then(|batch| batch.checked_add(1)?.checked_mul(window.batch_texts)).is_none() {
        return Err(Error::Parameter("the draws need texts whose numbers exceed 64 bits"));
    }
    let mut stream = Stream::new(column, id.clone(), assembly)?;
    let mut pool = Pool::default();
    let mut drawer = Drawer::default();
    let mut tally = Tally::default();
    for batch in first_draw + 1..first_draw + window.batches {
        push_batch(&mut stream, &mut pool, batch, window)?;
    }
    for draw in first_draw..first_draw + draws {
        push_batch(&mut stream, &mut pool, draw + window.batches, window)?;
        let mut rng = id.path("draw").index(draw).key().stream();
        let substrings = sizes.substrings(&mut rng);
        let noise = sizes.noise(&mut rng);
        let members = drawer.members(&pool, noise, substrings, &mut rng);
        tally.add(members, pool.substrings());
        pool.pop_oldest();
    }
    Ok(tally.into_run(pool.substrings()))
}

/// Counts stream batch `batch`, identical texts once, and puts it into the pool.
fn push_batch(stream: &mut Stream, pool: &mut Pool, batch: u64, window: Window) -> Result<(), Error> {
    let first = batch * window.batch_texts;
    let texts = (first..first + window.batch_texts).map(|t| stream.text(t));
    let mut texts = texts.collect::<Result<Vec<String>, Error>>()?;
    texts.sort_unstable();
    texts.dedup();
    let slot = pool.count(texts.iter().map(|text| (text.as_str(), 1)), Cut::TRAINING)?;
    pool.push(slot)
}
