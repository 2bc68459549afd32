//! An IMAP account against a real Dovecot.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use grussd::config::{Imap, SecretSource, Tls};
use grussd::mailbox::imap::{ImapMailbox, Timeouts};
use grussd::mailbox::{FilingMethod, Mailbox, MailboxError, Mark, MessageKey, Wake};

use super::support::block_on;
use super::support::certificates::Flaw;
use super::support::dovecot::{Dovecot, Setup};
use super::support::inventory::{Item, everything};
use super::support::proxy::{Cut, Proxy};

const FOLDER: &str = "Grüße/Persönlich 2026 & mehr";

async fn connect(server: &Dovecot) -> ImapMailbox {
    ImapMailbox::connect(&server.config(Tls::Implicit)).await.unwrap()
}

fn uid(key: &MessageKey) -> u32 {
    match key {
        MessageKey::Imap { uid, .. } => *uid,
        MessageKey::Maildir { .. } => panic!("{key:?}"),
    }
}

fn validity(mark: &Mark) -> u32 {
    match mark {
        Mark::Imap { uid_validity, .. } => *uid_validity,
        Mark::Maildir => panic!("{mark:?}"),
    }
}

/// Messages of every kind of bytes that servers store, with flags, keywords and dates.
fn fill(server: &Dovecot) {
    let mut raw = server.raw();
    let message = |number: usize, body: &str| {
        format!(
            "From: Petra <petra@example.org>\r\nMessage-ID: <m{number}@example.org>\r\n\
             Subject: No. {number}\r\n\r\n{body}"
        )
    };
    let bodies =
        ["Frohe Weihnachten!\r\n", "no line end", "\r\n\r\n.\r\n", "Gr\u{fc}\u{df}e\r\n", ""];
    let flags = ["", "\\Seen", "\\Answered \\Flagged", "$Label1 Wichtig", "\\Draft \\Seen"];
    for number in 0..20 {
        let message = message(number, bodies[number % bodies.len()]);
        let date = format!("{:02}-Dec-2025 12:00:{number:02} +0{}00", number + 1, number % 3);
        raw.append("INBOX", flags[number % flags.len()], &date, message.as_bytes());
    }
}

#[test]
fn logs_in_over_each_kind_of_connection() {
    let mut server = Dovecot::start(Setup::default());
    for tls in [Tls::Implicit, Tls::StartTls, Tls::None] {
        block_on(async {
            let mut mailbox = ImapMailbox::connect(&server.config(tls)).await.unwrap();
            let survey = mailbox.survey().await.unwrap();
            assert_eq!(survey.folders, ["INBOX", "Sent", "Trash"]);
            assert_eq!(survey.sent.as_deref(), Some("Sent"));
            assert_eq!(survey.method, FilingMethod::Move);
            assert_eq!(survey.description, "Dovecot, IDLE, MOVE, UIDPLUS");
            mailbox.close().await.unwrap();
        });
    }
    server.down();
    let log = server.log();
    assert_eq!(log.matches("Logged out").count(), 3, "{log}");
}

#[test]
fn a_host_name_is_good_for_certificate_and_connection() {
    let server = Dovecot::start(Setup::default());
    let config = Imap { host: "localhost".to_owned(), ..server.config(Tls::Implicit) };
    block_on(ImapMailbox::connect(&config)).unwrap();
}

#[track_caller]
fn check_untrusted(config: &Imap, server: &Dovecot, expected: &str) {
    let Err(error) = block_on(ImapMailbox::connect(config)) else { panic!("logged in") };
    assert!(matches!(error, MailboxError::Tls(_)), "{error:?}");
    assert!(error.to_string().contains(expected), "{error}");
    assert!(!error.is_transient() && error.ends_session());
    // Nobody even tried.
    assert!(!server.log().contains("Login:"), "{}", server.log());
}

#[test]
fn certificates_that_are_not_the_servers_are_refused() {
    for (flaw, expected) in [
        (Flaw::Expired, "it has expired"),
        (Flaw::WrongHost, "it is that of another host"),
        (Flaw::SelfSigned, "nobody who is trusted vouches for it"),
    ] {
        let server = Dovecot::start(Setup { flaw, ..Setup::default() });
        for tls in [Tls::Implicit, Tls::StartTls] {
            check_untrusted(&server.config(tls), &server, expected);
        }
    }
}

