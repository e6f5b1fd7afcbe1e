//! Definition of the split, one character at a time; the split by blocks of bytes (`gpt2`) must equal it.

use crate::split::classes::{CLASSES, Class};
use crate::split::gpt2::contraction_end;

/// Iterator over the pretokens of a text, from left to right.
pub struct Pretokens<'a> {
    text: &'a str,
    offset: usize,
}

/// Returns the pretokens of `text`, from left to right.
#[must_use]
pub fn split(text: &str) -> Pretokens<'_> {
    Pretokens { text, offset: 0 }
}

impl<'a> Iterator for Pretokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.offset;
        let (class, length) = self.class_at(start)?;
        let first = self.text.as_bytes()[start];
        self.offset = if class == Class::Space {
            match self.class_at(start + length) {
                Some((next, _)) if first == b' ' && next != Class::Space => self.end_of_class(start + length, next),
                _ => self.space_end(start),
            }
        } else if first == b'\'' {
            contraction_end(self.text.as_bytes(), start).unwrap_or_else(|| self.end_of_class(start, class))
        } else {
            self.end_of_class(start, class)
        };
        Some(&self.text[start..self.offset])
    }
}

impl Pretokens<'_> {
    fn class_at(&self, offset: usize) -> Option<(Class, usize)> {
        CLASSES.first(&self.text.as_bytes()[offset..])
    }

    /// Returns the end of the longest sequence of characters of `class` that begins at `offset`, in bytes.
    fn end_of_class(&self, mut offset: usize, class: Class) -> usize {
        while let Some((next, length)) = self.class_at(offset) {
            if next != class {
                break;
            }
            offset += length;
        }
        offset
    }

    /// Returns the end of the white-space pretoken that begins at `start`. The pretoken is all white space there. If a
    /// visible character follows, the last white-space character is left out, unless nothing would be left.
    fn space_end(&self, start: usize) -> usize {
        let end = self.end_of_class(start, Class::Space);
        let last = self.text[start..end].chars().next_back().map_or(0, char::len_utf8);
        if end == self.text.len() || end - last == start { end } else { end - last }
    }
}
