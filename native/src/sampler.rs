//! Sampler for training code: each call takes a map of texts, and returns a list of pieces and scores.

use crate::base::bytelevel::{FIXED_PIECES, fixed_pieces};
use crate::base::error::Error;
use crate::base::rng::Rng;
use crate::draw::vocabulary::Drawer;
use crate::pool::batch_counts::BatchCounts;
use crate::pool::sliding_pool::Pool;
use crate::pool::substring_rule::SubstringRule;

/// Score of a piece whose noised score is not above 0, and of the 256 bytes if the pool is empty.
const NO_SCORE: f64 = -100_000.0;

/// Parameters of one call of the sampler.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Size of the vocabulary in pieces, fixed pieces included.
    pub seed_size: u64,
    /// Stride and length limits of the substrings that are taken from the texts of this call.
    pub rule: SubstringRule,
    /// Noise level: the standard deviation of the noise on relative scores.
    pub noise: f64,
    /// True if the pool's oldest stream batch is removed before the draw, and pieces are returned.
    pub pop_previous: bool,
    /// True if the texts of this call stay in the pool.
    pub push_current: bool,
}

/// Sampler with a pool of counted texts. The texts of one call are one stream batch of the pool.
#[derive(Default)]
pub struct Sampler {
    pool: Pool<u64>,
    drawer: Drawer,
}

impl Sampler {
    /// Adds `texts`, pairs of a text and its count, to the pool as its newest stream batch. With `pop_previous`, draws
    /// a vocabulary and returns its pieces with their scores: bytes, white-space pieces, then substrings by falling
    /// noised score.
    ///
    /// # Errors
    /// `Error::Parameter` for noise that is negative or not finite; `Error::Overflow` if a sum of scores exceeds 64 bits.
    /// After an error the pool is as it was before the call.
    pub fn sample<'a>(
        &mut self,
        texts: impl IntoIterator<Item = (&'a str, u64)>,
        call: Call,
        rng: &mut Rng,
    ) -> Result<Vec<(String, f64)>, Error> {
        if !call.noise.is_finite() || call.noise < 0.0 {
            return Err(Error::Parameter("noise_std must be finite and not negative"));
        }
        let current = self.pool.count(texts, call.rule)?;
        let popped = if call.pop_previous { self.pool.pop_oldest() } else { None };
        if self.pool.push(current).is_err() {
            self.put_back(popped)?;
            return Err(Error::Overflow);
        }
        let pieces = if call.pop_previous { self.pieces(call, rng) } else { Vec::new() };
        if !call.push_current {
            self.pool.pop_newest();
            self.put_back(popped)?;
        }
        self.pool.sweep(|_, _| {});
        Ok(pieces)
    }

    /// Adds the stream batch that this call removed to the pool again, as its oldest one.
    fn put_back(&mut self, popped: Option<BatchCounts<u64>>) -> Result<(), Error> {
        popped.map_or(Ok(()), |counts| self.pool.push_oldest(counts)).map_err(|_| Error::Overflow)
    }

    /// Draws a vocabulary from the pool, and returns its pieces with their scores.
    fn pieces(&mut self, call: Call, rng: &mut Rng) -> Vec<(String, f64)> {
        let total = self.pool.total() as f64;
        let byte_score = self.pool.min_score().map_or(NO_SCORE, |score| libm::log(score as f64 / total));
        let needed = call.seed_size.saturating_sub(FIXED_PIECES).max(1);
        let scores = std::iter::repeat_n(byte_score, 256).chain(std::iter::repeat(0.0));
        let mut pieces: Vec<_> = fixed_pieces().into_iter().zip(scores).collect();
        for (id, value) in self.drawer.values(&self.pool, call.noise, needed, rng) {
            let score = if value > 0.0 { libm::log(value) } else { NO_SCORE };
            pieces.push((self.pool.substrings().mapped(id), score));
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;

    fn sample(sampler: &mut Sampler, texts: &[(&str, u64)], noise: f64, push_current: bool) -> Vec<(String, f64)> {
        let call = Call { seed_size: 395, rule: SubstringRule::TRAINING, noise, pop_previous: true, push_current };
        let mut rng = Path::new(1, "sampler test").key().stream();
        sampler.sample(texts.iter().copied(), call, &mut rng).unwrap()
    }

    #[test]
    fn any_noise_gives_finite_falling_scores() {
        for noise in [0.0, 1e-300, 1.0, 1e100, 1e308, f64::MAX] {
            let pieces = sample(&mut Sampler::default(), &[("alpha beta gamma delta", 1)], noise, true);
            let scores: Vec<f64> = pieces[391..].iter().map(|&(_, score)| score).collect();
            assert_eq!(scores.len(), 4);
            assert!(scores.iter().all(|s| s.is_finite()) && scores.is_sorted_by(|a, b| a >= b), "{noise}: {scores:?}");
        }
    }

    #[test]
    fn noise_that_is_no_deviation_is_refused() {
        for noise in [-1e-300, f64::NAN, f64::INFINITY] {
            let call =
                Call { seed_size: 395, rule: SubstringRule::TRAINING, noise, pop_previous: true, push_current: true };
            let mut rng = Path::new(1, "sampler test").key().stream();
            assert!(matches!(Sampler::default().sample([("a b", 1)], call, &mut rng), Err(Error::Parameter(_))));
        }
    }

    #[test]
    fn texts_that_are_not_pushed_leave_the_pool_as_it_was() {
        let mut sampler = Sampler::default();
        sample(&mut sampler, &[("one two", 2)], 0.0, true);
        let before = sampler.pool.total();
        sample(&mut sampler, &[("three", 1)], 0.0, false);
        assert_eq!((sampler.pool.total(), sampler.pool.len()), (before, 1));
    }

    #[test]
    fn known_substrings_stay_bounded() {
        let mut sampler = Sampler::default();
        for number in 0..2000 {
            let text = format!("word{number} other{number}");
            sample(&mut sampler, &[(text.as_str(), 1)], 0.0, number % 3 > 0);
            assert!(sampler.pool.substrings().len() < 1100, "{number}: {}", sampler.pool.substrings().len());
        }
    }
}
