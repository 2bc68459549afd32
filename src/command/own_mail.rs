//! The owner's own mail with its labels, to learn from: what lies in the folders of greetings
//! because its owner put it there, and the lessons remembered.
//!
//! What grussd has filed itself is left out, unless its owner moved it since: no verdict of its own
//! is ever training data. So is the inbox, since that a mail lies there says nothing.

use std::collections::BTreeSet;
use std::path::Path;

use super::accounts::Visit;
use super::reading::read_folder;
use crate::classify::Label;
use crate::config::Account;
use crate::mail::{self, Mail};
use crate::mailbox::Mailbox;
use crate::store::memory::Database;
use crate::store::{Digest, StateDir, filings, read_journal};
use crate::text::escape::escape;
use crate::train::Progress;
use crate::train::cap::{self, Cap};

/// A copy of what is remembered, with all that the journal tells of filings.
///
/// # Errors
/// Journal or memory can't be read.
pub(super) fn remembered(state_dir: &Path) -> anyhow::Result<Database> {
    let mut memory = Database::copy(state_dir)?;
    memory.note_filings(&filings(&read_journal(&mut StateDir::at(state_dir))?))?;
    Ok(memory)
}

/// Collects own mail from the accounts that it visits.
pub(super) struct Collector<'a, P> {
    memory: &'a Database,
    progress: P,
    cap: Cap,
    seen: BTreeSet<Digest>,
    /// The mail.
    pub(super) mails: Vec<(Mail, Label)>,
    /// Messages that were left out since their sender taught enough.
    pub(super) capped: usize,
}

impl<'a, P: FnMut(Progress<'_>)> Collector<'a, P> {
    pub(super) fn new(memory: &'a Database, progress: P) -> Self {
        Collector {
            memory,
            progress,
            cap: Cap::default(),
            seen: BTreeSet::new(),
            mails: Vec::new(),
            capped: 0,
        }
    }

    /// Adds the lessons about messages that were not found in a folder.
    ///
    /// # Errors
    /// The memory can't be read.
    pub(super) fn add_lessons(&mut self) -> anyhow::Result<()> {
        for stored in self.memory.lessons()? {
            if !stored.material.is_empty() {
                self.add(stored.lesson.digest, &stored.material, stored.lesson.label);
            }
        }
        Ok(())
    }

    fn add(&mut self, digest: Digest, bytes: &[u8], label: Label) {
        if !self.seen.insert(digest) {
            return;
        }
        let mail = mail::parse(bytes);
        if self.cap.admits(&cap::sender(&mail), label) {
            self.mails.push((mail, label));
        } else {
            self.capped += 1;
        }
    }

    /// Whether a message in a folder teaches nothing: grussd has put it there and its owner has left
    /// it, or it is to be forgotten.
    fn is_mute(&self, account: &Account, folder: &str, digest: &Digest) -> anyhow::Result<bool> {
        if self.memory.is_forgotten(digest)? {
            return Ok(true);
        }
        let own = self.memory.own_filing(&account.name, digest)?;
        let is_there = own.is_some_and(|it| it.folder == folder);
        Ok(is_there && self.memory.lesson(digest)?.is_none())
    }
}

impl<P: FnMut(Progress<'_>)> Visit for Collector<'_, P> {
    async fn visit<M: Mailbox>(
        &mut self,
        account: &Account,
        mailbox: &mut M,
    ) -> anyhow::Result<()> {
        let survey = mailbox.survey().await?;
        for label in Label::ALL {
            let Some(folder) = account.folders.of(label) else { continue };
            if !survey.folders.iter().any(|it| it == folder)
                || survey.is_aside(folder)
                || account.folders.inbox.iter().any(|it| it == folder)
            {
                continue;
            }
            let stage = format!("reading {}", escape(folder));
            (self.progress)(Progress::Stage(&stage));
            read_folder(mailbox, folder, |bytes| {
                let digest = Digest::of(bytes);
                if !self.is_mute(account, folder, &digest)? {
                    self.add(digest, bytes, label);
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}
