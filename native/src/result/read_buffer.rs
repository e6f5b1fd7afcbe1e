//! Read buffer: reads a source of bytes from front to back through a buffer in memory.
//!
//! Callers get slices of the buffer, so the bytes are not copied again. Memory is the buffer's size, for sources of any
//! length.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::base::error::Error;

/// Source of bytes with random access, such as a file.
pub trait ByteSource {
    /// Reads bytes from an offset on until `into` is full or the source ends; returns the number of bytes read.
    ///
    /// # Errors
    /// The errors of the system.
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Returns the name of the source for messages.
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

/// File that is open only during each read. So a merge can read more files than a process may have open.
pub struct ClosedFile(pub PathBuf);

impl ByteSource for ClosedFile {
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        read_full(&File::open(&self.0)?, offset, into)
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

/// Reads from an offset of `file` until `into` is full or the file ends; returns the number of bytes read.
///
/// # Errors
/// The errors of the system.
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

/// Source of bytes, with the part of the source that is in memory.
pub(crate) struct ReadBuffer<S> {
    source: S,
    buffer: Vec<u8>,
    /// Index of the next byte in the buffer.
    start: usize,
    /// Index in the buffer behind its last filled byte.
    filled: usize,
    /// Offset in the source behind the last byte that is in the buffer.
    next: u64,
    /// Offset in the source at which reading ends.
    end: u64,
}

impl<S: ByteSource> ReadBuffer<S> {
    /// Makes a buffer of `size` bytes that reads the source from the offset `start` to the offset `end`, or to the
    /// source's end if that is earlier.
    #[must_use]
    pub(crate) fn new(source: S, start: u64, end: u64, size: usize) -> Self {
        Self { source, buffer: vec![0; size], start: 0, filled: 0, next: start, end }
    }

    /// Returns the next bytes: at least `least` bytes, unless fewer are left. `least` is at most the buffer's size.
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

    /// Returns the next bytes that are already in the buffer.
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

    /// Returns the offset of the next byte in the source.
    #[must_use]
    pub(crate) fn offset(&self) -> u64 {
        self.next - (self.filled - self.start) as u64
    }

    /// Returns the source that the buffer reads.
    pub(crate) fn source(&self) -> &S {
        &self.source
    }

    /// Moves the unread bytes to the front of the buffer, and reads more bytes behind them.
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
