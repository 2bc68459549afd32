//! Content transfer encodings (RFC 2045, section 6), read leniently: what can't be decoded is left
//! as it stands. mail-parser's own decoder gives up a part at the first `==` and, built with
//! overflow checks, panics at a soft line break before a boundary.

use std::borrow::Cow;

/// How the bytes of a part are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// `7bit`, `8bit`, `binary` or anything unknown.
    Identity,
    QuotedPrintable,
    Base64,
}

impl Transfer {
    /// Of the value of a `Content-Transfer-Encoding` field.
    pub(super) fn named(name: &str) -> Self {
        let name = name.trim();
        if name.eq_ignore_ascii_case("base64") {
            Transfer::Base64
        } else if name.eq_ignore_ascii_case("quoted-printable") {
            Transfer::QuotedPrintable
        } else {
            Transfer::Identity
        }
    }

    /// The decoded bytes.
    pub(super) fn decode(self, raw: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Transfer::Identity => Cow::Borrowed(raw),
            Transfer::QuotedPrintable => Cow::Owned(quoted_printable(raw)),
            Transfer::Base64 => Cow::Owned(base64(raw)),
        }
    }

    /// The number of decoded bytes.
    pub(super) fn decoded_len(self, raw: &[u8]) -> usize {
        match self {
            Transfer::Identity => raw.len(),
            Transfer::QuotedPrintable => quoted_printable(raw).len(),
            Transfer::Base64 => raw
                .split(|&byte| byte == b'=')
                .map(|group| group.iter().filter(|byte| sextet(**byte).is_some()).count() * 3 / 4)
                .sum(),
        }
    }
}

fn quoted_printable(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut lines = raw.split(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        // Blanks at the end of a line were added on the way (RFC 2045, section 6.7, rule 3).
        let line = line.trim_ascii_end();
        let mut rest = line;
        let mut soft = false;
        while let Some(at) = rest.iter().position(|&byte| byte == b'=') {
            let Some((before, code)) = rest.split_at_checked(at) else { break };
            out.extend_from_slice(before);
            rest = match code {
                [b'='] => {
                    soft = true;
                    &[]
                }
                [b'=', high, low, after @ ..] => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        after
                    }
                    _ => literal(&mut out, code),
                },
                _ => literal(&mut out, code),
            };
        }
        out.extend_from_slice(rest);
        if !soft && lines.peek().is_some() {
            out.push(b'\n');
        }
    }
    out
}

/// Copies an equals sign that begins no code; what follows it is read on.
fn literal<'r>(out: &mut Vec<u8>, code: &'r [u8]) -> &'r [u8] {
    out.push(b'=');
    code.get(1..).unwrap_or_default()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Skips what is not of the alphabet. Padding ends a group only: list software appends a second
/// encoded block to the first.
fn base64(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for &byte in raw {
        let Some(value) = sextet(byte) else {
            if byte == b'=' {
                (bits, count) = (0, 0);
            }
            continue;
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    out
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(transfer: Transfer, raw: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&transfer.decode(raw.as_bytes())), expected);
        assert_eq!(transfer.decoded_len(raw.as_bytes()), expected.len());
    }

    #[test]
    fn quoted_printable_is_lenient() {
        let check = |raw, expected| check(Transfer::QuotedPrintable, raw, expected);
        check("Gr=C3=BC=c3=9fe", "Grüße");
        check("eins =\nzwei  \ndrei", "eins zwei\ndrei");
        check("1 + 1 == 2 =zz =4", "1 + 1 == 2 =zz =4");
        check("am Ende =", "am Ende ");
        check("=\n", "");
        check("", "");
    }

    #[test]
    fn base64_is_lenient() {
        let check = |raw, expected| check(Transfer::Base64, raw, expected);
        check("R3LDvMOf\nZQ==\n", "Grüße");
        check("R3LDvMOfZQ==R3LDvMOfZQ==", "GrüßeGrüße");
        check("R3L!DvM OfZQ", "Grüße");
        check("", "");
    }

    #[test]
    fn unknown_encodings_are_left_alone() {
        assert_eq!(Transfer::named(" BASE64 "), Transfer::Base64);
        assert_eq!(Transfer::named("x-uuencode"), Transfer::Identity);
        check(Transfer::Identity, "=C3", "=C3");
    }
}
