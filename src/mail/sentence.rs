//! How many words a line has, and whether it is running text.

/// Whether a line has at most so many words.
pub(super) fn within(words: usize, line: &str) -> bool {
    line.split_ascii_whitespace().nth(words).is_none()
}

/// Whether a line is one of many words, as running text has them.
pub(super) fn is_long(line: &str) -> bool {
    !within(5, line)
}

/// Whether a line is a sentence of running text.
pub(super) fn is_sentence(line: &str) -> bool {
    let line = line.trim();
    !within(4, line) && line.ends_with(['.', '!', '?', '…'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_text() {
        for (line, long, sentence) in [
            ("Wir sehen uns dann am Freitag.", true, true),
            ("Wir sehen uns dann am Freitag", true, false),
            ("Wir sehen uns am Freitag!", false, true),
            ("Viele Grüße.", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_long(line), is_sentence(line)), (long, sentence), "{line}");
        }
    }
}
