//! The configuration as the program takes it: from where, over what, and with which exit status.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::program::{Run, grussd, run};

/// A home with a configuration and a Maildir.
fn home(config: &str) -> TempDir {
    let home = TempDir::new().unwrap();
    let folder = home.path().join(".config/grussd");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("grussd.toml"), config).unwrap();
    for folder in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.path().join("Maildir").join(folder)).unwrap();
    }
    home
}

fn check(home: &Path) -> Command {
    grussd(home, &["check"])
}

#[track_caller]
fn refused(command: Command) -> Run {
    let run = run(command);
    assert_eq!(run.status, 78, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.stdout, "");
    run
}

const MAILDIR: &str = "[account.main.maildir]\npath = \"../../Maildir\"\n";

#[test]
fn check_says_which_folder_feeds_which() {
    let home = home(MAILDIR);
    let run = run(check(home.path()));
    assert_eq!(run.status, 0, "{}", run.stderr);
    let expected = "main: new mail in INBOX is judged; personal wishes go to Grüße/Persönlich, \
                    boilerplate to Grüße/Textbausteine, pitches to Grüße/Werbung; all else stays\n";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    let state = home.path().join(".local/state/grussd");
    assert!(run.stdout.contains(&format!("is in {}\n", state.display())), "{}", run.stdout);
}

#[test]
fn every_problem_is_said_at_once() {
    let home = home("[filing]\nmode = \"mvoe\"\nmin_burry = 0.9\n");
    let file = home.path().join(".config/grussd/grussd.toml");
    let file = file.display();
    let expected = format!(
        "grussd: {file}:2:8: `filing.mode`: expected one of \"move\", \"tag\", \"off\"; found \
         \"mvoe\"; did you mean \"move\"?
    2 | mode = \"mvoe\"
      |        ^^^^^^
grussd: {file}:3:1: unknown key `min_burry` in [filing]: expected one of `mode`, `min_personal`, \
         `min_bury`, `max_moves_per_cycle`; did you mean `min_bury`?
    3 | min_burry = …
      | ^^^^^^^^^
"
    );
    for arguments in [&["check"][..], &["run"], &["classify", "a.eml"], &["evaluate", "corpus"]] {
        assert_eq!(refused(grussd(home.path(), arguments)).stderr, expected, "{arguments:?}");
    }
}

#[test]
fn the_environment_overrides_the_file() {
    let home = home(MAILDIR);
    let mut command = check(home.path());
    command.env("GRUSSD__FILING__MODE", "tag").env("GRUSSD__ME__NAMES", r#"["Petra"]"#);
    let run = run(command);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains("personal wishes get the keyword GrussdPersonal"));

    let mut command = check(home.path());
    command.env("GRUSSD__FILING__MODUS", "tag");
    let run = refused(command);
    assert!(
        run.stderr.starts_with(
            "grussd: environment variable GRUSSD__FILING__MODUS: unknown key `modus` in [filing]:"
        ),
        "{}",
        run.stderr
    );
}

#[test]
fn an_account_can_come_from_the_environment_alone() {
    let home = TempDir::new().unwrap();
    let mut command = check(home.path());
    for folder in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    command.env("GRUSSD__ACCOUNT__NEU__MAILDIR__PATH", home.path());
    let run = run(command);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stdout.contains("neu: new mail in INBOX is judged"), "{}", run.stdout);
}

#[test]
fn without_a_configuration_check_says_where_it_looked() {
    let home = TempDir::new().unwrap();
    let run = refused(check(home.path()));
    let user = home.path().join(".config/grussd/grussd.toml");
    let expected = format!(
        "grussd: no configuration: looked for /etc/grussd/grussd.toml and {}; write one, or name \
         it by --config FILE\n",
        user.display()
    );
    assert_eq!(run.stderr, expected);
}

#[test]
fn a_configuration_that_is_named_must_be_there() {
    let home = home(MAILDIR);
    for command in ["check", "run"] {
        let run = refused(grussd(home.path(), &[command, "--config", "fehlt.toml"]));
        let expected =
            "grussd: fehlt.toml: can't be read: No such file or directory (os error 2)\n";
        assert_eq!(run.stderr, expected);
    }
}

#[test]
fn the_shipped_file_lacks_nothing_but_an_account() {
    let home = home(include_str!("../../config/grussd.toml"));
    let run = refused(check(home.path()));
    assert!(
        run.stderr.contains("no account: expected a table [account.NAME.imap]"),
        "{}",
        run.stderr
    );
    fs::write(home.path().join("a.eml"), "Subject: Hallo\n\nAlles Gute!\n").unwrap();
    let run = self::run(grussd(home.path(), &["classify", "a.eml"]));
    assert_eq!(run.status, 0, "{}", run.stderr);
}

/// A secret that others can read keeps the daemon from starting, and nothing else.
#[test]
fn secrets_are_private() {
    let home = home(
        "[account.main.imap]\nhost = \"imap.example.org\"\nuser = \"petra\"\n\
         password_file = \"secret\"\n",
    );
    let secret = home.path().join(".config/grussd/secret");
    fs::write(&secret, "hunter2\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    for command in ["check", "run"] {
        let run = refused(grussd(home.path(), &[command]));
        let expected = format!(
            "`account.main.imap.password_file`: others than its owner can get at {} (mode 0644): \
             chmod 600 it",
            secret.display()
        );
        assert!(run.stderr.contains(&expected), "{}", run.stderr);
    }
    fs::remove_file(&secret).unwrap();
    let run = refused(check(home.path()));
    assert!(run.stderr.contains("the file can't be found"), "{}", run.stderr);
    fs::write(home.path().join("a.eml"), "Subject: Hallo\n\nAlles Gute!\n").unwrap();
    let run = self::run(grussd(home.path(), &["classify", "a.eml"]));
    assert_eq!(run.status, 0, "{}", run.stderr);
}