#[test]
fn an_own_authority_is_the_only_one() {
    let server = Dovecot::start(Setup::default());
    let other = super::support::certificates::Authority::new();
    let file = server.path().join("other.pem");
    std::fs::write(&file, other.pem).unwrap();
    let config = Imap { ca_file: Some(file.clone()), ..server.config(Tls::Implicit) };
    check_untrusted(&config, &server, "nobody who is trusted vouches for it");
    // Nor does the machine know the one of this test.
    let config = Imap { ca_file: None, ..config };
    check_untrusted(&config, &server, "nobody who is trusted vouches for it");
    std::fs::write(&file, "hello").unwrap();
    let config = Imap { ca_file: Some(file), ..config };
    check_untrusted(&config, &server, "holds no certificate");
}

#[test]
fn ports_and_protections_that_don_t_fit_are_said_clearly() {
    let server = Dovecot::start(Setup::default());
    let config = Imap { port: server.port, ..server.config(Tls::Implicit) };
    check_untrusted(&config, &server, "doesn't answer in TLS");
}

#[test]
fn passwords_of_all_characters() {
    for password in ["secret", "with \"quotes\" and \\", "Grüße, %s {5}", " "] {
        let server = Dovecot::start(Setup { password, ..Setup::default() });
        block_on(async {
            connect(&server).await.close().await.unwrap();
            let words = ["printf", "%s", "wrong"].map(str::to_owned).into();
            let secret = SecretSource::Command(words);
            let config = Imap { secret, ..server.config(Tls::Implicit) };
            let Err(error) = ImapMailbox::connect(&config).await else { panic!("logged in") };
            let text = "login refused for petra: Authentication failed.";
            assert_eq!(error.to_string(), text);
            assert!(matches!(error, MailboxError::Login { .. }) && !error.is_transient());
        });
    }
}

#[test]
fn folders_are_created_and_found_under_any_separator() {
    for (separator, prefix) in [('/', ""), ('.', ""), ('.', "INBOX.")] {
        let server = Dovecot::start(Setup { separator, prefix, ..Setup::default() });
        block_on(async {
            let mut mailbox = connect(&server).await;
            for folder in [FOLDER, "a\"b\\c", "100 %", "Gruß"] {
                let error = mailbox.status(folder).await.unwrap_err();
                assert!(matches!(&error, MailboxError::NoFolder(_)), "{error}");
                mailbox.ensure_folder(folder).await.unwrap();
                mailbox.ensure_folder(folder).await.unwrap();
                assert_eq!(mailbox.status(folder).await.unwrap().messages, 0);
            }
            let survey = mailbox.survey().await.unwrap();
            let expected = ["100 %", "Gruß", "Grüße", FOLDER, "INBOX", "Sent", "Trash", "a\"b\\c"];
            assert_eq!(survey.folders, expected);
            assert_eq!(survey.sent.as_deref(), Some("Sent"));
            let nfd = "Gru\u{308}\u{df}e/Perso\u{308}nlich 2026 & mehr";
            assert_eq!(mailbox.status(nfd).await.unwrap().messages, 0);
        });
        let subscribed = server.raw().ok("LSUB \"\" \"*\"");
        let name = server.name(FOLDER);
        for name in [name.as_str(), name.rsplit_once(separator).unwrap().0] {
            let is_it = |line: &Vec<u8>| String::from_utf8_lossy(line).contains(name);
            assert!(subscribed.iter().any(is_it), "{name}");
        }
    }
}

#[test]
fn a_name_that_can_t_be_is_refused_without_a_command() {
    let server = Dovecot::start(Setup { separator: '.', ..Setup::default() });
    block_on(async {
        let mut mailbox = connect(&server).await;
        for folder in ["Dr. Müller", "a//b", ""] {
            let error = mailbox.ensure_folder(folder).await.unwrap_err();
            assert!(matches!(&error, MailboxError::Refused { .. }), "{error}");
        }
        assert_eq!(mailbox.survey().await.unwrap().folders, ["INBOX", "Sent", "Trash"]);
    });
}

