//! Byte masks: one bit for each of 64 bytes, whether it lies in a range; with AVX2, or with shifts and sums of 8 bytes in
//! a register.
//!
//! A comparison is a value of `InRange`, so that the code above it is compiled once for each variant.

use std::ops::RangeInclusive;

/// Bytes of one mask; bit `i` of it is byte `i`.
pub(crate) type Block = [u8; 64];

/// Returns the mask of the bytes of a block that lie in a range, whose ends are both ASCII or both not.
pub(crate) trait InRange: Fn(&Block, RangeInclusive<u8>) -> u64 + Copy {}
impl<F: Fn(&Block, RangeInclusive<u8>) -> u64 + Copy> InRange for F {}

/// `InRange` with two comparisons of 32 bytes.
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

/// `InRange` on any processor.
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
        // A byte's low seven bits carry into its high bit from `first` on, and again past `last`.
        let low = word & !HIGH;
        let within = (low + from_first) & !(low + past_last) & (word ^ half) & HIGH;
        // The product has the high bit of byte i at 56 + i.
        mask |= ((within >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares every byte at every position with every range of one half.
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
