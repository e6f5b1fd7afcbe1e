//! Sampler for training code: each call takes a map of texts, and returns a list of pieces and scores.

use crate::base::bytelevel::fixed_pieces;
use crate::base::error::Error;
use crate::base::rng::{Path, Rng};
use crate::draw::scored_pieces::scored_pieces;
use crate::draw::vocabulary::Drawer;
use crate::pool::batch_counts::BatchCounts;
use crate::pool::sliding_pool::Pool;
use crate::pool::substring_rule::SubstringRule;

/// Parameters of one call of the sampler.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Size of the vocabulary in pieces, fixed pieces included.
    pub seed_size: u64,
    /// Stride and length limits of the substrings that are taken from the texts of this call. The longest substring is
    /// also the greatest number of repetitions in a white-space piece.
    pub rule: SubstringRule,
    /// Noise level: the standard deviation of the noise on relative scores.
    pub noise: f64,
    /// True if the pool's oldest stream batch is removed before the draw, and pieces are returned.
    pub pop_previous: bool,
    /// True if the texts of this call stay in the pool.
    pub push_current: bool,
    /// Seed of this call alone; `None` for the sampler's seed and the number of the call.
    pub seed: Option<u64>,
}

/// Sampler with a pool of counted texts. The texts of one call are one stream batch of the pool.
pub struct Sampler {
    seed: u64,
    /// Number of calls made; a call that failed is not one.
    calls: u64,
    pool: Pool<u64>,
    drawer: Drawer,
}

impl Sampler {
    /// Makes a sampler with an empty pool. The choices of call number k, counted from 0, are a function of `seed` and
    /// k.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let (pool, drawer) = Default::default();
        Self { seed, calls: 0, pool, drawer }
    }

    /// Adds `texts`, pairs of a text and its count, to the pool as its newest stream batch. With `pop_previous`, draws
    /// a vocabulary and returns its pieces with their scores: bytes, white-space pieces, then substrings by falling
    /// noised score.
    ///
    /// # Errors
    /// `Error::Parameter` for noise that is negative or not finite; `Error::Overflow` if a sum of scores exceeds 64 bits.
    /// After an error the sampler is as it was before the call.
    pub fn sample<'a>(
        &mut self,
        texts: impl IntoIterator<Item = (&'a str, u64)>,
        call: Call,
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
        let pieces = if call.pop_previous { self.pieces(call) } else { Vec::new() };
        self.calls += 1;
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

    /// Returns the random stream of a call.
    fn random_stream(&self, call: Call) -> Rng {
        let number = || Path::new(self.seed, "sampler calls").index(self.calls);
        call.seed.map_or_else(number, |seed| Path::new(seed, "sampler")).key().stream()
    }

    /// Draws a vocabulary from the pool, and returns its pieces with their scores.
    fn pieces(&mut self, call: Call) -> Vec<(String, f64)> {
        let fixed = fixed_pieces(call.rule.longest).len() as u64;
        let needed = call.seed_size.saturating_sub(fixed).max(1);
        let mut rng = self.random_stream(call);
        scored_pieces(&mut self.drawer, &self.pool, call.rule.longest, (call.noise, needed), &mut rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call = Call {
        seed_size: 395,
        rule: SubstringRule::TRAINING,
        noise: 0.0,
        pop_previous: true,
        push_current: true,
        seed: Some(1),
    };

    fn sample(sampler: &mut Sampler, texts: &[(&str, u64)], noise: f64, push_current: bool) -> Vec<(String, f64)> {
        sampler.sample(texts.iter().copied(), Call { noise, push_current, ..CALL }).unwrap()
    }

    #[test]
    fn any_noise_gives_finite_falling_scores() {
        for noise in [0.0, 1e-300, 1.0, 1e100, 1e308, f64::MAX] {
            let pieces = sample(&mut Sampler::new(0), &[("alpha beta gamma delta", 1)], noise, true);
            let scores: Vec<f64> = pieces[391..].iter().map(|&(_, score)| score).collect();
            assert_eq!(scores.len(), 4);
            assert!(scores.iter().all(|s| s.is_finite()) && scores.is_sorted_by(|a, b| a >= b), "{noise}: {scores:?}");
        }
    }

    #[test]
    fn noise_that_is_no_deviation_is_refused() {
        for noise in [-1e-300, f64::NAN, f64::INFINITY] {
            let refused = Sampler::new(0).sample([("a b", 1)], Call { noise, ..CALL });
            assert!(matches!(refused, Err(Error::Parameter(_))));
        }
    }

    #[test]
    fn texts_that_are_not_pushed_leave_the_pool_as_it_was() {
        let mut sampler = Sampler::new(0);
        sample(&mut sampler, &[("one two", 2)], 0.0, true);
        let before = sampler.pool.total();
        sample(&mut sampler, &[("three", 1)], 0.0, false);
        assert_eq!((sampler.pool.total(), sampler.pool.len()), (before, 1));
    }

    #[test]
    fn every_call_has_its_own_choices() {
        let text = [("alpha beta gamma delta epsilon", 1)];
        let mut sampler = Sampler::new(7);
        let numbered = Call { noise: 1.0, push_current: false, seed: None, ..CALL };
        let first: Vec<_> = (0..3).map(|_| sampler.sample(text, numbered).unwrap()).collect();
        assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
        let mut again = Sampler::new(7);
        assert!(again.sample(text, Call { noise: -1.0, ..numbered }).is_err(), "which is no call");
        assert_eq!(first[0], again.sample(text, numbered).unwrap());
        again.sample(text, Call { pop_previous: false, seed: Some(7), ..numbered }).unwrap();
        assert_eq!(first[2], again.sample(text, numbered).unwrap(), "any call counts");
        assert_ne!(first[0], Sampler::new(8).sample(text, numbered).unwrap());
        assert_ne!(first[0], Sampler::new(7).sample(text, Call { seed: Some(7), ..numbered }).unwrap());
    }

    #[test]
    fn white_space_pieces_follow_the_length() {
        for (max_length, fixed) in [(1, 256), (2, 265), (10, 337), (16, 391), (100, 1147)] {
            let call = Call { rule: SubstringRule::new(1, max_length).unwrap(), seed_size: fixed + 2, ..CALL };
            let pieces = Sampler::new(0).sample([("alpha beta", 1)], call).unwrap();
            assert_eq!(pieces.len() as u64, fixed + if max_length > 2 { 2 } else { 0 });
        }
    }

    #[test]
    fn known_substrings_stay_bounded() {
        let mut sampler = Sampler::new(0);
        for number in 0..2000 {
            let text = format!("word{number} other{number}");
            sample(&mut sampler, &[(text.as_str(), 1)], 0.0, number % 3 > 0);
            assert!(sampler.pool.substrings().len() < 1100, "{number}: {}", sampler.pool.substrings().len());
        }
    }
}
