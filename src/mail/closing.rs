//! The lines that begin and end a letter, by form: salutations, closing formulas, names, postscripts.

use super::phrases::{Beginnings, Phrases};
use super::sentence::{is_sentence, within};

/// Beginnings of a salutation, lower case.
#[rustfmt::skip]
static SALUTATIONS: Beginnings = Beginnings::new(&[
    "bonjour", "cara ", "caro ", "cher ", "chère ", "ciao", "dear ", "good ", "grüezi", "grüß ",
    "guten ", "hallo", "hello", "hey", "hi ", "hi,", "hola", "ihr lieben", "liebe ", "lieber ", "moin",
    "querida", "querido", "sehr geehrte", "servus",
]);

/// Beginnings of a closing formula, lower case.
#[rustfmt::skip]
static CLOSINGS: Beginnings = Beginnings::new(&[
    "all the best", "alles gute", "alles liebe", "best regards", "best wishes", "beste gr",
    "besten dank", "besten gr", "bien à vous", "bis bald", "bis dann", "bis demnächst", "cheers",
    "cordialement", "cordiali saluti", "freundliche gr", "groetjes", "herzliche gr",
    "herzlichen gr", "herzlichst", "hochachtungsvoll", "in freundschaft", "in liebe",
    "in verbundenheit", "kind regards", "liebe gr", "lieben gr", "lieber gruß", "love",
    "many thanks", "met vriendelijke", "mit best", "mit den besten", "mit freundlich", "mit frohen",
    "mit herzlich", "mit kollegial", "mit lieb", "mit sonnigen", "mit sportlich", "mit vielen",
    "mit vorweihnacht", "mit weihnacht", "mit winterlichen", "mit österlich", "regards", "saludos",
    "schöne gr", "schönen gruß", "sincerely", "sonnige gr", "take care", "viele gr", "vielen dank",
    "vielen gr", "warm regards", "warmest", "with best", "with kind", "with love", "with warm",
    "yours",
]);

/// Closing formulas that are whole lines, but for the name.
#[rustfmt::skip]
const SHORT_CLOSINGS: [&str; 20] = [
    "lg", "vg", "mfg", "hg", "glg", "bg", "gruß", "gruss", "grüße", "grüsse", "grüßle", "herzlich",
    "best", "thanks", "danke", "xoxo", "servus", "ciao", "tschüss", "tschüß",
];

/// Those that other short lines begin with too.
const POSSESSIVES: [&str; 6] = ["dein", "deine", "euer", "eure", "ihr", "ihre"];

/// Small words that stand between the names in such a line.
const PARTICLES: [&str; 19] = [
    "&", "+", "alte", "alter", "am", "an", "aus", "das", "dem", "der", "des", "die", "für", "im",
    "in", "mit", "und", "vom", "von",
];

/// Words that make a short line a closing formula wherever they stand.
static GREETINGS: Phrases = Phrases::new(&["grüße", "grüsse", "gruß", "gruss", "gruesse"]);

/// Whether a line can be a salutation: `Liebe Petra,`, `Hi all`.
pub(super) fn is_salutation(line: &str) -> bool {
    let line = line.trim();
    SALUTATIONS.begin(line) && within(6, line) && !line.ends_with(['.', '?', ':'])
}

/// Whether a line is a closing formula: `Viele Grüße aus Bremen`, `LG Petra`.
pub(super) fn is_closing(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 90 || line.is_empty() || !within(9, line) || line.ends_with('?') {
        return false;
    }
    CLOSINGS.begin(line)
        || first_word_is(line, &SHORT_CLOSINGS) && within(4, line)
        || GREETINGS.are_in(line)
}

/// Whether a line can be one at the end of a message: `Deine Petra`, `Ihr`.
pub(super) fn is_possessive(line: &str) -> bool {
    let line = line.trim();
    let is_name = |word: &str| word.starts_with(char::is_uppercase) || PARTICLES.contains(&word);
    first_word_is(line, &POSSESSIVES)
        && within(8, line)
        && line.split_ascii_whitespace().skip(1).all(is_name)
        && !line.ends_with(['.', '!', '?', ':'])
}

fn first_word_is(line: &str, words: &[&str]) -> bool {
    let first = line.split([' ', ',', '!', '.']).next().unwrap_or_default().to_lowercase();
    words.contains(&first.as_str())
}

/// Whether a line can be the name under a closing formula.
pub(super) fn is_name(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty()
        && within(8, line)
        && line.len() <= 60
        && line.chars().any(char::is_alphabetic)
        && !line
            .bytes()
            .any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b':' | b'/' | b'|'))
        && !line.ends_with(['?', ';'])
        && !is_sentence(line)
}

/// Whether a line goes on with the names of the line above: `und Familie`, `& Hans`.
pub(super) fn continues_name(line: &str) -> bool {
    ["und ", "& ", "mit ", "and ", "sowie ", "+ "].iter().any(|word| line.trim().starts_with(word))
        && is_name(line)
}

/// Whether a line begins a postscript.
pub(super) fn is_postscript(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches('*');
    let letters: String = line
        .chars()
        .take_while(|c| c.is_alphabetic() || *c == '.')
        .filter(|c| c.is_alphabetic())
        .collect();
    let rest = line.trim_start_matches(|c: char| c.is_alphabetic() || c == '.');
    matches!(letters.as_str(), "PS" | "PPS" | "Ps" | "ps" | "NB")
        && (rest.starts_with([':', ' ', ',', '-']) || rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::check_form as check;

    #[test]
    fn lists_are_ordered() {
        assert!(CLOSINGS.is_ordered() && SALUTATIONS.is_ordered());
    }

    #[test]
    fn salutations() {
        check(
            is_salutation,
            &["Liebe Petra,", "Hi all", "Sehr geehrte Damen und Herren,", "Moin!"],
            &[
                "",
                "Danke!",
                "Petra,",
                "Hallo, bist du noch wach?",
                "Liebe Petra, danke für die schönen Blumen",
            ],
        );
    }

    #[test]
    fn closing_formulas() {
        check(
            is_closing,
            &[
                "Viele Grüße",
                "LG",
                "lg eva",
                "Mit freundlichen Grüßen,",
                "Sonnige Grüsse aus Kiel",
                "Kind regards",
            ],
            &[
                "",
                "Viele Grüße haben wir bestellt, und dann kamen sie doch nicht an.",
                "Grüße?",
                "Eva",
                "Lgb-Bahn",
            ],
        );
        check(
            is_possessive,
            &[
                "Deine Eva",
                "Ihr",
                "Eure alte Freundin Eva",
                "Ihr Team der Kanzlei Muster & Partner",
            ],
            &["Ihr Termin ist gebucht", "Ihr seid toll!", "Eva"],
        );
    }

    #[test]
    fn names() {
        check(
            is_name,
            &["Eva", "Eva und Hans Muster", "Dr. Eva Muster, Ärztin"],
            &["", "Tel. 030", "eva@example.org", "Wann?"],
        );
        check(continues_name, &["und Familie", "& Hans"], &["Familie", "und 3 Katzen"]);
    }

    #[test]
    fn postscripts() {
        check(
            is_postscript,
            &["P.S.: Hallo", "PS Hallo", "ps: ach", "PPS. ja"],
            &["PSG spielt", "Psst", "Hallo PS"],
        );
    }
}
