//! Joins the lines that a mailer wrapped, so that sentences are whole again. Lines that the sender
//! ended stay lines: salutations, closing formulas, verses, addresses, list items.

use super::contact::{is_closing, is_rule};
use super::lines::{End, Line};

/// Columns from which on a line counts as running over, not as wrapped.
const WIDEST: usize = 100;
/// Columns that wrapped text fills at least. What is narrower is verse or a list unless its lines
/// go on in mid-sentence.
const NARROWEST: usize = 58;
const NARROWEST_PROSE: usize = 40;
/// A line of fewer columns after the end of a sentence stands for itself.
const SHORT: usize = 35;

/// The lines as text, wrapped ones joined, runs of blank lines made one.
pub(super) fn join(lines: &[Line<'_>]) -> String {
    let width = width(lines);
    let mut out = String::with_capacity(lines.iter().map(|line| line.text.len() + 1).sum());
    for paragraph in lines.split(Line::is_blank).filter(|paragraph| !paragraph.is_empty()) {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let width = width.filter(|&width| joins(paragraph, width));
        let mut above: Option<&Line<'_>> = None;
        for line in paragraph {
            match above {
                None => {}
                Some(above) if above.end == End::Soft => {}
                Some(above) if width.is_some_and(|width| wrapped(above, line, width)) => {
                    out.push(' ');
                }
                Some(_) => out.push('\n'),
            }
            // The blank at the end of a soft line is that between the words.
            out.push_str(if line.end == End::Soft {
                line.text.trim_start()
            } else {
                line.text.trim()
            });
            above = Some(line);
        }
        out.truncate(out.trim_end().len());
    }
    out
}

/// The column at which the text was wrapped, if it seems to have been.
fn width(lines: &[Line<'_>]) -> Option<usize> {
    let (mut widest, mut filled, mut over) = (0, 0, 0);
    for line in lines.iter().filter(|line| line.end == End::Open) {
        let columns = columns(line);
        if columns > WIDEST {
            over += usize::from(line.text.trim().contains(' '));
        } else {
            filled += usize::from(columns >= NARROWEST);
            widest = widest.max(columns);
        }
    }
    (over * 4 <= filled && widest >= NARROWEST_PROSE).then_some(widest)
}

/// Whether lines of this paragraph are to be joined at all.
fn joins(paragraph: &[Line<'_>], width: usize) -> bool {
    let below = || paragraph.iter().skip(1).map(|line| line.text.trim_start());
    let going_on = below().filter(|text| text.starts_with(char::is_lowercase)).count();
    let prose = going_on * 4 >= paragraph.len() - 1;
    // Each verse begins with a capital letter, and most end in a pause.
    let pauses =
        paragraph.iter().filter(|line| ends_in(line, &[',', '.', ';', '!', '?', ':', '–', '-']));
    let verse = paragraph.len() >= 4 && going_on == 0 && pauses.count() * 2 >= paragraph.len();
    (prose || width >= NARROWEST) && !verse
}

/// Whether the mailer broke the line between `above` and `line`: the next word had no place, or a
/// long line goes on in mid-sentence.
fn wrapped(above: &Line<'_>, line: &Line<'_>, width: usize) -> bool {
    if above.end != End::Open || line.end == End::Soft {
        return false;
    }
    let (columns_above, text) = (columns(above), line.text.trim());
    let first_word = text.split(' ').next().unwrap_or_default().chars().count();
    let sentence_ended = ends_in(above, &['.', '!', '?', '…']);
    if columns_above * 5 < width * 3
        || is_item(text)
        || is_rule(text)
        || is_rule(above.text)
        || sentence_ended && (columns(line) < SHORT || is_closing(text))
    {
        return false;
    }
    columns_above + 1 + first_word > width
        || text.starts_with(char::is_lowercase) && !sentence_ended && !ends_in(above, &[':'])
}

fn columns(line: &Line<'_>) -> usize {
    line.text.trim_end().chars().count()
}

fn ends_in(line: &Line<'_>, ends: &[char]) -> bool {
    line.text.trim_end().ends_with(ends)
}

/// Whether a line begins an item of a list: `- a`, `• a`, `1. a`, `a) a`, `🎄 a`.
fn is_item(text: &str) -> bool {
    let Some((first, _)) = text.split_once([' ', '\u{fe0f}']) else { return false };
    let numbered = |end: char| {
        first.strip_suffix(end).is_some_and(|number| {
            (1..=2).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    let mut chars = first.chars();
    let bullet = chars.next().is_some_and(|c| "-*+•·–—◦▪►→✓✔~".contains(c) || c >= '\u{2600}')
        && chars.next().is_none();
    bullet || numbered(')') || numbered('.') && first.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::lines::{Flowed, of_plain};
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(join(&of_plain(text, None)), expected);
    }

    #[test]
    fn wrapped_prose_is_joined() {
        check(
            "Liebe Petra,\n\
             wir wünschen dir und den Deinen ein frohes Fest und hoffen, dass wir\n\
             uns im neuen Jahr öfter sehen. Der Garten ist winterfest, und die\n\
             Kinder freuen sich auf den Schnee.\n\
             Viele Grüße\n\
             Eva",
            "Liebe Petra,\n\
             wir wünschen dir und den Deinen ein frohes Fest und hoffen, dass wir uns im neuen Jahr \
             öfter sehen. Der Garten ist winterfest, und die Kinder freuen sich auf den Schnee.\n\
             Viele Grüße\n\
             Eva",
        );
    }

    #[test]
    fn short_lines_stay() {
        let verse = "Advent, Advent,\nein Lichtlein brennt.\nErst eins, dann zwei,\ndann drei, dann vier,\ndann steht das Christkind vor der Tür.";
        check(verse, verse);
        check("Eva\nMusterstraße 1\n12345 Musterstadt", "Eva\nMusterstraße 1\n12345 Musterstadt");
        let long = "Wir treffen uns am Freitag, dem zwölften Dezember, im großen Saal und\n";
        check(
            &format!("{long}bringen mit:\n- Kekse\n- Glühwein\n1. Lieder"),
            &format!("{} bringen mit:\n- Kekse\n- Glühwein\n1. Lieder", long.trim_end()),
        );
    }

    #[test]
    fn long_verses_stay() {
        let verse = "Markt und Straßen stehn verlassen, still erleuchtet jedes Haus,\n\
                     Sinnend geh ich durch die Gassen, alles sieht so festlich aus.\n\
                     An den Fenstern haben Frauen buntes Spielzeug fromm geschmückt,\n\
                     Tausend Kindlein stehn und schauen, sind so wundervoll beglückt.";
        check(verse, verse);
    }

    #[test]
    fn text_that_was_not_wrapped_stays() {
        let long = "a ".repeat(90);
        let text = format!(
            "{long}\nUnd dann war da noch die Sache mit dem Baum und den Kugeln, du weißt.\nJa."
        );
        check(
            &text,
            &format!(
                "{}\nUnd dann war da noch die Sache mit dem Baum und den Kugeln, du weißt.\nJa.",
                long.trim_end()
            ),
        );
    }

    #[test]
    fn blank_lines_become_one() {
        check("\n\na\n \n\n\nb \n\n", "a\n\nb");
        check("", "");
    }

    #[test]
    fn flowed_lines_are_joined() {
        let lines =
            of_plain("ein \nSatz\nnoch einer \n\nEva", Some(Flowed { delete_space: false }));
        assert_eq!(join(&lines), "ein Satz\nnoch einer\n\nEva");
    }
}
