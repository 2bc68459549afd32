//! Looks which messages of the inboxes are new, has them judged, and plans. Changes nothing
//! anywhere: what a dry run prints is what a pass does.

use jiff::Timestamp;

use super::desk::Desk;
use super::error::RoundError;
use super::first_run;
use super::judging::judge_all;
use super::learn::Moved;
use super::memory::{Memory, Planned};
use super::settings::Settings;
use super::stop::Stop;
use crate::classify::Judgement;
use crate::mailbox::{Listing, Mailbox, MailboxError, Mark, MessageKey};
use crate::plan::Action;
use crate::store::Known;
use crate::text::escape::escape;
use crate::verdict::Verdict;

/// What a look needs beside the mailbox.
pub(super) struct Looker<'a> {
    pub(super) desk: &'a Desk,
    pub(super) settings: &'a Settings,
    pub(super) memory: &'a mut Memory,
    pub(super) stop: &'a Stop,
    /// Take in what is there already.
    pub(super) backlog: bool,
    /// Is told of every message that is judged.
    pub(super) witness: &'a mut dyn FnMut(&Witnessed<'_>),
}

/// A message that was judged, and what is planned.
pub(super) struct Witnessed<'a> {
    pub(super) folder: &'a str,
    pub(super) key: &'a MessageKey,
    pub(super) verdict: Verdict,
    pub(super) judgement: &'a Judgement,
    pub(super) action: &'a Action,
}

