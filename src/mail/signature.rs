//! Which of the sender's lines are the signature: below a separator, marked by the mail program, or
//! recognised by form. The closing formula and the name under it stay with the text, a postscript
//! does, and so does every line in doubt.

use std::cell::OnceCell;

use super::closing::{continues_name, is_closing, is_name, is_possessive, is_postscript};
use super::contact::{is_contact, is_web};
use super::footer::{is_device_line, is_legal, is_list_footer, is_rule};
use super::lines::{Line, Role};
use super::sentence::{is_long, is_sentence};

/// Lines that a signature below the separator `-- ` has at most; longer ones are something else.
const LONGEST: usize = 40;
/// The same below a sign that is less certain.
const LONGEST_IN_DOUBT: usize = 15;
/// Lines at the end among which device lines are looked for.
const DEVICE_LINES: usize = 8;
/// Lines from the closing formula to the end, at most.
const LONGEST_CLOSING: usize = 40;
/// The same from a line such as `Your Petra`.
const LONGEST_NAMED: usize = 8;
/// Lines of role and firm beside contact data, at most.
const MOST_TITLES: usize = 4;

/// For each of the sender's lines, whether it belongs to the signature.
pub(super) fn find(lines: &[Line<'_>]) -> Vec<bool> {
    let mut signature = Signature {
        lines,
        marks: vec![false; lines.len()],
        forms: vec![Form::default(); lines.len()],
    };
    signature.take_marked();
    signature.take_below_separator();
    signature.take_device_lines();
    signature.take_below_rule();
    if !signature.take_below_closing() {
        signature.take_contact_paragraphs();
    }
    signature.marks
}

struct Signature<'s> {
    lines: &'s [Line<'s>],
    marks: Vec<bool>,
    forms: Vec<Form>,
}

/// What was asked of a line before: several rules ask the same, and it takes long to find out.
#[derive(Debug, Clone, Default)]
struct Form {
    contact: OnceCell<bool>,
    legal: OnceCell<bool>,
}

