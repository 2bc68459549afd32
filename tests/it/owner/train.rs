//! `grussd train` without a corpus: from the owner's folders.

use std::fs;

use crate::support::household::{BOILERPLATE, Household, PERSONAL, PITCH, mail};

/// A habit of this owner: the club's wishes are no greetings to her, the firm's are pitches.
fn put_habit(household: &Household) {
    for number in 0..12 {
        let sender = |name: &str| format!("{name}{number}@mail.example");
        let board = mail(number, &sender("club"), "Frohe Weihnachten wünscht der Vorstand!");
        let firm = "Alles Gute zum Geburtstag wünscht die Firma!";
        household.put(BOILERPLATE, &board);
        household.put(PITCH, &mail(100 + number, &sender("firm"), firm));
    }
}

#[test]
fn own_folders_are_learnt_from() {
    Household::each(|household| {
        put_habit(household);
        // Five of these at most.
        for number in 200..220 {
            household.put(PERSONAL, &mail(number, "one@mail.example", "Ich denke an Dich."));
        }
        let before = household.everything();
        let said = household.done(&["train", "--out", "own.model", "-v"]);
        assert!(said.ends_with("\nwritten to own.model\n"), "{said}");
        assert_eq!(household.everything(), before);
        assert!(!household.state().exists(), "--out installs nothing");
        let info = household.done(&["model", "info", "--model", "own.model"]);
        assert!(info.contains("| own mail "), "{info}");
        let count = info.lines().find(|it| it.contains("own mail")).unwrap();
        assert!(count.contains(" 29 "), "{count}");

        let again = household.run(&["train", "--model", "own.model"]);
        assert_eq!(again.status, 1);
        assert!(again.stderr.contains("has learnt from own mail already"), "{again:?}");
        household.done(&["train", "--force"]);
        household.done(&["train", "--force"]);
        let info = household.done(&["model", "info"]);
        assert_eq!(info.matches("own mail").count(), 1, "learnt from once:\n{info}");
    });
}

#[test]
fn without_own_mail_nothing_is_learnt() {
    let household = Household::with_maildir();
    household.put("INBOX", &mail(1, "a@mail.example", "Alles Gute!"));
    let run = household.run(&["train"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.ends_with("\ngrussd: there is no mail of yours to learn from\n"), "{run:?}");
    fs::write(household.path().join("none.toml"), "").unwrap();
    assert_eq!(household.run(&["train", "--config", "none.toml"]).status, 78, "no account");
}

#[test]
fn an_account_that_cannot_be_read_is_said_and_the_others_learnt_from() {
    let household = Household::with_maildir();
    put_habit(&household);
    let config = household.path().join(".config/grussd/grussd.toml");
    let text = fs::read_to_string(&config).unwrap();
    let gone = "[account.gone.maildir]\npath = \"/nonexistent/Maildir\"\n";
    fs::write(&config, text + gone).unwrap();
    let run = household.run(&["train", "--out", "own.model"]);
    assert_eq!(run.status, 1);
    assert!(
        run.stderr.starts_with("grussd: gone: /nonexistent/Maildir/cur: No such file"),
        "{run:?}"
    );
    assert!(household.path().join("own.model").exists());
}
