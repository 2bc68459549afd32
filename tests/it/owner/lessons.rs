//! What the owner teaches by moving mail; `grussd lessons`, `forget`, `check` and `rehearse`.

use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use grussd::store::Lock;

use crate::support::block_on;
use crate::support::household::{BOILERPLATE, Household, PERSONAL, PITCH, mail, pitch};
use crate::support::program::grussd;

/// Three pitches filed, one wish and one other mail in the inbox.
fn filed(household: &Household) {
    household.done(&["run", "--once"]);
    for id in 1..=3 {
        household.put("INBOX", &pitch(id));
    }
    household.put("INBOX", &mail(8, "Ulf <ulf+mobil@mail.example>", "Das Protokoll ist fertig."));
    household.put("INBOX", &mail(9, "it@mail.example", "Der Server wird neu gestartet."));
    household.done(&["run", "--once"]);
    assert_eq!((household.ids(PITCH), household.ids("INBOX")), (vec![1, 2, 3], vec![8, 9]));
}

/// Lessons as listed, without number and time, by subject.
fn lessons(household: &Household) -> Vec<String> {
    let listed = household.done(&["lessons"]);
    let mut lessons: Vec<String> = listed
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            format!("{}: {} in {} by {}", fields[6], fields[2], fields[4], fields[5])
        })
        .collect();
    lessons.sort();
    lessons
}

#[test]
fn what_the_owner_moves_is_learnt_and_never_moved_again() {
    Household::each(|household| {
        filed(household);
        household.done(&["run", "--once"]);
        assert_eq!(lessons(household), Vec::<String>::new(), "own moves teach nothing");
        assert!(household.done(&["check"]).contains("\nno lesson yet; "));

        let before = household.everything();
        household.moves(1, PITCH, PERSONAL);
        household.moves(2, PITCH, "INBOX");
        household.moves(3, PITCH, "Trash");
        household.moves(8, "INBOX", BOILERPLATE);
        let expected = [
            "Gruß 1: personal, not pitch in Grüße/Persönlich by shop1@kurse.example",
            "Gruß 2: other, not pitch in INBOX by shop2@kurse.example",
            "Gruß 8: boilerplate in Grüße/Textbausteine by ulf@mail.example",
        ];
        for _ in 0..2 {
            household.done(&["run", "--once", "--backlog"]);
            assert_eq!(lessons(household), expected);
            assert_eq!(household.ids("INBOX"), [2, 9]);
            assert_eq!(household.ids(PITCH), Vec::<usize>::new());
        }
        assert_eq!(household.everything(), before);
        let checked = household.done(&["check"]);
        assert!(
            checked.contains("\nlast lesson: ") && checked.contains("of 30 days: 3\n"),
            "{checked}"
        );

        // The latest lesson is in force; one that was taken back stays so.
        household.moves(1, PERSONAL, "INBOX");
        household.done(&["run", "--once"]);
        assert_eq!(
            lessons(household)[0],
            "Gruß 1: other, not personal in INBOX by shop1@kurse.example"
        );
        household.done(&["forget", "<2@example.org>"]);
        household.done(&["forget", "--from", "ULF@mail.example"]);
        household.done(&["run", "--once", "--backlog"]);
        assert_eq!(lessons(household).len(), 1);
        assert_eq!(household.ids("INBOX"), [1, 2, 9]);
        let listed = household.done(&["lessons", "list"]);
        let id = listed.split('\t').next().unwrap();
        household.done(&["lessons", "drop", id]);
        assert_eq!(household.run(&["lessons", "drop", id]).status, 1);
        assert_eq!(lessons(household), Vec::<String>::new());
        let nothing = household.run(&["forget", "--from", "nobody@mail.example"]);
        assert_eq!((nothing.status, nothing.stderr.lines().count()), (1, 1), "{nothing:?}");
        assert_eq!(household.everything(), before);
    });
}

#[test]
fn lessons_are_trained_on_and_own_filings_are_not() {
    let household = Household::with_maildir();
    filed(&household);
    household.moves(1, PITCH, PERSONAL);
    household.moves(2, PITCH, "INBOX");
    household.done(&["run", "--once"]);
    // The pitch that grussd filed and nobody moved is no lesson.
    household.done(&["train", "--out", "own.model"]);
    let info = household.done(&["model", "info", "--model", "own.model"]);
    let count = info.lines().find(|it| it.contains("own mail")).unwrap();
    assert!(count.contains(" 2 "), "{count}");
    // What is deleted is still remembered.
    household.moves(1, PERSONAL, "Trash");
    household.done(&["train", "--out", "own.model"]);
    let info = household.done(&["model", "info", "--model", "own.model"]);
    assert!(info.lines().any(|it| it.contains("own mail") && it.contains(" 2 ")), "{info}");
    household.put(BOILERPLATE, &mail(30, "a@mail.example", "Alles Gute!"));
    household.done(&["run", "--once"]);
    household.done(&["lessons", "reset"]);
    assert!(
        household.run(&["train"]).stderr.contains("no mail of yours"),
        "forgotten is forgotten"
    );
}

#[test]
fn a_rehearsal_shows_what_would_go_where_and_changes_nothing() {
    Household::each(|household| {
        for id in 1..=4 {
            household.put(if id < 3 { "INBOX" } else { PITCH }, &pitch(id));
        }
        household.put(PERSONAL, &pitch(5));
        household.put("INBOX", &mail(9, "it@mail.example", "Der Server wird neu gestartet."));
        let before = household.everything();
        let said = household.done(&["rehearse"]);
        assert!(
            said.contains("| the folder for pitch       |        0 |           0 |     2 |"),
            "{said}"
        );
        assert!(
            said.contains("\n1 of the mails that you keep as personal would be buried\n"),
            "{said}"
        );
        assert!(said.ends_with("0 as boilerplate, 2 as pitch; 1 stay\n"), "{said}");
        assert_eq!((household.everything(), household.ids("INBOX")), (before, vec![1, 2, 9]));
        assert!(!household.state().exists());
    });
}

