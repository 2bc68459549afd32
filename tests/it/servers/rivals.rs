//! Two daemons on one account: they neither lose nor double anything (FAULTS.md A1).

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use grussd::config::Tls;

use super::{pass, pass_over};
use crate::support::dovecot;
use crate::support::inventory::everything;
use crate::support::pass::{PITCH, rounds};
use crate::support::process::wait_until;
use crate::support::program::{grussd, run};
use crate::support::server::{Product, Server};

on_each_server!(two_states_on_one_account, check_two_states);

#[test]
fn two_states_on_one_account_without_move() {
    check_two_states(dovecot::Setup { without: &["MOVE"], ..dovecot::Setup::default() });
}

/// Both begin at the same time, each with a state of its own, as on two machines.
fn check_two_states<P: Product>(setup: P) {
    let server = Server::start(setup);
    let one = pass(&server);
    let other = pass_over(&server, server.config(Tls::Implicit));
    let other = crate::support::pass::Pass { state: server.path().join("other"), ..other };
    let rounds = rounds("GRUSSD_RIVALS", 6);
    let mut inbox = 0;
    for round in 0..rounds {
        let count = [60, 12][round % 2];
        server.fill(count);
        inbox += count / 3;
        let before = everything(&server.inventory());
        for mut begun in [one.begin(), other.begin()] {
            assert!(begun.wait().unwrap().success());
        }
        let after = server.inventory();
        assert_eq!(everything(&after), before, "round {round}");
        assert_eq!(after["INBOX"].len(), inbox, "round {round}");
    }
    let settled = server.inventory();
    assert!(!settled[PITCH].is_empty());
    one.once(true).unwrap();
    other.once(true).unwrap();
    assert_eq!(server.inventory(), settled, "they don't fight");
}

/// The same state: the second refuses within a second.
#[test]
fn a_second_process_refuses_at_once() {
    let server = Server::start(dovecot::Setup::default());
    let config = server.configure("").display().to_string();
    let home = server.path().join("state");
    let command = |options: &[&str]| {
        grussd(server.path(), &[&["--config", &config, "run"], options].concat())
    };
    let mut first = command(&[]).stderr(Stdio::null()).spawn().unwrap();
    let journal = home.join("journal");
    wait_until("nothing begins", || fs::metadata(&journal).is_ok_and(|it| it.len() > 0));
    let begun = Instant::now();
    let second = run(command(&["--once"]));
    let time = begun.elapsed();
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.status, 1, "{second:?}");
    assert!(second.stderr.contains(&format!("process {}", first.id())), "{second:?}");
    assert!(time < Duration::from_secs(1), "{time:?}");
    // A lock of a dead process is none.
    assert_eq!(run(command(&["--once"])).status, 0);
}
