//! `grussd run`: watches every account, or makes one pass, or says what it would do.

use std::io::Write;
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::Context as _;
use futures_util::future::LocalBoxFuture;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

use super::source::{ImapAt, MaildirAt};
use super::taught::taught;
use super::{Shell, Stdout, Tally};
use crate::classify::{Judgement, Label, Model};
use crate::cli::RunArgs;
use crate::config::{Config, Imap, Source};
use crate::daemon::{
    Connect, Context, DRAIN, Daemon, Leash, Settings, once, rehearse, run as run_daemon, service,
    watch,
};
use crate::mail::Mail;
use crate::store::memory::Database;
use crate::store::{Ephemeral, Lock, StateDir};
use crate::verdict::{Verdict, decide};

/// What is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// One pass over what is new, then the end.
    pub once: bool,
    /// Print the plan and change nothing.
    pub dry_run: bool,
    /// Take in what was there before the first run.
    pub backlog: bool,
}

/// Runs the command.
///
/// # Errors
/// The configuration, the model or the state can't be used.
pub fn run(args: &RunArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let options = RunOptions { once: args.once, dry_run: args.dry_run, backlog: args.backlog };
    let load = || {
        let config = shell.load_accounts()?.config;
        let model = shell.read_model(&config)?;
        anyhow::Ok((config, model))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = runtime.block_on(serve(options, load, ImapAt::of, &mut Stdout::lock()))?;
    Ok(tally.exit_code())
}

/// Does what is asked for. `load` reads configuration and model, at the start and on SIGHUP; `imap` gives
/// the way to connect to a server; the plan of a dry run goes to `out`.
///
/// # Errors
/// The state can't be used: another process has it, or the journal can't be written. What concerns
/// one account is said on the log and counted as failed.
pub async fn serve<I: Connect + 'static>(
    options: RunOptions,
    mut load: impl FnMut() -> anyhow::Result<(Config, Model)>,
    imap: impl Fn(&Imap) -> I + 'static,
    out: &mut dyn Write,
) -> anyhow::Result<Tally> {
    let (config, model) = load()?;
    let model = Rc::new(model);
    let state_dir = config.state_dir.clone();
    let imap = Rc::new(imap);
    let tasks = LocalSet::new();
    if options.dry_run {
        let memory = Database::copy(&state_dir)?;
        let disk = Ephemeral::over(StateDir::at(&state_dir));
        let daemon = Daemon::open(disk, memory, options.backlog)?;
        let accounts = accounts(&config, &model, &daemon)?;
        return Ok(rehearse_all(&daemon, accounts, &*imap, out).await);
    }
    let disk = StateDir::make(&state_dir)
        .with_context(|| format!("the state directory {} can't be made", state_dir.display()))?;
    let _lock = Lock::acquire(&state_dir)?;
    let daemon = Daemon::open(disk, Database::open(&state_dir)?, options.backlog)?;
    if options.once {
        let accounts = accounts(&config, &model, &daemon)?;
        return tasks.run_until(pass_all(&daemon, accounts, imap)).await;
    }
    tasks.run_until(watch_all(daemon, (config, model), imap, load)).await?;
    Ok(Tally::default())
}

/// What each account's task goes by, with all lessons that there are by now.
fn accounts(config: &Config, model: &Rc<Model>, daemon: &Daemon) -> anyhow::Result<Vec<Settings>> {
    Ok(settings(config, taught(model, config, &daemon.memory.borrow())?))
}

/// What each account's task goes by.
fn settings(config: &Config, model: Rc<Model>) -> Vec<Settings> {
    let (names, thresholds) = (config.me.names.clone(), config.filing.thresholds);
    let judge = move |mail: &Mail| -> (Verdict, Judgement) {
        let judgement = model.judge(mail, &names);
        let verdict = decide(&judgement.posterior, thresholds);
        // Reasons cost time, and nobody asks for those of what is no greeting.
        match verdict {
            Verdict::Sure(Label::Other) => (verdict, judgement),
            _ => (verdict, model.explain(mail, &names)),
        }
    };
    let judge = Rc::new(judge);
    let settings = |account: &crate::config::Account| Settings {
        account: account.clone(),
        filing: config.filing.clone(),
        poll_interval: config.poll_interval,
        judge: Rc::clone(&judge) as Rc<_>,
    };
    config.accounts.iter().map(settings).collect()
}

