//! How many vocabularies held each substring.

use crate::runs::RunWriter;
use crate::substrings::Substrings;

/// Vocabularies counted by substring number.
#[derive(Default)]
pub struct Tally(Vec<u64>);

impl Tally {
    /// Counts one vocabulary, given by its distinct members.
    pub fn add(&mut self, members: &[u32], substrings: &Substrings) {
        self.0.resize(substrings.len(), 0);
        for &member in members {
            self.0[member as usize] += 1;
        }
    }

    /// The counts as a sorted run of inline keys; see `runs`.
    #[must_use]
    pub fn into_run(self, substrings: &Substrings) -> Vec<u8> {
        let counted = substrings.keys().iter().zip(self.0).filter(|&(_, count)| count > 0);
        let mut counts: Vec<_> = counted.map(|(&key, count)| (key, count)).collect();
        counts.sort_unstable();
        let mut run = RunWriter::default();
        for (key, count) in counts {
            run.push(key, count);
        }
        run.finish()
    }
}
