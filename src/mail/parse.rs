//! From bytes to a [`Mail`].

use std::borrow::Cow;

use mail_parser::HeaderName;

use super::headers::{Fields, Head};
use super::{Address, Defect, MAX_MESSAGE_BYTES, Mail, contents, envelope, mime};

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
        contents::read(&mut mail, mime::contents(&fields, body));
    } else {
        mail.defects.insert(Defect::NoHeader);
        let body = if is_binary(raw) { &[] } else { raw };
        let nothing = Head::new(&[]);
        contents::read(&mut mail, mime::contents(&nothing.fields(), body));
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
