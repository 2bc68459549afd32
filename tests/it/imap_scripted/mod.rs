//! An IMAP account against peers that do what no real server does on demand.

mod answers;
mod login;
mod operations;
mod waiting;

use std::time::{Duration, Instant};

use grussd::mailbox::imap::{ImapMailbox, Timeouts};
use grussd::mailbox::{Mailbox, MailboxError, MessageKey};

use super::support::block_on;
use super::support::scripted::{Heard, Peer, Script};

/// Patience of tests: long for a peer on the same machine, short for somebody who waits.
const SOON: Duration = Duration::from_millis(400);

fn impatient() -> Timeouts {
    Timeouts { connect: SOON, silence: SOON, command: SOON, batch: 2 * SOON, ..Timeouts::default() }
}

fn patient() -> Timeouts {
    Timeouts { idle: Duration::from_secs(5), ..Timeouts::default() }
}

/// The beginning of most scripts.
fn logged_in() -> Script {
    Script::logged_in("IMAP4rev1 IDLE MOVE UIDPLUS")
}

/// A folder being selected: validity 9, next UID 21.
fn selecting(script: Script, verb: &str, folder: &str) -> Script {
    script
        .hear_exactly(&format!("{verb} \"{folder}\""))
        .say("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
        .say("* OK [PERMANENTFLAGS (\\Answered \\Deleted \\*)] Flags permitted.")
        .say("* 20 EXISTS")
        .say("* 0 RECENT")
        .say("* OK [UIDVALIDITY 9] UIDs valid")
        .say("* OK [UIDNEXT 21] Predicted next UID")
        .tagged(if verb == "SELECT" { "OK [READ-WRITE] done" } else { "OK [READ-ONLY] done" })
}

fn key(uid: u32) -> MessageKey {
    MessageKey::Imap { uid_validity: 9, uid }
}

fn keys(uids: impl IntoIterator<Item = u32>) -> Vec<MessageKey> {
    uids.into_iter().map(key).collect()
}

/// Connects to a peer that plays the script, and does something with the account. Fails unless the
/// script is played to its end.
#[track_caller]
fn talk_within<T>(
    timeouts: Timeouts,
    script: Script,
    act: impl AsyncFnOnce(&mut ImapMailbox) -> T,
) -> (T, Heard) {
    let peer = Peer::play(script);
    let result = block_on(async {
        let mut mailbox = ImapMailbox::connect_within(&peer.config(), timeouts).await.unwrap();
        act(&mut mailbox).await
    });
    (result, peer.finish())
}

#[track_caller]
fn talk<T>(script: Script, act: impl AsyncFnOnce(&mut ImapMailbox) -> T) -> T {
    talk_within(patient(), script, act).0
}

/// What kind of error it is, and that it keeps its promises.
#[track_caller]
fn kind(error: &MailboxError) -> &'static str {
    let text = error.to_string();
    assert!(!text.contains('\n') && !text.contains('\u{1b}'), "{text:?}");
    assert!(text.len() < 600, "{text}");
    let (kind, ends) = match error {
        MailboxError::Connection { .. } => ("connection", true),
        MailboxError::Timeout { .. } => ("timeout", true),
        MailboxError::Protocol(_) => ("protocol", true),
        MailboxError::Refused { .. } => ("refused", false),
        MailboxError::NoFolder(_) => ("no folder", false),
        MailboxError::UidValidity { .. } => ("validity", false),
        MailboxError::Tls(_) => ("tls", true),
        MailboxError::Login { .. } => ("login", true),
        MailboxError::LoginUnavailable(_) => ("busy", true),
        MailboxError::Secret(_) => ("secret", true),
        MailboxError::File { .. } => ("file", false),
    };
    assert_eq!(error.ends_session(), ends, "{error:?}");
    kind
}

/// How long something takes.
async fn timed<T>(act: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    (act.await, begun.elapsed())
}

#[test]
fn goodbye_is_said_and_waited_for() {
    let script = logged_in().hear("LOGOUT").say("* BYE").tagged("OK bye");
    let peer = Peer::play(script);
    block_on(async {
        let mailbox = ImapMailbox::connect(&peer.config()).await.unwrap();
        mailbox.close().await.unwrap();
    });
    peer.finish();
    // Some servers don't answer it to the end.
    let peer = Peer::play(logged_in().hear("LOGOUT").say("* BYE"));
    block_on(async {
        let mailbox = ImapMailbox::connect(&peer.config()).await.unwrap();
        mailbox.close().await.unwrap();
    });
    peer.finish();
}
