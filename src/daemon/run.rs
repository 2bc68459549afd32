//! Supervises the accounts: starts a task for each, hands it new settings, starts it again after a
//! defect, and ends all of them within a few seconds.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, interval, sleep, timeout};

use super::account::Context;
use super::backoff::{Backoff, Trouble, chance};
use super::clock::{Clock, SystemClock};
use super::service;
use super::settings::Settings;
use super::stop::{Stopper, stop};
use crate::store::memory::Database;
use crate::store::{Disk, Journal, JournalError};

/// What is being done may be finished within this time; the rest is left to the journal. The
/// service manager waits five seconds.
pub const DRAIN: Duration = Duration::from_secs(4);

/// What all accounts share.
#[derive(Clone)]
pub struct Daemon {
    /// The journal, whose lock is ours.
    pub journal: Rc<RefCell<Journal>>,
    /// The memory beside it.
    pub memory: Rc<RefCell<Database>>,
    /// The clock on the wall.
    pub clock: Rc<dyn Clock>,
    /// First passes take in what is there already.
    pub backlog: bool,
}

impl Daemon {
    /// Opens the journal on a disk, beside a memory; by the machine's clock. What the journal had to
    /// recover from is said on the log.
    ///
    /// # Errors
    /// The journal can't be read, or is of a newer version.
    pub fn open(
        disk: impl Disk + 'static,
        memory: Database,
        backlog: bool,
    ) -> Result<Self, JournalError> {
        let (journal, recovery) = Journal::open(Box::new(disk))?;
        if let Some(sentence) = recovery.sentence() {
            tracing::warn!("{sentence}");
        }
        Ok(Daemon {
            journal: Rc::new(RefCell::new(journal)),
            memory: Rc::new(RefCell::new(memory)),
            clock: Rc::new(SystemClock),
            backlog,
        })
    }

    /// What the task of one account is given where there is no supervisor.
    pub fn context(&self, settings: Settings) -> (Context, Leash) {
        let (stopper, stop) = stop();
        let (sender, settings) = watch::channel(settings);
        (self.with(settings, stop), Leash { stopper, _settings: sender })
    }

    fn with(&self, settings: watch::Receiver<Settings>, stop: super::stop::Stop) -> Context {
        Context {
            settings,
            journal: Rc::clone(&self.journal),
            memory: Rc::clone(&self.memory),
            clock: Rc::clone(&self.clock),
            stop,
            backlog: self.backlog,
        }
    }
}

/// Has to be kept for as long as its context is in use.
pub struct Leash {
    stopper: Stopper,
    _settings: watch::Sender<Settings>,
}

impl Leash {
    /// From now on nothing new is begun.
    pub fn stop(&self) {
        self.stopper.stop();
    }
}

/// Runs `accounts` until `shutdown` is ready. `start` gives the task of one account, normally
/// [`super::watch`] with the way to connect; `reloads` brings all settings anew. Has to run within
/// a [`tokio::task::LocalSet`].
pub async fn run(
    daemon: Daemon,
    accounts: Vec<Settings>,
    start: impl Fn(Context) -> LocalBoxFuture<'static, ()>,
    mut reloads: mpsc::Receiver<Vec<Settings>>,
    shutdown: impl Future<Output = ()>,
) {
    let mut supervisor =
        Supervisor { daemon, start, running: JoinSet::new(), tasks: BTreeMap::new() };
    supervisor.replace(accounts);
    service::ready();
    service::status(&supervisor.status());
    let mut alive = service::alive_every().map(interval);
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(accounts) = reloads.recv() => {
                supervisor.replace(accounts);
                service::status(&supervisor.status());
            }
            Some(ended) = supervisor.running.join_next_with_id() => match ended {
                Ok((id, ())) => supervisor.ended(id, false),
                Err(error) => supervisor.ended(error.id(), true),
            },
            () = tick(&mut alive) => service::alive(),
        }
    }
    service::stopping();
    supervisor.drain().await;
}

