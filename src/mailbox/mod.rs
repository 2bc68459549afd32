//! [`Mailbox`]: what the daemon asks of an account, whatever lies behind it.
//!
//! Folder names here are as people write them: UTF-8 in NFC, `/` between levels, `INBOX` for the
//! inbox. Separators, prefixes and encodings of a server stay inside its implementation.
//! Deliberately absent: any decision about what is to be moved.

mod aside;
mod batches;
pub mod imap;
pub mod maildir;
pub mod utf7;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use batches::batches;

/// Names one message within one folder. Never a sequence number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MessageKey {
    /// RFC 9051, 2.3.1.1.
    Imap {
        /// Validity of the UID.
        uid_validity: u32,
        /// Unique identifier, never 0.
        uid: u32,
    },
    /// The file name before its `:2,` info part.
    Maildir {
        /// Unique name.
        name: String,
    },
}

/// How far a folder has been looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Mark {
    /// UIDs below `uid_next` have been seen.
    Imap {
        /// Validity of the UIDs.
        uid_validity: u32,
        /// First UID that has not been seen.
        uid_next: u32,
    },
    /// A Maildir has no order: what is new is told by the names that have been seen, which the
    /// state keeps.
    Maildir,
}

/// A folder at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderState {
    /// Where a look at everything that is in it now would end.
    pub mark: Mark,
    /// Number of messages.
    pub messages: u32,
    /// Messages can't be moved out of it (READ-ONLY, missing rights).
    pub read_only: bool,
}

/// One message in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Its name.
    pub key: MessageKey,
    /// Size in bytes as the server tells it.
    pub size: u64,
    /// When it arrived (INTERNALDATE, or the file's modification time).
    pub received: Option<Timestamp>,
    /// Marked for deletion: somebody else's business, left alone.
    pub deleted: bool,
}

/// The beginning of a message's bytes, fetched without marking it as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its name.
    pub key: MessageKey,
    /// At most the limit asked for.
    pub bytes: Vec<u8>,
}

/// How messages get from one folder into another on this account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilingMethod {
    /// In one step: UID MOVE (RFC 6851), or rename.
    Move,
    /// Copy, verify, mark as deleted, expunge exactly that UID (RFC 4315).
    CopyThenRemove,
    /// Not safely; the sentence says why.
    Impossible(String),
}

/// What became of one message in a move or a copy. Evidence, not hope: an `OK` without it says
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Where it was.
    pub from: MessageKey,
    /// Where it is now, where the server told (COPYUID).
    pub to: Option<MessageKey>,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Something changed in a watched folder.
    Changed,
    /// Nothing happened for as long as asked.
    Elapsed,
}

/// What an account offers, as found after login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// All selectable folders.
    pub folders: Vec<String>,
    /// The Sent folder, where the server says which (SPECIAL-USE, RFC 6154).
    pub sent: Option<String>,
    /// Trash, Junk, Archive and Drafts, where the server says which.
    pub aside: Vec<String>,
    /// How mail is filed here.
    pub method: FilingMethod,
    /// What it speaks, for `grussd check`: "Dovecot, IDLE, MOVE, UIDPLUS".
    pub description: String,
}

/// An account. Each method may be given up at any time-out of its implementation, and an error
/// that [`MailboxError::ends_session`] says so means: drop it and connect again.
///
/// Every method that takes keys fails with [`MailboxError::UidValidity`] if one of them is of
/// another validity than the folder, and then does nothing.
#[expect(async_fn_in_trait, reason = "the daemon runs on one thread; no future has to be Send")]
pub trait Mailbox {
    /// Lists folders and capabilities.
    async fn survey(&mut self) -> Result<Survey, MailboxError>;

    /// Creates (and subscribes) a folder unless it is there.
    async fn ensure_folder(&mut self, folder: &str) -> Result<(), MailboxError>;

    /// Looks at a folder without changing anything in it.
    async fn status(&mut self, folder: &str) -> Result<FolderState, MailboxError>;

