//! The program itself, run in surroundings of its own.

use std::path::Path;
use std::process::{Command, Output};

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    /// Exit status.
    pub(crate) status: i32,
    /// What it said.
    pub(crate) stdout: String,
    /// What it complained about.
    pub(crate) stderr: String,
}

/// `grussd` with arguments, with `home` as the home of the user and nothing of the environment
/// that the tests run in.
pub(crate) fn grussd(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grussd"));
    command.args(arguments).env_clear().env("HOME", home).current_dir(home);
    command
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn run(mut command: Command) -> Run {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    Run {
        status: status.code().expect("no signal ended it"),
        stdout: String::from_utf8(stdout).expect("UTF-8"),
        stderr: String::from_utf8(stderr).expect("UTF-8"),
    }
}
