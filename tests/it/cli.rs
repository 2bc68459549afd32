//! The command line: help, exit status, and what goes to which stream.

use std::fs;
use std::io::{Write, pipe};
use std::process::Stdio;

use tempfile::TempDir;

use crate::support::program::{Run, grussd, run};

const COMMANDS: [&str; 12] = [
    "run", "check", "classify", "train", "evaluate", "model", "history", "undo", "lessons",
    "forget", "rehearse", "demo",
];

#[track_caller]
fn check(arguments: &[&str], status: i32) -> Run {
    let home = TempDir::new().unwrap();
    let run = run(grussd(home.path(), arguments));
    assert_eq!(run.status, status, "{arguments:?}\n{}{}", run.stdout, run.stderr);
    run
}

#[test]
fn help_lists_what_there_is() {
    let help = check(&["--help"], 0).stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let listed: Vec<&str> =
        list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, [&COMMANDS[..], &["help"]].concat());
    assert!(help.contains("78 wrong configuration"));
}

#[test]
fn help_of_each_command_teaches_by_an_example() {
    for command in COMMANDS {
        let help = check(&[command, "--help"], 0);
        let example = format!("\n  grussd {command}");
        assert!(help.stdout.contains(&example), "{}", help.stdout);
        assert_eq!(help.stderr, "");
    }
    for (command, actions) in [
        ("model", &["info", "dump", "load", "rollback"][..]),
        ("lessons", &["list", "drop", "reset"]),
    ] {
        for action in actions {
            let help = check(&[command, action, "--help"], 0).stdout;
            assert!(help.contains(&format!("\n  grussd {command} {action}")), "{help}");
        }
    }
}

#[test]
fn wrong_usage_is_2() {
    for arguments in [
        &[][..],
        &["init"],
        &["run", "--onec"],
        &["classify"],
        &["check", "extra"],
        &["-v", "-q", "demo"],
    ] {
        let run = check(arguments, 2);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty());
    }
}

#[test]
fn the_version_is_data() {
    let run = check(&["--version"], 0);
    assert_eq!(run.stdout, format!("grussd {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run.stderr, "");
}

#[test]
fn classify_needs_no_configuration() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("a.eml"), "Subject: Hallo\n\nAlles Gute!\n").unwrap();
    let run = run(grussd(home.path(), &["classify", "--json", "a.eml", "fehlt.eml"]));
    assert_eq!(run.status, 1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with(r#"{"source":"a.eml","#), "{lines:?}");
    assert!(lines[1].starts_with(r#"{"source":"fehlt.eml","error":"#), "{lines:?}");
    assert_eq!(run.stderr, "grussd: fehlt.eml: No such file or directory (os error 2)\n");
}

#[test]
fn classify_reads_standard_input() {
    let home = TempDir::new().unwrap();
    let mut command = grussd(home.path(), &["classify", "--json", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"Subject: Hallo\n\nAlles Gute!\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout.starts_with(br#"{"source":"-","#));
}

/// `grussd check | head -1`
#[test]
fn a_reader_that_had_enough_is_no_fault() {
    let home = TempDir::new().unwrap();
    for folder in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.path().join("Maildir").join(folder)).unwrap();
    }
    let config = home.path().join("grussd.toml");
    fs::write(&config, "[account.a.maildir]\npath = \"Maildir\"\n").unwrap();
    fs::write(home.path().join("a.eml"), "Subject: Hallo\n\nAlles Gute!\n").unwrap();
    for arguments in
        [&["check", "--config", "grussd.toml"][..], &["--help"], &["classify", "--json", "a.eml"]]
    {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut command = grussd(home.path(), arguments);
        let output = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.is_empty(), "{arguments:?}: {said}");
    }
}

#[test]
fn a_model_that_is_none_is_said_in_a_line() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("a.eml"), "Subject: Hallo\n\nAlles Gute!\n").unwrap();
    let run = run(grussd(home.path(), &["classify", "--model", "a.eml", "a.eml"]));
    assert_eq!(run.status, 1);
    assert_eq!(run.stderr, "grussd: model a.eml: this is no grussd model\n");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_filter_of_the_log_that_is_none_is_said() {
    let home = TempDir::new().unwrap();
    let mut command = grussd(home.path(), &["check"]);
    command.env("GRUSSD_LOG", "grussd=loud");
    let run = run(command);
    assert_eq!(run.status, 1);
    assert!(run.stderr.starts_with("grussd: environment variable GRUSSD_LOG: "), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1);
}
