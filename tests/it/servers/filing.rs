//! Everything is filed, and every message is there before and after, byte for byte, with its flags,
//! keywords and date.

use std::time::{Duration, Instant};

use super::pass;
use crate::support::block_on;
use crate::support::dovecot;
use crate::support::inventory::everything;
use crate::support::pass::PITCH;
use crate::support::server::{Product, Server};

on_each_server!(new_mail_and_backlog_are_sorted, check_sorted);

#[test]
fn without_move_they_are_sorted_as_well() {
    check_sorted(dovecot::Setup::without_move());
}

fn check_sorted<P: Product>(setup: P) {
    let server = Server::start(setup);
    server.fill(60);
    let pass = pass(&server);
    pass.once(false).unwrap();
    server.fill(240);
    let before = server.inventory();
    assert_eq!(before["INBOX"].len(), 300, "what is there on the first run stays");
    pass.once(false).unwrap();
    let after = server.inventory();
    assert_eq!(everything(&after), everything(&before));
    assert_eq!((after["INBOX"].len(), after[PITCH].len()), (60 + 80, 80));

    let journal = pass.journal();
    pass.once(false).unwrap();
    assert_eq!(server.inventory(), after, "a second run does nothing");
    assert_eq!(pass.journal(), journal);

    pass.once(true).unwrap();
    let sorted = server.inventory();
    assert_eq!(everything(&sorted), everything(&before));
    assert_eq!((sorted["INBOX"].len(), sorted[PITCH].len()), (100, 100));

    // FAULTS.md B23: 1,000 of 1,000.
    server.fill(700);
    let before = everything(&server.inventory());
    pass.once(true).unwrap();
    assert_eq!((everything(&server.inventory()), before.len()), (before, 1000));
}

on_each_server!(a_delivery_is_filed_when_the_server_tells, check_delivery);

fn check_delivery<P: Product>(setup: P) {
    let server = Server::start(setup);
    let pass = pass(&server);
    pass.once(false).unwrap();
    let (context, leash) = pass.daemon(false).context(pass.settings());
    block_on(async {
        let task = tokio::task::spawn_local(async move { pass.watch(context).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begun = Instant::now();
        let message = b"Message-ID: <1@example.org>\r\nSubject: pitch\r\n\r\nx\r\n";
        server.raw().append("INBOX", "", "", message);
        while server.inventory().get(PITCH).is_none_or(Vec::is_empty) {
            assert!(begun.elapsed() < Duration::from_secs(15), "not filed\n{}", server.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("filed after {:?}", begun.elapsed());
        leash.stop();
        let begun = Instant::now();
        task.await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "ended after {:?}", begun.elapsed());
    });
}
