//! Bytes that nobody sends by mistake: no panic, no long time, nothing invisible in the result.

use std::time::{Duration, Instant};

use grussd::mail::{Defect, MAX_LINKS, MAX_MESSAGE_BYTES, Mail, parse};
use proptest::prelude::*;
use proptest::sample::Index;
use unicode_normalization::is_nfc;

use super::fixtures;

/// What holds for every message.
#[track_caller]
fn check_promises(mail: &Mail) {
    let links = mail.links.iter().flat_map(|link| [&link.target, &link.text]);
    let files = mail.attachments.iter().flat_map(|file| [&file.name, &file.media_type]);
    let people = mail.from.iter().chain(&mail.reply_to).chain(&mail.to).chain(&mail.cc);
    let people = people.flat_map(|person| [&person.name, &person.address]);
    let lines = [&mail.subject]
        .into_iter()
        .chain(&mail.message_id)
        .chain(&mail.references)
        .chain(&mail.image_texts)
        .chain(links)
        .chain(files)
        .chain(people);
    for line in lines {
        assert!(!line.contains('\n'), "one line: {line:?}");
        check_text(line);
    }
    for text in [&mail.text, &mail.signature, &mail.quoted, &mail.forwarded, &mail.hidden] {
        assert_eq!(text.trim_matches('\n'), text, "no blank lines around");
        check_text(text);
    }
    assert!(!mail.text.contains("\n\n\n"), "single blank lines: {:?}", mail.text);
    assert!(mail.links.len() <= MAX_LINKS);
    assert!(mail.image_texts.len() <= mail.images && mail.images <= 2 * MAX_LINKS);
}

#[track_caller]
fn check_text(text: &str) {
    let invisible = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    assert!(!text.contains(invisible), "{text:?}");
    assert!(is_nfc(text), "{text:?}");
}

/// Pieces that messages are made of, to get past the first line of the parser.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "From: ",
        "Subject: ",
        "To: ",
        "Content-Type: ",
        "multipart/mixed",
        "multipart/alternative",
        "; boundary=b",
        "text/plain",
        "text/html",
        "; charset=utf-8",
        "; charset=utf-16",
        "; format=flowed; delsp=yes",
        "message/rfc822",
        "Content-Transfer-Encoding: ",
        "base64",
        "quoted-printable",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\n--b\n",
        "\n--b--\n",
        "--",
        "=",
        "==",
        "=\n",
        "=C3=BC",
        "=?utf-8?Q?=C3?=",
        "=?utf-8?B?vA==?=",
        "=?",
        "?=",
        "<",
        ">",
        "<p>",
        "</p>",
        "<div",
        "<blockquote type=cite>",
        "</blockquote>",
        "<a href=\"x\">",
        "</a>",
        "<!--",
        "-->",
        "<style>",
        "<img alt='\u{1f384}' src=cid:a>",
        " style='display:none'",
        "&auml;",
        "&#776;",
        "&#8205;",
        "&",
        "> ",
        ">> ",
        "-- \n",
        "--\n",
        "Am 24.12.2024 um 10:11 schrieb Petra:\n",
        "wrote:\n",
        "Von: a\n",
        "Gesendet: b\n",
        "An: c\n",
        "Betreff: d\n",
        "-----Original Message-----\n",
        "Viele Grüße\n",
        "Petra\n",
        "Tel. 030 1234567\n",
        "Von meinem iPhone gesendet\n",
        "______\n",
        "P.S.: a\n",
        "https://example.org/a",
        "u\u{308}",
        "\u{200d}",
        "\u{202e}",
        "\u{0}",
        "\u{1b}",
        "a",
        "Wort ",
        " ",
        "\t",
        "ein längerer Satz, der die Zeile füllt, bis kein Wort mehr passt und\n",
    ]);
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat().into_bytes())
}

