//! One pass over a pool's scores and hashes, which finds the substrings before a bracket and those that may be in it.
//!
//! Each word is compared with the limits of its score (see `bracket`). There is a variant for AVX2 (see `simd`) and a portable
//! one; both find the same ids, whose order has no meaning. Time: some 0.8 ns a substring with AVX2, for 14 bytes.

#[cfg(target_arch = "x86_64")]
use crate::base::simd;
use crate::base::substring_key::SubstringKey;
use crate::draw::bracket::{Limit, high_bits};
use crate::draw::noised_order::Draw;
use crate::pool::count::Count;
use crate::pool::sliding_pool::Pool;

#[cfg(target_arch = "x86_64")]
mod avx2;

/// Number of limits: scores from the last one on share it.
pub(crate) const SCORES: usize = 1024;

/// Number of substrings that are compared together.
pub(crate) const BLOCK: usize = 512;

/// Columns of a pool, by substring id.
#[derive(Clone, Copy)]
pub struct Columns<'a, C> {
    /// Number of occurrences in the pool.
    pub(crate) occurrences: &'a [C],
    /// Score of one occurrence; 0 for substrings that are not eligible.
    pub(crate) weights: &'a [u16],
    /// Hash of the key.
    pub(crate) hashes: &'a [u64],
    /// Key of the substring.
    pub(crate) keys: &'a [SubstringKey],
}

impl<'a, C: Count> Columns<'a, C> {
    /// Returns the columns of a pool.
    #[must_use]
    pub fn of(pool: &'a Pool<C>) -> Self {
        let known = pool.occurrences().len();
        let substrings = pool.substrings();
        Self {
            occurrences: pool.occurrences(),
            weights: &substrings.eligible_weights()[..known],
            hashes: &substrings.hashes()[..known],
            keys: &substrings.keys()[..known],
        }
    }

    /// Returns the score, 0 for substrings that are not eligible; it is never above the pool's total, which fits 64 bits.
    #[inline]
    #[must_use]
    pub(crate) fn score(&self, number: usize) -> u64 {
        self.occurrences[number].into().wrapping_mul(u64::from(self.weights[number]))
    }

    /// Returns the number of eligible substrings in the pool.
    #[must_use]
    pub(crate) fn eligible(&self) -> u64 {
        self.occurrences
            .iter()
            .zip(self.weights)
            .filter(|&(&occurrences, &weight)| occurrences.into() > 0 && weight > 0)
            .count() as u64
    }

    /// Calls `each` with the first id, occurrences, weights and hashes of every block.
    #[expect(clippy::inline_always, reason = "it must be compiled for the features of its caller")]
    #[inline(always)]
    fn each_block(&self, mut each: impl FnMut(u32, &[C; BLOCK], &[u16; BLOCK], &[u64; BLOCK])) {
        let (occurrences, occurrences_rest) = self.occurrences.as_chunks::<BLOCK>();
        let (weights, weights_rest) = self.weights.as_chunks::<BLOCK>();
        let (hashes, hashes_rest) = self.hashes.as_chunks::<BLOCK>();
        let mut first = 0;
        for ((occurrences, weights), hashes) in occurrences.iter().zip(weights).zip(hashes) {
            each(first, occurrences, weights, hashes);
            first += BLOCK as u32;
        }
        each(first, &padded(occurrences_rest), &padded(weights_rest), &padded(hashes_rest));
    }
}

/// Limits by score, each minus one: AVX2 compares signed numbers, and the highest limit is 2^31.
pub(crate) struct Limits {
    surely: [i32; SCORES],
    perhaps: [i32; SCORES],
}

impl Default for Limits {
    fn default() -> Self {
        Self { surely: [-1; SCORES], perhaps: [-1; SCORES] }
    }
}

impl Limits {
    /// Sets the limits of a score; the last one's are those of all scores above it, too.
    #[inline]
    pub(crate) fn set(&mut self, score: usize, limit: Limit) {
        self.surely[score] = limit.surely.wrapping_sub(1).cast_signed();
        self.perhaps[score] = limit.perhaps.wrapping_sub(1).cast_signed();
    }

