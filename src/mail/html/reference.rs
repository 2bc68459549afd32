//! Character references (`&auml;`, `&#228;`, `&#xe4;`), in one pass.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use mail_parser::decoders::html::add_html_token;

/// Longest name of a character reference: `CounterClockwiseContourIntegral`.
const LONGEST: usize = 31;

/// Names that browsers accept without the semicolon and that real mail contains so.
const BARE: [(&str, char); 13] = [
    ("nbsp", ' '),
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("eacute", 'é'),
];

/// Where a reference stands: in an attribute `&copy=1` is part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Attribute,
}

/// Resolves the references of a text.
pub(super) fn resolve(text: &str, place: Place) -> Cow<'_, str> {
    let Some((head, mut rest)) = text.split_once('&') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(head);
    loop {
        rest = reference(&mut out, rest, place);
        let Some((head, after)) = rest.split_once('&') else { break };
        out.push_str(head);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Appends the reference whose `&` was just read; returns what follows it.
fn reference<'t>(out: &mut String, rest: &'t str, place: Place) -> &'t str {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    let length = rest.bytes().take(LONGEST).take_while(name).count();
    let Some((name, after)) = rest.split_at_checked(length) else { return rest };
    if let Some(number) = name.strip_prefix('#') {
        let parsed = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        if let Ok(code) = parsed {
            out.push(numbered(code));
            return after.strip_prefix(';').unwrap_or(after);
        }
    } else if let Some(after) = after.strip_prefix(';')
        && !name.is_empty()
    {
        // Appends the token as it stands if it knows no such name.
        add_html_token(out, format!("&{name};").as_bytes(), false);
        return after;
    } else if place == Place::Text
        && let Some((bare, c)) = BARE.iter().find(|(bare, _)| name.starts_with(bare))
    {
        out.push(*c);
        return rest.get(bare.len()..).unwrap_or_default();
    }
    out.push('&');
    rest
}

/// The character of a number. 128 to 159 mean windows-1252 (HTML standard, "numeric character
/// reference end state").
fn numbered(code: u32) -> char {
    if let Ok(byte @ 0x80..=0x9f) = u8::try_from(code) {
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
        return text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    char::from_u32(code).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(resolve(text, Place::Text), expected);
    }

    #[test]
    fn references_are_resolved() {
        check("ohne", "ohne");
        check("Gr&uuml;&szlig;e", "Grüße");
        check("&#228;&#xE4;&#XE4;", "äää");
        check("&#150;&#x80;", "–€");
        check("&lt;b&gt; &amp;amp;", "<b> &amp;");
        check("&hearts;&#127876;", "♥🎄");
        check("&auml", "ä");
        check("sch&oumln", "schön");
    }

    #[test]
    fn other_ampersands_stay() {
        check("a & b && c&", "a & b && c&");
        check("&nothing; &; &#; &#x;", "&nothing; &; &#; &#x;");
        check("&#99999999;&#0;&#xd800;", "\u{fffd}\u{fffd}\u{fffd}");
        check("&ü;", "&ü;");
    }

    #[test]
    fn addresses_keep_their_parameters() {
        assert_eq!(resolve("?a=1&amp;lt=2&copy=3", Place::Attribute), "?a=1&lt=2&copy=3");
    }
}
