//! Python class and functions that run shards, sum the sizes of vocabularies, and count the draws of each language.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::py::column::PyTextColumn;
use crate::shard::{PoolSize, ShardRunner, VocabularyLaw};
use crate::text::assembly::{StreamId, TextRule};
use crate::{language_draw, shard};

#[pyclass(name = "ShardRunner", module = "tokstats_parallel._native", frozen)]
pub(crate) struct PyShardRunner(Mutex<ShardRunner>);

#[pymethods]
impl PyShardRunner {
    #[new]
    #[pyo3(signature = (column, *, seed, language, pool, texts, pool_size, vocabulary))]
    fn new(
        column: &PyTextColumn,
        seed: u64,
        language: String,
        pool: u64,
        texts: TextRule,
        pool_size: PoolSize,
        vocabulary: VocabularyLaw,
    ) -> PyResult<Self> {
        let id = StreamId { seed, language, pool };
        let runner = ShardRunner::new(column.0.clone(), id, texts, pool_size, vocabulary)?;
        Ok(Self(Mutex::new(runner)))
    }

    fn run<'py>(&self, py: Python<'py>, first_draw: u64, draws: u64) -> PyResult<(Bound<'py, PyBytes>, u128)> {
        let counts = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).run(first_draw, draws))?;
        Ok((PyBytes::new(py, &counts.segment), counts.shortfall))
    }
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
    let languages: Vec<_> =
        languages.into_iter().map(|(name, weight)| language_draw::Language { name, weight }).collect();
    Ok(py.detach(|| language_draw::count_draws(seed, &languages, pools, batches))?)
}
