//! Multiply-and-fold: the 128-bit product of two 64-bit words as a hash, and as the round function of permutations and
//! of random streams.

/// Returns the high and the low 64-bit word of the product of `a` and `b`.
#[inline]
pub(crate) fn wide_product(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, product as u64)
}

/// Returns the exclusive or of the two halves of the 128-bit product of `a` and `b`. This is a fast hash, which mixes
/// both words well.
#[inline]
#[must_use]
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let (high, low) = wide_product(a, b);
    high ^ low
}
