//! Token index: finds the row of a token among the tokens of a result.
//!
//! The index has four bytes and a tag for each row, and compares with the tokens themselves, which the caller holds.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use crate::base::error::Error;

/// Tokens of consecutive rows, as Arrow holds them: 64-bit offsets and the tokens, one behind the other.
pub struct TokenChunk<B> {
    /// Offset of each token in `text` in bytes, then the offset behind the last token, little-endian.
    pub offsets: B,
    /// Tokens of all rows.
    pub text: B,
}

impl<B: AsRef<[u8]>> TokenChunk<B> {
    fn rows(&self) -> usize {
        (self.offsets.as_ref().len() / 8).saturating_sub(1)
    }

    /// Returns the bytes of all tokens, or None if the offsets are damaged.
    pub fn tokens(&self) -> Option<impl Iterator<Item = &[u8]> + Clone> {
        let text = self.text.as_ref();
        let (offsets, _) = self.offsets.as_ref().as_chunks();
        let ranges =
            || offsets.windows(2).map(|pair| [pair[0], pair[1]].map(|offset| u64::from_le_bytes(offset) as usize));
        ranges()
            .all(|[start, end]| text.get(start..end).is_some())
            .then(|| ranges().map(|[start, end]| &text[start..end]))
    }

    /// Returns the bytes of the token in a row, or None if its offsets are damaged.
    fn token(&self, row: usize) -> Option<&[u8]> {
        let (offsets, _) = self.offsets.as_ref().as_chunks();
        let [start, end] =
            [offsets.get(row)?, offsets.get(row + 1)?].map(|&offset| u64::from_le_bytes(offset) as usize);
        self.text.as_ref().get(start..end)
    }
}

/// Index of the tokens of all rows.
pub struct TokenIndex<B> {
    chunks: Vec<TokenChunk<B>>,
    /// Row behind the last one of each chunk.
    ends: Vec<usize>,
    rows: HashTable<u32>,
    hasher: foldhash::fast::FixedState,
}

impl<B: AsRef<[u8]>> TokenIndex<B> {
    /// Makes the index of the tokens in `chunks`. Of equal tokens, it finds any one.
    ///
    /// # Errors
    /// `Error::Offsets` if the offsets of a chunk are damaged; `Error::Parameter` for 2^32 rows or more.
    pub fn new(chunks: Vec<TokenChunk<B>>) -> Result<Self, Error> {
        let ends: Vec<usize> =
            chunks.iter().scan(0, |end, chunk| Some(*end + chunk.rows()).inspect(|e| *end = *e)).collect();
        let count = ends.last().copied().unwrap_or(0);
        if u32::try_from(count).is_err() {
            return Err(Error::Parameter("a result of 2^32 tokens or more has no index"));
        }
        let hasher = foldhash::fast::FixedState::default();
        let mut index = Self { chunks, ends, rows: HashTable::new(), hasher };
        let mut rows = HashTable::with_capacity(count);
        for (number, chunk) in index.chunks.iter().enumerate() {
            let first = index.ends[number] - chunk.rows();
            for row in 0..chunk.rows() {
                let token = chunk.token(row).ok_or(Error::Offsets { chunk: number })?;
                let rehash = |&other: &u32| index.hash(index.token(other as usize).unwrap_or_default());
                rows.insert_unique(index.hash(token), (first + row) as u32, rehash);
            }
        }
        index.rows = rows;
        Ok(index)
    }

    /// Returns the row of a token, counted over all chunks; None if no row has it.
    #[must_use]
    pub fn find(&self, token: &[u8]) -> Option<usize> {
        let is_it = |&row: &u32| self.token(row as usize) == Some(token);
        self.rows.find(self.hash(token), is_it).map(|&row| row as usize)
    }

    fn token(&self, row: usize) -> Option<&[u8]> {
        let number = self.ends.partition_point(|&end| end <= row);
        let chunk = self.chunks.get(number)?;
        chunk.token(row - (self.ends[number] - chunk.rows()))
    }

    fn hash(&self, token: &[u8]) -> u64 {
        self.hasher.hash_one(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(tokens: &[String]) -> TokenChunk<Vec<u8>> {
        let ends = tokens.iter().scan(0u64, |end, token| Some(*end + token.len() as u64).inspect(|e| *end = *e));
        let offsets = std::iter::once(0).chain(ends).flat_map(u64::to_le_bytes).collect();
        TokenChunk { offsets, text: tokens.concat().into_bytes() }
    }

    proptest! {
        #[test]
        fn each_token_is_found_in_its_row(tokens in prop::collection::hash_set(any::<String>(), 0..60), cut in 0..60usize) {
            let tokens: Vec<String> = tokens.into_iter().collect();
            let (first, second) = tokens.split_at(cut.min(tokens.len()));
            let index = TokenIndex::new(vec![chunk(first), chunk(&[]), chunk(second)]).unwrap();
            for (row, token) in tokens.iter().enumerate() {
                prop_assert_eq!(index.find(token.as_bytes()), Some(row));
            }
            prop_assert_eq!(index.find(b"\xFF"), None);
        }
    }

    #[test]
    fn damaged_offsets_are_an_error() {
        let damaged = |ends: &[u64]| {
            let offsets = ends.iter().copied().flat_map(u64::to_le_bytes).collect();
            TokenIndex::new(vec![TokenChunk { offsets, text: b"abc".to_vec() }]).err()
        };
        assert_eq!(damaged(&[0, 3]), None);
        assert_eq!(damaged(&[0, 4]), Some(Error::Offsets { chunk: 0 }));
        assert_eq!(damaged(&[2, 1]), Some(Error::Offsets { chunk: 0 }));
    }
}
