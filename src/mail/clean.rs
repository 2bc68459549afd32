//! Text as [`Mail`](super::Mail) promises it: Unicode in NFC, `\n` line ends, and nothing that is
//! invisible, steers a terminal or turns the direction of writing.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

const ZERO_WIDTH_JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';

/// Cleans a text. Borrows where there is nothing to do.
pub(super) fn text(raw: &str) -> Cow<'_, str> {
    if plain_prefix(raw) == raw.len() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, odd)) = rest.split_at_checked(plain_prefix(rest)) {
        if !plain.is_empty() {
            drop_joiner(&mut out);
            out.push_str(plain);
        }
        let mut chars = odd.chars();
        match chars.next() {
            None => break,
            Some('\r') if chars.as_str().starts_with('\n') => {}
            Some(c) => push(&mut out, c),
        }
        rest = chars.as_str();
    }
    drop_joiner(&mut out);
    Cow::Owned(compose(out))
}

/// Cleans what is one line by nature: a subject, a name, a link target. Runs of blanks become one.
pub(super) fn line(raw: &str) -> String {
    let clean = text(raw);
    let mut out = String::with_capacity(clean.len());
    for word in clean.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Appends one character as [`text`] would leave it. The caller ends with [`drop_joiner`] and
/// [`compose`].
pub(super) fn push(out: &mut String, c: char) {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
            drop_joiner(out);
            out.push('\n');
        }
        '\t'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => {
            drop_joiner(out);
            out.push(' ');
        }
        ZERO_WIDTH_JOINER => {
            if out.chars().next_back().is_some_and(is_emoji) {
                out.push(c);
            }
        }
        EMOJI_STYLE => {
            if out.chars().next_back().is_some_and(takes_emoji_style) {
                out.push(c);
            }
        }
        _ if is_invisible(c) => {}
        _ => {
            if !is_emoji(c) {
                drop_joiner(out);
            }
            out.push(c);
        }
    }
}

/// Takes back a zero-width joiner that no emoji followed.
pub(super) fn drop_joiner(out: &mut String) {
    if out.ends_with(ZERO_WIDTH_JOINER) {
        out.pop();
    }
}

/// Brings a text into NFC.
pub(super) fn compose(text: String) -> String {
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

/// Length of the head of `text` that needs no look at its characters: printable ASCII, line feeds
/// and U+00C0 to U+00FF, the letters of Western Europe.
fn plain_prefix(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' '..=b'~' | b'\n' => at += 1,
            0xc3 => at += 2,
            _ => break,
        }
    }
    at
}

/// Control characters, formatting characters and the blanks that newsletters pad their preview
/// with. U+FFFD stays: it tells that something was there.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0e}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{fffe}' | '\u{ffff}')
}

/// The characters that emoji sequences are made of.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' | EMOJI_STYLE)
}

fn takes_emoji_style(c: char) -> bool {
    c != EMOJI_STYLE && is_emoji(c)
        || matches!(
            c,
            '0'..='9' | '#' | '*' | '©' | '®' | '™' | 'ℹ' | '‼' | '⁉' | '〰' | '〽' | '㊗' | '㊙'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        assert_eq!(text(raw), expected);
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(text("Frohe Weihnachten, liebe Grüße\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn line_ends_become_line_feeds() {
        check("a\r\nb\rc\nd", "a\nb\nc\nd");
        check("a\r\r\nb", "a\n\nb");
        check("a\u{2028}b\u{c}c", "a\nb\nc");
    }

    #[test]
    fn text_is_composed() {
        check("Gru\u{308}ße", "Grüße");
        check("u\u{200b}\u{308}", "ü");
    }

    #[test]
    fn invisible_characters_vanish() {
        check("a\u{200b}b\u{202e}c\u{feff}d\u{0}e\u{1b}[1m\u{ad}f", "abcde[1mf");
        check("1\u{a0}000\u{202f}€\tzu", "1 000 € zu");
        check("A\u{fe0f}B\u{e0041}", "AB");
    }

    #[test]
    fn emoji_sequences_stay_whole() {
        check("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧");
        check("❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}", "❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}");
        check("👨\u{200d}a 👨\u{200d}", "👨a 👨");
        check("a\u{200d}b", "ab");
    }

    #[test]
    fn a_line_has_single_blanks() {
        assert_eq!(line("  Frohe\r\n\tWeihnachten \u{a0} Petra "), "Frohe Weihnachten Petra");
    }
}
