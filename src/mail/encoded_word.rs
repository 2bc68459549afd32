//! Encoded words (RFC 2047) as mailers really write them, rewritten so that mail-parser reads them
//! right: neighbouring words of one charset become one, because many mailers split a character over
//! two of them; text that is not in the charset of its label is repaired. All leave as UTF-8.

use super::charset;
use super::transfer::Transfer;

/// A header block without damaged encoded words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rewritten {
    pub(super) block: Vec<u8>,
    /// Whether a word was not in the charset of its label.
    pub(super) guessed: bool,
}

/// Rewrites the encoded words of a header block; `None` if it has none.
pub(super) fn rewrite(block: &[u8]) -> Option<Rewritten> {
    let mut out = Rewritten { block: Vec::new(), guessed: false };
    let mut rest = block;
    let mut run: Option<Run<'_>> = None;
    while let Some((before, word)) = next_word(rest) {
        let joins = before.iter().all(u8::is_ascii_whitespace)
            && run.as_ref().is_some_and(|run| run.charset.eq_ignore_ascii_case(word.charset));
        if !joins {
            flush(&mut out, run.take());
            out.block.extend_from_slice(before);
        }
        let run = run.get_or_insert(Run { charset: word.charset, bytes: Vec::new() });
        run.bytes.extend_from_slice(&word.decode());
        rest = word.after;
    }
    run.as_ref()?;
    flush(&mut out, run);
    out.block.extend_from_slice(rest);
    Some(out)
}

/// Neighbouring words of one charset, decoded.
struct Run<'h> {
    charset: &'h [u8],
    bytes: Vec<u8>,
}

fn flush(out: &mut Rewritten, run: Option<Run<'_>>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let Some(run) = run else { return };
    let label = std::str::from_utf8(run.charset).ok();
    let decoded = charset::decode(&run.bytes, label);
    out.guessed |= decoded.guessed;
    out.block.extend_from_slice(b"=?utf-8?Q?");
    for byte in decoded.text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.block.push(byte);
        } else {
            let digit = |value: u8| HEX.get(usize::from(value)).copied().unwrap_or(b'0');
            out.block.extend_from_slice(&[b'=', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out.block.extend_from_slice(b"?=");
}

/// One encoded word, cut into its pieces.
struct Word<'h> {
    charset: &'h [u8],
    base64: bool,
    data: &'h [u8],
    after: &'h [u8],
}

impl Word<'_> {
    fn decode(&self) -> Vec<u8> {
        if self.base64 {
            return Transfer::Base64.decode(self.data).into_owned();
        }
        let data: Vec<u8> =
            self.data.iter().map(|&byte| if byte == b'_' { b' ' } else { byte }).collect();
        // A blank at the end is one of the text here, not of the way.
        let text = data.trim_ascii_end();
        let blanks = data.get(text.len()..).unwrap_or_default();
        [&Transfer::QuotedPrintable.decode(text), blanks].concat()
    }
}

/// The text before the first encoded word, and the word.
fn next_word(block: &[u8]) -> Option<(&[u8], Word<'_>)> {
    let mut from = 0;
    loop {
        let at = from + block.get(from..)?.windows(2).position(|pair| pair == b"=?")?;
        let (before, rest) = block.split_at_checked(at)?;
        if let Some(word) = word_at(rest) {
            return Some((before, word));
        }
        from = at + 2;
    }
}

fn word_at(text: &[u8]) -> Option<Word<'_>> {
    // RFC 2047 allows 75 characters; mailers that don't care stay far below this bound, which keeps
    // a header full of beginnings of words linear.
    const LONGEST: usize = 2000;
    let inside = text.strip_prefix(b"=?")?;
    let inside = inside.get(..LONGEST.min(inside.len()))?;
    let (charset, rest) = inside.split_at_checked(inside.iter().position(|&byte| byte == b'?')?)?;
    let (base64, data) = match rest {
        [b'?', b'b' | b'B', b'?', data @ ..] => (true, data),
        [b'?', b'q' | b'Q', b'?', data @ ..] => (false, data),
        _ => return None,
    };
    let data = data.get(..data.windows(2).position(|pair| pair == b"?=")?)?;
    let after = text.get("=??q??=".len() + charset.len() + data.len()..)?;
    // RFC 2231, section 5: a language may follow the charset.
    let charset = charset.split(|&byte| byte == b'*').next()?;
    Some(Word { charset, base64, data, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(block: &str, expected: &str, guessed: bool) {
        let rewritten = rewrite(block.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(rewritten.block).unwrap(), expected);
        assert_eq!(rewritten.guessed, guessed);
    }

    #[test]
    fn words_become_utf_8() {
        check("S: a =?iso-8859-1?Q?=FC_b?= c", "S: a =?utf-8?Q?=C3=BC=20b?= c", false);
        check("=?utf-8?b?w7w=?=", "=?utf-8?Q?=C3=BC?=", false);
        check("=?utf-8*de?b?w7w=?=", "=?utf-8?Q?=C3=BC?=", false);
        check("=?utf-8?q?a_?=", "=?utf-8?Q?a=20?=", false);
    }

    #[test]
    fn split_characters_are_joined() {
        check("=?utf-8?Q?=C3?=\n =?UTF-8?Q?=BC?=", "=?utf-8?Q?=C3=BC?=", false);
        check("=?utf-8?B?ww==?= =?utf-8?B?vA==?=", "=?utf-8?Q?=C3=BC?=", false);
        check("=?utf-8?B?ww==?==?utf-8?Q?=BC?=", "=?utf-8?Q?=C3=BC?=", false);
        check("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "=?utf-8?Q?a?= b =?utf-8?Q?c?=", false);
    }

    #[test]
    fn wrong_labels_are_repaired() {
        check("=?utf-8?Q?Gr=FC=DFe?=", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", true);
        check("=?x-unknown?Q?Gr=FC=DFe?=", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", true);
    }

    #[test]
    fn what_is_no_encoded_word_is_left_alone() {
        for block in ["Subject: a", "=?", "=?utf-8", "=?utf-8?x?a?=", "=?utf-8?q?a", "=?=?=?=?="] {
            assert_eq!(rewrite(block.as_bytes()), None, "{block}");
        }
        check("=? =?utf-8?q?a?= =?", "=? =?utf-8?Q?a?= =?", false);
    }
}
