//! Verify: reads the files of a finished result again, and sums the counts in them.
//!
//! The JSON must have exactly the form that the module `json` writes: one member a line, escapes only if they are
//! needed, counts of at least 1 that never rise. The file is read in one pass, eight bytes at a time. Memory is one
//! buffer.

use std::io::{self, Read};

use crate::base::error::Error;
use crate::counts::segment::Sums;

/// Size of the buffer through which a file is read, in bytes; a longer line makes the buffer larger.
const BUFFER: usize = if cfg!(test) { 16 } else { 1 << 20 };
const BEGIN: &[u8] = b"{\n";
const MEMBER: &[u8] = b"  \"";
const COLON: &[u8] = b"\": ";

/// Checks that `file` holds one JSON object in the form that the module `json` writes; returns the number of members
/// and the sum of their counts. `name` is the file's name in messages.
///
/// # Errors
/// `Error::Io` if the file cannot be read; `Error::Damaged` if it has another form; `Error::Overflow` if the sum exceeds
/// 64 bits.
pub fn verify_json(mut file: impl Read, name: &str) -> Result<Sums, Error> {
    let (mut members, mut buffer, mut held, mut done) = (Members::default(), vec![0; BUFFER], 0, 0u64);
    let damaged = |at: u64| Error::Damaged { name: name.into(), reason: format!("not as it was written at byte {at}") };
    loop {
        if held == buffer.len() {
            buffer.resize(2 * held, 0); // a longer member
        }
        let more = match file.read(&mut buffer[held..]) {
            Ok(more) => more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::io(name.into(), &error)),
        };
        held += more;
        let mut used = 0;
        while let Some(length) = members.read(&buffer[used..held])? {
            used += length;
        }
        if members.is_broken {
            return Err(damaged(done + used as u64));
        }
        if more == 0 {
            let whole = members.is_end(&buffer[used..held]);
            return if whole { Ok(members.sums) } else { Err(damaged(done + used as u64)) };
        }
        buffer.copy_within(used..held, 0);
        (held, done) = (held - used, done + used as u64);
    }
}

/// Returns how many of the little-endian 64-bit numbers in `counts` are not 0, and the sum of all numbers.
#[must_use]
pub fn sum_counts(counts: &[u8]) -> (u64, u128) {
    let (numbers, _) = counts.as_chunks::<8>();
    // Low and high halves are summed apart: 2^20 halves of 32 bits cannot overflow 64 bits, so no sum needs a check,
    // and the compiler adds several numbers at a time.
    let blocks = numbers.chunks(1 << 20).map(|block| {
        block.iter().fold((0u64, 0u64, 0u64), |(positive, low, high), &number| {
            let number = u64::from_le_bytes(number);
            let more = u64::from(number > 0);
            (
                positive.wrapping_add(more),
                low.wrapping_add(number & u64::from(u32::MAX)),
                high.wrapping_add(number >> 32),
            )
        })
    });
    blocks.fold((0, 0), |(positive, sum), (more, low, high)| {
        (positive + more, sum + u128::from(low) + (u128::from(high) << 32))
    })
}

/// Members of the object that have been read, and the state of the reading.
struct Members {
    sums: Sums,
    /// Count of the last member, which is the least count so far.
    least: u64,
    begun: bool,
    /// True after the last member was read, the one without a comma behind it.
    ended: bool,
    is_broken: bool,
}

impl Default for Members {
    fn default() -> Self {
        Self { sums: Sums::default(), least: u64::MAX, begun: false, ended: false, is_broken: false }
    }
}

impl Members {
    /// Reads the line at the beginning of `bytes`, and returns the line's length in bytes; None if the line is
    /// truncated or broken.
    #[inline]
    fn read(&mut self, bytes: &[u8]) -> Result<Option<usize>, Error> {
        if !self.begun {
            self.begun = bytes.starts_with(BEGIN);
            self.is_broken = !(self.begun || BEGIN.starts_with(bytes) || bytes == b"{}");
            return Ok(self.begun.then_some(BEGIN.len()));
        }
        if self.ended {
            self.is_broken = bytes.len() > 1;
            return Ok(None);
        }
        match member(bytes) {
            Line::Member { count, length, is_last } if 0 < count && count <= self.least => {
                (self.least, self.ended) = (count, is_last);
                self.sums.add(count)?;
                Ok(Some(length))
            }
            Line::Truncated => Ok(None),
            _ => {
                self.is_broken = true;
                Ok(None)
            }
        }
    }

