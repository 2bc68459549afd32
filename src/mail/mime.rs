//! The parts of a message (RFC 2046), each decoded once: what is shown, what was forwarded, what is
//! attached.
//!
//! The walk is ours; mail-parser reads the header of each part. Its own walk puts the last part of a
//! message that was cut among the attachments, can be made to search the whole message once for each
//! of thousands of parts, and decodes text before one can know whether its charset label is right.

use std::collections::BTreeSet;

use super::alternative::choose;
use super::boundary::{children, has_boundary};
use super::charset::{self, Decoded};
use super::headers::{Fields, Head};
use super::html::{self, Page};
use super::lines::Flowed;
use super::{Attachment, Defect, clean};

/// Parts that are looked at.
const MAX_PARTS: usize = 200;
/// Depth of parts inside parts that is looked at.
const MAX_DEPTH: usize = 20;

/// A text that the message shows.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) view: View,
    pub(super) source: Source,
    /// Whether this is the alternative that the text is taken from.
    pub(super) chosen: bool,
}

impl Body {
    /// The page, if it is one.
    pub(super) fn page(&self) -> Option<&Page> {
        match &self.view {
            View::Html(page) => Some(page),
            View::Plain(..) => None,
        }
    }
}

#[derive(Debug)]
pub(super) enum View {
    Plain(String, Option<Flowed>),
    Html(Page),
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Message,
    /// A message inside the message, passed on.
    Forwarded,
    /// The message that a report is about.
    Reported,
}

/// An image or an attached file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) attachment: Attachment,
    /// `Content-ID` of an image that the message can show.
    pub(super) content_id: Option<String>,
    /// Whether its `Content-Disposition` says that it is attached.
    pub(super) attached: bool,
}

/// Everything found in a message.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) bodies: Vec<Body>,
    pub(super) files: Vec<File>,
    pub(super) defects: BTreeSet<Defect>,
    parts: usize,
}

/// Splits a message or a part at the first empty line (LF line ends).
pub(super) fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = raw.strip_prefix(b"\n") {
        return (&[], body);
    }
    let gap = raw.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = gap.and_then(|at| raw.split_at_checked(at + 1)).unwrap_or((raw, &[]));
    (head, body.strip_prefix(b"\n").unwrap_or(body))
}

/// Walks the parts of a message whose header was read.
pub(super) fn contents(fields: &Fields<'_>, body: &[u8]) -> Contents {
    let mut contents = Contents::default();
    let context = Context { depth: 0, source: Source::Message, in_digest: false };
    contents.bodies = contents.part(fields, body, context);
    contents
}

/// What a part's surroundings say of it.
#[derive(Debug, Clone, Copy)]
struct Context {
    depth: usize,
    source: Source,
    /// In a `multipart/digest`, where a part without a `Content-Type` is a message.
    in_digest: bool,
}

impl Contents {
    fn part(&mut self, fields: &Fields<'_>, body: &[u8], context: Context) -> Vec<Body> {
        self.parts += 1;
        if self.parts > MAX_PARTS || context.depth > MAX_DEPTH {
            self.defects.insert(Defect::TooMuch);
            return Vec::new();
        }
        let kind = fields.content_type();
        let (main, sub) = match kind {
            Some(kind) => (kind.ctype(), kind.subtype().unwrap_or_default()),
            None if context.in_digest => ("message", "rfc822"),
            None => ("text", "plain"),
        };
        let boundary = kind.and_then(|kind| kind.attribute("boundary")).unwrap_or_default();
        match (main, sub) {
            ("multipart", _) if has_boundary(body, boundary) => {
                self.multipart(sub, children(body, boundary), context)
            }
            // Without its boundary the whole is text, as far as anybody can tell.
            ("multipart", _) => self.text(fields, body, "plain", context),
            ("message", "rfc822" | "global") => self.message(fields, body, context),
            ("message", _) => Vec::new(),
            ("text", "rfc822-headers") => Vec::new(),
            ("text", "plain" | "html" | "enriched" | "richtext") if !self.is_attached(fields) => {
                self.text(fields, body, sub, context)
            }
            // Plain text under a broken or bygone label.
            ("text", "") => self.text(fields, body, "plain", context),
            _ => {
                self.file(fields, body, context);
                Vec::new()
            }
        }
    }

