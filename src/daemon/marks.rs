//! Writes down how far a folder has been looked at: past messages that are settled, never past one
//! that isn't.

use super::desk::Desk;
use super::look::Looked;
use super::memory::Memory;
use crate::mailbox::{Mark, MessageKey};
use crate::store::{Hash64, JournalError, Record};

/// The names of a Maildir that is emptied regularly are written down anew when more than twice as
/// many are remembered as there are, and this many besides.
const SPARE_NAMES: usize = 1000;

/// Advances the mark of a folder.
pub(super) fn advance(
    desk: &Desk,
    memory: &mut Memory,
    looked: &Looked,
) -> Result<(), JournalError> {
    let Looked { folder, known, newest, .. } = looked;
    let (account, mark) = (desk.account.clone(), mark(memory, looked));
    let mut records = Vec::new();
    if mark == Mark::Maildir {
        records.extend(names(desk, memory, looked));
    }
    if known.as_ref().is_none_or(|it| it.mark != mark) {
        let (folder, mark, newest) = (folder.clone(), mark.clone(), *newest);
        records.push(Record::Mark { account, folder, mark, newest });
    }
    desk.record(&records)?;
    memory.forget_settled(folder, |key| match (key, &mark) {
        (MessageKey::Imap { uid_validity, uid }, Mark::Imap { uid_validity: valid, uid_next }) => {
            uid_validity != valid || uid < uid_next
        }
        (MessageKey::Maildir { name }, Mark::Maildir) => {
            desk.state(|state| state.has_seen(&desk.account, folder, name))
        }
        _ => true,
    });
    Ok(())
}

/// Where the first unsettled message is, but not before what was known already.
fn mark(memory: &Memory, looked: &Looked) -> Mark {
    let Mark::Imap { uid_validity, uid_next: end } = looked.end else { return Mark::Maildir };
    let unsettled = looked.keys.iter().filter_map(|key| match key {
        MessageKey::Imap { uid, .. } if !memory.is_settled(&looked.folder, key) => Some(*uid),
        _ => None,
    });
    let known = looked.known.as_ref().and_then(|it| match it.mark {
        Mark::Imap { uid_validity: then, uid_next } if then == uid_validity => Some(uid_next),
        _ => None,
    });
    let first = unsettled.min().unwrap_or(end).min(end);
    Mark::Imap { uid_validity, uid_next: known.map_or(first, |known| first.max(known)) }
}

/// The names of a Maildir that are new to the journal.
fn names(desk: &Desk, memory: &Memory, looked: &Looked) -> Option<Record> {
    let (account, folder) = (&desk.account, &looked.folder);
    let remembered = desk.state(|state| {
        state.account(account).and_then(|it| it.seen.get(folder)).map_or(0, |it| it.len())
    });
    let all = remembered > 2 * looked.keys.len() + SPARE_NAMES;
    let names: Vec<Hash64> = looked
        .keys
        .iter()
        .filter_map(|key| match key {
            MessageKey::Maildir { name } => {
                let seen = desk.state(|state| state.has_seen(account, folder, name));
                let due = if seen { all } else { memory.is_settled(folder, key) };
                due.then(|| Hash64::of_name(name))
            }
            MessageKey::Imap { .. } => None,
        })
        .collect();
    let (account, folder) = (account.clone(), folder.clone());
    (all || !names.is_empty()).then_some(Record::Seen { account, folder, names, all })
}
