//! `grussd lessons` and `grussd forget`: what the owner taught, and taking it back.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;

use super::{Shell, Stdout};
use crate::cli::{ForgetArgs, LessonsAction, LessonsArgs};
use crate::mail;
use crate::store::Lock;
use crate::store::memory::{Database, SetAside, Stored, Which, set_aside};
use crate::text::escape::escape;
use crate::train::cap;

/// Runs `grussd lessons`.
///
/// # Errors
/// The configuration or the memory can't be used, or there is no such lesson.
pub fn run(args: &LessonsArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let state_dir = shell.load()?.config.state_dir;
    let mut out = Stdout::lock();
    match &args.action {
        None | Some(LessonsAction::List) => {
            for stored in Database::copy(&state_dir)?.lessons()? {
                write(&stored, &mut out)?;
            }
        }
        Some(LessonsAction::Drop { ids }) => {
            // All are known before any is dropped.
            let known = Database::copy(&state_dir)?.lessons()?;
            for id in ids {
                if !known.iter().any(|it| it.id == *id) {
                    bail!("there is no lesson {id}; `grussd lessons` lists them");
                }
            }
            let mut count = 0;
            for id in ids {
                count += forget(&state_dir, &Which::Number(*id))?;
            }
            tell(count, &mut out)?;
        }
        Some(LessonsAction::Reset) => tell(forget(&state_dir, &Which::All)?, &mut out)?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `grussd forget`.
///
/// # Errors
/// As [`run`].
pub fn run_forget(args: &ForgetArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let state_dir = shell.load()?.config.state_dir;
    let mut out = Stdout::lock();
    let which = match (&args.message_id, &args.from) {
        (_, Some(address)) => Which::Sender(cap::address(address)),
        (Some(id), None) => Which::Message(id.trim_matches(['<', '>']).to_owned()),
        (None, None) => {
            put_aside(&state_dir, &mut out)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let count = forget(&state_dir, &which)?;
    if count == 0 {
        bail!("nothing is remembered of that; `grussd lessons` lists what is");
    }
    tell(count, &mut out)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// A daemon may be at work meanwhile: SQLite keeps the two apart.
fn forget(state_dir: &Path, which: &Which) -> anyhow::Result<usize> {
    // Of a state directory that is not there nothing has to be made.
    if Database::copy(state_dir)?.lessons()?.is_empty() {
        return Ok(0);
    }
    Ok(Database::open(state_dir)?.forget(which)?)
}

fn tell(count: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let s = if count == 1 { "" } else { "s" };
    writeln!(out, "{count} lesson{s} forgotten")?;
    if count > 0 {
        writeln!(
            out,
            "a running grussd judges by them until its next reload (SIGHUP), and a model that has \
             learnt from them until `grussd train` makes it anew"
        )?;
    }
    Ok(())
}

fn put_aside(state_dir: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    if let Ok(memory) = Database::copy(state_dir) {
        drop(memory);
        bail!("the memory is not damaged; `grussd lessons reset` forgets what you taught");
    }
    let _lock = Lock::acquire(state_dir).context("end the daemon first")?;
    if let SetAside::As(path) = set_aside(state_dir)? {
        writeln!(out, "set aside as {}", escape(&path.display().to_string()))?;
        writeln!(out, "a new memory begins with the next run of the daemon")?;
    }
    Ok(())
}

/// Number, time, what it is and was, where, sender and subject.
fn write(stored: &Stored, out: &mut impl Write) -> anyhow::Result<()> {
    let Stored { id, lesson, material } = stored;
    let at = lesson.at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M");
    let was = lesson.was.map_or_else(String::new, |it| format!(", not {it}"));
    let sender = if lesson.sender.is_empty() { "nobody" } else { &lesson.sender };
    let subject = match material.as_slice() {
        [] => "(its text is no longer kept)".to_owned(),
        bytes => mail::parse(bytes).subject,
    };
    let (account, folder) = (escape(&lesson.account), escape(&lesson.folder));
    let (sender, subject) = (escape(sender), escape(&subject));
    let label = lesson.label;
    writeln!(out, "{id}\t{at}\t{label}{was}\t{account}\t{folder}\t{sender}\t{subject}")?;
    Ok(())
}
