//! Count of occurrences in a pool: `u32` in a shard, whose counts are bounded, and `u64` in the sampler that training
//! code calls.

/// Integer that counts occurrences in a pool.
pub trait Count: Copy + Default + Ord + From<u8> + Into<u64> + TryFrom<u64> {
    /// Returns the sum of two counts, or `None` if the type cannot hold it.
    fn checked_add(self, other: Self) -> Option<Self>;
    /// Returns the sum of two counts, which the type must be able to hold.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// Returns the difference of two counts; `other` must not be greater than `self`.
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