async fn rehearse_all<I: Connect>(
    daemon: &Daemon,
    accounts: Vec<Settings>,
    imap: &dyn Fn(&Imap) -> I,
    out: &mut dyn Write,
) -> Tally {
    let mut tally = Tally::default();
    for settings in accounts {
        let source = settings.account.source.clone();
        let (context, _leash) = daemon.context(settings);
        let rehearsed = match source {
            Source::Maildir { path } => rehearse(&MaildirAt(path), &context, out).await,
            Source::Imap(server) => rehearse(&imap(&server), &context, out).await,
        };
        count(&mut tally, rehearsed);
    }
    tally
}

fn count(tally: &mut Tally, result: Result<(), String>) {
    match result {
        Ok(()) => tally.done += 1,
        Err(line) => {
            tracing::error!("{line}");
            tally.failed += 1;
        }
    }
}

/// One pass over every account at the same time; the order to stop ends them early.
async fn pass_all<I: Connect + 'static>(
    daemon: &Daemon,
    accounts: Vec<Settings>,
    imap: Rc<impl Fn(&Imap) -> I + 'static>,
) -> anyhow::Result<Tally> {
    let mut end = Signals::listen()?;
    let (mut passes, mut leashes): (Vec<_>, Vec<Leash>) = (Vec::new(), Vec::new());
    for settings in accounts {
        let (name, source) = (settings.account.name.clone(), settings.account.source.clone());
        let (context, leash) = daemon.context(settings);
        leashes.push(leash);
        let imap = Rc::clone(&imap);
        let pass = spawn_local(async move {
            match source {
                Source::Maildir { path } => once(&MaildirAt(path), context).await,
                Source::Imap(server) => once(&imap(&server), context).await,
            }
        });
        passes.push((name, pass));
    }
    let all = async {
        let mut tally = Tally::default();
        for (name, pass) in passes {
            let defect =
                |_| Err(format!("{name}: stopped by a defect of grussd, please report it"));
            count(&mut tally, pass.await.unwrap_or_else(defect));
        }
        tally
    };
    tokio::pin!(all);
    tokio::select! {
        tally = &mut all => return Ok(tally),
        () = end.received() => leashes.iter().for_each(Leash::stop),
    }
    timeout(DRAIN, all).await.context("stopped before everything was finished")
}

async fn watch_all<I: Connect + 'static>(
    daemon: Daemon,
    (config, model): (Config, Rc<Model>),
    imap: Rc<impl Fn(&Imap) -> I + 'static>,
    mut load: impl FnMut() -> anyhow::Result<(Config, Model)>,
) -> anyhow::Result<()> {
    let mut end = Signals::listen()?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let (new_settings, reloads) = mpsc::channel(1);
    let start = move |context: Context| -> LocalBoxFuture<'static, ()> {
        match context.settings().account.source {
            Source::Maildir { path } => {
                Box::pin(async move { watch(&MaildirAt(path), context).await })
            }
            Source::Imap(server) => {
                let connect = imap(&server);
                Box::pin(async move { watch(&connect, context).await })
            }
        }
    };
    let first = accounts(&config, &model, &daemon)?;
    let lesson = Rc::new(Notify::new());
    let told = Rc::clone(&lesson);
    daemon.memory.borrow_mut().on_lesson(move || told.notify_one());
    let shared = daemon.clone();
    let reload = async {
        let (mut config, mut model) = (config, model);
        loop {
            let ordered = tokio::select! {
                Some(()) = hang_up.recv() => true,
                () = lesson.notified() => false,
            };
            if ordered {
                service::reloading();
            }
            let renewed = if ordered {
                load().map(|(config, model)| (config, Rc::new(model)))
            } else {
                Ok((config.clone(), Rc::clone(&model)))
            };
            let renewed = renewed.and_then(|(config, model)| {
                let accounts = accounts(&config, &model, &shared)?;
                Ok((config, model, accounts))
            });
            match renewed {
                Ok((new_config, new_model, accounts)) => {
                    if new_config.state_dir != config.state_dir {
                        tracing::warn!("state_dir is changed by a restart only");
                    }
                    (config, model) = (new_config, new_model);
                    let _ = new_settings.send(accounts).await;
                    if ordered {
                        tracing::info!("configuration and model are read anew");
                    }
                }
                Err(error) => tracing::error!("not reloaded, all stays as it was: {error:#}"),
            }
            if ordered {
                service::ready();
            }
        }
    };
    tokio::select! {
        () = run_daemon(daemon, first, start, reloads, end.received()) => {}
        () = reload => {}
    }
    Ok(())
}

/// SIGTERM and SIGINT: the order to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
