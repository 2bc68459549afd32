//! `grussd undo`: puts filed mail back where it came from.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::accounts::{Access, Visit, visit};
use super::history::History;
use super::{Complaints, Shell, Stdout, Tally};
use crate::cli::UndoArgs;
use crate::config::{Account, Config};
use crate::daemon::{Daemon, Fate, undo};
use crate::mailbox::Mailbox;
use crate::store::memory::Database;
use crate::store::{End, Ephemeral, Filing, Lock, StateDir};
use crate::text::escape::escape;

/// Runs the command: 1 if a message stays where it was filed.
///
/// # Errors
/// The configuration or the state can't be used, a daemon is at work, or there is no such filing.
pub fn run(args: &UndoArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let config = shell.load_accounts()?.config;
    let (mut out, mut log) = (Stdout::lock(), Complaints::to(io::stderr()));
    if History::read(&config.state_dir)?.since(None).next().is_none() {
        bail!("nothing was filed yet");
    }
    let tally = if args.dry_run {
        let disk = Ephemeral::over(StateDir::at(&config.state_dir));
        let daemon = Daemon::open(disk, Database::copy(&config.state_dir)?, false)?;
        put_back(args, &config, &daemon, &mut out, &mut log)?
    } else {
        let _lock = lock(&config.state_dir)?;
        let disk = StateDir::make(&config.state_dir)?;
        let daemon = Daemon::open(disk, Database::open(&config.state_dir)?, false)?;
        put_back(args, &config, &daemon, &mut out, &mut log)?
    };
    Ok(tally.exit_code())
}

fn lock(state_dir: &Path) -> anyhow::Result<Lock> {
    Lock::acquire(state_dir).context(
        "nothing was put back: end the daemon first (`systemctl stop grussd`), undo, then start it \
         again",
    )
}

fn put_back(
    args: &UndoArgs,
    config: &Config,
    daemon: &Daemon,
    out: &mut impl Write,
    log: &mut impl Write,
) -> anyhow::Result<Tally> {
    let history = History::read(&config.state_dir)?;
    let mut accounts: BTreeMap<&str, Vec<Filing>> = BTreeMap::new();
    for filing in chosen(args, &history)? {
        accounts.entry(&filing.intent.account).or_default().push(filing.clone());
    }
    if accounts.is_empty() {
        writeln!(out, "nothing was filed since then that is not back already")?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let access = if args.dry_run { Access::Read } else { Access::Write };
    let mut tally = Tally::default();
    for (name, filings) in accounts {
        let mut visitor =
            PutBack { daemon, filings: &filings, really: !args.dry_run, fates: BTreeMap::new() };
        let visited = match config.account(name) {
            Some(account) => runtime.block_on(visit(account, access, &mut visitor)),
            None => Err(anyhow::anyhow!("is no longer configured")),
        };
        for filing in &filings {
            if let Some(fate) = visitor.fates.get(&filing.intent.id) {
                tell(filing, fate, args.dry_run, &mut tally, out, log)?;
            }
        }
        if let Err(error) = visited {
            writeln!(log, "{}: {}", escape(name), escape(&error.to_string()))?;
            tally.failed += 1;
        }
    }
    out.flush()?;
    Ok(tally)
}

/// The filings that are asked for and can be taken back, oldest first.
fn chosen<'a>(args: &UndoArgs, history: &'a History) -> anyhow::Result<Vec<&'a Filing>> {
    let filed = |it: &&Filing| matches!(it.end, End::Done(_)) && it.intent.undoes.is_none();
    if let Some(since) = args.since {
        let since = since.moment(Timestamp::now(), &TimeZone::system());
        let recent = history.since(Some(since)).filter(filed);
        return Ok(recent.filter(|it| !history.is_undone(it)).collect());
    }
    let mut chosen = Vec::new();
    for id in &args.ids {
        let Some(filing) = history.find(*id).filter(filed) else {
            bail!("there is no filing {id}; `grussd history` lists them");
        };
        if history.is_undone(filing) {
            bail!("{id} was put back already");
        }
        chosen.push(filing);
    }
    chosen.sort_by_key(|it| it.intent.id);
    chosen.dedup_by_key(|it| it.intent.id);
    Ok(chosen)
}

struct PutBack<'a> {
    daemon: &'a Daemon,
    filings: &'a [Filing],
    really: bool,
    fates: BTreeMap<u64, Fate>,
}

impl Visit for PutBack<'_> {
    async fn visit<M: Mailbox>(&mut self, _: &Account, mailbox: &mut M) -> anyhow::Result<()> {
        self.fates = undo(mailbox, self.daemon, self.filings, self.really).await?;
        Ok(())
    }
}

fn tell(
    filing: &Filing,
    fate: &Fate,
    dry_run: bool,
    tally: &mut Tally,
    out: &mut impl Write,
    log: &mut impl Write,
) -> io::Result<()> {
    let (id, from, to) = (filing.intent.id, escape(&filing.intent.to), escape(&filing.intent.from));
    match fate {
        Fate::PutBack if dry_run => writeln!(out, "{id}\twould go back from {from} to {to}")?,
        Fate::PutBack => writeln!(out, "{id}\tput back from {from} to {to}")?,
        Fate::MovedOn => writeln!(out, "{id}\tis no longer in {from}; left alone")?,
        Fate::Stays(why) => {
            tally.failed += 1;
            return writeln!(log, "{id} stays in {from}: {}", escape(why));
        }
    }
    tally.done += 1;
    Ok(())
}
