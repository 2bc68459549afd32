//! Cyrus 3.6, unpacked by `tests/servers/unpack.sh` and run by `tests/servers/cyrus.sh`, which needs
//! root.

use std::process::Command;

use super::certificates::Identity;
use super::server::{Place, Product, apart};

/// How it is set up.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// `.` or `/`.
    pub separator: char,
    /// `INBOX.` or nothing.
    pub prefix: &'static str,
    /// Capabilities that it doesn't offer.
    pub without: &'static [&'static str],
    /// Room for mail, in KiB.
    pub quota: Option<u32>,
    /// Connections of one user.
    pub connections: Option<u32>,
}

impl Default for Setup {
    fn default() -> Self {
        Setup { separator: '.', prefix: "INBOX.", without: &[], quota: None, connections: None }
    }
}

impl Product for Setup {
    const NAME: &'static str = "Cyrus";

    fn separator(&self) -> char {
        self.separator
    }

    fn prefix(&self) -> &'static str {
        self.prefix
    }

    fn prepare(&self, place: &Place, identity: &Identity) {
        place.write("server.pem", &format!("{}{}", identity.certificate, identity.key));
    }

    fn command(&self, place: &Place) -> Command {
        let mut command = apart("cyrus.sh", "cyrus", place);
        command.env("SEPARATOR", self.separator.to_string()).env("PREFIX", self.prefix);
        command.env("WITHOUT", self.without.join(" "));
        command.envs(self.quota.map(|it| ("ROOM", it.to_string())));
        // It counts the one that is to be logged in.
        command.envs(self.connections.map(|it| ("LIMIT", (it + 1).to_string())));
        command
    }
}
