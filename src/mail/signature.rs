//! Which of the sender's lines are the signature: below a separator, marked by the mail program, or
//! recognised by form. The closing formula and the name under it stay with the text, a postscript
//! does, and so does every line in doubt.

use super::contact::{
    continues_name, is_closing, is_contact, is_device_line, is_legal, is_list_footer, is_long,
    is_name, is_postscript, is_rule, is_sentence, is_web,
};
use super::lines::{Line, Role};

/// Lines that a signature below the separator `-- ` has at most; longer ones are something else.
const LONGEST: usize = 40;
/// The same below a sign that is less certain.
const LONGEST_IN_DOUBT: usize = 15;
/// Lines at the end among which device lines are looked for.
const DEVICE_LINES: usize = 8;
/// Lines from the closing formula to the end, at most.
const LONGEST_CLOSING: usize = 40;

/// For each of the sender's lines, whether it belongs to the signature.
pub(super) fn find(lines: &[Line<'_>]) -> Vec<bool> {
    let mut signature = Signature { lines, marks: vec![false; lines.len()] };
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
}

impl<'s> Signature<'s> {
    /// Text of a line that is not blank and not taken yet.
    fn text(&self, at: usize) -> Option<&'s str> {
        let line = self.lines.get(at).filter(|line| !line.is_blank())?;
        self.marks.get(at).is_some_and(|taken| !taken).then_some(line.text)
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
            && !is_contact(text)
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
        if !is_name(text) || is_contact(text) || is_device_line(text) || is_rule(text) {
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
            if begins && is_closing(line.text) && !is_contact(line.text) {
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
        let separator = (0..self.lines.len()).find(|&at| {
            let Some(text) = self.text(at) else { return false };
            if text.starts_with("-----BEGIN PGP SIGNATURE-----") {
                return true;
            }
            match text.trim_end() {
                "--" if text == "-- " => {
                    self.from(at + 1).take(LONGEST + 1).count() <= LONGEST && !self.is_body(at)
                }
                "--" | "—" | "–" => self.is_short_footer(at + 1),
                _ => false,
            }
        });
        if let Some(at) = separator {
            self.take(at);
            self.take_from(at + 1);
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
        for (_, text) in below.filter(|(_, text)| !is_postscript(text)) {
            count += 1;
            sentences += usize::from(is_sentence(text) && !is_legal(text));
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
                usize::from(is_contact(text) || is_web(text))
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

    /// Contact data and legal text below the closing formula and the name. Whether the message has
    /// a closing formula at its end.
    fn take_below_closing(&mut self) -> bool {
        let closing = self.from(0).rev().take(LONGEST_CLOSING).find(|(_, text)| is_closing(text));
        let Some((closing, _)) = closing else { return false };
        let first = self.after_name(closing);
        let mut taken = None;
        for paragraph in self.paragraphs(first) {
            let is = |form: fn(&str) -> bool| {
                paragraph.iter().any(|&at| self.text(at).is_some_and(form))
            };
            if is(is_postscript) || !(is(is_contact) || is(is_legal)) {
                continue;
            }
            for at in paragraph {
                let text = self.text(at).unwrap_or_default();
                if !is_sentence(text) || is_contact(text) || is_legal(text) {
                    self.take(at);
                    taken = taken.or(Some(at));
                }
            }
        }
        if let Some(contact) = taken {
            self.take_titles(first, contact);
        }
        true
    }

    /// Role and firm between the name and the contact data that was taken.
    fn take_titles(&mut self, first: usize, contact: usize) {
        const MOST: usize = 4;
        let titles: Vec<_> = self.from(first).take_while(|(at, _)| *at < contact).collect();
        let is_title = |text: &str| !is_long(text) && !is_sentence(text) && !is_postscript(text);
        if titles.len() <= MOST && titles.iter().all(|(_, text)| is_title(text)) {
            for (at, _) in titles {
                self.take(at);
            }
        }
    }

    /// Contact data and legal text at the end of a message without a closing formula.
    fn take_contact_paragraphs(&mut self) {
        for paragraph in self.paragraphs(0).into_iter().skip(1).rev() {
            let texts: Vec<&str> = paragraph.iter().filter_map(|&at| self.text(at)).collect();
            let legal = texts.iter().any(|text| is_legal(text));
            let contact = texts.iter().filter(|text| is_contact(text)).count() >= 2
                && !texts.iter().any(|text| is_sentence(text) && !is_contact(text));
            if !legal && !contact {
                break;
            }
            let named = !legal && texts.first().is_some_and(|text| is_name(text));
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
