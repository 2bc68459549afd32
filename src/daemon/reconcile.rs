//! After a crash, a lost connection or an answer that proves nothing: finds out where the messages
//! of open intents are, and ends them. Doing it twice does nothing the second time.

use std::collections::{BTreeMap, BTreeSet};

use super::confirm::{Copied, remove_originals};
use super::decide::{Candidate, Case, Decision, Original, decide};
use super::desk::{Desk, digests};
use super::error::RoundError;
use super::filing::Outcome;
use super::twins;
use crate::mailbox::{Mailbox, MailboxError, Mark, MessageKey};
use crate::store::{Digest, Identity, Open, Record, Stage, Why};

/// How an open intent ended.
#[derive(Debug)]
pub(super) struct Settlement {
    /// Folder in which it lay.
    pub(super) from: String,
    /// Folder into which it was to go.
    pub(super) to: String,
    /// Its name in the source folder.
    pub(super) key: MessageKey,
    /// Its end.
    pub(super) outcome: Outcome,
}

/// Ends all open intents of the account, except those whose target folder is to be left alone.
pub(super) async fn reconcile_all<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
) -> Result<Vec<Settlement>, RoundError> {
    let open: Vec<Open> = desk.state(|state| state.open(&desk.account).cloned().collect());
    let due = open.into_iter().filter(|it| desk.deferred_until(&it.intent.to).is_none());
    reconcile(mailbox, desk, due.collect()).await
}

/// Ends these intents.
pub(super) async fn reconcile<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    open: Vec<Open>,
) -> Result<Vec<Settlement>, RoundError> {
    let is_twin = |it: &Open| matches!(it.stage, Stage::Twin { .. });
    let (twins, open): (Vec<Open>, Vec<Open>) = open.into_iter().partition(is_twin);
    let places = twins::settle(mailbox, desk, &twins).await?;
    let mut settled: Vec<Settlement> = twins
        .into_iter()
        .zip(places)
        .map(|(Open { intent, .. }, place)| Settlement {
            from: intent.from,
            to: intent.to,
            key: intent.key,
            outcome: Outcome::Filed(place),
        })
        .collect();
    let mut groups: Vec<Vec<Open>> = Vec::new();
    for open in open {
        let same = |it: &&mut Vec<Open>| it.first().is_some_and(|it| same_way(it, &open));
        match groups.iter_mut().find(same) {
            Some(group) => group.push(open),
            None => groups.push(vec![open]),
        }
    }
    let mut claimed = BTreeSet::new();
    for group in groups {
        settled.extend(reconcile_group(mailbox, desk, &group, &mut claimed).await?);
    }
    Ok(settled)
}

/// Whether two intents are of one set, which can be looked up together.
fn same_way(one: &Open, other: &Open) -> bool {
    let (one, other) = (&one.intent, &other.intent);
    one.from == other.from && one.to == other.to && one.target == other.target
}

async fn reconcile_group<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    group: &[Open],
    claimed: &mut BTreeSet<MessageKey>,
) -> Result<Vec<Settlement>, RoundError> {
    let Some(first) = group.first().map(|it| &it.intent) else { return Ok(Vec::new()) };
    let originals = find_originals(mailbox, &first.from, group).await?;
    let candidates = find_candidates(mailbox, &first.to, &first.target, group).await?;
    let cases: Vec<Case<'_>> =
        group.iter().zip(originals).map(|(open, original)| Case { open, original }).collect();
    let decisions = decide(&cases, &candidates, claimed);

    let keep: Vec<MessageKey> = decisions.iter().filter_map(to_keep).collect();
    if !keep.is_empty() {
        mailbox.keep(&first.from, &keep).await?;
    }
    let (mut records, mut copied, mut settled) = (Vec::new(), Vec::new(), Vec::new());
    for (Open { intent, .. }, decision) in group.iter().zip(decisions) {
        let (id, original) = (intent.id, intent.key.clone());
        let outcome = match decision {
            Decision::Done(to) => {
                records.push(Record::Done { id, to: to.clone() });
                Outcome::Filed(to)
            }
            Decision::Abandon { why, .. } => {
                records.push(Record::Abandoned { id, why });
                why.into()
            }
            Decision::Finish(copy) => {
                copied.push(Copied { id, original, copy: copy.clone() });
                Outcome::Filed(Some(copy))
            }
        };
        let (from, to, key) = (intent.from.clone(), intent.to.clone(), intent.key.clone());
        settled.push((id, Settlement { from, to, key, outcome }));
    }
    desk.record(&records)?;
    if !copied.is_empty() {
        let left = remove_originals(mailbox, desk, &first.from, &copied).await?;
        let removed = copied.iter().filter(|it| !left.contains(&it.id));
        let done = removed.map(|it| Record::Done { id: it.id, to: Some(it.copy.clone()) });
        desk.record(&done.collect::<Vec<_>>())?;
        for (id, settlement) in &mut settled {
            if left.contains(id) {
                settlement.outcome = Outcome::InBoth;
            }
        }
    }
    Ok(settled.into_iter().map(|(_, settlement)| settlement).collect())
}

