//! A Maildir++ account.
//!
//! Messages move by renaming, in one step; nothing is copied, rewritten or flagged. Besides
//! `crate::store` the only module that names `std::fs`. Every look at a directory runs on a thread
//! of its own, so that a large one stops no other account.

mod dotlock;
mod entry;
mod keywords;
mod layout;
mod relocate;
mod subscriptions;
mod watch;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::{Access, access};
use tokio::task::spawn_blocking;

use self::entry::{Entry, locate, scan};
use self::watch::Watch;
use super::{
    Fetched, FilingMethod, FolderState, Listing, Mailbox, MailboxError, Mark, MessageKey, Survey,
    Transfer, Wake,
};
use crate::text::escape::escape;

/// Where a header field is looked for; what lies behind is no header of a mail.
const MAX_HEADER_BYTES: u64 = 65_536;

/// An account whose folders are directories of this machine.
pub struct MaildirMailbox {
    root: PathBuf,
    watch: Option<Watch>,
}

impl MaildirMailbox {
    /// Opens the Maildir whose inbox is `root`.
    ///
    /// # Errors
    /// [`MailboxError::File`] if there is no Maildir.
    pub fn open(root: &Path) -> Result<Self, MailboxError> {
        for part in ["cur", "new"] {
            let path = root.join(part);
            fs::read_dir(&path).map_err(file_error(&path))?;
        }
        Ok(MaildirMailbox { root: root.to_owned(), watch: None })
    }

    /// The directory of a folder that is there.
    fn directory(&self, folder: &str) -> Result<PathBuf, MailboxError> {
        let directory = layout::directory(&self.root, folder)?;
        if layout::is_maildir(&directory) {
            Ok(directory)
        } else {
            Err(MailboxError::NoFolder(escape(folder).to_string()))
        }
    }
}

impl Mailbox for MaildirMailbox {
    async fn survey(&mut self) -> Result<Survey, MailboxError> {
        let root = self.root.clone();
        let folders = blocking(move || layout::folders(&root)).await?;
        Ok(Survey {
            sent: folders.iter().find(|it| *it == "Sent").cloned(),
            aside: Vec::new(),
            folders,
            method: FilingMethod::Move,
            description: "Maildir++".to_owned(),
        })
    }

    async fn ensure_folder(&mut self, folder: &str) -> Result<(), MailboxError> {
        let directory = layout::directory(&self.root, folder)?;
        if layout::is_maildir(&directory) {
            return Ok(());
        }
        layout::create(&self.root, &directory).map_err(file_error(&directory))?;
        subscriptions::subscribe(&self.root, folder).map_err(file_error(&self.root))
    }

    async fn status(&mut self, folder: &str) -> Result<FolderState, MailboxError> {
        let directory = self.directory(folder)?;
        blocking(move || {
            let entries = scan(&directory).map_err(file_error(&directory))?;
            let writable = |it| access(directory.join(it), Access::WRITE_OK).is_ok();
            Ok(FolderState {
                mark: Mark::Maildir,
                messages: u32::try_from(entries.len()).unwrap_or(u32::MAX),
                read_only: !(writable("new") && writable("cur")),
            })
        })
        .await
    }

    async fn list(
        &mut self,
        folder: &str,
        _after: Option<&Mark>,
    ) -> Result<Vec<Listing>, MailboxError> {
        let directory = self.directory(folder)?;
        blocking(move || {
            let entries = scan(&directory).map_err(file_error(&directory))?;
            let mut listings: Vec<Listing> =
                entries.values().filter_map(|it| listing(&directory, it)).collect();
            listings.sort_by(|a, b| (a.received, &a.key).cmp(&(b.received, &b.key)));
            Ok(listings)
        })
        .await
    }

    async fn fetch(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        limit: usize,
    ) -> Result<Vec<Fetched>, MailboxError> {
        let directory = self.directory(folder)?;
        let names = names(folder, keys)?;
        blocking(move || {
            let mut fetched = Vec::new();
            for name in names {
                let bytes =
                    read(&directory, &name, limit as u64).map_err(file_error(&directory))?;
                let key = MessageKey::Maildir { name };
                fetched.extend(bytes.map(|bytes| Fetched { key, bytes }));
            }
            Ok(fetched)
        })
        .await
    }

    async fn find(
        &mut self,
        folder: &str,
        message_id: &str,
    ) -> Result<Vec<MessageKey>, MailboxError> {
        let directory = self.directory(folder)?;
        let message_id = message_id.to_owned();
        blocking(move || {
            let mut found = Vec::new();
            for name in scan(&directory).map_err(file_error(&directory))?.into_keys() {
                let head =
                    read(&directory, &name, MAX_HEADER_BYTES).map_err(file_error(&directory))?;
                if head.is_some_and(|it| has_message_id(&it, &message_id)) {
                    found.push(MessageKey::Maildir { name });
                }
            }
            Ok(found)
        })
        .await
    }

