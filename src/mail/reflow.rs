//! Joins the lines that a mailer wrapped, so that sentences are whole again. Lines that the sender
//! ended stay lines: salutations, closing formulas, verses, addresses, list items.

use super::contact::{is_closing, is_rule};
use super::lines::{End, Line};

/// Columns at which no mailer wraps any more.
const WIDEST: usize = 160;
/// Columns up to which mailers usually wrap. Wider text is taken for wrapped only if most of its
/// lines are about as long.
const USUAL: usize = 100;
/// Columns that wrapped text fills at least. What is narrower is verse or a list unless its lines
/// go on in mid-sentence.
const NARROWEST: usize = 58;
const NARROWEST_PROSE: usize = 40;
/// A line of fewer columns after the end of a sentence stands for itself.
const SHORT: usize = 35;
/// A paragraph of prose can be wrapped so many columns before the widest line of the message.
const SLACK: usize = 8;

/// The lines as text, wrapped ones joined, runs of blank lines made one.
pub(super) fn join(lines: &[Line<'_>]) -> String {
    let width = width(lines);
    let mut out = String::with_capacity(lines.iter().map(|line| line.text.len() + 1).sum());
    for paragraph in lines.split(Line::is_blank).filter(|paragraph| !paragraph.is_empty()) {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let width = width.and_then(|width| narrowed(paragraph, width));
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
    let mut below_is_text = false;
    // The last line of a paragraph ends where it ends: only the others tell the width.
    for line in lines.iter().rev() {
        let inner = below_is_text && line.end == End::Open;
        below_is_text = !line.is_blank();
        let columns = if line.end == End::Open { columns(line) } else { 0 };
        if columns > WIDEST {
            over += usize::from(line.text.trim().contains(' '));
        } else {
            filled += usize::from(columns >= NARROWEST);
            if inner || columns <= USUAL {
                widest = widest.max(columns);
            }
        }
    }
    if widest > USUAL {
        let inner = lines.windows(2).filter_map(|pair| match pair {
            [line, below] if !line.is_blank() && !below.is_blank() => Some(columns(line)),
            _ => None,
        });
        let (full, all) = inner.fold((0, 0), |(full, all), columns| {
            (full + usize::from(columns * 4 >= widest * 3), all + 1)
        });
        if full < 3 || full * 5 < all * 3 {
            return None;
        }
    }
    (over * 4 <= filled && widest >= NARROWEST_PROSE).then_some(widest)
}

/// The column at which this paragraph was wrapped; `None` if its lines are the sender's.
fn narrowed(paragraph: &[Line<'_>], width: usize) -> Option<usize> {
    let below = || paragraph.iter().skip(1).map(|line| line.text.trim_start());
    let going_on = below().filter(|text| text.starts_with(char::is_lowercase)).count();
    let prose = going_on > 0 && going_on * 4 >= paragraph.len() - 1;
    // Each verse begins with a capital letter, and most end in a pause.
    let pauses =
        paragraph.iter().filter(|line| ends_in(line, &[',', '.', ';', '!', '?', ':', '–', '-']));
    let verse = paragraph.len() >= 4 && going_on == 0 && pauses.count() * 2 >= paragraph.len();
    if verse || width < NARROWEST && !prose {
        return None;
    }
    if !prose || paragraph.len() < 3 {
        return Some(width);
    }
    let widest = paragraph.iter().map(columns).max().unwrap_or(width);
    Some(widest.clamp(width.saturating_sub(SLACK), width))
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
