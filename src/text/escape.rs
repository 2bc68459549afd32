//! Text of strangers as it may be shown: on one line, and without power over the terminal.

use std::borrow::Cow;

/// Replaces what could break a line, steer a terminal or turn the reading direction by an escape
/// such as `\n` or `\u{202e}`: control characters, line and paragraph separators, and the
/// bidirectional formatting characters (Unicode TR 36, 2.5).
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for it in text.chars() {
        if is_dangerous(it) {
            match it {
                '\n' | '\r' | '\t' => escaped.extend(it.escape_default()),
                _ => escaped.extend(it.escape_unicode()),
            }
        } else {
            escaped.push(it);
        }
    }
    Cow::Owned(escaped)
}

/// The same for JSON, in which such characters stand in strings only: `\u202e` there means what it
/// stood for, so that the data stays what it is. Line ends between values are not to be given.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_dangerous) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 8);
    for it in json.chars() {
        if is_dangerous(it) {
            // None of them is beyond the basic plane.
            escaped.push_str(&format!("\\u{:04x}", u32::from(it)));
        } else {
            escaped.push(it);
        }
    }
    Cow::Owned(escaped)
}

/// Whether [`escape`] replaces a character.
pub fn is_dangerous(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escape(text), expected);
    }

    #[test]
    fn only_what_is_dangerous_changes() {
        check("Grüße/Persönlich \\ 🎂 \"a\"", "Grüße/Persönlich \\ 🎂 \"a\"");
        check("a\r\nb\tc", "a\\r\\nb\\tc");
        check("\u{1b}[31m\u{9b}1m\u{7f}", "\\u{1b}[31m\\u{9b}1m\\u{7f}");
        check("a\u{202e}b\u{2069}c\u{2029}", "a\\u{202e}b\\u{2069}c\\u{2029}");
    }

    #[test]
    fn json_stays_what_it_is() {
        let text = "Grüße \u{1b}[2J\u{9b}31m\u{7f}\n\u{202e}\u{2069}\u{61c}";
        let json = serde_json::to_string(text).unwrap();
        let escaped = escape_json(&json);
        assert!(escaped.contains("Grüße") && !escaped.contains(is_dangerous), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
