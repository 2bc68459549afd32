//! Puts messages back where they came from, as safely as they were filed: the intent is written
//! down before, the end after it was seen, and what was put back is never filed again.

use std::collections::BTreeMap;

use super::confirm;
use super::desk::{Desk, fetch};
use super::error::RoundError;
use super::filing::{Move, Outcome, Route, file, make_folder};
use super::reconcile::reconcile_all;
use super::run::Daemon;
use crate::mail::MAX_MESSAGE_BYTES;
use crate::mailbox::{FilingMethod, Mailbox, MailboxError, MessageKey};
use crate::store::{Digest, End, Filing};

/// Messages put back at once.
const SET: usize = 100;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is where it was before it was filed; in a dry run, it would be.
    PutBack,
    /// It is no longer in the folder into which it was filed: its owner has moved or deleted it.
    MovedOn,
    /// It could not be moved; the sentence says why.
    Stays(String),
}

/// Puts the messages of these filings back, all of one account. Without `really` it only looks
/// which of them would be.
///
/// # Errors
/// The session ended, or nothing can be written down. What was put back by then is in the journal.
pub async fn undo<M: Mailbox>(
    mailbox: &mut M,
    daemon: &Daemon,
    filings: &[Filing],
    really: bool,
) -> Result<BTreeMap<u64, Fate>, RoundError> {
    let mut fates = BTreeMap::new();
    let Some(account) = filings.first().map(|it| it.intent.account.clone()) else {
        return Ok(fates);
    };
    let desk = daemon.desk(account);
    let survey = mailbox.survey().await?;
    if really {
        // What a killed pass has left half done is in two folders.
        reconcile_all(mailbox, &desk).await?;
    }
    let mut ways: BTreeMap<(&str, &str), Vec<Move>> = BTreeMap::new();
    for filing in filings {
        let intent = &filing.intent;
        match find(mailbox, filing).await? {
            None => _ = fates.insert(intent.id, Fate::MovedOn),
            Some((key, head)) => {
                fates.insert(intent.id, Fate::PutBack);
                ways.entry((&intent.to, &intent.from)).or_default().push(Move {
                    key,
                    identity: intent.identity.clone(),
                    head,
                    // No other daemon undoes this one's filings: no twin is looked for.
                    received: None,
                    reason: intent.reason.clone(),
                    undoes: Some(intent.id),
                });
            }
        }
    }
    let by_copy = match survey.method {
        FilingMethod::Move => false,
        FilingMethod::CopyThenRemove => true,
        FilingMethod::Impossible(why) => {
            let stays = |it: &mut Fate| {
                if *it == Fate::PutBack {
                    *it = Fate::Stays(why.clone());
                }
            };
            fates.values_mut().for_each(stays);
            return Ok(fates);
        }
    };
    if !really {
        return Ok(fates);
    }
    for ((from, to), moves) in ways {
        if !survey.folders.iter().any(|it| it == to) {
            make_folder(mailbox, &desk, to).await?;
        }
        for set in moves.chunks(SET) {
            put_back(mailbox, &desk, Route { from, to, by_copy }, set, &mut fates).await?;
        }
    }
    Ok(fates)
}

async fn put_back<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    route: Route<'_>,
    set: &[Move],
    fates: &mut BTreeMap<u64, Fate>,
) -> Result<(), RoundError> {
    let mut outcomes: BTreeMap<MessageKey, Outcome> =
        file(mailbox, desk, route, set).await?.into_iter().collect();
    for planned in set {
        let (Some(outcome), Some(id)) = (outcomes.remove(&planned.key), planned.undoes) else {
            continue;
        };
        let fate = match outcome {
            Outcome::Filed(_) => Fate::PutBack,
            Outcome::Gone | Outcome::Changed | Outcome::CopyGone => Fate::MovedOn,
            Outcome::Refused(refusal) => Fate::Stays(refusal.text),
            Outcome::Untouched | Outcome::Ineffective => {
                Fate::Stays("the server says that it moved it, but it didn't".to_owned())
            }
            Outcome::Doubtful => Fate::Stays(
                "an identical message is in both folders; delete one if you don't need both"
                    .to_owned(),
            ),
            Outcome::InBoth => Fate::Stays(
                "it was copied back, and the server doesn't remove it from the folder yet; the \
                 next run does"
                    .to_owned(),
            ),
        };
        fates.insert(id, fate);
    }
    Ok(())
}

/// Where a filed message is now in the folder into which it was filed, and the hash of its head.
async fn find<M: Mailbox>(
    mailbox: &mut M,
    filing: &Filing,
) -> Result<Option<(MessageKey, Digest)>, MailboxError> {
    let (intent, identity) = (&filing.intent, &filing.intent.identity);
    if let End::Done(Some(key)) = &filing.end
        && let Some(found) =
            identical(mailbox, &intent.to, std::slice::from_ref(key), identity.digest).await?
    {
        return Ok(Some(found));
    }
    let Some(message_id) = &identity.message_id else { return Ok(None) };
    match mailbox.find(&intent.to, message_id).await {
        Ok(keys) => identical(mailbox, &intent.to, &keys, identity.digest).await,
        Err(MailboxError::NoFolder(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first of these that has the bytes of this hash.
async fn identical<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    keys: &[MessageKey],
    digest: Digest,
) -> Result<Option<(MessageKey, Digest)>, MailboxError> {
    for key in keys {
        let found = match fetch(mailbox, folder, std::slice::from_ref(key), MAX_MESSAGE_BYTES).await
        {
            Err(MailboxError::NoFolder(_) | MailboxError::UidValidity { .. }) => return Ok(None),
            found => found?,
        };
        let is_it = |bytes: &&Vec<u8>| Digest::of(bytes) == digest;
        if let Some(bytes) = found.get(key).filter(is_it) {
            return Ok(Some((key.clone(), confirm::head(bytes))));
        }
    }
    Ok(None)
}

impl Daemon {
    fn desk(&self, account: String) -> Desk {
        Desk {
            account,
            journal: self.journal.clone(),
            memory: self.memory.clone(),
            clock: self.clock.clone(),
        }
    }
}