/// Moves every second message of the inbox, and looks whether every message is the same.
fn check_filing(setup: Setup) {
    let by_copy = setup.without.contains(&"MOVE");
    let server = Dovecot::start(setup);
    fill(&server);
    // Somebody else's business, in both halves.
    server.raw().ok("SELECT INBOX");
    let mut raw = server.raw();
    raw.ok("SELECT INBOX");
    raw.ok("UID STORE 3:4,9 +FLAGS.SILENT (\\Deleted)");
    drop(raw);
    let before = server.inventory();
    block_on(async {
        let mut mailbox = connect(&server).await;
        let survey = mailbox.survey().await.unwrap();
        let expected = if by_copy { FilingMethod::CopyThenRemove } else { FilingMethod::Move };
        assert_eq!(survey.method, expected);
        mailbox.ensure_folder(FOLDER).await.unwrap();
        let target = mailbox.status(FOLDER).await.unwrap().mark;
        let listed = mailbox.list("INBOX", None).await.unwrap();
        assert_eq!(listed.len(), 20);
        let deleted: Vec<u32> =
            listed.iter().filter(|it| it.deleted).map(|it| uid(&it.key)).collect();
        assert_eq!(deleted, [3, 4, 9]);
        let keys: Vec<MessageKey> = listed
            .into_iter()
            .filter(|it| uid(&it.key).is_multiple_of(2) && !it.deleted)
            .map(|it| it.key)
            .collect();
        let transfers = if by_copy {
            let transfers = mailbox.copy("INBOX", &keys, FOLDER).await.unwrap();
            mailbox.remove_copied("INBOX", &keys).await.unwrap();
            transfers
        } else {
            mailbox.relocate("INBOX", &keys, FOLDER).await.unwrap()
        };
        let moved: Vec<MessageKey> = transfers.iter().map(|it| it.from.clone()).collect();
        assert_eq!(moved, keys);
        let places: Vec<MessageKey> = transfers.into_iter().filter_map(|it| it.to).collect();
        let arrived = mailbox.list(FOLDER, Some(&target)).await.unwrap();
        assert_eq!(arrived.into_iter().map(|it| it.key).collect::<Vec<_>>(), places);
        // Once more: they are gone, and nothing is proved.
        if by_copy {
            assert_eq!(mailbox.copy("INBOX", &keys, FOLDER).await.unwrap(), []);
        } else {
            assert_eq!(mailbox.relocate("INBOX", &keys, FOLDER).await.unwrap(), []);
        }
        mailbox.close().await.unwrap();
    });
    let after = server.inventory();
    assert_eq!(everything(&before), everything(&after));
    assert_eq!((after["INBOX"].len(), after[FOLDER].len()), (11, 9));
    let deleted = |it: &&Item| it.flags.contains("\\Deleted");
    assert_eq!(after["INBOX"].iter().filter(deleted).count(), 3);
}

#[test]
fn moving_changes_nothing_but_the_place() {
    check_filing(Setup::default());
    check_filing(Setup { separator: '.', prefix: "INBOX.", ..Setup::default() });
    check_filing(Setup { format: "sdbox", ..Setup::default() });
}

#[test]
fn copying_and_removing_changes_nothing_but_the_place() {
    check_filing(Setup { without: &["MOVE"], ..Setup::default() });
    check_filing(Setup { without: &["MOVE"], format: "mdbox", ..Setup::default() });
}

#[test]
fn without_uids_nothing_is_expunged() {
    let server = Dovecot::start(Setup { without: &["MOVE", "UIDPLUS"], ..Setup::default() });
    fill(&server);
    block_on(async {
        let mut mailbox = connect(&server).await;
        let survey = mailbox.survey().await.unwrap();
        let FilingMethod::Impossible(why) = survey.method else { panic!("{:?}", survey.method) };
        assert!(why.contains("UIDPLUS"), "{why}");
        let key = mailbox.list("INBOX", None).await.unwrap().remove(0).key;
        let error = mailbox.remove_copied("INBOX", &[key]).await.unwrap_err();
        assert!(matches!(error, MailboxError::Refused { .. }));
    });
    assert!(server.inventory()["INBOX"].iter().all(|it| !it.flags.contains("\\Deleted")));
}

