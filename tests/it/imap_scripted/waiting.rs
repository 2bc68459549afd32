//! Waiting for mail, and a server that makes it hard.

use std::time::Duration;

use grussd::mailbox::imap::{ImapMailbox, Timeouts};
use grussd::mailbox::{Mailbox, MailboxError, Wake};

use super::super::support::block_on;
use super::super::support::scripted::{Peer, Script};
use super::{SOON, impatient, kind, logged_in, patient, selecting, talk_within, timed};

fn watched() -> Script {
    selecting(logged_in(), "SELECT", "INBOX")
}

/// Looks at the inbox, then waits for so long.
async fn wait(
    mailbox: &mut ImapMailbox,
    limit: Duration,
) -> (Result<Wake, MailboxError>, Duration) {
    mailbox.status("INBOX").await.unwrap();
    timed(mailbox.wait(&["INBOX".to_owned()], limit)).await
}

#[test]
fn new_mail_ends_an_idle_and_flags_do_not() {
    let script = watched()
        .hear("IDLE")
        .say("* 1 FETCH (FLAGS (\\Seen))")
        .say("+ idling")
        .say("* OK Still here")
        .say("* 20 EXISTS")
        .say("* 2 RECENT")
        .say("* 1 FETCH (FLAGS (\\Seen))")
        .pause(Duration::from_millis(300))
        .say("* 21 EXISTS")
        .hear("DONE")
        .tagged("OK idle completed");
    let ((wake, time), _) = talk_within(patient(), script, async |it| wait(it, 10 * SOON).await);
    assert_eq!(wake.unwrap(), Wake::Changed);
    assert!(time >= Duration::from_millis(300) && time < 10 * SOON, "{time:?}");
}

#[test]
fn what_others_take_away_ends_an_idle() {
    for line in ["* 3 EXPUNGE", "* VANISHED 3:5"] {
        let script = watched().hear("IDLE").say("+").say(line).hear("DONE").tagged("OK");
        let ((wake, _), _) = talk_within(patient(), script, async |it| wait(it, 10 * SOON).await);
        assert_eq!(wake.unwrap(), Wake::Changed);
    }
}

#[test]
fn news_that_came_before_the_idle_are_news() {
    // Between looking and waiting.
    let script = watched().hear("UID FETCH .*").say("* 21 EXISTS").tagged("OK");
    let (wake, _) = talk_within(patient(), script, async |it| {
        it.status("INBOX").await.unwrap();
        it.list("INBOX", None).await.unwrap();
        it.wait(&["INBOX".to_owned()], 10 * SOON).await.unwrap()
    });
    assert_eq!(wake, Wake::Changed);
    // While the server was busy with agreeing.
    let script = watched().hear("IDLE").say("* 21 EXISTS").say("+").hear("DONE").tagged("OK");
    let ((wake, time), _) = talk_within(patient(), script, async |it| wait(it, 10 * SOON).await);
    assert_eq!(wake.unwrap(), Wake::Changed);
    assert!(time < SOON, "{time:?}");
    // Or with ending it.
    let script = watched().hear("IDLE").say("+").hear("DONE").say("* 21 EXISTS").tagged("OK");
    let ((wake, _), _) = talk_within(patient(), script, async |it| wait(it, SOON / 4).await);
    assert_eq!(wake.unwrap(), Wake::Changed);
}

#[test]
fn an_idle_is_begun_anew_before_it_is_old() {
    let mut script = watched();
    for _ in 0..3 {
        script = script.hear("IDLE").say("+").hear("DONE").tagged("OK");
    }
    let timeouts = Timeouts { idle: Duration::from_millis(100), ..patient() };
    let ((wake, time), _) =
        talk_within(timeouts, script, async |it| wait(it, Duration::from_millis(280)).await);
    assert_eq!(wake.unwrap(), Wake::Elapsed);
    assert!(time >= Duration::from_millis(280), "{time:?}");
}

#[test]
fn a_server_that_refuses_idle_is_polled() {
    for answer in ["NO not now", "BAD what is IDLE?"] {
        let script = watched()
            .hear("IDLE")
            .tagged(answer)
            .hear("NOOP")
            .tagged("OK")
            .hear("NOOP")
            .say("* 21 EXISTS")
            .tagged("OK");
        let timeouts = Timeouts { idle: Duration::from_millis(100), ..patient() };
        let ((wake, time), _) = talk_within(timeouts, script, async |it| wait(it, 10 * SOON).await);
        assert_eq!(wake.unwrap(), Wake::Changed);
        assert!(time >= Duration::from_millis(200), "{time:?}");
    }
}