    /// Returns the limits of a score.
    #[inline]
    #[must_use]
    pub(crate) fn of(&self, score: u64) -> Limit {
        let index = score.min(SCORES as u64 - 1) as usize;
        let limit = |less: i32| less.cast_unsigned().wrapping_add(1);
        Limit { surely: limit(self.surely[index]), perhaps: limit(self.perhaps[index]) }
    }
}

/// Result of a pass; its memory is kept for the next one.
#[derive(Default)]
pub(crate) struct ScanResult {
    /// Ids of substrings before the bracket, then room for those that are still to be chosen.
    chosen: Vec<u32>,
    count: usize,
    /// Ids of substrings that may be in the bracket.
    pub(crate) open: Vec<u32>,
}

impl ScanResult {
    /// Returns the chosen ids.
    #[must_use]
    pub(crate) fn chosen(&self) -> &[u32] {
        &self.chosen[..self.count]
    }

    /// Chooses one more of the substrings of the pass.
    #[inline]
    pub(crate) fn choose(&mut self, number: u32) {
        self.chosen[self.count] = number;
        self.count += 1;
    }

    /// Begins a pass over `known` substrings.
    fn begin(&mut self, known: usize) {
        self.chosen.resize(known + BLOCK, 0);
        self.count = 0;
        self.open.clear();
    }
}

/// Count of a substring's occurrences, in a form that a pass over the pool's substrings can read.
pub trait Scanned: Count {
    /// Returns the list itself if its numbers have 32 bits, for which there is a fast variant.
    fn words(list: &[Self]) -> Option<&[u32]>;
}

impl Scanned for u32 {
    fn words(list: &[Self]) -> Option<&[u32]> {
        Some(list)
    }
}

impl Scanned for u64 {
    fn words(_: &[Self]) -> Option<&[u32]> {
        None
    }
}

/// Finds the substrings whose words are below the limits of their scores: `surely` are chosen, `perhaps` are open.
pub(crate) fn scan<C: Scanned>(columns: Columns<C>, draw: &Draw, limits: &Limits, result: &mut ScanResult) {
    #[cfg(target_arch = "x86_64")]
    if let Some(occurrences) = C::words(columns.occurrences).filter(|_| simd::avx2_is_wanted()) {
        let Columns { weights, hashes, keys, .. } = columns;
        // SAFETY: AVX2 is wanted only if the processor has every feature that `avx2::scan` is compiled for.
        return unsafe { avx2::scan(Columns { occurrences, weights, hashes, keys }, draw, limits, result) };
    }
    scan_on_any(columns, draw, limits, result);
}

/// Portable variant of `scan`.
fn scan_on_any<C: Count>(columns: Columns<C>, draw: &Draw, limits: &Limits, result: &mut ScanResult) {
    result.begin(columns.occurrences.len());
    columns.each_block(|first, occurrences, weights, hashes| {
        let indices: [u32; BLOCK] = std::array::from_fn(|n| {
            // A count above the last limit's score can be reduced to it: so can its product.
            let count = occurrences[n].into().min(SCORES as u64 - 1) as u32;
            (count * u32::from(weights[n])).min(SCORES as u32 - 1)
        });
        let bits: [u32; BLOCK] = std::array::from_fn(|n| high_bits(draw.high_half(hashes[n])));
        let Some(room) = result.chosen[result.count..].first_chunk_mut::<BLOCK>() else { return };
        let mut here = 0usize;
        // By index, since iterators over both lists take five times the instructions here.
        for n in 0..BLOCK {
            let (index, bits) = (indices[n] as usize % SCORES, bits[n].cast_signed());
            let substring = first.wrapping_add(n as u32);
            // Branchless, since the outcome is unpredictable: an id that is not chosen is overwritten.
            room[here % BLOCK] = substring;
            let chosen = bits <= limits.surely[index];
            here = here.wrapping_add(usize::from(chosen));
            if !chosen && bits <= limits.perhaps[index] {
                result.open.push(substring);
            }
        }
        result.count += here;
    });
}

