//! One account's task: connect, file what is new, wait for more, and after trouble again.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::backoff::{Backoff, Trouble, chance};
use super::clock::Clock;
use super::desk::Desk;
use super::error::RoundError;
use super::memory::Memory;
use super::pass::{Done, Pass, pass};
use super::say;
use super::settings::Settings;
use super::stop::Stop;
use crate::mailbox::{Mailbox, MailboxError, Survey};
use crate::store::Journal;
use crate::store::memory::Database;

/// Passes begin at least this far apart, whatever the server announces.
const BETWEEN_PASSES: Duration = Duration::from_secs(1);
/// Saying goodbye may take so long.
const GOODBYE: Duration = Duration::from_secs(1);
/// A folder that is numbered anew each time it is looked at is left until the next poll.
const MAX_RENEWALS: u32 = 3;
/// Without a daemon around it a pass is tried so often, with growing pauses, and more often while
/// single messages are found out over which the connection breaks.
const TRIES_ONCE: u32 = 3;
const TRIES_WITH_SUSPECTS: u32 = 12;

/// Opens an account.
pub trait Connect {
    /// What it is then.
    type Mailbox: Mailbox;

    /// Connects and logs in.
    #[expect(async_fn_in_trait, reason = "the daemon runs on one thread")]
    async fn connect(&self) -> Result<Self::Mailbox, MailboxError>;
}

/// What an account's task is given.
#[derive(Clone)]
pub struct Context {
    pub(super) settings: watch::Receiver<Settings>,
    pub(super) journal: Rc<RefCell<Journal>>,
    pub(super) memory: Rc<RefCell<Database>>,
    pub(super) clock: Rc<dyn Clock>,
    pub(super) stop: Stop,
    /// The first pass takes in what is there already.
    pub(super) backlog: bool,
}

impl Context {
    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.settings.borrow().clone()
    }

    pub(super) fn desk(&self) -> Desk {
        Desk {
            account: self.settings.borrow().account.name.clone(),
            journal: Rc::clone(&self.journal),
            memory: Rc::clone(&self.memory),
            clock: Rc::clone(&self.clock),
        }
    }
}

/// Runs an account until the order to stop. Whatever goes wrong is said in one line and tried
/// again later; never a reason to end.
pub async fn watch<C: Connect>(connect: &C, mut context: Context) {
    let (mut memory, mut backoff) = (Memory::default(), Backoff::default());
    let account = context.settings().account.name;
    let mut last_words = String::new();
    loop {
        let begun = Instant::now();
        let error = match session(connect, &mut context, &mut memory, &mut last_words).await {
            Ok(()) | Err(RoundError::Stopped) => return,
            Err(error) => error,
        };
        let pause = match &error {
            // Nothing but other settings, or the owner's hand, changes that.
            RoundError::TooMany { .. } => Duration::MAX,
            RoundError::Mailbox(error) if !error.is_transient() => {
                backoff.pause(Trouble::ForOwner, begun.elapsed(), chance())
            }
            _ => backoff.pause(Trouble::Passing, begun.elapsed(), chance()),
        };
        say_error(&account, &error, Some(pause), &mut last_words);
        tokio::select! {
            () = sleep(pause) => {}
            () = context.stop.ordered() => return,
            Ok(()) = context.settings.changed() => backoff = Backoff::default(),
        }
    }
}

/// Says what went wrong, once for as long as it stays the same.
fn say_error(account: &str, error: &RoundError, pause: Option<Duration>, last_words: &mut String) {
    let words = error.to_string();
    if words == *last_words {
        tracing::debug!("{account}: {words}");
        return;
    }
    match pause {
        Some(pause) if pause < Duration::MAX => {
            tracing::warn!("{account}: {words}; next try in {} s", pause.as_secs());
        }
        _ => tracing::warn!("{account}: {words}"),
    }
    *last_words = words;
}

/// One connection, from its beginning to its end.
async fn session<C: Connect>(
    connect: &C,
    context: &mut Context,
    memory: &mut Memory,
    last_words: &mut String,
) -> Result<(), RoundError> {
    let mut mailbox = tokio::select! {
        () = context.stop.ordered() => return Err(RoundError::Stopped),
        mailbox = connect.connect() => mailbox?,
    };
    let result = serve(&mut mailbox, context, memory, last_words).await;
    end_session(mailbox, &result).await;
    result
}

