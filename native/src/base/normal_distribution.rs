//! Standard normal distribution: its tail, and normal variates, each a function of one uniform random word.
//!
//! A variate is computed with the transcendental functions of `libm`, so that all machines agree to the bit. A
//! comparison that needs no exact variate uses bounds of the tail instead; both bounds together cost two reads of a
//! table.

use std::sync::LazyLock;

use libm::{erfc, fabs, log, sqrt};

use crate::base::rng::Rng;

/// Returns the probability that a standard normal variate exceeds `x`. The relative error is small down to the smallest
/// normal floating-point numbers (x = 37).
#[must_use]
fn upper_tail(x: f64) -> f64 {
    0.5 * erfc(x * core::f64::consts::FRAC_1_SQRT_2)
}

/// Returns the number that a standard normal variate exceeds with probability `p`, for `p` in (0, 1). The method is
/// Wichura's algorithm AS 241 (PPND16, 1988), with a relative error of about 1e-16.
#[must_use]
fn upper_quantile(p: f64) -> f64 {
    let centred = 0.5 - p;
    if fabs(centred) <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * ratio(r, &CENTRE);
    }
    let r = sqrt(-log(if centred > 0.0 { p } else { 1.0 - p }));
    let x = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &TAIL) };
    if centred > 0.0 { x } else { -x }
}

/// Coefficients of the numerator and of the denominator of a rational function, lowest power first.
type Rational = ([f64; 8], [f64; 8]);

fn ratio(x: f64, (numerator, denominator): &Rational) -> f64 {
    let horner = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    horner(numerator) / horner(denominator)
}

/// Coefficients of AS 241 for the quantiles of probabilities from 0.075 to 0.925.
const CENTRE: Rational = (
    [
        3.387_132_872_796_366_6,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
);
/// Coefficients of AS 241 for the quantiles of probabilities of at least e^-25, outside `CENTRE`.
const MIDDLE: Rational = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);
/// Coefficients of AS 241 for the quantiles of probabilities below e^-25.
const TAIL: Rational = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

/// Upper bound of the absolute value of a variate. The largest one is 9.16, the quantile of 2^-65.
pub(crate) const FARTHEST: f64 = 9.25;

/// Returns the standard normal variate of a uniform random word: a quantile, which decreases as the word increases.
#[must_use]
pub(crate) fn normal_of(word: u64) -> f64 {
    const UNIT: f64 = 1.0 / (1u128 << 64) as f64;
    let above = word >> 63 == 0;
    let size = upper_quantile(((if above { word } else { !word }) as f64 + 0.5) * UNIT);
    if above { size } else { -size }
}

/// Number of intervals of the table `TAIL_AT` in one standard deviation.
const INTERVALS: f64 = 64.0;

/// Number of intervals of `TAIL_AT`, and so the index of the entry at `FARTHEST`.
const LAST_INTERVAL: usize = (2.0 * FARTHEST * INTERVALS) as usize;

/// Tail probabilities P(N > x) for x = -FARTHEST, -FARTHEST + 1/64, ..., FARTHEST. The last entry is there twice,
/// because interpolation at `FARTHEST` reads one more.
static TAIL_AT: LazyLock<Box<[f64; LAST_INTERVAL + 2]>> = LazyLock::new(|| {
    let at = |interval: usize| (interval as f64 / INTERVALS - FARTHEST).min(FARTHEST);
    Box::new(std::array::from_fn(|interval| match interval {
        0 => 1.0,
        1..LAST_INTERVAL => upper_tail(at(interval)),
        _ => 0.0,
    }))
});

