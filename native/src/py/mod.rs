//! Python binding: each function releases the interpreter's lock, calls the core, and maps the core's error.
//!
//! In: arguments from Python. Out: the core's values and errors, as Python's. `tokstats_parallel/_native.pyi` documents
//! every class and function.
//!
//! - `buffer`: reads Python buffers
//! - `column`: rows and texts of a language
//! - `sampler`: the sampler for training code
//! - `shard`: runs shards, and counts draws
//! - `result`: segments, the merged result, and finished files
//! - `token`: kinds, texts and bytes of tokens, and where a token is in a result

#![allow(clippy::needless_pass_by_value, reason = "arguments arrive as values from Python")]

mod buffer;
mod column;
mod result;
mod sampler;
mod shard;
mod token;

use pyo3::exceptions::{PyIndexError, PyLookupError, PyOSError, PyOverflowError, PyValueError};
use pyo3::prelude::*;

use crate::base::bytelevel;
use crate::base::error::Error;
use crate::pool::substring_rule::SubstringRule;
use crate::split::gpt2;

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

#[pyfunction]
fn fixed_pieces() -> Vec<String> {
    bytelevel::fixed_pieces(bytelevel::TRAINING_LONGEST)
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
    use super::column::{PyStream, PyTextColumn};
    #[pymodule_export]
    use super::result::{PyFrequencies, read_segment, sum_counts, survey_segment, verify_json};
    #[pymodule_export]
    use super::sampler::PySampler;
    #[pymodule_export]
    use super::shard::{PyShardRunner, count_draws, count_turns, expected_occurrences, locate_draws};
    #[pymodule_export]
    use super::token::{PyTokenIndex, describe_tokens, parse_readable_text, readable_text, token_kind, unmap_bytes};
    #[pymodule_export]
    use super::{fixed_pieces, map_bytes, split, starts};

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    const SAMPLING_VERSION: u32 = crate::base::rng::SAMPLING_VERSION;
    #[pymodule_export]
    const UNICODE_VERSION: &str = crate::split::unicode_tables::UNICODE_VERSION;
    #[pymodule_export]
    const KINDS: [&str; 9] = crate::token::kind::KINDS;
    #[pymodule_export]
    const FIXED_PIECES: u64 = crate::base::bytelevel::FIXED_PIECES;
    #[pymodule_export]
    const CHARS_PER_TOKEN: u64 = crate::text::assembly::CHARS_PER_TOKEN;
    #[pymodule_export]
    const INDEX_ENTRY_BYTES: u64 = crate::text::row_index::ENTRY_BYTES;
    #[pymodule_export]
    const MAX_POOLS: u64 = crate::language_draw::MAX_POOLS;
}
