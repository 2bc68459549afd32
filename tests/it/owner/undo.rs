//! `grussd history` and `grussd undo`.

use std::fs;

use grussd::store::Lock;
use serde_json::Value;

use crate::support::household::{Household, PITCH, mail, pitch};

/// Files so many pitches, beside a mail that is no greeting.
fn filed(household: &Household, count: usize) {
    household.done(&["run", "--once"]);
    for id in 1..=count {
        household.put("INBOX", &pitch(id));
    }
    household.put("INBOX", &mail(99, "it@mail.example", "Der Server wird neu gestartet."));
    household.done(&["run", "--once"]);
    assert_eq!(household.ids(PITCH), (1..=count).collect::<Vec<_>>());
}

fn history(household: &Household) -> Vec<Value> {
    let lines = household.done(&["history", "--json"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_was_filed_is_told_and_put_back_for_good() {
    Household::each(|household| {
        let nothing = household.run(&["undo", "--since", "1d"]);
        assert_eq!(
            (nothing.status, nothing.stderr.as_str()),
            (1, "grussd: nothing was filed yet\n")
        );
        filed(household, 3);
        let told = history(household);
        assert_eq!(told.len(), 3);
        assert!(told.iter().all(|it| {
            it["from"] == "INBOX"
                && it["to"] == PITCH
                && it["verdict"] == "pitch"
                && it["occasion"] == "christmas"
                && it["state"] == "filed"
                && !it["evidence"].as_array().unwrap().is_empty()
        }));
        let text = household.done(&["history", "--since", "1h"]);
        assert!(text.contains("\tINBOX -> Grüße/Werbung\tpitch "), "{text}");
        assert_eq!(household.done(&["history", "--since", "2100-01-01"]), "");

        let before = household.everything();
        let journal = || fs::read(household.state().join("journal")).unwrap();
        let untouched = journal();
        let dry = household.done(&["undo", "--since", "1h", "--dry-run"]);
        assert_eq!(dry.matches("would go back from Grüße/Werbung to INBOX\n").count(), 3, "{dry}");
        assert_eq!(household.ids(PITCH), [1, 2, 3]);
        assert_eq!(journal(), untouched);

        let first = told[0]["id"].to_string();
        let said = household.done(&["undo", &first]);
        assert_eq!(said, format!("{first}\tput back from Grüße/Werbung to INBOX\n"));
        assert_eq!(household.ids("INBOX"), [1, 99]);
        let said = household.done(&["undo", "--since", "1h"]);
        assert_eq!(said.lines().count(), 2, "{said}");
        assert_eq!(household.ids("INBOX"), [1, 2, 3, 99]);
        assert_eq!(household.everything(), before);

        for _ in 0..2 {
            household.done(&["run", "--once", "--backlog"]);
            assert_eq!(household.ids("INBOX"), [1, 2, 3, 99], "never filed again");
        }
        let states = history(household);
        let states: Vec<&str> = states.iter().map(|it| it["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["undone", "undone", "undone", "undo", "undo", "undo"]);
        let nothing = household.done(&["undo", "--since", "1h"]);
        assert_eq!(nothing, "nothing was filed since then that is not back already\n");
        let again = household.run(&["undo", &first]);
        assert_eq!(again.stderr, format!("grussd: {first} was put back already\n"));
        assert_eq!(household.run(&["undo", "777"]).status, 1);
    });
}

#[test]
fn what_the_owner_moved_on_is_left_alone() {
    Household::each(|household| {
        filed(household, 2);
        household.moves(1, PITCH, "Trash");
        let said = household.done(&["undo", "--since", "1h"]);
        assert!(said.contains("is no longer in Grüße/Werbung; left alone"), "{said}");
        assert_eq!((household.ids("INBOX"), household.ids("Trash")), (vec![2, 99], vec![1]));
    });
}

#[test]
fn beside_a_daemon_nothing_is_put_back() {
    let household = Household::with_maildir();
    filed(&household, 1);
    let lock = Lock::acquire(&household.state()).unwrap();
    let refused = household.run(&["undo", "--since", "1h"]);
    assert_eq!((refused.status, refused.stdout.as_str()), (1, ""));
    assert!(refused.stderr.contains("`systemctl stop grussd`"), "{refused:?}");
    assert!(refused.stderr.contains("process "), "{refused:?}");
    // Reading is possible all the same.
    household.done(&["undo", "--since", "1h", "--dry-run"]);
    assert_eq!(history(&household).len(), 1);
    drop(lock);
    household.done(&["undo", "--since", "1h"]);
    assert_eq!(household.ids("INBOX"), [1, 99]);
}

#[test]
fn wrong_usage_is_refused() {
    let household = Household::with_maildir();
    for arguments in [
        &["undo"][..],
        &["undo", "--since", "yesterday"],
        &["undo", "--since", "1h", "3"],
        &["undo", "x"],
        &["history", "3"],
    ] {
        assert_eq!(household.run(arguments).status, 2, "{arguments:?}");
    }
    assert_eq!(household.done(&["history"]), "");
}
