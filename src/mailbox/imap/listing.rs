//! Which messages there are.

use std::collections::{BTreeMap, BTreeSet};

use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response};
use jiff::Timestamp;
use jiff::fmt::strtime;

use super::ImapMailbox;
use super::command::Command;
use super::fetch::uid;
use super::limits::{LIST_AT_ONCE, MAX_MESSAGE_ID, MAX_SET_BYTES};
use super::quote::quote;
use super::reply::shown;
use super::select::{Access, Selected};
use super::uid_set::sets;
use crate::mailbox::{Listing, MailboxError, Mark, MessageKey};

/// A range grows at most so many times from one to the next where there are few messages in it.
const GROWTH: u32 = 8;

impl ImapMailbox {
    pub(super) async fn list_beyond(
        &mut self,
        folder: &str,
        after: Option<&Mark>,
    ) -> Result<Vec<Listing>, MailboxError> {
        let Selected { place, messages, .. } = self.open(folder, Access::Read).await?;
        let (place, messages) = (*place, *messages);
        let first = match after {
            None => 1,
            Some(Mark::Imap { uid_validity, uid_next }) if *uid_validity == place.uid_validity => {
                (*uid_next).max(1)
            }
            Some(_) => return Err(MailboxError::UidValidity { folder: shown(folder) }),
        };
        let mut found = BTreeMap::new();
        // A small folder is listed at once, whatever its UIDs are.
        let mut width = if messages <= LIST_AT_ONCE { u32::MAX } else { LIST_AT_ONCE };
        let mut from = first;
        loop {
            // The last range has no end, since messages may have come in the meantime.
            let to = from.checked_add(width - 1).filter(|to| *to < place.uid_next);
            let known = found.len();
            self.list_range(folder, from, to, &mut found).await?;
            let Some(to) = to else { break };
            let count = u32::try_from(found.len() - known).unwrap_or(u32::MAX).max(1);
            width = (width / count)
                .saturating_mul(LIST_AT_ONCE)
                .clamp(LIST_AT_ONCE, width.saturating_mul(GROWTH));
            from = to.saturating_add(1);
        }
        self.remember_sizes(&found);
        let key = |uid| MessageKey::Imap { uid_validity: place.uid_validity, uid };
        Ok(found.into_iter().map(|(uid, it)| it.listing(key(uid))).collect())
    }

    fn remember_sizes(&mut self, found: &BTreeMap<u32, Item>) {
        if let Some(selected) = &mut self.selected {
            selected.sizes = found.iter().map(|(uid, it)| (*uid, it.size)).collect();
        }
    }

    async fn list_range(
        &mut self,
        folder: &str,
        from: u32,
        to: Option<u32>,
        found: &mut BTreeMap<u32, Item>,
    ) -> Result<(), MailboxError> {
        let end = to.map_or_else(|| "*".to_owned(), |it| it.to_string());
        let range = format!("{from}:{end}");
        // Of `n:*` servers give the last message, even if it lies below n.
        let within = |it: u32| it >= from && to.is_none_or(|to| it <= to);
        let dropped = self.list_set(folder, &range, within, found).await?;
        if !dropped {
            return Ok(());
        }
        // A line that can't be parsed was perhaps one of a message: which, a search tells.
        let all = self.search_uids(folder, &format!("UID {range}")).await?;
        let missing: BTreeSet<u32> =
            all.into_iter().filter(|it| within(*it) && !found.contains_key(it)).collect();
        for uid in missing {
            self.list_set(folder, &uid.to_string(), |it| it == uid, found).await?;
            if !found.contains_key(&uid) {
                tracing::debug!("{}: UID {uid} can't be listed", shown(folder));
            }
        }
        Ok(())
    }

    /// Gives back whether there was a line that can't be parsed.
    async fn list_set(
        &mut self,
        folder: &str,
        set: &str,
        within: impl Fn(u32) -> bool,
        found: &mut BTreeMap<u32, Item>,
    ) -> Result<bool, MailboxError> {
        let line = format!("UID FETCH {set} (UID FLAGS RFC822.SIZE INTERNALDATE)");
        let command = Command::new(format!("UID FETCH in {}", shown(folder)), line).of_batch();
        let done = self.run(command, |response| {
            if let Some(uid) = uid(response).filter(|it| within(*it))
                && let Some(item) = Item::of(response)
            {
                found.insert(uid, item);
            }
        });
        Ok(done.await?.aside.count > 0)
    }

