//! Time to merge segments in memory, and to sort and read their rows: `cargo bench --bench merge`.
#![allow(missing_docs, reason = "criterion's macros write none")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::sync::Arc;

use _native::base::rng::Path as Seed;
use _native::base::substring_key::SubstringKey;
use _native::counts::segment::{SegmentWriter, survey};
use _native::result::frequencies::Frequencies;
use _native::result::merge::merge;
use _native::result::read_buffer::ByteSource;
use _native::result::row_sort::RowSorter;
use _native::result::segment_source::SegmentSource;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Number of distinct keys in all segments together.
const KEYS: f64 = 1e6;
/// Number of keys drawn for one segment, some of them equal.
const SEGMENT_KEYS: u64 = 100_000;
const LANGUAGES: usize = 6;

/// Segment in memory.
#[derive(Clone)]
struct Segment(Arc<[u8]>);

impl ByteSource for Segment {
    fn read(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        let rest = self.0.get(at as usize..).unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn name(&self) -> String {
        "segment".into()
    }
}

/// Returns a key of 8 bytes for a number below 2^40; keys sort as their numbers do.
fn key(number: u64) -> SubstringKey {
    number.to_be_bytes()[3..].iter().chain(b"xyz").fold(SubstringKey::EMPTY, |key, &byte| key.with(byte))
}

fn sources(segments: usize) -> Vec<SegmentSource<Segment>> {
    let mut rng = Seed::new(1, "bench").key().stream();
    let mut segment = |number: usize| {
        // Cubed, so that some keys are in all segments and most keys in few.
        let mut keys: Vec<SubstringKey> =
            (0..SEGMENT_KEYS).map(|_| key((rng.unit().powi(3) * KEYS) as u64 * 7919)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut writer = SegmentWriter::default();
        for key in keys {
            writer.push(key, 1 + (key.0 >> 90) as u64 % 3);
        }
        let packed = writer.finish();
        let (sums, read_points) = survey(&packed).unwrap();
        SegmentSource {
            bytes: Segment(packed.into()),
            start: 0,
            end: u64::MAX,
            language: number % LANGUAGES,
            sums,
            read_points,
        }
    };
    (0..segments).map(&mut segment).collect()
}

fn entries(sources: &[SegmentSource<Segment>]) -> u64 {
    sources.iter().map(|source| source.sums.entries).sum()
}

/// Measures merging alone: the time for each entry, for more and more segments.
fn merging(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("merge");
    group.sample_size(10);
    for segments in [10, 40, 160] {
        let sources = sources(segments);
        group.throughput(Throughput::Elements(entries(&sources)));
        group.bench_function(format!("{segments} segments"), |bencher| {
            bencher.iter(|| {
                let mut rows = 0;
                let take = |_, _: &[u64]| {
                    rows += 1;
                    Ok(())
                };
                assert!(merge(&sources, LANGUAGES, vec![take]).is_ok() && rows > SEGMENT_KEYS / 2);
            });
        });
    }
    group.finish();
}

/// Measures the way from segments to columns and JSON, with rows in memory, in a file, and in memory on two threads.
fn result(criterion: &mut Criterion) {
    let sources = sources(40);
    let path = std::env::temp_dir().join(format!("tokstats-bench-{}.tmp", std::process::id()));
    let mut group = criterion.benchmark_group("result of 40 segments");
    group.sample_size(10);
    group.throughput(Throughput::Elements(entries(&sources)));
    for (name, memory, threads) in [("in memory", 1 << 30, 1), ("in a file", 4 << 20, 1), ("two threads", 1 << 30, 2)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let sorters = RowSorter::sharing(threads, memory, &path);
                let mut result = Frequencies::new(&sources, vec![1; LANGUAGES], &[], sorters).unwrap();
                while let Some(columns) = result.read(1 << 17).unwrap() {
                    std::hint::black_box(columns);
                }
                assert!(result.written().all.entries > SEGMENT_KEYS / 2);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, merging, result);
criterion_main!(benches);
