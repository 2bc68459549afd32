//! Text as the filter reads it: sentences, tokens, cues, occasions, language.

pub mod calendar;
pub mod cue;
pub mod escape;
mod fold;
pub mod language;
pub mod sentence;
pub mod token;
pub mod word_map;

pub use fold::{fold, fold_char};
