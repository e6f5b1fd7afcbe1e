//! Tokens as readers know them: their kinds, their readable texts, and the bytes behind the mapped forms.
//!
//! In: bytes, or the tokens of result rows. Out: kinds, texts and bytes, also as columns of a result.
//!
//! - `kind`: the kind of a token, such as word or number
//! - `readable`: bytes as people read them, and the way back
//! - `describe`: the bytes, texts and kinds of many tokens, as columns
//! - `index`: finds a token among the rows of a result

pub mod describe;
pub mod index;
pub mod kind;
pub mod readable;