fn to_keep(decision: &Decision) -> Option<MessageKey> {
    match decision {
        Decision::Abandon { keep, .. } => keep.clone(),
        Decision::Done(_) | Decision::Finish(_) => None,
    }
}

impl From<Why> for Outcome {
    fn from(why: Why) -> Self {
        match why {
            Why::Gone => Outcome::Gone,
            Why::Untouched => Outcome::Untouched,
            Why::Foreign => Outcome::Changed,
            Why::Doubtful => Outcome::Doubtful,
            Why::CopyGone => Outcome::CopyGone,
        }
    }
}

/// Looks where the originals are.
async fn find_originals<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    group: &[Open],
) -> Result<Vec<Original>, MailboxError> {
    let keys: Vec<MessageKey> = group.iter().map(|it| it.intent.key.clone()).collect();
    let found = match digests(mailbox, folder, &keys).await {
        Ok(found) => found,
        Err(MailboxError::NoFolder(_)) => BTreeMap::new(),
        Err(MailboxError::UidValidity { .. }) => return find_renamed(mailbox, folder, group).await,
        Err(error) => return Err(error),
    };
    let original = |Open { intent, .. }: &Open| match found.get(&intent.key) {
        None => Original::Gone,
        Some(digest) if *digest == intent.identity.digest => Original::There,
        Some(_) => Original::Other,
    };
    Ok(group.iter().map(original).collect())
}

/// The same where the old UIDs are void.
async fn find_renamed<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    group: &[Open],
) -> Result<Vec<Original>, MailboxError> {
    let mut originals = Vec::new();
    for Open { intent, .. } in group {
        let same = find_identical(mailbox, folder, &intent.identity).await?;
        originals.push(same.into_iter().next().map_or(Original::Gone, Original::Renamed));
    }
    Ok(originals)
}

/// Messages with this Message-ID and these bytes.
async fn find_identical<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    identity: &Identity,
) -> Result<Vec<MessageKey>, MailboxError> {
    let Some(message_id) = &identity.message_id else { return Ok(Vec::new()) };
    let keys = mailbox.find(folder, message_id).await?;
    let found = digests(mailbox, folder, &keys).await?;
    let same = found.into_iter().filter(|(_, digest)| *digest == identity.digest);
    Ok(same.map(|(key, _)| key).collect())
}

/// Looks what in the target folder may be a copy of one of the group.
async fn find_candidates<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    since: &Mark,
    group: &[Open],
) -> Result<Vec<Candidate>, MailboxError> {
    let listed = match mailbox.list(folder, Some(since)).await {
        Ok(listed) => listed,
        Err(MailboxError::NoFolder(_)) => return Ok(Vec::new()),
        Err(MailboxError::UidValidity { .. }) => {
            let mut candidates = Vec::new();
            for Open { intent, .. } in group {
                for key in find_identical(mailbox, folder, &intent.identity).await? {
                    let (size, digest) = (intent.identity.size, intent.identity.digest);
                    candidates.push(Candidate { key, size, digest });
                }
            }
            return Ok(candidates);
        }
        Err(error) => return Err(error),
    };
    let sizes: BTreeSet<u64> = group.iter().map(|it| it.intent.identity.size).collect();
    let sizes: BTreeMap<MessageKey, u64> = listed
        .into_iter()
        .filter(|it| sizes.contains(&it.size))
        .map(|it| (it.key, it.size))
        .collect();
    let keys: Vec<MessageKey> = sizes.keys().cloned().collect();
    let digests = digests(mailbox, folder, &keys).await?;
    let candidate = |(key, digest): (MessageKey, Digest)| {
        let size = sizes.get(&key).copied()?;
        Some(Candidate { key, size, digest })
    };
    Ok(digests.into_iter().filter_map(candidate).collect())
}