    fn multipart<'b>(
        &mut self,
        sub: &str,
        children: impl Iterator<Item = &'b [u8]>,
        context: Context,
    ) -> Vec<Body> {
        let source = match (sub, context.source) {
            ("report", Source::Message) => Source::Reported,
            (_, source) => source,
        };
        let mut groups = Vec::new();
        for (number, child) in children.enumerate() {
            if self.parts > MAX_PARTS {
                break;
            }
            // The first part of a report is written for the recipient.
            let source = if number == 0 { context.source } else { source };
            let context = Context { depth: context.depth + 1, source, in_digest: sub == "digest" };
            let (head, body) = split(child);
            let head = Head::new(head);
            groups.push(self.part(&head.fields(), body, context));
        }
        if sub == "alternative" { choose(groups) } else { groups.into_iter().flatten().collect() }
    }

    fn message(&mut self, fields: &Fields<'_>, body: &[u8], context: Context) -> Vec<Body> {
        let decoded = fields.transfer().decode(body);
        let (head, body) = split(&decoded);
        let head = Head::new(head);
        let fields = head.fields();
        let source = match context.source {
            Source::Message => Source::Forwarded,
            source => source,
        };
        let context = Context { depth: context.depth + 1, source, in_digest: false };
        let subject = View::Plain(fields.subject(), None);
        let mut bodies = vec![Body { view: subject, source, chosen: true }];
        // What is attached to a message inside is not attached to this one.
        let files = self.files.len();
        bodies.extend(self.part(&fields, body, context));
        self.files.truncate(files);
        bodies
    }

    fn text(&mut self, fields: &Fields<'_>, body: &[u8], sub: &str, context: Context) -> Vec<Body> {
        let kind = fields.content_type();
        let attribute = |name: &str| kind.and_then(|kind| kind.attribute(name));
        let bytes = fields.transfer().decode(body);
        let charset = attribute("charset").or_else(|| meta_charset(&bytes, sub));
        let Decoded { text, guessed } = charset::decode(&bytes, charset);
        if guessed {
            self.defects.insert(Defect::Charset);
        }
        let view = if sub == "plain" {
            let flowed =
                attribute("format").is_some_and(|name| name.eq_ignore_ascii_case("flowed"));
            let delete_space =
                attribute("delsp").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
            let text = clean::text(&text).into_owned();
            View::Plain(text, flowed.then_some(Flowed { delete_space }))
        } else {
            let page = html::read(&text);
            if page.too_much {
                self.defects.insert(Defect::TooMuch);
            }
            View::Html(page)
        };
        vec![Body { view, source: context.source, chosen: true }]
    }

    /// Whether a text part is a file: by its disposition, or by its name behind the first part.
    fn is_attached(&self, fields: &Fields<'_>) -> bool {
        let named = !fields.file_name().is_empty();
        match fields.disposition() {
            Some(disposition) => disposition.is_attachment() || named && self.parts > 2,
            None => named && self.parts > 2,
        }
    }

    fn file(&mut self, fields: &Fields<'_>, body: &[u8], context: Context) {
        let media_type = match fields.content_type() {
            Some(kind) => format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()),
            None => "text/plain".to_owned(),
        };
        let media_type = clean::line(&media_type).to_ascii_lowercase();
        // Detached signatures are no file that the sender attached.
        let is_signature =
            media_type.ends_with("/pgp-signature") || media_type.ends_with("pkcs7-signature");
        if is_signature || context.source == Source::Reported {
            return;
        }
        let attached = fields.disposition().is_some_and(|it| it.is_attachment());
        let size = fields.transfer().decoded_len(body);
        let shown = media_type.starts_with("image/");
        let content_id = fields.content_id().filter(|_| shown).map(str::to_owned);
        self.files.push(File {
            attachment: Attachment { name: fields.file_name(), media_type, size },
            content_id,
            attached,
        });
    }
}

