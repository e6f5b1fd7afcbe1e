//! Python functions for segments and finished files, and the Python class of the merged result.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::base::error::Error;
use crate::counts::segment::{ReadPoint, SegmentReader, Sums, survey};
use crate::py::buffer::ForeignBytes;
use crate::result::frequencies::{Frequencies, Tokens};
use crate::result::read_buffer::ClosedFile;
use crate::result::row_sort::RowSorter;
use crate::result::segment_source::SegmentSource;
use crate::result::verify;

#[pyfunction]
pub(crate) fn read_segment(segment: &Bound<'_, PyAny>) -> PyResult<Vec<(String, u64)>> {
    let segment = ForeignBytes::new(segment)?;
    let entries = SegmentReader::new(segment.as_ref()).map(|entry| {
        let (key, count) = entry?;
        let mut token = String::new();
        key.write_mapped(&mut token);
        Ok((token, count))
    });
    Ok(entries.collect::<Result<_, Error>>()?)
}

/// Read points of a segment: (offset of an entry in the segment in bytes, key of the entry before it).
type ReadPoints = Vec<(u64, u128)>;

#[pyfunction]
pub(crate) fn survey_segment(py: Python<'_>, segment: &Bound<'_, PyAny>) -> PyResult<(u64, u64, ReadPoints)> {
    let segment = ForeignBytes::new(segment)?;
    let (sums, read_points) = py.detach(|| survey(segment.as_ref()))?;
    Ok((sums.entries, sums.occurrences, read_points.iter().map(|start| (start.offset, start.before)).collect()))
}

#[pyfunction]
pub(crate) fn verify_json(py: Python<'_>, path: PathBuf) -> PyResult<(u64, u64)> {
    Ok(pair(py.detach(|| Ok::<_, PyErr>(verify::verify_json(File::open(&path)?, &path.display().to_string())?))?))
}

#[pyfunction]
pub(crate) fn sum_counts(py: Python<'_>, counts: &Bound<'_, PyAny>) -> PyResult<(u64, u128)> {
    let counts = ForeignBytes::new(counts)?;
    Ok(py.detach(|| verify::sum_counts(counts.as_ref())))
}

fn pair(sums: Sums) -> (u64, u64) {
    (sums.entries, sums.occurrences)
}

#[pyclass(name = "Frequencies", module = "tokstats_parallel._native", frozen)]
pub(crate) struct PyFrequencies(Mutex<Frequencies>);

impl PyFrequencies {
    fn get<T>(&self, of: impl FnOnce(&mut Frequencies) -> T) -> T {
        of(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Segment in a file: (path, offsets of the segment and behind it in bytes, index of the language, entries, occurrences,
/// read points).
type Segment = (PathBuf, u64, u64, usize, u64, u64, ReadPoints);
type PyColumns<'py> =
    (Bound<'py, PyBytes>, Bound<'py, PyBytes>, Bound<'py, PyBytes>, Bound<'py, PyBytes>, Bound<'py, PyList>);

#[pymethods]
impl PyFrequencies {
    #[new]
    #[pyo3(signature = (segments, *, batches, special_tokens, spill, memory, threads))]
    fn new(
        py: Python<'_>,
        segments: Vec<Segment>,
        batches: Vec<u64>,
        special_tokens: Vec<String>,
        spill: PathBuf,
        memory: usize,
        threads: NonZeroUsize,
    ) -> PyResult<Self> {
        let source = |(path, start, end, language, entries, occurrences, read_points): Segment| SegmentSource {
            bytes: ClosedFile(path),
            start,
            end,
            language,
            sums: Sums { entries, occurrences },
            read_points: read_points.into_iter().map(|(offset, before)| ReadPoint { offset, before }).collect(),
        };
        let sources: Vec<_> = segments.into_iter().map(source).collect();
        let sorters = RowSorter::sharing(threads.get(), memory, &spill);
        Ok(Self(Mutex::new(py.detach(|| Frequencies::new(&sources, batches, &special_tokens, sorters))?)))
    }

    fn leave_out_below(&self, min_count: u64) {
        self.get(|frequencies| frequencies.leave_out_below(min_count));
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
        self.get(|frequencies| frequencies.totals().merged.clone())
    }

    #[getter]
    fn expected(&self) -> Vec<(u64, u64)> {
        self.get(|frequencies| frequencies.totals().expected.iter().copied().map(pair).collect())
    }

    #[getter]
    fn written(&self) -> Vec<(u64, u64)> {
        self.get(|frequencies| frequencies.written().languages.iter().copied().map(pair).collect())
    }

    #[getter]
    fn left_out(&self) -> (u64, u64) {
        self.get(|frequencies| pair(frequencies.written().left_out))
    }

    #[getter]
    fn left_out_of_languages(&self) -> Vec<(u64, u64)> {
        self.get(|frequencies| frequencies.written().left_out_of_languages.iter().copied().map(pair).collect())
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
    fn top_of_languages(&self) -> Vec<Tokens> {
        self.get(|frequencies| frequencies.written().top_of_languages.clone())
    }

    #[getter]
    fn top_sampled(&self) -> Tokens {
        self.get(|frequencies| frequencies.written().top_sampled.clone())
    }
}
