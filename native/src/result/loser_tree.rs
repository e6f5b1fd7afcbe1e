//! Loser tree: gives the least of many inputs' keys, and the next least after one comparison for each level.
//!
//! The root holds the least key; every other inner node holds the loser of the comparison there. When the input of the
//! least key has its next key, the comparisons on the way from its leaf to the root are repeated. They are branchless,
//! since their outcome is unpredictable.

use std::hint::select_unpredictable;

/// Key of an input that has ended, above all others.
pub(crate) const ENDED: u128 = u128::MAX;

/// Key of an input, in a node.
#[derive(Clone, Copy)]
struct Entrant {
    key: u128,
    input: usize,
}

/// Tree over the next key of each input.
pub(crate) struct LoserTree {
    /// The winner, then the losers of the inner nodes.
    nodes: Vec<Entrant>,
}

impl LoserTree {
    /// Makes a tree over the first key of each input, `ENDED` for an input without keys.
    #[must_use]
    pub(crate) fn new(keys: &[u128]) -> Self {
        let leaves = keys.len().next_power_of_two();
        let entrant = |input| Entrant { key: keys.get(input).copied().unwrap_or(ENDED), input };
        let mut winners: Vec<Entrant> = (0..leaves).chain(0..leaves).map(entrant).collect();
        let mut nodes = winners[..leaves].to_vec();
        for node in (1..leaves).rev() {
            let (one, other) = (winners[2 * node], winners[2 * node + 1]);
            (winners[node], nodes[node]) = if other.key < one.key { (other, one) } else { (one, other) };
        }
        nodes[0] = winners[1];
        Self { nodes }
    }

    /// Returns the least key, and the index of an input that has it.
    #[inline]
    #[must_use]
    pub(crate) fn least(&self) -> (u128, usize) {
        (self.nodes[0].key, self.nodes[0].input)
    }

    /// Replaces the least key by its input's next key.
    #[inline]
    pub(crate) fn replace_least(&mut self, key: u128) {
        let input = self.nodes[0].input;
        let mut winner = Entrant { key, input };
        let mut node = (self.nodes.len() + input) >> 1;
        while node > 0 {
            let other = self.nodes[node];
            let loses = other.key < winner.key;
            self.nodes[node] = Entrant {
                key: select_unpredictable(loses, winner.key, other.key),
                input: select_unpredictable(loses, winner.input, other.input),
            };
            winner = Entrant {
                key: select_unpredictable(loses, other.key, winner.key),
                input: select_unpredictable(loses, other.input, winner.input),
            };
            node >>= 1;
        }
        self.nodes[0] = winner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_keys_come_in_order(mut inputs in prop::collection::vec(prop::collection::vec(0..50u128, 0..20), 0..20)) {
            for keys in &mut inputs {
                keys.sort_unstable();
            }
            let mut readers: Vec<_> = inputs.iter().map(|keys| keys.iter().copied()).collect();
            let first: Vec<u128> = readers.iter_mut().map(|reader| reader.next().unwrap_or(ENDED)).collect();
            let mut tree = LoserTree::new(&first);
            let mut merged = Vec::new();
            while tree.least().0 != ENDED {
                let (key, input) = tree.least();
                merged.push(key);
                tree.replace_least(readers[input].next().unwrap_or(ENDED));
            }
            let mut expected = inputs.concat();
            expected.sort_unstable();
            prop_assert_eq!(merged, expected);
        }
    }
}
