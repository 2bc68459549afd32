//! Doing something on every account, one after the other, whatever lies behind it.

use crate::config::{Account, Source};
use crate::mailbox::imap::ImapMailbox;
use crate::mailbox::maildir::MaildirMailbox;
use crate::mailbox::{Mailbox, MailboxError};

/// What is done on an account.
pub(super) trait Visit {
    /// Does it.
    async fn visit<M: Mailbox>(&mut self, account: &Account, mailbox: &mut M)
    -> anyhow::Result<()>;
}

/// Visits an account: logs in, does it, takes leave.
///
/// # Errors
/// There is no connection, or what is done failed.
pub(super) async fn visit(account: &Account, visitor: &mut impl Visit) -> anyhow::Result<()> {
    match &account.source {
        Source::Imap(imap) => be_there(account, ImapMailbox::connect(imap).await, visitor).await,
        Source::Maildir { path } => be_there(account, MaildirMailbox::open(path), visitor).await,
    }
}

async fn be_there<M: Mailbox>(
    account: &Account,
    connected: Result<M, MailboxError>,
    visitor: &mut impl Visit,
) -> anyhow::Result<()> {
    let mut mailbox = connected?;
    let visited = visitor.visit(account, &mut mailbox).await;
    // Everything has been done; how the server takes its leave changes nothing.
    let _ = mailbox.close().await;
    visited
}

/// Visits all accounts. That one can't be reached is said as `NAME: why` and keeps none of the
/// others from being visited; gives back how many that were.
pub(super) async fn visit_all(
    accounts: &[Account],
    visitor: &mut impl Visit,
    mut failed: impl FnMut(String) -> std::io::Result<()>,
) -> std::io::Result<usize> {
    let mut failures = 0;
    for account in accounts {
        if let Err(error) = visit(account, visitor).await {
            failures += 1;
            failed(format!("{}: {error}", account.name))?;
        }
    }
    Ok(failures)
}
