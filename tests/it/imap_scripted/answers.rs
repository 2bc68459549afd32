//! What is believed of an answer, and what is not.

use std::time::Duration;

use grussd::mailbox::imap::Timeouts;
use grussd::mailbox::{FilingMethod, Mailbox, MailboxError, Mark, MessageKey, Transfer};

use super::super::support::scripted::Script;
use super::{
    SOON, impatient, key, keys, kind, logged_in, patient, selecting, talk, talk_within, timed,
};

const LISTING: &str = "\\(UID FLAGS RFC822\\.SIZE INTERNALDATE\\)";

/// Lists an inbox of which the server sends these lines, and what it asked again.
#[track_caller]
fn check_list(lines: &[&str], again: &[(&str, &[&str])], expected: &[u32]) {
    let mut script =
        selecting(logged_in(), "EXAMINE", "INBOX").hear(&format!("UID FETCH 1:\\* {LISTING}"));
    for line in lines {
        script = script.say(line);
    }
    script = script.tagged("OK done");
    for (command, lines) in again {
        script = script.hear(command);
        for line in *lines {
            script = script.say(line);
        }
        script = script.tagged("OK done");
    }
    let listed = talk(script, async |it| it.list("INBOX", None).await.unwrap());
    let expected: Vec<MessageKey> = keys(expected.iter().copied());
    assert_eq!(listed.into_iter().map(|it| it.key).collect::<Vec<_>>(), expected);
}

#[test]
fn a_listing_holds_what_can_be_true() {
    check_list(
        &[
            "* 2 FETCH (UID 7 FLAGS (\\Deleted) RFC822.SIZE 5 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")",
            "* 1 FETCH (INTERNALDATE \"nonsense\" RFC822.SIZE 0 FLAGS () UID 4294967295)",
            "* 3 FETCH (UID 0 FLAGS () RFC822.SIZE 5)",
            "* 3 FETCH (FLAGS () RFC822.SIZE 5)",
            "* 3 FETCH (UID 10 FLAGS (\\Seen))",
            "* 3 FETCH (UID 3 RFC822.SIZE 5 FLAGS ())",
        ],
        &[],
        &[3, 7, 4_294_967_295],
    );
    check_list(&[], &[], &[]);
}

#[test]
fn a_line_that_can_t_be_parsed_is_asked_for_once_more() {
    let bad = [
        "* 3 FETCH (UID 5 FLAGS () RFC822.SIZE 5 INTERNALDATE NIL)",
        "* 3 FETCH (UID 5 FLAGS (\u{0}) RFC822.SIZE 5)",
        "* 3 FETCH (UID 5 X-STRANGE (a (b) c) FLAGS () RFC822.SIZE 5)",
        "* 3 FETCH (UID 4294967296 FLAGS () RFC822.SIZE 5)",
        "* 3 FETCH (UID -5 FLAGS () RFC822.SIZE 5)",
        "* 3 FETCH (UID 5 FLAGS () RFC822.SIZE -5)",
        "* 3 FETCH (UID 5 FLAGS () RFC822.SIZE 4294967296)",
        "* 3 FETCH (((((((((((((((((((((((((((UID 5)))))))))))))))))))))))))))",
    ];
    let good = "* 2 FETCH (UID 7 FLAGS () RFC822.SIZE 5)";
    let found = "* 3 FETCH (UID 5 FLAGS () RFC822.SIZE 5)";
    for line in bad {
        let search: (&str, &[&str]) = ("UID SEARCH UID 1:\\*", &["* SEARCH 5 7"]);
        let single = format!("UID FETCH 5 {LISTING}");
        check_list(&[line, good], &[search, (&single, &[found])], &[5, 7]);
        // That one can't be listed keeps nobody from the others.
        check_list(&[good, line], &[search, (&single, &[line])], &[7]);
        // A server that says so of all of them.
        check_list(&[line, good], &[("UID SEARCH UID 1:\\*", &["* SEARCH 7"])], &[7]);
    }
}

