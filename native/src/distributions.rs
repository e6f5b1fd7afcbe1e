//! Distributions: normal, truncated normal and binomial variates, as functions of a stream of words.
//!
//! Everything transcendental comes from `libm`, so that all machines agree to the bit. Normal variates are quantiles
//! of uniform ones: one word each, and the same function serves the truncated ones.

use libm::{erfc, exp, fabs, floor, log, log1p, sqrt};

use crate::rng::Rng;

/// P(N > x) for a standard normal N, accurate in relative terms down to the smallest normal numbers (x = 37).
#[must_use]
pub fn upper_tail(x: f64) -> f64 {
    0.5 * erfc(x * core::f64::consts::FRAC_1_SQRT_2)
}

/// P(low < N <= high) for a standard normal N, without cancellation in either tail.
#[must_use]
pub fn interval_mass(low: f64, high: f64) -> f64 {
    if low > 0.0 {
        upper_tail(low) - upper_tail(high)
    } else if high < 0.0 {
        upper_tail(-high) - upper_tail(-low)
    } else {
        1.0 - upper_tail(high) - upper_tail(-low)
    }
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

impl Rng {
    /// A standard normal variate, from one word: a sign, and a tail of 63 bits (so up to 9.1 in size).
    pub fn normal(&mut self) -> f64 {
        let word = self.word();
        let tail = ((word >> 1) as f64 + 0.5) / (1u64 << 63) as f64 * 0.5;
        let size = upper_quantile(tail);
        if word & 1 == 0 { size } else { -size }
    }

    /// A standard normal variate given that it lies in `(low, high]`; the end nearest to 0 where that is too
    /// improbable for a double to tell.
    pub fn truncated_normal(&mut self, low: f64, high: f64) -> f64 {
        let unit = self.unit();
        if low >= 0.0 {
            return tail_variate(low, high, unit);
        }
        if high <= 0.0 {
            return -tail_variate(-high, -low, unit);
        }
        let (above, below) = (upper_tail(high), upper_tail(-low));
        let p = above + unit * (1.0 - above - below);
        let x = if p <= 0.5 { upper_quantile(p) } else { -upper_quantile(1.0 - p) };
        x.clamp(low, high)
    }

    /// The number of successes in `n` trials of probability `p`: exact, by inversion where fewer than 10 are
    /// expected and by transformed rejection (Hörmann's BTRS, 1993) elsewhere.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p <= 0.0 {
            0
        } else if p >= 1.0 {
            n
        } else if p > 0.5 {
            n - self.binomial(n, 1.0 - p)
        } else if n as f64 * p < 10.0 {
            self.binomial_by_inversion(n, p)
        } else {
            self.binomial_by_rejection(n as f64, p) as u64
        }
    }

    fn binomial_by_inversion(&mut self, n: u64, p: f64) -> u64 {
        let odds = p / (1.0 - p);
        let mut mass = exp(n as f64 * log1p(-p));
        let mut left = self.unit();
        let mut k = 0;
        while left > mass && k < n {
            left -= mass;
            k += 1;
            mass *= odds * (n - k + 1) as f64 / k as f64;
        }
        k
    }

    #[expect(clippy::many_single_char_names, reason = "the names of the paper")]
    fn binomial_by_rejection(&mut self, n: f64, p: f64) -> f64 {
        let spread = sqrt(n * p * (1.0 - p));
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let centre = n * p + 0.5;
        let quick = 0.92 - 4.2 / b;
        let odds = p / (1.0 - p);
        let alpha = (2.83 + 5.1 / b) * spread;
        let mode = floor((n + 1.0) * p);
        loop {
            let u = self.unit() - 0.5;
            let v = self.unit();
            let edge = 0.5 - fabs(u);
            let k = floor((2.0 * a / edge + b) * u + centre);
            if edge >= 0.07 && v <= quick {
                return k;
            }
            if k < 0.0 || k > n {
                continue;
            }
            let bound = (mode + 0.5) * log((mode + 1.0) / (odds * (n - mode + 1.0)))
                + (n + 1.0) * log((n - mode + 1.0) / (n - k + 1.0))
                + (k + 0.5) * log(odds * (n - k + 1.0) / (k + 1.0))
                + stirling_error(mode)
                + stirling_error(n - mode)
                - stirling_error(k)
                - stirling_error(n - k);
            if log(v * alpha / (a / (edge * edge) + b)) <= bound {
                return k;
            }
        }
    }
}

