//! What the user may do in a folder (RFC 4314). A server that knows rights may copy a message whose
//! original it won't remove, or drop flags on the way, and say OK.

use super::ImapMailbox;
use super::capability::Capabilities;
use super::command::Command;
use super::quote::quote;
use super::reply::shown;
use crate::mailbox::MailboxError;

/// Rights in a folder, each a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rights(String);

impl Rights {
    /// Reads `* MYRIGHTS INBOX lrswi`: the rights are the last word, perhaps in quotes.
    fn of_line(line: &[u8]) -> Option<Self> {
        let line = str::from_utf8(line).ok()?.trim_end();
        let is_it = line.get(..11).is_some_and(|it| it.eq_ignore_ascii_case("* MYRIGHTS "));
        let (_, rights) = line.rsplit_once(' ').filter(|_| is_it)?;
        Some(Rights(rights.trim_matches('"').to_owned()))
    }

    /// Messages can be taken away: marked as deleted and expunged. Where the server doesn't tell
    /// these apart (RFC 4314, 2.1.1), `d` is both; elsewhere it may be one of them.
    fn let_go(&self, offered: &Capabilities) -> bool {
        if offered.tells_rights_apart() { self.have("te") } else { self.have("d") }
    }

    /// Messages can be put in, with all their flags.
    fn let_in(&self) -> bool {
        self.have("rswi")
    }

    fn have(&self, all: &str) -> bool {
        all.chars().all(|it| self.0.contains(it))
    }
}

impl ImapMailbox {
    /// Asks for the rights in a folder, and says whether messages can be taken away from it. Where
    /// nothing is told, they can.
    pub(super) async fn may_let_go(&mut self, folder: &str) -> Result<bool, MailboxError> {
        self.rights.remove(folder);
        if !self.offered.has("ACL") {
            return Ok(true);
        }
        let name = self.names.on_server(folder)?;
        let line = format!("MYRIGHTS {}", quote(&name));
        let asked = self.run(Command::new(format!("MYRIGHTS of {folder}"), line), |_| {});
        let aside = match asked.await {
            Ok(done) => done.aside,
            Err(MailboxError::Refused { .. }) => return Ok(true),
            Err(error) => return Err(error),
        };
        let told = aside.responses.iter().find_map(|it| Rights::of_line(it));
        let Some(rights) = told else { return Ok(true) };
        let may = rights.let_go(&self.offered);
        self.rights.insert(folder.to_owned(), rights);
        Ok(may)
    }

    /// Whether messages can be put into a folder as they are, as far as is known.
    ///
    /// # Errors
    /// [`MailboxError::Refused`] if not.
    pub(super) fn may_let_in(&self, folder: &str) -> Result<(), MailboxError> {
        if self.rights.get(folder).is_none_or(Rights::let_in) {
            return Ok(());
        }
        Err(MailboxError::Refused {
            command: format!("filing into {}", shown(folder)),
            code: Some("NOPERM".to_owned()),
            text: "rights are missing to put mail there with its flags".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(offered: &str, rights: &str, let_go: bool, let_in: bool) {
        let offered = Capabilities::of_line(format!("* CAPABILITY {offered}").as_bytes()).unwrap();
        let line = format!("* MYRIGHTS \"Gr n\" {rights}\r\n");
        let rights = Rights::of_line(line.as_bytes()).unwrap();
        assert_eq!((rights.let_go(&offered), rights.let_in()), (let_go, let_in), "{rights:?}");
    }

    #[test]
    fn old_and_new_rights_are_understood() {
        let new = "IMAP4rev1 ACL RIGHTS=kxten";
        check(new, "lrswipkxtecdan", true, true);
        check(new, "lrkxcan", false, false);
        // Cyrus: `d` for any of the rights that it once was.
        check(new, "lrswikxtcdan", false, true);
        check(new, "lrswikxecdan", false, true);
        check(new, "lrsitexan", true, false);
        let old = "IMAP4rev1 ACL";
        check(old, "acdilrsw", true, true);
        check(old, "acilrsw", false, true);
    }
    #[test]
    fn other_lines_tell_no_rights() {
        for line in ["* OK [MYRIGHTS \"lr\"] ACL\r\n", "* MYRIGHTS", "* MYRIGHTS \u{fc}", ""] {
            assert!(Rights::of_line(line.as_bytes()).is_none_or(|it| !it.let_in()), "{line}");
        }
        assert_eq!(Rights::of_line(b"* MYRIGHTS \xff"), None);
        let quoted = Rights::of_line(b"* myrights INBOX \"acdilrsw\"\r\n");
        assert_eq!(quoted, Some(Rights("acdilrsw".to_owned())));
    }
}