    /// By the whole Message-ID, since a part of one may stand in many. What can't be searched for
    /// is not found.
    pub(super) async fn search(
        &mut self,
        folder: &str,
        message_id: &str,
    ) -> Result<Vec<MessageKey>, MailboxError> {
        let uid_validity = self.open(folder, Access::Read).await?.place.uid_validity;
        let searchable = (1..=MAX_MESSAGE_ID).contains(&message_id.len())
            && message_id.bytes().all(|it| matches!(it, b' '..=b'~'));
        if !searchable {
            return Ok(Vec::new());
        }
        let criterion = format!("HEADER Message-ID {}", quote(&format!("<{message_id}>")));
        let uids = self.search_uids(folder, &criterion).await?;
        Ok(uids.into_iter().map(|uid| MessageKey::Imap { uid_validity, uid }).collect())
    }

    /// Which of these are still there.
    pub(super) async fn remaining(
        &mut self,
        folder: &str,
        uids: &BTreeSet<u32>,
    ) -> Result<BTreeSet<u32>, MailboxError> {
        let mut remaining = BTreeSet::new();
        for set in sets(uids, MAX_SET_BYTES) {
            remaining.extend(self.search_uids(folder, &format!("UID {}", set.text)).await?);
        }
        remaining.retain(|it| uids.contains(it));
        Ok(remaining)
    }

    async fn search_uids(
        &mut self,
        folder: &str,
        criterion: &str,
    ) -> Result<BTreeSet<u32>, MailboxError> {
        let mut found = BTreeSet::new();
        let mut answered = false;
        let line = format!("UID SEARCH {criterion}");
        let command = Command::new(format!("UID SEARCH in {}", shown(folder)), line).of_batch();
        self.run(command, |response| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                answered = true;
                found.extend(uids.iter().copied().filter(|uid| *uid != 0));
            }
        })
        .await?;
        // Nothing found is said by an empty SEARCH (RFC 3501, 7.2.5); silence proves nothing.
        if !answered {
            return Err(super::command::strange("UID SEARCH", "no result in the answer"));
        }
        Ok(found)
    }
}

/// What FETCH tells of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    size: u32,
    received: Option<Timestamp>,
    deleted: bool,
}

impl Item {
    /// None without size or flags: then something else is told of the message.
    fn of(response: &Response<'_>) -> Option<Self> {
        let Response::Fetch(_, attributes) = response else { return None };
        let (mut size, mut deleted, mut received) = (None, None, None);
        for attribute in attributes {
            match attribute {
                AttributeValue::Rfc822Size(it) => size = Some(*it),
                AttributeValue::Flags(flags) => {
                    deleted = Some(flags.iter().any(|it| it.eq_ignore_ascii_case("\\Deleted")));
                }
                AttributeValue::InternalDate(text) => received = timestamp(text),
                _ => {}
            }
        }
        Some(Item { size: size?, received, deleted: deleted? })
    }

    fn listing(self, key: MessageKey) -> Listing {
        let Item { size, received, deleted } = self;
        Listing { key, size: u64::from(size), received, deleted }
    }
}

/// RFC 9051, `date-time`: ` 7-Feb-1994 21:52:25 -0800`.
fn timestamp(text: &str) -> Option<Timestamp> {
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?.to_timestamp().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(timestamp(text).map(|it| it.to_string()).as_deref(), expected);
    }

    #[test]
    fn dates_are_instants() {
        check("17-Jul-1996 02:44:25 -0700", Some("1996-07-17T09:44:25Z"));
        check(" 7-Feb-1994 21:52:25 +0000", Some("1994-02-07T21:52:25Z"));
        for garbage in ["", "07-Feb-1994", "31-Feb-1994 21:52:25 +0000", "x"] {
            check(garbage, None);
        }
    }

    #[track_caller]
    fn check_item(attributes: &str, expected: Option<Item>) {
        let line = format!("* 1 FETCH ({attributes})\r\n");
        let (_, response) = Response::parse(line.as_bytes()).unwrap();
        assert_eq!(Item::of(&response), expected);
    }

    #[test]
    fn items_have_size_and_flags() {
        let item = |size, deleted| Some(Item { size, received: None, deleted });
        check_item("UID 1 FLAGS (\\Seen) RFC822.SIZE 5", item(5, false));
        check_item("RFC822.SIZE 5 FLAGS (\\deleted) INTERNALDATE \"x\" UID 1", item(5, true));
        check_item("UID 1 FLAGS (\\Seen)", None);
        check_item("UID 1 FLAGS () RFC822.SIZE -5", None);
        check_item("UID 1 FLAGS () RFC822.SIZE 99999999999", None);
    }
}
