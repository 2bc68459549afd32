//! The log: to the journal where that is what stderr is, else in lines on stderr.
//!
//! One event, one line, whatever a server or a mail put into it. Deliberately absent: a bridge
//! from the `log` crate, through which async-imap traces passwords and whole mails.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use grussd::text::escape::escape;
use jiff::Zoned;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::prelude::*;

/// Replaces the level of `-v` and `-q` by a filter, such as `debug` or `grussd::mailbox=trace`.
const VARIABLE: &str = "GRUSSD_LOG";

/// Starts logging.
///
/// # Errors
/// If `$GRUSSD_LOG` is no filter.
pub(crate) fn start(verbose: u8, quiet: u8) -> anyhow::Result<()> {
    let filter = match std::env::var(VARIABLE) {
        Ok(filter) => EnvFilter::builder()
            .parse(&filter)
            .map_err(|error| anyhow::anyhow!("environment variable {VARIABLE}: {error}"))?,
        Err(_) => EnvFilter::new(format!("warn,grussd={}", level(verbose, quiet))),
    };
    let registry = tracing_subscriber::registry().with(filter);
    match journal() {
        Some(journal) => registry.with(journal).init(),
        None => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(false)
                    .with_target(false)
                    .with_timer(LocalTime)
                    .with_writer(Stderr),
            )
            .init(),
    }
    Ok(())
}

fn level(verbose: u8, quiet: u8) -> &'static str {
    match (verbose, quiet) {
        (0, 0) => "info",
        (1, _) => "debug",
        (0, 1) => "warn",
        (0, _) => "error",
        _ => "trace",
    }
}

/// The journal, if stderr leads there: systemd says so by device and inode (systemd.exec(5)).
fn journal() -> Option<tracing_journald::Layer> {
    let stream = std::env::var("JOURNAL_STREAM").ok()?;
    let stderr = File::from(io::stderr().as_fd().try_clone_to_owned().ok()?);
    let metadata = stderr.metadata().ok()?;
    if !is_stream(&stream, metadata.dev(), metadata.ino()) {
        return None;
    }
    Some(tracing_journald::layer().ok()?.with_syslog_identifier("grussd".to_owned()))
}

fn is_stream(stream: &str, device: u64, inode: u64) -> bool {
    let parse = |(device, inode): (&str, &str)| Some((device.parse().ok()?, inode.parse().ok()?));
    stream.split_once(':').and_then(parse) == Some((device, inode))
}

/// The time by the clock on the wall, to the second.
struct LocalTime;

impl FormatTime for LocalTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", Zoned::now().strftime("%Y-%m-%d %H:%M:%S"))
    }
}

/// Stderr, an event at a time.
struct Stderr;

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = OneLine<io::StderrLock<'a>>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine(io::stderr().lock())
    }
}

/// Writes each event, which arrives in one piece, as one line in which nothing steers a terminal.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        writeln!(self.0, "{}", escape(text.trim_end_matches('\n')))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_is_one_line() {
        let mut lines = Vec::new();
        OneLine(&mut lines)
            .write_all("INFO Grüße\r\n2026 ERROR \u{1b}[2Jforged\n".as_bytes())
            .unwrap();
        let lines = String::from_utf8(lines).unwrap();
        assert_eq!(lines, "INFO Grüße\\r\\n2026 ERROR \\u{1b}[2Jforged\n");
    }

    #[test]
    fn the_journal_is_told_by_device_and_inode() {
        assert!(is_stream("8:1234", 8, 1234));
        for stream in ["8:1235", "9:1234", "8", "", ":", "8:x"] {
            assert!(!is_stream(stream, 8, 1234), "{stream}");
        }
    }

    #[test]
    fn levels() {
        for (verbose, quiet, expected) in [
            (0, 0, "info"),
            (1, 0, "debug"),
            (2, 0, "trace"),
            (9, 0, "trace"),
            (0, 1, "warn"),
            (0, 2, "error"),
            (0, 9, "error"),
        ] {
            assert_eq!(level(verbose, quiet), expected);
        }
    }
}
