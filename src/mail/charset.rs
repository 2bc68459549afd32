//! Bytes to text, with the repairs that real mail needs: 8-bit text without a label, text that is
//! not in the charset of its label, and mixtures of two.

use std::borrow::Cow;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// A text and whether it had to be decoded by guess.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'b> {
    pub(super) text: Cow<'b, str>,
    pub(super) guessed: bool,
}

/// Decodes text that its sender labelled with a charset, or did not.
pub(super) fn decode<'b>(bytes: &'b [u8], label: Option<&str>) -> Decoded<'b> {
    let label = label.map(str::trim).filter(|label| !label.is_empty() && !is_ascii_label(label));
    let Some(label) = label else {
        return guess(bytes);
    };
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) if encoding == UTF_8 => match whole_utf8(bytes) {
            Some(text) => Decoded { text: Cow::Borrowed(text), guessed: false },
            None => guess(bytes),
        },
        // What encoding_rs refuses to decode (such as hz-gb-2312) is mostly ASCII.
        Some(encoding) if encoding == REPLACEMENT => guess(bytes),
        // Text in a one-byte charset is not well-formed UTF-8 by chance: the label is wrong.
        Some(encoding) if encoding.is_single_byte() && is_multibyte_utf8(bytes) => guess(bytes),
        Some(encoding) => {
            let (text, _) = encoding.decode_without_bom_handling(bytes);
            Decoded { text, guessed: false }
        }
        None => match charset_decoder(label.as_bytes()) {
            Some(decoder) => Decoded { text: Cow::Owned(decoder(bytes)), guessed: false },
            None => guess(bytes),
        },
    }
}

/// Decodes without a label: what is well-formed UTF-8 as that, every other byte as windows-1252.
/// So list footers in another charset than the body they were appended to come out right too.
pub(super) fn guess(bytes: &[u8]) -> Decoded<'_> {
    if let Some(text) = whole_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), guessed: !text.is_ascii() };
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let (repaired, _) = WINDOWS_1252.decode_without_bom_handling(chunk.invalid());
        text.push_str(&repaired);
    }
    Decoded { text: Cow::Owned(text), guessed: true }
}

/// The text if it is UTF-8. A character cut off at the very end is left out: a message is fetched
/// up to a number of bytes, not of characters. (Where it would be the only one outside ASCII, it is
/// rather a letter in another charset.)
fn whole_utf8(bytes: &[u8]) -> Option<&str> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Some(text),
        Err(error) => error,
    };
    let whole = std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?;
    (error.error_len().is_none() && !whole.is_ascii()).then_some(whole)
}

fn is_multibyte_utf8(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok()
}

fn is_ascii_label(label: &str) -> bool {
    ["us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "8bit", "7bit"]
        .iter()
        .any(|name| label.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], label: Option<&str>, text: &str, guessed: bool) {
        assert_eq!(decode(bytes, label), Decoded { text: text.into(), guessed });
    }

    #[test]
    fn labelled_text_is_decoded_by_its_label() {
        check("Grüße".as_bytes(), Some("UTF-8"), "Grüße", false);
        check(b"Gr\xfc\xdfe \x80", Some("iso-8859-1"), "Grüße €", false);
        check(b"Gr\xfc\xdfe \xa4", Some("iso-8859-15"), "Grüße €", false);
        check(b"\xd0\xce\xc5", Some("koi8-r"), "пне", false);
        check(b"Gr\x81\xe1e", Some("ibm850"), "Grüße", false);
        check(b"Gr+APwA3w-e", Some("utf-7"), "Grüße", false);
    }

    #[test]
    fn unlabelled_text_is_guessed() {
        check(b"Gruesse", None, "Gruesse", false);
        check(b"Gr\xfc\xdfe", None, "Grüße", true);
        check("Grüße".as_bytes(), None, "Grüße", true);
        check(b"Gr\xfc\xdfe", Some("us-ascii"), "Grüße", true);
        check(b"Gr\xfc\xdfe", Some("x-nonsense"), "Grüße", true);
    }

    #[test]
    fn wrong_labels_are_seen_through() {
        check(b"Gr\xfc\xdfe \x84zu Weihnachten\x93", Some("utf-8"), "Grüße „zu Weihnachten“", true);
        check("Grüße".as_bytes(), Some("iso-8859-1"), "Grüße", true);
        check(b"\xc3\xa4 und \xe4.", Some("utf-8"), "ä und ä.", true);
        check(b"Gru\xdf", Some("utf-8"), "Gruß", true);
    }

    #[test]
    fn a_character_cut_off_at_the_end_is_left_out() {
        check(b"Gr\xc3\xbc\xc3", Some("utf-8"), "Grü", false);
        check(b"\xfc", Some("utf-8"), "ü", true);
    }
}
