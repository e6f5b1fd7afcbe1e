//! Fuzzes a draw from a small pool: the vocabulary holds exactly the first substrings of the draw's order.
#![no_main]

use std::collections::BTreeSet;

use _native::base::rng::Path;
use _native::draw::noised_order::Draw;
use _native::draw::vocabulary::Drawer;
use _native::pool::sliding_pool::Pool;
use _native::pool::substring_rule::SubstringRule;
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Case {
    texts: Vec<(String, u16)>,
    /// Number of stream batches that the pool holds; older ones are removed.
    window: u8,
    stride: u8,
    longest: u8,
    /// Decimal exponent of the noise level; `None` for no noise.
    exponent: Option<i16>,
    mantissa: u8,
    needed: u16,
    seed: u64,
}

fuzz_target!(|case: Case| {
    let (stride, longest) = (usize::from(case.stride) % 8 + 1, usize::from(case.longest) % 16 + 1);
    let Ok(rule) = SubstringRule::new(stride, longest) else { return };
    let mut pool = Pool::<u32>::default();
    for (text, times) in &case.texts {
        let Ok(counts) = pool.count([(text.as_str(), u32::from(*times))], rule) else { return };
        if pool.len() > usize::from(case.window % 8) {
            pool.slide(counts).unwrap();
            pool.sweep(|_, _| {});
        } else {
            pool.push(counts).unwrap();
        }
    }
    let exponent = case.exponent.map(|exponent| 10f64.powi(i32::from(exponent) % 320));
    let deviation = exponent.map_or(0.0, |power| power * f64::from(case.mantissa)).min(f64::MAX);
    let needed = u64::from(case.needed);
    let rng = || Path::new(case.seed, "fuzz").key().stream();

    let draw = Draw::new(pool.total(), deviation, &mut rng());
    let substrings = pool.substrings();
    let mut all: Vec<_> = (0..pool.occurrences().len())
        .map(|n| (n, u64::from(pool.occurrences()[n]) * u64::from(substrings.eligible_weights()[n])))
        .filter(|&(_, score)| score > 0)
        .map(|(n, score)| (n as u32, draw.value(score, draw.word(substrings.hashes()[n])), substrings.hashes()[n]))
        .collect();
    let key = |n: u32| substrings.keys()[n as usize];
    all.sort_by(|a, b| draw.order((a.1, a.2), (b.1, b.2)).then_with(|| key(a.0).cmp(&key(b.0))));
    all.truncate(needed as usize);
    let expected: BTreeSet<u32> = all.iter().map(|&(n, ..)| n).collect();

    let mut drawer = Drawer::default();
    for _ in 0..2 {
        let members = drawer.members(&pool, deviation, needed, &mut rng());
        assert_eq!(members.len(), expected.len(), "each once");
        assert_eq!(members.iter().copied().collect::<BTreeSet<_>>(), expected);
    }
    let values = drawer.values(&pool, deviation, needed, &mut rng());
    assert!(values.is_sorted_by(|a, b| a.1 >= b.1));
    assert_eq!(values.iter().map(|&(n, _)| n).collect::<BTreeSet<_>>(), expected);
    assert!(values.iter().all(|&(n, value)| all.iter().any(|&(m, v, _)| (m, v.to_bits()) == (n, value.to_bits()))));
});
