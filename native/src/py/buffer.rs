//! Reads Python buffers without the interpreter's lock.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;

/// Contiguous Python buffer that is read without the interpreter's lock.
pub(crate) struct ForeignBytes(PyUntypedBuffer);

impl ForeignBytes {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
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
