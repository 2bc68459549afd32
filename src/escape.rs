//! Text from outside, made safe for one line of a terminal or a log.
//!
//! Names of folders, subjects and answers of servers are written by strangers. An escape sequence
//! in one could repaint the terminal, a line break could forge a log entry, and a bidirectional
//! control could show `fdp.exe` as `exe.pdf` (Unicode Technical Report 36, 3.2).

use std::fmt;

/// Shows `text` with every character that steers a terminal or a line written as `\n` or
/// `\u{1b}`.
pub fn escape(text: &str) -> Escaped<'_> {
    Escaped(text)
}

/// What [`escape`] returns: to be formatted.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| steers(*c)) {
            f.write_str(rest.get(..at).unwrap_or_default())?;
            write!(f, "{}", c.escape_default())?;
            rest = rest.get(at + c.len_utf8()..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

/// Whether a character steers a terminal or the course of a line: C0 and C1 controls, line and
/// paragraph separators, bidirectional controls (Unicode Standard Annex 9, 2).
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escape(text).to_string(), expected);
    }

    #[test]
    fn what_people_write_stays() {
        check("", "");
        check("Grüße/Persönlich 🎄 C:\\temp", "Grüße/Persönlich 🎄 C:\\temp");
        check("👨‍👩‍👧 نوروز مبارک", "👨‍👩‍👧 نوروز مبارک");
    }

    #[test]
    fn what_steers_is_shown() {
        check("a\r\nb\tc", "a\\r\\nb\\tc");
        check("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}");
        check("x\u{9b}31m\u{7f}\0", "x\\u{9b}31m\\u{7f}\\u{0}");
        check("Rechnung\u{202e}fdp.exe", "Rechnung\\u{202e}fdp.exe");
        check("a\u{2028}b\u{2066}c\u{200f}d\u{61c}", "a\\u{2028}b\\u{2066}c\\u{200f}d\\u{61c}");
    }

    proptest! {
        #[test]
        fn nothing_that_steers_gets_through(text in any::<String>()) {
            prop_assert!(!escape(&text).to_string().chars().any(steers));
        }
    }
}