#[test]
fn reading_leaves_no_trace() {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    let mut raw = server.raw();
    let big = format!("Message-ID: <big@example.org>\r\n\r\n{}", "0123456789\r\n".repeat(50_000));
    raw.append("INBOX", "", "", big.as_bytes());
    let nul = b"Message-ID: <nul@example.org>\r\n\r\na\xff\xfeb(((\"{5}\r\n* BYE\r\nA0009 OK\r\n";
    raw.append("INBOX", "", "", nul);
    let before = server.inventory();
    block_on(async {
        let mut mailbox = connect(&server).await;
        let mut keys: Vec<MessageKey> =
            mailbox.list("INBOX", None).await.unwrap().into_iter().map(|it| it.key).collect();
        let MessageKey::Imap { uid_validity, .. } = keys[0] else { panic!("{keys:?}") };
        keys.push(MessageKey::Imap { uid_validity, uid: 4_000_000_000 });
        let fetched = mailbox.fetch("INBOX", &keys, 131_072).await.unwrap();
        assert_eq!(fetched.len(), 22);
        assert_eq!(fetched[20].bytes, big.as_bytes()[..131_072]);
        assert_eq!(fetched[21].bytes, nul);
        let heads = mailbox.fetch("INBOX", &keys, 5).await.unwrap();
        assert!(heads.iter().all(|it| it.bytes.len() == 5));
        let whole = mailbox.fetch("INBOX", &keys[20..21], usize::MAX).await.unwrap();
        assert_eq!(whole[0].bytes, big.as_bytes());
        assert!(mailbox.fetch("INBOX", &[], 5).await.unwrap().is_empty());
    });
    assert_eq!(before, server.inventory());
}

#[test]
fn listings_begin_where_they_are_asked_to() {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    block_on(async {
        let mut mailbox = connect(&server).await;
        let state = mailbox.status("INBOX").await.unwrap();
        assert_eq!((state.messages, state.read_only), (20, false));
        let listed = mailbox.list("INBOX", None).await.unwrap();
        let uids: Vec<u32> = listed.iter().map(|it| uid(&it.key)).collect();
        assert_eq!(uids, (1..=20).collect::<Vec<_>>());
        assert_eq!(listed[1].received.unwrap().to_string(), "2025-12-02T11:00:01Z");
        let uid_validity = validity(&state.mark);
        let beyond = |uid_next| Mark::Imap { uid_validity, uid_next };
        for (uid_next, expected) in [(0, 20), (1, 20), (20, 1), (21, 0), (1000, 0), (u32::MAX, 0)] {
            let listed = mailbox.list("INBOX", Some(&beyond(uid_next))).await.unwrap();
            assert_eq!(listed.len(), expected, "{uid_next}");
        }
        let other = Mark::Imap { uid_validity: uid_validity + 1, uid_next: 1 };
        for mark in [other, Mark::Maildir] {
            let error = mailbox.list("INBOX", Some(&mark)).await.unwrap_err();
            assert!(matches!(error, MailboxError::UidValidity { .. }) && !error.ends_session());
        }
        assert!(mailbox.list("Sent", None).await.unwrap().is_empty());
        // What arrives while the folder is selected is listed too.
        server.deliver(b"Subject: new\r\n\r\n");
        let deadline = Instant::now() + Duration::from_secs(20);
        while mailbox.list("INBOX", Some(&state.mark)).await.unwrap().is_empty() {
            assert!(Instant::now() < deadline);
        }
    });
}

