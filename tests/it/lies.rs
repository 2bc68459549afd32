//! Whole passes of the daemon with a server that lies: a real one, behind a line that changes what
//! it says. Whatever it says, every message is in one place, as it was.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use regex::bytes::Captures;

use super::cut_loops::{Line, changes};
use super::support::block_on;
use super::support::dovecot::Setup;
use super::support::inventory::{Inventory, everything};
use super::support::mails::mail;
use super::support::pass::{Chance, PITCH, rounds};
use super::support::proxy::{Lie, Spoiled, number};

const COPYUID: &str = r"COPYUID \d+ [0-9:,]+ [0-9:,]+";

const BOILERPLATE: &str = "Grüße/Textbausteine";

fn count(inventory: &Inventory, folder: &str) -> usize {
    inventory.get(folder).map_or(0, Vec::len)
}

/// How many messages lie in the inbox and in the folders for text blocks and pitches.
fn counts(inventory: &Inventory) -> [usize; 3] {
    ["INBOX", BOILERPLATE, PITCH].map(|folder| count(inventory, folder))
}

/// The daemon watches for a while.
fn watch(line: &Line, time: Duration) {
    let (context, _leash) = line.pass.daemon(false).context(line.pass.settings());
    block_on(async {
        let _ = tokio::time::timeout(time, line.pass.watch(context)).await;
    });
}

fn said(lines: &[String], command: &str) -> usize {
    lines.iter().filter(|it| it.starts_with(command)).count()
}

/// FAULTS.md A12: seen within one pass, tried three times at most, and never again.
#[test]
fn an_ok_that_moved_nothing_is_found_out() {
    let line = Line::lay(Setup::default());
    line.server.fill(6);
    let before = line.server.inventory();
    line.proxy.lie("UID MOVE", Lie::OkUndone);
    let error = line.pass.once(false).unwrap_err();
    assert!(error.contains("see what is said above"), "{error}");
    assert_eq!(everything(&line.server.inventory()), everything(&before));
    assert_eq!(counts(&line.server.inventory()), [6, 0, 0]);
    assert_eq!(said(&line.proxy.take_lines(), "UID MOVE"), 4 * 3, "three tries for each of four");
    line.pass.once(false).unwrap();
    line.proxy.be_honest();
    line.pass.once(false).unwrap();
    assert_eq!(changes(&line.proxy.take_lines()), 0);
    line.server.fill(3);
    line.pass.once(false).unwrap();
    assert_eq!(counts(&line.server.inventory()), [7, 1, 1], "new mail is filed as before");
}

/// FAULTS.md A12, without MOVE: whichever step was not done.
#[test]
fn an_ok_that_copied_or_removed_nothing_is_found_out() {
    for command in ["UID COPY", "UID STORE", "UID EXPUNGE"] {
        let line = Line::lay(Setup::without_move());
        line.server.fill(6);
        let before = line.server.inventory();
        line.proxy.lie(command, Lie::OkUndone);
        line.pass.once(false).unwrap_err();
        let meanwhile = line.server.inventory();
        assert_eq!(counts(&meanwhile)[0], 6, "{command}");
        assert!(said(&line.proxy.take_lines(), command) <= 4 * 3, "{command}");
        let _ = line.pass.once(false);
        assert!(said(&line.proxy.take_lines(), command) <= 4, "{command}");
        line.proxy.be_honest();
        // Copies that could not be ended are tried again an hour later.
        let _ = line.pass.once_later(Duration::from_secs(3700), false);
        let after = line.server.inventory();
        assert_eq!(everything(&after), everything(&before), "{command}");
        let expected = if command == "UID COPY" { [6, 0, 0] } else { [2, 2, 2] };
        assert_eq!(counts(&after), expected, "{command}");
    }
}

/// FAULTS.md A13.
#[test]
fn a_no_that_moved_is_found_out() {
    for (setup, commands) in [
        (Setup::default(), &["UID MOVE", "CREATE", "SUBSCRIBE"][..]),
        (Setup::without_move(), &["UID COPY", "UID STORE", "UID EXPUNGE"]),
    ] {
        let line = Line::lay(setup);
        line.server.fill(150);
        let before = everything(&line.server.inventory());
        for command in commands {
            line.proxy.lie(command, Lie::NoDone);
        }
        line.pass.once(false).unwrap();
        let after = line.server.inventory();
        assert_eq!(everything(&after), before, "0 of 100 doubled");
        assert_eq!(counts(&after), [50, 50, 50]);
    }
}