/// The charset that an HTML document names itself, for want of a label.
fn meta_charset<'b>(bytes: &'b [u8], sub: &str) -> Option<&'b str> {
    /// HTML standard, "prescan a byte stream to determine its encoding".
    const PRESCAN: usize = 1024;
    if sub != "html" {
        return None;
    }
    let head = bytes.get(..PRESCAN.min(bytes.len()))?;
    let at = head.windows(8).position(|word| word.eq_ignore_ascii_case(b"charset="))?;
    let label = head.get(at + 8..)?.trim_ascii_start();
    let label = label.strip_prefix(b"\"").or_else(|| label.strip_prefix(b"'")).unwrap_or(label);
    let end =
        label.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte))?;
    std::str::from_utf8(label.get(..end)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn walk(message: &str) -> Contents {
        let (head, body) = split(message.as_bytes());
        contents(&Head::new(head).fields(), body)
    }

    /// `expected`: the texts and where they come from.
    #[track_caller]
    fn check(message: &str, expected: &[(&str, Source)]) {
        let contents = walk(message);
        let texts: Vec<_> = contents
            .bodies
            .iter()
            .map(|body| match &body.view {
                View::Plain(text, _) => (text.as_str(), body.source),
                View::Html(page) => (page.text(), body.source),
            })
            .collect();
        assert_eq!(texts, expected, "{message}");
    }

    #[test]
    fn a_header_ends_at_the_first_empty_line() {
        assert_eq!(split(b"a\nb\n\nc\n\nd"), (b"a\nb\n".as_slice(), b"c\n\nd".as_slice()));
        assert_eq!(split(b"\na"), (b"".as_slice(), b"a".as_slice()));
        assert_eq!(split(b"a\n"), (b"a\n".as_slice(), b"".as_slice()));
        assert_eq!(split(b""), (b"".as_slice(), b"".as_slice()));
    }

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let message = Source::Message;
        check("A: b\n\na", &[("a", message)]);
        check("Content-Type: text/html\n\n<p>a", &[("a", message)]);
        check("Content-Type: text\n\na", &[("a", message)]);
        check(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b\n\nc\n--b--",
            &[("a", message), ("c", message)],
        );
        check("Content-Type: multipart/mixed; boundary=b\n\na", &[("a", message)]);
        check("Content-Type: multipart/mixed\n\na", &[("a", message)]);
        check("Content-Type: application/pdf\n\na", &[]);
    }

    #[test]
    fn messages_inside_are_told_apart() {
        let inside = "Content-Type: message/rfc822\n\nSubject: s\n\nt";
        check(inside, &[("s", Source::Forwarded), ("t", Source::Forwarded)]);
        let report =
            format!("Content-Type: multipart/report; boundary=b\n\n--b\n\na\n--b\n{inside}\n--b--");
        check(&report, &[("a", Source::Message), ("s", Source::Reported), ("t", Source::Reported)]);
        let digest = "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: s\n\nt\n--b--";
        check(digest, &[("s", Source::Forwarded), ("t", Source::Forwarded)]);
    }

    #[test]
    fn files_are_no_texts() {
        let contents = walk(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b\nContent-Type: text/plain; \
             name=b.txt\n\nb\n--b\nContent-Type: application/pgp-signature\n\nc\n--b--",
        );
        let names: Vec<&str> =
            contents.files.iter().map(|file| file.attachment.name.as_str()).collect();
        assert_eq!((contents.bodies.len(), names), (1, vec!["b.txt"]));
    }

    #[test]
    fn parts_are_bounded() {
        let parts = "--b\n\na\n".repeat(2 * MAX_PARTS);
        let contents = walk(&format!("Content-Type: multipart/mixed; boundary=b\n\n{parts}"));
        assert_eq!(contents.bodies.len(), MAX_PARTS - 1);
        assert!(contents.defects.contains(&Defect::TooMuch));
        let contents = walk(&"Content-Type: message/rfc822\n\n".repeat(2 * MAX_DEPTH));
        assert!(contents.defects.contains(&Defect::TooMuch));
    }

    #[test]
    fn a_page_can_name_its_charset() {
        let check = |html: &str, expected| {
            assert_eq!(meta_charset(html.as_bytes(), "html"), expected, "{html}");
        };
        check("<meta charset=utf-8>", Some("utf-8"));
        check("<META http-equiv=x content='text/html; CHARSET=ISO-8859-1'>", Some("ISO-8859-1"));
        check("<meta charset=\"koi8-r\">", Some("koi8-r"));
        check("<p>", None);
        check("charset=", None);
        assert_eq!(meta_charset(b"<meta charset=utf-8>", "enriched"), None);
    }
}