#[test]
fn messages_are_found_by_their_message_id() {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    let odd = "a\"b\\c%*(){}@[192.0.2.1]";
    let message = format!("Message-ID:\r\n <{odd}>\r\nSubject: x\r\n\r\n");
    server.raw().append("INBOX", "", "", message.as_bytes());
    block_on(async {
        let mut mailbox = connect(&server).await;
        for (id, expected) in [
            ("m7@example.org", vec![8]),
            ("m1@example.org", vec![2]),
            (odd, vec![21]),
            ("example.org", vec![]),
            ("", vec![]),
            ("ü", vec![]),
            ("a\r\nA1 LOGOUT", vec![]),
            (&"x".repeat(10_000), vec![]),
        ] {
            let found = mailbox.find("INBOX", id).await.unwrap();
            assert_eq!(found.iter().map(uid).collect::<Vec<_>>(), expected, "{id}");
        }
    });
}

#[test]
fn marks_are_set_and_taken_back() {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    let before = server.inventory();
    block_on(async {
        let mut mailbox = connect(&server).await;
        let listed = mailbox.list("INBOX", None).await.unwrap();
        let keys: Vec<MessageKey> = listed[..3].iter().map(|it| it.key.clone()).collect();
        mailbox.tag("INBOX", &keys, "GrussdPitch").await.unwrap();
        server.raw().ok("SELECT INBOX");
        for bad in ["", "a b", "a)", "\\Seen", "ü"] {
            let error = mailbox.tag("INBOX", &keys, bad).await.unwrap_err();
            assert!(matches!(error, MailboxError::Refused { .. }), "{bad}");
        }
        let tagged = server.inventory();
        let has = |it: &&Item| it.flags.contains("GrussdPitch");
        assert_eq!(
            tagged["INBOX"].iter().filter(has).map(|it| it.uid).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        let mut raw = server.raw();
        raw.ok("SELECT INBOX");
        raw.ok("UID STORE 1:3 -FLAGS (GrussdPitch)");
        raw.ok("UID STORE 1:2 +FLAGS (\\Deleted)");
        mailbox.keep("INBOX", &keys).await.unwrap();
    });
    assert_eq!(before, server.inventory());
}

#[test]
fn a_full_target_is_a_refusal_with_a_code() {
    let server = Dovecot::start(Setup { quota: Some(20), without: &["MOVE"], ..Setup::default() });
    let message = format!("Subject: x\r\n\r\n{}", "0123456789\r\n".repeat(1000));
    server.raw().append("INBOX", "", "", message.as_bytes());
    block_on(async {
        let mut mailbox = connect(&server).await;
        let key = mailbox.list("INBOX", None).await.unwrap().remove(0).key;
        let keys = [key];
        let error = mailbox.copy("INBOX", &keys, "Trash").await.unwrap_err();
        let MailboxError::Refused { code, .. } = &error else { panic!("{error}") };
        assert_eq!(code.as_deref(), Some("OVERQUOTA"));
        let error = mailbox.copy("INBOX", &keys, "absent").await.unwrap_err();
        let MailboxError::Refused { code, command, .. } = &error else { panic!("{error}") };
        assert_eq!(code.as_deref(), Some("TRYCREATE"));
        assert_eq!(command, "UID COPY from INBOX to absent");
        assert_eq!(mailbox.fetch("INBOX", &keys, 5).await.unwrap().len(), 1);
    });
}

#[test]
fn a_folder_that_was_made_anew_is_another_one() {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    let mut raw = server.raw();
    raw.ok("CREATE x");
    raw.append("x", "", "", b"Subject: 1\r\n\r\n");
    block_on(async {
        let mut mailbox = connect(&server).await;
        let state = mailbox.status("x").await.unwrap();
        let keys: Vec<MessageKey> =
            mailbox.list("x", None).await.unwrap().into_iter().map(|it| it.key).collect();
        mailbox.status("INBOX").await.unwrap();
        raw.ok("DELETE x");
        raw.ok("CREATE x");
        raw.append("x", "", "", b"Subject: 2\r\n\r\n");
        let before = server.inventory();
        let errors = [
            mailbox.relocate("x", &keys, "Trash").await.unwrap_err(),
            mailbox.copy("x", &keys, "Trash").await.unwrap_err(),
            mailbox.fetch("x", &keys, 10).await.unwrap_err(),
            mailbox.list("x", Some(&state.mark)).await.unwrap_err(),
            mailbox.remove_copied("x", &keys).await.unwrap_err(),
            mailbox.keep("x", &keys).await.unwrap_err(),
            mailbox.tag("x", &keys, "GrussdPitch").await.unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, MailboxError::UidValidity { .. }), "{error}");
        }
        assert_eq!(before, server.inventory());
    });
}