#[test]
fn a_damaged_memory_stops_everything_until_it_is_set_aside() {
    let household = Household::with_maildir();
    filed(&household);
    household.moves(1, PITCH, PERSONAL);
    household.done(&["run", "--once"]);
    household.put("INBOX", &pitch(20));
    let memory = household.state().join("memory.sqlite");
    fs::write(&memory, b"junk ".repeat(3000)).unwrap();
    let (mails, inbox) = (household.everything(), household.ids("INBOX"));
    for arguments in [
        &["run", "--once"][..],
        &["run", "--once", "--dry-run"],
        &["lessons"],
        &["train"],
        &["check"],
    ] {
        let run = household.run(arguments);
        assert_eq!(run.status, 1, "{run:?}");
        assert!(
            run.stderr.contains("is damaged (") && run.stderr.contains("`grussd forget --damaged`")
        );
    }
    assert_eq!((household.everything(), household.ids("INBOX")), (mails, inbox));
    assert_eq!(fs::read(&memory).unwrap().len(), 15_000);

    let lock = Lock::acquire(&household.state()).unwrap();
    assert!(household.run(&["forget", "--damaged"]).stderr.contains("end the daemon first"));
    drop(lock);
    let said = household.done(&["forget", "--damaged"]);
    assert!(said.contains("memory.sqlite.damaged\n"), "{said}");
    household.done(&["run", "--once"]);
    // The journal still tells own moves from the owner's.
    assert_eq!(
        lessons(&household),
        ["Gruß 1: personal, not pitch in Grüße/Persönlich by shop1@kurse.example"]
    );
    assert_eq!(household.ids(PITCH), [2, 3, 20]);
    let sound = household.run(&["forget", "--damaged"]);
    assert!(sound.status == 1 && sound.stderr.contains("is not damaged"), "{sound:?}");
}

#[test]
fn a_folder_that_was_renamed_is_a_loud_error() {
    let household = Household::with_maildir();
    filed(&household);
    let directory = |name: &str| household.path().join("Maildir").join(name);
    fs::rename(directory(".Gr&APwA3w-e.Werbung"), directory(".Gr&APwA3w-e.Reklame")).unwrap();
    let run = household.run(&["check"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("the folder Grüße/Werbung is missing"), "{run:?}");
}

#[test]
fn without_a_state_there_is_nothing_to_forget() {
    let household = Household::with_maildir();
    assert_eq!(household.done(&["lessons"]), "");
    assert_eq!(household.done(&["lessons", "reset"]), "0 lessons forgotten\n");
    assert_eq!(household.run(&["forget", "a@example.org"]).status, 1);
    assert_eq!(household.run(&["forget", "--damaged"]).status, 1);
    assert_eq!(household.run(&["forget"]).status, 2);
    assert!(!household.state().exists());
}

#[test]
fn what_was_taught_counts_for_the_next_mail() {
    let household = Household::with_maildir();
    let config = household.path().join(".config/grussd/grussd.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("min_bury = 0.5", "min_bury = 0.99")).unwrap();
    household.done(&["run", "--once"]);
    for id in 1..=12 {
        household.put("INBOX", &pitch(id));
    }
    household.done(&["run", "--once"]);
    assert_eq!(household.ids(PITCH).len(), 12);
    for id in 1..=12 {
        household.moves(id, PITCH, "INBOX");
    }
    household.done(&["run", "--once"]);
    // The same once more, without any training.
    household.put("INBOX", &pitch(20));
    household.done(&["run", "--once"]);
    assert!(household.ids("INBOX").contains(&20), "{:?}", household.ids("INBOX"));
    household.done(&["lessons", "reset"]);
    household.put("INBOX", &pitch(21));
    household.done(&["run", "--once"]);
    assert_eq!(household.ids(PITCH), [21]);
}

/// Waits until something is so, at most 20 seconds.
#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        block_on(async { tokio::time::sleep(Duration::from_millis(50)).await });
    }
}

/// A process that doesn't outlive a test that fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[test]
fn a_running_daemon_learns_while_it_runs() {
    let household = Household::with_maildir();
    household.done(&["run", "--once"]);
    let log = fs::File::create(household.path().join("log")).unwrap();
    let mut daemon =
        Running(grussd(household.path(), &["run", "-vv"]).stderr(log).spawn().unwrap());
    let log = || fs::read_to_string(household.path().join("log")).unwrap();
    household.put("INBOX", &pitch(1));
    until("filed", || household.ids(PITCH) == [1]);
    // Nobody is so quick that he moves it before the pass has written down where it is.
    until("written down", || log().contains("1 message filed"));
    household.moves(1, PITCH, "INBOX");
    until("learnt", || {
        lessons(&household).len() == 1 || {
            println!("{}", log());
            false
        }
    });
    until("in force", || log().contains("1 lessons besides the model"));
    household.put("INBOX", &pitch(2));
    until("filed", || household.ids(PITCH) == [2]);
    assert_eq!(household.ids("INBOX"), [1]);
    daemon.0.kill().unwrap();
    daemon.0.wait().unwrap();
    household.done(&["run", "--once"]);
    assert_eq!((household.ids("INBOX"), lessons(&household).len()), (vec![1], 1));
}