impl<'s> Signature<'s> {
    /// Text of a line that is not blank and not taken yet.
    fn text(&self, at: usize) -> Option<&'s str> {
        let line = self.lines.get(at).filter(|line| !line.is_blank())?;
        self.marks.get(at).is_some_and(|taken| !taken).then_some(line.text)
    }

    fn is_contact(&self, at: usize, text: &str) -> bool {
        let form = self.forms.get(at);
        form.is_some_and(|form| *form.contact.get_or_init(|| is_contact(text)))
    }

    fn is_legal(&self, at: usize, text: &str) -> bool {
        let form = self.forms.get(at);
        form.is_some_and(|form| *form.legal.get_or_init(|| is_legal(text)))
    }

    /// Whether a line holds contact data or legal text.
    fn is_machine(&self, at: usize, text: &str) -> bool {
        self.is_contact(at, text) || self.is_legal(at, text)
    }

    fn take(&mut self, at: usize) {
        if let Some(mark) = self.marks.get_mut(at) {
            *mark = true;
        }
    }

    /// Lines from `first` on that are not blank and not taken, with their numbers.
    fn from(&self, first: usize) -> impl DoubleEndedIterator<Item = (usize, &'s str)> {
        (first..self.lines.len()).filter_map(|at| Some((at, self.text(at)?)))
    }

    /// Takes everything from `first` on, except a closing formula at its head and postscripts.
    fn take_from(&mut self, first: usize) {
        let mut at = first;
        if let Some((closing, text)) = self.from(first).next()
            && is_closing(text)
            && !self.is_contact(closing, text)
        {
            at = self.after_name(closing);
        }
        let mut postscript = false;
        while let Some(line) = self.lines.get(at) {
            postscript = !line.is_blank() && (postscript || is_postscript(line.text));
            if !postscript {
                self.take(at);
            }
            at += 1;
        }
    }

    /// The line after the closing formula and the name below it.
    fn after_name(&self, closing: usize) -> usize {
        let near = |at: usize| self.from(at).next().filter(|(found, _)| *found <= at + 2);
        let Some((name, text)) = near(closing + 1) else { return closing + 1 };
        if !is_name(text) || is_device_line(text) || is_rule(text) {
            return closing + 1;
        }
        match near(name + 1) {
            Some((more, text)) if more == name + 1 && continues_name(text) => more + 1,
            _ => name + 1,
        }
    }

    /// What the mail program marked.
    fn take_marked(&mut self) {
        let marked = |line: &Line<'_>| line.role == Role::Signature;
        let count = self.lines.iter().filter(|line| marked(line)).count();
        if count == 0 || count > LONGEST {
            return;
        }
        let mut at = 0;
        while let Some(line) = self.lines.get(at) {
            let begins = marked(line) && !line.is_blank();
            if begins && is_closing(line.text) && !self.is_contact(at, line.text) {
                at = self.after_name(at);
                continue;
            }
            if begins {
                self.take(at);
            }
            at += 1;
        }
    }

    /// `-- ` (RFC 3676, section 4.3), with the blank lost on the way too.
    fn take_below_separator(&mut self) {
        for at in 0..self.lines.len() {
            let Some(text) = self.text(at) else { continue };
            let separates = match text.trim_end() {
                "--" if text == "-- " => self.from(at + 1).take(LONGEST + 1).count() <= LONGEST,
                "--" | "—" | "–" => self.is_short_footer(at + 1),
                _ => text.starts_with("-----BEGIN PGP SIGNATURE-----"),
            };
            if separates {
                self.take(at);
                if !self.is_body(at) {
                    return self.take_from(at + 1);
                }
            }
        }
    }

    /// Whether the text itself stands below a separator: web mailers put their signature first, and
    /// people write below it.
    fn is_body(&self, separator: usize) -> bool {
        let above = (0..separator).rev().find_map(|at| self.text(at));
        let broken_off = |above: &str| {
            is_long(above) && above.trim_end().ends_with(char::is_lowercase) && !is_closing(above)
        };
        let below = || self.from(separator + 1);
        let long = below().filter(|(_, text)| is_long(text)).count();
        above.is_none_or(broken_off)
            && long * 2 >= below().count()
            && below().any(|(_, text)| text.contains(['.', '!', '?']))
    }

    /// Whether few lines follow, and hardly a sentence.
    fn is_short_footer(&self, first: usize) -> bool {
        let below = self.from(first).take(LONGEST_IN_DOUBT + 1);
        let (mut count, mut sentences) = (0, 0);
        for (at, text) in below.filter(|(_, text)| !is_postscript(text)) {
            count += 1;
            let machine =
                || self.is_legal(at, text) || is_device_line(text) || is_list_footer(text);
            sentences += usize::from(is_sentence(text) && !machine());
        }
        (1..=LONGEST_IN_DOUBT).contains(&count) && sentences * 3 <= count
    }

    fn take_device_lines(&mut self) {
        let device: Vec<usize> = self
            .from(0)
            .rev()
            .take(DEVICE_LINES)
            .filter(|(_, text)| is_device_line(text))
            .map(|(at, _)| at)
            .collect();
        for at in device {
            self.take(at);
        }
    }

    /// A drawn line at the end with contact data or the footer of a list below it.
    fn take_below_rule(&mut self) {
        let mut best = None;
        let (mut below, mut evidence) = (0, 0);
        for (at, text) in self.from(0).rev() {
            if is_rule(text) {
                if evidence >= 2 && self.is_short_footer(at + 1) {
                    best = Some(at);
                }
                continue;
            }
            below += 1;
            evidence += if is_list_footer(text) {
                2
            } else {
                usize::from(self.is_contact(at, text) || is_web(text))
            };
            if below > LONGEST_IN_DOUBT {
                break;
            }
        }
        if let Some(at) = best
            && self.from(0).next().is_some_and(|(first, _)| first < at)
        {
            self.take(at);
            self.take_from(at + 1);
        }
    }

    /// Contact data and legal text below the closing formula and the name. Whether the message ends
    /// so, or with a closing formula alone.
    fn take_below_closing(&mut self) -> bool {
        let closing = self
            .from(0)
            .rev()
            .take(LONGEST_CLOSING)
            .enumerate()
            .find(|(below, (_, text))| {
                is_closing(text) || *below < LONGEST_NAMED && is_possessive(text)
            })
            .map(|(_, (at, _))| at);
        let Some(closing) = closing else { return false };
        let first = self.after_name(closing);
        let mut taken = None;
        for paragraph in self.paragraphs(first) {
            let texts: Vec<_> =
                paragraph.iter().filter_map(|&at| Some((at, self.text(at)?))).collect();
            if texts.iter().any(|(_, text)| is_postscript(text)) {
                continue;
            }
            let (machine, other): (Vec<_>, Vec<_>) =
                texts.into_iter().partition(|(at, text)| self.is_machine(*at, text));
            if machine.is_empty() {
                // The text goes on: that was no closing formula.
                if taken.is_none() && other.iter().any(|(_, text)| is_sentence(text)) {
                    return false;
                }
                continue;
            }
            let titles = other.len() <= MOST_TITLES;
            for (at, text) in other {
                if titles && self.is_title(at, text) {
                    self.take(at);
                }
            }
            for (at, _) in machine {
                self.take(at);
                taken = taken.or(Some(at));
            }
        }
        if let Some(contact) = taken {
            self.take_titles(first, contact);
        }
        true
    }

    /// Role and firm between the name and the contact data that was taken.
    fn take_titles(&mut self, first: usize, contact: usize) {
        let titles: Vec<_> = self.from(first).take_while(|(at, _)| *at < contact).collect();
        let short = |(at, text): &(usize, &str)| !is_long(text) && self.is_title(*at, text);
        if titles.len() <= MOST_TITLES && titles.iter().all(short) {
            for (at, _) in titles {
                self.take(at);
            }
        }
    }

    /// Whether a line can be a role or a firm beside contact data. A button is none: whatever it
    /// wants of the reader is meant to be seen.
    fn is_title(&self, at: usize, text: &str) -> bool {
        let button = self.lines.get(at).is_some_and(|line| line.role == Role::Link);
        !is_sentence(text) && !is_postscript(text) && (!button || is_web(text))
    }

    /// Contact data and legal text at the end of a message without a closing formula.
    fn take_contact_paragraphs(&mut self) {
        let near = self.from(0).rev().take(LONGEST).last().map_or(0, |(at, _)| at);
        // The first paragraph is the text, or the rest of a longer one.
        for paragraph in self.paragraphs(near).into_iter().skip(1).rev() {
            let texts: Vec<_> =
                paragraph.iter().filter_map(|&at| Some((at, self.text(at)?))).collect();
            let machine = texts.iter().filter(|(at, text)| self.is_machine(*at, text)).count();
            let legal = texts.iter().any(|(at, text)| self.is_legal(*at, text));
            let sentence =
                texts.iter().any(|(at, text)| is_sentence(text) && !self.is_machine(*at, text));
            if sentence || machine * 2 < texts.len() || machine < 2 && !legal {
                break;
            }
            let named = texts
                .first()
                .is_some_and(|(at, text)| is_name(text) && !self.is_machine(*at, text));
            for at in paragraph.into_iter().skip(usize::from(named)) {
                self.take(at);
            }
        }
    }

    /// Runs of lines without a blank one between, from `first` on.
    fn paragraphs(&self, first: usize) -> Vec<Vec<usize>> {
        let mut paragraphs: Vec<Vec<usize>> = Vec::new();
        for (at, _) in self.from(first) {
            match paragraphs.last_mut() {
                Some(open) if open.last().is_some_and(|last| last + 1 == at) => open.push(at),
                _ => paragraphs.push(vec![at]),
            }
        }
        paragraphs
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::of_plain;
    use super::*;

    /// `signature`: what of `text` is taken, lines joined by `|`.
    #[track_caller]
    fn check(text: &str, signature: &str) {
        let lines = of_plain(text, None);
        let marks = find(&lines);
        let taken: Vec<&str> = lines
            .iter()
            .zip(marks)
            .filter(|(line, taken)| *taken && !line.is_blank())
            .map(|(line, _)| line.text.trim_end())
            .collect();
        assert_eq!(taken.join("|"), signature, "{text}");
    }

    #[test]
    fn below_the_separator() {
        check("Hallo\n-- \nEva\nKiel", "--|Eva|Kiel");
        check("Hallo\n--\nEva\nTel. 030 1234567", "--|Eva|Tel. 030 1234567");
        check("Hallo\n-- \n", "--");
        check("Hallo\n-- \nViele Grüße\nEva\nTel. 030 1234567", "--|Tel. 030 1234567");
        check("Hallo\n-- \nEva\n\nP.S. Bis bald\nam See\n\nKiel", "--|Eva|Kiel");
        check("-----BEGIN PGP SIGNATURE-----\nabc", "-----BEGIN PGP SIGNATURE-----|abc");
    }

    #[test]
    fn other_dashes_divide_text() {
        let long = "Das hier ist ein ganzer Satz von einiger Länge.\n".repeat(20);
        check(&format!("Hallo\n--\n{long}"), "");
        check("-- \nIch schreibe dir heute aus dem Urlaub am See.", "--");
        check("Hallo\n--- \nEva", "");
    }

    #[test]
    fn device_lines() {
        check("Hallo\n\nVon meinem iPhone gesendet", "Von meinem iPhone gesendet");
        check("Hi\n\nSent from my phone\n\n", "Sent from my phone");
        check("Von meinem Fenster sehe ich den Schnee.", "");
        check("Gesendet von Mail für Windows", "Gesendet von Mail für Windows");
    }

    #[test]
    fn footers_of_lists() {
        let footer = "____________\nfamilie mailing list\nfamilie@example.org";
        check(&format!("Hallo\n{footer}"), &footer.replace('\n', "|"));
        check("a\n_____\nb\n_____\nc", "");
        check("____________\nfamilie mailing list", "");
    }

    #[test]
    fn contact_data_below_a_closing_formula() {
        check(
            "Hallo\n\nViele Grüße\nEva Muster\nVertrieb\nMuster GmbH\nTel.: 030 1234567",
            "Vertrieb|Muster GmbH|Tel.: 030 1234567",
        );
        check(
            "Hallo\nLG Eva\n\nEva Muster\nMusterweg 3\n12345 Musterstadt",
            "Musterweg 3|12345 Musterstadt",
        );
        check(
            "Frohes Fest\nIhre Sparkasse Musterstadt\nVorstand: A. Muster",
            "Vorstand: A. Muster",
        );
        check("Hallo\nLiebe Grüße\nEva\nund Familie", "");
        check("Hallo\nLiebe Grüße\nEva\n\nwww.eva.example", "");
    }

    #[test]
    fn text_below_a_closing_formula_is_text() {
        check("Danke!\n\nMorgen komme ich mit dem Zug.\n\nEva\neva@example.org", "");
        check("Liebe Grüße\nEva\n\nPS: Tel. 030 1234567", "");
        check(
            "Ihr Termin ist gebucht\n\nMusterweg 3\n12345 Musterstadt",
            "Musterweg 3|12345 Musterstadt",
        );
    }

    #[test]
    fn contact_data_without_a_closing_formula() {
        check(
            "Hallo, ich komme.\n\nEva Muster\nTel. 030 1234567\neva@example.org",
            "Tel. 030 1234567|eva@example.org",
        );
        check("Meine neue Nummer:\n\n0170 1234567", "");
        check("[1] https://a.example\n\n[2] https://b.example\n[3] https://c.example", "");
        check(
            "Hallo.\n\nDiese E-Mail enthält vertrauliche Informationen und ist nur für den Adressaten.",
            "Diese E-Mail enthält vertrauliche Informationen und ist nur für den Adressaten.",
        );
    }

    #[test]
    fn what_the_mailer_marked() {
        let mut lines = of_plain("Hallo\nViele Grüße\nEva\nKiel", None);
        for line in &mut lines[1..] {
            line.role = Role::Signature;
        }
        assert_eq!(find(&lines), [false, false, false, true]);
    }
}
