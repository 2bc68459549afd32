//! The role marks of the corpus format: `{W}` before each sentence.
//!
//! A sentence reaches from its mark to the next one, or to the end of its line; in HTML to the next
//! tag that is more than an inline one, in an attribute to its end. Quoted lines have no marks.

use super::markup::{self, Piece};
use crate::classify::Role;

/// Length in bytes of a mark.
const MARK: usize = 3;

/// The mark at the very beginning of a text, and what stands behind it.
fn mark_at(text: &str) -> Option<(char, &str)> {
    let mut chars = text.strip_prefix('{')?.chars();
    let letter = chars.next().filter(char::is_ascii_uppercase)?;
    Some((letter, chars.as_str().strip_prefix('}')?))
}

/// Splits a text at its marks: what stands before the first, then each letter with its sentence.
pub fn split(text: &str) -> (&str, Vec<(char, &str)>) {
    let starts: Vec<(usize, char, &str)> = text
        .char_indices()
        .filter(|(_, it)| *it == '{')
        .filter_map(|(at, _)| {
            let (letter, rest) = mark_at(text.get(at..)?)?;
            Some((at, letter, rest))
        })
        .collect();
    let before = starts.first().map_or(text, |(at, ..)| text.get(..*at).unwrap_or(text));
    let ends = starts.iter().skip(1).map(|(at, ..)| *at).chain([text.len()]);
    let marked = starts
        .iter()
        .zip(ends)
        .map(|((at, letter, rest), end)| (*letter, rest.get(..end - at - MARK).unwrap_or(rest)))
        .collect();
    (before, marked)
}

/// The text without its marks.
pub fn strip(text: &str) -> String {
    let (before, marked) = split(text);
    marked.into_iter().fold(before.to_owned(), |all, (_, sentence)| all + sentence)
}

/// The marked sentences of plain text. A letter that names no role marks nothing.
pub fn of_text(text: &str) -> Vec<(Role, String)> {
    let mut sentences = Sentences::default();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('>')) {
        sentences.text(line);
        sentences.end();
    }
    sentences.finish()
}

/// The marked sentences of HTML, tags taken away, character references decoded: those of the text,
/// then those of attributes (an image's alternative text), then hidden ones.
pub fn of_html(html: &str) -> Vec<(Role, String)> {
    let mut shown = Sentences::default();
    let mut values = Sentences::default();
    let mut hidden = Sentences::default();
    for piece in markup::pieces(html) {
        match piece {
            Piece::Text(text) => shown.text(&text),
            Piece::Hidden(text) => hidden.text(&text),
            Piece::Value(value) => {
                values.text(&value);
                values.end();
            }
            Piece::Inline => {}
            Piece::Break => {
                shown.end();
                hidden.end();
            }
        }
    }
    [shown, values, hidden].into_iter().flat_map(Sentences::finish).collect()
}

#[derive(Debug, Default)]
struct Sentences {
    all: Vec<(Role, String)>,
    open: bool,
}

impl Sentences {
    fn text(&mut self, text: &str) {
        let (before, marked) = split(text);
        if let (true, Some((_, sentence))) = (self.open, self.all.last_mut()) {
            sentence.push_str(before);
        }
        for (letter, sentence) in marked {
            if let Some(role) = Role::from_letter(letter) {
                self.all.push((role, sentence.to_owned()));
                self.open = true;
            }
        }
    }

    fn end(&mut self) {
        self.open = false;
    }

    fn finish(self) -> Vec<(Role, String)> {
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let all = self.all.into_iter().map(|(role, sentence)| (role, tidy(&sentence)));
        all.filter(|(_, sentence)| !sentence.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sentences: Vec<(Role, String)>, expected: &[(char, &str)]) {
        let sentences: Vec<(char, &str)> =
            sentences.iter().map(|(role, text)| (role.letter(), text.as_str())).collect();
        assert_eq!(sentences, expected);
    }

    #[test]
    fn plain_text() {
        check(
            of_text(
                "{S}Hallo Petra, {W}frohe  Weihnachten!\n{M}{S}Jens\nAm 1.1. schrieb Petra:\n> {S}Du",
            ),
            &[('S', "Hallo Petra,"), ('W', "frohe Weihnachten!"), ('S', "Jens")],
        );
        check(of_text("AW: {M}Nachtrag {x} {Z}4"), &[('M', "Nachtrag {x}")]);
        check(of_text("{"), &[]);
        check(of_text("{W"), &[]);
    }

    #[test]
    fn html() {
        check(
            of_html("<i style=\"display:none\">{O}Nur heute</i><img alt=\"{P}Engel\"><p>{S}Hallo"),
            &[('S', "Hallo"), ('P', "Engel"), ('O', "Nur heute")],
        );
        check(
            of_html(
                "<style>{W}p</style><p class=x>{S}Liebe <b>Gr&uuml;&szlig;e</b>,<br>\nquoted\n\
                 <p>{W}Frohe\nOstern&#33; {O}10 &euro;<img alt='{P}Hase &amp; Ei' src=x> rest</p>unmarked",
            ),
            &[
                ('S', "Liebe Grüße,"),
                ('W', "Frohe Ostern!"),
                ('O', "10 € rest"),
                ('P', "Hase & Ei"),
            ],
        );
        check(of_html("<p>{W}A <img src=x> b</p>"), &[('W', "A b")]);
    }

    #[test]
    fn stripping_keeps_everything_else() {
        assert_eq!(strip("AW: {M}Nachtrag {x} {S}ä{}"), "AW: Nachtrag {x} ä{}");
        assert_eq!(strip("{W}{X}"), "");
    }
}
