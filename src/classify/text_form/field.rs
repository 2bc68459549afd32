//! Fields of a line: names and terms in quotes where need be, values by name.

use crate::classify::file::STEPS;
use crate::text::escape::escape;

/// Characters of the text that an error shows: a line has no end.
const SHOWN: usize = 40;

/// What is expected, and what was found instead.
pub(super) type Expected = String;

/// A value for each of the names.
pub(super) fn all<const N: usize>(
    text: &str,
    names: [&str; N],
    value: fn(&str) -> Result<f64, Expected>,
) -> Result<[f64; N], Expected> {
    let found = values(text, names, value)?;
    match names.iter().zip(&found).find(|(_, it)| it.is_none()) {
        Some((name, _)) => Err(instead(&format!("a value for `{name}`"), text)),
        None => Ok(found.map(Option::unwrap_or_default)),
    }
}

/// A value for some of the names, zero for the others.
pub(super) fn some<const N: usize>(
    text: &str,
    names: [&str; N],
    value: fn(&str) -> Result<f64, Expected>,
) -> Result<[f64; N], Expected> {
    Ok(values(text, names, value)?.map(Option::unwrap_or_default))
}

fn values<const N: usize>(
    text: &str,
    names: [&str; N],
    value: fn(&str) -> Result<f64, Expected>,
) -> Result<[Option<f64>; N], Expected> {
    let mut found = [None; N];
    for pair in text.split(' ').filter(|it| !it.is_empty()) {
        let (name, number) = pair.split_once('=').ok_or_else(|| instead("`name=value`", pair))?;
        let cell = found.get_mut(place(name, &names)?);
        if let Some(cell) = cell
            && cell.replace(value(number)?).is_some()
        {
            return Err(format!("`{name}` once, found it again"));
        }
    }
    Ok(found)
}

pub(super) fn place(name: &str, names: &[&str]) -> Result<usize, Expected> {
    let at = names.iter().position(|it| *it == name);
    at.ok_or_else(|| instead(&format!("one of {}", names.join(", ")), name))
}

pub(super) fn number(text: &str) -> Result<f64, Expected> {
    let number = text.parse().ok().filter(|it: &f64| it.is_finite());
    number.ok_or_else(|| instead("a number", text))
}

pub(super) fn amount(text: &str) -> Result<f64, Expected> {
    number(text).ok().filter(|it| *it >= 0.0).ok_or_else(|| instead("a number from 0 on", text))
}

pub(super) fn share(text: &str) -> Result<f64, Expected> {
    let share = number(text).ok().filter(|it| (0.0..=1.0).contains(it));
    share.ok_or_else(|| instead("a number from 0 to 1", text))
}

pub(super) fn count(text: &str) -> Result<f64, Expected> {
    let whole = |it: &f64| (it * STEPS).fract() == 0.0 && it * STEPS <= f64::from(u32::MAX);
    let count = amount(text).ok().filter(whole);
    count.ok_or_else(|| instead("a count in steps of 1/64 (0.015625)", text))
}

/// Undoes [`quoted`]: `\\`, `\t`, `\n`, `\r`, `\u{1b}`.
pub(super) fn unquoted(text: &str) -> Result<String, Expected> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let (it, behind) = unescaped(escape)
            .ok_or_else(|| instead("`\\\\`, `\\t`, `\\n`, `\\r` or `\\u{...}`", escape))?;
        out.push(it);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// The character that what stands behind a backslash means, and the rest.
fn unescaped(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let it = match chars.next()? {
        '\\' => '\\',
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'u' => {
            let (digits, behind) = chars.as_str().strip_prefix('{')?.split_once('}')?;
            return Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, behind));
        }
        _ => return None,
    };
    Some((it, chars.as_str()))
}

pub(super) fn instead(expected: &str, found: &str) -> Expected {
    format!("{expected}, found `{}`", shortened(found))
}

pub(super) fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// A term or a name such that it stays in its field and on its line.
pub(super) fn quoted(text: &str) -> String {
    escape(&text.replace('\\', "\\\\")).into_owned()
}
