//! Fuzzes the texts of a column of any offsets and any bytes, in memory and in a file: each is the text of SPEC section
//! 2, or an error.
#![no_main]

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use _native::base::error::Error;
use _native::base::permutation::Permutation;
use _native::text::assembly::{Stream, StreamId, TextRule};
use _native::text::column::{Bytes, ChunkLayout, TextColumn};
use _native::text::row_index::{ENTRY_BYTES, RowIndex};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Chunk {
    /// Steps from one offset to the next, or any offsets.
    offsets: Vec<Offset>,
    data: Data,
}

#[derive(Arbitrary, Debug)]
enum Offset {
    Step(u8),
    Any(i64),
}

#[derive(Arbitrary, Debug)]
enum Data {
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Arbitrary, Debug)]
struct Input {
    chunks: Vec<Chunk>,
    seed: u64,
    language: String,
    pool: u64,
    span: u16,
    pack: bool,
    crop: bool,
    eos: String,
    text: u64,
    near: bool,
    in_file: bool,
    /// Changes of the file after it was opened: pairs of an offset and a new byte.
    damage: Vec<(u16, u8)>,
    /// New length of the file in bytes, if it is truncated after it was opened.
    cut: Option<u16>,
}

fuzz_target!(|input: Input| {
    let raw: Vec<(Vec<u8>, Vec<u8>)> = input.chunks.iter().map(bytes_of).collect();
    let opened = if input.in_file { in_file(&raw, &input) } else { in_memory(&raw) };
    let Ok(column) = opened else { return };
    let column = Arc::new(column);
    // A file damaged after opening may give any text or error, but no panic; an undamaged file must give the right
    // texts.
    let whole = !input.in_file || input.damage.is_empty() && input.cut.is_none();
    let _ = column.checksums(1);
    let rule = TextRule { span: input.span.into(), pack: input.pack, crop: input.crop, eos: input.eos.clone() };
    let id = StreamId { seed: input.seed, language: input.language.clone(), pool: input.pool };
    let rows: Vec<Result<String, Error>> =
        (0..column.len()).map(|row| column.row(row, &mut Vec::new()).map(str::to_owned)).collect();
    if whole {
        assert_eq!(rows, rows_of(&raw));
    }
    let Ok(mut stream) = Stream::new(column.clone(), id.clone(), rule.clone()) else {
        let has_text = rows.iter().any(|row| row.as_ref().is_ok_and(|row| !stripped(row).is_empty()));
        let has_error = rows.iter().any(Result::is_err);
        assert!(!whole || input.span == 0 || has_error || !has_text);
        return;
    };
    // Skipped, because many empty rows between two rows with text take long.
    let texts = rows.iter().filter(|row| row.as_ref().is_ok_and(|row| !stripped(row).is_empty())).count();
    let lengths = rows.iter().filter_map(|row| row.as_ref().ok()).map(|row| stripped(row).chars().count().max(1));
    let characters = lengths.min();
    if rows.len() > 64 * texts.max(1) || usize::from(input.span) > 4096 * characters.unwrap_or(1) {
        return;
    }
    let text = if input.near { input.text % (4 * column.len()) } else { input.text };
    let mut made = String::from("kept");
    let found = stream.append_text(text, &mut made).map(|()| made[4..].to_owned());
    if found.is_err() {
        assert_eq!(made, "kept");
    }
    if whole {
        assert_eq!(found, expected(&rows, &id, &rule, text));
        // A text does not depend on the texts made before it.
        let mut again = String::new();
        let _ = stream.append_text(text ^ 1, &mut again);
        again.clear();
        assert_eq!(stream.append_text(text, &mut again).map(|()| again), found);
    }
});

fn bytes_of(chunk: &Chunk) -> (Vec<u8>, Vec<u8>) {
    let mut at = 0i64;
    let offsets = chunk.offsets.iter().flat_map(|offset| {
        at = match *offset {
            Offset::Step(step) => at.wrapping_add(i64::from(step / 8)),
            Offset::Any(offset) => offset,
        };
        at.to_le_bytes()
    });
    let data = match &chunk.data {
        Data::Text(text) => text.clone().into_bytes(),
        Data::Bytes(bytes) => bytes.clone(),
    };
    (offsets.collect(), data)
}

