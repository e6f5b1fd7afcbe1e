//! Pool in steady state, and texts that resemble code; shared by the benchmarks and `examples/stages.rs`.
//!
//! The benchmarks of counting and of drawing call the core only through this module.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use _native::base::error::Error;
use _native::base::rng::{Path, Rng};
use _native::counts::tally::Tally;
use _native::draw::vocabulary::Drawer;
use _native::pool::batch_counts::BatchCounts;
use _native::pool::sliding_pool::Pool;
use _native::pool::substring_rule::SubstringRule;

/// Number of texts in a stream batch, the published value.
pub const BATCH_TEXTS: usize = 128;
/// Number of stream batches in the pool, the published value.
pub const POOL_BATCHES: usize = 16;
/// Number of substrings in a vocabulary of the published size: 32,768 pieces less the 391 fixed ones.
pub const NEEDED: u64 = 32_768 - 391;
/// Noise levels of the benchmarks: no noise, and levels over the range of the published lognormal distribution.
pub const NOISES: [f64; 6] = [0.0, 1e-9, 1e-7, 1e-5, 1e-3, 1.0];
/// Number of draws of a shard, and so of stream batches that a shard adds.
pub const SHARD_DRAWS: usize = 64;

/// Pool with the drawer that draws from it and the tally of its draws.
pub struct Steady {
    pool: Pool<u32>,
    drawer: Drawer,
    tally: Tally,
    members: Vec<u32>,
    rng: Rng,
}

impl Steady {
    /// Makes a pool that holds `batches`.
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

    /// Counts a stream batch and adds the counts to the pool.
    pub fn push(&mut self, texts: &[String]) -> Result<(), Error> {
        let counts = self.count(texts)?;
        self.pool.push(counts).map_err(|_| Error::Overflow)
    }

    /// Counts a stream batch, adds the counts to the pool and removes the oldest stream batch.
    pub fn step(&mut self, texts: &[String]) -> Result<(), Error> {
        let counts = self.count(texts)?;
        self.slide(counts)?;
        self.sweep();
        Ok(())
    }

    /// Counts a stream batch and returns the counts.
    pub fn count(&mut self, texts: &[String]) -> Result<BatchCounts<u32>, Error> {
        self.pool.count(texts.iter().map(|text| (text.as_str(), 1)), SubstringRule::TRAINING)
    }

    /// Adds the counts of a stream batch to the pool and removes the oldest stream batch.
    pub fn slide(&mut self, counts: BatchCounts<u32>) -> Result<(), Error> {
        self.pool.slide(counts).map_err(|_| Error::Overflow)
    }

    /// Removes substrings that have left the window, if they may be many.
    pub fn sweep(&mut self) {
        self.pool.sweep(|map, keys| self.tally.compact(map, keys));
    }

    /// Draws a vocabulary and returns the number of its substrings.
    pub fn draw(&mut self, noise: f64) -> usize {
        let members = self.drawer.members(&self.pool, noise, NEEDED, &mut self.rng);
        self.members.clear();
        self.members.extend_from_slice(members);
        members.len()
    }

    /// Adds the vocabulary drawn last to the tally.
    pub fn tally(&mut self) {
        self.tally.add(&self.members, self.pool.substrings());
    }

    /// Returns the tally of all drawn vocabularies as a segment.
    pub fn into_segment(mut self) -> Vec<u8> {
        self.tally.take_segment(self.pool.substrings())
    }
}

/// Maker of stream batches of made-up code. The frequencies of words follow a power law, so that new words keep coming
/// as in real code. A stream batch has some 72,000 pretokens, of which 1,500 are new once the pool is full; a pool has
/// some 220,000 substrings.
pub struct Code {
    state: u64,
}

impl Code {
    /// Makes the code that `seed` determines.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Makes the next `count` stream batches.
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

    /// Appends a word. Its rank is above r with probability r^-0.35, and frequent words are short, as in code.
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

    /// Returns the next random word of `SplitMix64`.
    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }
}
