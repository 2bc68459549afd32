//! Folders without rights (RFC 4314): nothing changes, and it is said once (FAULTS.md A15).

use super::watch;
use crate::support::inventory::everything;
use crate::support::pass::{PITCH, TEXTS};
use crate::support::server::{Product, Server};

on_each_server!(an_inbox_that_lets_nothing_go, check_inbox);

fn check_inbox<P: Product>(setup: P) {
    let setup = setup.with_rights();
    // Read-only; marks of deletion without expunging; expunging without marks.
    for (rights, passes) in [("lra", 2), ("lrswita", 1), ("lrswiea", 1)] {
        let server = Server::start(setup.clone());
        server.fill(6);
        let before = server.inventory();
        server.raw().ok(format!("SETACL INBOX {} {rights}", setup.owner()));
        let watched = watch(&server, passes);
        assert_eq!(watched.changes, [""; 0], "{rights}");
        let [said] = &watched.said[..] else { panic!("{rights}: {:?}", watched.said) };
        assert!(said.contains("rights are missing"), "{said}");
        let after = server.inventory();
        assert_eq!(after["INBOX"], before["INBOX"]);
        assert_eq!(everything(&after).len(), 6);
    }
}

on_each_server!(targets_that_let_nothing_in, check_targets);

fn check_targets<P: Product>(setup: P) {
    let setup = setup.with_rights();
    // No room for mail, and none for its flags.
    for (rights, passes) in [("lrsa", 2), ("lrsia", 1)] {
        let server = Server::start(setup.clone());
        server.fill(6);
        let before = server.inventory();
        let mut raw = server.raw();
        for folder in [PITCH, TEXTS] {
            let name = server.name(folder);
            raw.ok(format!("CREATE {name}"));
            raw.ok(format!("SETACL {name} {} {rights}", setup.owner()));
        }
        let watched = watch(&server, passes);
        assert_eq!(watched.changes, [""; 0], "{rights}");
        assert_eq!(watched.said.len(), 2, "{:?}", watched.said);
        assert!(watched.said.iter().all(|it| it.contains("rights are missing")));
        assert_eq!(everything(&server.inventory()), everything(&before));
    }
}