/// Returns the last, shorter block, filled up with substrings of score 0.
fn padded<T: Copy + Default>(rest: &[T]) -> [T; BLOCK] {
    let mut block = [T::default(); BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;
    use proptest::prelude::*;

    /// Sorted ids: (chosen, open).
    type Sorted = (Vec<u32>, Vec<u32>);

    fn sorted(pass: impl Fn(&mut ScanResult)) -> Sorted {
        let mut result = ScanResult::default();
        // The second pass overwrites the first one's result.
        (0..2).for_each(|_| pass(&mut result));
        let (mut chosen, mut open) = (result.chosen().to_vec(), result.open);
        chosen.sort_unstable();
        open.sort_unstable();
        (chosen, open)
    }

    fn by_definition<C: Count>(columns: Columns<C>, draw: &Draw, limits: &Limits) -> Sorted {
        let side = |number: u32| {
            let limit = limits.of(columns.score(number as usize));
            let bits = high_bits((draw.word(columns.hashes[number as usize]) >> 32) as u32);
            (bits < limit.surely, bits < limit.perhaps)
        };
        let known = 0..columns.occurrences.len() as u32;
        let chosen = known.clone().filter(|&number| side(number).0).collect();
        (chosen, known.filter(|&number| side(number) == (false, true)).collect())
    }

    /// Counts or weights: few, up to where limits end, any; with many zeros.
    fn numbers(most: u32) -> impl Strategy<Value = u32> {
        prop_oneof![Just(0), 0..4u32, 0..SCORES as u32 + 2, 0..=most]
    }

    fn limit() -> impl Strategy<Value = Limit> {
        prop_oneof![
            Just(Limit::NEVER),
            Just(Limit::OPEN),
            Just(Limit { surely: 1 << 31, perhaps: 1 << 31 }),
            (0..=1u32 << 31, 0..=1u32 << 31).prop_map(|(a, b)| Limit { surely: a.min(b), perhaps: a.max(b) }),
        ]
    }

    proptest! {
        #[test]
        fn both_ways_find_the_same(
            substrings in prop::collection::vec((numbers(u32::MAX), numbers(u32::from(u16::MAX)), any::<u64>()), 0..1700),
            few in prop::collection::vec(limit(), 1..9),
            seed in any::<u64>(),
        ) {
            let draw = Draw::new(1000, 0.1, &mut Path::new(seed, "scan test").key().stream());
            let mut limits = Limits::default();
            (1..SCORES).for_each(|score| limits.set(score, few[score % few.len()]));
            prop_assert_eq!(limits.of(u64::MAX), few[(SCORES - 1) % few.len()]);
            let occurrences: Vec<u32> = substrings.iter().map(|s| s.0).collect();
            let wide: Vec<u64> = substrings.iter().map(|s| u64::from(s.0) << (s.2 % 16)).collect();
            let weights: Vec<u16> = substrings.iter().map(|s| s.1 as u16).collect();
            let hashes: Vec<u64> = substrings.iter().map(|s| s.2).collect();
            let columns = Columns { occurrences: &occurrences[..], weights: &weights, hashes: &hashes, keys: &[] };
            let expected = by_definition(columns, &draw, &limits);
            prop_assert_eq!(&sorted(|result| scan_on_any(columns, &draw, &limits, result)), &expected);
            #[cfg(target_arch = "x86_64")]
            if simd::avx2_is_tested() {
                // SAFETY: the processor has what `avx2::scan` is compiled for.
                let result = sorted(|result| unsafe { avx2::scan(columns, &draw, &limits, result) });
                prop_assert_eq!(&result, &expected);
            }
            prop_assert_eq!(&sorted(|result| scan(columns, &draw, &limits, result)), &expected);
            let wide = Columns { occurrences: &wide[..], weights: &weights, hashes: &hashes, keys: &[] };
            let expected = by_definition(wide, &draw, &limits);
            prop_assert_eq!(&sorted(|result| scan(wide, &draw, &limits, result)), &expected);
        }
    }
}
