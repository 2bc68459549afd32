//! Which folder is selected, and what is known of it.

use std::collections::BTreeMap;

use async_imap::imap_proto::{MailboxDatum, Response, ResponseCode};

use super::ImapMailbox;
use super::command::Command;
use super::quote::quote;
use super::reply::{good, shown};
use crate::mailbox::{FolderState, MailboxError, Mark};

/// How a folder is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    /// By EXAMINE, which leaves even `\Recent` alone. No protection: Dovecot moves mail out of a
    /// folder selected like this.
    Read,
    /// By SELECT.
    Write,
}

/// How far a folder goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) uid_validity: u32,
    pub(super) uid_next: u32,
}

/// The selected folder.
#[derive(Debug, Clone)]
pub(super) struct Selected {
    pub(super) folder: String,
    pub(super) access: Access,
    pub(super) place: Place,
    pub(super) messages: u32,
    pub(super) read_only: bool,
    /// Keywords that the server keeps; none if it didn't say.
    pub(super) keywords: Option<Vec<String>>,
    /// Messages came since it was selected.
    pub(super) grown: bool,
    /// Sizes from the last listing: how many messages are fetched at once is reckoned by them.
    pub(super) sizes: BTreeMap<u32, u32>,
}

/// What SELECT and EXAMINE tell (RFC 9051, 6.3.2).
#[derive(Debug, Default)]
struct Told {
    uid_validity: Option<u32>,
    uid_next: Option<u32>,
    messages: u32,
    keywords: Option<Vec<String>>,
}

impl Told {
    fn see(&mut self, response: &Response<'_>) {
        match (response, good(response).and_then(|it| it.code.as_ref())) {
            (Response::MailboxData(MailboxDatum::Exists(count)), _) => self.messages = *count,
            (_, Some(ResponseCode::UidValidity(it))) => self.uid_validity = Some(*it),
            (_, Some(ResponseCode::UidNext(it))) => self.uid_next = Some(*it),
            (_, Some(ResponseCode::PermanentFlags(flags))) => {
                self.keywords = Some(flags.iter().map(|it| it.to_string()).collect());
            }
            _ => {}
        }
    }
}

impl Selected {
    /// Takes in what any answer may tell beside its own matter (RFC 9051, 7.4).
    pub(super) fn follow(&mut self, response: &Response<'_>) {
        match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.grown |= *count > self.messages;
                self.messages = *count;
            }
            Response::Expunge(_) => self.messages = self.messages.saturating_sub(1),
            _ => {}
        }
    }
}

impl ImapMailbox {
    /// Selects a folder, unless it is selected.
    pub(super) async fn open(
        &mut self,
        folder: &str,
        access: Access,
    ) -> Result<&mut Selected, MailboxError> {
        let open = |it: &Selected| it.folder == folder && it.access >= access;
        if !self.selected.as_ref().is_some_and(open) {
            self.select(folder, access).await?;
        }
        self.selected.as_mut().ok_or_else(|| MailboxError::NoFolder(shown(folder)))
    }

    /// The same for a change.
    pub(super) async fn open_to_change(
        &mut self,
        folder: &str,
    ) -> Result<&mut Selected, MailboxError> {
        let selected = self.open(folder, Access::Write).await?;
        if selected.read_only {
            return Err(MailboxError::Refused {
                command: format!("changing {}", shown(folder)),
                code: Some("READ-ONLY".to_owned()),
                text: "the folder can't be changed".to_owned(),
            });
        }
        Ok(selected)
    }

    /// Selects anew, so that the state is that of now, and whether the folder can be changed is
    /// told: after EXAMINE none can.
    pub(super) async fn state_of(&mut self, folder: &str) -> Result<FolderState, MailboxError> {
        self.select(folder, Access::Write).await?;
        let may_let_go = self.may_let_go(folder).await?;
        let Some(Selected { place, messages, read_only, .. }) = &self.selected else {
            return Err(MailboxError::NoFolder(shown(folder)));
        };
        self.told.insert(folder.to_owned(), *place);
        let Place { uid_validity, uid_next } = *place;
        let mark = Mark::Imap { uid_validity, uid_next };
        Ok(FolderState { mark, messages: *messages, read_only: *read_only || !may_let_go })
    }

    async fn select(&mut self, folder: &str, access: Access) -> Result<(), MailboxError> {
        let name = self.names.on_server(folder)?;
        let verb = if access == Access::Write { "SELECT" } else { "EXAMINE" };
        let command = Command::new(format!("{verb} {folder}"), format!("{verb} {}", quote(&name)));
        // Whatever comes of it, the folder before is selected no more.
        self.selected = None;
        let mut told = Told::default();
        let done = match self.run(command, |response| told.see(response)).await {
            Ok(done) => done,
            Err(refusal @ MailboxError::Refused { .. }) => {
                return Err(self.explain(folder, &name, refusal).await?);
            }
            Err(error) => return Err(error),
        };
        let Some(uid_validity) = told.uid_validity.filter(|it| *it != 0) else {
            return Err(MailboxError::Refused {
                command: format!("{verb} {}", shown(folder)),
                code: None,
                text: "the server gives its messages no lasting numbers (UIDVALIDITY)".to_owned(),
            });
        };
        let uid_next = match told.uid_next.filter(|it| *it != 0) {
            Some(uid_next) => uid_next,
            None => self.last_uid(told.messages).await?.saturating_add(1),
        };
        self.selected = Some(Selected {
            folder: folder.to_owned(),
            access,
            place: Place { uid_validity, uid_next },
            messages: told.messages,
            read_only: access == Access::Read || done.code.as_deref() == Some("READ-ONLY"),
            keywords: told.keywords,
            grown: false,
            sizes: BTreeMap::new(),
        });
        Ok(())
    }

    /// The last UID of the folder that has been selected just now, for servers that tell no
    /// UIDNEXT.
    async fn last_uid(&mut self, messages: u32) -> Result<u32, MailboxError> {
        let mut last = 0;
        if messages > 0 {
            let command = Command::new("UID FETCH", "UID FETCH * (UID)");
            self.run(command, |response| {
                last = last.max(super::fetch::uid(response).unwrap_or_default());
            })
            .await?;
        }
        Ok(last)
    }

    /// Tells a folder that is not there from one that can't be selected: not every server has a
    /// code for it.
    async fn explain(
        &mut self,
        folder: &str,
        name: &str,
        refusal: MailboxError,
    ) -> Result<MailboxError, MailboxError> {
        if let MailboxError::Refused { code: Some(code), .. } = &refusal
            && matches!(code.as_str(), "NONEXISTENT" | "TRYCREATE")
        {
            return Ok(MailboxError::NoFolder(shown(folder)));
        }
        let listed = self.look_up(name).await?;
        let there = listed.is_some_and(|it| it.selectable);
        Ok(if there { refusal } else { MailboxError::NoFolder(shown(folder)) })
    }
}
