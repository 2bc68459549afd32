//! Text in the forms that a mail may carry it in: encoded words (RFC 2047), parameters (RFC 2231),
//! quoted-printable (RFC 2045, 6.7). Lines end with CRLF.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of text in one encoded word: 60 characters of base64, 72 with its frame; 75 are allowed.
const WORD_BYTES: usize = 45;
/// Characters of one line of quoted-printable, without the soft line break.
const LINE_CHARS: usize = 75;

/// The value of an unstructured field. ASCII stays as it is.
pub(super) fn unstructured(value: &str) -> String {
    if value.is_ascii() { value.to_owned() } else { encoded_words(value) }
}

/// The value of a field of addresses, made proper from what people write: `;` between addresses
/// becomes `,`, and a display name is quoted or encoded where it must be. A comma ends an address
/// only behind an `@`: `Gasthof Stern, Anna <anna@stern.example>` is one.
pub(super) fn addresses(value: &str) -> String {
    let mut items = Vec::new();
    let mut item = String::new();
    let (mut quoted, mut angle) = (false, false);
    for it in value.chars() {
        match it {
            '"' => quoted = !quoted && !angle,
            '<' if !quoted => angle = true,
            '>' => angle = false,
            _ => {}
        }
        if matches!(it, ',' | ';') && !quoted && !angle && item.contains('@') {
            items.push(address(&item));
            item.clear();
        } else {
            item.push(it);
        }
    }
    items.push(address(&item));
    items.retain(|it| !it.is_empty());
    let folded = items.iter().map(String::len).sum::<usize>() > LINE_CHARS;
    items.join(if folded { ",\r\n " } else { ", " })
}

fn address(item: &str) -> String {
    let item = item.trim();
    match item.rsplit_once('<') {
        Some(("", _)) => item.to_owned(),
        Some((name, address)) => format!("{} <{address}", display_name(name.trim())),
        None if item.contains('@') => item.to_owned(),
        None => unstructured(item),
    }
}

/// RFC 5322, 3.2.5: words of atoms stay, other ASCII is quoted, the rest is encoded.
fn display_name(name: &str) -> String {
    let bare = name
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .filter(|it| !it.contains('"'))
        .unwrap_or(name);
    let in_atom = |it: u8| it.is_ascii_alphanumeric() || b" !#$%&'*+-/=?^_`{|}~".contains(&it);
    if !bare.is_ascii() {
        encoded_words(bare)
    } else if bare.bytes().all(in_atom) {
        bare.to_owned()
    } else {
        format!("\"{}\"", escaped(bare))
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn encoded_words(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut chunk = String::new();
    for it in text.chars() {
        if chunk.len() + it.len_utf8() > WORD_BYTES {
            words.push(std::mem::take(&mut chunk));
        }
        chunk.push(it);
    }
    words.push(chunk);
    let encode = |chunk: &String| format!("=?utf-8?B?{}?=", STANDARD.encode(chunk));
    words.iter().map(encode).collect::<Vec<_>>().join("\r\n ")
}

/// A parameter of a field, with the semicolon and the fold in front of it.
pub(super) fn parameter(name: &str, value: &str) -> String {
    if value.is_ascii() {
        return format!(";\r\n {name}=\"{}\"", escaped(value));
    }
    let mut parameter = format!(";\r\n {name}*=utf-8''");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            parameter.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(parameter, "%{byte:02X}");
        }
    }
    parameter
}

/// Quoted-printable; `text` has `\n` line ends.
pub(super) fn quoted_printable(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for line in text.lines() {
        let mut length = 0;
        let last = line.len().saturating_sub(1);
        for (at, byte) in line.bytes().enumerate() {
            let blank = matches!(byte, b' ' | b'\t');
            let literal = byte.is_ascii_graphic() && byte != b'=' || blank && at != last;
            let width = if literal { 1 } else { 3 };
            if length + width > LINE_CHARS {
                encoded.push_str("=\r\n");
                length = 0;
            }
            length += width;
            if literal {
                encoded.push(char::from(byte));
            } else {
                let _ = write!(encoded, "={byte:02X}");
            }
        }
        encoded.push_str("\r\n");
    }
    encoded
}

/// Base64 in lines of 76 characters.
pub(super) fn base64_lines(bytes: &[u8]) -> String {
    bytes.chunks(57).map(|chunk| STANDARD.encode(chunk) + "\r\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        assert_eq!(unstructured("Hi there"), "Hi there");
        assert_eq!(unstructured("Grüße"), "=?utf-8?B?R3LDvMOfZQ==?=");
        let long = unstructured(&"ä".repeat(50));
        assert!(long.split("\r\n ").all(|word| word.len() <= 75), "{long}");
        assert_eq!(long.split("\r\n ").count(), 3);
    }

    #[track_caller]
    fn check(written: &str, expected: &str) {
        assert_eq!(addresses(written), expected);
    }

    #[test]
    fn address_lists() {
        check("Jens <j@x.example>", "Jens <j@x.example>");
        check("j@x.example; k@x.example", "j@x.example, k@x.example");
        check("<j@x.example>", "<j@x.example>");
        check("Stern, Anna <a@x.example>", "\"Stern, Anna\" <a@x.example>");
        check("\"Stern, Anna\" <a@x.example>", "\"Stern, Anna\" <a@x.example>");
        check("Gruppe \"A\" (B) <a@x.example>", "\"Gruppe \\\"A\\\" (B)\" <a@x.example>");
        check(
            "\"Büro, Jens\" <j@x.example>; Ü <u@x.example>",
            "=?utf-8?B?QsO8cm8sIEplbnM=?= <j@x.example>, =?utf-8?B?w5w=?= <u@x.example>",
        );
        check("undisclosed-recipients:;", "undisclosed-recipients:;");
        check("Stammgäste", "=?utf-8?B?U3RhbW1nw6RzdGU=?=");
        let many = addresses(&"j@x.example, ".repeat(200));
        assert_eq!(many.split(",\r\n ").count(), 200);
    }

    #[test]
    fn parameters() {
        assert_eq!(parameter("filename", "a \"b\".pdf"), ";\r\n filename=\"a \\\"b\\\".pdf\"");
        assert_eq!(
            parameter("filename", "Grüße 1.pdf"),
            ";\r\n filename*=utf-8''Gr%C3%BC%C3%9Fe%201.pdf"
        );
    }

    #[test]
    fn bodies() {
        assert_eq!(quoted_printable("a=ä \nb"), "a=3D=C3=A4=20\r\nb\r\n");
        let long = quoted_printable(&"=".repeat(1000));
        assert!(long.lines().all(|line| line.len() <= 76));
        assert_eq!(long.replace("=\r\n", "").trim_end(), "=3D".repeat(1000));
        assert_eq!(base64_lines(&[0; 60]).lines().map(str::len).collect::<Vec<_>>(), [76, 4]);
    }
}
