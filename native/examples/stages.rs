//! Times the stages of a batch one by one, and prints one JSON object with nanoseconds and with digests of the results.
//!
//! `stages split TEXTS REPETITIONS` splits the texts of a file; each is a little-endian u64 length and UTF-8. The
//! program puts a space in front of each text.
//!
//! `stages batch COLUMN LAYOUTS LANGUAGE SEED SPAN PACK CROP EOS STEPS` draws from a corpus in the cache. LAYOUTS is a
//! file with five little-endian u64 for each chunk (see `column::ChunkLayout`). The noise levels take turns, one a step.
//! `scripts/bench.py` runs this.

#[path = "../benches/steady/mod.rs"]
mod steady;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use _native::base::bytelevel::map_bytes;
use _native::split::gpt2::{split, split_into};
use _native::text::assembly::{Stream, StreamId, TextRule};
use _native::text::column::{ChunkLayout, TextColumn};
use sha2::{Digest, Sha256};
use steady::{BATCH_TEXTS, NEEDED, NOISES, POOL_BATCHES, Steady};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["split", texts, repetitions] => time_split(&read_texts(texts)?, repetitions.parse()?),
        ["batch", column, layouts, language, seed, span, pack, crop, eos, steps] => {
            let column = TextColumn::in_file(File::open(column)?, &read_layouts(layouts)?)?;
            let id = StreamId { seed: seed.parse()?, language: language.into(), pool: 0 };
            let (pack, crop) = (pack.parse()?, crop.parse()?);
            let stream =
                Stream::new(Arc::new(column), id, TextRule { span: span.parse()?, pack, crop, eos: eos.into() })?;
            time_batch(stream, steps.parse()?)?;
        }
        _ => return Err("see the first lines of examples/stages.rs".into()),
    }
    Ok(())
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks_exact(8).map(|word| word.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

/// Reads the texts of a file, and puts a space in front of each.
fn read_texts(path: &str) -> Outcome<Vec<String>> {
    let bytes = std::fs::read(path)?;
    let (mut rest, mut texts) = (&bytes[..], Vec::new());
    while let Some(length) = numbers(rest).next() {
        let (text, after) = rest[8..].split_at_checked(length as usize).ok_or("the file of texts is truncated")?;
        texts.push(format!(" {}", std::str::from_utf8(text)?));
        rest = after;
    }
    Ok(texts)
}

fn read_layouts(path: &str) -> Outcome<Vec<ChunkLayout>> {
    let words: Vec<u64> = numbers(&std::fs::read(path)?).collect();
    let layout = |w: &[u64; 5]| ChunkLayout { offsets: w[0], data: w[1], checkpoints: w[2], entries: w[3], rows: w[4] };
    Ok(words.as_chunks::<5>().0.iter().map(layout).collect())
}

/// Splits every text as counting does, with `ends` as memory for the ends of pretokens. Returns the number of
/// pretokens.
fn split_all(texts: &[String], ends: &mut Vec<u32>) -> usize {
    let split = |text: &String| {
        ends.clear();
        split_into(text, ends);
        black_box(&*ends).len()
    };
    texts.iter().map(split).sum()
}

fn time_split(texts: &[String], repetitions: usize) {
    let mut digest = Sha256::new();
    let mut count = 0;
    for pretoken in texts.iter().flat_map(|text| split(text)) {
        digest.update(map_bytes(pretoken.as_bytes()));
        digest.update("\n");
        count += 1;
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut ends = Vec::new();
    let nanoseconds: Vec<u128> = (0..repetitions).map(|_| timed(|| split_all(black_box(texts), &mut ends)).1).collect();
    println!(
        "{{\"bytes\": {bytes}, \"pretokens\": {count}, \"digest\": \"{}\", \"nanoseconds\": {nanoseconds:?}}}",
        hex(&digest.finalize())
    );
}

fn time_batch(mut stream: Stream, steps: usize) -> Outcome<()> {
    let (mut next, mut ends) = (1, Vec::new());
    let mut assembled = || {
        let first = next * BATCH_TEXTS as u64;
        next += 1;
        let texts = (first..first + BATCH_TEXTS as u64).map(|text| {
            let mut made = String::new();
            stream.append_text(text, &mut made).map(|()| made)
        });
        let mut texts = texts.collect::<Result<Vec<String>, _>>()?;
        texts.sort_unstable();
        texts.dedup();
        Ok::<_, _native::base::error::Error>(texts)
    };
    let filling = (0..POOL_BATCHES).map(|_| assembled()).collect::<Result<Vec<_>, _>>()?;
    let mut pool = Steady::filled(&filling)?;
    let mut stages: BTreeMap<String, Vec<u128>> = BTreeMap::new();
    // The first steps meet many new pretokens, so their times are dropped: those of as many steps as fill the pool.
    for step in 0..POOL_BATCHES + steps {
        if step == POOL_BATCHES {
            stages.clear();
        }
        let mut note = |stage: &str, nanoseconds| stages.entry(stage.into()).or_default().push(nanoseconds);
        let (texts, time) = timed(&mut assembled);
        let texts = texts?;
        note("assemble", time);
        note("split", timed(|| split_all(&texts, &mut ends)).1);
        let (counts, time) = timed(|| pool.count(&texts));
        note("count", time);
        let counts = counts?;
        let (slid, time) = timed(|| pool.slide(counts));
        note("slide", time);
        slid?;
        note("sweep", timed(|| pool.sweep()).1);
        let noise = NOISES[step % NOISES.len()];
        let (drawn, time) = timed(|| pool.draw(noise));
        if drawn as u64 != NEEDED {
            return Err(format!("{drawn} substrings drawn instead of {NEEDED}: the corpus is too small").into());
        }
        note(&format!("draw {noise:e}"), time);
        note("tally", timed(|| pool.tally()).1);
    }
    let digest = hex(&Sha256::digest(pool.into_segment()));
    let stages: Vec<String> = stages.iter().map(|(stage, times)| format!("\"{stage}\": {times:?}")).collect();
    println!("{{\"digest\": \"{digest}\", \"nanoseconds\": {{{}}}}}", stages.join(", "));
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, u128) {
    let begun = Instant::now();
    let made = black_box(work());
    (made, begun.elapsed().as_nanos())
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
