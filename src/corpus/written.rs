//! The project's own corpus format: text files of hand-written mails, each sentence with the mark
//! of its role. `models/corpus/WRITING.md` describes it for writers.
//!
//! ```text
//! === ID | class | occasion | certainty | flags,or-- | lang | group-or--
//! From: Jens Ohlendorf <jens@ohlendorf-druck.example>
//! Subject: {W}Frohe Weihnachten!
//! Format: text
//!
//! {S}Hallo Petra, {W}frohe Weihnachten Euch allen!
//! ```
//!
//! Read strictly: what is not as described is a problem with its line, and that mail is left out.

use std::collections::BTreeSet;

use super::{marks, values};
use crate::classify::{Flag, Label, Occasion, Role};

/// What begins each mail.
const HEAD: &str = "=== ";
/// What stands between the text and the HTML of [`Format::Both`].
const HTML_BELOW: &str = "--- html ---";

/// One mail as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name, unique within a folder; the letters in front name the world that it comes from.
    pub id: String,
    /// What it is to its recipient.
    pub label: Label,
    /// What it wishes well for, or is about.
    pub occasion: Occasion,
    /// Whether no sensible person would choose another label.
    pub certain: bool,
    /// What else is to be said.
    pub flags: BTreeSet<Flag>,
    /// ISO 639-1 code, or several joined with `/`.
    pub lang: String,
    /// Mails of one group belong together; unique within a folder.
    pub group: Option<String>,
    /// Header fields in their order, marks and all; without `Format` and `Attach`.
    pub headers: Vec<(String, String)>,
    /// Attached files: name and media type.
    pub attachments: Vec<(String, String)>,
    /// Text with its marks; empty where there is only HTML.
    pub text: Option<String>,
    /// HTML with its marks.
    pub html: Option<String>,
    /// The line of its head, counted from 1.
    pub line: usize,
}

/// What is wrong at a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// What was expected.
    pub text: String,
}

/// Whether a file is of this format: its first line that is not blank is a head.
pub fn is_written(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with(HEAD)
}

/// Reads a file.
pub fn parse(text: &str) -> (Vec<Entry>, Vec<Fault>) {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text.lines().collect();
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    let heads: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.starts_with(HEAD))
        .map(|(at, _)| at)
        .collect();
    let before = heads.first().copied().unwrap_or(lines.len());
    if lines.iter().take(before).any(|line| !line.trim().is_empty()) {
        faults.push(Fault { line: 1, text: format!("expected a mail that begins with `{HEAD}`") });
    }
    let ends = heads.iter().skip(1).copied().chain([lines.len()]);
    for (start, end) in heads.iter().copied().zip(ends) {
        match entry(lines.get(start..end).unwrap_or_default(), start + 1) {
            Ok(entry) => entries.push(entry),
            Err(fault) => faults.push(fault),
        }
    }
    (entries, faults)
}

fn entry(lines: &[&str], first: usize) -> Result<Entry, Fault> {
    let fault = |line: usize, text: String| Fault { line, text };
    let (head, rest) = lines.split_first().unwrap_or((&HEAD, &[]));
    let fields: Vec<&str> =
        head.strip_prefix(HEAD).unwrap_or(head).split('|').map(str::trim).collect();
    let [id, label, occasion, certainty, flags, lang, group] = fields.as_slice() else {
        let found = fields.len();
        return Err(fault(
            first,
            format!(
                "expected `ID | class | occasion | certainty | flags | lang | group`, \
                 7 fields, found {found}"
            ),
        ));
    };
    let at_head = |text: String| fault(first, text);
    if id.is_empty() || lang.is_empty() {
        return Err(at_head("expected an ID and a language".to_owned()));
    }
    let blank = rest.iter().position(|line| line.is_empty()).unwrap_or(rest.len());
    let mut entry = Entry {
        id: (*id).to_owned(),
        label: values::label(label).map_err(at_head)?,
        occasion: values::occasion(occasion)
            .and_then(|it| it.ok_or_else(|| values::expected_occasion(occasion)))
            .map_err(at_head)?,
        certain: values::certain(certainty).map_err(at_head)?,
        flags: values::flags(flags).map_err(at_head)?,
        lang: lang.replace(',', "/"),
        group: values::given(group),
        headers: Vec::new(),
        attachments: Vec::new(),
        text: None,
        html: None,
        line: first,
    };
    let mut format = None;
    for (offset, line) in rest.iter().take(blank).enumerate() {
        let number = first + 1 + offset;
        let (name, value) = header(line).ok_or_else(|| {
            fault(number, "expected a header `Name: value`, or a blank line before the text".into())
        })?;
        match name {
            "Format" => format = Some((number, value)),
            "Attach" => entry.attachments.push(attachment(value).ok_or_else(|| {
                fault(number, "expected `Attach: name.pdf application/pdf`".into())
            })?),
            _ => entry.headers.push((name.to_owned(), value.to_owned())),
        }
    }
    for needed in ["From", "To", "Subject", "Date"] {
        if entry.header(needed).is_none() {
            return Err(at_head(format!("expected a header `{needed}:`")));
        }
    }
    let body = rest.get(blank..).unwrap_or_default();
    let whole = |lines: &[&str]| lines.join("\n").trim_matches('\n').to_owned();
    match format {
        Some((_, "text")) => entry.text = Some(whole(body)),
        Some((_, "html")) => entry.html = Some(whole(body)),
        Some((number, "both")) => {
            let at =
                body.iter().position(|line| line.trim_end() == HTML_BELOW).ok_or_else(|| {
                    fault(number, format!("expected a line `{HTML_BELOW}` between text and HTML"))
                })?;
            entry.text = Some(whole(body.get(..at).unwrap_or_default()));
            entry.html = Some(whole(body.get(at + 1..).unwrap_or_default()));
        }
        Some((number, _)) => {
            return Err(fault(number, "expected `Format: text`, `html` or `both`".into()));
        }
        None => return Err(at_head("expected a header `Format:`".into())),
    }
    Ok(entry)
}

fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let named = !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    named.then(|| (name, value.trim()))
}

fn attachment(value: &str) -> Option<(String, String)> {
    let (name, media_type) = value.rsplit_once(' ')?;
    let (kind, subtype) = media_type.split_once('/')?;
    let token = |it: &str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.+".contains(&it))
    };
    let named = !name.trim().is_empty() && token(kind) && token(subtype);
    named.then(|| (name.trim().to_owned(), media_type.to_ascii_lowercase()))
}

impl Entry {
    /// The value of a header field, marks and all.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The world that it comes from: the letters of its ID, lower case.
    pub fn world(&self) -> String {
        self.id.chars().take_while(|it| it.is_alphabetic()).flat_map(char::to_lowercase).collect()
    }

    /// The sentences that bear a mark: the subject's, the text's, and those of the HTML that the
    /// text does not have, in the order of [`marks::of_html`].
    pub fn sentences(&self) -> Vec<(Role, String)> {
        let mut sentences = marks::of_text(self.header("Subject").unwrap_or_default());
        if let Some(text) = &self.text {
            sentences.extend(marks::of_text(text));
        }
        if let Some(html) = &self.html {
            let known: BTreeSet<String> =
                self.text.iter().flat_map(|it| marks::of_text(it)).map(|it| it.1).collect();
            let of_html = marks::of_html(html).into_iter();
            sentences.extend(of_html.filter(|(_, sentence)| !known.contains(sentence)));
        }
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "\u{feff}\n=== XY001 | personal | christmas | low | call,dormant | de | xyg1\r\n\
        From: Jens <jens@mail.example>\r\nTo: p@mail.example\r\nSubject: AW: {W}Frohe Weihnachten!\r\n\
        Date: Tue, 23 Dec 2025 17:42:10 +0100\r\nAttach: Unser Haus.jpg image/jpeg\r\nFormat: both\r\n\r\n\
        {S}Hallo, {W}frohe Weihnachten!\r\n\r\n--- html ---\r\n<p>{S}Hallo, {W}frohe Weihnachten!</p>\
        <img alt=\"{P}Engel\">\r\n\r\n";

    #[test]
    fn a_mail() {
        let (entries, faults) = parse(&MAIL.repeat(2).replace("\u{feff}", ""));
        assert_eq!((entries.len(), faults), (2, vec![]));
        let (entries, faults) = parse(MAIL);
        assert_eq!(faults, []);
        let entry = &entries[0];
        assert_eq!((entry.id.as_str(), entry.world().as_str(), entry.line), ("XY001", "xy", 2));
        assert_eq!((entry.label, entry.occasion), (Label::Personal, Occasion::Christmas));
        assert_eq!((entry.certain, entry.group.as_deref()), (false, Some("xyg1")));
        assert_eq!(entry.flags, BTreeSet::from([Flag::Call, Flag::Dormant]));
        assert_eq!(entry.attachments, [("Unser Haus.jpg".to_owned(), "image/jpeg".to_owned())]);
        assert_eq!(entry.headers.len(), 4);
        assert_eq!(entry.text.as_deref(), Some("{S}Hallo, {W}frohe Weihnachten!"));
        let sentences = entry.sentences();
        let sentences: Vec<_> =
            sentences.iter().map(|(role, text)| (role.letter(), text.as_str())).collect();
        assert_eq!(
            sentences,
            [
                ('W', "Frohe Weihnachten!"),
                ('S', "Hallo,"),
                ('W', "frohe Weihnachten!"),
                ('P', "Engel")
            ]
        );
    }

    #[track_caller]
    fn check(change: (&str, &str), line: usize, expected: &str) {
        let text = MAIL.replace(change.0, change.1);
        assert_ne!(text, MAIL);
        let (entries, faults) = parse(&text);
        assert_eq!(entries, []);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].line, line);
        assert!(faults[0].text.contains(expected), "{}", faults[0].text);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check((" | xyg1", ""), 2, "7 fields, found 6");
        check(("personal", "persönlich"), 2, "personal, boilerplate, pitch or other");
        check(("christmas", "xmas"), 2, "found `xmas`");
        check(("| low", "| -"), 2, "high or low");
        check(("call,", "call,phone,"), 2, "found `phone`");
        check(("Date: ", "Datum "), 6, "Name: value");
        check(("Subject: ", "Betreff: "), 2, "`Subject:`");
        check(("image/jpeg", "image"), 7, "name.pdf application/pdf");
        check(("Format: both", "Format: HTML"), 8, "`html` or `both`");
        check(("Format: both\r\n", ""), 2, "`Format:`");
        check(("--- html ---", "---"), 8, "--- html ---");
    }

    #[test]
    fn another_file_is_not_of_this_format() {
        assert!(is_written(MAIL));
        assert!(!is_written("Dear all,\n=== \n"));
        assert_eq!(parse("\n\n"), (vec![], vec![]));
        assert_eq!(parse("hello\n").1.len(), 1);
    }
}
