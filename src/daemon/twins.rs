//! Two daemons on one account may file the same message at the same instant: a server that is asked
//! twice to move it copies it twice. Each looks for an identical message that came into the target
//! just before its own copy, and removes its own then. The one that came first never does, so that
//! one stays.
//!
//! Two identical messages that were there before stay two: only where one message of this set has
//! these bytes and this date of arrival is another one like it taken for its twin.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::desk::{Desk, digests};
use super::error::RoundError;
use super::filing::Move;
use crate::mailbox::{Listing, Mailbox, MailboxError, Mark, MessageKey};
use crate::store::{Digest, Identity, Open, Record, Stage};

/// Another daemon's unfinished copies are among so many of the latest messages of the target.
const LATEST: u32 = 200;
/// So long it is given to finish: so often, with a pause each time.
pub(super) const WAITS: u32 = 20;
/// See [`WAITS`].
pub(super) const PAUSE: Duration = Duration::from_millis(500);

/// Whether any of these is among the latest messages of the target already, byte for byte and with
/// its date: somebody else may be about to file them, or their owner has copied them. What was
/// filed from here before is known, and doesn't count. `end` is where the target ends.
pub(super) async fn begun<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    folder: &str,
    end: &Mark,
    moves: &[&Move],
) -> Result<bool, MailboxError> {
    let Mark::Imap { uid_validity, uid_next } = *end else { return Ok(false) };
    let since = Mark::Imap { uid_validity, uid_next: uid_next.saturating_sub(LATEST).max(1) };
    let listed = match mailbox.list(folder, Some(&since)).await {
        Err(error) if error.ends_session() => return Err(error),
        listed => listed.unwrap_or_default(),
    };
    let known = |it: &Move| desk.state(|state| state.was_filed(&desk.account, &it.identity));
    let ours: BTreeSet<(u64, Option<Timestamp>)> =
        moves.iter().map(|it| (it.identity.size, it.received)).collect();
    let alike = |it: &Listing| ours.contains(&(it.size, it.received));
    let keys: Vec<MessageKey> = listed.into_iter().filter(alike).map(|it| it.key).collect();
    let found = digests(mailbox, folder, &keys).await?;
    Ok(moves.iter().any(|it| !known(it) && found.values().any(|at| *at == it.identity.digest)))
}

/// A message of a set that was filed, and may have a twin.
pub(super) struct Twinned<'a> {
    /// Of the intent.
    pub(super) id: u64,
    /// Our copy, as the server told.
    pub(super) ours: &'a MessageKey,
    /// Of the message.
    pub(super) identity: &'a Identity,
}

/// Looks for twins in the target folder beyond the mark that was taken before the set was filed.
/// Gives back what is to be written down: which of ours are one too many. `set` tells hash and
/// arrival of all messages of the set.
pub(super) async fn find<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    folder: &str,
    since: &Mark,
    filed: &[Twinned<'_>],
    set: &[(Digest, Option<Timestamp>)],
) -> Result<BTreeMap<u64, Record>, MailboxError> {
    // Maildir messages move in one step, for one of two.
    if matches!(since, Mark::Maildir) || filed.is_empty() {
        return Ok(BTreeMap::new());
    }
    let listed = match mailbox.list(folder, Some(since)).await {
        Ok(listed) => listed,
        Err(error) if error.ends_session() => return Err(error),
        Err(error) => {
            tracing::debug!("{}: {error}", desk.account);
            return Ok(BTreeMap::new());
        }
    };
    let own: BTreeSet<&MessageKey> = filed.iter().map(|it| it.ours).collect();
    let arrival = |key: &MessageKey| listed.iter().find(|it| it.key == *key)?.received;
    let mut pairs = Vec::new();
    for it in filed {
        let Some(received) = arrival(it.ours) else { continue };
        let like = (it.identity.digest, Some(received));
        let alone = set.iter().filter(|it| **it == like).count() == 1;
        let theirs = listed.iter().filter(|other| {
            other.key < *it.ours
                && other.size == it.identity.size
                && other.received == Some(received)
                && !own.contains(&other.key)
        });
        pairs.extend(theirs.filter(|_| alone).map(|other| (it, other.key.clone())));
    }
    let keys: BTreeSet<MessageKey> =
        pairs.iter().flat_map(|(it, theirs)| [it.ours.clone(), theirs.clone()]).collect();
    let found = digests(mailbox, folder, &keys.into_iter().collect::<Vec<_>>()).await?;
    let mut twins = BTreeMap::new();
    for (Twinned { id, ours, identity }, theirs) in pairs {
        let same = |key: &MessageKey| found.get(key) == Some(&identity.digest);
        if same(ours) && same(&theirs) {
            // The first of them is the one that stays.
            twins.entry(*id).or_insert_with(|| Record::Twin {
                id: *id,
                ours: (*ours).clone(),
                theirs,
            });
        }
    }
    Ok(twins)
}

