//! The mailbox of the demo, and the pass of the real daemon over it.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, ensure};
use tokio::runtime::Builder;

use super::MAILS;
use crate::classify::Model;
use crate::command::run::{RunOptions, serve};
use crate::command::source::ImapAt;
use crate::config::{Account, Config, Folders, Me, MonthDay, SentFolder, Source};
use crate::mailbox::maildir::MaildirMailbox;
use crate::mailbox::{Fetched, Mailbox as _, MailboxError};

/// The owner's configuration: everything at its default, and a Maildir in `dir`.
pub(super) fn config(dir: &Path) -> Config {
    let account = Account {
        name: "petra".to_owned(),
        source: Source::Maildir { path: dir.join("Maildir") },
        folders: Folders { sent: SentFolder::Off, ..Folders::default() },
    };
    let me = Me {
        names: vec!["Petra Beispiel".to_owned()],
        addresses: vec!["petra@example.org".to_owned()],
        birthdays: vec![MonthDay { month: 12, day: 23 }],
    };
    Config { me, accounts: vec![account], ..Config::new(dir.join("state")) }
}

/// Delivers [`MAILS`] into a new Maildir in `dir`, does there what `grussd run --once --backlog`
/// does, and gives back each mail with the folder in which it lies now.
///
/// # Errors
/// The Maildir can't be made, the pass failed, or a mail is not in exactly one folder with the
/// bytes that it had.
pub(super) fn sort(
    dir: &Path,
    config: &Config,
    model: &Model,
) -> anyhow::Result<Vec<(&'static [u8], String)>> {
    let root = dir.join("Maildir");
    deliver(&root).with_context(|| format!("making a Maildir in {}", dir.display()))?;
    let options = RunOptions { once: true, backlog: true, dry_run: false };
    let load = || Ok((config.clone(), model.clone()));
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let tally = serve(options, load, ImapAt::of, &mut io::sink()).await?;
        ensure!(tally.failed == 0, "the pass over the demo's Maildir failed");
        let lying = contents(&root).await?;
        MAILS.into_iter().map(|mail| Ok((mail, place(mail, &lying)?))).collect()
    })
}

fn deliver(root: &Path) -> io::Result<()> {
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(root.join(part))?;
    }
    for (at, mail) in MAILS.into_iter().enumerate() {
        fs::write(root.join("new").join(format!("{:02}.demo", at + 1)), mail)?;
    }
    Ok(())
}

/// All folders with all messages in them.
async fn contents(root: &Path) -> Result<Vec<(String, Vec<Fetched>)>, MailboxError> {
    let mut mailbox = MaildirMailbox::open(root)?;
    let mut contents = Vec::new();
    for folder in mailbox.survey().await?.folders {
        let listed = mailbox.list(&folder, None).await?;
        let keys: Vec<_> = listed.into_iter().map(|it| it.key).collect();
        let messages = mailbox.fetch(&folder, &keys, usize::MAX).await?;
        contents.push((folder, messages));
    }
    Ok(contents)
}

/// The one folder that holds the mail, byte for byte.
fn place(mail: &[u8], lying: &[(String, Vec<Fetched>)]) -> anyhow::Result<String> {
    let mut places = lying.iter().flat_map(|(folder, messages)| {
        messages.iter().filter(|it| it.bytes == mail).map(move |_| folder)
    });
    match (places.next(), places.next()) {
        (Some(folder), None) => Ok(folder.clone()),
        (None, _) => anyhow::bail!("a mail of the demo was lost or changed; please report it"),
        (Some(_), Some(_)) => anyhow::bail!("a mail of the demo was doubled; please report it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::MessageKey;

    fn holds(folder: &str, bytes: &[u8]) -> (String, Vec<Fetched>) {
        let key = MessageKey::Maildir { name: "1".to_owned() };
        (folder.to_owned(), vec![Fetched { key, bytes: bytes.to_owned() }])
    }

    #[test]
    fn a_mail_lies_in_one_folder_unchanged() {
        assert_eq!(place(b"x", &[holds("a", b"y"), holds("b", b"x")]).unwrap(), "b");
        for (lying, fault) in [
            ([holds("a", b"y"), holds("b", b"x ")], "lost or changed"),
            ([holds("a", b"x"), holds("b", b"x")], "doubled"),
        ] {
            let error = place(b"x", &lying).unwrap_err().to_string();
            assert!(error.contains(fault), "{error}");
        }
    }
}
