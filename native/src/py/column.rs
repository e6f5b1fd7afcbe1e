//! Python classes for the rows of a language, and for the stream of texts made of these rows.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::base::error::Error;
use crate::py::buffer::ForeignBytes;
use crate::text::assembly::{Stream, StreamId, TextRule};
use crate::text::column::{Bytes, ChunkLayout, TextColumn};

#[pyclass(name = "TextColumn", module = "tokstats_parallel._native", frozen)]
pub(crate) struct PyTextColumn(pub(crate) Arc<TextColumn>);

impl PyTextColumn {
    fn require(&self, row: u64) -> PyResult<()> {
        if row < self.0.len() {
            return Ok(());
        }
        Err(PyIndexError::new_err(format!("row {row} of {}", self.0.len())))
    }
}

#[pymethods]
impl PyTextColumn {
    #[new]
    fn new(py: Python<'_>, chunks: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let foreign = |object: &Bound<'_, PyAny>| Ok::<_, PyErr>(Box::new(ForeignBytes::new(object)?) as Bytes);
        let chunks = chunks.iter().map(|(offsets, data)| Ok((foreign(offsets)?, foreign(data)?)));
        let chunks = chunks.collect::<PyResult<Vec<_>>>()?;
        Ok(Self(Arc::new(py.detach(|| TextColumn::in_memory(chunks))?)))
    }

    #[staticmethod]
    fn of_file(py: Python<'_>, path: PathBuf, chunks: Vec<[u64; 5]>) -> PyResult<Self> {
        let layout = |[offsets, data, checkpoints, entries, rows]: [u64; 5]| ChunkLayout {
            offsets,
            data,
            checkpoints,
            entries,
            rows,
        };
        let layouts: Vec<ChunkLayout> = chunks.into_iter().map(layout).collect();
        let column = py.detach(|| Ok::<_, PyErr>(TextColumn::in_file(File::open(path)?, &layouts)?))?;
        Ok(Self(Arc::new(column)))
    }

    fn __len__(&self) -> usize {
        self.0.len() as usize
    }

    fn row(&self, index: u64) -> PyResult<String> {
        self.require(index)?;
        Ok(self.0.row(index, &mut Vec::new())?.to_owned())
    }

    fn characters(&self, index: u64) -> PyResult<u64> {
        self.require(index)?;
        Ok(self.0.characters(index)?)
    }

    fn first_text_row(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        Ok(py.detach(|| self.0.first_text_row())?)
    }

    #[pyo3(signature = (threads=1))]
    fn checksums(&self, py: Python<'_>, threads: usize) -> PyResult<Vec<u64>> {
        Ok(py.detach(|| self.0.checksums(threads))?)
    }

    fn row_index<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>> {
        let indexes = py.detach(|| self.0.row_indexes())?;
        Ok(indexes
            .iter()
            .map(|index| (PyBytes::new(py, &index.checkpoints), PyBytes::new(py, &index.entries)))
            .collect())
    }
}

#[pyclass(name = "Stream", module = "tokstats_parallel._native", frozen)]
pub(crate) struct PyStream {
    column: Arc<TextColumn>,
    id: StreamId,
    texts: TextRule,
}

impl PyStream {
    fn open(&self) -> Result<Stream, Error> {
        Stream::new(self.column.clone(), self.id.clone(), self.texts.clone())
    }
}

#[pymethods]
impl PyStream {
    #[new]
    #[pyo3(signature = (column, *, seed, language, pool, texts))]
    fn new(column: &PyTextColumn, seed: u64, language: String, pool: u64, texts: TextRule) -> PyResult<Self> {
        let stream = Self { column: column.0.clone(), id: StreamId { seed, language, pool }, texts };
        stream.open()?;
        Ok(stream)
    }

    fn texts(&self, py: Python<'_>, first: u64, count: u64) -> PyResult<Vec<String>> {
        let end = first.checked_add(count).ok_or(Error::Parameter("texts are numbered in 64 bits"))?;
        Ok(py.detach(|| {
            let mut stream = self.open()?;
            let text = |text| {
                let mut made = String::new();
                stream.append_text(text, &mut made).map(|()| made)
            };
            (first..end).map(text).collect::<Result<_, Error>>()
        })?)
    }

    fn row_order(&self, text: u64, appended: u64) -> PyResult<u64> {
        Ok(self.open()?.row_order(text, appended))
    }

    fn crop_start(&self, text: u64, characters: u64) -> PyResult<u64> {
        Ok(self.open()?.crop_start(text, characters))
    }
}
