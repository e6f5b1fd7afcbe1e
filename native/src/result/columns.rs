//! Rows of the result as columns, in the form that Arrow and the JSON file need.

/// Consecutive rows of the result as columns. Numbers are little-endian and have 64 bits.
#[derive(Default)]
pub struct Columns {
    /// Part of the result's JSON object for these rows.
    pub json: Vec<u8>,
    /// Offset of each token in `text` in bytes, then the offset behind the last token.
    pub offsets: Vec<u8>,
    /// Tokens of all rows, one behind the other.
    pub text: String,
    /// Total count of each row.
    pub totals: Vec<u8>,
    /// For each language, the count of each row.
    pub languages: Vec<Vec<u8>>,
    /// Number of rows for which `languages` has zeros. Zeros are added in advance, because most counts are 0 and need
    /// not be set.
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

    /// Adds a row with the given total; `write` appends the row's token to the text.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut String), total: u64) {
        write(&mut self.text);
        self.offsets.extend_from_slice(&(self.text.len() as u64).to_le_bytes());
        self.totals.extend_from_slice(&total.to_le_bytes());
        if self.rows() > self.zeroed {
            self.zeroed = (2 * self.zeroed).max(1024);
            self.languages.iter_mut().for_each(|column| column.resize(8 * self.zeroed, 0));
        }
    }

    /// Sets the count of the last row in a language.
    pub(crate) fn set(&mut self, language: usize, count: u64) {
        let end = self.totals.len();
        self.languages[language][end - 8..end].copy_from_slice(&count.to_le_bytes());
    }

    /// Removes the zeros that no row uses.
    pub(crate) fn truncate(&mut self) {
        let length = self.totals.len();
        self.languages.iter_mut().for_each(|column| column.truncate(length));
    }
}
