//! Unsigned LEB128: a number as bytes of 7 bits each, the lowest bits first. Every byte but the last has its high bit
//! set.

/// Largest length of a 64-bit number in LEB128, in bytes.
pub(crate) const LONGEST: usize = 10;

/// Returns the number at `offset` in `bytes` and the offset behind the number, or None if the number is truncated or
/// exceeds 64 bits.
#[inline]
#[must_use]
pub(crate) fn read(bytes: &[u8], mut offset: usize) -> Option<(u64, usize)> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(offset)?;
        offset += 1;
        let bits = u64::from(byte & 0x7F);
        number |= bits << shift;
        if bits << shift >> shift != bits {
            return None;
        }
        if byte < 0x80 {
            return Some((number, offset));
        }
    }
    None
}

/// Appends a number in LEB128 to `out`.
#[inline]
pub(crate) fn write(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_reads_as_it_was_written(number in prop_oneof![0..300u64, any::<u64>()], before in 0..3usize) {
            let mut bytes = vec![0xFF; before];
            write(number, &mut bytes);
            prop_assert!(bytes.len() - before <= LONGEST);
            prop_assert_eq!(read(&bytes, before), Some((number, bytes.len())));
            prop_assert_eq!(read(&bytes[..bytes.len() - 1], before), None);
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_refused() {
        assert_eq!(read(&[[0xFF; 9].as_slice(), &[1]].concat(), 0), Some((u64::MAX, 10)));
        assert_eq!(read(&[[0xFF; 9].as_slice(), &[2]].concat(), 0), None);
        assert_eq!(read(&[0x80; 11], 0), None);
    }
}
