//! Doing something on every account, one after the other, whatever lies behind it.

use std::io;

use crate::config::{Account, Source};
use crate::daemon::DryRun;
use crate::mailbox::Mailbox;
use crate::mailbox::imap::ImapMailbox;
use crate::mailbox::maildir::MaildirMailbox;

/// What is done on an account.
pub(super) trait Visit {
    /// Does it.
    async fn visit<M: Mailbox>(&mut self, account: &Account, mailbox: &mut M)
    -> anyhow::Result<()>;
}

/// What a visitor may do. Who only reads is given a mailbox that can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Visits an account: logs in, does it, takes leave.
///
/// # Errors
/// There is no connection, or what is done failed.
pub(super) async fn visit(
    account: &Account,
    access: Access,
    visitor: &mut impl Visit,
) -> anyhow::Result<()> {
    match &account.source {
        Source::Imap(imap) => {
            let mailbox = ImapMailbox::connect(imap).await?;
            be_there(account, access, mailbox, visitor).await
        }
        Source::Maildir { path } => {
            be_there(account, access, MaildirMailbox::open(path)?, visitor).await
        }
    }
}

async fn be_there<M: Mailbox>(
    account: &Account,
    access: Access,
    mailbox: M,
    visitor: &mut impl Visit,
) -> anyhow::Result<()> {
    match access {
        Access::Read => and_close(account, DryRun(mailbox), visitor).await,
        Access::Write => and_close(account, mailbox, visitor).await,
    }
}

async fn and_close<M: Mailbox>(
    account: &Account,
    mut mailbox: M,
    visitor: &mut impl Visit,
) -> anyhow::Result<()> {
    let visited = visitor.visit(account, &mut mailbox).await;
    // Everything has been done; how the server takes its leave changes nothing.
    let _ = mailbox.close().await;
    visited
}

/// Visits all accounts to read. That one can't be reached is said as `NAME: why` and keeps none of
/// the others from being visited; gives back how many that were.
///
/// # Errors
/// It can't be said.
pub(super) async fn read_all(
    accounts: &[Account],
    visitor: &mut impl Visit,
    mut failed: impl FnMut(String) -> io::Result<()>,
) -> io::Result<usize> {
    let mut failures = 0;
    for account in accounts {
        if let Err(error) = visit(account, Access::Read, visitor).await {
            failures += 1;
            failed(format!("{}: {error}", account.name))?;
        }
    }
    Ok(failures)
}
