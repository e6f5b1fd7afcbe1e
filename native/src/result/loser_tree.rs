//! Loser tree: finds the least key of many sorted inputs with one comparison for each level of the tree.
//!
//! The root holds the least key; every other inner node holds the greater key of the comparison at this node. When the
//! least key is replaced by the next key of its input, the comparisons between the input's leaf and the root are
//! repeated. The comparisons are branchless, because their outcome is unpredictable.

use std::hint::select_unpredictable;

/// Key that stands for the end of an input; it is above the keys of all substrings.
pub(crate) const ENDED: u128 = u128::MAX;

/// Key in a node of the tree, with the index of its input.
#[derive(Clone, Copy)]
struct Entrant {
    key: u128,
    input: usize,
}

/// Loser tree over the next key of each input.
pub(crate) struct LoserTree {
    /// Root with the least key, then the inner nodes with the losers of their comparisons.
    nodes: Vec<Entrant>,
}

impl LoserTree {
    /// Makes a tree. `keys` has the first key of each input, or `ENDED` for an input without keys.
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

    /// Returns the least key, and the index of an input that has this key.
    #[inline]
    #[must_use]
    pub(crate) fn least(&self) -> (u128, usize) {
        (self.nodes[0].key, self.nodes[0].input)
    }

    /// Replaces the least key by `key`, the next key of the same input or `ENDED`.
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
