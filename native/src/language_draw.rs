//! Draw of the languages: chooses, for each batch of a run, the language and the pool that the batch draws from.

use crate::base::error::Error;
use crate::base::rng::{Path, StreamKey, open_unit};

/// Language that batches may draw from.
#[derive(Clone, Debug)]
pub struct Language {
    /// Name of the language, which is a part of the random paths of its streams.
    pub name: String,
    /// Weight of the language, positive and finite. A language's share of the batches is its share of all weights.
    pub weight: f64,
}

/// Largest number of pools allowed for a language; it is limited because each pool takes memory.
pub const MAX_POOLS: u64 = 1 << 16;

/// Returns the number of draws of each pool of each language among the batches `0 .. batches`. The outer list has the
/// languages in the given order, the inner list the pools by index.
///
/// # Errors
/// The errors of `Choices::new`.
pub fn count_draws(seed: u64, languages: &[Language], pools: u64, batches: u64) -> Result<Vec<Vec<u64>>, Error> {
    let choices = Choices::new(seed, languages, pools)?;
    let mut draws = vec![vec![0; pools as usize]; languages.len()];
    for batch in 0..batches {
        let (language, pool) = choices.of(batch);
        draws[language][pool] += 1;
    }
    Ok(draws)
}

/// Draw of a batch: the indices of its language and pool, and the number of earlier batches of that language and pool.
pub type Located = (usize, usize, u64);

/// Returns the draw of each of the batches, whose numbers must rise. Time: that of `count_draws` up to the last one.
///
/// # Errors
/// The errors of `Choices::new`; `Error::Parameter` if the numbers do not rise.
pub fn locate_draws(seed: u64, languages: &[Language], pools: u64, batches: &[u64]) -> Result<Vec<Located>, Error> {
    if !batches.is_sorted_by(|one, next| one < next) {
        return Err(Error::Parameter("the numbers of the batches must rise"));
    }
    let choices = Choices::new(seed, languages, pools)?;
    let mut draws = vec![vec![0; pools as usize]; languages.len()];
    let mut next = 0;
    let locate = |&batch: &u64| {
        for earlier in next..batch {
            let (language, pool) = choices.of(earlier);
            draws[language][pool] += 1;
        }
        next = batch;
        let (language, pool) = choices.of(batch);
        (language, pool, draws[language][pool])
    };
    Ok(batches.iter().map(locate).collect())
}

/// Choices of languages and pools by the batches of a run.
///
/// Batch i draws from the language with the least `-ln(u)/weight`; u is uniform, a function of seed, language and i. So
/// a language wins batches in proportion to its weight. A language that is added to a job takes over some batches, but
/// moves no batch from one of the other languages to another.
struct Choices {
    /// Stream key and logarithm of the weight of each language.
    races: Vec<(StreamKey, f64)>,
    pool_keys: Vec<StreamKey>,
    pools: u64,
}

impl Choices {
    /// Prepares the choices among these languages, with `pools` pools each.
    ///
    /// # Errors
    /// `Error::Parameter` if there is no language, if a weight is not positive and finite, or if `pools` is not from 1
    /// to 65,536.
    fn new(seed: u64, languages: &[Language], pools: u64) -> Result<Self, Error> {
        if languages.is_empty() || pools == 0 || pools > MAX_POOLS {
            return Err(Error::Parameter("a run needs at least one language and 1 to 65536 pools"));
        }
        if languages.iter().any(|l| !l.weight.is_finite() || l.weight <= 0.0) {
            return Err(Error::Parameter("weights must be positive and finite"));
        }
        let key = |purpose: &str, language: &Language| Path::new(seed, purpose).text(&language.name).key();
        let races = languages.iter().map(|l| (key("language", l), libm::log(l.weight))).collect();
        Ok(Self { races, pool_keys: languages.iter().map(|l| key("pool", l)).collect(), pools })
    }

    /// Returns the indices of a batch's language and pool.
    fn of(&self, batch: u64) -> (usize, usize) {
        let language = winner(&self.races, batch);
        let pool = (u128::from(self.pool_keys[language].word(batch)) * u128::from(self.pools)) >> 64;
        (language, pool as usize)
    }
}

/// Returns the index of the language that wins a batch. `races` has the stream key and the logarithm of the weight of
/// each language. The values `-ln(u)/weight` are compared by their logarithms, which are finite for every weight.
fn winner(races: &[(StreamKey, f64)], batch: u64) -> usize {
    let times = races.iter().map(|&(key, weight)| libm::log(-libm::log(open_unit(key.word(batch)))) - weight);
    let first = |best: (usize, f64), other: (usize, f64)| if other.1 < best.1 { other } else { best };
    times.enumerate().reduce(first).map_or(0, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(weights: &[(&str, f64)]) -> Vec<Language> {
        weights.iter().map(|&(name, weight)| Language { name: name.into(), weight }).collect()
    }

    #[test]
    fn languages_win_by_weight() {
        let draws = count_draws(7, &languages(&[("a", 1.0), ("b", 2.0), ("c", 1.0)]), 2, 40_000).unwrap();
        let totals: Vec<u64> = draws.iter().map(|pools| pools.iter().sum()).collect();
        assert_eq!(totals.iter().sum::<u64>(), 40_000);
        assert!((19_600..20_400).contains(&totals[1]), "{draws:?}");
        assert!(draws.iter().flatten().all(|&n| n > 4_700), "{draws:?}");
    }

    #[test]
    fn an_added_language_only_takes() {
        let two = languages(&[("a", 1.0), ("b", 1.0)]);
        let three = languages(&[("new", 1.0), ("a", 1.0), ("b", 1.0)]);
        for batches in 1..200 {
            let before = count_draws(7, &two, 1, batches).unwrap();
            let after = count_draws(7, &three, 1, batches).unwrap();
            assert!(after[1] <= before[0] && after[2] <= before[1]);
        }
    }

    #[test]
    fn a_longer_run_begins_with_the_shorter() {
        let languages = languages(&[("a", 1.0), ("b", 0.5)]);
        let mut before = count_draws(1, &languages, 3, 0).unwrap();
        for batches in 1..100 {
            let now = count_draws(1, &languages, 3, batches).unwrap();
            let grown: u64 = now.iter().flatten().zip(before.iter().flatten()).map(|(n, b)| n - b).sum();
            assert_eq!(grown, 1);
            before = now;
        }
    }

    #[test]
    fn a_batch_is_the_draw_that_it_adds() {
        let languages = languages(&[("a", 1.0), ("b", 0.5)]);
        let batches = [0, 1, 2, 7, 60, 61, 99];
        let located = locate_draws(1, &languages, 3, &batches).unwrap();
        for (batch, (language, pool, draw)) in batches.into_iter().zip(located) {
            let mut draws = count_draws(1, &languages, 3, batch).unwrap();
            assert_eq!(draws[language][pool], draw);
            draws[language][pool] += 1;
            assert_eq!(count_draws(1, &languages, 3, batch + 1).unwrap(), draws);
        }
        assert!(locate_draws(1, &languages, 3, &[4, 4]).is_err());
        assert!(locate_draws(1, &languages, 0, &[]).is_err());
    }

    #[test]
    fn impossible_plans_are_refused() {
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(count_draws(1, &languages(&[("a", weight)]), 1, 1).is_err());
        }
        assert!(count_draws(1, &[], 1, 1).is_err());
        assert!(count_draws(1, &languages(&[("a", 1.0)]), MAX_POOLS + 1, 1).is_err());
    }
}
