//! Joins the lines that a mailer wrapped, so that sentences are whole again. Lines that the sender
//! ended stay lines: salutations, closing formulas, verses, addresses, list items.

use super::clean;
use super::closing::is_closing;
use super::footer::is_rule;
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

/// A line and its length in characters.
#[derive(Clone, Copy)]
struct Measured<'l> {
    line: &'l Line<'l>,
    /// Without the blanks around.
    text: &'l str,
    columns: usize,
}

fn measured<'l>(line: &'l Line<'_>) -> Measured<'l> {
    Measured { line, text: line.text.trim(), columns: line.text.trim_end().chars().count() }
}

/// The lines as text, wrapped ones joined, runs of blank lines made one.
pub(super) fn join(lines: &[Line<'_>]) -> String {
    let lines: Vec<Measured<'_>> = lines.iter().map(measured).collect();
    let width = width(&lines);
    let mut out = String::with_capacity(lines.iter().map(|line| line.text.len() + 2).sum());
    for paragraph in lines.split(|line| line.text.is_empty()).filter(|lines| !lines.is_empty()) {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        let width = width.and_then(|width| narrowed(paragraph, width));
        let mut above: Option<&Measured<'_>> = None;
        for line in paragraph {
            match above {
                None => {}
                Some(above) if above.line.end == End::Soft => {}
                Some(above) if width.is_some_and(|width| wrapped(above, line, width)) => {
                    out.push(' ');
                }
                Some(_) => out.push('\n'),
            }
            // The blank at the end of a soft line is that between the words.
            let soft = line.line.end == End::Soft;
            out.push_str(if soft { line.line.text.trim_start() } else { line.text });
            above = Some(line);
        }
        out.truncate(out.trim_end().len());
    }
    // Where a word was split over two lines, its halves may compose.
    if lines.iter().any(|line| line.line.end == End::Soft) { clean::compose(out) } else { out }
}

/// The column at which the text was wrapped, if it seems to have been.
fn width(lines: &[Measured<'_>]) -> Option<usize> {
    let (mut widest, mut filled, mut over) = (0, 0, 0);
    let mut below_is_text = false;
    // The last line of a paragraph ends where it ends: only the others tell the width.
    for line in lines.iter().rev() {
        let inner = std::mem::replace(&mut below_is_text, !line.text.is_empty());
        // A long web address is never wrapped.
        if line.line.end != End::Open || !line.text.contains(' ') {
            continue;
        }
        if line.columns > WIDEST {
            over += 1;
        } else {
            filled += usize::from(line.columns >= NARROWEST);
            if inner || line.columns <= USUAL {
                widest = widest.max(line.columns);
            }
        }
    }
    (over * 4 <= filled && widest >= NARROWEST_PROSE && is_usual(lines, widest)).then_some(widest)
}

/// Whether mailers wrap at this column, or most of the lines are about as long.
fn is_usual(lines: &[Measured<'_>], width: usize) -> bool {
    let inner = lines.windows(2).filter_map(|pair| match pair {
        [line, below] if !line.text.is_empty() && !below.text.is_empty() => Some(line.columns),
        _ => None,
    });
    let count = |(full, all), columns| (full + usize::from(columns * 4 >= width * 3), all + 1);
    width <= USUAL || {
        let (full, all) = inner.fold((0, 0), count);
        full >= 3 && full * 5 >= all * 3
    }
}

/// The column at which this paragraph was wrapped; `None` if its lines are the sender's.
fn narrowed(paragraph: &[Measured<'_>], width: usize) -> Option<usize> {
    let below = paragraph.iter().skip(1);
    let going_on = below.filter(|line| line.text.starts_with(char::is_lowercase)).count();
    let prose = going_on > 0 && going_on * 4 >= paragraph.len() - 1;
    // Each verse begins with a capital letter, and most end in a pause.
    let pauses = || {
        let pause = [',', '.', ';', '!', '?', ':', '–', '-'];
        paragraph.iter().filter(|line| line.text.ends_with(pause)).count()
    };
    let verse = paragraph.len() >= 4 && going_on == 0 && pauses() * 2 >= paragraph.len();
    if verse || width < NARROWEST && !prose {
        return None;
    }
    if !prose || paragraph.len() < 3 {
        return Some(width);
    }
    let widest = paragraph.iter().map(|line| line.columns).max().unwrap_or(width);
    Some(widest.clamp(width.saturating_sub(SLACK), width))
}

/// Whether the mailer broke the line between `above` and `line`: the next word had no place, or a
/// long line goes on in mid-sentence.
fn wrapped(above: &Measured<'_>, line: &Measured<'_>, width: usize) -> bool {
    if above.line.end != End::Open
        || line.line.end == End::Soft
        || above.columns * 5 < width * 3
        || is_item(line.text)
        || is_rule(line.text)
        || is_rule(above.text)
    {
        return false;
    }
    let sentence_ended = above.text.ends_with(['.', '!', '?', '…']);
    if sentence_ended && (line.columns < SHORT || is_closing(line.text)) {
        return false;
    }
    let first_word = line.text.split(' ').next().unwrap_or_default().chars().count();
    above.columns + 1 + first_word > width
        || line.text.starts_with(char::is_lowercase)
            && !sentence_ended
            && !above.text.ends_with(':')
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
        let verse = "Der Mond hängt überm Hafenrand,\ndie Möwe schläft,\ndas Eis liegt blank.";
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
        let verse = "Am Abend fällt der erste Schnee auf Dächer, Höfe, Gartenzaun,\n\
                     Die Kinder stehn am Fenster still, die Katze will den Flocken traun,\n\
                     Der Ofen singt, das Brot ist warm, die alte Uhr geht wieder nach,\n\
                     Und wer vorübergeht, der hört ein leises Lied vom Giebeldach.";
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