#[test]
fn beyond_the_end_there_is_nothing() {
    let script = selecting(logged_in(), "EXAMINE", "INBOX")
        .hear("UID FETCH 21:\\* .*")
        .say("* 20 FETCH (UID 20 FLAGS () RFC822.SIZE 5)")
        .tagged("OK done");
    let mark = Mark::Imap { uid_validity: 9, uid_next: 21 };
    let listed = talk(script, async |it| it.list("INBOX", Some(&mark)).await.unwrap());
    assert_eq!(listed, []);
}

/// Fetches 3, 4 and 5.
#[track_caller]
fn check_fetch(lines: &[&str], again: &[(u32, &[&str])], expected: &[(u32, &str)]) {
    let mut script = selecting(logged_in(), "EXAMINE", "INBOX")
        .hear("UID FETCH 3:5 \\(UID BODY\\.PEEK\\[\\]<0\\.8>\\)");
    for line in lines {
        script = script.say(line);
    }
    script = script.tagged("OK done");
    for (uid, lines) in again {
        script = script.hear(&format!("UID FETCH {uid} .*"));
        for line in *lines {
            script = script.say(line);
        }
        script = script.tagged("OK done");
    }
    let fetched = talk(script, async |it| it.fetch("INBOX", &keys(3..=5), 8).await.unwrap());
    let found: Vec<(MessageKey, String)> = fetched
        .into_iter()
        .map(|it| (it.key, String::from_utf8_lossy(&it.bytes).into_owned()))
        .collect();
    let expected: Vec<_> =
        expected.iter().map(|(uid, text)| (key(*uid), (*text).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn only_what_was_asked_for_is_fetched() {
    // What is missing without a sign of trouble is gone.
    check_fetch(&["* 3 FETCH (UID 4 BODY[]<0> \"four\")"], &[], &[(4, "four")]);
    check_fetch(&[], &[], &[]);
    check_fetch(
        &["* 3 FETCH (UID 4 BODY[]<0> {6}\r\n(\r\n\"\\\0)", "* 9 FETCH (BODY[]<0> NIL UID 5)"],
        &[],
        &[(4, "(\r\n\"\\\0")],
    );
    // More than was asked for is cut.
    check_fetch(&["* 3 FETCH (UID 4 BODY[] \"0123456789\")"], &[], &[(4, "01234567")]);
    // To be told twice is no harm.
    check_fetch(
        &["* 3 FETCH (UID 4 BODY[]<0> \"a\")", "* 3 FETCH (UID 4 BODY[]<0> \"a\")"],
        &[],
        &[(4, "a")],
    );
    // Another part is not the message.
    check_fetch(
        &["* 3 FETCH (UID 4 BODY[TEXT]<0> \"a\")", "* 3 FETCH (UID 5 BODY[]<7> \"b\")"],
        &[],
        &[],
    );
    // Where somebody else's message came, the others may have wrong names.
    for other in [
        "UID 77 BODY[]<0> \"evil\"",
        "BODY[]<0> \"evil\"",
        "UID 0 BODY[]<0> \"evil\"",
        "UID 4 BODY[]<0> \"evil\"",
    ] {
        check_fetch(
            &["* 3 FETCH (UID 4 BODY[]<0> \"five\")", &format!("* 3 FETCH ({other})")],
            &[
                (3, &["* 2 FETCH (UID 3 BODY[]<0> \"three\")"]),
                (4, &["* 3 FETCH (UID 4 BODY[]<0> \"four\")"]),
                (5, &[]),
            ],
            &[(3, "three"), (4, "four")],
        );
    }
    check_fetch(
        &["* 3 FETCH (UID 4 BODY[]<0> \"four\" X ((((((((((1)))))))))))"],
        &[(3, &[]), (4, &["* 3 FETCH (UID 4 BODY[]<0> \"four\")"]), (5, &[])],
        &[(4, "four")],
    );
}

/// FAULTS.md A11.
#[test]
fn a_server_that_mixes_up_messages_is_left() {
    let script = selecting(logged_in(), "EXAMINE", "INBOX")
        .hear("UID FETCH 3:5 .*")
        .say("* 2 FETCH (UID 4 BODY[]<0> \"three\")")
        .say("* 3 FETCH (UID 5 BODY[]<0> \"four\")")
        .say("* 4 FETCH (UID 6 BODY[]<0> \"five\")")
        .tagged("OK done")
        .hear("UID FETCH 3 .*")
        .say("* 2 FETCH (UID 4 BODY[]<0> \"three\")")
        .tagged("OK done");
    let error = talk(script, async |it| it.fetch("INBOX", &keys(3..=5), 8).await.unwrap_err());
    assert_eq!(kind(&error), "protocol", "{error}");
    assert!(error.to_string().contains("another message than UID 3 of INBOX"), "{error}");
}

#[test]
fn what_has_no_end_is_given_up_soon() {
    let begun = || selecting(logged_in(), "EXAMINE", "INBOX").hear("UID FETCH .*");
    let deep = format!("* 1 FETCH (UID 3 BODYSTRUCTURE {}", "(".repeat(200_000));
    let storm = b"* 7 FETCH (UID 7 FLAGS () RFC822.SIZE 5)\r\n";
    for (script, expected) in [
        (begun().flood(b"x", 1 << 30), "protocol"),
        (begun().raw(b"* 1 FETCH (").flood(b"(", 1 << 30), "protocol"),
        (
            begun().raw(b"* 1 FETCH (UID 3 BODY[]<0> {4000000000}\r\n").flood(b"x", 1 << 30),
            "protocol",
        ),
        (
            begun()
                .raw(b"* 1 FETCH (UID 3 BODY[]<0> {1000000}\r\n")
                .flood(b"{1000000}\r\n", 1 << 30),
            "protocol",
        ),
        (begun().raw(b"* 1 FETCH (UID 3 X {0}\r\n").flood(b" {0}\r\n", 1 << 30), "protocol"),
        (begun().flood(storm, 1 << 30), "protocol"),
        (begun().flood(b"* OK still there\r\n", 1 << 30), "protocol"),
        (begun().flood(b"* STRANGE\r\n", 1 << 30), "protocol"),
        (begun().flood(b"\r\n", 1 << 30), "protocol"),
        (begun().raw(deep.as_bytes()).silence(), "timeout"),
        (begun().say(&deep).silence(), "timeout"),
    ] {
        let timeouts = Timeouts { silence: SOON, ..Timeouts::default() };
        let ((result, time), _) =
            talk_within(timeouts, script, async |it| timed(it.list("INBOX", None)).await);
        assert_eq!(kind(&result.unwrap_err()), expected);
        assert!(time < Duration::from_secs(20), "{time:?}");
    }
}

#[test]
fn a_slow_line_is_slow_and_no_more() {
    let body = "x".repeat(200);
    let line = format!("* 3 FETCH (UID 3 BODY[]<0> {{200}}\r\n{body})\r\n{{tag}} OK done\r\n");
    let fetch = || selecting(logged_in(), "EXAMINE", "INBOX").hear("UID FETCH 3 .*");
    // Slower as a whole than silence may last.
    let timeouts = Timeouts { silence: SOON, ..Timeouts::default() };
    let script = fetch().drip(line.as_bytes(), Duration::from_millis(4));
    let ((fetched, time), _) =
        talk_within(timeouts, script, async |it| timed(it.fetch("INBOX", &keys([3]), 1000)).await);
    assert_eq!(fetched.unwrap()[0].bytes, body.as_bytes());
    assert!(time > SOON, "{time:?}");
    // Whoever dawdles on purpose is given up.
    let script = fetch().drip(line.as_bytes(), Duration::from_millis(20));
    let ((fetched, time), _) = talk_within(impatient(), script, async |it| {
        timed(it.fetch("INBOX", &keys([3]), 1000)).await
    });
    assert_eq!(kind(&fetched.unwrap_err()), "timeout");
    assert!(time < 4 * SOON, "{time:?}");
}

/// Moves 3, 4 and 5; gives back what is proved.
#[track_caller]
fn check_move(answers: &[&str], end: &str, expected: &[(u32, u32)]) {
    let mut script = selecting(logged_in(), "SELECT", "INBOX").hear("UID MOVE 3:5 \"x\"");
    for line in answers {
        script = script.say(line);
    }
    let script = script.tagged(end);
    let proved = talk(script, async |it| it.relocate("INBOX", &keys(3..=5), "x").await.unwrap());
    let place = |uid| MessageKey::Imap { uid_validity: 7, uid };
    let expected: Vec<Transfer> = expected
        .iter()
        .map(|(from, to)| Transfer { from: key(*from), to: Some(place(*to)) })
        .collect();
    assert_eq!(proved, expected);
}

#[test]
fn only_copyuid_proves_a_move() {
    let all = [(3, 11), (4, 12), (5, 13)];
    check_move(&["* OK [COPYUID 7 3:5 11:13] moved", "* 3 EXPUNGE"], "OK done", &all);
    check_move(&[], "OK [COPYUID 7 3:5 11:13] moved", &all);
    check_move(&["* OK [COPYUID 7 3 11]"], "OK [COPYUID 7 4:5 12:13] moved", &all);
    check_move(&["* OK [COPYUID 7 4 12] moved"], "OK done", &[(4, 12)]);
    for garbage in [
        "OK done",
        "OK [COPYUID 7 3:6 11:14] moved",
        "OK [COPYUID 7 3:5 11:12] moved",
        "OK [COPYUID 7 3:5 0:2] moved",
        "OK [COPYUID 0 3:5 11:13] moved",
        "OK [COPYUID 7 1:4294967295 1:4294967295] moved",
        "OK [COPYUID 7 3,3,3 11:13] moved",
        "OK [COPYUID 7 3:5 11,11,11] moved",
        "OK [COPYUID 99999999999999 3:5 11:13] moved",
        "OK [COPYUID 7 3:5 * 11] moved",
        "OK [COPYUID -7 3:5 11:13] moved",
        "OK [COPYUID 7 \"3:5\" 11:13] moved",
        "OK [COPYUID] moved",
        "OK [COPYUID 7 , ,]",
        "OK [APPENDUID 7 11] moved",
    ] {
        check_move(&[], garbage, &[]);
    }
    // A refusal proves nothing either, and is said.
    let script = selecting(logged_in(), "SELECT", "INBOX")
        .hear("UID MOVE .*")
        .say("* OK [COPYUID 7 3:5 11:13] moved")
        .tagged("NO [TRYCREATE] no such folder");
    let error = talk(script, async |it| it.relocate("INBOX", &keys(3..=5), "x").await.unwrap_err());
    let MailboxError::Refused { command, code, .. } = error else { panic!("{error}") };
    assert_eq!(
        (command.as_str(), code.as_deref()),
        ("UID MOVE from INBOX to x", Some("TRYCREATE"))
    );
}

#[test]
fn a_server_without_copyuid_is_looked_at_before_and_after() {
    let script = Script::logged_in("IMAP4rev1 MOVE");
    let script = selecting(script, "SELECT", "INBOX")
        .hear("UID SEARCH UID 3:5")
        .say("* SEARCH 3 5 77")
        .tagged("OK done")
        .hear("UID MOVE 3:5 \"x\"")
        .tagged("OK done")
        .hear("UID SEARCH UID 3,5")
        .say("* SEARCH 5")
        .tagged("OK done");
    let proved = talk(script, async |it| it.relocate("INBOX", &keys(3..=5), "x").await.unwrap());
    assert_eq!(proved, [Transfer { from: key(3), to: None }]);

    // An answer without a result is none that anything is gone.
    let script = Script::logged_in("IMAP4rev1 MOVE");
    let script = selecting(script, "SELECT", "INBOX").hear("UID SEARCH UID 3:5").tagged("OK done");
    let error = talk(script, async |it| it.relocate("INBOX", &keys(3..=5), "x").await.unwrap_err());
    assert_eq!(kind(&error), "protocol");
}

#[test]
fn in_a_folder_that_is_read_only_nothing_is_changed() {
    let script = logged_in()
        .hear("SELECT \"INBOX\"")
        .say("* 20 EXISTS")
        .say("* OK [UIDVALIDITY 9] valid")
        .say("* OK [UIDNEXT 21] next")
        .tagged("OK [READ-ONLY] done")
        .silence();
    let (_, heard) = talk_within(patient(), script, async |it| {
        let state = it.status("INBOX").await.unwrap();
        assert!(state.read_only);
        let some = keys([3]);
        for error in [
            it.relocate("INBOX", &some, "x").await.unwrap_err(),
            it.copy("INBOX", &some, "x").await.unwrap_err(),
            it.remove_copied("INBOX", &some).await.unwrap_err(),
            it.keep("INBOX", &some).await.unwrap_err(),
            it.tag("INBOX", &some, "GrussdPitch").await.unwrap_err(),
        ] {
            let MailboxError::Refused { code, .. } = &error else { panic!("{error}") };
            assert_eq!(code.as_deref(), Some("READ-ONLY"));
        }
    });
    // Not a single command came after SELECT.
    let end = b"SELECT \"INBOX\"\r\n";
    assert!(heard.bytes.ends_with(end), "{}", String::from_utf8_lossy(&heard.bytes));
}

#[test]
fn a_folder_without_keywords_gets_none() {
    let script = logged_in()
        .hear("SELECT .*")
        .say("* OK [PERMANENTFLAGS (\\Answered \\Deleted)] limited")
        .say("* OK [UIDVALIDITY 9] valid")
        .tagged("OK [READ-WRITE] done");
    let error = talk(script, async |it| it.tag("INBOX", &keys([3]), "X").await.unwrap_err());
    assert_eq!(kind(&error), "refused");
}

#[test]
fn a_folder_is_selected_once() {
    let script = selecting(logged_in(), "EXAMINE", "INBOX").hear("UID FETCH .*").tagged("OK");
    let script = script.hear("UID FETCH .*").tagged("OK");
    let script = selecting(script, "SELECT", "INBOX").hear("UID MOVE .*").tagged("OK");
    let script =
        script.hear("UID FETCH .*").tagged("OK").hear("UID SEARCH .*").say("* SEARCH").tagged("OK");
    let script = selecting(script, "EXAMINE", "x").hear("UID FETCH .*").tagged("OK");
    talk(script, async |it| {
        it.list("INBOX", None).await.unwrap();
        it.fetch("INBOX", &keys([3]), 5).await.unwrap();
        it.relocate("INBOX", &keys([3]), "x").await.unwrap();
        it.fetch("INBOX", &keys([3]), 5).await.unwrap();
        it.find("INBOX", "a@example.org").await.unwrap();
        it.list("x", None).await.unwrap();
    });
}

#[test]
fn a_folder_that_is_not_there_is_told_from_one_that_can_t_be_opened() {
    for (answer, listed, expected) in [
        ("NO [NONEXISTENT] Unknown Mailbox", None, "no folder"),
        ("NO Unable to open this mailbox.", Some(""), "no folder"),
        ("NO Mailbox does not exist", Some("* LIST (\\Noselect) \"/\" x"), "no folder"),
        ("NO [NOPERM] Permission denied", Some("* LIST () \"/\" x"), "refused"),
    ] {
        let mut script = logged_in().hear("SELECT \"x\"").tagged(answer);
        if let Some(line) = listed {
            script = script.hear("LIST \"\" \"x\"").say(line).tagged("OK done");
        }
        let error = talk(script, async |it| it.status("x").await.unwrap_err());
        assert_eq!(kind(&error), expected, "{answer}");
    }
}

#[test]
fn a_folder_has_a_validity_and_perhaps_no_next_uid() {
    for validity in [
        "* OK [UIDVALIDITY 0] no",
        "* OK [UIDVALIDITY 4294967296] no",
        "* OK [UIDVALIDITY -1] no",
        "* OK no",
    ] {
        let script = logged_in().hear("SELECT .*").say(validity).tagged("OK done");
        let error = talk(script, async |it| it.status("INBOX").await.unwrap_err());
        assert_eq!(kind(&error), "refused", "{validity}");
    }
    let script = logged_in()
        .hear("SELECT .*")
        .say("* 3 EXISTS")
        .say("* OK [UIDVALIDITY 9] valid")
        .tagged("OK done")
        .hear("UID FETCH \\* \\(UID\\)")
        .say("* 3 FETCH (UID 41)")
        .tagged("OK done");
    let state = talk(script, async |it| it.status("INBOX").await.unwrap());
    assert_eq!(state.mark, Mark::Imap { uid_validity: 9, uid_next: 42 });
    assert_eq!((state.messages, state.read_only), (3, false));
}

#[test]
fn command_lines_stay_short() {
    let uids: Vec<u32> = (0..3000).map(|it| 4_000_000_000 + 2 * it).collect();
    let mut script = selecting(logged_in(), "EXAMINE", "INBOX");
    for _ in 0..6 {
        script = script.hear("UID FETCH .*").tagged("OK done");
    }
    script = selecting(script, "SELECT", "INBOX");
    for _ in 0..6 {
        script = script.hear("UID MOVE .*").tagged("OK done");
    }
    let all = keys(uids);
    let (_, heard) = talk_within(Timeouts::default(), script, async |it| {
        assert_eq!(it.fetch("INBOX", &all, 10).await.unwrap(), []);
        assert_eq!(it.relocate("INBOX", &all, "x").await.unwrap(), []);
    });
    assert!(heard.lines.iter().all(|it| it.len() < 8000));
}

#[test]
fn names_are_learnt_however_a_server_tells_them() {
    let greeted = Script::new()
        .say("* OK hi")
        .hear("CAPABILITY")
        .say("* CAPABILITY IMAP4rev1 x[y] NAMESPACE")
        .tagged("OK")
        .hear("LOGIN .*")
        .tagged("OK")
        .hear("CAPABILITY")
        .say("* CAPABILITY IMAP4rev1 x[y] NAMESPACE  ")
        .tagged("OK");
    let listed = |script: Script| {
        script
            .hear("LIST \"\" \"\\*\"")
            .say("* LIST (\\Noinferiors) \".\" INBOX")
            .say("* LIST () \".\" {12}\r\nINBOX.a\"b\\c.")
            .say("* LIST () \".\" \"INBOX.d\\\"e\"")
            .raw(b"* LIST () \".\" \"INBOX.Gr\xfc\xdfe\"\r\n")
            .say("* LIST () \".\" \"INBOX.Grüße\"")
            .say("* LIST () \".\" INBOX.&APw")
            .say("* LIST (\\NonExistent) \".\" INBOX.gone")
            .say("* LIST (\\Sent) \".\" INBOX.Gesendet")
            .tagged("OK")
    };
    for namespace in [
        greeted
            .clone()
            .hear("NAMESPACE")
            .say("* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL")
            .tagged("OK"),
        listed(greeted.clone().hear("NAMESPACE").say("* NAMESPACE NIL NIL NIL").tagged("OK")),
        listed(greeted.hear("NAMESPACE").tagged("BAD what?")),
    ] {
        let script =
            listed(namespace).hear("SELECT \"INBOX\\.d\\\\\"e\"").tagged("NO [NONEXISTENT] x");
        let survey = talk(script, async |it| {
            let survey = it.survey().await.unwrap();
            assert_eq!(kind(&it.status("d\"e").await.unwrap_err()), "no folder");
            survey
        });
        assert_eq!(survey.folders, ["Gesendet", "INBOX", "d\"e"]);
        assert_eq!(survey.sent.as_deref(), Some("Gesendet"));
        assert!(matches!(survey.method, FilingMethod::Impossible(_)));
        assert_eq!(survey.description, "IMAP");
    }
}

#[test]
fn a_folder_that_somebody_else_creates_first_is_there() {
    let script = logged_in()
        .hear("LIST \"\" \"a\"")
        .tagged("OK")
        .hear("CREATE \"a\"")
        .tagged("NO [ALREADYEXISTS] Mailbox already exists")
        .hear("LIST \"\" \"a\"")
        .say("* LIST () \"/\" a")
        .tagged("OK")
        .hear("SUBSCRIBE \"a\"")
        .tagged("OK");
    talk(script, async |it| it.ensure_folder("a").await.unwrap());
}

#[test]
fn a_message_id_is_quoted_or_not_searched_for() {
    let script = selecting(logged_in(), "EXAMINE", "INBOX")
        .hear_exactly("UID SEARCH HEADER Message-ID \"<a\\\"b\\\\c{3}@x>\"")
        .say("* SEARCH 7 3 0 3")
        .tagged("OK done");
    let found = talk(script, async |it| {
        for strange in ["", "ü@x", "a\r\nb", "a\0b", "a\tb"] {
            assert_eq!(it.find("INBOX", strange).await.unwrap(), []);
        }
        it.find("INBOX", "a\"b\\c{3}@x").await.unwrap()
    });
    assert_eq!(found, keys([3, 7]));
}
