//! Which records are still needed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{Hash64, Record};
use super::state::{Stage, State};

/// Of this many of the latest filings everything is kept, for history and undo; of older ones
/// only the identity. With about a kilobyte each they are the largest part of the journal.
pub const HISTORY: usize = 5_000;

/// The shortest journal that gives the same [`State`] and keeps the latest `history` filings.
pub fn compact(records: &[Record], history: usize) -> Vec<Record> {
    let state = State::replay(records);
    let done = latest_filings(records, history);
    let unfinished = unfinished(records, &state);
    let open = |id| state.open_intent(id).is_some() || unfinished.contains(&id);

    let mut pins: BTreeMap<&str, BTreeSet<Hash64>> =
        state.accounts().map(|(name, account)| (name, account.pins.clone())).collect();
    let mut filings = Vec::new();
    for record in records {
        let keep = match record {
            Record::Intent(intent) if done.contains(&intent.id) => {
                if let Some(pins) = pins.get_mut(intent.account.as_str()) {
                    pins.remove(&intent.identity.pin());
                }
                true
            }
            Record::Intent(intent) => open(intent.id),
            Record::Done { id, .. } => done.contains(id) || open(*id),
            Record::Copied { id, .. }
            | Record::Removing { id }
            | Record::Twin { id, .. }
            | Record::Abandoned { id, .. } => open(*id),
            Record::Tagged { .. } => true,
            Record::Mark { .. }
            | Record::Seen { .. }
            | Record::Creating { .. }
            | Record::Deferred { .. }
            | Record::Pins { .. }
            | Record::LastId { .. } => false,
        };
        if keep {
            filings.push(record.clone());
        }
    }
    drop_oldest_tags(&mut filings, history);

    let mut compacted = vec![Record::LastId { id: state.next_id() - 1 }];
    compacted.extend(pins.into_iter().filter(|(_, pins)| !pins.is_empty()).map(
        |(account, pins)| Record::Pins {
            account: account.to_owned(),
            pins: pins.into_iter().collect(),
        },
    ));
    compacted.append(&mut filings);
    compacted.extend(positions(&state));
    compacted
}

/// Everything that was going on since the oldest intent of which not even a copy is known: who
/// looks for it must know which copies belong to others of its set.
fn unfinished(records: &[Record], state: &State) -> BTreeSet<u64> {
    let oldest = records.iter().position(|record| {
        record.intent_id().and_then(|id| state.open_intent(id)).is_some_and(|open| {
            matches!(record, Record::Intent(_)) && open.stage == Stage::Intended
        })
    });
    let since = oldest.and_then(|place| records.get(place..)).unwrap_or_default();
    since.iter().filter_map(Record::intent_id).collect()
}

fn latest_filings(records: &[Record], history: usize) -> BTreeSet<u64> {
    let (mut open, mut done) = (BTreeSet::new(), Vec::new());
    for record in records {
        match record {
            Record::Intent(intent) => {
                open.insert(intent.id);
            }
            Record::Done { id, .. } if open.remove(id) => done.push(*id),
            Record::Abandoned { id, .. } => {
                open.remove(id);
            }
            _ => {}
        }
    }
    done.into_iter().rev().take(history).collect()
}

fn drop_oldest_tags(records: &mut Vec<Record>, keep: usize) {
    let tags = records.iter().filter(|it| matches!(it, Record::Tagged { .. })).count();
    let mut surplus = tags.saturating_sub(keep);
    records.retain(|record| {
        let drop = surplus > 0 && matches!(record, Record::Tagged { .. });
        surplus -= usize::from(drop);
        !drop
    });
}