/// A standard normal variate in `[low, high]`, `0 <= low`, for the uniform `unit`.
fn tail_variate(low: f64, high: f64, unit: f64) -> f64 {
    let (at_low, at_high) = (upper_tail(low), upper_tail(high));
    let p = at_high + unit * (at_low - at_high);
    if p > 0.0 { upper_quantile(p).clamp(low, high) } else { low }
}

/// `ln k! - ln(Stirling's formula for k + 1)`, the correction that makes the rejection exact.
fn stirling_error(k: f64) -> f64 {
    const FIRST: [f64; 10] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_29,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_093,
        0.016_644_691_189_821_193,
        0.013_876_128_823_070_748,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_096,
        0.009_255_462_182_712_733,
        0.008_330_563_433_362_87,
    ];
    if k < 10.0 {
        return FIRST[k as usize];
    }
    let m = k + 1.0;
    let inverse_square = 1.0 / (m * m);
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 * inverse_square) * inverse_square) / m
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Path;

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
    fn interval_mass_is_whole_and_precise() {
        assert!((interval_mass(f64::NEG_INFINITY, f64::INFINITY) - 1.0).abs() < 1e-15);
        assert!((interval_mass(-1.0, 1.0) - 0.682_689_492_137_085_9).abs() < 1e-14);
        let tail = interval_mass(20.0, 21.0);
        assert!((tail / 2.753_624_115_327e-89 - 1.0).abs() < 1e-11, "{tail:e}");
        assert!((interval_mass(-21.0, -20.0) / tail - 1.0).abs() < 1e-12);
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
    fn truncated_normal_stays_inside_and_fills_the_interval() {
        let mut rng = rng("truncated");
        for (low, high) in [(-0.5, 0.3), (1.0, 1.2), (8.0, f64::INFINITY), (f64::NEG_INFINITY, -3.0), (40.0, 50.0)] {
            let half = upper_quantile_of_half(low, high);
            let mut above = 0;
            for _ in 0..10_000 {
                let x = rng.truncated_normal(low, high);
                assert!((low..=high).contains(&x), "{x} not in {low}..={high}");
                above += i32::from(x > half);
            }
            assert!(low >= 40.0 || (4_700..5_300).contains(&above), "{low}..{high}: {above}");
        }
    }

    /// The median of the truncated normal, found by bisection.
    fn upper_quantile_of_half(low: f64, high: f64) -> f64 {
        let (mut a, mut b) = (low.max(-60.0), high.min(60.0));
        for _ in 0..200 {
            let middle = f64::midpoint(a, b);
            if interval_mass(low, middle) < 0.5 * interval_mass(low, high) { a = middle } else { b = middle }
        }
        a
    }

    #[test]
    fn binomial_follows_its_probabilities() {
        let mut rng = rng("binomial");
        for (n, p) in [(1, 0.5), (7, 0.2), (40, 0.9), (60, 0.3), (1000, 0.004), (1000, 0.5), (100_000, 0.997)] {
            let trials = 100_000;
            let mut seen = std::collections::BTreeMap::new();
            for _ in 0..trials {
                *seen.entry(rng.binomial(n, p)).or_insert(0u32) += 1;
            }
            let (mut statistic, mut cells) = (0.0, 0);
            for k in 0..=n {
                let expected = f64::from(trials) * binomial_mass(n, p, k);
                if expected >= 20.0 {
                    let observed = f64::from(seen.get(&k).copied().unwrap_or(0));
                    statistic += (observed - expected).powi(2) / expected;
                    cells += 1;
                }
            }
            let bound = f64::from(cells) + 5.0 * (2.0 * f64::from(cells)).sqrt();
            assert!(statistic < bound, "n = {n}, p = {p}: chi-square {statistic} of {cells} cells");
        }
    }

    fn binomial_mass(n: u64, p: f64, k: u64) -> f64 {
        let (n, k) = (n as f64, k as f64);
        let choose = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        exp(choose + k * log(p) + (n - k) * log1p(-p))
    }

    #[test]
    fn binomial_ends_are_certain() {
        let mut rng = rng("ends");
        assert_eq!(rng.binomial(0, 0.5), 0);
        assert_eq!(rng.binomial(9, 0.0), 0);
        assert_eq!(rng.binomial(9, 1.0), 9);
    }
}