    /// Returns whether `rest`, the unread bytes of the file, is exactly the end of the object.
    fn is_end(&self, rest: &[u8]) -> bool {
        if self.begun { self.ended && rest == b"}" } else { rest == b"{}" }
    }
}

/// Kind of the line at the beginning of some bytes.
enum Line {
    Member { count: u64, length: usize, is_last: bool },
    Truncated,
    Broken,
}

/// Reads the member whose line is at the beginning of `bytes`.
#[inline]
fn member(bytes: &[u8]) -> Line {
    let Some(rest) = bytes.strip_prefix(MEMBER) else { return truncated_or_broken(bytes, MEMBER) };
    let Some(end) = end_of_string(rest) else { return Line::Truncated };
    if rest[end] != b'"' {
        return Line::Broken;
    }
    let Some(digits) = rest[end..].strip_prefix(COLON) else { return truncated_or_broken(&rest[end..], COLON) };
    let mut count = 0u64;
    let mut length = 0;
    while let Some(digit) = digits.get(length).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        match count.checked_mul(10).and_then(|tens| tens.checked_add(digit.into())) {
            Some(more) if more > 0 => count = more,
            _ => return Line::Broken, // above 64 bits, or a 0 in front
        }
        length += 1;
    }
    let before = bytes.len() - digits.len() + length;
    match digits[length..] {
        [b'\n', ..] => Line::Member { count, length: before + 1, is_last: true },
        [b',', b'\n', ..] => Line::Member { count, length: before + 2, is_last: false },
        [] | [b','] => Line::Truncated,
        _ => Line::Broken,
    }
}

/// Classifies a line whose rest, `bytes`, does not begin with `expected`.
fn truncated_or_broken(bytes: &[u8], expected: &[u8]) -> Line {
    if expected.starts_with(bytes) { Line::Truncated } else { Line::Broken }
}

/// Returns the index of the quote that ends a string, or of a byte that is not allowed in a string; None if `bytes`
/// ends before both.
#[inline]
fn end_of_string(bytes: &[u8]) -> Option<usize> {
    let mut index = 0;
    loop {
        index += plain(&bytes[index..]);
        match *bytes.get(index)? {
            b'\\' => match escape(&bytes[index + 1..])? {
                0 => return Some(index),
                length => index += length,
            },
            _ => return Some(index),
        }
    }
}

/// Returns the length in bytes of the escape whose backslash is before `bytes`; 0 if `json` never writes this escape;
/// None if the escape is truncated.
fn escape(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f' => Some(2),
        b'u' => Some(if bytes.get(1..5)?.starts_with(b"00") { 6 } else { 0 }),
        _ => Some(0),
    }
}

