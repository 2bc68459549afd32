//! Which folders there are, and making one.

use async_imap::imap_proto::Response;

use super::ImapMailbox;
use super::command::Command;
use super::listed::Listed;
use super::names::{Names, namespace};
use super::quote::quote;
use super::reply::shown;
use crate::mailbox::{FilingMethod, MailboxError, Survey};

/// More folders than anybody has.
const MAX_FOLDERS: usize = 20_000;

/// What is worth telling of a server's capabilities.
const TOLD: [&str; 3] = ["IDLE", "MOVE", "UIDPLUS"];

impl ImapMailbox {
    /// Finds out how names are written here.
    pub(super) async fn find_names(&mut self) -> Result<Names, MailboxError> {
        if self.offered.has("NAMESPACE") {
            match self.run(Command::new("NAMESPACE", "NAMESPACE"), |_| {}).await {
                Ok(done) => {
                    let found = done.aside.responses.iter().find_map(|it| namespace(it));
                    if let Some((prefix, separator)) = found {
                        return Ok(Names::new(prefix, separator));
                    }
                }
                Err(MailboxError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let listed = self.list_folders("LIST \"\" \"*\"").await?;
        let separator = listed.iter().find_map(|it| it.separator);
        Ok(Names::guess(listed.iter().map(|it| it.name.as_str()), separator))
    }

    pub(super) async fn look_around(&mut self) -> Result<Survey, MailboxError> {
        let listed = self.list_folders("LIST \"\" \"*\"").await?;
        let selectable = listed.iter().filter(|it| it.selectable).map(|it| it.name.as_str());
        let folders = self.names.learn(selectable).into_iter().collect();
        let mut special = listed;
        if !special.iter().any(|it| it.sent) && self.offered.has("SPECIAL-USE") {
            match self.list_folders("LIST (SPECIAL-USE) \"\" \"*\"").await {
                Ok(listed) => special.extend(listed),
                // That it is to be found so needs LIST-EXTENDED as well.
                Err(MailboxError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let known = |it: &Listed| self.names.known(&it.name);
        Ok(Survey {
            folders,
            sent: special.iter().find(|it| it.sent).and_then(known),
            aside: special.iter().filter(|it| it.aside).filter_map(known).collect(),
            method: self.method(),
            description: self.describe().await?,
        })
    }

    async fn list_folders(&mut self, line: &str) -> Result<Vec<Listed>, MailboxError> {
        let mut listed = Vec::new();
        self.run(Command::new("LIST", line).of_batch(), |response| {
            if listed.len() < MAX_FOLDERS {
                listed.extend(Listed::of(response));
            }
        })
        .await?;
        Ok(listed)
    }

    fn method(&self) -> FilingMethod {
        if self.offered.has("MOVE") {
            FilingMethod::Move
        } else if self.offered.has("UIDPLUS") {
            FilingMethod::CopyThenRemove
        } else {
            FilingMethod::Impossible(
                "the server offers neither MOVE nor UIDPLUS, so an original could only be removed \
                 together with everything else that is marked as deleted"
                    .to_owned(),
            )
        }
    }

    /// The server's name, where it tells one (RFC 2971), and what it speaks.
    async fn describe(&mut self) -> Result<String, MailboxError> {
        let mut name = None;
        if self.offered.has("ID") {
            let asked = self.run(Command::new("ID", "ID NIL"), |response| {
                if let Response::Id(Some(fields)) = response {
                    let field = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("name"));
                    name = field.map(|(_, value)| shown(value));
                }
            });
            match asked.await {
                Ok(_) | Err(MailboxError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let spoken = TOLD.into_iter().filter(|it| self.offered.has(it)).map(str::to_owned);
        let name = name.filter(|it| !it.is_empty()).unwrap_or_else(|| "IMAP".to_owned());
        Ok([name].into_iter().chain(spoken).collect::<Vec<_>>().join(", "))
    }

    /// Looks up a folder by its name on the server.
    pub(super) async fn look_up(&mut self, name: &str) -> Result<Option<Listed>, MailboxError> {
        // In a name that holds wildcards others are found too.
        let listed = self.list_folders(&format!("LIST \"\" {}", quote(name))).await?;
        Ok(listed.into_iter().find(|it| it.name == name))
    }

    /// Creates a folder unless it is there, each level by itself: not every server makes those
    /// above.
    pub(super) async fn make(&mut self, folder: &str) -> Result<(), MailboxError> {
        let levels = self.names.levels(folder)?;
        let Some((name, above)) = levels.split_last() else { return Ok(()) };
        if self.look_up(name).await?.is_some_and(|it| it.selectable) {
            return Ok(());
        }
        for level in above {
            if self.look_up(level).await?.is_none() {
                self.create(folder, level).await?;
            }
        }
        self.create(folder, name).await
    }

    async fn create(&mut self, folder: &str, name: &str) -> Result<(), MailboxError> {
        let spoken = format!("CREATE {folder}");
        let command = Command::new(spoken, format!("CREATE {}", quote(name)));
        match self.run(command, |_| {}).await {
            Ok(_) => {}
            // Somebody was quicker, and not every server has a code for it (ALREADYEXISTS).
            Err(refusal @ MailboxError::Refused { .. }) => {
                if !self.look_up(name).await?.is_some_and(|it| it.selectable) {
                    return Err(refusal);
                }
            }
            Err(error) => return Err(error),
        }
        let spoken = format!("SUBSCRIBE {folder}");
        let command = Command::new(spoken, format!("SUBSCRIBE {}", quote(name)));
        match self.run(command, |_| {}).await {
            // It can be used all the same.
            Ok(_) | Err(MailboxError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