/// Removes our copies that are one too many, of intents that got that far. What can't be removed,
/// or is the only one by now, stays. Gives back where each message is.
pub(super) async fn settle<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    twins: &[Open],
) -> Result<Vec<Option<MessageKey>>, RoundError> {
    let mut places = Vec::new();
    for Open { intent, stage, .. } in twins {
        let Stage::Twin { ours, theirs } = stage else { continue };
        let keys = [ours.clone(), theirs.clone()];
        let found = there(digests(mailbox, &intent.to, &keys).await)?;
        let same = |key: &MessageKey| found.get(key) == Some(&intent.identity.digest);
        let mut place = same(theirs).then(|| theirs.clone());
        if same(ours) {
            let keys = std::slice::from_ref(ours);
            let removed = match place {
                Some(_) => remove(mailbox, desk, &intent.to, keys).await?,
                None => false,
            };
            if !removed {
                match mailbox.keep(&intent.to, keys).await {
                    Err(error) if error.ends_session() => return Err(error.into()),
                    Err(error) => tracing::debug!("{}: {error}", desk.account),
                    Ok(()) => {}
                }
                place = Some(ours.clone());
            }
        }
        desk.record(&[Record::Done { id: intent.id, to: place.clone() }])?;
        places.push(place);
    }
    Ok(places)
}

/// Says whether it is gone.
async fn remove<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    folder: &str,
    keys: &[MessageKey],
) -> Result<bool, RoundError> {
    match mailbox.remove_copied(folder, keys).await {
        Err(error) if error.ends_session() => return Err(error.into()),
        Err(error) => tracing::debug!("{}: {error}", desk.account),
        Ok(()) => {}
    }
    Ok(digests(mailbox, folder, keys).await?.is_empty())
}

/// A folder that is gone, or was made anew, holds neither.
fn there(
    found: Result<BTreeMap<MessageKey, Digest>, MailboxError>,
) -> Result<BTreeMap<MessageKey, Digest>, MailboxError> {
    match found {
        Err(MailboxError::NoFolder(_) | MailboxError::UidValidity { .. }) => Ok(BTreeMap::new()),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::super::double::{Bench, Fault, PERSONAL, PITCH, block_on, message};
    use crate::mailbox::FilingMethod;

    /// An inbox with two messages of the same bytes, which another daemon is about to file too.
    async fn bench(method: FilingMethod, many: bool, rivals: usize) -> Bench {
        let bench = Bench::default();
        bench.server.set(|it| it.method = method);
        bench.begin().await;
        for id in [1, 2, 2, 3] {
            bench.server.deliver("INBOX", message(id, "personal"));
        }
        for id in 0..if many { 12 } else { 1 } {
            bench.server.deliver("INBOX", message(10 + id, "pitch"));
        }
        bench.server.set(|it| (it.rivals, it.calls, it.mutations) = (rivals, 0, 0));
        bench
    }

    const METHODS: [FilingMethod; 2] = [FilingMethod::Move, FilingMethod::CopyThenRemove];

    #[test]
    fn of_two_copies_the_first_stays() {
        for (method, many) in METHODS.into_iter().flat_map(|it| [(it.clone(), false), (it, true)]) {
            block_on(async {
                let bench = bench(method, many, usize::MAX).await;
                let before = bench.server.inventory();
                bench.once().await.unwrap();
                assert_eq!(bench.server.inventory(), before);
                assert_eq!(bench.server.count(PITCH), if many { 12 } else { 1 });
                assert!(bench.server.messages(PERSONAL).iter().all(|it| !it.deleted));
                let mutations = bench.server.mutations();
                bench.once().await.unwrap();
                assert_eq!(bench.server.mutations(), mutations);
            });
        }
    }

    /// A fault at the same time may leave two copies, where it is not known which is ours, and may
    /// take two messages of the same bytes for each other. It never leaves fewer than there were.
    #[test]
    fn whatever_happens_one_stays() {
        for (method, fault) in
            METHODS.into_iter().flat_map(|it| Fault::ALL.map(|fault| (it.clone(), fault)))
        {
            for call in 0..90 {
                let reached = block_on(async {
                    let bench = bench(method.clone(), true, 2).await;
                    let bytes = || bench.server.inventory().into_iter().map(|it| it.0);
                    let before: Vec<Vec<u8>> = bytes().collect();
                    bench.server.set(|it| it.faults.insert(call, fault));
                    for _ in 0..6 {
                        let _ = bench.once().await;
                        bench.clock.advance(7200);
                    }
                    for it in &before {
                        let many = before.iter().filter(|other| *other == it).count();
                        let left = bytes().filter(|other| other == it).count();
                        assert!(left >= many, "{fault:?} at call {call}, {method:?}");
                    }
                    call < bench.server.0.borrow().calls
                });
                if !reached {
                    break;
                }
            }
        }
    }

    /// A copy that was there before the message was to be filed is no reason to remove anything.
    #[test]
    fn what_the_owner_has_copied_stays() {
        for method in METHODS {
            block_on(async {
                let bench = bench(method, false, 0).await;
                let copy = bench.server.messages("INBOX")[0].clone();
                bench.server.deliver(PERSONAL, copy.bytes.clone());
                bench.server.set(|it| {
                    let target = &mut it.folders.get_mut(PERSONAL).unwrap().messages;
                    target.entry(1).and_modify(|it| *it = copy);
                });
                // It came when the pass had looked for lessons: else its original would be pinned.
                bench.note_looked(PERSONAL);
                let before = bench.server.inventory();
                bench.once().await.unwrap();
                assert_eq!(bench.server.inventory(), before);
                assert_eq!(bench.server.count("INBOX"), 0);
            });
        }
    }
}
