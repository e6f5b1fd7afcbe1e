//! The binding: each function detaches from the interpreter, calls the core, and maps its error.
//!
//! `tokstats_parallel/_native.pyi` is the manual of what is here.

#![allow(clippy::needless_pass_by_value, reason = "arguments arrive as values from Python")]

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyBufferError, PyIndexError, PyLookupError, PyOSError, PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::base::bytelevel;
use crate::base::error::Error;
use crate::base::rng::Path;
use crate::counts::segment::{RunReader, Start, Sums, survey};
use crate::pool::stride::SubstringRule;
use crate::result::frequencies::{Frequencies, Tokens};
use crate::result::read_buffer::ClosedFile;
use crate::result::row_sort::RowSorter;
use crate::result::segment_source::Input;
use crate::sampler::{Call, Sampler};
use crate::shard::{PoolSize, ShardRunner, VocabularyLaw};
use crate::split::gpt2;
use crate::text::column::{Bytes, ChunkLayout, TextColumn};
use crate::text::stream::{Stream, StreamId, TextRule};
use crate::{language_draw, shard};

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        match error {
            Error::Overflow => PyOverflowError::new_err(error.to_string()),
            Error::Language { .. } => PyIndexError::new_err(error.to_string()),
            Error::Sparse { .. } => PyLookupError::new_err(error.to_string()),
            Error::File { .. } | Error::Io { .. } => PyOSError::new_err(error.to_string()),
            _ => PyValueError::new_err(error.to_string()),
        }
    }
}

/// A contiguous Python buffer that is read without the interpreter.
struct ForeignBytes(PyUntypedBuffer);

impl ForeignBytes {
    fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let buffer = PyUntypedBuffer::get(object)?;
        if buffer.is_c_contiguous() {
            Ok(Self(buffer))
        } else {
            Err(PyBufferError::new_err("the buffer is not contiguous"))
        }
    }
}

impl AsRef<[u8]> for ForeignBytes {
    fn as_ref(&self) -> &[u8] {
        if self.0.len_bytes() == 0 {
            return &[];
        }
        // SAFETY: the exporter keeps `len_bytes` contiguous bytes at `buf_ptr` alive and in place until the buffer is
        // released, which `self` does when it is dropped. That nobody writes to them meanwhile is Arrow's rule for
        // its buffers and the documented duty of a caller who passes another kind (`_native.pyi`). Any byte is a
        // valid `u8`. Test: `native/test_native.py::test_a_column_keeps_its_buffers_alive`.
        unsafe { std::slice::from_raw_parts(self.0.buf_ptr().cast(), self.0.len_bytes()) }
    }
}

#[pyclass(name = "TextColumn", module = "tokstats_parallel._native", frozen)]
struct PyTextColumn(Arc<TextColumn>);

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
        if index >= self.0.len() {
            return Err(PyIndexError::new_err(format!("row {index} of {}", self.0.len())));
        }
        Ok(self.0.row(index, &mut Vec::new())?.to_owned())
    }

    fn first_text_row(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        Ok(py.detach(|| self.0.first_text_row())?)
    }

    #[pyo3(signature = (threads=1))]
    fn checksums(&self, py: Python<'_>, threads: usize) -> PyResult<Vec<u64>> {
        Ok(py.detach(|| self.0.checksums(threads))?)
    }

    fn records<'py>(&self, py: Python<'py>) -> PyResult<Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>> {
        let indexes = py.detach(|| self.0.row_indexes())?;
        Ok(indexes
            .iter()
            .map(|index| (PyBytes::new(py, &index.checkpoints), PyBytes::new(py, &index.entries)))
            .collect())
    }
}

#[pyclass(name = "Stream", module = "tokstats_parallel._native", frozen)]
struct PyStream {
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

#[pyclass(name = "TokenizerSampler", module = "tokstats_parallel._native", subclass, frozen)]
#[derive(Default)]
struct PySampler(Mutex<Sampler>);

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
        // A list of its own: comparing a count may run Python code, which may change the map.
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

#[pyclass(name = "ShardRunner", module = "tokstats_parallel._native", frozen)]
struct PyShardRunner(Mutex<ShardRunner>);

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
        let found = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).run(first_draw, draws))?;
        Ok((PyBytes::new(py, &found.run), found.lacking))
    }
}

#[pyfunction]
#[pyo3(signature = (*, seed, language, pool, first_draw, draws, vocabulary))]
fn wanted(
    py: Python<'_>,
    seed: u64,
    language: String,
    pool: u64,
    first_draw: u64,
    draws: u64,
    vocabulary: VocabularyLaw,
) -> PyResult<u128> {
    let id = StreamId { seed, language, pool };
    Ok(py.detach(|| shard::wanted(&id, &vocabulary, first_draw, draws))?)
}

#[pyfunction]
fn read_run(run: &Bound<'_, PyAny>) -> PyResult<Vec<(String, u64)>> {
    let run = ForeignBytes::new(run)?;
    let entries = RunReader::new(run.as_ref()).map(|entry| {
        let (key, count) = entry?;
        let mut token = String::new();
        key.write_mapped(&mut token);
        Ok((token, count))
    });
    Ok(entries.collect::<Result<_, Error>>()?)
}

/// (place in the run, key of the entry before it).
type RunPlaces = Vec<(u64, u128)>;

#[pyfunction]
fn survey_run(py: Python<'_>, run: &Bound<'_, PyAny>) -> PyResult<(u64, u64, RunPlaces)> {
    let run = ForeignBytes::new(run)?;
    let (sums, places) = py.detach(|| survey(run.as_ref()))?;
    Ok((sums.entries, sums.occurrences, places.iter().map(|start| (start.place, start.before)).collect()))
}

