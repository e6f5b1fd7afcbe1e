//! Python class and functions that run shards, sum the sizes of vocabularies, and count draws and turns of languages.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::py::column::PyTextColumn;
use crate::shard::{PoolSize, ShardRunner, VocabularyLaw};
use crate::text::assembly::{StreamId, TextRule};
use crate::text::source::{Pooling, SourceLanguage};
use crate::{language_draw, shard};

#[pyclass(name = "ShardRunner", module = "tokstats_parallel._native", frozen)]
pub(crate) struct PyShardRunner(Mutex<ShardRunner>);

#[pymethods]
impl PyShardRunner {
    #[new]
    #[pyo3(signature = (languages, *, pooling, seed, language, pool, texts, pool_size, vocabulary))]
    #[expect(clippy::too_many_arguments, reason = "keyword-only arguments of Python")]
    fn new(
        languages: Vec<(String, f64, PyRef<'_, PyTextColumn>)>,
        pooling: PoolingName,
        seed: u64,
        language: String,
        pool: u64,
        texts: TextRule,
        pool_size: PoolSize,
        vocabulary: VocabularyLaw,
    ) -> PyResult<Self> {
        let languages: Vec<_> = languages
            .into_iter()
            .map(|(name, weight, column)| SourceLanguage { name, weight, column: column.0.clone() })
            .collect();
        let id = StreamId { seed, language, pool };
        let runner = ShardRunner::new(&languages, pooling.0, id, &texts, pool_size, vocabulary)?;
        Ok(Self(Mutex::new(runner)))
    }

    fn run<'py>(&self, py: Python<'py>, first_draw: u64, draws: u64) -> PyResult<Vec<PyShardCounts<'py>>> {
        let counts = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).run(first_draw, draws))?;
        Ok(counts.iter().map(|one| (PyBytes::new(py, &one.segment), one.shortfall, one.draws)).collect())
    }

    fn vocabulary(&self, py: Python<'_>, draw: u64) -> PyResult<PyVocabulary> {
        let drawn = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).vocabulary(draw))?;
        Ok((drawn.language, drawn.noise, drawn.pieces, drawn.texts))
    }
}

/// Segment, shortfall and number of the draws of a language that is counted apart.
type PyShardCounts<'py> = (Bound<'py, PyBytes>, u128, u64);

/// Index of the language that is counted apart, noise level, pieces with scores, and texts with their languages.
type PyVocabulary = (usize, f64, Vec<(String, f64)>, Vec<(usize, String)>);

/// Way in which languages share pools, by its name in Python.
pub(crate) struct PoolingName(Pooling);

impl<'py> FromPyObject<'_, 'py> for PoolingName {
    type Error = PyErr;

    fn extract(name: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match name.extract::<&str>()? {
            "separate" => Ok(Self(Pooling::Separate)),
            "mixed" => Ok(Self(Pooling::Mixed)),
            "shared" => Ok(Self(Pooling::Shared)),
            _ => Err(PyValueError::new_err("pooling is one of separate, mixed, shared")),
        }
    }
}

#[pyfunction]
#[pyo3(signature = (weights, *, pooling, seed, pool, first, end))]
pub(crate) fn count_turns(
    py: Python<'_>,
    weights: Vec<f64>,
    pooling: PoolingName,
    seed: u64,
    pool: u64,
    first: u64,
    end: u64,
) -> PyResult<Vec<u64>> {
    let Some(mut turns) = pooling.0.turns(seed, pool, &weights)? else {
        return Err(PyValueError::new_err("only the languages of a mixed or a shared pool take turns"));
    };
    Ok(py.detach(|| {
        let before = turns.counts_before(first).to_vec();
        turns.counts_before(end.max(first)).iter().zip(before).map(|(all, earlier)| all - earlier).collect()
    }))
}

#[pyfunction]
#[pyo3(signature = (*, seed, language, pool, first_draw, draws, vocabulary))]
pub(crate) fn expected_occurrences(
    py: Python<'_>,
    seed: u64,
    language: String,
    pool: u64,
    first_draw: u64,
    draws: u64,
    vocabulary: VocabularyLaw,
) -> PyResult<u128> {
    let id = StreamId { seed, language, pool };
    Ok(py.detach(|| shard::expected_occurrences(&id, &vocabulary, first_draw, draws))?)
}

#[pyfunction]
#[pyo3(signature = (languages, *, seed, pools, batches))]
pub(crate) fn count_draws(
    py: Python<'_>,
    languages: Vec<(String, f64)>,
    seed: u64,
    pools: u64,
    batches: u64,
) -> PyResult<Vec<Vec<u64>>> {
    let languages = drawn_languages(languages);
    Ok(py.detach(|| language_draw::count_draws(seed, &languages, pools, batches))?)
}

#[pyfunction]
#[pyo3(signature = (languages, *, seed, pools, batches))]
pub(crate) fn locate_draws(
    py: Python<'_>,
    languages: Vec<(String, f64)>,
    seed: u64,
    pools: u64,
    batches: Vec<u64>,
) -> PyResult<Vec<language_draw::Located>> {
    let languages = drawn_languages(languages);
    Ok(py.detach(|| language_draw::locate_draws(seed, &languages, pools, &batches))?)
}

fn drawn_languages(languages: Vec<(String, f64)>) -> Vec<language_draw::Language> {
    languages.into_iter().map(|(name, weight)| language_draw::Language { name, weight }).collect()
}
