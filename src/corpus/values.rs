//! The values that describe a sample, as people write them in a table or a head line. A value that
//! can't be understood gives a sentence that says what was expected. `-` and nothing mean: not
//! known.

use std::collections::BTreeSet;

use crate::classify::{Flag, Label, Occasion};

/// A value, unless it is empty or `-`.
pub(super) fn given(value: &str) -> Option<String> {
    (!matches!(value, "" | "-")).then(|| value.to_owned())
}

/// A label; there is no default.
pub(super) fn label(value: &str) -> Result<Label, String> {
    value.parse().map_err(|_| {
        format!("expected the class personal, boilerplate, pitch or other, found `{value}`")
    })
}

/// An occasion, where known.
pub(super) fn occasion(value: &str) -> Result<Option<Occasion>, String> {
    match given(value) {
        None => Ok(None),
        Some(name) => name.parse().map(Some).map_err(|_| expected_occasion(value)),
    }
}

/// Says which occasions there are.
pub(super) fn expected_occasion(found: &str) -> String {
    format!("expected the occasion {}, found `{found}`", listed(&Occasion::ALL.map(Occasion::name)))
}

/// Whether the label is certain.
pub(super) fn certain(value: &str) -> Result<bool, String> {
    match value {
        "high" => Ok(true),
        "low" => Ok(false),
        _ => Err(format!("expected the certainty high or low, found `{value}`")),
    }
}

/// Flags, separated by commas.
pub(super) fn flags(value: &str) -> Result<BTreeSet<Flag>, String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|name| given(name).is_some())
        .map(|name| {
            name.parse().map_err(|_| {
                let names = listed(&Flag::ALL.map(Flag::name));
                format!("expected flags of {names}, found `{name}`")
            })
        })
        .collect()
}

fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
