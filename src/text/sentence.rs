//! Splits a line into sentences: what ends with `.`, `!`, `?` or `…`, or with the line.
//!
//! Works on the raw text, since capital letters and blanks tell an abbreviation from an end.

/// Sentences longer than this many bytes are cut, so that a megabyte without a full stop costs no
/// more than ordinary prose.
const MAX_SENTENCE_BYTES: usize = 1_000;

/// Words before a full stop that don't end a sentence, folded to ASCII lower case.
const ABBREVIATIONS: [&str; 62] = [
    "abs", "allg", "art", "bspw", "bzw", "ca", "co", "corp", "d", "dez", "dgl", "dipl", "dr", "e",
    "ecc", "ev", "evtl", "fam", "fr", "ggf", "h", "hl", "hr", "i", "inc", "incl", "ing", "inkl",
    "jan", "jr", "kl", "ltd", "max", "min", "mind", "mio", "mr", "mrs", "ms", "nov", "nr", "okt",
    "phil", "prof", "rd", "rev", "s", "sen", "sept", "sr", "st", "str", "tel", "u", "usw", "v",
    "vgl", "vs", "z", "zb", "zt", "zzgl",
];

/// The sentences of one line in order, trimmed, none empty.
pub fn sentences(line: &str) -> impl Iterator<Item = &str> {
    Line { rest: line }.map(str::trim).filter(|it| !it.is_empty())
}

/// The sentences of one line, not yet trimmed.
struct Line<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Line<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = sentence_end(self.rest);
        let (sentence, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(sentence)
    }
}

/// Where the first sentence of `text` ends: a byte offset at a character boundary, above zero.
fn sentence_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if at >= MAX_SENTENCE_BYTES && c == ' ' {
            return at;
        }
        if !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        // A run of marks, closing quotes and smileys belongs to the sentence.
        let mut end = at + c.len_utf8();
        while let Some(&(next_at, next)) = chars.peek() {
            if matches!(next, '.' | '!' | '?' | '…' | '"' | '”' | '“' | '«' | '»' | ')' | '\'')
            {
                end = next_at + next.len_utf8();
                chars.next();
            } else {
                break;
            }
        }
        let followed_by_blank = bytes.get(end).is_none_or(|it| *it == b' ' || *it == b'\t');
        if !followed_by_blank {
            continue;
        }
        if c == '.' && end == at + 1 && is_abbreviation(text, at) {
            continue;
        }
        return smileys_after(text, end);
    }
    text.len()
}

/// Whether the full stop at byte `at` belongs to an abbreviation or an ordinal number.
fn is_abbreviation(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("");
    let word_start = before
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric())
        .last()
        .map_or(at, |(start, _)| start);
    let word = before.get(word_start..).unwrap_or("");
    let after = text.get(at + 1..).unwrap_or("").trim_start();
    let next = after.chars().next();
    if word.is_empty() {
        return false;
    }
    if word.len() <= 2 && word.chars().all(|c| c.is_ascii_digit()) {
        // "24. Dezember", "am 3. und 4."; but "Wir sind 12. Bis morgen" is rare enough.
        return next.is_some_and(char::is_alphanumeric);
    }
    if word.chars().count() == 1 && word.chars().all(char::is_alphabetic) {
        return next.is_some();
    }
    let lower = word.to_ascii_lowercase();
    ABBREVIATIONS.binary_search(&lower.as_str()).is_ok()
}

/// Takes a smiley or emoji that follows the end of a sentence into it.
fn smileys_after(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or("");
    let trimmed = rest.trim_start_matches([' ', '\t']);
    let blank = rest.len() - trimmed.len();
    let token = trimmed.split([' ', '\t']).next().unwrap_or("");
    let is_smiley = !token.is_empty()
        && token.len() <= 24
        && (token.chars().all(|c| !c.is_ascii() && !c.is_alphanumeric())
            || matches!(token, ":)" | ":-)" | ";)" | ";-)" | ":D" | ":-D" | "<3" | ":(" | ":-("));
    if is_smiley { end + blank + token.len() } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(text.lines().flat_map(sentences).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn abbreviations_are_sorted() {
        assert!(ABBREVIATIONS.is_sorted());
    }

    #[test]
    fn ends_and_lines() {
        check(
            "Hallo Petra,\n\nalles Gute! Bis bald.",
            &["Hallo Petra,", "alles Gute!", "Bis bald."],
        );
        check("Frohes Fest!!! :-) Euer Jens", &["Frohes Fest!!! :-)", "Euer Jens"]);
        check("Schöne Tage! 🎄🎁 Und tschüss", &["Schöne Tage! 🎄🎁", "Und tschüss"]);
        check("", &[]);
        check("Er sagte \"Prosit!\" Dann ging er.", &["Er sagte \"Prosit!\"", "Dann ging er."]);
    }

    #[test]
    fn abbreviations_and_dates_do_not_end() {
        check("Am 24. Dezember um 18 Uhr.", &["Am 24. Dezember um 18 Uhr."]);
        check("Liebe Fr. Dr. Thallinger,", &["Liebe Fr. Dr. Thallinger,"]);
        check("Das ist z. B. heute. Gut.", &["Das ist z. B. heute.", "Gut."]);
        check("www.example.org ist da.", &["www.example.org ist da."]);
        check("vom 24.12. bis 3.1. zu", &["vom 24.12. bis 3.1. zu"]);
    }

    #[test]
    fn endless_text_is_cut() {
        let text = "wort ".repeat(10_000);
        assert!(sentences(&text).all(|it| it.len() <= MAX_SENTENCE_BYTES + 5));
        assert!(sentences(&"ü".repeat(5_000)).count() == 1);
    }
}