async fn inbox_wait(mailbox: &mut ImapMailbox, limit: Duration) -> (Wake, Duration) {
    let begun = Instant::now();
    let wake = mailbox.wait(&["INBOX".to_owned()], limit).await.unwrap();
    (wake, begun.elapsed())
}

#[test]
fn idle_wakes_up_for_new_mail() {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    block_on(async {
        let mut mailbox = connect(&server).await;
        mailbox.status("INBOX").await.unwrap();
        let (wake, time) = inbox_wait(&mut mailbox, Duration::from_millis(300)).await;
        assert_eq!(wake, Wake::Elapsed);
        assert!(time >= Duration::from_millis(300) && time < Duration::from_secs(3), "{time:?}");

        let wait = inbox_wait(&mut mailbox, Duration::from_secs(30));
        let deliver = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            server.deliver(b"Subject: new\r\n\r\n");
        };
        let ((wake, time), ()) = tokio::join!(wait, deliver);
        assert_eq!(wake, Wake::Changed);
        assert!(time < Duration::from_secs(10), "{time:?}");

        // Until it has been looked at, it stays news.
        let (wake, time) = inbox_wait(&mut mailbox, Duration::from_secs(30)).await;
        assert_eq!(wake, Wake::Changed);
        assert!(time < Duration::from_secs(1), "{time:?}");
        let state = mailbox.status("INBOX").await.unwrap();
        assert_eq!(state.messages, 21);
        let (wake, _) = inbox_wait(&mut mailbox, Duration::from_millis(200)).await;
        assert_eq!(wake, Wake::Elapsed);

        // What came while another folder was looked at is news as well.
        mailbox.status("Trash").await.unwrap();
        server.raw().append("INBOX", "", "", b"Subject: newer\r\n\r\n");
        let (wake, _) = inbox_wait(&mut mailbox, Duration::from_secs(30)).await;
        assert_eq!(wake, Wake::Changed);
        mailbox.close().await.unwrap();
    });
}

#[test]
fn a_wait_may_be_dropped() {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    block_on(async {
        let timeouts = Timeouts { idle: Duration::from_millis(50), ..Timeouts::default() };
        // At any moment: IDLE is begun anew twenty times a second.
        for delay in (0..60).step_by(3) {
            let config = server.config(Tls::None);
            let mut mailbox = ImapMailbox::connect_within(&config, timeouts).await.unwrap();
            mailbox.status("INBOX").await.unwrap();
            let folders = ["INBOX".to_owned()];
            let wait = mailbox.wait(&folders, Duration::from_secs(60));
            let dropped = tokio::time::timeout(Duration::from_millis(60 + delay), wait).await;
            assert!(dropped.is_err());
            let begun = Instant::now();
            mailbox.close().await.unwrap();
            assert!(begun.elapsed() < Duration::from_secs(1));
        }
        // An idle session can be used again.
        let mut mailbox = connect(&server).await;
        let folders = ["INBOX".to_owned()];
        let wait = mailbox.wait(&folders, Duration::from_secs(60));
        assert!(tokio::time::timeout(Duration::from_millis(500), wait).await.is_err());
        assert_eq!(mailbox.status("INBOX").await.unwrap().messages, 20);
        mailbox.close().await.unwrap();
    });
}

#[test]
fn without_idle_the_wait_is_a_pause() {
    let server = Dovecot::start(Setup { without: &["IDLE"], ..Setup::default() });
    let switched_off = Imap { idle: false, ..server.config(Tls::None) };
    for config in [server.config(Tls::None), switched_off] {
        block_on(async {
            let timeouts = Timeouts { idle: Duration::from_millis(100), ..Timeouts::default() };
            let mut mailbox = ImapMailbox::connect_within(&config, timeouts).await.unwrap();
            mailbox.status("INBOX").await.unwrap();
            let (wake, time) = inbox_wait(&mut mailbox, Duration::from_millis(500)).await;
            assert_eq!(wake, Wake::Elapsed);
            assert!(time >= Duration::from_millis(500) && time < Duration::from_secs(3));
            server.raw().append("INBOX", "", "", b"Subject: new\r\n\r\n");
            let (wake, time) = inbox_wait(&mut mailbox, Duration::from_secs(30)).await;
            assert_eq!(wake, Wake::Changed);
            assert!(time < Duration::from_secs(5), "{time:?}");
        });
    }
}

