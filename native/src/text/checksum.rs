//! Checksum of a chunk, which finds damage to a cache file.

use std::ops::Range;

use xxhash_rust::xxh3::Xxh3;

use crate::base::error::Error;
use crate::text::chunk::{Chunk, Part, READ_BYTES, checked_rows};

/// Returns the XXH3 hash (64 bits) of a chunk: of the rows' lengths as little-endian u64, then of the data, the
/// checkpoints and the entries. Returns `None` if the offsets have changed since the chunk was made.
///
/// # Errors
/// `Error::File` if the file cannot be read.
pub(crate) fn checksum(chunk: &Chunk) -> Result<Option<u64>, Error> {
    let (mut hash, mut scratch) = (Xxh3::new(), Vec::new());
    let offsets = chunk.bytes(Part::Offsets, chunk.whole(Part::Offsets), &mut scratch)?;
    if checked_rows(offsets, chunk.text.end).is_none_or(|(_, text)| text != chunk.text) {
        return Ok(None);
    }
    add_lengths(&mut hash, offsets);
    for part in [Part::Data, Part::Checkpoints, Part::Entries] {
        let Range { mut start, end } = chunk.whole(part);
        while start < end {
            let bytes = chunk.bytes(part, start..end.min(start + READ_BYTES), &mut scratch)?;
            hash.update(bytes);
            start += bytes.len() as u64;
        }
    }
    Ok(Some(hash.digest()))
}

/// Adds the lengths of the rows with these offsets to a hash.
fn add_lengths(hash: &mut Xxh3, offsets: &[u8]) {
    let (values, _) = offsets.as_chunks::<8>();
    for pair in values.windows(2) {
        hash.update(&(u64::from_le_bytes(pair[1]) - u64::from_le_bytes(pair[0])).to_le_bytes());
    }
}
