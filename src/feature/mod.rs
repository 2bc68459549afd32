//! From a mail to what is counted: sentences with their cues, and terms.
//!
//! ```text
//! Mail -> Document (sentences, tokens, cues) -> terms by name -> sparse counts by number
//! ```
//!
//! Deliberately left out, because in an archive they tell the source and not the class: whether a
//! `Subject`, `To` or `Date` stands at all, mailers, domains, the hour, blanks before marks.

pub mod document;
mod encoded;
pub mod layout;
pub mod role;
pub mod sentence;
pub mod vocabulary;
pub mod words;

pub use document::{Document, Place, Sentence};
pub use encoded::Encoded;
pub use vocabulary::{Terms, Vocabulary};
