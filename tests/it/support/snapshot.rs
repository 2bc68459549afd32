//! Expectations in files beside the fixtures.

use std::fmt::Write as _;
use std::path::Path;

/// Names the variable that makes the tests write expectations in place of comparing with them.
const BLESS: &str = "GRUSSD_BLESS";

/// Compares a text with the one that is expected; `Err` says how they differ. With `GRUSSD_BLESS=1`
/// the text becomes the expected one.
pub(crate) fn check(expected: &Path, actual: &str) -> Result<(), String> {
    let stored = std::fs::read_to_string(expected).unwrap_or_default();
    if stored == actual {
        return Ok(());
    }
    if std::env::var_os(BLESS).is_some_and(|value| value == "1") {
        std::fs::write(expected, actual).expect("expectation can be written");
        return Ok(());
    }
    let name = expected.file_name().unwrap_or_default().display();
    Err(format!("{name} (if this is right: {BLESS}=1)\n{}", diff(&stored, actual)))
}

/// Lines that differ, `-` expected, `+` actual, each with a line of context.
pub(crate) fn diff(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    // Longest common subsequence of the tails.
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = String::new();
    let mut context = None;
    while i < old.len() || j < new.len() {
        let (sign, line) = if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
            (' ', old[i - 1])
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            i += 1;
            ('-', old[i - 1])
        } else {
            j += 1;
            ('+', new[j - 1])
        };
        if sign == ' ' {
            context = Some(line);
        } else {
            if let Some(context) = context.take() {
                writeln!(out, "   {context}").unwrap();
            }
            writeln!(out, " {sign} {line}").unwrap();
        }
    }
    out
}

#[test]
fn a_diff_shows_what_changed() {
    assert_eq!(diff("a\nb\nc\nd\n", "a\nc\nx\nd\n"), "   a\n - b\n   c\n + x\n");
    assert_eq!(diff("a\n", "a\n"), "");
}
