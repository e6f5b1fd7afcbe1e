//! Substring rule: at which offsets of a pretoken substrings start, and how long they may be (SPEC section 2,
//! "Scores").

use crate::base::bytelevel::TRAINING_LONGEST;
use crate::base::error::Error;
use crate::split::classes::is_beginning;

/// Maximum value of `max_length`, in bytes. The white-space pieces of this length take 150 MB, four times as much with
/// twice the length. Besides, weights must fit 16 bits, and a weight is at most two for each byte.
const MOST_LENGTH: usize = 1 << 12;

/// Rule by which substrings are taken from a pretoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubstringRule {
    stride: usize,
    /// Maximum length of a substring, in bytes.
    pub(crate) longest: usize,
}

impl SubstringRule {
    /// Makes the rule that takes every `stride`-th possible start, and substrings of 1 to `max_length - 1` bytes.
    ///
    /// # Errors
    /// `Error::Parameter` if `stride` is 0, or if `max_length` is not 1 to 4096.
    pub fn new(stride: usize, max_length: usize) -> Result<Self, Error> {
        if stride == 0 {
            return Err(Error::Parameter("stride must be at least 1"));
        }
        if max_length == 0 || max_length > MOST_LENGTH {
            return Err(Error::Parameter("max_length must be 1 to 4096"));
        }
        Ok(Self { stride, longest: max_length - 1 })
    }

    /// Rule of the training code: every 4th possible start, and substrings of 1 to 15 bytes.
    pub const TRAINING: Self = Self { stride: 4, longest: TRAINING_LONGEST };

    /// Returns the starts in a pretoken, the offsets at which substrings start, in bytes. The pretoken must be UTF-8;
    /// `first` is true for the first pretoken of a text.
    ///
    /// With characters of `l_0 .. l_(m-1)` bytes, the possible starts are 0, `l_1`, `l_1 + l_2`, ... The sum leaves
    /// `l_0` out, as the training code does, so that starts may fall inside characters if the first character has
    /// several bytes. The first pretoken of a text has one more possible start, a second 0 in front.
    pub fn starts(self, pretoken: &[u8], first: bool) -> impl Iterator<Item = usize> {
        let leads = pretoken.iter().filter(|&&byte| is_beginning(byte)).skip(1);
        let sums = leads.scan(0, |sum, &lead| {
            *sum += encoded_len(lead);
            Some(*sum)
        });
        let zeros = if pretoken.is_empty() { 0 } else { 1 + usize::from(first) };
        std::iter::repeat_n(0, zeros).chain(sums).step_by(self.stride)
    }

    /// Returns the starts in an ASCII pretoken of `length` bytes, as `starts` does.
    pub(crate) fn starts_of_ascii(self, length: usize, first: bool) -> impl Iterator<Item = usize> {
        let zeros = usize::from(first && length > 0);
        (0..length + zeros).step_by(self.stride).map(move |index| index.saturating_sub(zeros))
    }
}

/// Returns the length of the character with the first byte `lead` in UTF-8, in bytes.
fn encoded_len(lead: u8) -> usize {
    match lead {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(pretoken: &str, first: bool, stride: usize) -> Vec<usize> {
        let rule = SubstringRule::new(stride, 16).unwrap();
        let starts: Vec<usize> = rule.starts(pretoken.as_bytes(), first).collect();
        assert!(!pretoken.is_ascii() || rule.starts_of_ascii(pretoken.len(), first).eq(starts.iter().copied()));
        starts
    }

    #[test]
    fn a_length_out_of_bounds_is_refused() {
        for (max_length, is_allowed) in [(0, false), (1, true), (MOST_LENGTH, true), (MOST_LENGTH + 1, false)] {
            assert_eq!(SubstringRule::new(1, max_length).is_ok(), is_allowed);
        }
        assert_eq!(SubstringRule::new(4, 16), Ok(SubstringRule::TRAINING));
    }

    #[test]
    fn starts_of_ascii_are_every_fourth_byte() {
        assert_eq!(starts(" hello wor", false, 4), [0, 4, 8]);
        assert_eq!(starts(" hello wor", true, 4), [0, 3, 7]);
        assert_eq!(starts("abc", true, 1), [0, 0, 1, 2]);
        assert_eq!(starts("", true, 1), [0usize; 0]);
        for (length, stride) in (0..20).flat_map(|length| [1, 2, 4, 7, 30].map(|stride| (length, stride))) {
            starts(&"a".repeat(length), true, stride);
            starts(&"a".repeat(length), false, stride);
        }
    }

    #[test]
    fn the_sum_leaves_the_first_character_out() {
        // 中 has three bytes, a has one, é has two: the offsets are 0, then 1, then 1 + 2.
        assert_eq!(starts("中aé", false, 1), [0, 1, 3]);
        assert_eq!(starts("中中中中中", false, 4), [0, 12]);
        assert_eq!(starts("中中中中中", true, 4), [0, 9]);
        assert_eq!(starts("a😀é", false, 1), [0, 4, 6]);
    }
}
