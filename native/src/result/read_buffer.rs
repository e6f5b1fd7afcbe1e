//! Buffered reading of a source from front to back.
//!
//! What is read is read in place. Memory is the buffer, whatever the source's length.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::base::error::Error;

/// Bytes that can be read from any offset.
pub trait ByteSource {
    /// Reads bytes from offset `at` on into `into`; fewer where the source ends, none at its end.
    ///
    /// # Errors
    /// Those of the system.
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;

    /// What messages call it.
    fn name(&self) -> String;
}

impl<S: ByteSource> ByteSource for &S {
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        (**self).read(at, into)
    }

    fn name(&self) -> String {
        (**self).name()
    }
}

/// A file that is open only while it is read, so any number of them can be read in turns.
pub struct ClosedFile(pub PathBuf);

impl ByteSource for ClosedFile {
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        read_full(&File::open(&self.0)?, at, into)
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

/// Reads from `file` until `into` is full or the file ends.
///
/// # Errors
/// Those of the system.
pub fn read_full(file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < into.len() {
        match file.read_at(&mut into[length..], at + length as u64) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// A source, and the part of it that is in memory.
pub struct ReadBuffer<S> {
    source: S,
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
    next: u64,
    end: u64,
}

impl<S: ByteSource> ReadBuffer<S> {
    /// Reads the bytes from `start` on, to `end` or to the source's end, through a buffer of `size` bytes.
    #[must_use]
    pub fn new(source: S, start: u64, end: u64, size: usize) -> Self {
        Self { source, buffer: vec![0; size], start: 0, filled: 0, next: start, end }
    }

    /// The next bytes: at least `least` of them unless the source ends before; `least` is at most the buffer's size.
    ///
    /// # Errors
    /// `Error::Io` where the source cannot be read.
    #[inline]
    pub fn ahead(&mut self, least: usize) -> Result<&[u8], Error> {
        if self.filled - self.start < least && self.next < self.end {
            self.fill()?;
        }
        Ok(self.held())
    }

    /// The next bytes, as many as are in memory.
    #[inline]
    #[must_use]
    pub fn held(&self) -> &[u8] {
        &self.buffer[self.start..self.filled]
    }

    /// Goes on behind the next `length` bytes, which must be in the buffer.
    #[inline]
    pub fn skip(&mut self, length: usize) {
        self.start += length;
        debug_assert!(self.start <= self.filled);
    }

    /// Offset in the source of the next byte.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.next - (self.filled - self.start) as u64
    }

    /// The source.
    pub fn source(&self) -> &S {
        &self.source
    }

    #[cold]
    fn fill(&mut self) -> Result<(), Error> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        let room = self.buffer.len() - self.filled;
        let wanted = usize::try_from(self.end - self.next).map_or(room, |left| left.min(room));
        let into = &mut self.buffer[self.filled..self.filled + wanted];
        let length = self.source.read(self.next, into).map_err(|error| Error::io(self.source.name(), &error))?;
        self.filled += length;
        self.next += length as u64;
        if length < wanted {
            self.end = self.next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl ByteSource for Vec<u8> {
        fn read(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
            let rest = self.get(at as usize..).ok_or(io::ErrorKind::NotFound)?;
            let length = rest.len().min(into.len());
            into[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        }

        fn name(&self) -> String {
            "some.partial".into()
        }
    }
}