#[test]
fn a_server_that_is_killed_is_noticed_at_once() {
    let mut server = Dovecot::start(Setup::default());
    fill(&server);
    block_on(async {
        let mut mailbox = connect(&server).await;
        mailbox.status("INBOX").await.unwrap();
        let folders = ["INBOX".to_owned()];
        let wait = mailbox.wait(&folders, Duration::from_secs(60));
        let kill = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            server.kill();
        };
        let begun = Instant::now();
        let (result, ()) = tokio::join!(wait, kill);
        let error = result.unwrap_err();
        assert!(matches!(error, MailboxError::Connection { .. }), "{error:?}");
        assert!(error.ends_session() && error.is_transient());
        assert!(begun.elapsed() < Duration::from_secs(10));
        let Err(error) = ImapMailbox::connect(&server.config(Tls::Implicit)).await else {
            panic!("logged in")
        };
        assert!(error.to_string().starts_with("connecting to 127.0.0.1"), "{error}");
        assert!(error.is_transient());
    });
    server.up();
    assert_eq!(server.inventory()["INBOX"].len(), 20);
}

#[test]
fn a_large_folder_is_listed_in_parts() {
    let server = Dovecot::start(Setup::default());
    for number in 0..5500 {
        let message = format!("Message-ID: <{number}@example.org>\r\n\r\n{number}\r\n");
        server.deliver(message.as_bytes());
    }
    // UIDs with a large gap in between.
    let mut raw = server.raw();
    raw.ok("SELECT INBOX");
    raw.ok("UID STORE 3:400 +FLAGS.SILENT (\\Deleted)");
    raw.ok("UID EXPUNGE 3:400");
    block_on(async {
        let mut mailbox = connect(&server).await;
        let listed = mailbox.list("INBOX", None).await.unwrap();
        let uids: BTreeSet<u32> = listed.iter().map(|it| uid(&it.key)).collect();
        assert_eq!(uids, (1..3).chain(401..=5500).collect());
        let keys: Vec<MessageKey> = listed.into_iter().map(|it| it.key).collect();
        let fetched = mailbox.fetch("INBOX", &keys, 131_072).await.unwrap();
        assert_eq!(fetched.len(), 5102);
        let transfers = mailbox.relocate("INBOX", &keys, "Trash").await.unwrap();
        let places: BTreeMap<MessageKey, Option<MessageKey>> =
            transfers.into_iter().map(|it| (it.from, it.to)).collect();
        assert_eq!(places.len(), 5102);
        assert!(places.values().all(Option::is_some));
        assert_eq!(mailbox.status("INBOX").await.unwrap().messages, 0);
        assert_eq!(mailbox.status("Trash").await.unwrap().messages, 5102);
    });
}

/// Everything that grussd may say, as far as a regular expression tells.
const SAYABLE: &str = r#"(?x)^(
    CAPABILITY | LOGIN\ .* | NAMESPACE | ID\ NIL | IDLE | DONE | NOOP | LOGOUT
    | LIST\ (\(SPECIAL-USE\)\ )?""\ "[^"]*" | (CREATE | SUBSCRIBE | SELECT | EXAMINE | MYRIGHTS)\ "[^"]*"
    | UID\ FETCH\ [0-9:,*]+\ \(UID\ (FLAGS\ RFC822\.SIZE\ INTERNALDATE | BODY\.PEEK\[\]<0\.\d+>)\)
    | UID\ SEARCH\ HEADER\ Message-ID\ .*
    | UID\ (MOVE | COPY)\ [0-9:,]+\ "[^"]*"
    | UID\ STORE\ [0-9:,]+\ [+-]FLAGS\.SILENT\ \((\\Deleted | GrussdPitch)\)
    | UID\ EXPUNGE\ [0-9:,]+
)$"#;

