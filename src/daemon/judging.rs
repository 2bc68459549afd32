//! Fetches new messages in batches, has each judged, and plans what to do with it. A message that
//! can't be fetched or judged stays where it is; the others go on.

use super::confirm;
use super::desk::fetch;
use super::error::RoundError;
use super::filing::Move;
use super::judge::{Judged, judge_safely};
use super::learn::sighted;
use super::look::{Look, Looker, Witnessed};
use super::memory::Planned;
use super::say;
use super::settings::Settings;
use crate::classify::Judgement;
use crate::mail::MAX_MESSAGE_BYTES;
use crate::mailbox::{Listing, Mailbox, MessageKey, batches};
use crate::plan::{Action, Standing, Stay, plan};
use crate::store::{Evidence, Identity, Reason};

/// A message that could not be fetched this often is left alone.
const MAX_FAILURES: u32 = 3;

/// Pieces of evidence that the journal keeps, and characters of each: a sentence has no end.
const KEPT_EVIDENCE: usize = 3;
const KEPT_CHARS: usize = 100;

/// Judges new messages of a folder.
///
/// # Errors
/// Those that end the session, and the order to stop.
pub(super) async fn judge_all<M: Mailbox>(
    mailbox: &mut M,
    looker: &mut Looker<'_>,
    folder: &str,
    new: Vec<Listing>,
    look: &mut Look,
) -> Result<(), RoundError> {
    let failed = |it: &Listing| looker.memory.failures(folder, &it.key);
    let (mut suspects, sound): (Vec<Listing>, Vec<Listing>) =
        new.into_iter().partition(|it| failed(it) > 0);
    suspects.sort_by_key(failed);
    for batch in batches(&sound) {
        judge_batch(mailbox, looker, folder, batch, look).await?;
    }
    // What a session ended over comes last and singly, when the others are settled: it may end
    // this one too.
    let busy = !look.planned.is_empty() || !look.tags.is_empty();
    if busy && !suspects.is_empty() {
        look.put_off = true;
        return Ok(());
    }
    for suspect in suspects.chunks(1) {
        judge_batch(mailbox, looker, folder, suspect, look).await?;
    }
    Ok(())
}

async fn judge_batch<M: Mailbox>(
    mailbox: &mut M,
    looker: &mut Looker<'_>,
    folder: &str,
    batch: &[Listing],
    look: &mut Look,
) -> Result<(), RoundError> {
    if looker.stop.is_set() {
        return Err(RoundError::Stopped);
    }
    let keys: Vec<MessageKey> = batch.iter().map(|it| it.key.clone()).collect();
    let mut fetched = match fetch(mailbox, folder, &keys, MAX_MESSAGE_BYTES).await {
        Ok(fetched) => fetched,
        Err(error) => match (error.ends_session(), batch) {
            (true, _) => {
                for listing in batch {
                    if looker.memory.fail(folder, &listing.key) >= MAX_FAILURES {
                        give_up(looker, folder, &listing.key, &error.to_string());
                    }
                }
                return Err(error.into());
            }
            (false, [single]) if looker.memory.fail(folder, &single.key) >= MAX_FAILURES => {
                give_up(looker, folder, &single.key, &error.to_string());
                return Ok(());
            }
            (false, _) => {
                for single in batch.chunks(1) {
                    Box::pin(judge_batch(mailbox, looker, folder, single, look)).await?;
                }
                return Ok(());
            }
        },
    };
    for listing in batch {
        match fetched.remove(&listing.key) {
            Some(bytes) => judge_one(looker, folder, listing, &bytes, look)?,
            None => looker.memory.settle(folder, &listing.key),
        }
    }
    Ok(())
}

fn give_up(looker: &mut Looker<'_>, folder: &str, key: &MessageKey, why: &str) {
    let (account, message) = (&looker.desk.account, say::message(folder, key));
    looker.memory.problem(&format!("{account}: {message} can't be read and stays ({why})"));
    looker.memory.settle(folder, key);
}

fn judge_one(
    looker: &mut Looker<'_>,
    folder: &str,
    listing: &Listing,
    bytes: &[u8],
    look: &mut Look,
) -> Result<(), RoundError> {
    let key = &listing.key;
    let Some(judged) = judge_safely(&*looker.settings.judge, bytes) else {
        give_up(looker, folder, key, "a defect of grussd; please report it");
        return Ok(());
    };
    let identity = Identity::new(judged.message_id.clone(), listing.size, bytes);
    let action = action(looker, folder, &judged, &identity);
    let Judged { verdict, judgement, .. } = judged;
    (looker.witness)(&Witnessed { folder, key, verdict, judgement: &judgement, action: &action });
    match action {
        Action::FileInto(to) => look.planned.push(Planned {
            from: folder.to_owned(),
            to,
            item: Move {
                key: key.clone(),
                identity,
                head: confirm::head(bytes),
                received: listing.received,
                reason: reason(&judgement),
                undoes: None,
            },
        }),
        Action::Tag(keyword) => look.tags.push((folder.to_owned(), key.clone(), keyword)),
        Action::Stay(why) => {
            if why == Stay::Pinned {
                let (desk, settings) = (looker.desk, looker.settings);
                look.returned.extend(sighted(desk, settings, folder, listing.size, bytes)?);
            }
            looker.memory.settle(folder, key);
        }
    }
    Ok(())
}

fn action(looker: &Looker<'_>, folder: &str, judged: &Judged, identity: &Identity) -> Action {
    let Settings { account, filing, .. } = looker.settings;
    let pinned = looker.desk.state(|state| state.was_filed(&account.name, identity));
    let standing = Standing { pinned, deleted: false };
    plan(judged.verdict, standing, folder, &account.folders, filing)
}

fn reason(judgement: &Judgement) -> Reason {
    let rounded = |value: f64, digits: f64| (value * digits).round() / digits;
    Reason {
        label: judgement.posterior.label(),
        occasion: judgement.occasion,
        posterior: judgement.posterior.iter().map(|(_, it)| rounded(it, 10_000.0)).collect(),
        evidence: judgement
            .evidence
            .iter()
            .take(KEPT_EVIDENCE)
            .map(|it| Evidence {
                term: it.term().chars().take(KEPT_CHARS).collect(),
                label: it.label,
                weight: rounded(it.weight, 100.0),
            })
            .collect(),
    }
}