fn positions(state: &State) -> impl Iterator<Item = Record> + '_ {
    state.accounts().flat_map(|(name, account)| {
        let marks = account.marks.iter().map(move |(folder, known)| Record::Mark {
            account: name.to_owned(),
            folder: folder.clone(),
            mark: known.mark.clone(),
            newest: known.newest,
        });
        let seen = account.seen.iter().map(move |(folder, names)| Record::Seen {
            account: name.to_owned(),
            folder: folder.clone(),
            names: names.iter().copied().collect(),
            all: true,
        });
        let deferred = account.deferred.iter().map(move |(folder, until)| Record::Deferred {
            account: name.to_owned(),
            folder: folder.clone(),
            until: *until,
        });
        marks.chain(seen).chain(deferred)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::Why;
    use super::super::record::tests::{intent, one_of_each};
    use super::*;
    use crate::mailbox::MessageKey;

    fn key(uid: u32) -> MessageKey {
        MessageKey::Imap { uid_validity: 9, uid }
    }

    fn filed(id: u64) -> [Record; 3] {
        let uid = u32::try_from(id).unwrap();
        [
            Record::Intent(intent(id, uid)),
            Record::Copied { id, to: key(uid) },
            Record::Done { id, to: Some(key(uid)) },
        ]
    }

    #[test]
    fn the_state_stays_and_the_history_shrinks() {
        let mut records: Vec<Record> = (1..=30).flat_map(filed).collect();
        records.extend(one_of_each().into_iter().skip(4).take(10));
        records.push(Record::Intent(intent(32, 32)));
        records.push(Record::Abandoned { id: 32, why: Why::Gone });
        records.push(Record::Intent(intent(31, 31)));
        let compacted = compact(&records, 10);
        assert_eq!(State::replay(&compacted), State::replay(&records));
        let intents = compacted.iter().filter(|it| matches!(it, Record::Intent(_))).count();
        assert_eq!(intents, 11, "ten of the history and the open one");
        assert_eq!(compact(&compacted, 10), compacted);
    }

    /// FAULTS.md: the state of a mailbox of 100,000 mails stays under 20 MB, though every one of
    /// them were filed, and though the journal may grow by half until it is compacted.
    #[test]
    fn a_hundred_thousand_mails_take_less_than_20_mb() {
        let mut records = Vec::new();
        for id in 1..=100_000 {
            let [mut intent, copied, done] = filed(id);
            if let Record::Intent(intent) = &mut intent {
                let mut evidence = intent.reason.evidence[0].clone();
                evidence.term = "ü".repeat(100);
                intent.reason.evidence = vec![evidence; 3];
            }
            let names = vec![Hash64::of_name(&id.to_string())];
            let (account, folder) = ("main".to_owned(), "INBOX".to_owned());
            records.extend([intent, copied, done]);
            records.push(Record::Seen { account, folder, names, all: false });
        }
        let compacted = compact(&records, HISTORY);
        let lines = compacted.iter().map(|it| super::super::record::encode(it).unwrap().len());
        let bytes: usize = lines.sum();
        assert!(bytes + bytes / 2 < 20_000_000, "{bytes} bytes");
    }

    fn any_record() -> impl Strategy<Value = Record> {
        (0u64..6, 1u32..4, 0usize..20).prop_map(|(id, uid, kind)| match kind {
            0..=4 => Record::Intent(intent(id, uid)),
            5..=6 => Record::Copied { id, to: key(uid) },
            7 => Record::Removing { id },
            8 => Record::Done { id, to: None },
            9..=10 => Record::Done { id, to: Some(key(uid)) },
            11 => Record::Abandoned { id, why: Why::Gone },
            12 => Record::Abandoned { id, why: Why::Untouched },
            other => one_of_each()[other - 7].clone(),
        })
    }

    proptest! {
        /// Whatever stands in the journal, damaged lines left out: compacted it means the same
        /// for what is to be done next.
        #[test]
        fn any_journal_means_the_same(records in prop::collection::vec(any_record(), 0..40)) {
            // An id stands for one intent, and is given before anything else is said of it.
            let mut ids = BTreeSet::new();
            let records: Vec<Record> = records
                .into_iter()
                .filter(|it| {
                    let new = it.intent_id().is_none_or(|id| ids.insert(id));
                    new || !matches!(it, Record::Intent(_))
                })
                .collect();
            let state = State::replay(&records);
            let compacted = compact(&records, 3);
            prop_assert_eq!(&State::replay(&compacted), &state);
            prop_assert!(compacted.len() <= records.len() + 2);
        }
    }
}
