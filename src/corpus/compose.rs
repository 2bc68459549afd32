//! Makes an RFC 5322 message of a mail of the corpus format.
//!
//! Header fields stay as they were written, in their order, without role marks; what MIME needs is
//! added and nothing else, so that nothing tells a written mail from a received one but what its
//! writer wrote. The same mail always gives the same bytes.

use xxhash_rust::xxh3::xxh3_64;

use super::encode;
use super::marks;
use super::written::Entry;

/// Octets of a line without its end that `8bit` allows (RFC 5322, 2.1.1).
const MAX_LINE: usize = 998;
/// Bytes of an attachment: the corpus tells its name and type only.
const ATTACHMENT_BYTES: usize = 3072;
/// Fields that say how the body is built, which is decided here.
const MIME_FIELDS: [&str; 3] = ["Content-Type", "Content-Transfer-Encoding", "MIME-Version"];
/// Fields that hold addresses.
const ADDRESS_FIELDS: [&str; 6] = ["From", "Sender", "To", "Cc", "Bcc", "Reply-To"];

/// A part of a message: its `Content-*` fields and its body, both with CRLF.
struct Part {
    fields: String,
    body: String,
}

/// Makes the message. Lines end with CRLF.
pub fn message(entry: &Entry) -> Vec<u8> {
    let is = |names: &[&str], name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
    let mut message = String::new();
    for (name, value) in &entry.headers {
        if is(&MIME_FIELDS, name) {
            continue;
        }
        let value = marks::strip(value);
        let value = if is(&ADDRESS_FIELDS, name) {
            encode::addresses(&value)
        } else {
            encode::unstructured(&value)
        };
        message.push_str(&format!("{name}: {value}\r\n"));
    }
    let part = body(entry);
    message.push_str("MIME-Version: 1.0\r\n");
    message.push_str(&part.fields);
    message.push_str("\r\n");
    message.push_str(&part.body);
    message.into_bytes()
}

fn body(entry: &Entry) -> Part {
    let plain = entry.text.as_ref().map(|it| text("plain", &marks::strip(it)));
    let html = entry.html.as_ref().map(|it| text("html", &marks::strip(it)));
    let shown = match (plain, html) {
        (Some(plain), Some(html)) => multipart("multipart/alternative", &[plain, html]),
        (Some(part), None) | (None, Some(part)) => part,
        (None, None) => text("plain", ""),
    };
    if entry.attachments.is_empty() {
        return shown;
    }
    // A report says that it is one; its parts are written like any others.
    let kind = entry
        .header("Content-Type")
        .filter(|it| it.to_ascii_lowercase().starts_with("multipart/"))
        .unwrap_or("multipart/mixed");
    let mut parts = vec![shown];
    parts.extend(entry.attachments.iter().map(|(name, kind)| attachment(name, kind)));
    multipart(kind, &parts)
}

