//! Moves a set of messages from one folder into another: writes down what is about to be done,
//! does it, looks whether it was done, writes down the end.
//!
//! A set is of bounded size: what a killed server leaves half done is found and mended one message
//! at a time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::time::sleep;

use super::confirm::{Copied, HEAD_BYTES, claims, head, identical, remove_originals, with_heads};
use super::desk::{Desk, fetch};
use super::error::RoundError;
use super::reconcile::reconcile;
use super::twins::{self, Twinned};
use crate::mailbox::{Mailbox, MailboxError, Mark, MessageKey, Transfer};
use crate::store::{Digest, Identity, Intent, Open, Reason, Record};

/// How often a message is tried before it is left alone: a server that says `OK` and does nothing
/// is not asked for ever.
const TRIES: usize = 3;

/// A message that is to be moved.
#[derive(Debug, Clone)]
pub(super) struct Move {
    /// Its name in the source folder.
    pub(super) key: MessageKey,
    /// By what it is known again.
    pub(super) identity: Identity,
    /// Hash of its first [`HEAD_BYTES`] bytes.
    pub(super) head: Digest,
    /// When it arrived.
    pub(super) received: Option<Timestamp>,
    /// Why it is moved.
    pub(super) reason: Reason,
    /// The filing that this takes back.
    pub(super) undoes: Option<u64>,
}

/// From where to where, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route<'a> {
    /// Source folder.
    pub(super) from: &'a str,
    /// Target folder.
    pub(super) to: &'a str,
    /// By copying and removing instead of moving.
    pub(super) by_copy: bool,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is in the target folder, perhaps under this key.
    Filed(Option<MessageKey>),
    /// Its owner was quicker.
    Gone,
    /// Its key names another message, or its bytes are not those that were judged.
    Changed,
    /// It lies where it lay.
    Untouched,
    /// It lies in both folders, and it can't be proved that one is our copy.
    Doubtful,
    /// It lies where it lay; somebody moved the copy on that had been made of it.
    CopyGone,
    /// It lies in both folders, and the original could not be removed yet; its intent is open.
    InBoth,
    /// The server refused to move it.
    Refused(Refusal),
    /// The server said that it was moved, more than once, and it was not.
    Ineffective,
}

/// A server's no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Response code, such as `OVERQUOTA`.
    pub(super) code: Option<String>,
    /// What to tell.
    pub(super) text: String,
}

impl Refusal {
    fn wants_folder(&self) -> bool {
        self.code.as_deref() == Some("TRYCREATE")
    }
}

impl From<MailboxError> for Refusal {
    fn from(error: MailboxError) -> Self {
        let code = match &error {
            MailboxError::Refused { code, .. } => code.clone(),
            MailboxError::NoFolder(_) => Some("TRYCREATE".to_owned()),
            _ => None,
        };
        Refusal { code, text: error.to_string() }
    }
}

/// Moves a set.
///
/// # Errors
/// The session ended, or the journal can't be written: intents that are open by then are for
/// [`reconcile`].
pub(super) async fn file<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    route: Route<'_>,
    moves: &[Move],
) -> Result<Vec<(MessageKey, Outcome)>, RoundError> {
    let mut outcomes = Vec::new();
    let mut left: Vec<&Move> = moves.iter().collect();
    let (mut tries, mut waits, mut folder_made) = (TRIES, twins::WAITS, false);
    while tries > 0 {
        left = still_there(mailbox, route.from, left, &mut outcomes).await?;
        if left.is_empty() {
            return Ok(outcomes);
        }
        let refusal = match end_of(mailbox, route.to).await? {
            Ok(target) => {
                if waits > 0 && twins::begun(mailbox, desk, route.to, &target, &left).await? {
                    waits -= 1;
                    sleep(twins::PAUSE).await;
                    continue;
                }
                attempt(mailbox, desk, route, &target, &mut left, &mut outcomes).await?
            }
            Err(refusal) => Some(refusal),
        };
        tries -= 1;
        match refusal {
            None => {}
            Some(refusal) if refusal.wants_folder() && !folder_made => {
                make_folder(mailbox, desk, route.to).await?;
                folder_made = true;
            }
            Some(refusal) => {
                let refused = |it: &Move| (it.key.clone(), Outcome::Refused(refusal.clone()));
                outcomes.extend(left.into_iter().map(refused));
                return Ok(outcomes);
            }
        }
    }
    outcomes.extend(left.into_iter().map(|it| (it.key.clone(), Outcome::Ineffective)));
    Ok(outcomes)
}

