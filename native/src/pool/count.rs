//! Count of occurrences in a pool: `u32` where a shard bounds it, `u64` for the sampler that training code calls.

/// Number of occurrences in the pool.
pub trait Count: Copy + Default + Ord + From<u8> + Into<u64> + TryFrom<u64> {
    /// Returns the sum, or `None` where the type cannot hold it.
    fn checked_add(self, other: Self) -> Option<Self>;
    /// Returns the sum, which the type must be able to hold.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// Returns the difference; `other` must not be greater.
    #[must_use]
    fn minus(self, other: Self) -> Self;
}

impl Count for u32 {
    fn checked_add(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn minus(self, other: Self) -> Self {
        self - other
    }
}

impl Count for u64 {
    fn checked_add(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn minus(self, other: Self) -> Self {
        self - other
    }
}
