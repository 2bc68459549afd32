//! The daemon against a real Dovecot: everything is filed, and every message is there before and
//! after, byte for byte, with its flags, keywords and date.

use std::time::{Duration, Instant};

use grussd::config::{Source, Tls};

use super::support::block_on;
use super::support::dovecot::{Dovecot, Setup};
use super::support::inventory::everything;
use super::support::mails::{fill, without_move};
use super::support::pass::{Chance, PITCH, Pass, rounds};

fn pass(server: &Dovecot) -> Pass {
    let source = Source::Imap(server.config(Tls::Implicit));
    Pass { state: server.path().join("grussd"), source }
}

fn check_sorted(setup: Setup) {
    let server = Dovecot::start(setup);
    fill(&server, 60);
    let pass = pass(&server);
    pass.once(false).unwrap();
    fill(&server, 240);
    let before = server.inventory();
    assert_eq!(before["INBOX"].len(), 300, "what is there on the first run stays");
    pass.once(false).unwrap();
    let after = server.inventory();
    assert_eq!(everything(&after), everything(&before));
    assert_eq!((after["INBOX"].len(), after[PITCH].len()), (60 + 80, 80));

    let journal = pass.journal();
    pass.once(false).unwrap();
    assert_eq!(server.inventory(), after, "a second run does nothing");
    assert_eq!(pass.journal(), journal);

    pass.once(true).unwrap();
    let sorted = server.inventory();
    assert_eq!(everything(&sorted), everything(&before));
    assert_eq!((sorted["INBOX"].len(), sorted[PITCH].len()), (100, 100));

    // FAULTS.md B23: 1,000 of 1,000.
    fill(&server, 700);
    let before = everything(&server.inventory());
    pass.once(true).unwrap();
    assert_eq!((everything(&server.inventory()), before.len()), (before, 1000));
}

#[test]
fn new_mail_and_backlog_are_sorted() {
    check_sorted(Setup::default());
}

#[test]
fn without_move_they_are_sorted_as_well() {
    check_sorted(without_move());
}

#[test]
fn a_delivery_is_filed_when_the_server_tells() {
    let server = Dovecot::start(Setup::default());
    let pass = pass(&server);
    pass.once(false).unwrap();
    let (context, leash) = pass.daemon(false).context(pass.settings());
    block_on(async {
        let task = tokio::task::spawn_local(async move { pass.watch(context).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begun = Instant::now();
        server.deliver(b"Message-ID: <1@example.org>\r\nSubject: pitch\r\n\r\nx\r\n");
        while server.inventory().get(PITCH).is_none_or(Vec::is_empty) {
            assert!(begun.elapsed() < Duration::from_secs(15), "not filed\n{}", server.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("filed after {:?}", begun.elapsed());
        leash.stop();
        let begun = Instant::now();
        task.await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "ended after {:?}", begun.elapsed());
    });
}

/// FAULTS.md A7. Between marking and expunging a killed daemon leaves a mark of deletion, so the
/// mailbox is compared after the next pass.
fn check_kills(setup: Setup, rounds: usize) {
    let server = Dovecot::start(setup);
    let pass = pass(&server);
    fill(&server, 60);
    let whole = pass.time();
    let (mut chance, mut interrupted) = (Chance(2), 0);
    for round in 0..rounds {
        fill(&server, 60);
        let before = everything(&server.inventory());
        interrupted += usize::from(pass.kill(&mut chance, whole));
        pass.once(true).unwrap();
        let after = server.inventory();
        assert_eq!(everything(&after), before, "round {round}");
        assert_eq!(after["INBOX"].len(), (round + 2) * 20, "round {round}");
    }
    println!("{interrupted} of {rounds} killed in the middle of something");
}

#[test]
fn killed_at_any_instant() {
    check_kills(Setup::default(), rounds("GRUSSD_KILLS", 10));
}

#[test]
fn killed_at_any_instant_without_move() {
    check_kills(without_move(), rounds("GRUSSD_KILLS", 10));
}

/// FAULTS.md A8.
fn check_server_kills(setup: Setup, rounds: usize) {
    let mut server = Dovecot::start(setup);
    fill(&server, 60);
    let begun = Instant::now();
    pass(&server).once(true).unwrap();
    let (whole, mut chance) = (begun.elapsed(), Chance(3));
    for round in 0..rounds {
        fill(&server, 60);
        let before = everything(&server.inventory());
        let working = std::thread::spawn({
            let pass = pass(&server);
            move || pass.once(true)
        });
        let pause = chance.within(whole);
        block_on(async move { tokio::time::sleep(pause).await });
        server.kill();
        server.up();
        let _ = working.join().unwrap();
        // It may be up on another port.
        pass(&server).once(true).unwrap();
        let after = server.inventory();
        assert_eq!(everything(&after), before, "round {round}");
        assert_eq!(after["INBOX"].len(), (round + 2) * 20, "round {round}");
    }
}

#[test]
fn the_server_killed_at_any_instant() {
    check_server_kills(Setup::default(), rounds("GRUSSD_SERVER_KILLS", 3));
}

#[test]
fn the_server_killed_at_any_instant_without_move() {
    check_server_kills(without_move(), rounds("GRUSSD_SERVER_KILLS", 3));
}
