//! `scan` with AVX2, eight substrings at a time.
//!
//! Eight look-ups of `perhaps` are one gather. The substrings below it, some 12 %, are moved together, and those of a block
//! are compared with `surely` afterwards. Comparisons are branchless. Memory is prefetched a block ahead, since the
//! processor's own prefetch ends with every page.

use std::arch::x86_64::{
    __m256i, _mm_cvtsi64_si128, _mm_loadu_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_castps_si256,
    _mm256_castsi256_ps, _mm256_cmpgt_epi32, _mm256_cvtepu8_epi32, _mm256_cvtepu16_epi32, _mm256_i32gather_epi32,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_min_epu32, _mm256_movemask_ps, _mm256_mullo_epi32,
    _mm256_permute4x64_epi64, _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_setr_epi32, _mm256_shuffle_ps,
    _mm256_srli_epi32, _mm256_storeu_si256, _mm256_xor_si256,
};

use super::{BLOCK, Columns, Limits, SCORES, ScanResult};
use crate::base::simd::prefetch;
use crate::draw::noised_order::{Draw, FACTORS};

/// Number of substrings in a vector.
const WIDTH: usize = 8;

/// `WIDTH` and the last index of the limits, as vectors hold them.
const STEP: i32 = 8;
const LAST: i32 = 1023;
const _: () = assert!(STEP as usize == WIDTH && LAST as usize + 1 == SCORES);

/// Distance of the prefetch, in substrings.
const AHEAD: usize = BLOCK;

/// List that is written a vector at a time. Never more ids are written than were compared, so there is room for a whole
/// vector whenever one more is compared.
type Room = [u32; BLOCK];

/// Lanes that are set in each mask: their indices, a byte each, then 0.
static LANES: [u64; 1 << WIDTH] = {
    let mut lanes = [0; 1 << WIDTH];
    let mut mask = 0;
    while mask < lanes.len() {
        let (mut lane, mut index) = (0, 0);
        while lane < WIDTH {
            if mask >> lane & 1 == 1 {
                lanes[mask] |= (lane as u64) << (8 * index);
                index += 1;
            }
            lane += 1;
        }
        mask += 1;
    }
    lanes
};

/// Substrings of a block whose words are below `perhaps`, with the limits' indices and their words' high bits.
struct Passed {
    ids: Room,
    indices: Room,
    bits: Room,
    count: usize,
}

/// Variant of `super::scan` for AVX2.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub fn scan(columns: Columns<u32>, draw: &Draw, limits: &Limits, result: &mut ScanResult) {
    result.begin(columns.occurrences.len());
    let none = [0; BLOCK];
    let mut passed = Passed { ids: none, indices: none, bits: none, count: 0 };
    let mut open = none;
    columns.each_block(|first, occurrences, weights, hashes| {
        pass(columns, draw, limits, (first, occurrences, weights, hashes), &mut passed);
        let Some(room) = result.chosen[result.count..].first_chunk_mut::<BLOCK>() else { return };
        let (chosen, opened) = part(limits, &passed, room, &mut open);
        result.count += chosen;
        result.open.extend_from_slice(&open[..opened]);
    });
}

/// Compares the words of a block with `perhaps`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn pass(
    columns: Columns<u32>,
    draw: &Draw,
    limits: &Limits,
    (first, occurrences, weights, hashes): (u32, &[u32; BLOCK], &[u16; BLOCK], &[u64; BLOCK]),
    passed: &mut Passed,
) {
    let most = _mm256_set1_epi32(LAST);
    // In the order in which `high_halves` returns the lanes.
    let mut ids = _mm256_add_epi32(_mm256_set1_epi32(first.cast_signed()), _mm256_setr_epi32(0, 1, 4, 5, 2, 3, 6, 7));
    let mut count = 0;
    for n in (0..BLOCK).step_by(WIDTH) {
        prefetch_eight(columns, first as usize + n + AHEAD);
        // Factors above the last limit's index can be reduced to it: so can the product, which then fits.
        let counts = _mm256_min_epu32(load(&occurrences[n..]), most);
        let weights = _mm256_min_epu32(load_short(&weights[n..]), most);
        let indices = _mm256_min_epu32(_mm256_madd_epi16(counts, weights), most);
        let indices = _mm256_permute4x64_epi64::<0b11_01_10_00>(indices);
        let bits = _mm256_srli_epi32::<1>(high_halves(draw, load(&hashes[n..]), load(&hashes[n + WIDTH / 2..])));
        let mask = not_above(bits, look_up(&limits.perhaps, indices));
        let lanes = lanes(mask);
        store(_mm256_permutevar8x32_epi32(ids, lanes), &mut passed.ids, count);
        store(_mm256_permutevar8x32_epi32(indices, lanes), &mut passed.indices, count);
        store(_mm256_permutevar8x32_epi32(bits, lanes), &mut passed.bits, count);
        count = count.wrapping_add(mask.count_ones() as usize);
        ids = _mm256_add_epi32(ids, _mm256_set1_epi32(STEP));
    }
    passed.count = count;
}

