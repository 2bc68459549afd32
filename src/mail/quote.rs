//! Whose words a line holds: the sender's for this message, quoted history, or a forwarded part.

use super::attribution::{attribution, may_end_attribution};
use super::closing::is_salutation;
use super::header_block::is_header_block;
use super::lines::{Line, Role};
use super::marker::{Kind, is_bare_marker, marker};

/// Where a line belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    Own,
    /// The sender's too, but not of this message; found by [`signature`](super::signature).
    Signature,
    Quoted,
    Forwarded,
}

/// Divides a body. `forward`: the subject says that the message was forwarded, so that a header
/// block, or a quotation without an attribution, is a forwarded message and not an answered one.
///
/// Quoted are the lines that are marked so, the attribution above them, and everything below an
/// introduction that programs write without marking what follows (Outlook, mobile programs). Answers
/// between quoted lines stay the sender's, and so does what stands below an attribution at the head
/// of a message: who answers there took the quotation out.
pub(super) fn divide(lines: &[Line<'_>], forward: bool) -> Vec<Share> {
    let mut shares = Vec::with_capacity(lines.len());
    while let Some(line) = lines.get(shares.len()) {
        let at = shares.len();
        let ahead = lines.get(at..).unwrap_or_default();
        if line.depth > 0 {
            let length = quote_length(ahead);
            let attributed = shares
                .iter()
                .zip(lines)
                .rev()
                .find(|(_, line)| !line.is_blank())
                .is_some_and(|(share, _)| *share == Share::Quoted);
            let quote = ahead.get(..length).unwrap_or_default();
            let passed_on = is_forwarded(quote) || forward && !attributed;
            shares.resize(at + length, if passed_on { Share::Forwarded } else { Share::Quoted });
            continue;
        }
        let share = match introduction(lines, at) {
            None => {
                shares.push(Share::Own);
                continue;
            }
            Some((first, Kind::Attribution))
                if quote_follows(ahead) || !has_text(lines, &shares, first) =>
            {
                retake(&mut shares, first, Share::Quoted);
                shares.push(Share::Quoted);
                continue;
            }
            Some((first, kind)) => {
                let share = match kind {
                    Kind::Forward => Share::Forwarded,
                    Kind::Original if forward => Share::Forwarded,
                    Kind::Attribution | Kind::Original => Share::Quoted,
                };
                retake(&mut shares, first, share);
                share
            }
        };
        take_rules(lines, &mut shares, share);
        shares.resize(lines.len(), share);
    }
    shares
}

/// What begins at (or, for an attribution over several lines, ends at) this line, and where.
fn introduction(lines: &[Line<'_>], at: usize) -> Option<(usize, Kind)> {
    let ahead = lines.get(at..)?;
    let line = ahead.first()?;
    let text = line.text.trim();
    let (first, last) = (text.chars().next()?, text.chars().next_back()?);
    if (last == ':' || matches!(first, '-' | '_' | '=' | '*' | '–' | '—'))
        && let Some(kind) = marker(text)
    {
        return Some((at, kind));
    }
    if line.role == Role::Attribution {
        return Some((at, Kind::Attribution)).filter(|_| quote_follows(ahead));
    }
    if is_header_block(ahead) {
        return Some((at, Kind::Original));
    }
    let (first, certain) = may_end_attribution(text).then(|| attribution(lines, at)).flatten()?;
    (certain || quote_follows(ahead)).then_some((first, Kind::Attribution))
}

/// Whether the sender wrote something above line `first`, a salutation not counted.
fn has_text(lines: &[Line<'_>], shares: &[Share], first: usize) -> bool {
    lines
        .iter()
        .zip(shares)
        .take(first)
        .any(|(line, share)| *share == Share::Own && !line.is_blank() && !is_salutation(line.text))
}

/// Whether the next line that is not blank is quoted; the rest of an attribution is skipped.
fn quote_follows(ahead: &[Line<'_>]) -> bool {
    /// An attribution is a few lines long, and so is the gap below it.
    const FAR: usize = 12;
    ahead
        .iter()
        .take(FAR)
        .skip(1)
        .find(|line| !line.is_blank() && line.role != Role::Attribution)
        .is_some_and(|line| line.depth > 0)
}

/// The number of quoted lines, blank ones between them included.
fn quote_length(ahead: &[Line<'_>]) -> usize {
    let mut length = 0;
    for (at, line) in ahead.iter().enumerate() {
        if line.depth > 0 {
            length = at + 1;
        } else if !line.is_blank() {
            break;
        }
    }
    length
}

/// Whether a quotation begins with the marker of a forwarded message: Apple's programs quote both.
fn is_forwarded(quote: &[Line<'_>]) -> bool {
    let first = quote.iter().find(|line| !line.is_blank());
    first.is_some_and(|line| marker(line.text) == Some(Kind::Forward))
}

/// Gives lines that were taken for the sender's to another share, from `first` on.
fn retake(shares: &mut [Share], first: usize, share: Share) {
    if let Some(taken) = shares.get_mut(first..) {
        taken.fill(share);
    }
}

/// The line that Outlook draws above a header block goes with it.
fn take_rules(lines: &[Line<'_>], shares: &mut [Share], share: Share) {
    let above = lines.get(..shares.len()).unwrap_or_default();
    let is_rule = |line: &Line<'_>| {
        let text = line.text.trim();
        text.len() >= 5 && text.bytes().all(|byte| matches!(byte, b'_' | b'-' | b'='))
            || is_bare_marker(text)
    };
    let Some(at) = above.iter().rposition(|line| !line.is_blank()) else { return };
    if lines.get(at).is_some_and(is_rule) {
        retake(shares, at, share);
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::of_plain;
    use super::*;

    /// `expected`: a letter for each line.
    #[track_caller]
    fn check_subject(forward: bool, text: &str, expected: &str) {
        let shares = divide(&of_plain(text, None), forward);
        let letters = shares.iter().map(|share| match share {
            Share::Own | Share::Signature => 'o',
            Share::Quoted => 'q',
            Share::Forwarded => 'f',
        });
        assert_eq!(letters.collect::<String>(), expected, "{text}");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        check_subject(false, text, expected);
    }

    #[test]
    fn quoted_lines_and_their_attribution() {
        check("a\n\nPetra schrieb:\n> b\n>\n> c\n\nd", "ooqqqqoo");
        check("Petra schrieb:\n\n> b\n\n> c\nd", "qoqqqo");
        check("Am 24.12. um 10:11 schrieb\nPetra Beispiel:\n> b", "qqq");
        check("Zu deiner Frage:\n> b\nja", "oqo");
        check("> a", "q");
        check("", "o");
    }

    #[test]
    fn what_stands_below_an_introduction() {
        check("a\n\n-----Ursprüngliche Nachricht-----\nVon: b\n\nc", "ooqqqq");
        check("a\n_______\nVon: b\nGesendet: c\nAn: d\nBetreff: e\n\nf", "oqqqqqqq");
        check("a\n\nAm 24.12.2024 um 10:11 schrieb Petra:\n\nb\n\nc", "ooqqqqq");
        check("Am 24. schrieb Petra:\n\nb", "ooo");
        check("Am 24.12.2024 um 10:11 schrieb Petra:\n\nb", "qoo");
        check("Hallo Petra,\n\nAm 24.12.2024 um 10:11\nschrieb Petra:\n\nb", "ooqqoo");
    }

    #[test]
    fn forwarded_parts() {
        check("a\n---------- Forwarded message ---------\nVon: b\n\nc", "offff");
        check("Begin forwarded message:\n\n> From: a\n> b", "ffff");
        check("> Anfang der weitergeleiteten Nachricht:\n> \n> a", "fff");
        check("> a\n> ---------- Forwarded message ---------\n> b", "qqq");
        let outlook = "a\n\nVon: b\nGesendet: c\nAn: d\nBetreff: e\n\nf";
        check_subject(true, outlook, "ooffffff");
        check_subject(false, outlook, "ooqqqqqq");
        check_subject(true, "-----Original Message-----\nFrom: b\n\nc", "ffff");
        check_subject(true, "a\n\n> b", "oof");
        check_subject(true, "a\n\nPetra schrieb:\n\n> b", "ooqoq");
    }
}
