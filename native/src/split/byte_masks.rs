//! Byte masks: one bit for each byte of a block of 64, which tells whether the byte lies in a range. Masks are made
//! with AVX2, or portably with shifts and sums of 8 bytes in a register.
//!
//! The comparison is passed as a value of type `InRange`, so that the code that uses it is compiled once for each
//! variant.

use std::ops::RangeInclusive;

/// Block of 64 bytes, from which one mask is made; bit `i` of the mask is for byte `i`.
pub(crate) type Block = [u8; 64];

/// Function that returns the mask of the bytes of a block that lie in a range. The two ends of the range must both be
/// ASCII or both not.
pub(crate) trait InRange: Fn(&Block, RangeInclusive<u8>) -> u64 + Copy {}
impl<F: Fn(&Block, RangeInclusive<u8>) -> u64 + Copy> InRange for F {}

/// Returns the mask of the bytes of `block` that lie in `range`, by two comparisons of 32 bytes with AVX2.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
#[must_use]
pub(crate) fn avx2(block: &Block, range: RangeInclusive<u8>) -> u64 {
    use std::arch::x86_64::{
        _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_set_epi64x, _mm256_set1_epi8, _mm256_sub_epi8,
    };
    let first = _mm256_set1_epi8(range.start().cast_signed());
    let width = _mm256_set1_epi8((range.end() - range.start()).cast_signed());
    let (words, _) = block.as_chunks::<8>();
    let (halves, _) = words.as_chunks::<4>();
    let mut mask = 0;
    for (index, half) in halves.iter().enumerate() {
        let [a, b, c, d] = half.map(i64::from_le_bytes);
        let above = _mm256_sub_epi8(_mm256_set_epi64x(d, c, b, a), first);
        let within = _mm256_cmpeq_epi8(_mm256_min_epu8(above, width), above);
        mask |= u64::from(_mm256_movemask_epi8(within).cast_unsigned()) << (32 * index);
    }
    mask
}

/// Returns the mask of the bytes of `block` that lie in `range`, on any processor.
#[inline]
#[must_use]
pub(crate) fn portable(block: &Block, range: RangeInclusive<u8>) -> u64 {
    const EACH: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = EACH << 7;
    let half = if range.start() < &128 { HIGH } else { 0 };
    let from_first = EACH * u64::from(128 - (range.start() & 127));
    let past_last = EACH * u64::from(127 - (range.end() & 127));
    let (words, _) = block.as_chunks::<8>();
    let mut mask = 0;
    for (index, &word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(word);
        // The first sum carries into a byte's high bit if the low seven bits are at least `first`, the second if above
        // `last`.
        let low = word & !HIGH;
        let within = (low + from_first) & !(low + past_last) & (word ^ half) & HIGH;
        // The product has the high bit of byte `i` at bit 56 + `i`.
        mask |= ((within >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks blocks of all byte values against every range whose ends are both ASCII or both not.
    fn assert_equals_the_definition(in_range: impl InRange) {
        for (first, last) in (0..=255u8).flat_map(|first| (first..=first | 127).map(move |last| (first, last))) {
            for turn in 0..4 {
                let block: Block = std::array::from_fn(|i| (i as u8).wrapping_mul(5).wrapping_add(turn * 64));
                let expected = (0..64).filter(|&i| (first..=last).contains(&block[i])).fold(0, |mask, i| mask | 1 << i);
                assert_eq!(in_range(&block, first..=last), expected, "{first} {last} {turn}");
            }
        }
    }

    #[test]
    fn portable_equals_the_definition() {
        assert_equals_the_definition(portable);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn avx2_equals_the_definition() {
        if crate::base::simd::avx2_is_tested() {
            // SAFETY: this processor has AVX2.
            assert_equals_the_definition(|block: &Block, range| unsafe { avx2(block, range) });
        }
    }
}