#[pyfunction]
fn recount(py: Python<'_>, path: PathBuf) -> PyResult<(u64, u64)> {
    Ok(pair(
        py.detach(|| Ok::<_, PyErr>(crate::result::verify::recount(File::open(&path)?, &path.display().to_string())?))?,
    ))
}

#[pyfunction]
fn sum_counts(py: Python<'_>, counts: &Bound<'_, PyAny>) -> PyResult<(u64, u128)> {
    let counts = ForeignBytes::new(counts)?;
    Ok(py.detach(|| crate::result::verify::sum_counts(counts.as_ref())))
}

fn pair(sums: Sums) -> (u64, u64) {
    (sums.entries, sums.occurrences)
}

#[pyfunction]
#[pyo3(signature = (languages, *, seed, pools, batches))]
fn count_draws(
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

#[pyclass(name = "Frequencies", module = "tokstats_parallel._native", frozen)]
struct PyFrequencies(Mutex<Frequencies>);

impl PyFrequencies {
    fn get<T>(&self, of: impl FnOnce(&mut Frequencies) -> T) -> T {
        of(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// (path, start of the run, place of the language, entries, occurrences, places in the run).
type Run = (PathBuf, u64, usize, u64, u64, RunPlaces);
type PyColumns<'py> =
    (Bound<'py, PyBytes>, Bound<'py, PyBytes>, Bound<'py, PyBytes>, Bound<'py, PyBytes>, Bound<'py, PyList>);

#[pymethods]
impl PyFrequencies {
    #[new]
    #[pyo3(signature = (runs, *, batches, special_tokens, spill, memory, threads))]
    fn new(
        py: Python<'_>,
        runs: Vec<Run>,
        batches: Vec<u64>,
        special_tokens: Vec<String>,
        spill: PathBuf,
        memory: usize,
        threads: NonZeroUsize,
    ) -> PyResult<Self> {
        let input = |(path, start, language, entries, occurrences, places): Run| Input {
            source: ClosedFile(path),
            start,
            language,
            sums: Sums { entries, occurrences },
            places: places.into_iter().map(|(place, before)| Start { place, before }).collect(),
        };
        let inputs: Vec<_> = runs.into_iter().map(input).collect();
        let sorters = RowSorter::sharing(threads.get(), memory, &spill);
        Ok(Self(Mutex::new(py.detach(|| Frequencies::new(&inputs, batches, &special_tokens, sorters))?)))
    }

    fn read<'py>(&self, py: Python<'py>, rows: NonZeroUsize) -> PyResult<Option<PyColumns<'py>>> {
        let Some(columns) = py.detach(|| self.get(|frequencies| frequencies.read(rows.get())))? else {
            return Ok(None);
        };
        let bytes = |column: &[u8]| PyBytes::new(py, column);
        let languages = PyList::new(py, columns.languages.iter().map(|column| bytes(column)))?;
        let text = bytes(columns.text.as_bytes());
        Ok(Some((bytes(&columns.json), bytes(&columns.offsets), text, bytes(&columns.totals), languages)))
    }

    #[getter]
    fn merged(&self) -> Vec<u64> {
        self.get(|frequencies| frequencies.found().merged.clone())
    }

    #[getter]
    fn expected(&self) -> Vec<(u64, u64)> {
        self.get(|frequencies| frequencies.found().expected.iter().copied().map(pair).collect())
    }

    #[getter]
    fn written(&self) -> Vec<(u64, u64)> {
        self.get(|frequencies| frequencies.written().languages.iter().copied().map(pair).collect())
    }

    #[getter]
    fn unique(&self) -> u64 {
        self.get(|frequencies| frequencies.written().all.entries)
    }

    #[getter]
    fn occurrences(&self) -> u64 {
        self.get(|frequencies| frequencies.written().all.occurrences)
    }

    #[getter]
    fn top(&self) -> Tokens {
        self.get(|frequencies| frequencies.written().top.clone())
    }

    #[getter]
    fn top_sampled(&self) -> Tokens {
        self.get(|frequencies| frequencies.written().top_sampled.clone())
    }
}

#[pyfunction]
fn fixed_pieces() -> Vec<String> {
    bytelevel::fixed_pieces()
}

#[pyfunction]
fn map_bytes(raw: &[u8]) -> String {
    bytelevel::map_bytes(raw)
}

#[pyfunction]
fn split(text: &str) -> Vec<&str> {
    gpt2::split(text).collect()
}

#[pyfunction]
#[pyo3(signature = (pretoken, *, first, stride))]
fn starts(pretoken: &str, first: bool, stride: usize) -> PyResult<Vec<usize>> {
    Ok(SubstringRule::new(stride, 1)?.starts(pretoken.as_bytes(), first).collect())
}

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::{
        PyFrequencies, PySampler, PyShardRunner, PyStream, PyTextColumn, count_draws, fixed_pieces, map_bytes,
        read_run, recount, split, starts, sum_counts, survey_run, wanted,
    };

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    const SAMPLING_VERSION: u32 = crate::base::rng::SAMPLING_VERSION;
    #[pymodule_export]
    const UNICODE_VERSION: &str = crate::split::unicode_tables::UNICODE_VERSION;
    #[pymodule_export]
    const FIXED_PIECES: u64 = crate::base::bytelevel::FIXED_PIECES;
    #[pymodule_export]
    const CHARS_PER_TOKEN: u64 = crate::text::stream::CHARS_PER_TOKEN;
    #[pymodule_export]
    const RECORD_BYTES: u64 = crate::text::row_index::ENTRY_BYTES;
    #[pymodule_export]
    const MAX_POOLS: u64 = crate::language_draw::MAX_POOLS;
}
