//! Processes of test servers, and ports for them.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::pause;

/// Ends a process and all that come from it, in the middle of whatever they do (SIGKILL), and waits
/// until none of them is left.
pub(crate) fn kill_all(mut first: Child) {
    // What stands still has no further children.
    signal("STOP", &[first.id()]);
    let moves = || state_of(first.id()).is_some_and(|it| !matches!(it.0.as_str(), "T" | "Z"));
    wait_until("the process doesn't stop", || !moves());
    let mut all = descendants_of(first.id());
    all.push(first.id());
    signal("KILL", &all);
    let _ = first.wait();
    wait_until("processes don't die", || !all.iter().any(|it| is_alive(*it)));
}

/// Asks it to end as an operator does (SIGTERM), and ends it if it doesn't within a few seconds.
pub(crate) fn end(mut first: Child) {
    signal("TERM", &[first.id()]);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        if let Ok(Some(_)) = first.try_wait() {
            return;
        }
        pause(Duration::from_millis(10));
    }
    kill_all(first);
}

/// A port of this machine that nobody listens at.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Whether somebody listens at a port of this machine.
pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Waits for at most 20 seconds.
#[track_caller]
pub(crate) fn wait_until(problem: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{problem}");
        pause(Duration::from_millis(10));
    }
}

/// What a small program prints.
pub(crate) fn output_of(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What has ended by itself needs none.
fn signal(name: &str, processes: &[u32]) {
    let all: Vec<String> = processes.iter().map(u32::to_string).collect();
    let line = format!("kill -{name} {}", all.join(" "));
    let _ = Command::new("sh").arg("-c").arg(line).output();
}

/// State and parent of a process, as /proc tells.
fn state_of(id: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

fn is_alive(id: u32) -> bool {
    state_of(id).is_some_and(|(state, _)| state != "Z")
}

/// Children, their children and so on.
fn descendants_of(first: u32) -> Vec<u32> {
    let ids = fs::read_dir("/proc").unwrap().flatten();
    let ids = ids.filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    let all: Vec<(u32, u32)> = ids.filter_map(|it| Some((it, state_of(it)?.1))).collect();
    let mut found = vec![first];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(all.iter().filter(|it| it.1 == parent).map(|it| it.0));
        at += 1;
    }
    found.split_off(1)
}