/// What is to be done.
#[derive(Default)]
pub(super) struct Look {
    /// To be moved.
    pub(super) planned: Vec<Planned>,
    /// To be marked with a keyword: folder, message, keyword.
    pub(super) tags: Vec<(String, MessageKey, &'static str)>,
    /// Messages that were filed before, and that their owner took out again.
    pub(super) returned: Vec<Moved>,
    /// The folders that were looked at.
    pub(super) folders: Vec<Looked>,
    /// Some messages were not judged yet: look again when this is done.
    pub(super) put_off: bool,
}

/// A folder that was looked at.
pub(super) struct Looked {
    pub(super) folder: String,
    /// What was known of it before, if it is still true.
    pub(super) known: Option<Known>,
    /// Where a look at everything ends.
    pub(super) end: Mark,
    /// What is in it beyond the known mark, oldest first.
    pub(super) keys: Vec<MessageKey>,
    /// The latest arrival seen so far.
    pub(super) newest: Option<Timestamp>,
}

/// From where on the messages of a folder are new.
enum Start {
    /// It was never looked at: none is.
    First,
    /// Beyond the mark.
    Since(Known),
    /// Its UIDs are void: what arrived later than all that was known.
    Renewed(Known),
    /// All are, by order.
    All(Option<Known>),
}

/// Looks at all inboxes.
///
/// # Errors
/// Those that end the session, and the order to stop. What concerns one folder or one message only
/// is a problem that is said.
pub(super) async fn look<M: Mailbox>(
    mailbox: &mut M,
    looker: &mut Looker<'_>,
) -> Result<Look, RoundError> {
    let mut look = Look::default();
    for folder in looker.settings.account.folders.inbox.clone() {
        match look_at(mailbox, looker, &folder, &mut look).await {
            Ok(()) => {}
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => {
                let (account, folder) = (&looker.desk.account, escape(&folder));
                let problem = format!("{account}: {folder} can't be looked at ({error})");
                looker.memory.problem(&problem);
            }
        }
    }
    Ok(look)
}

async fn look_at<M: Mailbox>(
    mailbox: &mut M,
    looker: &mut Looker<'_>,
    folder: &str,
    look: &mut Look,
) -> Result<(), RoundError> {
    let account = looker.desk.account.clone();
    let state = mailbox.status(folder).await?;
    if state.read_only {
        looker.memory.problem(&format!(
            "{account}: {} can't be changed (read-only, or rights are missing); its mail stays",
            escape(folder)
        ));
        return Ok(());
    }
    let known = looker.desk.state(|it| it.known(&account, folder).cloned());
    let mut start = start(known, &state.mark, looker.backlog);
    if matches!(start, Start::First) {
        look.folders.push(first_run::look_at(mailbox, looker, folder, &state).await?);
        return Ok(());
    }
    let listed = match &start {
        Start::Since(known) => mailbox.list(folder, Some(&known.mark)).await,
        _ => mailbox.list(folder, None).await,
    };
    let listed = match (listed, start) {
        (Err(MailboxError::UidValidity { .. }), Start::Since(known)) => {
            start = Start::Renewed(known);
            mailbox.list(folder, None).await?
        }
        (listed, it) => {
            start = it;
            listed?
        }
    };
    if let Start::Renewed(known) = &start {
        renewed(looker, folder, known, &listed);
    }
    let newest = listed.iter().filter_map(|it| it.received).max();
    let known = match start {
        Start::Since(known) => Some(known),
        Start::All(known) => known,
        Start::Renewed(_) | Start::First => None,
    };
    look.folders.push(Looked {
        folder: folder.to_owned(),
        newest: newest.max(known.as_ref().and_then(|it| it.newest)),
        keys: listed.iter().map(|it| it.key.clone()).collect(),
        end: state.mark,
        known,
    });
    let new = sift(looker, folder, listed, look);
    judge_all(mailbox, looker, folder, new, look).await
}

fn start(known: Option<Known>, now: &Mark, backlog: bool) -> Start {
    let Some(known) = known else {
        return if backlog { Start::All(None) } else { Start::First };
    };
    match (&known.mark, now) {
        (Mark::Maildir, Mark::Maildir) if backlog => Start::All(Some(known)),
        (Mark::Maildir, Mark::Maildir) => Start::Since(known),
        (
            Mark::Imap { uid_validity: then, uid_next: seen },
            Mark::Imap { uid_validity: now, uid_next },
        ) => {
            // A server that gives each new folder the same validity is found out by UIDs that
            // went backwards.
            let same = then == now && seen <= uid_next;
            match (same, backlog) {
                (true, false) => Start::Since(known),
                (true, true) => Start::All(Some(known)),
                (false, false) => Start::Renewed(known),
                (false, true) => Start::All(None),
            }
        }
        // The account has moved to another kind of place.
        _ if backlog => Start::All(None),
        _ => Start::First,
    }
}

/// Settles what is older than what had been seen before the UIDs became void.
fn renewed(looker: &mut Looker<'_>, folder: &str, known: &Known, listed: &[Listing]) {
    looker.memory.say_once(&format!(
        "{}: the server has numbered {} anew; only mail that arrived since counts as new",
        looker.desk.account,
        escape(folder)
    ));
    for listing in listed {
        let arrived_since = listing.received.zip(known.newest).is_some_and(|(it, then)| it > then);
        if !arrived_since {
            looker.memory.settle(folder, &listing.key);
        }
    }
}

/// Takes out what is settled, what is being moved, and what waits: the rest is to be judged.
fn sift(
    looker: &mut Looker<'_>,
    folder: &str,
    listed: Vec<Listing>,
    look: &mut Look,
) -> Vec<Listing> {
    let Looker { desk, memory, backlog, .. } = looker;
    let account = desk.account.as_str();
    let mut new = Vec::new();
    for listing in listed {
        let key = &listing.key;
        let being_moved = desk.state(|state| {
            state.open(account).any(|it| it.intent.from == folder && it.intent.key == *key)
        });
        let seen = match key {
            MessageKey::Maildir { name } if !*backlog => {
                desk.state(|state| state.has_seen(account, folder, name))
            }
            _ => false,
        };
        if being_moved || seen || memory.is_settled(folder, key) {
            continue;
        }
        if listing.deleted {
            memory.settle(folder, key);
        } else if let Some(planned) = memory.waiting(folder, key) {
            if desk.deferred_until(&planned.to).is_none() {
                look.planned.push(planned.clone());
            }
        } else {
            new.push(listing);
        }
    }
    new
}