    /// Lists what lies beyond `after` (all, without it), oldest first.
    ///
    /// # Errors
    /// [`MailboxError::UidValidity`] if `after` is of another validity than the folder.
    async fn list(
        &mut self,
        folder: &str,
        after: Option<&Mark>,
    ) -> Result<Vec<Listing>, MailboxError>;

    /// Fetches up to `limit` bytes of each message, never setting `\Seen`. Messages that are gone
    /// are left out.
    async fn fetch(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        limit: usize,
    ) -> Result<Vec<Fetched>, MailboxError>;

    /// Finds messages by `Message-ID` (without angle brackets), for reconciliation.
    async fn find(
        &mut self,
        folder: &str,
        message_id: &str,
    ) -> Result<Vec<MessageKey>, MailboxError>;

    /// Moves in one step ([`FilingMethod::Move`]). Messages that were gone are left out.
    async fn relocate(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError>;

    /// First step of [`FilingMethod::CopyThenRemove`].
    async fn copy(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError>;

    /// Second step: marks exactly these as `\Deleted` and expunges exactly these. The caller has
    /// seen and read back the copies.
    async fn remove_copied(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
    ) -> Result<(), MailboxError>;

    /// Takes back the `\Deleted` that [`Self::remove_copied`] may have set on messages whose
    /// copies are not where they were: they stay. Messages that are gone are no error.
    async fn keep(&mut self, folder: &str, keys: &[MessageKey]) -> Result<(), MailboxError>;

    /// Adds a keyword, where the account keeps keywords (`mode = "tag"`).
    async fn tag(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        keyword: &str,
    ) -> Result<(), MailboxError>;

    /// Waits for a change in the first of `folders` (IDLE) or in any (inotify), at most `limit`.
    /// The future may be dropped half-way; nothing but [`Self::close`] is called then.
    async fn wait(&mut self, folders: &[String], limit: Duration) -> Result<Wake, MailboxError>;

    /// Says goodbye.
    async fn close(self) -> Result<(), MailboxError>;
}

/// What can go wrong with an account. Texts name command and folder, never a secret and never
/// mail text; every byte of a server in them is escaped.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// No connection, or it broke.
    #[error("{context}: {source}")]
    Connection {
        /// What was being done.
        context: String,
        /// Cause.
        source: std::io::Error,
    },
    /// The certificate or the TLS set-up is not to be trusted; no credential was sent.
    #[error("{0}")]
    Tls(String),
    /// The server refused the credential.
    #[error("login refused for {user}: {text}")]
    Login {
        /// Account name at the server.
        user: String,
        /// The server's words.
        text: String,
    },
    /// The server can't log anybody in at the moment (`[UNAVAILABLE]`, `[INUSE]`, `[LIMIT]`).
    #[error("the server can't log in at the moment: {0}")]
    LoginUnavailable(String),
    /// The secret could not be read.
    #[error("{0}")]
    Secret(String),
    /// A command was answered with NO or BAD.
    #[error("{command} was refused: {text}")]
    Refused {
        /// The command with its folder.
        command: String,
        /// Response code without brackets, such as `TRYCREATE`, `OVERQUOTA`, `NOPERM`.
        code: Option<String>,
        /// The server's words.
        text: String,
    },
    /// No answer in time.
    #[error("{command}: no answer within {seconds} s")]
    Timeout {
        /// The command.
        command: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// An answer that no IMAP server gives; the session is over.
    #[error("strange answer: {0}")]
    Protocol(String),
    /// UIDs of another validity: nothing that was known of the folder holds.
    #[error("UIDVALIDITY of {folder} changed")]
    UidValidity {
        /// The folder.
        folder: String,
    },
    /// There is no such folder.
    #[error("there is no folder {0}")]
    NoFolder(String),
    /// A file operation on a Maildir failed.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
}

impl MailboxError {
    /// Whether the session can't be used any more.
    pub fn ends_session(&self) -> bool {
        !matches!(
            self,
            Self::Refused { .. } | Self::NoFolder(_) | Self::UidValidity { .. } | Self::File { .. }
        )
    }

    /// Whether trying again soon may help. A wrong password or certificate needs the owner.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Login { .. } | Self::Tls(_) | Self::Secret(_))
    }
}