fn in_memory(raw: &[(Vec<u8>, Vec<u8>)]) -> Result<TextColumn, Error> {
    let chunks =
        raw.iter().map(|(offsets, data)| (Box::new(offsets.clone()) as Bytes, Box::new(data.clone()) as Bytes));
    TextColumn::in_memory(chunks.collect())
}

fn in_file(raw: &[(Vec<u8>, Vec<u8>)], input: &Input) -> Result<TextColumn, Error> {
    let path = std::env::temp_dir().join(format!("tokstats-fuzz-{}", std::process::id()));
    let mut bytes = Vec::new();
    let mut layouts = Vec::new();
    for (offsets, data) in raw.iter().filter(|(offsets, _)| !offsets.is_empty()) {
        let rows = offsets.len() / 8 - 1;
        // Offsets that do not fit the data have no row index, and the column must refuse them before it reads one.
        let fits = offsets.as_chunks::<8>().0.iter().map(|value| u64::from_le_bytes(*value)).is_sorted()
            && offsets.last_chunk::<8>().is_none_or(|last| u64::from_le_bytes(*last) <= data.len() as u64);
        let none = || RowIndex { checkpoints: Vec::new(), entries: vec![0; rows * ENTRY_BYTES as usize] };
        let RowIndex { checkpoints, entries } = if fits { RowIndex::of(offsets, data) } else { none() };
        let start = bytes.len() as u64;
        bytes.extend([offsets, data, &checkpoints, &entries].into_iter().flatten());
        layouts.push(ChunkLayout {
            offsets: start,
            data: start + offsets.len() as u64,
            checkpoints: start + (offsets.len() + data.len()) as u64,
            entries: start + (offsets.len() + data.len() + checkpoints.len()) as u64,
            rows: rows as u64,
        });
    }
    std::fs::write(&path, &bytes).unwrap();
    let column = TextColumn::in_file(File::open(&path).unwrap(), &layouts);
    if !input.damage.is_empty() || input.cut.is_some() {
        let length = bytes.len();
        for &(at, byte) in input.damage.iter().filter(|_| length > 0) {
            bytes[usize::from(at) % length] = byte;
        }
        bytes.truncate(input.cut.map_or(length, usize::from));
        let mut file = File::options().write(true).truncate(true).open(&path).unwrap();
        file.write_all(&bytes).unwrap();
    }
    std::fs::remove_file(path).unwrap();
    column
}

/// Returns all rows, read without a column.
fn rows_of(raw: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<String, Error>> {
    let mut rows = Vec::new();
    for (offsets, data) in raw {
        let values: Vec<usize> =
            offsets.as_chunks::<8>().0.iter().map(|value| u64::from_le_bytes(*value) as usize).collect();
        for pair in values.windows(2) {
            let row = rows.len() as u64;
            rows.push(String::from_utf8(data[pair[0]..pair[1]].to_vec()).map_err(|_| Error::Utf8 { row }));
        }
    }
    rows
}

/// Returns a row without white space at its ends, as `str.strip` of Python does.
fn stripped(row: &str) -> &str {
    row.trim_matches(|c: char| c.is_whitespace() || ('\u{1C}'..='\u{1F}').contains(&c))
}

/// Returns text `text` by the definition, made character by character.
fn expected(rows: &[Result<String, Error>], id: &StreamId, rule: &TextRule, text: u64) -> Result<String, Error> {
    let n = rows.len() as u64;
    let span = rule.span as usize;
    let eos: Vec<char> = rule.eos.chars().collect();
    let mut made: Vec<char> = Vec::new();
    for appended in 0.. {
        let key = id.path("rows").index(text / n).index(appended).key();
        let row = match &rows[Permutation::new(key, n).at(text % n) as usize] {
            Ok(row) => stripped(row),
            Err(Error::Utf8 { row }) => return Err(Error::Utf8 { row: *row }),
            Err(_) => unreachable!(),
        };
        if row.is_empty() {
            continue;
        }
        made.extend(row.chars());
        if !rule.pack {
            break;
        }
        made.extend(&eos);
        if made.len() >= span {
            made.truncate(made.len() - eos.len());
            break;
        }
    }
    let room = made.len().saturating_sub(span) as u64;
    let start = match rule.crop {
        true if room > 0 => id.path("crop").index(text).key().stream().below(room + 1),
        _ => 0,
    };
    Ok(made.iter().skip(start as usize).take(span).collect())
}
