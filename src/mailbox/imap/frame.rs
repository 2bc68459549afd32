//! Where a response ends, and whether it may be shown to the parser. Pure.
//!
//! imap-proto ends the session over a line that it doesn't know, panics over some
//! (`* OK [ALERT]ü`, `INTERNALDATE NIL`, METADATA) and recurses as deep as a line is nested. So it
//! sees only the kinds of untagged responses that we ask for, in bounds, and only if it can parse
//! them. Others are set aside.

use std::panic::catch_unwind;

use async_imap::imap_proto::Response;

use super::limits::{MAX_DEPTH, MAX_LINE, MAX_LITERAL, MAX_RESPONSE};

/// Looks for the end of a response in bytes that come in bit by bit.
#[derive(Debug, Default)]
pub(super) struct Framer {
    /// Up to here the bytes are known.
    at: usize,
    /// Where the line that is being read began: behind a literal, or at the response's beginning.
    line: usize,
    /// Bytes of literals so far.
    literals: usize,
}

/// What the bytes so far are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A whole response of this many bytes.
    Whole(usize),
    /// The beginning of one.
    Part,
    /// One that is larger than any that is asked for.
    TooLarge(&'static str),
}

impl Framer {
    /// Looks on. `bytes` begins where the response began, and has grown since the last look.
    pub(super) fn look(&mut self, bytes: &[u8]) -> Frame {
        loop {
            let Some(rest) = bytes.get(self.at..).filter(|it| !it.is_empty()) else {
                return self.within(Frame::Part);
            };
            let Some(newline) = rest.iter().position(|byte| *byte == b'\n') else {
                self.at = bytes.len();
                return self.within(Frame::Part);
            };
            let end = self.at + newline + 1;
            let line = bytes.get(self.line..end).unwrap_or_default();
            let literal =
                if self.line == 0 && has_no_literal(line) { None } else { announced(line) };
            match literal {
                None => {
                    self.at = end;
                    return self.within(Frame::Whole(end));
                }
                Some(size) if size > MAX_LITERAL => return Frame::TooLarge("literal"),
                Some(size) => {
                    self.at = end + size;
                    self.line = self.at;
                    self.literals += size;
                    if let too_large @ Frame::TooLarge(_) = self.within(Frame::Part) {
                        return too_large;
                    }
                }
            }
        }
    }

    fn within(&self, frame: Frame) -> Frame {
        if self.at.saturating_sub(self.literals) > MAX_LINE {
            Frame::TooLarge("line")
        } else if self.at > MAX_RESPONSE {
            Frame::TooLarge("response")
        } else {
            frame
        }
    }
}

/// Status responses and continuations end in text, in which `{9}` announces nothing.
fn has_no_literal(line: &[u8]) -> bool {
    !line.starts_with(b"* ") || is_status(second_word(line))
}

/// The size of the literal that a line announces at its end (RFC 9051, 4.3).
fn announced(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n"))?;
    let line = line.strip_suffix(b"}")?;
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    let digits = line.get(open + 1..)?;
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    // A number with more digits than fit is still an announcement, and too large.
    is_number.then(|| str::from_utf8(digits).ok()?.parse().ok()).map(|it| it.unwrap_or(usize::MAX))
}

/// What is to be done with a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The parser takes it.
    Pass,
    /// It is of no use to the parser, and nothing hangs on it.
    Aside,
    /// Nothing but a line end.
    Blank,
    /// It can't be parsed and can't be left out: the session is over.
    Fatal,
}

/// Makes a whole response fit for the parser.
pub(super) fn tame(response: &mut Vec<u8>) -> Fate {
    end_by_crlf(response);
    if response.as_slice() == b"\r\n" {
        return Fate::Blank;
    }
    let untagged = response.starts_with(b"*");
    if has_no_literal(response) {
        tame_text(response);
    } else if !is_wanted(response) || is_too_deep(response) || has_no_date(response) {
        return Fate::Aside;
    }
    match (parses(response), untagged) {
        (true, _) => Fate::Pass,
        (false, true) => Fate::Aside,
        (false, false) => Fate::Fatal,
    }
}