    async fn relocate(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        let (source, target) = (self.directory(from)?, self.directory(to)?);
        let names = names(from, keys)?;
        let command = format!("moving from {from} to {to}");
        blocking(move || {
            let moved = relocate::relocate(&source, &names, &target)
                .map_err(|error| refused(command, &error.to_string()))?;
            let key = |name| MessageKey::Maildir { name };
            Ok(moved
                .into_iter()
                .map(|(a, b)| Transfer { from: key(a), to: Some(key(b)) })
                .collect())
        })
        .await
    }

    async fn copy(
        &mut self,
        from: &str,
        _keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        Err(refused(format!("copying from {from} to {to}"), ONE_STEP))
    }

    async fn remove_copied(
        &mut self,
        folder: &str,
        _keys: &[MessageKey],
    ) -> Result<(), MailboxError> {
        Err(refused(format!("removing from {folder}"), ONE_STEP))
    }

    async fn keep(&mut self, _folder: &str, _keys: &[MessageKey]) -> Result<(), MailboxError> {
        Ok(())
    }

    async fn tag(
        &mut self,
        folder: &str,
        _keys: &[MessageKey],
        _keyword: &str,
    ) -> Result<(), MailboxError> {
        Err(refused(format!("tagging in {folder}"), "a Maildir has no keywords of its own"))
    }

    async fn wait(&mut self, folders: &[String], limit: Duration) -> Result<Wake, MailboxError> {
        let directories: Vec<PathBuf> =
            folders.iter().filter_map(|it| self.directory(it).ok()).collect();
        let watch = match &mut self.watch {
            Some(watch) if watch.is_over(&directories) => watch,
            _ => {
                // What arrived before the watch stood has to be looked for.
                self.watch = Some(Watch::over(&directories));
                return Ok(Wake::Changed);
            }
        };
        Ok(watch.wait(limit).await.unwrap_or_else(|_| {
            self.watch = None;
            Wake::Changed
        }))
    }

    async fn close(self) -> Result<(), MailboxError> {
        Ok(())
    }
}

const ONE_STEP: &str = "a Maildir message is moved in one step";

/// Runs a look at the file system on a thread for that.
async fn blocking<T: Send + 'static>(
    look: impl FnOnce() -> Result<T, MailboxError> + Send + 'static,
) -> Result<T, MailboxError> {
    match spawn_blocking(look).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(MailboxError::Connection {
                context: "reading the Maildir".to_owned(),
                source: io::Error::other(error),
            }),
        },
    }
}

/// None if it is gone by now.
fn listing(directory: &Path, entry: &Entry) -> Option<Listing> {
    let metadata = fs::symlink_metadata(entry.path(directory)).ok()?;
    Some(Listing {
        key: MessageKey::Maildir { name: entry.unique().to_owned() },
        size: metadata.len(),
        received: metadata.modified().ok().and_then(|it| Timestamp::try_from(it).ok()),
        deleted: entry.flags().contains('T'),
    })
}

/// The beginning of a message; none if it is gone.
fn read(directory: &Path, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    // A mail program may rename the file between the look and the reading.
    for _ in 0..3 {
        let Some(entry) = locate(directory, name)? else { return Ok(None) };
        let file = match File::open(entry.path(directory)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        return Ok(Some(bytes));
    }
    Ok(None)
}

/// Whether the header names this Message-ID, folded or not (RFC 5322, 2.2.3).
fn has_message_id(head: &[u8], message_id: &str) -> bool {
    let head = String::from_utf8_lossy(head).replace("\r\n", "\n");
    let header = head.split("\n\n").next().unwrap_or_default();
    let unfolded = header.replace("\n ", " ").replace("\n\t", " ");
    unfolded.lines().any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.trim_end().eq_ignore_ascii_case("message-id")
                && value.trim().trim_start_matches('<').trim_end_matches('>').trim() == message_id
        })
    })
}

fn names(folder: &str, keys: &[MessageKey]) -> Result<Vec<String>, MailboxError> {
    keys.iter()
        .map(|key| match key {
            MessageKey::Maildir { name } => Ok(name.clone()),
            MessageKey::Imap { .. } => Err(MailboxError::UidValidity { folder: folder.to_owned() }),
        })
        .collect()
}

fn file_error(path: &Path) -> impl Fn(io::Error) -> MailboxError {
    let path = escape(&path.to_string_lossy()).to_string();
    move |source| MailboxError::File { path: path.clone(), source }
}

fn refused(command: String, text: &str) -> MailboxError {
    MailboxError::Refused {
        command: escape(&command).to_string(),
        code: None,
        text: escape(text).to_string(),
    }
}
