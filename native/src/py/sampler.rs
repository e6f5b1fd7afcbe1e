//! Python class of the sampler, with the signature that training code calls.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyRuntimeWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::pool::substring_rule::SubstringRule;
use crate::sampler::{Call, Sampler};

#[pyclass(name = "TokenizerSampler", module = "tokstats_parallel._native", subclass, frozen)]
pub(crate) struct PySampler {
    sampler: Mutex<Sampler>,
    /// Process that made the sampler with a seed; `None` for a sampler without a seed.
    seeded_in: Option<u32>,
}

#[pymethods]
impl PySampler {
    #[new]
    #[pyo3(signature = (*, seed=None))]
    fn new(seed: Option<u64>) -> Self {
        let sampler = Mutex::new(Sampler::new(seed.unwrap_or_default()));
        Self { sampler, seeded_in: seed.map(|_| std::process::id()) }
    }

    #[pyo3(signature = (map, seed_size, max_length, stride=None, noise_std=None, pop_prev=None, push_current=None, *,
                        seed=None))]
    #[expect(clippy::too_many_arguments, reason = "the signature that training code calls")]
    fn sample_tokenizer(
        &self,
        py: Python<'_>,
        map: &Bound<'_, PyDict>,
        seed_size: u64,
        max_length: usize,
        stride: Option<usize>,
        noise_std: Option<f64>,
        pop_prev: Option<bool>,
        push_current: Option<bool>,
        seed: Option<u64>,
    ) -> PyResult<Vec<(String, f64)>> {
        // `items` copies the map into a list, because comparing a count may run Python code that changes the map.
        let texts = map.items().iter().map(|item| {
            let (text, count): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            Ok((text_of(&text)?, count_of(&count)?))
        });
        let texts = texts.collect::<PyResult<Vec<_>>>()?;
        let call = Call {
            seed_size,
            rule: SubstringRule::new(stride.unwrap_or(1), max_length)?,
            noise: noise_std.unwrap_or(0.0),
            pop_previous: pop_prev.unwrap_or(true),
            push_current: push_current.unwrap_or(true),
            seed: if seed.is_some() { seed } else { self.seed_of_call(py)? },
        };
        let texts = texts.iter().map(|(text, times)| (text.as_str(), *times));
        Ok(py.detach(|| self.sampler.lock().unwrap_or_else(PoisonError::into_inner).sample(texts, call))?)
    }
}

impl PySampler {
    /// Returns the seed of a call for which the caller has none: a random one, or `None` if the sampler has a seed.
    /// Warns if this is a copy of the sampler in a forked process, because all copies make the same choices.
    fn seed_of_call(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        let Some(process) = self.seeded_in else {
            return py.import("secrets")?.call_method1("randbits", (64,))?.extract();
        };
        if process != std::process::id() {
            let warning = c"this sampler was made with a seed in another process, and all copies of it draw the same; \
                            make one in each process, such as TokenizerSampler(seed=base + worker_id)";
            PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), warning, 1)?;
        }
        Ok(None)
    }
}

fn text_of(text: &Bound<'_, PyAny>) -> PyResult<String> {
    text.cast::<PyString>()?.extract()
}

fn count_of(count: &Bound<'_, PyAny>) -> PyResult<u64> {
    if count.lt(0)? {
        return Err(PyValueError::new_err("the count of a text must not be negative"));
    }
    count.extract()
}
