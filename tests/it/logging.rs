//! The log, and what must never reach it.

use std::fs;

use regex::Regex;
use tempfile::TempDir;

use crate::support::program::{grussd, run};

/// Whatever a name holds, an event is one line, and nothing in it steers the terminal.
#[test]
fn one_event_is_one_line() {
    let home = TempDir::new().unwrap();
    let name = "a\n2026-12-24 ERROR forged\u{1b}[2J\u{202e}.toml";
    fs::write(home.path().join(name), "").unwrap();
    fs::write(home.path().join("a.eml"), "Subject: Hallo\n\nAlles Gute!\n").unwrap();
    let said = |options: &[&str]| {
        let arguments = [&["classify", "a.eml", "--config", name], options].concat();
        run(grussd(home.path(), &arguments)).stderr
    };
    assert_eq!(said(&[]), "");
    let line = Regex::new(
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d DEBUG configuration a\\n2026-12-24 ERROR forged\\(x1b|u\{1b\})\[2J\\u\{202e\}\.toml\n$",
    );
    let verbose = said(&["-v"]);
    assert!(line.unwrap().is_match(&verbose), "{verbose:?}");
}

#[test]
fn the_variable_sets_the_filter() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("a.eml"), "Subject: Hallo\n\nAlles Gute!\n").unwrap();
    for (filter, lines) in [("grussd=debug", 1), ("warn", 0), ("grussd::daemon=debug", 0)] {
        let mut command = grussd(home.path(), &["classify", "a.eml"]);
        command.env("GRUSSD_LOG", filter);
        assert_eq!(run(command).stderr.lines().count(), lines, "{filter}");
    }
}

/// async-imap traces passwords and whole mails to the `log` crate. Nothing listens there, as long
/// as no crate that would carry them over to `tracing` is built in.
#[test]
fn nothing_carries_the_log_of_others_over() {
    let lock = include_str!("../../Cargo.lock");
    assert!(lock.contains("name = \"tracing-subscriber\""));
    for bridge in ["tracing-log", "env_logger", "simple_logger", "fern"] {
        assert!(!lock.contains(&format!("name = \"{bridge}\"")), "{bridge}");
    }
}
