//! Rows of the result by column, as Arrow and the JSON file take them.

/// Some rows of the result; numbers are little-endian and have 64 bits.
#[derive(Default)]
pub struct Columns {
    /// The rows' part of the JSON.
    pub json: Vec<u8>,
    /// Offset of each token in `text`, and of the end of the last one.
    pub offsets: Vec<u8>,
    /// All tokens, one after the other.
    pub text: String,
    /// Total counts.
    pub totals: Vec<u8>,
    /// Counts in each language.
    pub languages: Vec<Vec<u8>>,
    /// Number of rows that the counts have room for: most counts are 0, so only others are set.
    zeroed: usize,
}

impl Columns {
    pub(crate) fn new(languages: usize) -> Self {
        let languages = vec![Vec::new(); languages];
        Self { offsets: 0u64.to_le_bytes().to_vec(), languages, ..Self::default() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.totals.len() / 8
    }

    /// Begins a row; `write` appends its token to the text.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut String), total: u64) {
        write(&mut self.text);
        self.offsets.extend_from_slice(&(self.text.len() as u64).to_le_bytes());
        self.totals.extend_from_slice(&total.to_le_bytes());
        if self.rows() > self.zeroed {
            self.zeroed = (2 * self.zeroed).max(1024);
            self.languages.iter_mut().for_each(|column| column.resize(8 * self.zeroed, 0));
        }
    }

    /// Sets a count of the last row.
    pub(crate) fn set(&mut self, language: usize, count: u64) {
        let end = self.totals.len();
        self.languages[language][end - 8..end].copy_from_slice(&count.to_le_bytes());
    }

    /// Removes the room for further rows.
    pub(crate) fn truncate(&mut self) {
        let length = self.totals.len();
        self.languages.iter_mut().for_each(|column| column.truncate(length));
    }
}