/// FAULTS.md A11. Each message is said to be its neighbour, at each look.
#[test]
fn what_is_said_of_another_message_moves_nothing() {
    let line = Line::lay(Setup::default());
    line.server.fill(12);
    let before = everything(&line.server.inventory());
    let next = |found: &Captures<'_>| format!("UID {} BODY", number(found, 1) + 1);
    line.proxy.lie("UID FETCH", Lie::replacing(r"UID (\d+) BODY", next));
    watch(&line, Duration::from_secs(3));
    let lines = line.proxy.take_lines();
    assert!(said(&lines, "UID FETCH") > 1);
    assert_eq!(changes(&lines), 0);
    let after = line.server.inventory();
    assert_eq!((everything(&after), count(&after, "INBOX")), (before, 12));
}

/// FAULTS.md A9: UIDVALIDITY is another one each time it is told.
#[test]
fn a_validity_that_changes_all_the_time_moves_nothing() {
    for setup in [Setup::default(), Setup::without_move()] {
        let line = Line::lay(setup);
        line.server.fill(6);
        let before = line.server.inventory();
        for command in ["SELECT", "EXAMINE"] {
            let validity = AtomicUsize::new(if command == "SELECT" { 1000 } else { 5000 });
            let next = move |_: &Captures<'_>| {
                format!("UIDVALIDITY {}", validity.fetch_add(1, Ordering::Relaxed))
            };
            line.proxy.lie(command, Lie::replacing(r"UIDVALIDITY \d+", next));
        }
        for _ in 0..3 {
            let _ = line.pass.once(false);
        }
        let moves = ["UID MOVE", "UID COPY", "UID STORE", "UID EXPUNGE"];
        let lines = line.proxy.take_lines();
        assert_eq!(moves.map(|it| said(&lines, it)), [0; 4], "{lines:#?}");
        assert_eq!(everything(&line.server.inventory()), everything(&before));
    }
}

/// FAULTS.md A16: proof that proves nothing is no proof, and no reason to do it twice.
#[test]
fn garbage_in_copyuid_is_no_proof() {
    for setup in [Setup::default(), Setup::without_move()] {
        for garbage in [
            "COPYUID 1 1:4294967295 1:4294967295",
            "COPYUID 4294967295 4294967295 4294967295",
            "COPYUID 0 0 0",
            "COPYUID 18446744073709551616 1 1",
            "COPYUID 1 1,1,1,1 1:4",
            "COPYUID",
            "COPYUID ((((((((((",
            "COPYUID -1 * *",
        ] {
            let line = Line::lay(setup.clone());
            line.server.fill(36);
            let before = everything(&line.server.inventory());
            for command in ["UID MOVE", "UID COPY"] {
                let lie = move |_: &Captures<'_>| garbage.to_owned();
                line.proxy.lie(command, Lie::replacing(COPYUID, lie));
            }
            line.pass.once(false).unwrap();
            let after = line.server.inventory();
            assert_eq!(everything(&after), before, "{garbage}");
            assert_eq!(counts(&after), [12, 12, 12], "{garbage}");
        }
    }
}

/// FAULTS.md A16: the places of the copies are told crosswise, so that each original would be
/// removed for a copy of another.
#[test]
fn copies_that_are_told_crosswise_are_told_apart() {
    for setup in [Setup::default(), Setup::without_move()] {
        let line = Line::lay(setup);
        line.server.fill(36);
        let before = everything(&line.server.inventory());
        for command in ["UID MOVE", "UID COPY"] {
            let crosswise = |found: &Captures<'_>| {
                let [validity, first, last] = [1, 3, 4].map(|it| number(found, it));
                let from = String::from_utf8_lossy(&found[2]);
                let to: Vec<String> = (first..=last).rev().map(|it| it.to_string()).collect();
                format!("COPYUID {validity} {from} {}", to.join(","))
            };
            let pattern = r"COPYUID (\d+) ([0-9:,]+) (\d+):(\d+)";
            line.proxy.lie(command, Lie::replacing(pattern, crosswise));
        }
        line.pass.once(false).unwrap();
        let after = line.server.inventory();
        assert_eq!((everything(&after), counts(&after)), (before, [12, 12, 12]));
    }
}

/// FAULTS.md A17: before each move somebody renames the target folder.
#[test]
fn a_target_folder_that_vanishes_in_mid_run_costs_no_mail() {
    for (setup, command) in [(Setup::default(), "UID MOVE"), (Setup::without_move(), "UID COPY")] {
        let line = Line::lay(setup);
        let rounds = 5;
        for round in 1..=rounds {
            for _ in 0..6 {
                line.server.raw().append("INBOX", "", "", &mail("pitch"));
            }
            let before = everything(&line.server.inventory());
            let (mut raw, name) = (line.server.raw(), line.server.name(PITCH));
            let mut gone = 0;
            line.proxy.lie(
                command,
                Lie::meanwhile(move || {
                    if gone % 2 == 0 {
                        raw.command(format!("RENAME \"{name}\" \"{name}{round}-{gone}\""));
                    }
                    gone += 1;
                }),
            );
            let _ = line.pass.once(false);
            line.proxy.be_honest();
            let _ = line.pass.once(false);
            let after = line.server.inventory();
            assert_eq!(everything(&after), before, "round {round}");
            assert_eq!(count(&after, "INBOX"), 0, "round {round}");
        }
    }
}

