//! `scan` by AVX2, eight substrings at a time.
//!
//! Eight look-ups of `perhaps` are one gather. Those that pass, some 12 %, are moved together, and what is known of a
//! block's is compared with `surely` afterwards. No branch depends on a comparison. Memory is asked for a block ahead:
//! the processor's own guesses end with every page.

use std::arch::x86_64::{
    __m256i, _mm_cvtsi64_si128, _mm_loadu_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_castps_si256,
    _mm256_castsi256_ps, _mm256_cmpgt_epi32, _mm256_cvtepu8_epi32, _mm256_cvtepu16_epi32, _mm256_i32gather_epi32,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_min_epu32, _mm256_movemask_ps, _mm256_mullo_epi32,
    _mm256_permute4x64_epi64, _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_setr_epi32, _mm256_shuffle_ps,
    _mm256_srli_epi32, _mm256_storeu_si256, _mm256_xor_si256,
};

use super::{BLOCK, Columns, Limits, SCORES, ScanResult};
use crate::base::simd::prefetch;
use crate::draw::order::{Draw, FACTORS};

/// Substrings in a vector.
const WIDTH: usize = 8;

/// The same, and the last index of the limits, as vectors have them.
const STEP: i32 = 8;
const LAST: i32 = 1023;
const _: () = assert!(STEP as usize == WIDTH && LAST as usize + 1 == SCORES);

/// How many substrings ahead memory is asked for.
const AHEAD: usize = BLOCK;

/// A list that is written a vector at a time. As many or fewer were written as were looked at, so there is room for
/// a whole vector whenever one more is looked at.
type Room = [u32; BLOCK];

/// The lanes in each mask: their numbers, a byte each, then 0.
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

/// Those of a block whose words are below `perhaps`, and what is known of them.
struct Passed {
    numbers: Room,
    indices: Room,
    bits: Room,
    count: usize,
}

/// As `super::scan`.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub fn scan(columns: Columns<u32>, draw: &Draw, limits: &Limits, result: &mut ScanResult) {
    result.begin(columns.occurrences.len());
    let none = [0; BLOCK];
    let mut passed = Passed { numbers: none, indices: none, bits: none, count: 0 };
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
    // In the order that the halves of hashes come in.
    let mut numbers =
        _mm256_add_epi32(_mm256_set1_epi32(first.cast_signed()), _mm256_setr_epi32(0, 1, 4, 5, 2, 3, 6, 7));
    let mut count = 0;
    for n in (0..BLOCK).step_by(WIDTH) {
        ask_for(columns, first as usize + n + AHEAD);
        // Both factors and so the product are no smaller for being cut off where the last limit begins, and fit.
        let counts = _mm256_min_epu32(load(&occurrences[n..]), most);
        let weights = _mm256_min_epu32(load_short(&weights[n..]), most);
        let indices = _mm256_min_epu32(_mm256_madd_epi16(counts, weights), most);
        let indices = _mm256_permute4x64_epi64::<0b11_01_10_00>(indices);
        let bits = _mm256_srli_epi32::<1>(high_halves(draw, load(&hashes[n..]), load(&hashes[n + WIDTH / 2..])));
        let mask = not_above(bits, look_up(&limits.perhaps, indices));
        let lanes = lanes(mask);
        store(_mm256_permutevar8x32_epi32(numbers, lanes), &mut passed.numbers, count);
        store(_mm256_permutevar8x32_epi32(indices, lanes), &mut passed.indices, count);
        store(_mm256_permutevar8x32_epi32(bits, lanes), &mut passed.bits, count);
        count = count.wrapping_add(mask.count_ones() as usize);
        numbers = _mm256_add_epi32(numbers, _mm256_set1_epi32(STEP));
    }
    passed.count = count;
}

/// Asks for what there is of eight substrings, a line of the cache of hashes.
#[inline]
fn ask_for(columns: Columns<u32>, number: usize) {
    prefetch(columns.hashes, number);
    if number.is_multiple_of(16) {
        prefetch(columns.occurrences, number);
        prefetch(columns.weights, number);
    }
}

/// Parts those that passed by `surely`; returns how many there are of either.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn part(limits: &Limits, passed: &Passed, chosen: &mut Room, open: &mut Room) -> (usize, usize) {
    let (mut count, mut opened) = (0usize, 0usize);
    for n in (0..passed.count.min(BLOCK)).step_by(WIDTH) {
        let there = !(u32::MAX << (passed.count - n).min(WIDTH));
        let numbers = load(&passed.numbers[n..]);
        let below = not_above(load(&passed.bits[n..]), look_up(&limits.surely, load(&passed.indices[n..])));
        let (below, left) = (below & there, !below & there);
        store(_mm256_permutevar8x32_epi32(numbers, lanes(below)), chosen, count);
        store(_mm256_permutevar8x32_epi32(numbers, lanes(left)), open, opened);
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

/// The first 32 bytes of a list of integers, or zeros where it is shorter.
#[inline]
#[target_feature(enable = "avx2")]
fn load<T: Copy + Into<u64>>(list: &[T]) -> __m256i {
    if size_of_val(list) < size_of::<__m256i>() {
        return _mm256_set1_epi32(0);
    }
    // SAFETY: the list has the 32 bytes that are read, at any address. Test: `both_ways_find_the_same`.
    unsafe { _mm256_loadu_si256(list.as_ptr().cast()) }
}

/// The first eight of a list, or zeros where it is shorter.
#[inline]
#[target_feature(enable = "avx2")]
fn load_short(list: &[u16]) -> __m256i {
    let Some(eight) = list.first_chunk::<WIDTH>() else { return _mm256_set1_epi32(0) };
    // SAFETY: there are the 16 bytes that are read, at any address. Test: `both_ways_find_the_same`.
    _mm256_cvtepu16_epi32(unsafe { _mm_loadu_si128(std::ptr::from_ref(eight).cast()) })
}

/// Writes eight numbers from a index of a list on, if there is room.
#[inline]
#[target_feature(enable = "avx2")]
fn store(numbers: __m256i, list: &mut [u32], index: usize) {
    if let Some(eight) = list.get_mut(index..).and_then(|list| list.first_chunk_mut::<WIDTH>()) {
        // SAFETY: there are the 32 bytes that are written, at any address. Test: `both_ways_find_the_same`.
        unsafe { _mm256_storeu_si256(std::ptr::from_mut(eight).cast(), numbers) }
    }
}

/// The limits of eight indices.
#[inline]
#[target_feature(enable = "avx2")]
fn look_up(limits: &[i32; SCORES], indices: __m256i) -> __m256i {
    let indices = _mm256_and_si256(indices, _mm256_set1_epi32(LAST));
    // SAFETY: each index is now below the number of limits, and is one of four bytes. Test: `both_ways_find_the_same`.
    unsafe { _mm256_i32gather_epi32::<4>(limits.as_ptr(), indices) }
}

/// The lanes in which `bits` is not above `limits`.
#[inline]
#[target_feature(enable = "avx2")]
fn not_above(bits: __m256i, limits: __m256i) -> u32 {
    let above = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(bits, limits)));
    !above.cast_unsigned() & 0xFF
}

/// The permutation that moves the lanes of a mask together.
#[inline]
#[target_feature(enable = "avx2")]
fn lanes(mask: u32) -> __m256i {
    _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(LANES[mask as usize % LANES.len()].cast_signed()))
}
