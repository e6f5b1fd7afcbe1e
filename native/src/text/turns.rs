//! Turns: the languages of a sequence that all languages of a run share, one turn after the other.
//!
//! A turn is a text of a mixed pool, or a stream batch of a shared pool (SPEC section 2, "Mixed languages" and "Shared
//! pool"). Each turn draws its language by the weights. It uses the first text, or stream batch, of that language that
//! no earlier turn has used, so its index among the language's own is the number of earlier turns of the language.
//!
//! The language of a turn is a pure function of the seed, the pool and the turn. The number of earlier turns is counted
//! on, turn by turn, at some 10 ns each; only a step back counts from the beginning.

use crate::base::error::Error;
use crate::base::rng::{Path, StreamKey, open_unit};

/// Sequence of turns of several languages.
#[derive(Clone, Debug)]
pub struct Turns {
    key: StreamKey,
    /// Sum of the weights up to each language, this one included.
    bounds: Vec<f64>,
    /// Turn up to which `counts` counts.
    next: u64,
    /// Number of the turns before `next` of each language.
    counts: Vec<u64>,
}

impl Turns {
    /// Makes the sequence whose random choices have the path `path`, for languages with these weights.
    ///
    /// # Errors
    /// `Error::Parameter` if there is no language, or if a weight or the sum of all is not positive and finite.
    pub fn new(path: Path, weights: &[f64]) -> Result<Self, Error> {
        let mut sum = 0.0;
        let add = |weight: &f64| {
            sum += weight;
            (*weight > 0.0 && sum.is_finite()).then_some(sum)
        };
        let bounds: Option<Vec<f64>> = weights.iter().map(add).collect();
        match bounds {
            Some(bounds) if !bounds.is_empty() => {
                Ok(Self { key: path.key(), next: 0, counts: vec![0; bounds.len()], bounds })
            }
            _ => Err(Error::Parameter("a run needs at least one language; weights must be positive and finite")),
        }
    }

    /// Returns the index of the language of a turn.
    #[must_use]
    pub fn language(&self, turn: u64) -> usize {
        let last = self.bounds.len() - 1;
        let point = open_unit(self.key.word(turn)) * self.bounds[last];
        self.bounds[..last].partition_point(|&bound| bound <= point)
    }

    /// Returns the number of turns of each language before `turn`.
    pub fn counts_before(&mut self, turn: u64) -> &[u64] {
        if turn < self.next {
            self.next = 0;
            self.counts.fill(0);
        }
        while self.next < turn {
            let language = self.language(self.next);
            self.counts[language] += 1;
            self.next += 1;
        }
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(weights: &[f64]) -> Turns {
        Turns::new(Path::new(7, "all").index(0), weights).unwrap()
    }

    #[test]
    fn languages_have_turns_by_weight() {
        let mut turns = turns(&[1.0, 2.0, 1.0]);
        let counts = turns.counts_before(40_000).to_vec();
        assert_eq!(counts.iter().sum::<u64>(), 40_000);
        assert!((19_600..20_400).contains(&counts[1]) && (9_700..10_300).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn counts_do_not_depend_on_the_way_to_a_turn() {
        let mut turns = turns(&[0.3, 1.0, 0.01]);
        for turn in [5, 5, 900, 30, 0, 31, 1000] {
            let mut counted = [0; 3];
            (0..turn).for_each(|earlier| counted[turns.language(earlier)] += 1);
            assert_eq!(turns.counts_before(turn), counted, "{turn}");
        }
    }

    #[test]
    fn weights_of_any_size_are_taken() {
        for weights in [[1e-300, 1e300], [f64::MIN_POSITIVE, f64::MIN_POSITIVE]] {
            let turns = turns(&weights);
            assert!((0..1000).all(|turn| turns.language(turn) < 2));
        }
        assert!((0..1000).all(|turn| turns(&[5.0]).language(turn) == 0));
    }

    #[test]
    fn impossible_weights_are_refused() {
        for weights in [&[][..], &[0.0], &[1.0, -1.0], &[f64::NAN], &[1.0, f64::INFINITY], &[f64::MAX, f64::MAX]] {
            assert!(Turns::new(Path::new(7, "all"), weights).is_err(), "{weights:?}");
        }
    }
}
