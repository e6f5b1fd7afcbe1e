//! Random streams: a path is hashed to a key, and the key determines an endless sequence of random words.
//!
//! Every random choice has a *path*, `(seed, purpose, part, part, ...)`. The path's encoding is hashed with SHA-256.
//! The first 16 bytes of the hash are the key of a Philox4x64-10 generator (Salmon et al., 2011), whose blocks of four
//! words are addressed by a counter. So any choice can be made alone, on any machine, in any order, and the choices of
//! two different paths are independent.
//!
//! Invariants, pinned by golden vectors in the tests. A change of one of them raises `SAMPLING_VERSION`:
//!
//! 1. The encoding is injective: every part is written with a tag and, if it is a text, with its length.
//! 2. Block `c` of key `k` is `philox(k, [c, 0, 0, 0])`; its words are used from the first to the last.
//! 3. No type that depends on the platform enters a random choice: words are `u64`, and reals are `f64` computed with
//!    the transcendental functions of `libm`.
//!
//! Cost: about 0.3 µs to make a key, about 5 ns to make a word.

use sha2::{Digest, Sha256};

use crate::base::hash::wide_product;

/// Version of the definition of all random streams; raised whenever the definition of any of them changes.
pub(crate) const SAMPLING_VERSION: u32 = 2;

/// Path of a random choice; holds the hash state of the parts added so far.
#[derive(Clone)]
pub struct Path(Sha256);

impl Path {
    /// Makes the path of a seed and a purpose, without further parts.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        Self(Sha256::new().chain_update(b"tokstats-parallel"))
            .index(u64::from(SAMPLING_VERSION))
            .index(seed)
            .text(purpose)
    }

    /// Returns the path with the text `part` added at its end.
    #[must_use]
    pub fn text(self, part: &str) -> Self {
        let length = (part.len() as u64).to_le_bytes();
        Self(self.0.chain_update(b"t").chain_update(length).chain_update(part))
    }

    /// Returns the path with the number `part` added at its end.
    #[must_use]
    pub fn index(self, part: u64) -> Self {
        Self(self.0.chain_update(b"i").chain_update(part.to_le_bytes()))
    }

    /// Returns the key of the path's random stream.
    #[must_use]
    pub fn key(self) -> StreamKey {
        let digest = self.0.finalize();
        let word = |offset: usize| {
            digest[offset..offset + 8].iter().rev().fold(0, |word, &byte| (word << 8) | u64::from(byte))
        };
        StreamKey([word(0), word(8)])
    }
}

/// Key of a random stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey(pub [u64; 2]);

impl StreamKey {
    /// Returns the key's random stream, at its first word.
    #[must_use]
    pub fn stream(self) -> Rng {
        Rng { key: self.0, counter: 0, block: [0; 4], used: 4 }
    }

    /// Returns the first word of block `counter` of the key's random stream, without computing the blocks before it.
    #[must_use]
    pub(crate) fn word(self, counter: u64) -> u64 {
        philox(self.0, [counter, 0, 0, 0])[0]
    }
}

/// Random stream: an endless sequence of random 64-bit words.
pub struct Rng {
    key: [u64; 2],
    counter: u64,
    block: [u64; 4],
    used: usize,
}

impl Rng {
    /// Returns the next word of the random stream.
    pub fn word(&mut self) -> u64 {
        if self.used == self.block.len() {
            self.block = philox(self.key, [self.counter, 0, 0, 0]);
            self.counter += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// Returns a uniform random integer in `0 .. bound`, without bias (Lemire, 2019). `bound` must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        debug_assert!(bound > 0);
        loop {
            let product = u128::from(self.word()) * u128::from(bound);
            // A product whose low half is below `2^64 mod bound` is rejected, because some results would otherwise be
            // more probable.
            if product as u64 >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// Returns a uniform random real in the open interval (0, 1), of 53 bits.
    pub fn unit(&mut self) -> f64 {
        open_unit(self.word())
    }
}

/// Returns the real in the open interval (0, 1) that belongs to a uniform random word.
#[must_use]
pub(crate) fn open_unit(word: u64) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 52) as f64;
    ((word >> 12) as f64 + 0.5) * STEP
}

/// Returns the block of Philox4x64-10 with this key and counter: four random words.
fn philox(mut key: [u64; 2], mut counter: [u64; 4]) -> [u64; 4] {
    for round in 0..10 {
        if round > 0 {
            key[0] = key[0].wrapping_add(0x9E37_79B9_7F4A_7C15);
            key[1] = key[1].wrapping_add(0xBB67_AE85_84CA_A73B);
        }
        let (high0, low0) = wide_product(counter[0], 0xD2E7_470E_E14C_6C93);
        let (high1, low1) = wide_product(counter[2], 0xCA5A_8263_9512_1157);
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_published_vectors() {
        // Random123's known-answer tests for philox4x64-10.
        assert_eq!(
            philox([0, 0], [0, 0, 0, 0]),
            [0x1655_4d9e_ca36_314c, 0xdb20_fe9d_672d_0fdc, 0xd7e7_72ce_e186_176b, 0x7e68_b68a_ec7b_a23b]
        );
        assert_eq!(
            philox([u64::MAX; 2], [u64::MAX; 4]),
            [0x87b0_92c3_013f_e90b, 0x438c_3c67_be8d_0224, 0x9cc7_d7c6_9cd7_77b6, 0xa09c_aebf_594f_0ba0]
        );
    }

    #[test]
    fn paths_have_different_keys() {
        let keys = [
            Path::new(1, "a").key(),
            Path::new(2, "a").key(),
            Path::new(1, "b").key(),
            Path::new(1, "a").index(0).key(),
            Path::new(1, "a").text("").key(),
            Path::new(1, "a").text("bc").key(),
            Path::new(1, "a").text("b").text("c").key(),
            Path::new(1, "ab").text("c").key(),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(keys[..i].iter().all(|other| other != key), "key {i} repeats");
        }
    }

    #[test]
    fn a_key_and_its_stream_are_pinned() {
        let key = Path::new(42, "golden").text("python").index(7).key();
        let mut rng = key.stream();
        let words: Vec<u64> = (0..6).map(|_| rng.word()).collect();
        assert_eq!((key, words), golden());
        assert_eq!(key.word(1), golden().1[4], "word 4 opens block 1");
    }

    fn golden() -> (StreamKey, Vec<u64>) {
        let words = [
            16_388_412_802_737_127_190,
            2_305_245_536_573_681_469,
            1_627_063_604_720_472_474,
            4_680_979_547_257_276_948,
            7_333_276_411_179_428_680,
            18_068_418_214_621_457_684,
        ];
        (StreamKey([12_736_224_942_112_267_114, 15_482_534_509_813_464_714]), words.to_vec())
    }

    #[test]
    fn below_is_uniform_and_in_range() {
        let mut rng = Path::new(3, "below").key().stream();
        let mut seen = [0u32; 6];
        for _ in 0..60_000 {
            seen[rng.below(6) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| (9_500..10_500).contains(&n)), "{seen:?}");
        assert_eq!(rng.below(1), 0);
        assert!(rng.below(u64::MAX) < u64::MAX);
    }

    #[test]
    fn unit_never_reaches_its_ends() {
        assert!(open_unit(0) > 0.0);
        assert!(open_unit(u64::MAX) < 1.0);
    }
}
