//! From bytes to a [`Mail`].

use std::borrow::Cow;

use mail_parser::HeaderName;

use super::headers::{Fields, Head};
use super::lines::{self, End, Line, Role};
use super::mime::{self, Body, Contents, Source, View};
use super::quote::{Share, divide};
use super::{
    Address, Defect, MAX_LINKS, MAX_MESSAGE_BYTES, Mail, envelope, link, reflow, signature,
};

/// Fields one of which every header has.
const KNOWN_FIELDS: [&str; 14] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Received",
    "Return-Path",
    "MIME-Version",
    "Content-Type",
    "Cc",
    "Bcc",
    "Sender",
    "Reply-To",
    "Delivered-To",
];

/// Reads a message (RFC 5322, MIME). LF, CRLF and CR give the same result.
pub fn parse(bytes: &[u8]) -> Mail {
    let mut mail = Mail::default();
    // A message fetched up to the limit is not known to be longer.
    if bytes.len() >= MAX_MESSAGE_BYTES {
        mail.defects.insert(Defect::Cut);
    }
    let raw = unix_lines(bytes.get(..MAX_MESSAGE_BYTES).unwrap_or(bytes));
    let raw = without_envelope_line(&raw);
    let (block, body) = mime::split(raw);
    let head = Head::new(block);
    let fields = head.fields();
    if is_header(&fields) {
        if head.guessed {
            mail.defects.insert(Defect::Charset);
        }
        read_header(&mut mail, &fields);
        read_contents(&mut mail, mime::contents(&fields, body));
    } else {
        mail.defects.insert(Defect::NoHeader);
        let body = if is_binary(raw) { &[] } else { raw };
        let nothing = Head::new(&[]);
        read_contents(&mut mail, mime::contents(&nothing.fields(), body));
    }
    mail
}

fn read_header(mail: &mut Mail, fields: &Fields<'_>) {
    let mut addresses = |name: HeaderName<'_>| {
        let (list, more) = fields.addresses(name);
        if more {
            mail.defects.insert(Defect::TooMuch);
        }
        list
    };
    mail.to = addresses(HeaderName::To);
    mail.cc = addresses(HeaderName::Cc);
    mail.from = addresses(HeaderName::From).into_iter().next();
    let author = mail.from.as_ref().map(|from| &from.address);
    mail.reply_to = addresses(HeaderName::ReplyTo)
        .into_iter()
        .next()
        .filter(|reply_to: &Address| Some(&reply_to.address) != author);
    mail.message_id = fields.message_id();
    mail.references = fields.references();
    mail.subject = fields.subject();
    mail.date = fields.date();
    mail.envelope = envelope::read(fields, &mail.subject);
}

fn read_contents(mail: &mut Mail, contents: Contents) {
    let Contents { bodies, files, defects, .. } = contents;
    mail.defects.extend(defects);
    mail.html = bodies
        .iter()
        .any(|body| body.source == Source::Message && matches!(body.view, View::Html(_)));
    let mut content_ids = Vec::new();
    let mut own = Vec::new();
    for body in &bodies {
        if let View::Html(page) = &body.view {
            content_ids.extend(page.content_ids.iter().map(String::as_str));
        }
        read_body(mail, body, &mut own);
    }
    for file in files {
        match &file.content_id {
            Some(id) if content_ids.contains(&id.as_str()) => {}
            Some(_) if !file.attached => mail.images += 1,
            _ => mail.attachments.push(file.attachment),
        }
    }
    write_own(mail, &own);
    for text in [&mut mail.quoted, &mut mail.forwarded] {
        text.truncate(text.trim_end().len());
    }
    mail.envelope.forward |= !mail.forwarded.is_empty();
    let Mail { text, signature, quoted, forwarded, .. } = &*mail;
    if !mail.html && [text, signature, quoted, forwarded].iter().all(|text| text.is_empty()) {
        mail.defects.insert(Defect::NoText);
    }
}

