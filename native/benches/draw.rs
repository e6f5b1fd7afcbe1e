//! Time of a draw from a full pool, at several levels of noise.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

mod steady;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use steady::{Code, NOISES, POOL_BATCHES, SHARD_DRAWS, Steady};

fn draw(criterion: &mut Criterion) {
    let batches = Code::new(1).batches(POOL_BATCHES + SHARD_DRAWS);
    let (filling, shard) = batches.split_at(POOL_BATCHES);
    let mut pool = Steady::filled(filling).unwrap();
    for texts in shard {
        pool.step(texts).unwrap();
    }
    let mut group = criterion.benchmark_group("draw");
    group.sample_size(20);
    for noise in NOISES {
        group.bench_with_input(BenchmarkId::from_parameter(noise), &noise, |bencher, &noise| {
            bencher.iter(|| pool.draw(noise));
        });
    }
    group.finish();
}

criterion_group!(benches, draw);
criterion_main!(benches);
