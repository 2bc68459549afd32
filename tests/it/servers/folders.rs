//! Names of folders, as people write them, on servers with separators, prefixes and encodings of
//! their own.

use grussd::config::Tls;
use grussd::mailbox::imap::ImapMailbox;
use grussd::mailbox::{FilingMethod, Mailbox, MailboxError, MessageKey};

use crate::support::block_on;
use crate::support::cyrus;
use crate::support::inventory::everything;
use crate::support::server::{Product, Server};

const FOLDER: &str = "Grüße/Persönlich 2026 & mehr";

on_each_server!(folders_are_made_subscribed_and_found_again, check_folders);

#[test]
fn cyrus_under_any_separator_and_prefix() {
    for (separator, prefix) in [('/', "INBOX/"), ('.', ""), ('/', "")] {
        check_folders(cyrus::Setup { separator, prefix, ..cyrus::Setup::default() });
    }
}

fn check_folders<P: Product>(setup: P) {
    let server = Server::start(setup);
    block_on(async {
        let config = server.config(Tls::StartTls);
        let mut mailbox = ImapMailbox::connect(&config).await.unwrap();
        for folder in [FOLDER, "Gruß", "Geburtstage & mehr"] {
            let error = mailbox.status(folder).await.unwrap_err();
            assert!(matches!(&error, MailboxError::NoFolder(_)), "{error}");
            mailbox.ensure_folder(folder).await.unwrap();
            mailbox.ensure_folder(folder).await.unwrap();
            assert_eq!(mailbox.status(folder).await.unwrap().messages, 0);
        }
        // Another session finds it by what the server lists.
        let mut mailbox = ImapMailbox::connect(&config).await.unwrap();
        let folders = mailbox.survey().await.unwrap().folders;
        assert!(folders.iter().any(|it| it == FOLDER), "{folders:?}");
        let nfd = "Gru\u{308}\u{df}e/Perso\u{308}nlich 2026 & mehr";
        assert_eq!(mailbox.status(nfd).await.unwrap().messages, 0);
        mailbox.close().await.unwrap();
    });
    let name = server.name(FOLDER);
    let subscribed = server.raw().ok("LSUB \"\" \"*\"");
    let is_it = |line: &Vec<u8>| String::from_utf8_lossy(line).contains(&name);
    assert!(subscribed.iter().any(is_it), "{name}");
}

on_each_server!(moving_changes_nothing_but_the_place, check_moving);

/// Moves every second message. Others carry marks of deletion, which are somebody else's business
/// (FAULTS.md A2).
fn check_moving<P: Product>(setup: P) {
    let server = Server::start(setup);
    server.fill(40);
    let mut raw = server.raw();
    raw.ok("SELECT INBOX");
    raw.ok("UID STORE 1:39 +FLAGS.SILENT (\\Deleted)");
    let even: Vec<String> = (2..40).step_by(2).map(|it| it.to_string()).collect();
    raw.ok(format!("UID STORE {} -FLAGS.SILENT (\\Deleted)", even.join(",")));
    drop(raw);
    let before = server.inventory();
    block_on(async {
        let mut mailbox = ImapMailbox::connect(&server.config(Tls::Implicit)).await.unwrap();
        let method = mailbox.survey().await.unwrap().method;
        mailbox.ensure_folder(FOLDER).await.unwrap();
        let target = mailbox.status(FOLDER).await.unwrap().mark;
        let listed = mailbox.list("INBOX", None).await.unwrap();
        let keys: Vec<MessageKey> =
            listed.into_iter().filter(|it| !it.deleted).map(|it| it.key).collect();
        assert_eq!(keys.len(), 20);
        let transfers = if method == FilingMethod::Move {
            mailbox.relocate("INBOX", &keys, FOLDER).await.unwrap()
        } else {
            assert_eq!((P::NAME, method), ("Courier", FilingMethod::CopyThenRemove));
            let transfers = mailbox.copy("INBOX", &keys, FOLDER).await.unwrap();
            mailbox.remove_copied("INBOX", &keys).await.unwrap();
            transfers
        };
        let places: Vec<MessageKey> = transfers.into_iter().filter_map(|it| it.to).collect();
        let arrived = mailbox.list(FOLDER, Some(&target)).await.unwrap();
        assert_eq!(arrived.into_iter().map(|it| it.key).collect::<Vec<_>>(), places);
        mailbox.close().await.unwrap();
    });
    let after = server.inventory();
    assert_eq!(everything(&before), everything(&after));
    assert_eq!((after["INBOX"].len(), after[FOLDER].len()), (20, 20));
    assert!(after["INBOX"].iter().all(|it| it.flags.contains("\\Deleted")));
}