/// Says goodbye, unless the connection is broken.
async fn end_session<M: Mailbox, T>(mailbox: M, result: &Result<T, RoundError>) {
    let broken = matches!(result, Err(RoundError::Mailbox(error)) if error.ends_session());
    if !broken {
        let _ = timeout(GOODBYE, mailbox.close()).await;
    }
}

async fn serve<M: Mailbox>(
    mailbox: &mut M,
    context: &mut Context,
    memory: &mut Memory,
    last_words: &mut String,
) -> Result<(), RoundError> {
    let mut survey = mailbox.survey().await?;
    let desk = context.desk();
    let mut renewals = 0;
    loop {
        if context.settings.has_changed().unwrap_or(false) {
            memory.plan_again();
        }
        let settings = context.settings.borrow_and_update().clone();
        let begun = Instant::now();
        match one_pass(mailbox, context, &desk, &settings, memory, &mut survey).await {
            Ok(_) => {
                context.backlog = false;
                renewals = 0;
                if !last_words.is_empty() {
                    tracing::info!("{}: works again", desk.account);
                    last_words.clear();
                }
            }
            Err(RoundError::Mailbox(MailboxError::UidValidity { .. }))
                if renewals < MAX_RENEWALS =>
            {
                renewals += 1;
                continue;
            }
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => say_error(&desk.account, &error, None, last_words),
        }
        tokio::select! {
            () = context.stop.ordered() => return Err(RoundError::Stopped),
            waited = news(mailbox, &settings, begun) => waited?,
        }
    }
}

/// Waits for news, at most until the next poll.
async fn news<M: Mailbox>(
    mailbox: &mut M,
    settings: &Settings,
    begun: Instant,
) -> Result<(), MailboxError> {
    match mailbox.wait(&settings.account.folders.inbox, settings.poll_interval).await {
        Ok(_) => {}
        Err(error) if error.ends_session() => return Err(error),
        Err(error) => {
            tracing::debug!("{}: no waiting ({error}), polling", settings.account.name);
            sleep(settings.poll_interval).await;
        }
    }
    tokio::time::sleep_until(begun + BETWEEN_PASSES).await;
    Ok(())
}

async fn one_pass<M: Mailbox>(
    mailbox: &mut M,
    context: &Context,
    desk: &Desk,
    settings: &Settings,
    memory: &mut Memory,
    survey: &mut Survey,
) -> Result<Done, RoundError> {
    let (stop, backlog) = (&context.stop, context.backlog);
    let done = pass(mailbox, Pass { desk, settings, memory, stop, survey, backlog }).await?;
    if done != Done::default() {
        let Done { filed, tagged, learnt } = done;
        let filed = say::messages(filed);
        tracing::info!("{}: {filed} filed, {tagged} marked; {learnt} lessons", desk.account);
    }
    Ok(done)
}

/// Does one full pass over what is new.
///
/// # Errors
/// One line that says what failed; what could be done was done.
pub async fn once<C: Connect>(connect: &C, context: Context) -> Result<(), String> {
    let (desk, settings) = (context.desk(), context.settings());
    let mut memory = Memory::default();
    let mut tries = 0;
    let error = loop {
        tries += 1;
        match connect_and_pass(connect, &context, &desk, &settings, &mut memory).await {
            Ok(()) if memory.problems() == 0 => return Ok(()),
            Ok(()) => return Err(format!("{}: see what is said above", desk.account)),
            Err(RoundError::Mailbox(error)) if tries < most(&memory) && may_pass(&error) => {
                tracing::warn!("{}: {error}; trying again", desk.account);
                sleep(Duration::from_secs(2) * tries.min(TRIES_ONCE)).await;
            }
            Err(error) => break error,
        }
    };
    Err(format!("{}: {error}", desk.account))
}

fn most(memory: &Memory) -> u32 {
    if memory.has_suspects() { TRIES_WITH_SUSPECTS } else { TRIES_ONCE }
}

fn may_pass(error: &MailboxError) -> bool {
    error.is_transient()
        && (error.ends_session() || matches!(error, MailboxError::UidValidity { .. }))
}

async fn connect_and_pass<C: Connect>(
    connect: &C,
    context: &Context,
    desk: &Desk,
    settings: &Settings,
    memory: &mut Memory,
) -> Result<(), RoundError> {
    let mut mailbox = connect.connect().await?;
    let result = async {
        let mut survey = mailbox.survey().await?;
        one_pass(&mut mailbox, context, desk, settings, memory, &mut survey).await.map(|_| ())
    };
    let result = result.await;
    end_session(mailbox, &result).await;
    result
}
