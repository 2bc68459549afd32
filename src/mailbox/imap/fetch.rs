//! Reading messages, never marking them as read.

use std::collections::{BTreeMap, BTreeSet};

use async_imap::imap_proto::{AttributeValue, Response};

use super::ImapMailbox;
use super::command::Command;
use super::limits::{FETCH_BYTES, MAX_LITERAL, MAX_SET_BYTES};
use super::reply::shown;
use super::select::Access;
use super::uid_set::{sets, uids};
use crate::mailbox::{Fetched, MailboxError, MessageKey};

/// What FETCH responses gave.
#[derive(Debug, Default)]
struct Harvest {
    bodies: BTreeMap<u32, Vec<u8>>,
    /// Something came that can't be read, and may have been what was asked for.
    strange: bool,
    /// A message came that nobody asked for, or two of the same name: whoever mixes up messages may
    /// have given the others wrong names too.
    mixed_up: bool,
}

impl Harvest {
    fn see(&mut self, response: &Response<'_>, asked: &[u32], limit: usize) {
        let Response::Fetch(_, attributes) = response else { return };
        let Some(body) = attributes.iter().find_map(body) else {
            self.strange |= has_unknown(attributes);
            return;
        };
        match uid(response).filter(|it| asked.contains(it)) {
            Some(uid) => {
                let bytes = body.get(..limit).unwrap_or(body);
                let first = self.bodies.entry(uid).or_insert_with(|| bytes.to_vec());
                self.mixed_up |= first != bytes;
            }
            None => self.mixed_up = true,
        }
    }
}

impl ImapMailbox {
    pub(super) async fn fetch_heads(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        limit: usize,
    ) -> Result<Vec<Fetched>, MailboxError> {
        let limit = limit.clamp(1, MAX_LITERAL);
        let selected = self.open(folder, Access::Read).await?;
        let uid_validity = selected.place.uid_validity;
        let asked = uids(folder, uid_validity, keys)?;
        let batches = batches(&asked, &selected.sizes, limit);
        let mut found = BTreeMap::new();
        for batch in batches {
            self.fetch_batch(folder, &batch, limit, &mut found).await?;
        }
        let fetched = |(uid, bytes)| Fetched { key: MessageKey::Imap { uid_validity, uid }, bytes };
        Ok(found.into_iter().map(fetched).collect())
    }

    async fn fetch_batch(
        &mut self,
        folder: &str,
        batch: &BTreeSet<u32>,
        limit: usize,
        found: &mut BTreeMap<u32, Vec<u8>>,
    ) -> Result<(), MailboxError> {
        for set in sets(batch, MAX_SET_BYTES) {
            let asked = &set.uids;
            let mut harvest = self.fetch_set(folder, &set.text, asked, limit).await?;
            if harvest.mixed_up {
                harvest.bodies.clear();
            }
            // A line that can't be parsed was perhaps one of them. Without such, what is missing is
            // gone.
            if harvest.mixed_up || harvest.strange && asked.len() > 1 {
                for uid in asked.iter().filter(|it| !harvest.bodies.contains_key(it)) {
                    let single = self.fetch_set(folder, &uid.to_string(), &[*uid], limit).await?;
                    if single.mixed_up {
                        let asked = format!("another message than UID {uid} of {}", shown(folder));
                        return Err(MailboxError::Protocol(asked));
                    }
                    found.extend(single.bodies);
                }
            }
            found.append(&mut harvest.bodies);
        }
        Ok(())
    }

    async fn fetch_set(
        &mut self,
        folder: &str,
        set: &str,
        asked: &[u32],
        limit: usize,
    ) -> Result<Harvest, MailboxError> {
        let mut harvest = Harvest::default();
        let line = format!("UID FETCH {set} (UID BODY.PEEK[]<0.{limit}>)");
        let command = Command::new(format!("UID FETCH in {}", shown(folder)), line).of_batch();
        let done = self.run(command, |response| harvest.see(response, asked, limit)).await?;
        harvest.strange |= done.aside.count > 0;
        Ok(harvest)
    }
}

/// Sets of which no more than a bounded number of bytes comes at once.
fn batches(asked: &BTreeSet<u32>, sizes: &BTreeMap<u32, u32>, limit: usize) -> Vec<BTreeSet<u32>> {
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (BTreeSet::new(), 0);
    for uid in asked {
        let size = sizes.get(uid).and_then(|it| usize::try_from(*it).ok()).unwrap_or(limit);
        let size = size.min(limit);
        if !batch.is_empty() && bytes + size > FETCH_BYTES {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        batch.insert(*uid);
        bytes += size;
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

/// The UID in a FETCH response.
pub(super) fn uid(response: &Response<'_>) -> Option<u32> {
    let Response::Fetch(_, attributes) = response else { return None };
    attributes.iter().find_map(|it| match it {
        AttributeValue::Uid(uid) if *uid != 0 => Some(*uid),
        _ => None,
    })
}

/// Whether there is an attribute that the parser couldn't read, such as a UID of more than 32 bits:
/// perhaps one that was asked for.
pub(super) fn has_unknown(attributes: &[AttributeValue<'_>]) -> bool {
    attributes.contains(&AttributeValue::Unknown)
}

fn body<'a>(attribute: &'a AttributeValue<'_>) -> Option<&'a [u8]> {
    match attribute {
        AttributeValue::BodySection { section: None, index: None | Some(0), data: Some(data) } => {
            Some(data)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_at_once_as_are_small() {
        let asked: BTreeSet<u32> = (1..=40).collect();
        let lengths = |sizes: &BTreeMap<u32, u32>, limit| -> Vec<usize> {
            batches(&asked, sizes, limit).iter().map(BTreeSet::len).collect()
        };
        assert_eq!(lengths(&BTreeMap::new(), 131_072), [8, 8, 8, 8, 8]);
        assert_eq!(lengths(&BTreeMap::new(), 1), [40]);
        assert_eq!(lengths(&BTreeMap::new(), MAX_LITERAL), [1; 40]);
        let small: BTreeMap<u32, u32> = asked.iter().map(|it| (*it, 1000)).collect();
        assert_eq!(lengths(&small, 131_072), [40]);
        // A server that lies about sizes is held to the limit of each answer.
        let large: BTreeMap<u32, u32> = asked.iter().map(|it| (*it, u32::MAX)).collect();
        assert_eq!(lengths(&large, 131_072), [8, 8, 8, 8, 8]);
    }
}
