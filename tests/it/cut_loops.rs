//! Whole passes of the daemon over a line that is cut: before a command, in it, in its answer,
//! behind it. However it was cut, every message is in one place afterwards, as it was, and the next
//! pass finds nothing to do.
//!
//! `GRUSSD_CUTS=100` makes a hundred rounds of each loop (twice that of the random ones).

use grussd::config::{Imap, Source, Tls};

use super::support::dovecot::{Dovecot, Setup};
use super::support::inventory::everything;
use super::support::pass::{Chance, PITCH, Pass, rounds};
use super::support::proxy::{Cut, Proxy};

/// What changes something on a server.
pub(crate) const CHANGES: [&str; 7] =
    ["UID MOVE", "UID COPY", "UID STORE", "UID EXPUNGE", "CREATE", "SUBSCRIBE", "APPEND"];

pub(crate) fn changes(lines: &[String]) -> usize {
    lines.iter().filter(|line| CHANGES.iter().any(|it| line.starts_with(it))).count()
}

/// A server, a line to it, and a daemon that begins with an empty inbox.
pub(crate) struct Line {
    pub(crate) server: Dovecot,
    pub(crate) proxy: Proxy,
    pub(crate) pass: Pass,
}

impl Line {
    pub(crate) fn lay(setup: Setup) -> Self {
        let server = Dovecot::start(setup);
        let proxy = Proxy::start(server.port);
        let source = Source::Imap(Imap { port: proxy.port, ..server.config(Tls::None) });
        let pass = Pass { state: server.path().join("grussd"), source };
        pass.once(false).unwrap();
        proxy.take_lines();
        Line { server, proxy, pass }
    }
}

/// Each round six messages come, of which four are to be filed, and `cut` chooses where the line
/// is cut.
fn check_cuts(setup: Setup, rounds: usize, mut cut: impl FnMut(&Proxy, &mut Chance)) {
    let line = Line::lay(setup);
    let (server, proxy, pass) = (&line.server, &line.proxy, &line.pass);
    let (mut chance, mut cuts, mut tries) = (Chance(4), 0, 0);
    for round in 1..=rounds {
        server.fill(6);
        let before = everything(&server.inventory());
        cut(proxy, &mut chance);
        let _ = pass.once(false);
        cuts += proxy.cuts();
        proxy.be_honest();
        let lines = proxy.take_lines();
        tries += lines.iter().filter(|it| it.starts_with("LOGIN")).count();
        pass.once(false).unwrap();
        let after = server.inventory();
        assert_eq!(everything(&after), before, "round {round}: {lines:#?}");
        let counts = (after["INBOX"].len(), after[PITCH].len());
        assert_eq!(counts, (round * 2, round * 2), "round {round}: {lines:#?}");
        proxy.take_lines();
        pass.once(false).unwrap();
        assert_eq!(changes(&proxy.take_lines()), 0, "round {round}: a second pass changes nothing");
    }
    println!("{rounds} rounds, {cuts} cuts, {tries} connections: 0 lost, 0 doubled, 0 changed");
    assert!(cuts >= rounds * 9 / 10, "{cuts} cuts in {rounds} rounds");
}

/// FAULTS.md A3.
#[test]
fn a_move_whose_answer_is_lost_is_not_repeated() {
    check_cuts(Setup::default(), rounds("GRUSSD_CUTS", 5), |proxy, _| {
        proxy.cut("UID MOVE", Cut::After);
    });
}

/// FAULTS.md A4.
#[test]
fn a_move_that_never_arrived_is_made_again() {
    check_cuts(Setup::default(), rounds("GRUSSD_CUTS", 5), |proxy, _| {
        proxy.cut("UID MOVE", Cut::Before);
    });
}

/// Anywhere in the first commands of a pass, and once more while it is found out what was done.
fn anywhere(proxy: &Proxy, chance: &mut Chance) {
    for cuts in [30, 15] {
        let cut = Cut::ALL[chance.below(Cut::ALL.len())];
        proxy.cut_later("", chance.below(cuts), cut);
    }
}

/// FAULTS.md A5.
#[test]
fn a_line_that_is_cut_anywhere_loses_nothing() {
    check_cuts(Setup::default(), rounds("GRUSSD_CUTS", 2) * 2, anywhere);
}

/// FAULTS.md A6, of which this is the random part.
#[test]
fn a_line_that_is_cut_anywhere_loses_nothing_without_move() {
    check_cuts(Setup::without_move(), rounds("GRUSSD_CUTS", 2) * 2, anywhere);
}

/// FAULTS.md A6: each step of a move by copy.
fn check_step(command: &str) {
    check_cuts(Setup::without_move(), rounds("GRUSSD_CUTS", 4), |proxy, chance| {
        let cut = Cut::ALL[chance.below(Cut::ALL.len())];
        proxy.cut_later(command, chance.below(4), cut);
    });
}

#[test]
fn a_cut_around_copy_is_resumed() {
    check_step("UID COPY");
}

#[test]
fn a_cut_around_store_is_resumed() {
    check_step("UID STORE");
}

#[test]
fn a_cut_around_expunge_is_resumed() {
    check_step("UID EXPUNGE");
}
