//! Buffered reading of a source from front to back.
//!
//! Callers look at the bytes in the buffer; they are not copied again. Memory is the buffer, for sources of any length.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::base::error::Error;

/// Bytes with random access.
pub trait ByteSource {
    /// Reads bytes from an offset on until `into` is full or the source ends; returns their number.
    ///
    /// # Errors
    /// Errors of the system.
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Returns the name for messages.
    fn name(&self) -> String;
}

impl<S: ByteSource> ByteSource for &S {
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        (**self).read(offset, into)
    }

    fn name(&self) -> String {
        (**self).name()
    }
}

/// File that is open only while it is read, so that any number can be read by turns.
pub struct ClosedFile(pub PathBuf);

impl ByteSource for ClosedFile {
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        read_full(&File::open(&self.0)?, offset, into)
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

/// Reads from an offset of `file` until `into` is full or the file ends; returns the number of bytes.
///
/// # Errors
/// Errors of the system.
pub(crate) fn read_full(file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < into.len() {
        match file.read_at(&mut into[length..], offset + length as u64) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Source with the part of it that is in memory.
pub(crate) struct ReadBuffer<S> {
    source: S,
    buffer: Vec<u8>,
    /// Index in the buffer of the next byte.
    start: usize,
    /// Index in the buffer behind the last byte.
    filled: usize,
    /// Offset in the source behind the last byte of the buffer.
    next: u64,
    /// Offset in the source to read up to.
    end: u64,
}

impl<S: ByteSource> ReadBuffer<S> {
    /// Reads from the offset `start` to `end`, or to the source's end, through a buffer of `size` bytes.
    #[must_use]
    pub(crate) fn new(source: S, start: u64, end: u64, size: usize) -> Self {
        Self { source, buffer: vec![0; size], start: 0, filled: 0, next: start, end }
    }

    /// Returns the next bytes, at least `least` of them if the source has so many; `least` is at most the buffer's size.
    ///
    /// # Errors
    /// `Error::Io` if the source cannot be read.
    #[inline]
    pub(crate) fn ahead(&mut self, least: usize) -> Result<&[u8], Error> {
        if self.filled - self.start < least && self.next < self.end {
            self.fill()?;
        }
        Ok(self.held())
    }

    /// Returns the next bytes, as many as are in the buffer.
    #[inline]
    #[must_use]
    pub(crate) fn held(&self) -> &[u8] {
        &self.buffer[self.start..self.filled]
    }

    /// Skips the next `length` bytes, which must be in the buffer.
    #[inline]
    pub(crate) fn skip(&mut self, length: usize) {
        self.start += length;
        debug_assert!(self.start <= self.filled);
    }

    /// Returns the offset in the source of the next byte.
    #[must_use]
    pub(crate) fn offset(&self) -> u64 {
        self.next - (self.filled - self.start) as u64
    }

    /// Returns the source.
    pub(crate) fn source(&self) -> &S {
        &self.source
    }

    /// Moves the next bytes to the front of the buffer and reads more behind them.
    #[cold]
    fn fill(&mut self) -> Result<(), Error> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        let room = self.buffer.len() - self.filled;
        let most = usize::try_from(self.end - self.next).map_or(room, |left| left.min(room));
        let into = &mut self.buffer[self.filled..self.filled + most];
        let length = self.source.read(self.next, into).map_err(|error| Error::io(self.source.name(), &error))?;
        self.filled += length;
        self.next += length as u64;
        if length < most {
            self.end = self.next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl ByteSource for Vec<u8> {
        fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
            let rest = self.get(offset as usize..).ok_or(io::ErrorKind::NotFound)?;
            let length = rest.len().min(into.len());
            into[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        }

        fn name(&self) -> String {
            "some.partial".into()
        }
    }
}