/// Prefetches the columns of eight substrings, whose hashes are one cache line.
#[inline]
fn prefetch_eight(columns: Columns<u32>, id: usize) {
    prefetch(columns.hashes, id);
    if id.is_multiple_of(16) {
        prefetch(columns.occurrences, id);
        prefetch(columns.weights, id);
    }
}

/// Divides the substrings that passed by `surely`; returns the numbers of chosen and of open ones.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn part(limits: &Limits, passed: &Passed, chosen: &mut Room, open: &mut Room) -> (usize, usize) {
    let (mut count, mut opened) = (0usize, 0usize);
    for n in (0..passed.count.min(BLOCK)).step_by(WIDTH) {
        let there = !(u32::MAX << (passed.count - n).min(WIDTH));
        let ids = load(&passed.ids[n..]);
        let below = not_above(load(&passed.bits[n..]), look_up(&limits.surely, load(&passed.indices[n..])));
        let (below, left) = (below & there, !below & there);
        store(_mm256_permutevar8x32_epi32(ids, lanes(below)), chosen, count);
        store(_mm256_permutevar8x32_epi32(ids, lanes(left)), open, opened);
        count = count.wrapping_add(below.count_ones() as usize);
        opened = opened.wrapping_add(left.count_ones() as usize);
    }
    (count, opened)
}

/// `Draw::high_half` of eight hashes, in the order 0, 1, 4, 5, 2, 3, 6, 7.
#[inline]
#[target_feature(enable = "avx2")]
fn high_halves(draw: &Draw, four: __m256i, more: __m256i) -> __m256i {
    let (four, more) = (_mm256_castsi256_ps(four), _mm256_castsi256_ps(more));
    let lows = _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(four, more));
    let highs = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(four, more));
    let [low, high, middle] = draw.half_salts().map(|salt| _mm256_set1_epi32(salt.cast_signed()));
    let [first, second, third] = FACTORS.map(|factor| _mm256_set1_epi32(factor.cast_signed()));
    let mut half = _mm256_xor_si256(lows, low);
    half = _mm256_mullo_epi32(_mm256_xor_si256(half, _mm256_srli_epi32::<16>(half)), first);
    half = _mm256_add_epi32(_mm256_xor_si256(half, _mm256_srli_epi32::<15>(half)), _mm256_xor_si256(highs, high));
    half = _mm256_mullo_epi32(_mm256_xor_si256(half, _mm256_srli_epi32::<16>(half)), second);
    half = _mm256_xor_si256(half, middle);
    half = _mm256_mullo_epi32(_mm256_xor_si256(half, _mm256_srli_epi32::<15>(half)), third);
    _mm256_xor_si256(half, _mm256_srli_epi32::<16>(half))
}

/// Loads the first 32 bytes of a list of integers, or zeros if it is shorter.
#[inline]
#[target_feature(enable = "avx2")]
fn load<T: Copy + Into<u64>>(list: &[T]) -> __m256i {
    if size_of_val(list) < size_of::<__m256i>() {
        return _mm256_set1_epi32(0);
    }
    // SAFETY: the list has the 32 bytes that are read, at any address. Test: `both_ways_find_the_same`.
    unsafe { _mm256_loadu_si256(list.as_ptr().cast()) }
}

/// Loads the first eight numbers of a list, or zeros if it is shorter.
#[inline]
#[target_feature(enable = "avx2")]
fn load_short(list: &[u16]) -> __m256i {
    let Some(eight) = list.first_chunk::<WIDTH>() else { return _mm256_set1_epi32(0) };
    // SAFETY: there are the 16 bytes that are read, at any address. Test: `both_ways_find_the_same`.
    _mm256_cvtepu16_epi32(unsafe { _mm_loadu_si128(std::ptr::from_ref(eight).cast()) })
}

/// Stores eight numbers in a list from an index on, if there is room.
#[inline]
#[target_feature(enable = "avx2")]
fn store(numbers: __m256i, list: &mut [u32], index: usize) {
    if let Some(eight) = list.get_mut(index..).and_then(|list| list.first_chunk_mut::<WIDTH>()) {
        // SAFETY: there are the 32 bytes that are written, at any address. Test: `both_ways_find_the_same`.
        unsafe { _mm256_storeu_si256(std::ptr::from_mut(eight).cast(), numbers) }
    }
}

/// Looks up the limits at eight indices.
#[inline]
#[target_feature(enable = "avx2")]
fn look_up(limits: &[i32; SCORES], indices: __m256i) -> __m256i {
    let indices = _mm256_and_si256(indices, _mm256_set1_epi32(LAST));
    // SAFETY: each index is now below the number of limits, and is one of four bytes. Test: `both_ways_find_the_same`.
    unsafe { _mm256_i32gather_epi32::<4>(limits.as_ptr(), indices) }
}

/// Returns the mask of lanes in which `bits` is not above `limits`.
#[inline]
#[target_feature(enable = "avx2")]
fn not_above(bits: __m256i, limits: __m256i) -> u32 {
    let above = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(bits, limits)));
    !above.cast_unsigned() & 0xFF
}

/// Returns the permutation that moves the lanes of a mask together.
#[inline]
#[target_feature(enable = "avx2")]
fn lanes(mask: u32) -> __m256i {
    _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(LANES[mask as usize % LANES.len()].cast_signed()))
}
