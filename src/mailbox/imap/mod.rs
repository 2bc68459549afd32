//! An IMAP account (RFC 3501, IMAP4rev1). The only module that names `async_imap`.
//!
//! ```text
//! TCP -> TLS -> guard (whole, bounded responses) -> async-imap (parser) -> command -> here
//! ```
//!
//! Deliberately absent from everything that is ever sent: APPEND, EXPUNGE without UIDs, CLOSE,
//! DELETE, RENAME, a fetch of a body without PEEK, a change by sequence numbers, COMPRESS,
//! UTF8=ACCEPT, BODYSTRUCTURE.

mod capability;
mod command;
mod connect;
mod fetch;
mod folders;
mod frame;
mod guard;
mod idle;
mod limits;
mod listed;
mod listing;
mod login;
mod names;
mod quote;
mod reply;
mod rights;
mod secret;
mod select;
mod tls;
mod transfer;
mod uid_set;

use std::collections::BTreeMap;
use std::time::Duration;

use async_imap::imap_proto::Response;

use self::capability::Capabilities;
use self::command::{Command, Wire};
use self::connect::Stream;
pub use self::limits::Timeouts;
use self::names::Names;
use self::reply::Done;
use self::rights::Rights;
use self::select::{Place, Selected};
use super::{
    Fetched, FolderState, Listing, Mailbox, MailboxError, Mark, MessageKey, Survey, Transfer, Wake,
};
use crate::config::Imap;

/// A session that is logged in. An error that ends the session, or a future that was dropped
/// half-way, leaves nothing to be done with it but [`Mailbox::close`].
pub struct ImapMailbox {
    wire: Wire<Stream>,
    offered: Capabilities,
    names: Names,
    selected: Option<Selected>,
    /// How far each folder went when its status was told: what lies beyond is news.
    told: BTreeMap<String, Place>,
    /// What the user may do in folders whose status was told, on servers that know rights.
    rights: BTreeMap<String, Rights>,
    /// Whether IDLE is wanted, offered, and was not refused.
    idle: bool,
}

impl ImapMailbox {
    /// Connects, proves who the server is, logs in, and looks up what the server can do.
    ///
    /// # Errors
    /// [`MailboxError::Secret`], [`MailboxError::Tls`], [`MailboxError::Login`] need the owner; the
    /// others may pass.
    pub async fn connect(config: &Imap) -> Result<Self, MailboxError> {
        Self::connect_within(config, Timeouts::default()).await
    }

    /// The same with other limits of patience.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_within(config: &Imap, timeouts: Timeouts) -> Result<Self, MailboxError> {
        let (wire, offered) = connect::connect(config, timeouts).await?;
        let idle = config.idle && offered.has("IDLE");
        let names = Names::default();
        let (selected, told, rights) = (None, BTreeMap::new(), BTreeMap::new());
        let mut mailbox = ImapMailbox { wire, offered, names, selected, told, rights, idle };
        mailbox.names = mailbox.find_names().await?;
        Ok(mailbox)
    }

    /// Runs a command, and keeps account of what it tells of the selected folder.
    async fn run(
        &mut self,
        command: Command,
        mut see: impl FnMut(&Response<'_>),
    ) -> Result<Done, MailboxError> {
        let selected = &mut self.selected;
        let done = self.wire.run(command, |response| {
            if let Some(selected) = selected {
                selected.follow(response);
            }
            see(response);
        });
        done.await
    }
}

impl Mailbox for ImapMailbox {
    async fn survey(&mut self) -> Result<Survey, MailboxError> {
        self.look_around().await
    }

    async fn ensure_folder(&mut self, folder: &str) -> Result<(), MailboxError> {
        self.make(folder).await
    }

    async fn status(&mut self, folder: &str) -> Result<FolderState, MailboxError> {
        self.state_of(folder).await
    }

    async fn list(
        &mut self,
        folder: &str,
        after: Option<&Mark>,
    ) -> Result<Vec<Listing>, MailboxError> {
        self.list_beyond(folder, after).await
    }

    async fn fetch(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        limit: usize,
    ) -> Result<Vec<Fetched>, MailboxError> {
        self.fetch_heads(folder, keys, limit).await
    }

    async fn find(
        &mut self,
        folder: &str,
        message_id: &str,
    ) -> Result<Vec<MessageKey>, MailboxError> {
        self.search(folder, message_id).await
    }

    async fn relocate(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        self.move_uids(from, keys, to).await
    }

    async fn copy(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        self.copy_uids(from, keys, to).await
    }

    async fn remove_copied(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
    ) -> Result<(), MailboxError> {
        self.remove_uids(folder, keys).await
    }

    async fn keep(&mut self, folder: &str, keys: &[MessageKey]) -> Result<(), MailboxError> {
        self.store(folder, keys, "-FLAGS.SILENT", "\\Deleted").await
    }

    async fn tag(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        keyword: &str,
    ) -> Result<(), MailboxError> {
        self.add_keyword(folder, keys, keyword).await
    }

    async fn wait(&mut self, folders: &[String], limit: Duration) -> Result<Wake, MailboxError> {
        self.wait_for_news(folders, limit).await
    }

    async fn close(self) -> Result<(), MailboxError> {
        self.wire.logout().await
    }
}
