//! Servers that can't remove single messages, have no room, or lack a folder all of a sudden.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use grussd::config::{Imap, Tls};
use grussd::daemon::Settings;

use super::{changes, pass, pass_over, watch};
use crate::support::block_on;
use crate::support::inventory::{Item, everything};
use crate::support::pass::{PITCH, TEXTS};
use crate::support::proxy::Proxy;
use crate::support::said::said;
use crate::support::server::{Product, Server};

on_each_server!(
    without_uidplus_a_keyword_says_it, check_keyword, { without: &["MOVE", "UIDPLUS"] }
);

fn check_keyword<P: Product>(setup: P) {
    let server = Server::start(setup);
    server.fill(30);
    let before = server.inventory();
    let watched = watch(&server, 2);
    let after = server.inventory();
    let bare = |item: &Item| {
        let mut item = item.clone();
        item.flags.retain(|it| !it.starts_with("Grussd"));
        item
    };
    let bared: Vec<Item> = after["INBOX"].iter().map(bare).collect();
    assert_eq!(bared, before["INBOX"]);
    let with =
        |keyword: &str| after["INBOX"].iter().filter(|it| it.flags.contains(keyword)).count();
    assert_eq!((with("GrussdPitch"), with("GrussdBoilerplate")), (10, 10));
    let others = watched.changes.iter().filter(|it| !it.contains("+FLAGS.SILENT (Grussd")).count();
    assert_eq!((watched.changes.len(), others), (2, 0), "{:?}", watched.changes);
    let [said] = &watched.said[..] else { panic!("{:?}", watched.said) };
    assert!(said.contains("UIDPLUS") && said.contains("they stay and get a keyword"), "{said}");
}

on_each_server!(
    /// FAULTS.md A18.
    a_full_account_is_tried_once_an_hour, check_quota, { without: &["MOVE"], quota: Some(40) }
);

fn check_quota<P: Product>(setup: P) {
    let server = Server::start(setup);
    let text = "0123456789\r\n".repeat(2000);
    let message = format!("Message-ID: <1@example.org>\r\nSubject: pitch\r\n\r\n{text}");
    server.raw().append("INBOX", "\\Flagged", "", message.as_bytes());
    let before = server.inventory();
    let proxy = Proxy::start(server.port);
    let pass = pass_over(&server, Imap { port: proxy.port, ..server.config(Tls::None) });
    let mut tries = Vec::new();
    for minutes in [0, 1, 30, 59, 61, 90, 122] {
        let said = said(|| {
            let _ = pass.once_later(Duration::from_secs(60 * minutes), true);
        });
        let copies = changes(&proxy).iter().filter(|it| it.starts_with("UID COPY")).count();
        tries.push(copies);
        if minutes == 0 {
            assert!(said[0].contains("is tried again every hour"), "{said:?}");
        }
    }
    assert_eq!(tries, [1, 1, 1, 1, 2, 2, 3]);
    assert_eq!(everything(&server.inventory()), everything(&before));
}

on_each_server!(
    /// Moving needs no further room on some servers. Whatever they do, nothing is lost.
    a_full_account_that_moves, check_full, { quota: Some(40) }
);

fn check_full<P: Product>(setup: P) {
    let server = Server::start(setup);
    let text = "0123456789\r\n".repeat(2000);
    let message = format!("Message-ID: <1@example.org>\r\nSubject: pitch\r\n\r\n{text}");
    server.raw().append("INBOX", "", "", message.as_bytes());
    let before = server.inventory();
    let result = pass(&server).once(true);
    let after = server.inventory();
    assert_eq!(everything(&after), everything(&before));
    assert_eq!(after.get(PITCH).map_or(0, Vec::len), usize::from(result.is_ok()));
}

on_each_server!(
    /// FAULTS.md A17.
    a_target_that_vanishes_is_made_again, check_vanished
);

/// Its owner gives the folder another name while the daemon, which knows it, waits for mail.
fn check_vanished<P: Product>(setup: P) {
    let server = Server::start(setup);
    let pass = pass(&server);
    pass.once(false).unwrap();
    let settings = Settings { poll_interval: Duration::from_millis(200), ..pass.settings() };
    let (context, leash) = pass.daemon(false).context(settings);
    // Until its original is removed a message is in the middle of being filed.
    let filed = |count: usize, others: usize| {
        let now = server.inventory();
        now.get(PITCH).is_some_and(|it| it.len() >= count) && now["INBOX"].len() == others
    };
    block_on(async {
        let task = tokio::task::spawn_local(async move { pass.watch(context).await });
        for (count, expected, others) in [(3, 1, 1), (150, 50, 51)] {
            server.fill(count);
            let begun = Instant::now();
            while !filed(expected, others) {
                assert!(begun.elapsed() < Duration::from_secs(30), "not filed\n{}", server.log());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            if expected == 1 {
                let (from, to) = (server.name(PITCH), server.name("Archive"));
                server.raw().ok(format!("RENAME {from} {to}"));
            }
        }
        leash.stop();
        task.await.unwrap();
    });
    let after = server.inventory();
    let lengths = ["INBOX", PITCH, TEXTS, "Archive"].map(|it| after[it].len());
    assert_eq!(lengths, [51, 50, 51, 1]);
    let hashes: BTreeSet<String> = everything(&after).into_iter().map(|it| it.hash).collect();
    assert_eq!(hashes.len(), 153);
}
