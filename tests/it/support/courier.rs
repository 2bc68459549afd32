//! Courier 5.0, unpacked by `tests/servers/unpack.sh` and run by `tests/servers/courier.sh`, which
//! needs root. It has no MOVE.

use std::process::Command;

use super::certificates::Identity;
use super::server::{Place, Product, apart};

/// What it offers.
const CAPABILITIES: &str = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT \
    THREAD=REFERENCES SORT QUOTA IDLE";

/// How it is set up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setup {
    /// Capabilities that it doesn't offer.
    pub without: &'static [&'static str],
    /// Room for mail, in KiB.
    pub quota: Option<u32>,
    /// Connections from one address.
    pub connections: Option<u32>,
}

impl Product for Setup {
    const NAME: &'static str = "Courier";

    fn separator(&self) -> char {
        '.'
    }

    fn prefix(&self) -> &'static str {
        "INBOX."
    }

    fn owner(&self) -> &'static str {
        "owner"
    }

    fn prepare(&self, place: &Place, identity: &Identity) {
        place.write("server.pem", &format!("{}{}", identity.key, identity.certificate));
        std::fs::create_dir(place.folder.join("home")).unwrap();
    }

    fn command(&self, place: &Place) -> Command {
        let mut command = apart("courier.sh", "courier", place);
        let offered: Vec<&str> =
            CAPABILITIES.split_whitespace().filter(|it| !self.without.contains(it)).collect();
        command.env("IMAP_CAPABILITY", offered.join(" "));
        command.envs(self.quota.map(|it| ("ROOM", format!("{}S", it * 1024))));
        command.envs(self.connections.map(|it| ("MAXPERIP", it.to_string())));
        command
    }
}