#[test]
fn a_server_that_ends_an_idle_by_itself_is_asked_again() {
    let script = watched()
        .hear("IDLE")
        .say("+")
        .tagged("OK that is enough")
        .hear("IDLE")
        .say("+")
        .say("* 21 EXISTS")
        .hear("DONE")
        .tagged("OK");
    let ((wake, _), _) = talk_within(patient(), script, async |it| wait(it, 10 * SOON).await);
    assert_eq!(wake.unwrap(), Wake::Changed);
}

#[test]
fn a_broken_idle_is_noticed() {
    let idling = || watched().hear("IDLE").say("+ idling");
    for (script, expected) in [
        (watched().hear("IDLE").silence(), "timeout"),
        (watched().hear("IDLE"), "connection"),
        (idling(), "connection"),
        (idling().say("* BYE timeout"), "connection"),
        (idling().raw(b"* 21 EXI"), "connection"),
        (idling().hear("DONE").silence(), "timeout"),
        (idling().hear("DONE"), "connection"),
        (idling().say("garbage").silence(), "protocol"),
        (idling().say("A0099 OK").silence(), "protocol"),
    ] {
        let ((wake, time), _) =
            talk_within(impatient(), script, async |it| wait(it, 2 * SOON).await);
        assert_eq!(kind(&wake.unwrap_err()), expected);
        assert!(time < Duration::from_secs(10), "{time:?}");
    }
}

#[test]
fn a_storm_ends_an_idle() {
    let idling = watched().hear("IDLE").say("+ idling");
    for script in [idling, watched().hear("IDLE")] {
        let script = script.flood(b"* OK Still here\r\n", 1 << 30);
        let ((wake, time), _) =
            talk_within(patient(), script, async |it| wait(it, Duration::from_secs(60)).await);
        assert_eq!(kind(&wake.unwrap_err()), "protocol");
        assert!(time < Duration::from_secs(30), "{time:?}");
    }
}

#[test]
fn a_wait_that_is_dropped_is_ended_with_done() {
    let idling = || watched().hear("IDLE").say("+ idling").hear("DONE");
    let dropped = async |peer: &Peer| {
        let mut mailbox = ImapMailbox::connect_within(&peer.config(), patient()).await.unwrap();
        mailbox.status("INBOX").await.unwrap();
        let folders = ["INBOX".to_owned()];
        let wait = mailbox.wait(&folders, Duration::from_secs(60));
        assert!(tokio::time::timeout(SOON, wait).await.is_err());
        mailbox
    };
    let peer = Peer::play(
        idling().say("* 21 EXISTS").tagged("OK").hear("LOGOUT").say("* BYE").tagged("OK"),
    );
    block_on(async { dropped(&peer).await.close().await.unwrap() });
    peer.finish();

    // It can be used as before.
    let script = selecting(idling().tagged("OK"), "SELECT", "INBOX");
    let peer = Peer::play(script);
    block_on(async {
        assert_eq!(dropped(&peer).await.status("INBOX").await.unwrap().messages, 20);
    });
    peer.finish();

    // A server that never agreed to the IDLE is left without a word.
    let peer = Peer::play(watched().hear("IDLE").silence());
    block_on(async {
        let mailbox = dropped(&peer).await;
        let (closed, time) = timed(mailbox.close()).await;
        closed.unwrap();
        assert!(time < SOON, "{time:?}");
    });
    assert_eq!(peer.finish().lines.last().unwrap(), "IDLE");
}

#[test]
fn a_folder_that_is_gone_can_t_be_watched() {
    let script = logged_in().hear("EXAMINE \"x\"").tagged("NO [NONEXISTENT] gone");
    let (error, _) = talk_within(patient(), script, async |it| {
        it.wait(&["x".to_owned()], SOON).await.unwrap_err()
    });
    assert_eq!(kind(&error), "no folder");
}

#[test]
fn without_a_folder_there_is_nothing_but_time() {
    let ((wake, time), _) =
        talk_within(patient(), logged_in(), async |it| timed(it.wait(&[], SOON)).await);
    assert_eq!(wake.unwrap(), Wake::Elapsed);
    assert!(time >= SOON, "{time:?}");
}
