//! What a server can do.

use std::collections::BTreeSet;

use async_imap::imap_proto::{Capability, Response};

use super::command::{Command, Io, Wire, strange};
use crate::mailbox::MailboxError;

/// Capability names in capitals (RFC 9051, 7.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// Whether a capability is offered; `AUTH=PLAIN` is one.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether the rights to delete and to expunge messages are two (RFC 4314, 5.1.1).
    pub(super) fn tells_rights_apart(&self) -> bool {
        let mut rights = self.0.iter().filter_map(|it| it.strip_prefix("RIGHTS="));
        rights.any(|it| it.contains('T') && it.contains('E'))
    }

    fn of(names: &[Capability<'_>]) -> Self {
        let name = |it: &Capability<'_>| match it {
            Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
            Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
            Capability::Atom(name) => name.to_ascii_uppercase(),
        };
        Capabilities(names.iter().map(name).collect())
    }

    /// A line that the parser doesn't take, because of one strange word in it.
    pub(super) fn of_line(line: &[u8]) -> Option<Self> {
        let line = str::from_utf8(line).ok()?.to_ascii_uppercase();
        let names = line.strip_prefix("* CAPABILITY ")?;
        Some(Capabilities(names.split_ascii_whitespace().map(str::to_owned).collect()))
    }
}

/// Asks for them. What was told before is void after TLS has begun (RFC 9051, 6.2.1), and servers
/// offer more after the login.
pub(super) async fn capabilities<S: Io>(wire: &mut Wire<S>) -> Result<Capabilities, MailboxError> {
    let name = "CAPABILITY";
    let mut found = None;
    let done = wire.run(Command::new(name, name), |response| {
        if let Response::Capabilities(names) = response {
            found = Some(Capabilities::of(names));
        }
    });
    let aside = done.await?.aside;
    found
        .or_else(|| aside.responses.iter().find_map(|line| Capabilities::of_line(line)))
        .ok_or_else(|| strange(name, "no capabilities in the answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strange_words_hide_no_others() {
        let found = Capabilities::of_line(b"* capability IMAP4rev2 x[y] Auth=Plain\r\n").unwrap();
        assert!(found.has("AUTH=PLAIN") && found.has("IMAP4REV2") && !found.has("IDLE"));
        assert_eq!(Capabilities::of_line(b"* OK\r\n"), None);
        assert_eq!(Capabilities::of_line(b"* CAPABILITY \xff\r\n"), None);
    }
}