/// Makes a target folder; a refusal shows when mail is moved into it.
pub(super) async fn make_folder<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    folder: &str,
) -> Result<(), RoundError> {
    let (account, name) = (desk.account.clone(), folder.to_owned());
    desk.record(&[Record::Creating { account, folder: name }])?;
    match mailbox.ensure_folder(folder).await {
        Err(error) if error.ends_session() => Err(error.into()),
        Err(error) => {
            tracing::debug!("{}: {error}", desk.account);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Looks once more before anything is done: between judging and moving others may have moved a
/// message, or its UID may have come to name another one.
async fn still_there<'a, M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    moves: Vec<&'a Move>,
    outcomes: &mut Vec<(MessageKey, Outcome)>,
) -> Result<Vec<&'a Move>, RoundError> {
    let keys: Vec<MessageKey> = moves.iter().map(|it| it.key.clone()).collect();
    let found = fetch(mailbox, folder, &keys, HEAD_BYTES).await?;
    let mut there = Vec::new();
    for planned in moves {
        match found.get(&planned.key).map(|it| head(it)) {
            Some(head) if head == planned.head => there.push(planned),
            Some(_) => outcomes.push((planned.key.clone(), Outcome::Changed)),
            None => outcomes.push((planned.key.clone(), Outcome::Gone)),
        }
    }
    Ok(there)
}

/// Where the target ends, or why it takes nothing.
async fn end_of<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
) -> Result<Result<Mark, Refusal>, RoundError> {
    match mailbox.status(folder).await {
        Ok(state) => Ok(Ok(state.mark)),
        Err(error) if error.ends_session() => Err(error.into()),
        Err(error) => Ok(Err(error.into())),
    }
}

/// Tries once. What is settled by then leaves `left` for `outcomes`; a refusal says why the rest
/// is not.
async fn attempt<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    route: Route<'_>,
    target: &Mark,
    left: &mut Vec<&Move>,
    outcomes: &mut Vec<(MessageKey, Outcome)>,
) -> Result<Option<Refusal>, RoundError> {
    let ids = intend(desk, route, left, target)?;
    let keys: Vec<MessageKey> = left.iter().map(|it| it.key.clone()).collect();
    let answer = if route.by_copy {
        mailbox.copy(route.from, &keys, route.to).await
    } else {
        mailbox.relocate(route.from, &keys, route.to).await
    };
    let (transfers, refusal) = match answer {
        Ok(transfers) => (transfers, None),
        Err(error) if error.ends_session() => return Err(error.into()),
        // Nothing that is planned holds any more.
        Err(error @ MailboxError::UidValidity { .. }) => return Err(error.into()),
        Err(error) => (Vec::new(), Some(Refusal::from(error))),
    };
    if route.by_copy {
        finish_copies(mailbox, desk, route, &ids, transfers, target).await?;
    } else {
        confirm_moves(mailbox, desk, route, &ids, transfers, target).await?;
    }

    // What the answer didn't prove is looked up. That is not an exception: a server may say no and
    // have done it, or say OK and have done nothing.
    let open: Vec<Open> = desk.state(|state| {
        ids.values().filter_map(|(id, _)| state.open_intent(*id).cloned()).collect()
    });
    let mut looked_up: BTreeMap<MessageKey, Outcome> =
        reconcile(mailbox, desk, open).await?.into_iter().map(|it| (it.key, it.outcome)).collect();
    left.retain(|planned| {
        let outcome = looked_up.remove(&planned.key).unwrap_or(Outcome::Filed(None));
        let untouched = outcome == Outcome::Untouched;
        if !untouched {
            outcomes.push((planned.key.clone(), outcome));
        }
        untouched
    });
    Ok(refusal)
}

/// Number and planned move of each message of a set.
type Ids<'a> = BTreeMap<MessageKey, (u64, &'a Move)>;

