//! Attribution lines: `On ... Petra wrote:`, in the word orders of a dozen languages.

use super::lines::Line;
use super::phrases::{Beginnings, Phrases};

/// Verbs and nouns that stand in an attribution line, whatever the order of words.
#[rustfmt::skip]
static WROTE: Phrases = Phrases::new(&[
    "schrieb", "wrote", "writes", "zitat von", "quoting", "a écrit", "escribió", "ha scritto",
    "scrive", "schreef", "schrijft", "escreveu", "napisał", "pisze", "skrev", "kirjoitti",
    "napsal", "írta", "yazdı", "написал", "пишет", "писал", "a scris", "έγραψε", "geschrieben",
    "schreibt",
]);

/// First words of an attribution line that begins with the date.
#[rustfmt::skip]
static OPENERS: Beginnings = Beginnings::new(&[
    "am ", "at ", "citando ", "date: ", "den ", "dne ", "dnia ", "el ", "em ", "il ", "in article",
    "in message", "le ", "on ", "op ", "pe ", "på ", "quoting ", "w dniu ", "zitat von ", "în ",
    "το ",
]);

/// Longest attribution, in bytes.
const LONGEST_ATTRIBUTION: usize = 400;

/// If an attribution ends at line `at`: the number of its first line, and whether it is beyond
/// doubt without quoted lines below it.
///
/// An attribution is one line or is wrapped over up to three: `Am 24.12.2024 um 10:11 schrieb
/// Petra:`, `Petra <petra@example.org> wrote:`, `Petra schrieb im Newsbeitrag ...:`.
pub(super) fn attribution(lines: &[Line<'_>], at: usize) -> Option<(usize, bool)> {
    let text =
        |at: usize| lines.get(at).filter(|line| line.depth == 0).map(|line| line.text.trim());
    let last = text(at)?;
    if !may_end_attribution(last) || last.len() > LONGEST_ATTRIBUTION {
        return None;
    }
    let above = |first: usize| text(first.checked_sub(1)?).filter(|above| !above.is_empty());
    let mut first = at;
    let mut whole = last.to_owned();
    while !is_complete(&whole)
        && at - first < 2
        && let Some(above) = above(first)
    {
        whole = format!("{above} {whole}");
        first -= 1;
    }
    // Where a name was wrapped, the second line looks complete too.
    if !opens(&whole)
        && let Some(above) = above(first)
        && opens(above)
        && has_date(above)
        && !above.ends_with(['.', '!', '?', ':'])
    {
        whole = format!("{above} {whole}");
        first -= 1;
    }
    if !has_verb(&whole) || whole.len() > LONGEST_ATTRIBUTION {
        return None;
    }
    let addressed = whole.contains('@') || has_time(&whole);
    let certain = addressed && has_date(&whole) && (opens(&whole) || whole.contains('<'));
    Some((first, certain))
}

/// Whether a line ends as attributions do: in a colon, or, by Outlook Express, in a message id and
/// three dots.
pub(super) fn may_end_attribution(line: &str) -> bool {
    line.ends_with(':') || line.ends_with("...") && line.contains('@')
}

/// Whether a text that ends in a colon needs nothing above it.
fn is_complete(text: &str) -> bool {
    let begins = |c: char| c.is_uppercase() || !c.is_alphabetic() && c != '<';
    opens(text) || has_verb(text) && text.starts_with(begins)
}

fn opens(text: &str) -> bool {
    OPENERS.begin(text)
}

fn has_date(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 4
}

fn has_verb(text: &str) -> bool {
    WROTE.are_in(text)
}

/// Whether a time of day stands in the text.
fn has_time(text: &str) -> bool {
    text.as_bytes().windows(4).any(|window| {
        matches!(window, [hour, b':' | b'h', ten, one]
            if hour.is_ascii_digit() && ten.is_ascii_digit() && one.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::lines::of_plain;

    #[test]
    fn lists_are_ordered() {
        assert!(OPENERS.is_ordered());
    }

    #[track_caller]
    fn check(text: &str, expected: Option<(usize, bool)>) {
        let lines = of_plain(text, None);
        assert_eq!(attribution(&lines, lines.len() - 1), expected, "{text}");
    }

    #[test]
    fn attributions() {
        check("Am 24.12.2024 um 10:11 schrieb Petra:", Some((0, true)));
        check("On Tue, Dec 24, 2024 at 10:11 AM Petra <p@example.org> wrote:", Some((0, true)));
        check("Le mar. 24 déc. 2024 à 10:11, Petra <p@example.org> a écrit :", Some((0, true)));
        check(
            "El mar, 24 dic 2024 a las 10:11, Petra (<p@example.org>) escribió:",
            Some((0, true)),
        );
        check(
            "Il giorno mar 24 dic 2024 alle ore 10:11 Petra <p@example.org> ha scritto:",
            Some((0, true)),
        );
        check("Op di 24 dec. 2024 om 10:11 schreef Petra <p@example.org>:", Some((0, true)));
        check(
            "Em ter., 24 de dez. de 2024 às 10:11, Petra <p@example.org> escreveu:",
            Some((0, true)),
        );
        check("W dniu 24.12.2024 o 10:11, Petra pisze:", Some((0, true)));
        check("Den tis 24 dec. 2024 kl 10:11 skrev Petra <p@example.org>:", Some((0, true)));
        check("вт, 24 дек. 2024 г. в 10:11, Petra <p@example.org> пишет:", Some((0, true)));
        check("Hans <a@b.example> schrieb:", Some((0, false)));
        check("Petra wrote:", Some((0, false)));
        check(
            "\"Petra\" <p@example.org> schrieb im Newsbeitrag news:abc123@x.example:",
            Some((0, false)),
        );
        check("Zitat von Petra <p@example.org>:", Some((0, false)));
        check("Petra schrieb in Nachricht\n<64568978.39642465@news.example>...", Some((0, true)));
    }

    #[test]
    fn wrapped_attributions() {
        check(
            "ja.\n\nAm Di., 24. Dez. 2024 um 10:11 Uhr schrieb Petra <\np@example.org>:",
            Some((2, true)),
        );
        check("On Tue, Dec 24, 2024 at 10:11 AM Petra <p@example.org>\nwrote:", Some((0, true)));
        check(
            "On Tue, Dec 24, 2024 at 10:11 AM, Petra\nBeispiel <p@example.org> wrote:",
            Some((0, true)),
        );
        check("Am 24.12.2024 um 10:11 schrieb\nPetra Beispiel:", Some((0, true)));
        check("Am Montag komme ich.\nPetra schrieb:", Some((1, false)));
    }

    #[test]
    fn other_lines_with_a_colon() {
        check("Zu deiner Frage:", None);
        check("Am 24.12.1824 schrieb Goethe an Schiller:", Some((0, false)));
        check("Am 24.12.2024 um 10:11 schrieb Petra", None);
        check(":", None);
        check("", None);
    }
}
