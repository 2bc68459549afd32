//! Whatever is killed at whatever instant: nothing is lost, doubled or changed, and after the next
//! pass everything is where it belongs. `tests/results/` says what long loops found, and how to run
//! one.

use std::time::{Duration, Instant};

use super::pass;
use crate::support::dovecot;
use crate::support::inventory::{Inventory, everything};
use crate::support::pass::{Chance, PITCH, rounds};
use crate::support::server::{Product, Server};
use crate::support::tally::{Tally, Trace};

/// Rounds on one server: every message that is there is compared in each.
const ROUNDS_A_SERVER: usize = 20;
/// A set of moves, and few that go one by one, in turn.
const DELIVERIES: [usize; 2] = [60, 12];

on_each_server!(
    /// FAULTS.md A7.
    daemon, check_daemon, Chance(2), rounds("GRUSSD_KILLS", 4)
);

#[test]
fn daemon_without_move() {
    check_daemon(dovecot::Setup::without_move(), Chance(3), rounds("GRUSSD_KILLS", 4));
}

on_each_server!(
    /// FAULTS.md A8.
    server, check_server, Chance(4), rounds("GRUSSD_SERVER_KILLS", 2)
);

#[test]
fn server_without_move() {
    check_server(dovecot::Setup::without_move(), Chance(5), rounds("GRUSSD_SERVER_KILLS", 2));
}

/// As the results name it.
fn account<P: Product>(setup: &P) -> String {
    let without_move = P::NAME == "Dovecot" && !setup.prefix().is_empty();
    format!("{}{}", P::NAME, if without_move { " without MOVE" } else { "" })
}

fn traces(inventory: &Inventory) -> Vec<Trace> {
    let rest = |flags, date| format!("{flags:?} {date}");
    everything(inventory).into_iter().map(|it| (it.hash, rest(it.flags, it.date))).collect()
}

/// A kill, and what has to hold after the next pass: between marking and expunging a killed daemon
/// leaves a mark of deletion, so it is looked at after that.
fn round<P: Product>(server: &mut Server<P>, tally: &mut Tally, kill: impl FnOnce(&mut Server<P>)) {
    let count = DELIVERIES[tally.rounds % 2];
    let greetings_there =
        |all: &Inventory| all.values().map(Vec::len).sum::<usize>() - all["INBOX"].len();
    server.fill(count);
    let before = server.inventory();
    let (others, filed) = (before["INBOX"].len() - count * 2 / 3, greetings_there(&before));
    kill(server);
    pass(server).once(true).unwrap();
    let after = server.inventory();
    tally.compare(&traces(&before), &traces(&after));
    tally.misfiled += after["INBOX"].len().abs_diff(others);
    tally.misfiled += greetings_there(&after).abs_diff(filed + count * 2 / 3);
    tally.rounds += 1;
}

/// What a loop left behind needs nothing more.
fn check_rest<P: Product>(server: &Server<P>) {
    let (pass, before) = (pass(server), server.inventory());
    let journal = pass.journal();
    pass.once(true).unwrap();
    assert_eq!(server.inventory(), before);
    assert_eq!(pass.journal(), journal);
    assert!(!before[PITCH].is_empty());
}

fn check_daemon<P: Product>(setup: P, mut chance: Chance, rounds: usize) {
    let mut tally = Tally::new("daemon", &account(&setup));
    while tally.rounds < rounds {
        let mut server = Server::start(setup.clone());
        server.fill(60);
        let whole = pass(&server).time();
        for _ in 0..ROUNDS_A_SERVER.min(rounds - tally.rounds) {
            let mut interrupted = false;
            round(&mut server, &mut tally, |server| {
                interrupted = pass(server).kill(&mut chance, whole);
            });
            tally.interrupted += usize::from(interrupted);
        }
        check_rest(&server);
    }
    tally.finish();
}

fn check_server<P: Product>(setup: P, mut chance: Chance, rounds: usize) {
    let mut tally = Tally::new("server", &account(&setup));
    while tally.rounds < rounds {
        let mut server = Server::start(setup.clone());
        server.fill(60);
        let begun = Instant::now();
        pass(&server).once(true).unwrap();
        let whole = begun.elapsed();
        for _ in 0..ROUNDS_A_SERVER.min(rounds - tally.rounds) {
            let mut interrupted = false;
            round(&mut server, &mut tally, |server| {
                interrupted = kill_server(server, &mut chance, whole);
            });
            tally.interrupted += usize::from(interrupted);
        }
        check_rest(&server);
    }
    tally.finish();
}

/// Kills a server under a pass, and starts it again. The pass may come to its end then, or not.
fn kill_server<P: Product>(server: &mut Server<P>, chance: &mut Chance, whole: Duration) -> bool {
    let pass = pass(server);
    let journal = pass.length();
    let working = std::thread::spawn({
        let pass = pass.clone();
        move || pass.once(true)
    });
    pass.strike(chance, whole, journal, || working.is_finished());
    server.kill();
    let interrupted = !working.is_finished();
    server.up();
    let _ = working.join().unwrap();
    interrupted
}
