//! The ways to an account: what the daemon connects to, again and again.

use std::path::PathBuf;

use crate::config::Imap;
use crate::daemon::Connect;
use crate::mailbox::MailboxError;
use crate::mailbox::imap::ImapMailbox;
use crate::mailbox::maildir::MaildirMailbox;

/// An account on a server.
#[derive(Debug, Clone)]
pub struct ImapAt(pub Imap);

impl ImapAt {
    /// The way to connect to a server.
    pub fn of(server: &Imap) -> Self {
        ImapAt(server.clone())
    }
}

impl Connect for ImapAt {
    type Mailbox = ImapMailbox;

    async fn connect(&self) -> Result<ImapMailbox, MailboxError> {
        ImapMailbox::connect(&self.0).await
    }
}

/// A Maildir of this machine.
#[derive(Debug, Clone)]
pub struct MaildirAt(pub PathBuf);

impl Connect for MaildirAt {
    type Mailbox = MaildirMailbox;

    async fn connect(&self) -> Result<MaildirMailbox, MailboxError> {
        MaildirMailbox::open(&self.0)
    }
}