#[test]
fn nothing_is_said_that_may_not_be_said() {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    let proxy = Proxy::start(server.port);
    let config = Imap { port: proxy.port, ..server.config(Tls::None) };
    block_on(async {
        let mut mailbox = ImapMailbox::connect(&config).await.unwrap();
        mailbox.survey().await.unwrap();
        mailbox.ensure_folder(FOLDER).await.unwrap();
        mailbox.status("INBOX").await.unwrap();
        let listed = mailbox.list("INBOX", None).await.unwrap();
        let keys: Vec<MessageKey> = listed.into_iter().map(|it| it.key).collect();
        mailbox.fetch("INBOX", &keys, 131_072).await.unwrap();
        mailbox.find("INBOX", "m3@example.org").await.unwrap();
        mailbox.relocate("INBOX", &keys[..3], FOLDER).await.unwrap();
        mailbox.copy("INBOX", &keys[3..5], FOLDER).await.unwrap();
        mailbox.remove_copied("INBOX", &keys[3..5]).await.unwrap();
        mailbox.keep("INBOX", &keys).await.unwrap();
        mailbox.tag("INBOX", &keys, "GrussdPitch").await.unwrap();
        let (wake, _) = inbox_wait(&mut mailbox, Duration::from_millis(100)).await;
        assert_eq!(wake, Wake::Elapsed);
        mailbox.close().await.unwrap();
    });
    let sayable = regex::Regex::new(SAYABLE).unwrap();
    let lines = proxy.lines();
    assert!(lines.len() > 20);
    for line in lines {
        assert!(sayable.is_match(&line), "{line}");
    }
}

/// Cuts the connection at a command, and gives back how many messages are in both folders then.
fn check_cut(command: &str, cut: Cut, expected: [usize; 2]) {
    let server = Dovecot::start(Setup::default());
    fill(&server);
    server.raw().ok("CREATE x");
    let before = server.inventory();
    let proxy = Proxy::start(server.port);
    let config = Imap { port: proxy.port, ..server.config(Tls::None) };
    block_on(async {
        let mut mailbox = ImapMailbox::connect(&config).await.unwrap();
        let listed = mailbox.list("INBOX", None).await.unwrap();
        let keys: Vec<MessageKey> = listed.into_iter().take(5).map(|it| it.key).collect();
        proxy.cut(command, cut);
        let error = match command {
            "UID MOVE" => mailbox.relocate("INBOX", &keys, "x").await.unwrap_err(),
            "UID COPY" => mailbox.copy("INBOX", &keys, "x").await.unwrap_err(),
            _ => mailbox.remove_copied("INBOX", &keys).await.unwrap_err(),
        };
        assert!(matches!(error, MailboxError::Connection { .. }), "{error}");
        assert_eq!(proxy.cuts(), 1);
        // The next connection is a whole one.
        let mut mailbox = ImapMailbox::connect(&config).await.unwrap();
        let left = mailbox.fetch("INBOX", &keys, 1).await.unwrap().len();
        assert_eq!(left, if expected[0] == 15 { 0 } else { 5 });
    });
    let after = server.inventory();
    assert_eq!([after["INBOX"].len(), after["x"].len()], expected, "{command} {cut:?}");
    if command == "UID MOVE" {
        assert_eq!(everything(&before), everything(&after));
    }
}

#[test]
fn a_command_that_was_cut_is_an_error_whether_it_was_done_or_not() {
    check_cut("UID MOVE", Cut::Before, [20, 0]);
    check_cut("UID MOVE", Cut::After, [15, 5]);
    check_cut("UID COPY", Cut::Before, [20, 0]);
    check_cut("UID COPY", Cut::After, [20, 5]);
    check_cut("UID STORE", Cut::Before, [20, 0]);
    check_cut("UID STORE", Cut::After, [20, 0]);
    check_cut("UID EXPUNGE", Cut::Before, [20, 0]);
    check_cut("UID EXPUNGE", Cut::After, [15, 0]);
}