/// Pieces that headers are made of: mail-parser reads them, and it is not ours.
fn header_pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "From: ",
        "To: ",
        "Cc: ",
        "Reply-To: ",
        "Subject: ",
        "Date: ",
        "Message-ID: ",
        "References: ",
        "In-Reply-To: ",
        "Content-Type: ",
        "Content-Disposition: ",
        "Content-ID: ",
        "Received: ",
        "Content-Transfer-Encoding: ",
        "Auto-Submitted: ",
        "\n",
        "\n ",
        "\n\t",
        ":",
        ";",
        ",",
        "<",
        ">",
        "(",
        ")",
        "\"",
        "\\",
        "@",
        ".",
        "=",
        "*",
        "'",
        "%",
        "?",
        "=?",
        "?=",
        "=?utf-8?q?",
        "=?utf-8?b?",
        "=?x?b?",
        "=C3",
        "=",
        "a",
        "B c",
        "ü",
        "\u{0}",
        "\u{7f}",
        "1",
        "99999",
        "24",
        "Tue",
        "Dec",
        "2024",
        "10:11:12",
        "+0100",
        "-9999",
        "(CET)",
        "GMT",
        "charset",
        "name*0*=utf-8''%C3",
        "name*1=",
        "text/plain",
        "multipart/mixed",
        "boundary",
        "attachment",
        "filename*",
        "utf-8",
        "undisclosed:;",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        check_promises(&parse(&bytes));
    }

    #[test]
    fn any_text_with_a_header(body in "\\PC{0,400}", header in "[ -~\\n]{0,200}") {
        check_promises(&parse(format!("Subject: {body}\n{header}\n\n{body}").as_bytes()));
    }

    #[test]
    fn pieces_in_any_order(bytes in pieces()) {
        check_promises(&parse(&bytes));
    }

    #[test]
    fn header_pieces_in_any_order(bytes in header_pieces()) {
        check_promises(&parse(&bytes));
    }

    #[test]
    fn damaged_fixtures(
        which in any::<Index>(),
        cuts in prop::collection::vec((any::<Index>(), any::<Index>(), any::<u8>()), 1..6),
    ) {
        let fixtures = fixtures();
        let mut bytes = which.get(&fixtures).1.clone();
        for (from, to, byte) in cuts {
            if bytes.is_empty() {
                break;
            }
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            match byte % 4 {
                0 => bytes[from] = byte,
                1 => bytes.truncate(from),
                2 => bytes.swap(from, to),
                _ => {
                    let copy = bytes[from.min(to)..from.max(to)].to_vec();
                    bytes.splice(from..from, copy);
                }
            }
        }
        check_promises(&parse(&bytes));
    }
}

/// A message that repeats a piece up to a megabyte and more.
fn bomb(head: &str, piece: &str) -> Vec<u8> {
    let count = 1_200_000 / piece.len();
    [head.as_bytes(), piece.repeat(count).as_bytes(), b"\n"].concat()
}

