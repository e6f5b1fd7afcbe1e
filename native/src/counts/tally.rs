//! Tally: counts the vocabularies that held each substring.

use crate::base::substring_key::SubstringKey;
use crate::counts::bucket_sort::{BucketSort, Counted};
use crate::counts::segment::SegmentWriter;
use crate::pool::compaction::CompactionMap;
use crate::pool::substrings::Substrings;

/// Number of vocabularies that held each substring: recent counts by substring id, older ones by key. A count by id is
/// one byte, so that the list fits a core's own cache: one vocabulary's substrings are spread over the whole list.
#[derive(Default)]
pub struct Tally {
    counts: Vec<u8>,
    /// Number of vocabularies counted since all counts by id were 0.
    vocabularies: u8,
    /// Counts of earlier vocabularies by key, in any order.
    retired: Vec<Counted>,
    sort: BucketSort,
}

impl Tally {
    /// Counts one vocabulary. `members` are the ids of the vocabulary's substrings, each once.
    pub fn add(&mut self, members: &[u32], substrings: &Substrings) {
        if self.vocabularies == u8::MAX {
            self.retire(substrings.keys());
        }
        self.vocabularies += 1;
        self.counts.resize(substrings.len(), 0);
        for &member in members {
            self.counts[member as usize] += 1;
        }
    }

    /// Moves the counts of removed substrings to the counts by key, and gives the other counts their new ids. `keys`
    /// are the substrings' keys by old id.
    #[expect(clippy::inline_always, reason = "see `Pool::compact`")]
    #[inline(always)]
    pub fn compact(&mut self, map: &CompactionMap, keys: &[SubstringKey]) {
        let (counts, retired) = (&self.counts, &mut self.retired);
        let retire = |id: usize| Counted::push(keys[id], counts[id].into(), retired);
        map.each_removed(counts, |count| count > 0, retire);
        map.compact(&mut self.counts);
    }

    /// Moves all counts by id to the counts by key. All counts by id are 0 then.
    fn retire(&mut self, keys: &[SubstringKey]) {
        self.vocabularies = 0;
        for (&key, count) in keys.iter().zip(&mut self.counts) {
            if *count > 0 {
                Counted::push(key, std::mem::take(count).into(), &mut self.retired);
            }
        }
    }

    /// Returns all counts as a segment, and removes them from the tally.
    pub fn take_segment(&mut self, substrings: &Substrings) -> Vec<u8> {
        self.retire(substrings.keys());
        let mut segment = SegmentWriter::default();
        for same in self.sort.sorted(&self.retired).chunk_by(|one, next| one.key() == next.key()) {
            segment.push(same[0].key(), same.iter().map(|one| u64::from(one.count())).sum());
        }
        self.retired.clear();
        segment.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::segment::SegmentReader;

    #[test]
    fn counts_of_a_substring_add_up_across_its_ids() {
        let (mut substrings, mut tally) = (Substrings::default(), Tally::default());
        let intern = |substrings: &mut Substrings, bytes: &[u8]| {
            substrings.seek(0, bytes.iter().fold(SubstringKey::EMPTY, |key, &byte| key.with(byte)));
            let mut ids = Vec::new();
            substrings.intern_sought(|_, prefixes, count| ids = prefixes[..count].to_vec()).unwrap();
            ids
        };
        let members: Vec<u32> = intern(&mut substrings, b"ab");
        tally.add(&members, &substrings);
        tally.add(&members[1..], &substrings);
        let map = CompactionMap::of(substrings.keys(), |_| false);
        tally.compact(&map, substrings.keys());
        substrings.compact(&map);
        intern(&mut substrings, b"xy");
        let members = intern(&mut substrings, b"ab");
        tally.add(&members, &substrings);
        let segment = tally.take_segment(&substrings);
        let counts: Vec<u64> = SegmentReader::new(&segment).map(|entry| entry.unwrap().1).collect();
        assert_eq!(counts, [2, 3]);
        assert!(tally.take_segment(&substrings).is_empty());
    }

    #[test]
    fn many_vocabularies_are_counted() {
        let (mut substrings, mut tally) = (Substrings::default(), Tally::default());
        substrings.seek(0, SubstringKey::EMPTY.with(b'a').with(b'b'));
        substrings.intern_sought(|_, _, _| ()).unwrap();
        for vocabulary in 0..1000 {
            tally.add(if vocabulary % 4 == 0 { &[0, 1] } else { &[1] }, &substrings);
        }
        let segment = tally.take_segment(&substrings);
        let counts: Vec<u64> = SegmentReader::new(&segment).map(|entry| entry.unwrap().1).collect();
        assert_eq!(counts, [250, 1000]);
    }
}
