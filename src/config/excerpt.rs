//! The line of a file that a report is about, with a caret, and without what could be a secret.
//!
//! A value is shown only where its key is known and harmless. Comments and neighbours on the same
//! line never are.

use std::fmt;
use std::ops::Range;

use super::key::is_bare;
use super::{schema, words};
use crate::text::escape::escape;

/// What stands for a hidden value, and for hidden text before a key.
const HIDDEN: &str = "…";

/// A place in a text, and the line to show for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// Line, counted from 1.
    pub(super) line: usize,
    /// Column in characters, counted from 1.
    pub(super) column: usize,
    /// What is shown of the line, with the characters before the caret and the width of the caret.
    shown: Option<(String, usize, usize)>,
}

impl Excerpt {
    /// Points at a key, without its value, or at a name in the head of a table.
    pub(super) fn key(text: &str, key: &Range<usize>) -> Self {
        let line = line_around(text, key.start);
        let before = slice(text, line.start..key.start);
        let name = slice(text, key.clone());
        let shown = if before.trim_start().starts_with('[') {
            let rest = slice(text, key.end..line.end);
            let inside = rest.trim_start_matches(|c| c != ']');
            let after = inside.trim_start_matches(']');
            let head = slice(rest, 0..rest.len() - after.len());
            let before = before.trim_start();
            (format!("{before}{name}{head}"), chars(before), chars(name))
        } else {
            let start = if before.trim().is_empty() { "" } else { HIDDEN };
            (format!("{start}{name} = {HIDDEN}"), chars(start), chars(name))
        };
        Excerpt::at(text, key.start, Some(shown))
    }

    /// Points at a value and shows its first line, unless it could be a secret.
    pub(super) fn value(text: &str, key: &Range<usize>, value: &Range<usize>) -> Self {
        if value.start < key.end {
            // A list of tables, `[[account]]`: its value begins with the head.
            return Excerpt::key(text, key);
        }
        let line = line_around(text, value.start);
        let name = slice(text, key.clone());
        let blank = slice(text, line.start..key.start).trim().is_empty();
        let start = if blank { "" } else { HIDDEN };
        let shown = if words::is_showable(name, slice(text, value.clone())) {
            let before = slice(text, key.start..value.start);
            let first_line = slice(text, value.start..value.end.min(line.end));
            let caret = chars(start) + chars(before);
            (format!("{start}{before}{first_line}"), caret, chars(first_line))
        } else {
            let before = format!("{start}{name} = ");
            (format!("{before}{HIDDEN}"), chars(&before), 1)
        };
        Excerpt::at(text, value.start, Some(shown))
    }

    /// Points into a text that is no TOML, where keys and values are told apart by their looks:
    /// of `key = value` the first word is shown if the key is known and harmless, a head of a table
    /// if it can't be the middle of a list, all else not at all.
    pub(super) fn syntax(text: &str, offset: usize) -> Self {
        let line = line_around(text, offset);
        let content = slice(text, line.clone());
        let bare = |text: &str| text.chars().all(|c| is_bare(c) || matches!(c, '.' | ' ' | '\t'));
        let caret = chars(slice(text, line.start..offset));
        let shown = match content.split_once('=') {
            Some((key, value)) if bare(key) => {
                let name = key.trim().rsplit('.').next().unwrap_or_default().trim();
                let value = first_word(value);
                let (kept, cut) = if is_harmless(name, value) {
                    (format!("{key}={value}"), "")
                } else {
                    (format!("{key}= "), HIDDEN)
                };
                let caret = caret.min(chars(&kept));
                Some((format!("{kept}{cut}"), caret, 1))
            }
            None if is_head(content.trim()) => Some((content.trim_end().to_owned(), caret, 1)),
            _ => None,
        };
        Excerpt::at(text, offset, shown)
    }

    fn at(text: &str, offset: usize, shown: Option<(String, usize, usize)>) -> Self {
        let line = line_around(text, offset);
        Excerpt {
            line: slice(text, 0..line.start).matches('\n').count() + 1,
            column: chars(slice(text, line.start..offset)) + 1,
            shown,
        }
    }
}

/// Two lines, the second with the caret; nothing where nothing can be shown.
impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((shown, before, width)) = &self.shown else { return Ok(()) };
        // A control character would be shown as several and move the caret away.
        let shown: String = shown.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
        let caret = "^".repeat((*width).max(1));
        write!(f, "\n{:>5} | {}", self.line, escape(&shown))?;
        write!(f, "\n      | {:before$}{caret}", "")
    }
}

/// Whether there is a key of this name and the value can be shown.
fn is_harmless(name: &str, value: &str) -> bool {
    schema::all_keys().iter().any(|key| key.last() == name) && words::is_showable(name, value)
}

/// What stands before the first blank outside of quotes: in a text that is no TOML anything can
/// follow, such as the next key.
fn first_word(text: &str) -> &str {
    let word = text.trim_start();
    let indent = text.len() - word.len();
    let quoted = word.chars().next().filter(|c| matches!(c, '"' | '\'')).and_then(|quote| {
        let end = slice(word, 1..word.len()).find(quote)?;
        Some(end + 2)
    });
    let end = quoted.or_else(|| word.find(char::is_whitespace)).unwrap_or(word.len());
    slice(text, 0..indent + end)
}

/// Whether a line looks like `[account.main.imap]`, closed or not.
fn is_head(line: &str) -> bool {
    let inside = line.trim_start_matches('[').trim_end_matches(']');
    inside.len() < line.len()
        && inside.starts_with(|c: char| c.is_ascii_alphabetic())
        && inside.chars().all(|c| is_bare(c) || c == '.')
}

/// The line that holds `offset`, without its line feed.
fn line_around(text: &str, offset: usize) -> Range<usize> {
    let start = slice(text, 0..offset).rfind('\n').map_or(0, |at| at + 1);
    let end =
        slice(text, offset..text.len()).find(['\r', '\n']).map_or(text.len(), |at| offset + at);
    start..end
}

fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

fn chars(text: &str) -> usize {
    text.chars().count()
}
