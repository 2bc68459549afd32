//! A full mailbox: one pass over everything that is there, its time, traffic and memory.
//!
//! `GRUSSD_BACKLOG=20000 cargo test --release --test it backlog -- --nocapture` measures it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use grussd::corpus::{compose, written};

use crate::support::dovecot::{Dovecot, Setup};
use crate::support::inventory::everything;
use crate::support::pass::rounds;
use crate::support::pause;
use crate::support::program::grussd;

/// Kilobytes that the daemon may have resident at any time. FAULTS.md D39 allows it for lists; the
/// journal's entries about 20,000 mails are in it.
const MEMORY: u64 = 128 * 1024;

/// The mails of the project's corpus, as many as are asked for, no two alike.
fn mails(count: usize) -> impl Iterator<Item = Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/corpus");
    let mut files: Vec<_> = fs::read_dir(corpus)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|it| it.is_dir())
        .flat_map(|it| fs::read_dir(it).unwrap().map(|it| it.unwrap().path()))
        .filter(|it| it.extension().is_some_and(|it| it == "txt"))
        .collect();
    files.sort();
    let texts = files.into_iter().map(|it| fs::read_to_string(it).unwrap());
    let messages: Vec<Vec<u8>> =
        texts.flat_map(|it| written::parse(&it).0).map(|it| compose::message(&it)).collect();
    (0..count).map(move |number| {
        let head = format!("X-Number: {number}\r\nMessage-ID: <{number}@example.org>\r\n");
        [head.as_bytes(), &messages[number % messages.len()]].concat()
    })
}

/// Peak of the resident memory of a process, in kB, as long as it lives.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Bytes that the server received and sent in the first session that took leave after so much log;
/// those of the tests just end.
fn traffic(server: &Dovecot, logged: usize) -> (u64, u64) {
    for _ in 0..100 {
        let log = server.log();
        let mut lines = log.get(logged..).unwrap_or_default().lines();
        if let Some(ended) = lines.find(|it| it.contains("Logged out in=")) {
            let number = |key: &str| {
                let (_, rest) = ended.split_once(key).unwrap();
                rest.split(' ').next().unwrap().parse().unwrap()
            };
            return (number(" in="), number(" out="));
        }
        pause(Duration::from_millis(50));
    }
    panic!("no end of a session in\n{}", server.log());
}

#[test]
fn a_backlog_is_sorted_in_bounded_memory() {
    let count = rounds("GRUSSD_BACKLOG", 1_500);
    let server = Dovecot::start(Setup::default());
    for mail in mails(count) {
        server.deliver(&mail);
    }
    let before = server.inventory();
    assert_eq!(before["INBOX"].len(), count);
    let config = server.configure(&format!("[filing]\nmax_moves_per_cycle = {count}\n"));
    let mut command = grussd(
        server.path(),
        &["run", "--once", "--backlog", "--config", &config.to_string_lossy()],
    );
    let logged = server.log().len();
    let begun = Instant::now();
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut memory = 0;
    let status = loop {
        memory = memory.max(peak(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        pause(Duration::from_millis(5));
    };
    let wall = begun.elapsed();
    assert!(status.success());
    let (received, sent) = traffic(&server, logged);
    let after = server.inventory();
    assert_eq!(everything(&after), everything(&before));
    let filed = count - after["INBOX"].len();
    println!(
        "{count} mails, {filed} filed, {wall:.2?}; {received} bytes to the server, {sent} from it; \
         peak {memory} kB"
    );
    assert!(filed > count / 4, "{filed} of {count} filed");
    assert!(memory < MEMORY, "{memory} kB");
}
