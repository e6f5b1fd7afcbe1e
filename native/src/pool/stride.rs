//! Where substrings begin in a pretoken, and how long they are (SPEC section 2, "Scores").

use crate::base::error::Error;
use crate::split::classes::is_beginning;

/// The highest `max_length`: weights, which are up to two a byte, fit 16 bits.
const LONGEST: usize = 1 << 15;

/// Which substrings are taken from a pretoken: the stride of their starts and their greatest length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubstringRule {
    stride: usize,
    /// The longest substring, in bytes.
    pub longest: usize,
}

impl SubstringRule {
    /// Every `stride`-th possible start; substrings of `1 .. max_length` bytes.
    ///
    /// # Errors
    /// `Error::Parameter` for a stride of 0, or a length that is not 1 to 32768.
    pub fn new(stride: usize, max_length: usize) -> Result<Self, Error> {
        if stride == 0 {
            return Err(Error::Parameter("stride must be at least 1"));
        }
        if max_length == 0 || max_length > LONGEST {
            return Err(Error::Parameter("max_length must be 1 to 32768"));
        }
        Ok(Self { stride, longest: max_length - 1 })
    }

    /// The rule that the training code uses: every 4th start, substrings of 1..=15 bytes.
    pub const TRAINING: Self = Self { stride: 4, longest: 15 };

    /// The byte offsets in `pretoken`, which is UTF-8, from which substrings are taken.
    ///
    /// With characters of `l_0 .. l_(m-1)` bytes the possible starts are 0, `l_1`, `l_1 + l_2`, ...; the sum leaves
    /// `l_0` out, as the training code does, so that past a first character of several bytes starts may fall inside
    /// characters. The first pretoken of a text has one more 0 in front.
    pub fn starts(self, pretoken: &[u8], first: bool) -> impl Iterator<Item = usize> {
        let leads = pretoken.iter().filter(|&&byte| is_beginning(byte)).skip(1);
        let sums = leads.scan(0, |sum, &lead| {
            *sum += encoded_len(lead);
            Some(*sum)
        });
        let zeros = if pretoken.is_empty() { 0 } else { 1 + usize::from(first) };
        std::iter::repeat_n(0, zeros).chain(sums).step_by(self.stride)
    }

    /// As `starts`, of a pretoken that is ASCII.
    pub fn starts_of_ascii(self, length: usize, first: bool) -> impl Iterator<Item = usize> {
        let zeros = usize::from(first && length > 0);
        (0..length + zeros).step_by(self.stride).map(move |place| place.saturating_sub(zeros))
    }
}

/// The length in bytes of the character with this first byte.
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
