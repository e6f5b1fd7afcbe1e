//! Python class of the sampler, with the signature that training code calls.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::base::rng::Path;
use crate::pool::substring_rule::SubstringRule;
use crate::sampler::{Call, Sampler};

#[pyclass(name = "TokenizerSampler", module = "tokstats_parallel._native", subclass, frozen)]
#[derive(Default)]
pub(crate) struct PySampler(Mutex<Sampler>);

#[pymethods]
impl PySampler {
    #[new]
    fn new() -> Self {
        Self::default()
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
        };
        let seed = seed.map_or_else(|| py.import("secrets")?.call_method1("randbits", (64,))?.extract(), Ok)?;
        let mut rng = Path::new(seed, "sampler").key().stream();
        let texts = texts.iter().map(|(text, times)| (text.as_str(), *times));
        Ok(py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).sample(texts, call, &mut rng))?)
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