/// Replaces a bare LF, and takes away white space at the end, which some servers send behind
/// CAPABILITY and the parser doesn't know.
fn end_by_crlf(response: &mut Vec<u8>) {
    while response.last().is_some_and(|it| matches!(it, b'\n' | b'\r' | b' ')) {
        response.pop();
    }
    response.extend_from_slice(if response.as_slice() == b"+" { b" \r\n" } else { b"\r\n" });
}

/// A status text as the parser survives it: it cuts off the byte behind a response code, which
/// panics inside of a character, and ends at NUL.
fn tame_text(response: &mut Vec<u8>) {
    let mut tamed = Vec::with_capacity(response.len() + 1);
    for byte in response.iter().copied() {
        if !byte.is_ascii() && tamed.last() == Some(&b']') {
            tamed.push(b' ');
        }
        tamed.push(if byte == 0 { b'?' } else { byte });
    }
    *response = tamed;
}

/// Whether it is of a kind that some command of ours asks for.
fn is_wanted(response: &[u8]) -> bool {
    let mut words = response.split(|byte| matches!(byte, b' ' | b'\r'));
    let (kind, next) = (words.nth(1).unwrap_or_default(), words.next().unwrap_or_default());
    let one_of = |word: &[u8], kinds: &[&str]| {
        kinds.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()))
    };
    one_of(kind, &["CAPABILITY", "FLAGS", "ID", "LIST", "SEARCH", "VANISHED"])
        || (!kind.is_empty()
            && kind.iter().all(u8::is_ascii_digit)
            && one_of(next, &["EXISTS", "EXPUNGE", "FETCH", "RECENT"]))
}

fn is_status(word: &[u8]) -> bool {
    ["OK", "NO", "BAD", "BYE", "PREAUTH"].iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()))
}

fn second_word(line: &[u8]) -> &[u8] {
    line.split(|byte| byte.is_ascii_whitespace()).nth(1).unwrap_or_default()
}

/// What stands between literals.
fn texts(response: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = response;
    std::iter::from_fn(move || {
        let end = rest.iter().position(|byte| *byte == b'\n')? + 1;
        let (text, behind) = rest.split_at_checked(end)?;
        rest = behind.get(announced(text).unwrap_or_default()..).unwrap_or_default();
        Some(text)
    })
}

/// Whether parentheses outside of quoted strings and literals are nested deeper than anything that
/// is asked for.
fn is_too_deep(response: &[u8]) -> bool {
    let mut depth = 0_usize;
    for text in texts(response) {
        let mut quoted = false;
        let mut bytes = text.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => quoted = !quoted,
                b'\\' if quoted => _ = bytes.next(),
                b'(' if !quoted => depth += 1,
                b')' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return true;
            }
        }
    }
    false
}

/// The parser takes for granted that each message has a date.
fn has_no_date(response: &[u8]) -> bool {
    const BAIT: &[u8] = b"INTERNALDATE NIL";
    texts(response).any(|it| it.windows(BAIT.len()).any(|it| it.eq_ignore_ascii_case(BAIT)))
}