/// FAULTS.md B25: somebody expunges messages while the pass goes on, so that all sequence numbers
/// are others.
#[test]
fn what_others_expunge_meanwhile_shifts_nothing() {
    for setup in [Setup::default(), Setup::without_move()] {
        let line = Line::lay(setup);
        for _ in 0..8 {
            line.server.raw().append("INBOX", "", "", &mail("old"));
        }
        line.pass.once(false).unwrap();
        line.server.fill(12);
        let before = line.server.inventory();
        for command in ["UID FETCH", "UID MOVE", "UID COPY", "UID STORE", "UID EXPUNGE"] {
            let mut raw = line.server.raw();
            let act = Lie::meanwhile(move || {
                raw.ok("SELECT INBOX");
                // The last of the old ones stays, to see that it does.
                if raw.ok("UID SEARCH UID 1:7").iter().any(|it| it.len() > "* SEARCH ".len()) {
                    raw.ok("UID STORE 1:7 +FLAGS.SILENT (\\Deleted)");
                    let first = raw.ok("UID SEARCH UID 1:7");
                    let first = String::from_utf8(first[0].clone()).unwrap();
                    let first = first.split(' ').nth(2).unwrap().to_owned();
                    raw.ok(format!("UID EXPUNGE {first}"));
                }
            });
            line.proxy.lie(command, act);
        }
        line.pass.once(false).unwrap();
        let lines = line.proxy.take_lines();
        let by_number = ["FETCH", "STORE", "COPY", "MOVE", "EXPUNGE", "CLOSE", "SEARCH"];
        assert_eq!(by_number.map(|it| said(&lines, it)), [0; 7]);
        let after = line.server.inventory();
        let old: Vec<_> = before["INBOX"].iter().filter(|it| it.uid <= 7).collect();
        let mut rest = everything(&before);
        rest.retain(|it| old.iter().all(|old| old.hash != it.hash));
        let mut left = everything(&after);
        left.retain(|it| old.iter().all(|old| old.hash != it.hash));
        assert_eq!(left, rest);
        let mine = after["INBOX"].iter().filter(|it| it.uid > 7).count();
        assert_eq!((mine, counts(&after)[1..].to_vec()), (1 + 4, vec![4, 4]));
    }
}

/// FAULTS.md D55.
#[test]
fn a_slow_line_gives_the_same_result() {
    let line = Line::lay(Setup::default());
    line.server.fill(6);
    let before = everything(&line.server.inventory());
    line.proxy.spoil(Spoiled { drip: Some((20, Duration::from_millis(2))), corrupt: None });
    line.pass.once(false).unwrap();
    let after = line.server.inventory();
    assert_eq!((everything(&after), counts(&after)), (before, [2, 2, 2]));
}

/// FAULTS.md D56. `GRUSSD_CORRUPTED=50` for the long form.
#[test]
fn a_corrupted_line_costs_no_mail() {
    for setup in [Setup::default(), Setup::without_move()] {
        let line = Line::lay(setup);
        let (mut chance, mut filed) = (Chance(5), 0);
        let rounds = rounds("GRUSSD_CORRUPTED", 6);
        for round in 1..=rounds {
            line.server.fill(6);
            let before = everything(&line.server.inventory());
            let bits = u8::try_from(chance.below(255) + 1).unwrap();
            let corrupt = Some((chance.below(9000), bits));
            line.proxy.spoil(Spoiled { corrupt, drip: None });
            let _ = line.pass.once(false);
            line.proxy.be_honest();
            let _ = line.pass.once_later(Duration::from_secs(3700), false);
            let after = line.server.inventory();
            assert_eq!(everything(&after), before, "round {round}: {corrupt:?}");
            let [_, boilerplate, pitch] = counts(&after);
            filed = boilerplate + pitch;
            line.proxy.take_lines();
            let _ = line.pass.once(false);
            assert_eq!(changes(&line.proxy.take_lines()), 0, "round {round}: {corrupt:?}");
        }
        println!("{filed} of {} filed in {rounds} rounds", rounds * 4);
        assert!(filed * 10 >= rounds * 4 * 8, "{filed} of {} filed", rounds * 4);
    }
}
