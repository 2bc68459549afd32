//! The program itself, run in surroundings of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::pause;

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

/// Writes the configuration of `home`.
pub(crate) fn configure(home: &Path, config: &str) {
    let place = home.join(".config/grussd");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("grussd.toml"), config).unwrap();
}

/// Writes a file for its owner only.
pub(crate) fn write_private(file: &Path, content: &str) {
    fs::write(file, content).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// What a run took.
#[derive(Debug)]
pub(crate) struct Cost {
    /// Exit status; none where it was ended.
    pub(crate) status: Option<i32>,
    /// The most memory that it had at one time, in bytes (VmHWM of proc(5)).
    pub(crate) memory: usize,
    /// How long it took.
    pub(crate) time: Duration,
    /// What it complained about.
    pub(crate) stderr: String,
}

/// Runs a command until it ends or it is enough, and watches what it takes.
pub(crate) fn measure(
    mut command: Command,
    log: &Path,
    mut enough: impl FnMut(Duration) -> bool,
) -> Cost {
    command.stdout(Stdio::null()).stderr(fs::File::create(log).unwrap());
    let begun = Instant::now();
    let mut child = command.spawn().expect("it starts");
    let file = format!("/proc/{}/status", child.id());
    let mut memory = 0;
    let ended = loop {
        let status = fs::read_to_string(&file).unwrap_or_default();
        let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse::<usize>().ok());
        memory = memory.max(kilobytes.unwrap_or_default() * 1024);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        if enough(begun.elapsed()) {
            child.kill().unwrap();
        }
        pause(Duration::from_millis(2));
    };
    let time = begun.elapsed();
    let stderr = fs::read_to_string(log).unwrap();
    Cost { status: ended.code(), memory, time, stderr }
}
