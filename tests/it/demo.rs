//! `grussd demo`: its mails, its tables, and the program itself.

use std::collections::BTreeSet;
use std::fs;

use grussd::classify::{Label, Model, Posterior};
use grussd::command::demo::{MAILS, Page, Reason, Row, render, rows};
use grussd::mail::{self, Mail};
use grussd::verdict::{Thresholds, Verdict};
use jiff::Zoned;
use jiff::fmt::rfc2822;
use regex::Regex;

use crate::support::program::{Run, grussd, run};

/// The header of a mail, unfolded.
fn header(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (header, _) = text.split_once("\n\n").expect("a header and a body");
    header.replace("\n ", " ").replace("\n\t", " ")
}

#[track_caller]
fn field<'a>(header: &'a str, name: &str) -> &'a str {
    let mut found = header.lines().filter_map(|it| it.split_once(": "));
    found.find(|it| it.0 == name).unwrap_or_else(|| panic!("no {name} in\n{header}")).1
}

#[test]
fn mails_are_complete_and_sound() {
    let mut ids = BTreeSet::new();
    for bytes in MAILS {
        assert!(!bytes.contains(&b'\r'), "a Maildir has LF line ends");
        let header = header(bytes);
        let fields = ["Return-Path", "Delivered-To", "Received", "From", "To", "Subject"];
        for name in fields.into_iter().chain(["MIME-Version", "Content-Type"]) {
            assert!(!field(&header, name).is_empty(), "{name} in\n{header}");
        }
        assert!(ids.insert(field(&header, "Message-ID").to_owned()), "two mails of one Message-ID");
        let mail = mail::parse(bytes);
        assert!(mail.defects.is_empty(), "{:?} in\n{header}", mail.defects);
        assert!(!mail.subject.is_empty() && !mail.text.is_empty(), "{header}");
        assert_eq!(format!("<{}>", mail.message_id.unwrap()), field(&header, "Message-ID"));
    }
}

#[test]
fn dates_fit_the_season_and_each_other() {
    let mut before: Zoned = "2025-12-10T00:00[Europe/Berlin]".parse().unwrap();
    let end: Zoned = "2026-01-04T00:00[Europe/Berlin]".parse().unwrap();
    for bytes in MAILS {
        let header = header(bytes);
        // A weekday that is not that of the day is an error.
        let written = rfc2822::parse(field(&header, "Date")).unwrap();
        let (_, arrived) = field(&header, "Received").rsplit_once("; ").unwrap();
        let arrived = rfc2822::parse(arrived.trim_end_matches(" (CET)")).unwrap();
        assert!(written <= arrived, "{header}");
        assert!(before < arrived && arrived < end, "{header}");
        before = arrived;
    }
}

/// What a reader or a server could follow: header fields as they are, texts and links decoded.
fn all_text(bytes: &[u8]) -> String {
    let Mail { text, signature, quoted, hidden, links, .. } = mail::parse(bytes);
    let links: Vec<String> = links.into_iter().map(|it| it.target).collect();
    [header(bytes), text, signature, quoted, hidden, links.join("\n")].join("\n")
}

