//! Multiply-and-fold: the 128-bit product of two words as a hash and as a round function.

/// Returns the high and the low word of a product.
#[inline]
pub(crate) fn wide_product(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, product as u64)
}

/// Folds the 128-bit product of two words into one word: a fast function that mixes both well.
#[inline]
#[must_use]
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let (high, low) = wide_product(a, b);
    high ^ low
}