/// Writes the intents down, all with one sync.
fn intend<'a>(
    desk: &Desk,
    route: Route<'_>,
    moves: &[&'a Move],
    target: &Mark,
) -> Result<Ids<'a>, RoundError> {
    let (first, now) = (desk.state(|state| state.next_id()), desk.clock.now());
    let ids: Ids<'_> = (first..).zip(moves).map(|(id, it)| (it.key.clone(), (id, *it))).collect();
    let intents = ids.values().map(|(id, planned)| {
        Record::Intent(Intent {
            id: *id,
            account: desk.account.clone(),
            from: route.from.to_owned(),
            key: planned.key.clone(),
            to: route.to.to_owned(),
            target: target.clone(),
            identity: planned.identity.clone(),
            reason: planned.reason.clone(),
            at: now,
            undoes: planned.undoes,
        })
    });
    desk.record(&intents.collect::<Vec<_>>())?;
    Ok(ids)
}

/// Ends the intents of messages that are in the target, as the server said, and no more in the
/// source.
async fn confirm_moves<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    route: Route<'_>,
    ids: &Ids<'_>,
    transfers: Vec<Transfer>,
    target: &Mark,
) -> Result<(), RoundError> {
    let claims = claims(transfers, target);
    let claimed = || claims.iter().filter_map(|(from, to)| Some((from, to, ids.get(from)?)));
    if claimed().next().is_none() {
        return Ok(());
    }
    let keys: Vec<MessageKey> = claimed().map(|(from, _, _)| from.clone()).collect();
    let left = fetch(mailbox, route.from, &keys, 1).await?;
    let heads = claimed().map(|(_, to, (_, planned))| (to.clone(), planned.head)).collect();
    let arrived = with_heads(mailbox, route.to, &heads).await?;
    let filed: Vec<Twinned<'_>> = claimed()
        .filter(|(from, to, _)| !left.contains_key(*from) && arrived.contains(*to))
        .map(|(_, to, (id, it))| Twinned { id: *id, ours: to, identity: &it.identity })
        .collect();
    end(mailbox, desk, route, ids, &filed, target).await
}

/// Writes down the end of messages that were filed, unless somebody else filed them too: of these
/// our copies are one too many.
async fn end<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    route: Route<'_>,
    ids: &Ids<'_>,
    filed: &[Twinned<'_>],
    target: &Mark,
) -> Result<(), RoundError> {
    let set: Vec<_> = ids.values().map(|(_, it)| (it.identity.digest, it.received)).collect();
    let mut twins = twins::find(mailbox, desk, route.to, target, filed, &set).await?;
    let end = |it: &Twinned<'_>| {
        let done = Record::Done { id: it.id, to: Some(it.ours.clone()) };
        twins.remove(&it.id).unwrap_or(done)
    };
    Ok(desk.record(&filed.iter().map(end).collect::<Vec<_>>())?)
}

/// Removes the originals of messages whose copies are in the target, as the server said, and
/// identical when read back.
async fn finish_copies<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    route: Route<'_>,
    ids: &Ids<'_>,
    transfers: Vec<Transfer>,
    target: &Mark,
) -> Result<(), RoundError> {
    let claims = claims(transfers, target);
    let claimed = || claims.iter().filter_map(|(from, to)| Some((from, to, ids.get(from)?)));
    let digests =
        claimed().map(|(_, to, (_, planned))| (to.clone(), planned.identity.digest)).collect();
    let arrived = identical(mailbox, route.to, &digests).await?;
    let copied: Vec<Copied> = claimed()
        .filter(|(_, to, _)| arrived.contains(*to))
        .map(|(from, to, (id, _))| Copied { id: *id, original: from.clone(), copy: to.clone() })
        .collect();
    if copied.is_empty() {
        return Ok(());
    }
    let left = remove_originals(mailbox, desk, route.from, &copied).await?;
    let filed: Vec<Twinned<'_>> = copied
        .iter()
        .filter(|it| !left.contains(&it.id))
        .filter_map(|it| {
            let (_, planned) = ids.get(&it.original)?;
            Some(Twinned { id: it.id, ours: &it.copy, identity: &planned.identity })
        })
        .collect();
    end(mailbox, desk, route, ids, &filed, target).await
}
