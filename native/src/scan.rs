//! One pass over a pool's scores and hashes: who comes before a bracket, and who may be in it.
//!
//! A block's scores and words are worked out in loops that compilers vectorize. Then each word is compared with the
//! limits of its score, by AVX2 where it is wanted (see `simd`): eight look-ups of `perhaps` at once, and those below
//! it, some 12 %, are moved together and compared with `surely`. Nothing of it branches on a comparison's result. Both
//! ways give the same numbers; their order means nothing. Time: some 0.6 ns a substring, 14 bytes of which are read.

use crate::draw::{Draw, Limit, high_bits};
use crate::pool::Pool;
use crate::pretokens::Count;
#[cfg(target_arch = "x86_64")]
use crate::simd;
use crate::substrings::Key;

#[cfg(target_arch = "x86_64")]
mod avx2;

/// Scores with limits of their own; the last one serves all scores from there on.
pub const SCORES: usize = 1024;

/// Substrings that are looked at together.
pub const BLOCK: usize = 512;

/// What a pool has of each substring, by number.
#[derive(Clone, Copy)]
pub struct Columns<'a, C> {
    /// How often it is in the pool.
    pub taken: &'a [C],
    /// What each time is worth, where it is eligible.
    pub weights: &'a [u16],
    /// Its hash.
    pub hashes: &'a [u64],
    /// What it is.
    pub keys: &'a [Key],
}

impl<'a, C: Count> Columns<'a, C> {
    /// Those of a pool.
    #[must_use]
    pub fn of(pool: &'a Pool<C>) -> Self {
        let known = pool.taken().len();
        let substrings = pool.substrings();
        Self {
            taken: pool.taken(),
            weights: &substrings.eligible_weights()[..known],
            hashes: &substrings.hashes()[..known],
            keys: &substrings.keys()[..known],
        }
    }

    /// The score as far as it counts for eligible substrings; never above the pool's total, which fits.
    #[inline]
    #[must_use]
    pub fn score(&self, number: usize) -> u64 {
        self.taken[number].into().wrapping_mul(u64::from(self.weights[number]))
    }

    /// Calls `each` with the first number, counts, weights and hashes of every block.
    #[expect(clippy::inline_always, reason = "it must be compiled for the features of its caller")]
    #[inline(always)]
    fn each_block(&self, mut each: impl FnMut(u32, &[C; BLOCK], &[u16; BLOCK], &[u64; BLOCK])) {
        let (taken, taken_rest) = self.taken.as_chunks::<BLOCK>();
        let (weights, weights_rest) = self.weights.as_chunks::<BLOCK>();
        let (hashes, hashes_rest) = self.hashes.as_chunks::<BLOCK>();
        let mut first = 0;
        for ((taken, weights), hashes) in taken.iter().zip(weights).zip(hashes) {
            each(first, taken, weights, hashes);
            first += BLOCK as u32;
        }
        each(first, &padded(taken_rest), &padded(weights_rest), &padded(hashes_rest));
    }
}

/// Limits by score.
pub struct Limits {
    /// One less than the limits, so that the highest fits and nothing is as low as the lowest.
    surely: [i32; SCORES],
    perhaps: [i32; SCORES],
}

impl Default for Limits {
    fn default() -> Self {
        Self { surely: [-1; SCORES], perhaps: [-1; SCORES] }
    }
}

impl Limits {
    /// Sets the limit of a score, or of all from the last on.
    #[inline]
    pub fn set(&mut self, score: usize, limit: Limit) {
        self.surely[score] = limit.surely.wrapping_sub(1).cast_signed();
        self.perhaps[score] = limit.perhaps.wrapping_sub(1).cast_signed();
    }

    /// The limit of a score.
    #[inline]
    #[must_use]
    pub fn of(&self, score: u64) -> Limit {
        let place = score.min(SCORES as u64 - 1) as usize;
        let limit = |less: i32| less.cast_unsigned().wrapping_add(1);
        Limit { surely: limit(self.surely[place]), perhaps: limit(self.perhaps[place]) }
    }
}

/// Where a pass writes.
#[derive(Default)]
pub struct Found {
    /// Those whose word is surely low enough, then room.
    chosen: Vec<u32>,
    count: usize,
    /// Those whose word may be.
    pub open: Vec<u32>,
}

impl Found {
    /// Those that were chosen.
    #[must_use]
    pub fn chosen(&self) -> &[u32] {
        &self.chosen[..self.count]
    }

    /// Chooses one more, of those that the pass saw.
    #[inline]
    pub fn choose(&mut self, number: u32) {
        self.chosen[self.count] = number;
        self.count += 1;
    }

    /// Begins a pass over so many substrings.
    fn begin(&mut self, known: usize) {
        self.chosen.resize(known + BLOCK, 0);
        self.count = 0;
        self.open.clear();
    }
}

/// How often something is in the pool, as passes read it.
pub trait Scanned: Count {
    /// The list itself where it is of 32 bits, which is what there is a fast way for.
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

/// Finds whose word is surely, and whose is perhaps, below the limit of its score.
pub fn scan<C: Scanned>(columns: Columns<C>, draw: &Draw, limits: &Limits, found: &mut Found) {
    #[cfg(target_arch = "x86_64")]
    if let Some(taken) = C::words(columns.taken).filter(|_| simd::avx2_is_wanted()) {
        let Columns { weights, hashes, keys, .. } = columns;
        // SAFETY: it is wanted only where the processor has every feature that `avx2::scan` is compiled for.
        return unsafe { avx2::scan(Columns { taken, weights, hashes, keys }, draw, limits, found) };
    }
    scan_on_any(columns, draw, limits, found);
}

/// `scan` on any machine.
fn scan_on_any<C: Count>(columns: Columns<C>, draw: &Draw, limits: &Limits, found: &mut Found) {
    found.begin(columns.taken.len());
    columns.each_block(|first, taken, weights, hashes| {
        let places: [u32; BLOCK] = std::array::from_fn(|n| {
            // Scores that no limit of their own serves are no smaller for a count cut off there.
            let count = taken[n].into().min(SCORES as u64 - 1) as u32;
            (count * u32::from(weights[n])).min(SCORES as u32 - 1)
        });
        let bits: [u32; BLOCK] = std::array::from_fn(|n| high_bits(draw.high_half(hashes[n])));
        let Some(room) = found.chosen[found.count..].first_chunk_mut::<BLOCK>() else { return };
        let mut here = 0usize;
        // By number, since iterators over both lists have five times the instructions here.
        for n in 0..BLOCK {
            let (place, bits) = (places[n] as usize % SCORES, bits[n].cast_signed());
            let substring = first.wrapping_add(n as u32);
            // Without a branch, since nobody can foresee it: who is not chosen is written over.
            room[here % BLOCK] = substring;
            let chosen = bits <= limits.surely[place];
            here = here.wrapping_add(usize::from(chosen));
            if !chosen && bits <= limits.perhaps[place] {
                found.open.push(substring);
            }
        }
        found.count += here;
    });
}

/// The last, shorter block, filled up with substrings that are not there.
fn padded<T: Copy + Default>(rest: &[T]) -> [T; BLOCK] {
    let mut block = [T::default(); BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}