async fn tick(alive: &mut Option<tokio::time::Interval>) {
    match alive {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

struct Supervisor<S> {
    daemon: Daemon,
    start: S,
    running: JoinSet<()>,
    tasks: BTreeMap<String, Task>,
}

struct Task {
    id: Id,
    settings: watch::Sender<Settings>,
    stopper: Stopper,
    begun: Instant,
    backoff: Backoff,
    /// What to start by when the task has ended, if it is to be started again.
    next: Next,
}

enum Next {
    /// It was not told to end.
    Same,
    /// It has moved.
    Other(Box<Settings>),
    /// It is no longer configured.
    Nothing,
}

impl<S: Fn(Context) -> LocalBoxFuture<'static, ()>> Supervisor<S> {
    /// Hands out new settings. A task whose account is where it was goes on with its connection;
    /// one whose account has moved, or is gone, ends first, so that an account never has two.
    fn replace(&mut self, accounts: Vec<Settings>) {
        let mut accounts: BTreeMap<String, Settings> =
            accounts.into_iter().map(|it| (it.account.name.clone(), it)).collect();
        for (name, task) in &mut self.tasks {
            match accounts.remove(name) {
                Some(new) if task.is_wanted() && task.settings.borrow().same_place(&new) => {
                    task.settings.send_replace(new);
                }
                Some(new) => {
                    task.next = Next::Other(Box::new(new));
                    task.stopper.stop();
                }
                None => {
                    task.next = Next::Nothing;
                    task.stopper.stop();
                }
            }
        }
        for settings in accounts.into_values() {
            self.spawn(settings, Duration::ZERO, Backoff::default());
        }
    }

    fn spawn(&mut self, settings: Settings, delay: Duration, backoff: Backoff) {
        let name = settings.account.name.clone();
        let (stopper, stop) = stop();
        let (sender, receiver) = watch::channel(settings);
        let context = self.daemon.with(receiver, stop.clone());
        let task = (self.start)(context);
        let handle = self.running.spawn_local(async move {
            let mut stop = stop;
            tokio::select! {
                () = stop.ordered() => return,
                () = sleep(delay) => {}
            }
            task.await;
        });
        let task = Task {
            id: handle.id(),
            settings: sender,
            stopper,
            begun: Instant::now() + delay,
            backoff,
            next: Next::Same,
        };
        self.tasks.insert(name, task);
    }

    /// A task has ended: as it was told to, or by a defect of ours that must not stop the others.
    fn ended(&mut self, id: Id, by_defect: bool) {
        let Some(name) =
            self.tasks.iter().find(|(_, task)| task.id == id).map(|(name, _)| name.clone())
        else {
            return;
        };
        let Some(mut task) = self.tasks.remove(&name) else { return };
        let settings = task.settings.borrow().clone();
        match task.next {
            Next::Nothing => tracing::info!("{name}: is no longer configured"),
            Next::Other(settings) => self.spawn(*settings, Duration::ZERO, Backoff::default()),
            Next::Same => {
                let lived = task.begun.elapsed();
                let pause = task.backoff.pause(Trouble::Passing, lived, chance());
                if by_defect {
                    tracing::error!(
                        "{name}: stopped by a defect of grussd, please report it; starting again \
                         in {} s",
                        pause.as_secs()
                    );
                }
                self.spawn(settings, pause, task.backoff);
            }
        }
    }

    fn status(&self) -> String {
        let names: Vec<&str> = self.tasks.keys().map(String::as_str).collect();
        format!("watching {}", names.join(", "))
    }

    /// Lets every task finish what it is doing.
    async fn drain(mut self) {
        for task in self.tasks.values() {
            task.stopper.stop();
        }
        let all = async { while self.running.join_next().await.is_some() {} };
        if timeout(DRAIN, all).await.is_err() {
            tracing::warn!("not everything could be finished; the journal knows what is left");
            self.running.shutdown().await;
        }
    }
}

impl Task {
    fn is_wanted(&self) -> bool {
        matches!(self.next, Next::Same)
    }
}