/// Returns the number of bytes at the beginning of `bytes` that are no quote, no backslash and no control character
/// below the space.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const LOW: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = LOW << 7;
    let mut index = 0;
    while let Some(word) = bytes[index..].first_chunk() {
        let word = u64::from_le_bytes(*word);
        // The lowest set bit is exact, because a borrow of the subtractions changes only higher bytes.
        let (quote, backslash) = (word ^ (LOW * u64::from(b'"')), word ^ (LOW * u64::from(b'\\')));
        let below = word.wrapping_sub(LOW * 0x20) & !word;
        let ends = (below | quote.wrapping_sub(LOW) & !quote | backslash.wrapping_sub(LOW) & !backslash) & HIGH;
        if ends != 0 {
            return index + ends.trailing_zeros() as usize / 8;
        }
        index += 8;
    }
    let rest = bytes[index..].iter().take_while(|&&byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    index + rest.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::json::ObjectWriter;
    use proptest::prelude::*;

    fn object(members: &[(String, u64)]) -> Vec<u8> {
        let (mut object, mut out) = (ObjectWriter::default(), Vec::new());
        for (name, count) in members {
            object.push(name, *count, &mut out);
        }
        object.finish(&mut out);
        out
    }

    fn any_members() -> impl Strategy<Value = Vec<(String, u64)>> {
        let character =
            prop_oneof![any::<char>(), Just('"'), Just('\\'), Just('\n'), Just('\u{1}'), Just('Ġ'), Just('a')];
        let name = prop::collection::vec(character, 0..40).prop_map(|name| name.into_iter().collect());
        let count = prop_oneof![1..20u64, 1..u64::MAX >> 8];
        prop::collection::vec((name, count), 0..30).prop_map(|mut members| {
            members.sort_by_key(|member| std::cmp::Reverse(member.1));
            members
        })
    }

    proptest! {
        #[test]
        fn written_objects_are_verified(members in any_members()) {
            let sums = verify_json(&object(&members)[..], "x.json").unwrap();
            prop_assert_eq!(sums.entries, members.len() as u64);
            prop_assert_eq!(sums.occurrences, members.iter().map(|member| member.1).sum::<u64>());
        }

        #[test]
        fn no_truncated_object_is_whole(members in any_members(), length in any::<usize>()) {
            let whole = object(&members);
            let length = length % whole.len();
            prop_assert!(verify_json(&whole[..length], "x.json").is_err());
            prop_assert!(verify_json(&[&whole[..], b"\n"].concat()[..], "x.json").is_err());
        }

        #[test]
        fn a_changed_byte_is_refused_or_counted(members in any_members(), at in any::<usize>(), byte in 0x20..0x7Fu8) {
            let mut changed = object(&members);
            let at = at % changed.len();
            changed[at] = byte;
            let Ok(sums) = verify_json(&changed[..], "x.json") else { return Ok(()) };
            let text = String::from_utf8_lossy(&changed);
            let counts = text.lines().filter_map(|line| line.rsplit_once("\": ")?.1.trim_end_matches(',').parse::<u64>().ok());
            prop_assert_eq!(sums.occurrences, counts.sum::<u64>());
            prop_assert_eq!(sums.entries, members.len() as u64);
        }
    }

    #[test]
    fn no_more_is_read_than_tells_that_it_is_another_file() {
        for begin in ["", "{}", "{\n  \"a\": 1\n}", "{\n  \"a\": 1,\n}"] {
            let mut read = 0;
            let endless = begin.bytes().chain(std::iter::repeat(0)).inspect(|_| read += 1);
            let refused = verify_json(ByteReader(endless), "x.json");
            assert!(refused.is_err() && read <= begin.len() + 2 * BUFFER, "{begin}: {read}");
        }
    }

    struct ByteReader<I>(I);

    impl<I: Iterator<Item = u8>> Read for ByteReader<I> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            Ok(into.iter_mut().zip(&mut self.0).map(|(byte, next)| *byte = next).count())
        }
    }

    #[test]
    fn forms_that_are_not_written_are_refused() {
        let good = |json: &str| verify_json(json.as_bytes(), "x.json").map(|sums| (sums.entries, sums.occurrences));
        assert_eq!(good("{\n  \"b\": 12,\n  \"a\\u0001\": 3\n}"), Ok((2, 15)));
        assert_eq!(good("{}"), Ok((0, 0)));
        for bad in [
            "",
            "{",
            "{\n",
            "{\n}",
            "{ }",
            "{}\n",
            "{\n  \"a\": 1\n}\n",
            "{\n  \"a\": 1,\n}",
            "{\n  \"a\": 1\n  \"b\": 1\n}",
            "{\n  \"a\": 1,\n  \"b\": 2\n}",
            "{\n  \"a\": 0\n}",
            "{\n  \"a\": 01\n}",
            "{\n  \"a\": \n}",
            "{\n  \"a\": -1\n}",
            "{\n  \"a\": 1.0\n}",
            "{\n  \"a\": 18446744073709551616\n}",
            "{\n  \"a\":1\n}",
            "{\n \"a\": 1\n}",
            "{\n  \"a\"\": 1\n}",
            "{\n  \"\\x\": 1\n}",
            "{\n  \"\\u0100\": 1\n}",
            "{\n  \"a\nb\": 1\n}",
            "{\n  \"a\": 1\n}{}",
        ] {
            let error = good(bad).unwrap_err().to_string();
            assert!(error.starts_with("x.json: not as it was written at byte "), "{bad:?}: {error}");
        }
    }

    #[test]
    fn no_sum_of_counts_wraps() {
        let numbers = [u64::MAX, 0, 1, 1 << 32, u64::MAX - 5, 0, 7];
        let counts = numbers.map(u64::to_le_bytes).concat();
        assert_eq!(sum_counts(&counts), (5, numbers.iter().map(|&number| u128::from(number)).sum()));
        assert_eq!(sum_counts(&[]), (0, 0));
        let (ones, count) = (u64::MAX.to_le_bytes().repeat(3 << 20), 3 << 20);
        assert_eq!(sum_counts(&ones), (count, u128::from(count) * u128::from(u64::MAX)));
    }

    #[test]
    fn a_sum_beyond_64_bits_is_an_error() {
        let members = [("a".into(), u64::MAX), ("b".into(), 1)];
        assert_eq!(verify_json(&object(&members)[..], "x.json"), Err(Error::Overflow));
    }
}