#[test]
fn hosts_are_reserved_for_examples() {
    let host = Regex::new(r"(?:@|://|from |by )([[:alnum:]-]+(?:\.[[:alnum:]-]+)+)").unwrap();
    let ip = Regex::new(r"\b\d+\.\d+\.\d+\.\d+\b").unwrap();
    // RFC 2606, RFC 5737.
    let reserved = Regex::new(r"(?:\.example|(?:^|\.)example\.(?:com|net|org))$").unwrap();
    let documented = Regex::new(r"^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.").unwrap();
    let mut seen = 0;
    for bytes in MAILS {
        let text = all_text(bytes);
        for found in host.captures_iter(&text) {
            assert!(reserved.is_match(&found[1]), "{} in\n{text}", &found[1]);
            seen += 1;
        }
        let header = header(bytes);
        let addresses: Vec<&str> =
            ip.find_iter(field(&header, "Received")).map(|it| it.as_str()).collect();
        assert_eq!(addresses.len(), 1);
        assert!(documented.is_match(addresses[0]), "{}", addresses[0]);
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn mails_show_what_mail_looks_like() {
    let parsed: Vec<Mail> = MAILS.into_iter().map(mail::parse).collect();
    let any = |it: fn(&Mail) -> bool| parsed.iter().any(it);
    assert!(any(|it| it.html && it.hidden.contains("20 %")), "a hidden preheader");
    assert!(any(|it| it.envelope.list) && any(|it| it.envelope.unsubscribe));
    assert!(any(|it| it.envelope.auto_reply) && any(|it| it.envelope.forward));
    assert!(any(|it| it.envelope.reply && !it.quoted.is_empty()));
    assert!(any(|it| it.attachments.iter().any(|it| it.media_type == "application/pdf")));
    let raw: Vec<String> =
        MAILS.into_iter().map(|it| String::from_utf8_lossy(it).to_lowercase()).collect();
    for trait_ in ["multipart/alternative", "quoted-printable", "base64", "8bit", "iso-8859-1"] {
        assert!(raw.iter().any(|it| it.contains(trait_)), "{trait_}");
    }
}

/// What each mail is by the labelling guide, in the order of [`MAILS`].
const LABELS: [Label; MAILS.len()] = {
    use Label::{Boilerplate as B, Other as O, Personal as P, Pitch as S};
    [O, O, S, O, O, B, S, P, O, S, P, B, S, O, B, B, P, P, B, S, S, P, B, B, P, O, O]
};

#[test]
fn the_built_in_model_does_not_embarrass_itself() {
    let model = Model::builtin().unwrap();
    let names = ["Petra Beispiel".to_owned()];
    let messages = MAILS.into_iter().map(|it| (it, "INBOX".to_owned()));
    let rows = rows(&model, &names, Thresholds::default(), messages);
    let mut unsure = 0;
    for (row, label) in rows.iter().zip(LABELS) {
        match row.verdict {
            Verdict::Unsure => unsure += 1,
            verdict => assert_eq!(verdict, Verdict::Sure(label), "{}", row.subject),
        }
        assert!(row.reasons.iter().map(|it| it.quotes.len()).sum::<usize>() <= 3);
        // That it is no greeting follows from the mail as a whole here, and from no sentence of it.
        let silent = row.subject == "Ihr Termin am 8. Januar um 10:15 Uhr";
        assert_eq!(row.reasons.is_empty(), silent, "{}", row.subject);
    }
    assert!((1..=4).contains(&unsure), "{unsure} of the mails are left to the owner");
}

fn row(who: &str, subject: &str, verdict: Verdict, p: [f64; 4], folder: &str) -> Row {
    Row {
        who: who.to_owned(),
        subject: subject.to_owned(),
        verdict,
        posterior: Posterior::from_log(p.map(f64::ln)),
        reasons: Vec::new(),
        folder: folder.to_owned(),
    }
}

fn because(row: Row, reasons: &[(&str, &[&str])]) -> Row {
    let reason = |(meaning, quotes): &(&str, &[&str])| Reason {
        meaning: (*meaning).to_owned(),
        quotes: quotes.iter().map(|it| (*it).to_owned()).collect(),
    };
    Row { reasons: reasons.iter().map(reason).collect(), ..row }
}

fn some_rows() -> [Row; 5] {
    let sure = Verdict::Sure;
    [
        because(
            row("Bank", "Ihr Konto", sure(Label::Other), [0.0, 0.1, 0.1, 0.8], "INBOX"),
            &[
                ("is about another matter", &["Ihr Auszug ist da.", "Der Saldo steht darin."]),
                ("footer or automatic notice", &["Bitte antworten Sie nicht."]),
            ],
        ),
        because(
            row("Shop", "20 %", sure(Label::Pitch), [0.0, 0.04, 0.96, 0.0], "Grüße/Werbung"),
            &[("offers something for sale", &["Nur heute:\n 20 % auf alles\u{1b}[5m!"])],
        ),
        row("Uwe", "Frohes Fest", Verdict::Unsure, [0.1, 0.89, 0.01, 0.0], "INBOX"),
        because(
            row(
                "Ines\u{202e}",
                "Ein Betreff, der so lang ist, dass ihn niemand bis an sein Ende lesen mag",
                sure(Label::Personal),
                [0.999, 0.001, 0.0, 0.0],
                "Grüße/Persönlich",
            ),
            &[("proposes a call or a meeting", &["Ich ruf Dich an.", "Oder Du mich?"])],
        ),
        row("Ali", "", Verdict::Unsure, [0.799, 0.2, 0.001, 0.0], "INBOX"),
    ]
}

#[track_caller]
fn check_render(page: Page, expected: &str) {
    let actual = render(&some_rows(), Thresholds::default(), page);
    assert!(actual == expected.trim_start(), "{actual}");
}

#[test]
fn tables_for_a_terminal() {
    check_render(
        Page::Terminal(72),
        r"
────────────────────────────────────────────────────────────────────────
 From and subject      Verdict and folder   Why
════════════════════════════════════════════════════════════════════════
 Ines\u{202e}          personal >99%        - proposes a call or a
 Ein Betreff, der so   Grüße/Persönlich     meeting: “Ich ruf Dich
 lang ist, dass ihn                         an.”, “Oder Du mich?”
 niemand bis an sein
 Ende…
────────────────────────────────────────────────────────────────────────
 Shop                  pitch 96%            - offers something for
 20 %                  Grüße/Werbung        sale: “Nur heute: 20 % auf
                                            alles\u{1b}[5m!”
────────────────────────────────────────────────────────────────────────

────────────────────────────────────────────────────────────────────────
 From and subject   Stays in the inbox because
════════════════════════════════════════════════════════════════════════
 Uwe                not sure enough: boilerplate 89%, personal 10%; 95%
 Frohes Fest        is needed
────────────────────────────────────────────────────────────────────────
 Ali                not sure enough: personal 79%, boilerplate 20%; 80%
                    is needed
────────────────────────────────────────────────────────────────────────
 Bank               no greeting; is about another matter: “Ihr Auszug
 Ihr Konto          ist da.”
────────────────────────────────────────────────────────────────────────
",
    );
}

#[test]
fn tables_for_a_file() {
    check_render(
        Page::Plain,
        r"
----------------------------------------------------------------------------------------------------
 From and subject              Verdict and folder   Why
====================================================================================================
 Ines\u{202e}                  personal >99%        - proposes a call or a meeting: “Ich ruf Dich
 Ein Betreff, der so lang      Grüße/Persönlich     an.”, “Oder Du mich?”
 ist, dass ihn niemand bis
 an sein Ende…
----------------------------------------------------------------------------------------------------
 Shop                          pitch 96%            - offers something for sale: “Nur heute: 20 %
 20 %                          Grüße/Werbung        auf alles\u{1b}[5m!”
----------------------------------------------------------------------------------------------------

----------------------------------------------------------------------------------
 From and subject   Stays in the inbox because
==================================================================================
 Uwe                not sure enough: boilerplate 89%, personal 10%; 95% is needed
 Frohes Fest
----------------------------------------------------------------------------------
 Ali                not sure enough: personal 79%, boilerplate 20%; 80% is needed
----------------------------------------------------------------------------------
 Bank               no greeting; is about another matter: “Ihr Auszug ist da.”
 Ihr Konto
----------------------------------------------------------------------------------
",
    );
}

#[test]
fn no_terminal_is_too_narrow_or_too_wide() {
    for columns in [0, 1, 20, 60, 61, 200, u16::MAX] {
        let text = render(&some_rows(), Thresholds::default(), Page::Terminal(columns));
        assert!(text.contains("Ali") && text.contains("Grüße/Werbung"), "{columns}:\n{text}");
    }
}

#[test]
fn the_demo_needs_nothing_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let temporary = home.path().join("tmp");
    let config = home.path().join(".config/grussd");
    fs::create_dir(&temporary).unwrap();
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("grussd.toml"), "no configuration").unwrap();
    let mut demo = grussd(home.path(), &["demo"]);
    demo.env("TMPDIR", &temporary);
    let Run { status, stdout, stderr } = run(demo);
    assert_eq!((status, stderr.as_str()), (0, ""));
    for bytes in MAILS {
        let from = mail::parse(bytes).from.unwrap().name;
        let first = from.split(' ').next().unwrap();
        assert!(stdout.contains(first), "{from} is missing in\n{stdout}");
    }
    for words in ["Grüße/Persönlich", "Grüße/Textbausteine", "Grüße/Werbung", "no greeting"]
    {
        assert!(stdout.matches(words).count() >= 4, "{words}:\n{stdout}");
    }
    assert!(stdout.contains("not sure enough: ") && stdout.ends_with("run `grussd check`.\n"));
    let shown =
        |it: char| it == '\n' || !(it.is_control() || ('\u{2500}'..='\u{257f}').contains(&it));
    assert!(stdout.chars().all(shown), "{stdout}");
    let left: Vec<_> = fs::read_dir(&temporary).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "only what the test made");
}