/// Whether the parser takes all of it. What makes it panic beyond what is known goes no further.
fn parses(response: &[u8]) -> bool {
    let parse = || matches!(Response::parse(response), Ok((rest, _)) if rest.is_empty());
    catch_unwind(parse).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Frames bytes that come one by one, and what is left of them.
    fn frames(bytes: &[u8]) -> (Vec<Vec<u8>>, Option<&'static str>) {
        let (mut whole, mut start, mut framer) = (Vec::new(), 0, Framer::default());
        let mut end = 0;
        while end < bytes.len() {
            end += 1;
            match framer.look(&bytes[start..end]) {
                Frame::Whole(length) => {
                    whole.push(bytes[start..start + length].to_vec());
                    (start, framer) = (start + length, Framer::default());
                }
                Frame::Part => {}
                Frame::TooLarge(what) => return (whole, Some(what)),
            }
        }
        (whole, None)
    }

    #[track_caller]
    fn check_frames(responses: &[&str]) {
        let bytes = responses.concat().into_bytes();
        let expected: Vec<Vec<u8>> = responses.iter().map(|it| it.as_bytes().to_vec()).collect();
        assert_eq!(frames(&bytes), (expected, None));
        let mut framer = Framer::default();
        assert_eq!(framer.look(&bytes), Frame::Whole(responses[0].len()));
    }

    #[test]
    fn responses_end_where_no_literal_is_announced() {
        check_frames(&["* OK hello\r\n", "* 1 EXISTS\r\n", "A1 OK done\r\n"]);
        check_frames(&["* 1 FETCH (UID 7 BODY[]<0> {7}\r\na\r\nb\r\nc)\r\n", "A1 OK\r\n"]);
        check_frames(&["* LIST () \"/\" {3}\r\na\"b\r\n", "* LIST () \"/\" {0}\r\n\r\n"]);
        check_frames(&["* 1 FETCH (X {1}\r\n( Y {1}\r\n))\r\n", "\n", "* 2 EXISTS\n"]);
        check_frames(&["* OK see {9}\r\n", "A1 NO {5}\r\n", "+ {5}\r\n", "* BYE {1}\r\n"]);
        check_frames(&["* 1 FETCH (UID {x}\r\n", "* FLAGS {}\r\n"]);
    }

    #[track_caller]
    fn check_too_large(bytes: &[u8], what: &'static str) {
        let mut framer = Framer::default();
        assert_eq!(framer.look(bytes), Frame::TooLarge(what));
    }

    #[test]
    fn whatever_is_endless_is_found_out() {
        check_too_large(&vec![b'x'; MAX_LINE + 1], "line");
        check_too_large(format!("* 1 FETCH ({}", "(".repeat(MAX_LINE)).as_bytes(), "line");
        check_too_large(b"* 1 FETCH (BODY[] {1048577}\r\n", "literal");
        check_too_large(b"* 1 FETCH (BODY[] {99999999999999999999999999}\r\n", "literal");
        let mebibyte = format!(" {{1048576}}\r\n{}", "x".repeat(1_048_576));
        check_too_large(format!("* 1 FETCH ({}", mebibyte.repeat(3)).as_bytes(), "response");
        assert_eq!(Framer::default().look(b"* 1 FETCH (BODY[] {1048576}\r\n"), Frame::Part);
    }

    #[track_caller]
    fn check(response: &str, fate: Fate) {
        let mut bytes = response.as_bytes().to_vec();
        assert_eq!(tame(&mut bytes), fate, "{response:?}");
    }

    #[track_caller]
    fn check_tamed(response: &[u8], tamed: &[u8]) {
        let mut bytes = response.to_vec();
        assert_eq!(tame(&mut bytes), Fate::Pass);
        assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(tamed));
    }

    #[test]
    fn what_is_asked_for_passes() {
        for response in [
            "* OK [CAPABILITY IMAP4rev1 IDLE] Dovecot ready.\r\n",
            "* CAPABILITY IMAP4rev1 IDLE\r\n",
            "* LIST (\\HasNoChildren) \"/\" \"Gr&APwA3w-e\"\r\n",
            "* 12 FETCH (UID 7 FLAGS (\\Seen) RFC822.SIZE 5 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
            "* 12 FETCH (UID 7 BODY[]<0> {3}\r\na\0b)\r\n",
            "* 12 FETCH (UID 7 BODY[]<0> NIL)\r\n",
            "* OK [COPYUID 9 1:3 4:6] Moved UIDs.\r\n",
            "* SEARCH\r\n",
            "* SEARCH 1 2 3\r\n",
            "* 3 EXISTS\r\n",
            "* VANISHED 3:5\r\n",
            "* ID (\"name\" \"Dovecot\")\r\n",
            "* ID NIL\r\n",
            "+ idling\r\n",
            "A0001 OK [READ-WRITE] done\r\n",
            "A0001 NO [OVERQUOTA] Quota exceeded\r\n",
            "A0001 OK\r\n",
        ] {
            check(response, Fate::Pass);
        }
    }

    #[test]
    fn what_would_end_the_session_is_set_aside() {
        let deep = format!("* 1 FETCH (BODYSTRUCTURE {}1{})\r\n", "(".repeat(9), ")".repeat(9));
        for response in [
            "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n",
            "* ESEARCH (TAG \"A1\") UID COUNT 3\r\n",
            "* METADATA \"x\" (/strange \"y\")\r\n",
            "* METADATA \"x\" /private/vendor/\u{1}\r\n",
            "* STATUS x (MESSAGES 3)\r\n",
            "* 1 FETCH (UID 7 INTERNALDATE NIL)\r\n",
            "* 1 FETCH (UID 99999999999999)\r\n* 2",
            "* 1 FETCH (X (a (b) c) UID 7)\r\n",
            "* 4294967296 EXISTS\r\n",
            "* -1 EXISTS\r\n",
            "* FLAGS (\0)\r\n",
            "* WHATEVER\r\n",
            "* \r\n",
            "*  OK\r\n",
            "*\r\n",
            "**\r\n",
            &deep,
        ] {
            check(response, Fate::Aside);
        }
        for blank in ["\r\n", "\n", "  \r\n"] {
            check(blank, Fate::Blank);
        }
        for fatal in ["A0001 WHAT\r\n", "garbage\r\n", "\0\r\n"] {
            check(fatal, Fate::Fatal);
        }
    }

    #[test]
    fn what_can_be_mended_is_mended() {
        check_tamed("* OK [ALERT]über\r\n".as_bytes(), "* OK [ALERT] über\r\n".as_bytes());
        check_tamed("A1 NO [ALERT]über\n".as_bytes(), "A1 NO [ALERT] über\r\n".as_bytes());
        check_tamed(b"* OK [ALERT]\xff\r\n", b"* OK [ALERT] \xff\r\n");
        check_tamed("+ [ALERT]ü\r\n".as_bytes(), "+ [ALERT] ü\r\n".as_bytes());
        check_tamed(b"* OK a\0b\r\n", b"* OK a?b\r\n");
        check_tamed(b"* CAPABILITY IMAP4rev1 IDLE  \r\n", b"* CAPABILITY IMAP4rev1 IDLE\r\n");
        check_tamed(b"+\r\n", b"+ \r\n");
        check_tamed(b"* 3 EXISTS\n", b"* 3 EXISTS\r\n");
    }

    #[test]
    fn parentheses_count_outside_of_strings_only() {
        let text = "(".repeat(20);
        check(&format!("* 1 FETCH (UID 7 BODY[] \"{text}\")\r\n"), Fate::Pass);
        check(&format!("* 1 FETCH (UID 7 BODY[] \"\\\"{text}\")\r\n"), Fate::Pass);
        check(&format!("* 1 FETCH (UID 7 BODY[] {{20}}\r\n{text})\r\n"), Fate::Pass);
        check(&format!("* 1 FETCH (UID 7 BODY[] {{20}}\r\n{text}){text}\r\n"), Fate::Aside);
        check(&format!("A1 NO {text}\r\n"), Fate::Pass);
        check("* 1 FETCH (UID 7 BODY[] {16}\r\nINTERNALDATE NIL)\r\n", Fate::Pass);
        check("* 1 FETCH (BODY[] {1}\r\na internaldate nil)\r\n", Fate::Aside);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn no_bytes_are_too_strange(
            words in prop::collection::vec(prop_oneof![
                Just("* "), Just("A1 "), Just("OK "), Just("["), Just("]"), Just("ALERT"),
                Just("COPYUID 1 "), Just("1:3"), Just(" "), Just("12 FETCH ("), Just("UID 7"),
                Just("INTERNALDATE "), Just("NIL"), Just("{3}\r\n"), Just("\""), Just("\\"),
                Just("ü"), Just("\0"), Just("FLAGS ("), Just(")"), Just("("), Just("METADATA "),
                Just("LIST "), Just("SEARCH"), Just("4294967296"), Just("-1"), Just("ID "),
                Just("CAPABILITY IMAP4rev1"), Just("BODY[]<0> "), Just("X-GM-LABELS "),
                Just("ENVELOPE "), Just("BODYSTRUCTURE "), Just("PERMANENTFLAGS "),
            ], 0..24),
            noise in prop::collection::vec(any::<u8>(), 0..8),
            place in 0usize..100,
        ) {
            let mut bytes = words.concat().into_bytes();
            let place = place.min(bytes.len());
            bytes.splice(place..place, noise);
            bytes.extend_from_slice(b"\r\n");
            let (whole, _) = frames(&bytes);
            for mut response in whole {
                let fate = tame(&mut response);
                let parse = || Response::parse(&response).is_ok();
                prop_assert!(fate != Fate::Pass || catch_unwind(parse).unwrap_or(false));
            }
        }
    }
}
