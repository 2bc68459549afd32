//! A dry run: the plan, printed, and nothing changed on any server, in any mailbox or state.

use std::io::{self, Write};
use std::time::Duration;

use super::account::{Connect, Context};
use super::look::{Looker, Witnessed, look};
use super::memory::Memory;
use super::say;
use crate::classify::Label;
use crate::mailbox::{
    Fetched, FolderState, Listing, Mailbox, MailboxError, Mark, MessageKey, Survey, Transfer, Wake,
};
use crate::plan::{Action, Stay};
use crate::text::escape::escape;
use crate::verdict::Verdict;

/// Pieces of evidence shown.
const SHOWN_EVIDENCE: usize = 3;

/// A mailbox that can be read only: what would write does nothing and says so by its result.
/// EXAMINE is not enough, since servers move mail out of a folder that was opened by it.
pub struct DryRun<M>(pub M);

impl<M: Mailbox> Mailbox for DryRun<M> {
    async fn survey(&mut self) -> Result<Survey, MailboxError> {
        self.0.survey().await
    }

    async fn ensure_folder(&mut self, _folder: &str) -> Result<(), MailboxError> {
        Ok(())
    }

    async fn status(&mut self, folder: &str) -> Result<FolderState, MailboxError> {
        self.0.status(folder).await
    }

    async fn list(
        &mut self,
        folder: &str,
        after: Option<&Mark>,
    ) -> Result<Vec<Listing>, MailboxError> {
        self.0.list(folder, after).await
    }

    async fn fetch(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        limit: usize,
    ) -> Result<Vec<Fetched>, MailboxError> {
        self.0.fetch(folder, keys, limit).await
    }

    async fn find(
        &mut self,
        folder: &str,
        message_id: &str,
    ) -> Result<Vec<MessageKey>, MailboxError> {
        self.0.find(folder, message_id).await
    }

    async fn relocate(
        &mut self,
        _from: &str,
        _keys: &[MessageKey],
        _to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        Ok(Vec::new())
    }

    async fn copy(
        &mut self,
        _from: &str,
        _keys: &[MessageKey],
        _to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        Ok(Vec::new())
    }

    async fn remove_copied(
        &mut self,
        _folder: &str,
        _keys: &[MessageKey],
    ) -> Result<(), MailboxError> {
        Ok(())
    }

    async fn keep(&mut self, _folder: &str, _keys: &[MessageKey]) -> Result<(), MailboxError> {
        Ok(())
    }

    async fn tag(
        &mut self,
        _folder: &str,
        _keys: &[MessageKey],
        _keyword: &str,
    ) -> Result<(), MailboxError> {
        Ok(())
    }

    async fn wait(&mut self, folders: &[String], limit: Duration) -> Result<Wake, MailboxError> {
        self.0.wait(folders, limit).await
    }

    async fn close(self) -> Result<(), MailboxError> {
        self.0.close().await
    }
}

/// Prints what a pass over an account would do, a line a message, with tabs between account,
/// folder, message, verdict, action and reasons. What is no greeting is counted only.
///
/// # Errors
/// One line that says what failed.
pub async fn rehearse<C: Connect>(
    connect: &C,
    context: &Context,
    out: &mut dyn Write,
) -> Result<(), String> {
    let account = context.settings().account.name;
    let said = |error: &dyn std::fmt::Display| format!("{account}: {error}");
    let mut mailbox = DryRun(connect.connect().await.map_err(|it| said(&it))?);
    let mut memory = Memory::default();
    let (mut written, mut others) = (Ok(()), 0);
    let mut witness = |it: &Witnessed<'_>| {
        if it.verdict == Verdict::Sure(Label::Other) {
            others += 1;
        } else if written.is_ok() {
            written = write_line(out, &account, it);
        }
    };
    let mut looker = Looker {
        desk: &context.desk(),
        settings: &context.settings(),
        memory: &mut memory,
        stop: &context.stop,
        backlog: context.backlog,
        witness: &mut witness,
    };
    let look = look(&mut mailbox, &mut looker).await.map_err(|it| said(&it))?;
    let _ = mailbox.close().await;
    written.map_err(|it| said(&it))?;
    tracing::info!("{account}: {} that are no greetings stay", say::messages(others));
    let limit = context.settings().filing.max_moves_per_cycle;
    if look.planned.len() > limit && !context.backlog {
        let planned = look.planned.len();
        return Err(said(&super::RoundError::TooMany { planned, limit }));
    }
    if memory.problems() > 0 { Err(said(&"see what is said above")) } else { Ok(()) }
}

fn write_line(out: &mut dyn Write, account: &str, it: &Witnessed<'_>) -> io::Result<()> {
    let key = match it.key {
        MessageKey::Imap { uid, .. } => format!("UID {uid}"),
        MessageKey::Maildir { name } => escape(name).to_string(),
    };
    let why: Vec<String> = it
        .judgement
        .evidence
        .iter()
        .take(SHOWN_EVIDENCE)
        .map(|it| format!("{} ({} +{:.1})", escape(&it.term()), it.label, it.weight))
        .collect();
    let (account, folder, verdict) = (escape(account), escape(it.folder), it.verdict);
    let (action, why) = (action(it.action), why.join(", "));
    writeln!(out, "{account}\t{folder}\t{key}\t{verdict}\t{action}\t{why}")
}

fn action(action: &Action) -> String {
    match action {
        Action::FileInto(folder) => format!("file into {}", escape(folder)),
        Action::Tag(keyword) => format!("mark {keyword}"),
        Action::Stay(why) => format!(
            "stay ({})",
            match why {
                Stay::NoGreeting => "no greeting",
                Stay::Unsure => "not sure enough",
                Stay::Pinned => "filed before and moved back",
                Stay::Deleted => "marked for deletion",
                Stay::Off => "filing is off",
                Stay::AlreadyThere => "there already",
            }
        ),
    }
}
