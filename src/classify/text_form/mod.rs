//! The text form of a model: everything in its file, one fact a line, so that two models can be
//! compared by `diff` and one can be read.
//!
//! ```text
//! grussd model as text 1
//! source     co           300
//! figures    macro_f1=0.91 burial_rate=0.004
//! setting    words        alpha=0.1 power=0.5
//! combiner   words.pitch  personal=-0.12 boilerplate=0.03 pitch=0.2 other=-0.11
//! first      salutation=310 wish=12
//! next       wish         wish=120 salutation=44
//! samples    words        personal=2040 boilerplate=1011.5 pitch=800 other=3000
//! sentence   frohe weihnac  roles wish=120 offer=3  labels personal=30 boilerplate=55
//! layout     %gate both     labels personal=700 boilerplate=650
//! role       =some offer    labels pitch=411.328125
//! ```
//!
//! Tabs stand between fields. Counts that are zero are left out; the others are multiples of 1/64,
//! which decimals give exactly, and every other number is the shortest one that is read back as the
//! same. So a model that went through text has the same bytes again. The order of lines and of
//! terms does not matter; lines that begin with `#` are passed over.

mod field;
mod read;
mod write;

#[cfg(test)]
pub(crate) mod tests;

use super::role_reader::ROLES;
use super::statistics::LABELS;
use super::{Label, Role};

/// What the first line is.
const HEAD: &str = "grussd model as text 1";
const FIGURES: [&str; 2] = ["macro_f1", "burial_rate"];
const ROLE_SETTINGS: [&str; 4] = ["alpha", "power", "prior", "sequence"];
const EXPERT_SETTINGS: [&str; 2] = ["alpha", "power"];
/// The experts on mails, in the order of their tables.
const EXPERTS: [&str; 3] = ["words", "layout", "role_mix"];

fn labels() -> [&'static str; LABELS] {
    Label::ALL.map(Label::name)
}

fn roles() -> [&'static str; ROLES] {
    Role::ALL.map(Role::name)
}

/// Why a text is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}")]
pub struct TextError {
    /// Counted from 1; behind the last one where a line is missing.
    pub line: usize,
    /// What should stand there, and what does.
    pub expected: String,
}
