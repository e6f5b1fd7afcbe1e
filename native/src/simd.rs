//! What the processor has. Fast paths are compiled beside portable ones and chosen when the program runs; both give the
//! same answers, and the environment variable `TOKSTATS_SIMD=off` chooses the portable ones.

use std::sync::LazyLock;

/// Whether the processor has AVX2 and all that comes with it: what is compiled for
/// `target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")` may run.
#[must_use]
pub fn avx2_is_present() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

/// Whether it is present and not turned off, which is looked up once.
#[must_use]
pub fn avx2_is_wanted() -> bool {
    static WANTED: LazyLock<bool> =
        LazyLock::new(|| avx2_is_present() && std::env::var_os("TOKSTATS_SIMD").is_none_or(|value| value != "off"));
    *WANTED
}
