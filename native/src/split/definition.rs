//! The split one character at a time: what the blocks must equal.

use crate::split::classes::{CLASSES, Class};
use crate::split::gpt2::contraction_end;

/// The pretokens of a text, from left to right.
pub struct Pretokens<'a> {
    text: &'a str,
    at: usize,
}

/// Splits `text` into its pretokens.
#[must_use]
pub fn split(text: &str) -> Pretokens<'_> {
    Pretokens { text, at: 0 }
}

impl<'a> Iterator for Pretokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let start = self.at;
        let (class, length) = self.class_at(start)?;
        let first = self.text.as_bytes()[start];
        self.at = if class == Class::Space {
            match self.class_at(start + length) {
                Some((next, _)) if first == b' ' && next != Class::Space => self.run_end(start + length, next),
                _ => self.space_end(start),
            }
        } else if first == b'\'' {
            contraction_end(self.text.as_bytes(), start).unwrap_or_else(|| self.run_end(start, class))
        } else {
            self.run_end(start, class)
        };
        Some(&self.text[start..self.at])
    }
}

impl Pretokens<'_> {
    fn class_at(&self, at: usize) -> Option<(Class, usize)> {
        CLASSES.first(&self.text.as_bytes()[at..])
    }

    /// The end of the run of `class` that holds the character at `at`.
    fn run_end(&self, mut at: usize, class: Class) -> usize {
        while let Some((next, length)) = self.class_at(at) {
            if next != class {
                break;
            }
            at += length;
        }
        at
    }

    /// The end of the white-space pretoken at `start`: the run, less its last character if something visible follows
    /// and something is left.
    fn space_end(&self, start: usize) -> usize {
        let end = self.run_end(start, Class::Space);
        let last = self.text[start..end].chars().next_back().map_or(0, char::len_utf8);
        if end == self.text.len() || end - last == start { end } else { end - last }
    }
}
