//! Shared by the benchmarks and `examples/stages.rs`: a pool in steady state, and texts that resemble code.
//!
//! No other module of the benchmarks of counting and drawing calls the core.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use _native::base::error::Error;
use _native::base::rng::{Path, Rng};
use _native::counts::tally::Tally;
use _native::draw::vocabulary::Drawer;
use _native::pool::batch_counts::BatchCounts;
use _native::pool::sliding_pool::Pool;
use _native::pool::substring_rule::SubstringRule;

/// Texts in a stream batch, as published.
pub const BATCH_TEXTS: usize = 128;
/// Stream batches in the pool, as published.
pub const POOL_BATCHES: usize = 16;
/// Substrings of a vocabulary, as published: 32,768 pieces less the 391 fixed ones.
pub const NEEDED: u64 = 32_768 - 391;
/// Noise levels over the range that the published lognormal reaches, and none.
pub const NOISES: [f64; 6] = [0.0, 1e-9, 1e-7, 1e-5, 1e-3, 1.0];
/// Stream batches of a shard.
pub const SHARD_DRAWS: usize = 64;

/// Pool, the drawer that draws from it, and the tally of its draws.
pub struct Steady {
    pool: Pool<u32>,
    drawer: Drawer,
    tally: Tally,
    members: Vec<u32>,
    rng: Rng,
}

impl Steady {
    /// Makes a pool of these stream batches.
    pub fn filled(batches: &[Vec<String>]) -> Result<Self, Error> {
        let mut steady = Self {
            pool: Pool::<u32>::default(),
            drawer: Drawer::default(),
            tally: Tally::default(),
            members: Vec::new(),
            rng: Path::new(1, "benchmark").key().stream(),
        };
        batches.iter().try_for_each(|texts| steady.push(texts))?;
        Ok(steady)
    }

    /// Counts a stream batch, and adds it to the pool.
    pub fn push(&mut self, texts: &[String]) -> Result<(), Error> {
        let counts = self.count(texts)?;
        self.pool.push(counts).map_err(|_| Error::Overflow)
    }

    /// Replaces the oldest stream batch by the next.
    pub fn step(&mut self, texts: &[String]) -> Result<(), Error> {
        let counts = self.count(texts)?;
        self.slide(counts)?;
        self.sweep();
        Ok(())
    }

    /// Counts a stream batch.
    pub fn count(&mut self, texts: &[String]) -> Result<BatchCounts<u32>, Error> {
        self.pool.count(texts.iter().map(|text| (text.as_str(), 1)), SubstringRule::TRAINING)
    }

    /// Adds the counts of a stream batch to the pool, and removes the oldest.
    pub fn slide(&mut self, counts: BatchCounts<u32>) -> Result<(), Error> {
        self.pool.slide(counts).map_err(|_| Error::Overflow)
    }

    /// Removes substrings that are no longer in the pool, when there are many.
    pub fn sweep(&mut self) {
        self.pool.sweep(|map, keys| self.tally.compact(map, keys));
    }

    /// Draws a vocabulary, and returns its number of substrings.
    pub fn draw(&mut self, noise: f64) -> usize {
        let members = self.drawer.members(&self.pool, noise, NEEDED, &mut self.rng);
        self.members.clear();
        self.members.extend_from_slice(members);
        members.len()
    }

    /// Counts the vocabulary drawn last.
    pub fn tally(&mut self) {
        self.tally.add(&self.members, self.pool.substrings());
    }

    /// Returns the counts of all vocabularies, as a segment.
    pub fn into_segment(mut self) -> Vec<u8> {
        self.tally.take_segment(self.pool.substrings())
    }
}

/// Stream batches of made-up code: words by a power law, so that new ones keep coming as they do in real code.
/// A batch has some 72,000 pretokens, of which 1,500 are new once the pool is full, and a pool 220,000 substrings.
pub struct Code {
    state: u64,
}

impl Code {
    /// Begins the texts of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Makes the next stream batches.
    pub fn batches(&mut self, count: usize) -> Vec<Vec<String>> {
        (0..count).map(|_| (0..BATCH_TEXTS).map(|_| self.text()).collect()).collect()
    }

    /// Makes a text of 2,048 characters.
    fn text(&mut self) -> String {
        const SIGNS: [&str; 12] = [" = ", ".", "(", ")", ", ", "_", ": ", "->", "[", "] ", ") {\n", ";\n"];
        let mut text = String::with_capacity(2_200);
        while text.len() < 2_048 {
            self.push_word(&mut text);
            match self.below(24) {
                sign @ 0..12 => text.push_str(SIGNS[sign as usize]),
                12 => text.push_str(&self.below(100).to_string()),
                13..16 => {
                    text.push('\n');
                    text.extend(std::iter::repeat_n("    ", self.below(5) as usize));
                }
                _ => text.push(' '),
            }
        }
        text.truncate(2_048);
        text
    }

    /// Appends a word whose rank is above r with probability r^-0.35; frequent words are short, as in code.
    fn push_word(&mut self, text: &mut String) {
        const SYLLABLES: [&str; 16] =
            ["self", "in", "val", "ue", "get", "er", "con", "a", "id", "load", "de", "x", "path", "the", "str", "name"];
        let unit = (self.word() >> 11) as f64 / (1u64 << 53) as f64;
        let mut rank = (1.0 - unit).powf(-1.0 / 0.35).min(1e15) as u64;
        while rank > 0 {
            text.push_str(SYLLABLES[(rank % 16) as usize]);
            rank /= 16;
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.word() % bound
    }

    /// Returns the next word of `SplitMix64`.
    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }
}
