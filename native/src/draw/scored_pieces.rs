//! Pieces of a vocabulary with their Unigram scores, in the training's order (SPEC section 2, "A batch's tokenizer").

use crate::base::bytelevel::fixed_pieces;
use crate::base::rng::Rng;
use crate::draw::scan::Scanned;
use crate::draw::vocabulary::Drawer;
use crate::pool::sliding_pool::Pool;

/// Score of a piece whose noised score is not above 0, and of the 256 bytes if the pool is empty.
const NO_SCORE: f64 = -100_000.0;
const BYTES: usize = 256;

/// Draws a vocabulary, and returns its pieces with their scores: bytes, white-space pieces, then substrings by falling
/// noised score.
///
/// The bytes have the logarithm of the least relative score in the pool, the white-space pieces have 0. `longest` is the
/// greatest number of repetitions in a white-space piece. `noise` and `needed` are as for `Drawer::values`.
pub fn scored_pieces<C: Scanned>(
    drawer: &mut Drawer,
    pool: &Pool<C>,
    longest: usize,
    (noise, needed): (f64, u64),
    rng: &mut Rng,
) -> Vec<(String, f64)> {
    let total = pool.total() as f64;
    let byte_score = pool.min_score().map_or(NO_SCORE, |score| libm::log(score as f64 / total));
    let scores = std::iter::repeat_n(byte_score, BYTES).chain(std::iter::repeat(0.0));
    let mut pieces: Vec<_> = fixed_pieces(longest).into_iter().zip(scores).collect();
    for (id, value) in drawer.values(pool, noise, needed, rng) {
        let score = if value > 0.0 { libm::log(value) } else { NO_SCORE };
        pieces.push((pool.substrings().mapped(id), score));
    }
    pieces
}