#[test]
fn bombs_are_read_in_no_time() {
    const PLAIN: &str = "Subject: x\nContent-Type: text/plain; charset=utf-8\n\n";
    const HTML: &str = "Subject: x\nContent-Type: text/html; charset=utf-8\n\n";
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });
    let mut bombs = vec![
        (bomb("", "a"), "no header"),
        (bomb("Subject: ", "a"), "one long header line"),
        (bomb("Subject: ", "=?a?q?"), "beginnings of encoded words"),
        (bomb("Subject: ", "=?utf-8?q?=C3?= "), "encoded words"),
        (bomb("Subject: a", "\n "), "a folded header line"),
        (bomb("To: ", "a@example.org, "), "addresses"),
        (bomb("To: ", "("), "nested comments"),
        (bomb("To: ", "a <\"\\"), "broken addresses"),
        (bomb("References: ", "<a@b>"), "references"),
        (bomb("Content-Type: text/plain", "; a=b"), "parameters"),
        (bomb("Content-Type: text/plain", "; a*0=b"), "continued parameters"),
        (bomb("", "X: y\n"), "header fields"),
        (bomb("Content-Type: multipart/mixed; boundary=b\n\n", "--b\n"), "parts"),
        (bomb("Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n"), "parts with text"),
        (bomb("", "Content-Type: message/rfc822\n\n"), "nested messages"),
        (bomb("", "Content-Type: multipart/mixed; boundary=b\n\n--b\n"), "nested parts, one name"),
        (bomb(PLAIN, "wort "), "words"),
        (bomb(PLAIN, "a\n"), "short lines"),
        (bomb(PLAIN, "\n"), "blank lines"),
        (bomb(PLAIN, "> "), "quote marks"),
        (bomb(PLAIN, "> a\nb\n"), "interleaved quotes"),
        (bomb(PLAIN, "schrieb:\n"), "attribution lines"),
        (bomb(PLAIN, "Am 24.12.2024 um 10:11 schrieb:\n\n\n\n"), "attribution lines and gaps"),
        (bomb(PLAIN, "Von: a\n"), "labels"),
        (bomb(PLAIN, "-- \n"), "separators"),
        (bomb(PLAIN, "--\n\n\n\n\n"), "separators and gaps"),
        (bomb(PLAIN, "______\n"), "rules"),
        (bomb(PLAIN, "Viele Grüße\n\n"), "closing formulas"),
        (bomb(PLAIN, "Tel. 030 1234567\nFax 030 1234568\n\n"), "contact data"),
        (bomb(PLAIN, "http://a "), "broken addresses of the web"),
        (bomb(PLAIN, "http://a.b/"), "addresses of the web"),
        (bomb(PLAIN, "-----\n"), "dashes"),
        (bomb(PLAIN, "u\u{308}"), "combining characters"),
        (bomb(HTML, "<"), "angle brackets"),
        (bomb(HTML, "</"), "ends of tags"),
        (bomb(HTML, "<a \""), "open quotes"),
        (bomb(HTML, "<a b='"), "open values"),
        (bomb(HTML, "<!--"), "open comments"),
        (bomb(HTML, "<style></"), "open style sheets"),
        (bomb(HTML, "<div>"), "nested elements"),
        (bomb(HTML, "<ul><li>"), "nested lists"),
        (bomb(HTML, "<table><tr><td>"), "nested tables"),
        (bomb(HTML, "<blockquote type=cite>"), "nested quotations"),
        (bomb(HTML, "</div>"), "ends of nothing"),
        (bomb(HTML, "<p><b>"), "open inline elements"),
        (bomb(HTML, "<a href=x>y"), "links"),
        (bomb(HTML, "<img alt=x>"), "images"),
        (bomb(HTML, "<br>"), "line breaks"),
        (bomb(HTML, "<div class=gmail_attr>a</div>"), "marked attribution lines"),
        (bomb(HTML, "&"), "ampersands"),
        (bomb(HTML, "&amp"), "references"),
        (bomb(HTML, "&#8205;"), "joiners"),
        (bomb(HTML, "<p style=\"a:b;"), "declarations"),
    ];
    let mut nested = String::new();
    for depth in 0..10_000 {
        nested += &format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n");
    }
    bombs.push((nested.into_bytes(), "parts 10,000 deep"));
    let mut missing = "Content-Type: multipart/mixed; boundary=a\n\n".to_owned();
    for part in 0..10_000 {
        missing += &format!("--a\nContent-Type: multipart/mixed; boundary=b{part}\n\n");
    }
    bombs.push((missing.into_bytes(), "parts without their boundaries"));
    for (bytes, name) in bombs {
        let begin = Instant::now();
        let mail = parse(&bytes);
        let took = begin.elapsed();
        assert!(took < limit, "{name}: {took:?}");
        assert!(mail.defects.contains(&Defect::Cut), "{name}");
        check_promises(&mail);
    }
}

#[test]
fn what_is_cut_off_is_said() {
    let message = |length: usize| {
        let mut bytes = b"Subject: x\n\n".to_vec();
        bytes.resize(length, b'a');
        parse(&bytes).defects.contains(&Defect::Cut)
    };
    assert!(!message(MAX_MESSAGE_BYTES - 1));
    assert!(message(MAX_MESSAGE_BYTES));
}

#[test]
fn more_than_is_looked_at_is_said() {
    let html = |piece: &str| {
        let mut bytes = b"Subject: x\nContent-Type: text/html\n\n".to_vec();
        bytes.extend(piece.repeat(300).into_bytes());
        parse(&bytes)
    };
    let links = html("<a href=x>y</a>");
    assert_eq!(links.links.len(), MAX_LINKS);
    assert!(links.defects.contains(&Defect::TooMuch));
    let images = html("<img alt=x>");
    assert_eq!(images.images, MAX_LINKS);
    assert!(images.defects.contains(&Defect::TooMuch));
    let deep = html("<div>");
    assert!(deep.defects.contains(&Defect::TooMuch));
}
