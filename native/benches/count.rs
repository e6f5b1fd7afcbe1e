//! Time to count a stream batch in steady state, add it to the pool and remove the oldest stream batch.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

mod steady;

use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use steady::{Code, POOL_BATCHES, SHARD_DRAWS, Steady};

fn count(criterion: &mut Criterion) {
    let batches = Code::new(1).batches(POOL_BATCHES + SHARD_DRAWS);
    let (filling, shard) = batches.split_at(POOL_BATCHES);
    let bytes: usize = shard.iter().flatten().map(String::len).sum();
    let mut group = criterion.benchmark_group("count");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.throughput(Throughput::Bytes((bytes / SHARD_DRAWS) as u64));
    group.bench_function("stream batch", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut time = Duration::ZERO;
            // Each shard has a pool of its own, because a pool that knows the texts already would have nothing to
            // learn.
            for start in (0..rounds).step_by(SHARD_DRAWS) {
                let mut pool = Steady::filled(filling).unwrap();
                let begun = Instant::now();
                for texts in shard.iter().take((rounds - start) as usize) {
                    pool.step(texts).unwrap();
                }
                time += begun.elapsed();
            }
            time
        });
    });
    group.finish();
}

criterion_group!(benches, count);
criterion_main!(benches);
