//! Every operation, with everything that can go wrong at each of its commands.

use std::time::Duration;

use grussd::mailbox::imap::ImapMailbox;
use grussd::mailbox::{Mailbox, MailboxError};

use super::super::support::scripted::Script;
use super::{SOON, impatient, keys, kind, patient, talk_within, timed};

/// One command of an operation.
#[derive(Debug, Clone, Copy)]
struct Exchange {
    /// What is sent.
    command: &'static str,
    /// What is answered before the end.
    data: &'static [&'static str],
    /// The end.
    end: &'static str,
    /// A refusal of it is no failure of the operation.
    dispensable: bool,
}

const fn exchange(command: &'static str, data: &'static [&'static str]) -> Exchange {
    Exchange { command, data, end: "OK done", dispensable: false }
}

const fn dispensable(command: &'static str, data: &'static [&'static str]) -> Exchange {
    Exchange { dispensable: true, ..exchange(command, data) }
}

const SELECTED: &[&str] = &["* 20 EXISTS", "* OK [UIDVALIDITY 9] valid", "* OK [UIDNEXT 21] next"];
const SELECT: Exchange = exchange("SELECT \"INBOX\"", SELECTED);
const EXAMINE: Exchange = exchange("EXAMINE \"INBOX\"", SELECTED);
const STORE: Exchange = exchange("UID STORE 3:5 \\+FLAGS\\.SILENT \\(\\\\Deleted\\)", &[]);

#[derive(Debug, Clone, Copy)]
enum Operation {
    Survey,
    EnsureFolder,
    Status,
    List,
    Fetch,
    Find,
    Relocate,
    CopyInto,
    RemoveCopied,
    Keep,
    Tag,
    Wait,
}

use Operation::{
    CopyInto, EnsureFolder, Fetch, Find, Keep, List, Relocate, RemoveCopied, Status, Survey, Tag,
    Wait,
};

const ALL: [(Operation, &[Exchange]); 12] = [
    (
        Survey,
        &[
            exchange("LIST \"\" \"\\*\"", &["* LIST () \"/\" INBOX"]),
            dispensable("LIST \\(SPECIAL-USE\\) \"\" \"\\*\"", &["* LIST (\\Sent) \"/\" Sent"]),
            dispensable("ID NIL", &["* ID (\"name\" \"X\")"]),
        ],
    ),
    (
        EnsureFolder,
        &[
            exchange("LIST \"\" \"a/b\"", &[]),
            exchange("LIST \"\" \"a\"", &["* LIST (\\Noselect) \"/\" a"]),
            exchange("CREATE \"a/b\"", &[]),
            dispensable("SUBSCRIBE \"a/b\"", &[]),
        ],
    ),
    (Status, &[SELECT]),
    (
        List,
        &[
            EXAMINE,
            exchange(
                "UID FETCH 1:\\* \\(UID FLAGS RFC822\\.SIZE INTERNALDATE\\)",
                &["* 1 FETCH (UID 3 FLAGS (\\Seen) RFC822.SIZE 5)"],
            ),
        ],
    ),
    (
        Fetch,
        &[
            EXAMINE,
            exchange(
                "UID FETCH 3:5 \\(UID BODY\\.PEEK\\[\\]<0\\.100>\\)",
                &["* 1 FETCH (UID 3 BODY[]<0> \"abc\")"],
            ),
        ],
    ),
    (
        Find,
        &[EXAMINE, exchange("UID SEARCH HEADER Message-ID \"<a@example\\.org>\"", &["* SEARCH 3"])],
    ),
    (Relocate, &[SELECT, exchange("UID MOVE 3:5 \"x\"", &["* OK [COPYUID 7 3:5 1:3] moved"])]),
    (
        CopyInto,
        &[
            SELECT,
            Exchange { end: "OK [COPYUID 7 3:5 1:3] done", ..exchange("UID COPY 3:5 \"x\"", &[]) },
        ],
    ),
    (RemoveCopied, &[SELECT, STORE, exchange("UID EXPUNGE 3:5", &["* 3 EXPUNGE"])]),
    (Keep, &[SELECT, exchange("UID STORE 3:5 -FLAGS\\.SILENT \\(\\\\Deleted\\)", &[])]),
    (Tag, &[SELECT, exchange("UID STORE 3:5 \\+FLAGS\\.SILENT \\(GrussdPitch\\)", &[])]),
    (Wait, &[EXAMINE, exchange("NOOP", &["* 20 EXISTS"])]),
];

/// Does it; gives back how much it found.
async fn act(operation: Operation, mailbox: &mut ImapMailbox) -> Result<usize, MailboxError> {
    let three = keys(3..=5);
    let inbox = ["INBOX".to_owned()];
    Ok(match operation {
        Survey => mailbox.survey().await?.folders.len(),
        EnsureFolder => mailbox.ensure_folder("a/b").await.map(|()| 0)?,
        Status => mailbox.status("INBOX").await?.messages as usize,
        List => mailbox.list("INBOX", None).await?.len(),
        Fetch => mailbox.fetch("INBOX", &three, 100).await?.len(),
        Find => mailbox.find("INBOX", "a@example.org").await?.len(),
        Relocate => mailbox.relocate("INBOX", &three, "x").await?.len(),
        CopyInto => mailbox.copy("INBOX", &three, "x").await?.len(),
        RemoveCopied => mailbox.remove_copied("INBOX", &three).await.map(|()| 0)?,
        Keep => mailbox.keep("INBOX", &three).await.map(|()| 0)?,
        Tag => mailbox.tag("INBOX", &three, "GrussdPitch").await.map(|()| 0)?,
        Wait => {
            mailbox.wait(&inbox, Duration::from_millis(20)).await?;
            0
        }
    })
}

fn beginning(exchanges: &[Exchange]) -> Script {
    let mut script = Script::logged_in("IMAP4rev1 MOVE UIDPLUS NAMESPACE SPECIAL-USE ID");
    for Exchange { command, data, end, .. } in exchanges {
        script = script.hear(command);
        for line in *data {
            script = script.say(line);
        }
        script = script.tagged(end);
    }
    script
}

#[test]
fn all_goes_well() {
    for (operation, exchanges) in ALL {
        let script = beginning(exchanges);
        let (result, _) = talk_within(patient(), script, async |it| act(operation, it).await);
        let expected = match operation {
            Status => 20,
            Survey | List | Fetch | Find => 1,
            Relocate | CopyInto => 3,
            _ => 0,
        };
        assert_eq!(result.unwrap(), expected, "{operation:?}");
    }
}

#[test]
fn every_command_may_be_refused() {
    for (operation, exchanges) in ALL {
        for (place, exchange) in exchanges.iter().enumerate() {
            for answer in ["NO [NOPERM] no", "BAD what", "NO"] {
                let mut script =
                    beginning(&exchanges[..place]).hear(exchange.command).tagged(answer);
                let rest = &exchanges[place + 1..];
                if exchange.command == STORE.command {
                    // It may have been done all the same.
                    script = script.hear("UID EXPUNGE 3:5").tagged("OK done");
                } else if exchange.command.contains("INBOX") {
                    // Is it there at all?
                    script = script.hear("LIST .*").say("* LIST () \"/\" INBOX").tagged("OK done");
                } else if exchange.command.starts_with("CREATE") {
                    script = script.hear("LIST .*").tagged("OK done");
                } else if exchange.dispensable {
                    for Exchange { command, end, .. } in rest {
                        script = script.hear(command).tagged(end);
                    }
                }
                let (result, _) =
                    talk_within(patient(), script, async |it| act(operation, it).await);
                match result {
                    Ok(_) => assert!(exchange.dispensable, "{operation:?} {exchange:?}"),
                    Err(error) => {
                        assert_eq!(kind(&error), "refused", "{operation:?} {exchange:?} {error}");
                        let MailboxError::Refused { code, .. } = error else { continue };
                        assert_eq!(code.is_some(), answer.contains('['));
                    }
                }
            }
        }
    }
}

#[test]
fn every_command_may_be_cut_off() {
    for (operation, exchanges) in ALL {
        for (place, Exchange { command, data, .. }) in exchanges.iter().enumerate() {
            let heard = beginning(&exchanges[..place]).hear(command);
            let mut halfway = heard.clone();
            for line in *data {
                halfway = halfway.say(line);
            }
            let scripts = [
                // Before it is sent, as far as anybody can know.
                beginning(&exchanges[..place]),
                heard.clone(),
                halfway.clone(),
                halfway.clone().raw(b"{tag} O"),
                halfway.raw(b"* 1 FETCH (UID 3 BODY[]<0> {100}\r\nabc"),
                heard.say("* BYE shutting down"),
            ];
            for (number, script) in scripts.into_iter().enumerate() {
                let (result, _) = talk_within(patient(), script, async |it| {
                    let error = act(operation, it).await.unwrap_err();
                    // Nothing can be done with it any more.
                    assert!(it.status("INBOX").await.unwrap_err().ends_session());
                    error
                });
                assert_eq!(kind(&result), "connection", "{operation:?} {command} {number}");
                assert_eq!(result.to_string().contains("shutting down"), number == 5);
            }
        }
    }
}

#[test]
fn every_command_may_hang() {
    std::thread::scope(|all| {
        for (operation, exchanges) in ALL {
            all.spawn(move || check_hanging(operation, exchanges));
        }
    });
}

#[track_caller]
fn check_hanging(operation: Operation, exchanges: &[Exchange]) {
    for (place, Exchange { command, .. }) in exchanges.iter().enumerate() {
        let heard = || beginning(&exchanges[..place]).hear(command);
        for script in [heard().silence(), heard().raw(b"* 1 FETCH (UID 3").silence()] {
            let ((result, time), _) =
                talk_within(impatient(), script, async |it| timed(act(operation, it)).await);
            let error = result.unwrap_err();
            assert_eq!(kind(&error), "timeout", "{operation:?} {command} {error}");
            assert!(time < 4 * SOON, "{time:?}");
        }
    }
}

#[test]
fn no_command_survives_a_strange_answer() {
    for (operation, exchanges) in ALL {
        for (place, Exchange { command, .. }) in exchanges.iter().enumerate() {
            for answer in
                ["A9999 OK done", "{tag} PREAUTH done", "+ more", "garbage", "{tag} WHAT", "{tag}"]
            {
                let script = beginning(&exchanges[..place]).hear(command).say(answer).silence();
                let (error, _) = talk_within(patient(), script, async |it| {
                    let error = act(operation, it).await.unwrap_err();
                    assert!(it.status("INBOX").await.unwrap_err().ends_session());
                    error
                });
                assert_eq!(kind(&error), "protocol", "{operation:?} {command} {answer} {error}");
            }
        }
    }
}

#[test]
fn any_answer_may_bring_what_nobody_asked_for() {
    let noise = [
        "* OK [ALERT]über",
        "* NO [ALERT] disk is nearly full",
        "* 21 EXISTS",
        "* 1 RECENT",
        "* 2 EXPUNGE",
        "* VANISHED 7:9",
        "* 1 FETCH (FLAGS (\\Seen))",
        "* 1 FETCH (UID 77 FLAGS () RFC822.SIZE 5 BODY[]<0> \"x\" INTERNALDATE NIL)",
        "* NAMESPACE ((\"\" \"/\")) NIL NIL",
        "* ESEARCH (TAG \"A1\") UID",
        "* STATUS INBOX (MESSAGES 3)",
        "* METADATA \"\" /x",
        "* THREAD (1)(2)",
        "",
        "* FLAGS (\\Seen \u{fc})",
        "* BAD [X(((((((((((((((((] x",
        "* LIST () \"/\" {3}\r\na\u{fc}",
        "* CAPABILITY x",
        "*",
    ];
    for (operation, exchanges) in ALL {
        let mut script = Script::logged_in("IMAP4rev1 MOVE UIDPLUS NAMESPACE SPECIAL-USE ID");
        for Exchange { command, data, end, .. } in exchanges {
            script = script.hear(command);
            for line in noise {
                script = script.say(line);
            }
            for line in *data {
                script = script.say(line);
            }
            script = script.tagged(end);
            // What can't be parsed may have been something asked for, which is then asked again.
            if command.starts_with("UID FETCH 1:") {
                script = script.hear("UID SEARCH UID 1:\\*").say("* SEARCH 3").tagged("OK");
            } else if command.starts_with("UID FETCH") {
                script =
                    script.hear("UID FETCH 4 .*").tagged("OK").hear("UID FETCH 5 .*").tagged("OK");
            }
        }
        let (result, _) = talk_within(patient(), script, async |it| act(operation, it).await);
        assert!(result.is_ok(), "{operation:?} {result:?}");
    }
}
