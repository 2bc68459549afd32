//! Moving, copying, removing, marking: everything that changes something.

use std::collections::{BTreeMap, BTreeSet};

use async_imap::imap_proto::{Response, ResponseCode};

use super::ImapMailbox;
use super::command::Command;
use super::limits::MAX_SET_BYTES;
use super::quote::quote;
use super::reply::{good, shown};
use super::uid_set::{UidSet, pairs, sets, uids};
use crate::mailbox::{MailboxError, MessageKey, Transfer};

/// Where messages went, as COPYUID told; of some perhaps only that they are gone.
type Evidence = BTreeMap<u32, Option<MessageKey>>;

impl ImapMailbox {
    pub(super) async fn move_uids(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        let (uid_validity, asked) = self.open_for(from, keys).await?;
        // Where nothing is told, only that a message was there before and is not there after
        // proves something.
        let silent = !self.offered.has("UIDPLUS");
        let before = if silent { self.remaining(from, &asked).await? } else { BTreeSet::new() };
        let mut evidence = Evidence::new();
        for set in sets(&asked, MAX_SET_BYTES) {
            self.transfer("UID MOVE", from, &set, to, &mut evidence).await?;
        }
        let untold: BTreeSet<u32> =
            before.into_iter().filter(|it| !evidence.contains_key(it)).collect();
        if !untold.is_empty() {
            let after = self.remaining(from, &untold).await?;
            evidence.extend(untold.difference(&after).map(|uid| (*uid, None)));
        }
        Ok(transfers(uid_validity, evidence))
    }

    pub(super) async fn copy_uids(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        let (uid_validity, asked) = self.open_for(from, keys).await?;
        let mut evidence = Evidence::new();
        for set in sets(&asked, MAX_SET_BYTES) {
            self.transfer("UID COPY", from, &set, to, &mut evidence).await?;
        }
        Ok(transfers(uid_validity, evidence))
    }

    /// Selects a folder for a change, and gives back its validity and what the keys name in it.
    async fn open_for(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
    ) -> Result<(u32, BTreeSet<u32>), MailboxError> {
        let uid_validity = self.open_to_change(folder).await?.place.uid_validity;
        Ok((uid_validity, uids(folder, uid_validity, keys)?))
    }

    /// COPYUID comes tagged or untagged, by the server and the command.
    async fn transfer(
        &mut self,
        verb: &str,
        from: &str,
        set: &UidSet,
        to: &str,
        evidence: &mut Evidence,
    ) -> Result<(), MailboxError> {
        let target = self.names.on_server(to)?;
        self.may_let_in(to)?;
        let asked: BTreeSet<u32> = set.uids.iter().copied().collect();
        let line = format!("{verb} {} {}", set.text, quote(&target));
        let command = Command::new(format!("{verb} from {from} to {to}"), line).of_batch();
        self.run(command, |response| evidence.extend(told(response, &asked))).await?;
        Ok(())
    }

    /// Only where the server expunges by UID: a plain EXPUNGE takes what others have marked.
    pub(super) async fn remove_uids(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
    ) -> Result<(), MailboxError> {
        if !self.offered.has("UIDPLUS") {
            return Err(MailboxError::Refused {
                command: format!("removing from {}", shown(folder)),
                code: None,
                text: "the server can't remove single messages (UIDPLUS)".to_owned(),
            });
        }
        let (_, asked) = self.open_for(folder, keys).await?;
        for set in sets(&asked, MAX_SET_BYTES) {
            let marked = self.store_set(folder, &set, "+FLAGS.SILENT", "\\Deleted").await;
            if marked.as_ref().is_err_and(MailboxError::ends_session) {
                return marked;
            }
            // A server may refuse to mark and have marked all the same. If it has not, nothing is
            // expunged.
            let line = format!("UID EXPUNGE {}", set.text);
            self.run(Command::new(format!("UID EXPUNGE in {folder}"), line).of_batch(), |_| {})
                .await?;
            marked?;
        }
        Ok(())
    }

    pub(super) async fn store(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        item: &str,
        flag: &str,
    ) -> Result<(), MailboxError> {
        let (_, asked) = self.open_for(folder, keys).await?;
        for set in sets(&asked, MAX_SET_BYTES) {
            self.store_set(folder, &set, item, flag).await?;
        }
        Ok(())
    }

    async fn store_set(
        &mut self,
        folder: &str,
        set: &UidSet,
        item: &str,
        flag: &str,
    ) -> Result<(), MailboxError> {
        let line = format!("UID STORE {} {item} ({flag})", set.text);
        let command = Command::new(format!("UID STORE in {folder}"), line).of_batch();
        self.run(command, |_| {}).await?;
        Ok(())
    }

    pub(super) async fn add_keyword(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        keyword: &str,
    ) -> Result<(), MailboxError> {
        let refused = |text: &str| MailboxError::Refused {
            command: format!("marking in {}", shown(folder)),
            code: None,
            text: text.to_owned(),
        };
        // RFC 9051, `flag-keyword`: what is no letter or digit may mean something there.
        if keyword.is_empty() || !keyword.bytes().all(|it| it.is_ascii_alphanumeric()) {
            return Err(refused("that is no keyword"));
        }
        let selected = self.open_to_change(folder).await?;
        let keeps = |it: &String| it == "\\*" || it.eq_ignore_ascii_case(keyword);
        if selected.keywords.as_ref().is_some_and(|all| !all.iter().any(keeps)) {
            return Err(refused("the server keeps no keywords in this folder"));
        }
        self.store(folder, keys, "+FLAGS.SILENT", keyword).await
    }
}

fn told(response: &Response<'_>, asked: &BTreeSet<u32>) -> Evidence {
    let Some(ResponseCode::CopyUid(validity, from, to)) =
        good(response).and_then(|it| it.code.as_ref())
    else {
        return Evidence::new();
    };
    if *validity == 0 {
        return Evidence::new();
    }
    let place = |uid| MessageKey::Imap { uid_validity: *validity, uid };
    let pairs = pairs(asked, from, to).unwrap_or_default();
    pairs.into_iter().map(|(from, to)| (from, Some(place(to)))).collect()
}

fn transfers(uid_validity: u32, evidence: Evidence) -> Vec<Transfer> {
    evidence
        .into_iter()
        .map(|(uid, to)| Transfer { from: MessageKey::Imap { uid_validity, uid }, to })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[(u32, u32)]) {
        let line = format!("{line}\r\n");
        let (_, response) = Response::parse(line.as_bytes()).unwrap();
        let key = |uid| Some(MessageKey::Imap { uid_validity: 9, uid });
        let expected: Evidence = expected.iter().map(|(a, b)| (*a, key(*b))).collect();
        assert_eq!(told(&response, &[1, 2, 3].into()), expected);
    }

    #[test]
    fn copyuid_is_read_wherever_it_stands() {
        check("* OK [COPYUID 9 1:2 7:8] Moved UIDs.", &[(1, 7), (2, 8)]);
        check("A1 OK [COPYUID 9 3 7] Copy completed.", &[(3, 7)]);
        for nothing in [
            "A1 NO [COPYUID 9 3 7] refused",
            "* OK [COPYUID 0 3 7] x",
            "* OK [COPYUID 9 4 7] x",
            "* OK [COPYUID 9 1:4294967295 1:4294967295] x",
            "* OK [COPYUID 9 1:2 7] x",
            "* OK [COPYUID 99999999999 1 2] x",
            "* OK [COPYUID 9 1 99999999999] x",
            "* OK [COPYUID] x",
            "* 3 EXISTS",
        ] {
            check(nothing, &[]);
        }
    }
}