/// Approximate upper quantiles of the normal distribution, read from a table. It decides most comparisons without an exact
/// variate.
#[derive(Clone, Copy)]
pub(crate) struct RoughTail(&'static [f64; LAST_INTERVAL + 2]);

impl Default for RoughTail {
    fn default() -> Self {
        Self(&TAIL_AT)
    }
}

impl RoughTail {
    /// Upper bound of the error of `at`: h^2/8 times the largest second derivative, for intervals of width h = 1/64.
    const ERROR: f64 = 8e-6;

    /// Returns an interpolated P(N > x), which is exactly 1 for x below -FARTHEST and exactly 0 for x above FARTHEST.
    #[inline]
    #[must_use]
    pub(crate) fn at(self, x: f64) -> f64 {
        let position = ((x + FARTHEST) * INTERVALS).clamp(0.0, LAST_INTERVAL as f64);
        let interval = position as usize;
        let (left, right) = (self.0[interval], self.0[interval + 1]);
        left + (right - left) * (position - interval as f64)
    }

    /// Returns a lower and an upper bound of the probability that a variate of `normal_of` exceeds `x`. Both bounds are
    /// exactly 1 for x below -FARTHEST and exactly 0 for x from FARTHEST on, because no variate is there.
    #[inline]
    #[must_use]
    pub(crate) fn bounds(self, x: f64) -> (f64, f64) {
        let tail = self.at(x);
        let low = if x < -FARTHEST { 1.0 } else { (tail - Self::ERROR).max(0.0) };
        let high = if x >= FARTHEST { 0.0 } else { (tail + Self::ERROR).min(1.0) };
        (low, high)
    }
}

/// Binary logarithm of the number of intervals of the table `QUANTILE_AT` in one octave of probabilities, p to 2p.
const OCTAVE_BITS: u32 = 6;
/// Number of octaves of probabilities in the table `QUANTILE_AT`, below one half.
const OCTAVES: u32 = 32;

/// Highest bits of the floating-point number 2^-33, the least probability in `QUANTILE_AT`, without the lowest
/// `CELL_BITS`.
const LOWEST: u64 = ((1023 - OCTAVES as u64 - 1) << 52) >> CELL_BITS;

/// Number of low bits of a floating-point probability, which give its position within an interval of `QUANTILE_AT`.
const CELL_BITS: u32 = 52 - OCTAVE_BITS;

/// Upper quantiles of the probabilities from 2^-33 to 1/2, at the ends of all intervals. The last entry is there twice,
/// because interpolation at 1/2 reads one more.
static QUANTILE_AT: LazyLock<Box<[f64; (OCTAVES << OCTAVE_BITS) as usize + 2]>> = LazyLock::new(|| {
    let at = |interval: usize| f64::from_bits((LOWEST + interval as u64) << CELL_BITS).min(0.5);
    Box::new(std::array::from_fn(|interval| upper_quantile(at(interval))))
});

/// Approximate normal variates, read from a table. They decide most comparisons without an exact variate.
#[derive(Clone, Copy)]
pub(crate) struct RoughNormal(&'static [f64; (OCTAVES << OCTAVE_BITS) as usize + 2]);

impl Default for RoughNormal {
    fn default() -> Self {
        Self(&QUANTILE_AT)
    }
}

impl RoughNormal {
    /// Upper bound of the distance between `of` and `normal_of`: h^2/8 times the largest second derivative, 0.44/p^2,
    /// for intervals of width h = p/64.
    pub(crate) const ERROR: f64 = 1.5e-5;

    /// Returns the interpolated variate of a uniform random word; it differs from `normal_of` by at most `ERROR`.
    #[inline]
    #[must_use]
    pub(crate) fn of(self, word: u64) -> f64 {
        const UNIT: f64 = 1.0 / (1u128 << 64) as f64;
        let above = word >> 63 == 0;
        let below_half = if above { word } else { !word };
        if below_half >> (63 - OCTAVES) == 0 {
            return normal_of(word);
        }
        // The word is below 2^63, and signed integers convert to floats faster.
        let bits = (below_half.cast_signed() as f64 * UNIT).to_bits();
        let interval = ((bits >> CELL_BITS) - LOWEST) as usize;
        let part = (bits & ((1 << CELL_BITS) - 1)) as f64 * (1.0 / (1u64 << CELL_BITS) as f64);
        let (left, right) = (self.0[interval], self.0[interval + 1]);
        let size = left + (right - left) * part;
        if above { size } else { -size }
    }
}

impl Rng {
    /// Returns a standard normal variate, made from the next word of the random stream.
    pub(crate) fn normal(&mut self) -> f64 {
        normal_of(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Path;

    fn rng(purpose: &str) -> Rng {
        Path::new(11, purpose).key().stream()
    }

    #[test]
    fn quantile_undoes_the_tail() {
        for exponent in 1..1000 {
            let p = libm::exp2(-f64::from(exponent));
            let back = upper_tail(upper_quantile(p));
            assert!((back / p - 1.0).abs() < 2e-12, "p = {p:e}, back = {back:e}");
            if exponent < 20 {
                assert!((upper_quantile(1.0 - p) + upper_quantile(p)).abs() < 1e-9);
            }
        }
        assert!((upper_quantile(0.025) - 1.959_963_984_540_054).abs() < 1e-14);
    }

    #[test]
    fn normal_has_its_moments() {
        let mut rng = rng("normal");
        let n = 200_000;
        let xs: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
        let moment = |k: i32| xs.iter().map(|x| x.powi(k)).sum::<f64>() / f64::from(n);
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02, "{} {}", moment(1), moment(2));
        assert!(moment(3).abs() < 0.05 && (moment(4) - 3.0).abs() < 0.1, "{} {}", moment(3), moment(4));
    }

    #[test]
    fn variates_fall_as_words_rise_and_reach_no_farther_than_said() {
        let mut words: Vec<u64> = (0..1000).map(|i| rng("words").word().wrapping_mul(2 * i + 1)).collect();
        words.extend([0, 1, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX]);
        words.sort_unstable();
        let variates: Vec<f64> = words.iter().map(|&word| normal_of(word)).collect();
        assert!(variates.is_sorted_by(|a, b| a >= b));
        assert!(variates.iter().all(|x| x.abs() < FARTHEST), "{variates:?}");
        assert_eq!(variates.first(), variates.last().map(|x| -x).as_ref());
    }

    #[test]
    fn rough_variates_are_near() {
        let (rough, mut rng) = (RoughNormal::default(), rng("rough"));
        let mut words: Vec<u64> = (0..400_000).map(|n| rng.word() >> (n % 64)).collect();
        words.extend((0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]));
        for word in words.iter().flat_map(|&word| [word, !word]) {
            let off = (rough.of(word) - normal_of(word)).abs();
            assert!(off <= 0.95 * RoughNormal::ERROR, "{word:x}: {off:e}");
        }
    }

    #[test]
    fn bounds_hold_the_tail() {
        let tail = RoughTail::default();
        for step in -100_000..100_000 {
            let x = f64::from(step) * 1e-4;
            let ((low, high), exact) = (tail.bounds(x), upper_tail(x));
            assert!(low <= exact || x < -FARTHEST, "{x}: {low} {exact}");
            assert!(exact <= high || x >= FARTHEST, "{x}: {exact} {high}");
            assert!(high - low <= 1.7e-5 && (tail.at(x) - exact).abs() < 8e-6);
        }
        assert_eq!((tail.bounds(f64::INFINITY), tail.bounds(f64::NEG_INFINITY)), ((0.0, 0.0), (1.0, 1.0)));
    }
}
