//! The normal distribution: its tail, and variates as functions of one random word each.
//!
//! Everything transcendental in a variate comes from `libm`, so that all machines agree to the bit. For decisions that
//! need no variate there are bounds of the tail, which cost two loads.

use std::sync::LazyLock;

use libm::{erfc, fabs, log, sqrt};

use crate::base::rng::Rng;

/// P(N > x) for a standard normal N, accurate in relative terms down to the smallest normal numbers (x = 37).
#[must_use]
pub fn upper_tail(x: f64) -> f64 {
    0.5 * erfc(x * core::f64::consts::FRAC_1_SQRT_2)
}

/// The x with P(N > x) = p, for p in (0, 1): Wichura's algorithm AS 241 (PPND16, 1988), relative error about 1e-16.
#[must_use]
pub fn upper_quantile(p: f64) -> f64 {
    let centred = 0.5 - p;
    if fabs(centred) <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * ratio(r, &CENTRE);
    }
    let r = sqrt(-log(if centred > 0.0 { p } else { 1.0 - p }));
    let x = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &TAIL) };
    if centred > 0.0 { x } else { -x }
}

/// Numerator and denominator of a rational function, lowest power first.
type Rational = ([f64; 8], [f64; 8]);

fn ratio(x: f64, (numerator, denominator): &Rational) -> f64 {
    let horner = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    horner(numerator) / horner(denominator)
}

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

/// No variate is farther from 0 than this: the quantile of 2^-65 is 9.16.
pub const FARTHEST: f64 = 9.25;

/// The standard normal variate that a uniform word stands for: its quantile, which falls as the word rises.
#[must_use]
pub fn normal_of(word: u64) -> f64 {
    const UNIT: f64 = 1.0 / (1u128 << 64) as f64;
    let above = word >> 63 == 0;
    let size = upper_quantile(((if above { word } else { !word }) as f64 + 0.5) * UNIT);
    if above { size } else { -size }
}

/// Cells of the table of the tail in one standard deviation.
const CELLS: f64 = 64.0;

const LAST_CELL: usize = (2.0 * FARTHEST * CELLS) as usize;

/// P(N > x) at -FARTHEST, -FARTHEST + 1/64, ..., FARTHEST, and once more.
static TAIL_AT: LazyLock<Box<[f64; LAST_CELL + 2]>> = LazyLock::new(|| {
    let at = |cell: usize| (cell as f64 / CELLS - FARTHEST).min(FARTHEST);
    Box::new(std::array::from_fn(|cell| match cell {
        0 => 1.0,
        1..LAST_CELL => upper_tail(at(cell)),
        _ => 0.0,
    }))
});

/// The tail of the normal distribution, near enough to decide most comparisons.
#[derive(Clone, Copy)]
pub struct RoughTail(&'static [f64; LAST_CELL + 2]);

impl Default for RoughTail {
    fn default() -> Self {
        Self(&TAIL_AT)
    }
}

impl RoughTail {
    /// How far `at` may be from the truth: h^2/8 of the steepest slope's change, for cells of h = 1/64.
    const ERROR: f64 = 8e-6;

    /// P(N > x), interpolated; exactly 0 or 1 where no variate reaches.
    #[inline]
    #[must_use]
    pub fn at(self, x: f64) -> f64 {
        let place = ((x + FARTHEST) * CELLS).clamp(0.0, LAST_CELL as f64);
        let cell = place as usize;
        let (left, right) = (self.0[cell], self.0[cell + 1]);
        left + (right - left) * (place - cell as f64)
    }

    /// Bounds of P(N > x) for `normal_of`: 0 and 1 exactly where no variate or every one is above x.
    #[inline]
    #[must_use]
    pub fn bounds(self, x: f64) -> (f64, f64) {
        let tail = self.at(x);
        let low = if x < -FARTHEST { 1.0 } else { (tail - Self::ERROR).max(0.0) };
        let high = if x >= FARTHEST { 0.0 } else { (tail + Self::ERROR).min(1.0) };
        (low, high)
    }
}

/// Cells of the table of quantiles in one octave, of the 32 below one half.
const OCTAVE_BITS: u32 = 6;
const OCTAVES: u32 = 32;

/// The highest bits of the number 2^-33, the lowest probability in the table.
const LOWEST: u64 = ((1023 - OCTAVES as u64 - 1) << 52) >> CELL_BITS;

/// The lower bits of a number, which say where in a cell it is.
const CELL_BITS: u32 = 52 - OCTAVE_BITS;

/// Quantiles of 2^-33 to 1/2, and once more.
static QUANTILE_AT: LazyLock<Box<[f64; (OCTAVES << OCTAVE_BITS) as usize + 2]>> = LazyLock::new(|| {
    let at = |cell: usize| f64::from_bits((LOWEST + cell as u64) << CELL_BITS).min(0.5);
    Box::new(std::array::from_fn(|cell| upper_quantile(at(cell))))
});

/// `normal_of`, near enough to decide most comparisons.
#[derive(Clone, Copy)]
pub struct RoughNormal(&'static [f64; (OCTAVES << OCTAVE_BITS) as usize + 2]);

impl Default for RoughNormal {
    fn default() -> Self {
        Self(&QUANTILE_AT)
    }
}

impl RoughNormal {
    /// How far `of` may be from `normal_of`: h^2/8 of the steepest slope's change, which is 0.44/p^2, for h = p/64.
    pub const ERROR: f64 = 1.5e-5;

    /// The variate that a uniform word stands for, interpolated.
    #[inline]
    #[must_use]
    pub fn of(self, word: u64) -> f64 {
        const UNIT: f64 = 1.0 / (1u128 << 64) as f64;
        let above = word >> 63 == 0;
        let below_half = if above { word } else { !word };
        if below_half >> (63 - OCTAVES) == 0 {
            return normal_of(word);
        }
        // It is below 2^63, and signed numbers become floats faster.
        let bits = (below_half.cast_signed() as f64 * UNIT).to_bits();
        let cell = ((bits >> CELL_BITS) - LOWEST) as usize;
        let part = (bits & ((1 << CELL_BITS) - 1)) as f64 * (1.0 / (1u64 << CELL_BITS) as f64);
        let (left, right) = (self.0[cell], self.0[cell + 1]);
        let size = left + (right - left) * part;
        if above { size } else { -size }
    }
}

impl Rng {
    /// A standard normal variate, from one word.
    pub fn normal(&mut self) -> f64 {
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
