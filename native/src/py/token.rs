//! Python functions for the kinds, texts and bytes of tokens, and the Python class of the token index.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::base::bytelevel;
use crate::base::error::Error;
use crate::py::buffer::ForeignBytes;
use crate::token::describe::Describer;
use crate::token::index::{TokenChunk, TokenIndex};
use crate::token::kind::kind;
use crate::token::readable;

#[pyfunction]
pub(crate) fn unmap_bytes<'py>(py: Python<'py>, mapped: &str) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = bytelevel::unmap(mapped)
        .ok_or_else(|| PyValueError::new_err("a character is none of the 256 to which bytes are mapped"))?;
    Ok(PyBytes::new(py, &bytes))
}

#[pyfunction]
pub(crate) fn token_kind(raw: &[u8]) -> &'static str {
    kind(raw).name()
}

#[pyfunction]
pub(crate) fn readable_text(raw: &[u8]) -> String {
    readable::readable_text(raw)
}

#[pyfunction]
pub(crate) fn parse_readable_text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, &readable::parse_readable_text(text)?))
}

#[pyfunction]
pub(crate) fn describe_tokens<'py>(
    py: Python<'py>,
    offsets: &Bound<'py, PyAny>,
    text: &Bound<'py, PyAny>,
    special_tokens: Vec<String>,
) -> PyResult<Bound<'py, PyTuple>> {
    let chunk = TokenChunk { offsets: ForeignBytes::new(offsets)?, text: ForeignBytes::new(text)? };
    let result = Describer::new(special_tokens.iter().map(String::as_str));
    let described = py.detach(|| result.describe(chunk.tokens()?)).ok_or(Error::Offsets { chunk: 0 })?;
    let columns = [
        &described.text_offsets,
        &described.text,
        &described.bytes_offsets,
        &described.bytes,
        &described.kinds,
        &described.fixed,
    ];
    PyTuple::new(py, columns.map(|column| PyBytes::new(py, column)))
}

#[pyclass(name = "TokenIndex", module = "tokstats_parallel._native", frozen)]
pub(crate) struct PyTokenIndex(TokenIndex<ForeignBytes>);

#[pymethods]
impl PyTokenIndex {
    #[new]
    fn new(py: Python<'_>, chunks: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let chunks = chunks.iter().map(|(offsets, text)| {
            Ok(TokenChunk { offsets: ForeignBytes::new(offsets)?, text: ForeignBytes::new(text)? })
        });
        let chunks = chunks.collect::<PyResult<_>>()?;
        Ok(Self(py.detach(|| TokenIndex::new(chunks))?))
    }

    fn find(&self, token: &str) -> Option<usize> {
        self.0.find(token.as_bytes())
    }
}