fn text(subtype: &str, text: &str) -> Part {
    let (encoding, body) = if text.lines().any(|line| line.len() > MAX_LINE) {
        ("quoted-printable", encode::quoted_printable(text))
    } else {
        let encoding = if text.is_ascii() { "7bit" } else { "8bit" };
        (encoding, text.lines().map(|line| format!("{line}\r\n")).collect())
    };
    let fields = format!(
        "Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    );
    Part { fields, body }
}

fn attachment(name: &str, media_type: &str) -> Part {
    let (encoding, body) = if media_type.starts_with("message/") {
        // Never encoded (RFC 2046, 5.2.1).
        ("7bit", format!("Subject: {}\r\n\r\n", encode::unstructured(name)))
    } else {
        ("base64", encode::base64_lines(&[0; ATTACHMENT_BYTES]))
    };
    let fields = format!(
        "Content-Type: {media_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\
         Content-Disposition: attachment{}\r\n",
        encode::parameter("filename", name)
    );
    Part { fields, body }
}

fn multipart(kind: &str, parts: &[Part]) -> Part {
    let all: String =
        parts.iter().map(|part| format!("{}\r\n{}", part.fields, part.body)).collect();
    let mut boundary = format!("=_{:016x}", xxh3_64(all.as_bytes()));
    while all.contains(&boundary) {
        boundary.push('_');
    }
    let mut body = String::with_capacity(all.len() + 128);
    for part in parts {
        body.push_str(&format!("--{boundary}\r\n{}\r\n{}\r\n", part.fields, part.body));
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    Part { fields: format!("Content-Type: {kind}; boundary=\"{boundary}\"\r\n"), body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::written::parse;

    #[track_caller]
    fn check(mail: &str, expected: &str) {
        let text = format!("=== XY001 | other | none | high | - | de | -\n{mail}");
        let (entries, faults) = parse(&text);
        assert_eq!(faults, []);
        let message = String::from_utf8(message(&entries[0])).unwrap();
        assert!(!message.replace("\r\n", "").contains(['\r', '\n']));
        assert_eq!(message.replace("\r\n", "\n"), expected);
    }

    const HEAD: &str =
        "From: Jörg <j@x.example>\nTo: p@x.example\nDate: Tue, 23 Dec 2025 17:42:10 +0100\n";
    const HEAD_OUT: &str = "From: =?utf-8?B?SsO2cmc=?= <j@x.example>\nTo: p@x.example\nDate: Tue, 23 Dec 2025 17:42:10 +0100\n";

    #[test]
    fn text() {
        check(
            &format!(
                "{HEAD}Subject: AW: {{W}}Gute Zeit\nX-Mailer: Y\nFormat: text\n\n{{S}}Grüße\n\n{{S}}J\n\n\n"
            ),
            &format!(
                "{HEAD_OUT}Subject: AW: Gute Zeit\nX-Mailer: Y\nMIME-Version: 1.0\nContent-Type: text/plain; \
                 charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGrüße\n\nJ\n"
            ),
        );
    }

    #[test]
    fn alternatives() {
        check(
            &format!(
                "{HEAD}Subject: {{S}}Hi\nFormat: both\n\n{{S}}Hi\n--- html ---\n<p>{{S}}Hi</p>\n"
            ),
            &format!(
                "{HEAD_OUT}Subject: Hi\nMIME-Version: 1.0\nContent-Type: multipart/alternative; \
                 boundary=\"=_0736f86edf3b7870\"\n\n--=_0736f86edf3b7870\n\
                 Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n\nHi\n\n\
                 --=_0736f86edf3b7870\n\
                 Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 7bit\n\n<p>Hi</p>\n\n\
                 --=_0736f86edf3b7870--\n"
            ),
        );
    }

    #[test]
    fn attachments() {
        let text = format!(
            "=== XY001 | other | none | high | - | de | -\n{HEAD}Subject: {{S}}Hi\n\
             Content-Type: multipart/report; report-type=delivery-status\nAttach: Grüße.eml message/rfc822\n\
             Format: text\n\n{{S}}Hi\n"
        );
        let message = String::from_utf8(message(&parse(&text).0[0])).unwrap();
        assert_eq!(message.matches("Content-Type: multipart/").count(), 1);
        assert!(
            message
                .contains("Content-Type: multipart/report; report-type=delivery-status; boundary=")
        );
        assert!(
            message.contains("filename*=utf-8''Gr%C3%BC%C3%9Fe.eml\r\n\r\nSubject: =?utf-8?B?")
        );
    }

    #[test]
    fn long_lines_are_encoded() {
        let text = format!(
            "=== XY001 | other | none | high | - | de | -\n{HEAD}Subject: {{S}}Hi\nFormat: html\n\n<p>{}</p>\n",
            "ä".repeat(600)
        );
        let message = String::from_utf8(message(&parse(&text).0[0])).unwrap();
        assert!(message.contains("quoted-printable"));
        assert!(message.split("\r\n").all(|line| line.len() <= 76));
    }
}
