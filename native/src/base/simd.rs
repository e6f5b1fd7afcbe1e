//! CPU feature detection (AVX2, BMI, POPCNT) and prefetch.
//!
//! Some functions have two variants, one for AVX2 and a portable one. The program chooses when it runs. Both variants
//! give the same results, and the environment variable `TOKSTATS_SIMD=off` chooses the portable ones.

#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

/// Returns whether the processor has AVX2, BMI1, BMI2, LZCNT and POPCNT, so that code compiled for
/// `target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")` may run.
#[cfg(target_arch = "x86_64")]
#[must_use]
pub(crate) fn avx2_is_present() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

/// Returns whether `avx2_is_present` and `TOKSTATS_SIMD=off` is not set; both are looked up only once.
#[cfg(target_arch = "x86_64")]
#[must_use]
pub(crate) fn avx2_is_wanted() -> bool {
    static WANTED: LazyLock<bool> =
        LazyLock::new(|| avx2_is_present() && std::env::var_os("TOKSTATS_SIMD").is_none_or(|value| value != "off"));
    *WANTED
}

/// Returns whether tests can run code that is compiled for AVX2. Panics if AVX2 is missing although
/// `TOKSTATS_REQUIRE_AVX2=1` requires it, because tests would otherwise pass without running that code.
#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) fn avx2_is_tested() -> bool {
    let required = std::env::var_os("TOKSTATS_REQUIRE_AVX2").is_some_and(|value| value == "1");
    assert!(avx2_is_present() || !required, "TOKSTATS_REQUIRE_AVX2=1, but this processor has no AVX2");
    avx2_is_present()
}

/// Prefetches the item at `index` of a list into the processor's caches, if the index is in range. A look-up that
/// misses all caches takes as long as a hundred additions, but memory can serve many misses at once.
#[inline]
pub(crate) fn prefetch<T>(list: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = list.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing and cannot fault, and the reference is valid anyway. Every processor of this
        // architecture has it. Test: every test of the pool, whose look-ups call it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (list, index);
}