/// Hands out the lines of a text: the sender's to `own`, quoted and forwarded ones to their places.
fn read_body<'b>(mail: &mut Mail, body: &'b Body, own: &mut Vec<Line<'b>>) {
    let lines = match &body.view {
        View::Plain(text, flowed) => lines::of_plain(text, *flowed),
        View::Html(page) => page.lines(),
    };
    let shares = match body.source {
        Source::Message => divide(&lines, mail.envelope.forward),
        Source::Forwarded => vec![Share::Forwarded; lines.len()],
        Source::Reported => vec![Share::Quoted; lines.len()],
    };
    if let View::Html(page) = &body.view {
        let is_own = |line: usize| shares.get(line).copied().unwrap_or(Share::Own) == Share::Own;
        let links = page.links.iter().filter(|(line, _)| is_own(*line));
        mail.links.extend(links.map(|(_, link)| link.clone()));
        let images = page.images.iter().filter(|(line, _)| is_own(*line));
        mail.images += images.clone().count();
        mail.image_texts
            .extend(images.filter(|(_, text)| !text.is_empty()).map(|(_, t)| t.clone()));
        if body.source == Source::Message {
            add_paragraph(&mut mail.hidden, &page.hidden);
        }
    }
    if !body.chosen {
        return;
    }
    // A text begins a paragraph, and so does what stands below something that is taken out.
    let mut begins = true;
    for (line, share) in lines.iter().zip(shares) {
        let taken_out = match share {
            Share::Own => {
                if begins && !own.is_empty() {
                    own.push(BLANK);
                }
                if !mail.html && !link::bare(line.text, &mut mail.links, MAX_LINKS) {
                    mail.defects.insert(Defect::TooMuch);
                }
                own.push(*line);
                begins = false;
                continue;
            }
            Share::Quoted => &mut mail.quoted,
            Share::Forwarded => &mut mail.forwarded,
        };
        begins = true;
        add_line(taken_out, line.text);
    }
    for taken_out in [&mut mail.quoted, &mut mail.forwarded] {
        add_line(taken_out, "");
    }
}

const BLANK: Line<'static> = Line { text: "", depth: 0, role: Role::Plain, end: End::Fixed };

/// Divides the sender's lines into text and signature.
fn write_own(mail: &mut Mail, own: &[Line<'_>]) {
    let mut text = Vec::with_capacity(own.len());
    let mut signature = String::new();
    for (line, in_signature) in own.iter().zip(signature::find(own)) {
        if !in_signature {
            text.push(*line);
        } else {
            add_line(&mut signature, line.text);
            if text.last().is_some_and(|above| !above.is_blank()) {
                text.push(BLANK);
            }
        }
    }
    mail.text = reflow::join(&text);
    signature.truncate(signature.trim_end().len());
    mail.signature = signature;
}

/// Appends a line; of several blank ones, and of those at the beginning, only what separates.
fn add_line(text: &mut String, line: &str) {
    let line = line.trim_end();
    if !line.is_empty() || !text.is_empty() && !text.ends_with("\n\n") {
        text.push_str(line);
        text.push('\n');
    }
}

fn add_paragraph(text: &mut String, paragraph: &str) {
    if !text.is_empty() && !paragraph.is_empty() {
        text.push('\n');
    }
    text.push_str(paragraph);
}

/// Line feeds in place of CRLF and bare CR.
fn unix_lines(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut pieces = bytes.split(|&byte| byte == b'\r');
    out.extend_from_slice(pieces.next().unwrap_or_default());
    for piece in pieces {
        if !piece.starts_with(b"\n") {
            out.push(b'\n');
        }
        out.extend_from_slice(piece);
    }
    Cow::Owned(out)
}

/// Without a byte order mark, and without the `From ` line of an mbox file.
fn without_envelope_line(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    if !raw.starts_with(b"From ") {
        return raw;
    }
    let end = raw.iter().position(|&byte| byte == b'\n').map_or(raw.len(), |at| at + 1);
    raw.get(end..).unwrap_or_default()
}

fn is_header(fields: &Fields<'_>) -> bool {
    fields.raw().any(|(name, _)| KNOWN_FIELDS.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

/// Whether bytes without a header are no text either.
fn is_binary(raw: &[u8]) -> bool {
    let odd = |byte: &&u8| **byte < b' ' && !matches!(**byte, b'\n' | b'\t' | 0xc | 0x1b);
    raw.contains(&0) || raw.iter().filter(odd).count() * 50 > raw.len()
}
