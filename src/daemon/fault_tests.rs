//! Every fault at every step: nothing lost, nothing doubled, nothing changed, everything filed in
//! the end, and nothing done by the next run.

use proptest::prelude::*;

use super::double::{Bench, Fault, PERSONAL, PITCH, block_on, message};
use crate::mailbox::{FilingMethod, MessageKey};
use crate::store::faulty::Failure;
use crate::store::{Digest, Record, decode};

const METHODS: [FilingMethod; 2] = [FilingMethod::Move, FilingMethod::CopyThenRemove];

/// An inbox with two identical personal mails, others, and one that is in its target already;
/// `many` makes sets instead of single moves.
async fn bench(method: FilingMethod, many: bool) -> Bench {
    let bench = Bench::default();
    bench.server.0.borrow_mut().method = method;
    bench.server.deliver("INBOX", message(1, "pitch"));
    bench.begin().await;
    bench.server.deliver(PERSONAL, message(3, "personal"));
    // It came when the pass had looked for lessons: else its twin would be pinned and stay.
    bench.note_looked(PERSONAL);
    for id in [3, 2, 2] {
        bench.server.deliver("INBOX", message(id, "personal"));
    }
    bench.server.deliver("INBOX", message(4, "other"));
    for id in 0..if many { 12 } else { 1 } {
        bench.server.deliver("INBOX", message(10 + id, "pitch"));
    }
    let mut server = bench.server.0.borrow_mut();
    server.calls = 0;
    server.mutations = 0;
    drop(server);
    bench
}

/// Runs until all is quiet, as a daemon does that is started again and again.
async fn run_to_the_end(bench: &Bench, crash: Option<usize>) {
    for _ in 0..8 {
        let _ = bench.once().await;
        if let Some(survives) = crash {
            bench.disk.crash(survives);
        }
        bench.clock.advance(7200);
    }
}

/// What must hold at the end.
async fn check(bench: &Bench, before: &[impl PartialEq<Item> + std::fmt::Debug], what: &str) {
    let after = bench.server.inventory();
    assert!(
        before.len() == after.len() && before.iter().zip(&after).all(|(a, b)| a == b),
        "{what}: {before:#?}\n{after:#?}"
    );
    // Of two identical messages the second may be taken for the first one, moved back by its
    // owner, and stay.
    let mut left = bench.server.messages("INBOX");
    left.retain(|it| it.bytes != message(2, "personal"));
    assert_eq!(left.len(), 2, "{what}: the old pitch and what is no greeting: {left:?}");
    assert!(bench.server.count(PERSONAL) >= 3, "{what}");
    for folder in ["INBOX", PERSONAL, PITCH] {
        assert!(bench.server.messages(folder).iter().all(|it| !it.deleted), "{what}: {folder}");
    }
    check_journal(bench, what);
    let mutations = bench.server.mutations();
    bench.once().await.unwrap();
    assert_eq!(bench.server.mutations(), mutations, "{what}: a second run does nothing");
}

/// Where the journal says that a message is, it is.
fn check_journal(bench: &Bench, what: &str) {
    let journal = bench.disk.content("journal").unwrap();
    let records: Vec<Record> =
        journal.split(|it| *it == b'\n').filter_map(|line| decode(line).ok()).collect();
    let server = bench.server.0.borrow();
    for record in &records {
        let Record::Done { id, to: Some(MessageKey::Imap { uid, .. }) } = record else { continue };
        let intent = records.iter().rev().find_map(|it| match it {
            Record::Intent(intent) if intent.id == *id => Some(intent),
            _ => None,
        });
        let Some(intent) = intent else { continue };
        let message = &server.folders[&intent.to].messages[uid];
        assert_eq!(Digest::of(&message.bytes), intent.identity.digest, "{what}: {record:?}");
    }
}

type Item = (Vec<u8>, jiff::Timestamp, std::collections::BTreeSet<String>);

#[test]
fn without_faults_everything_is_filed_at_once() {
    for method in METHODS {
        for many in [false, true] {
            block_on(async {
                let bench = bench(method.clone(), many).await;
                let before = bench.server.inventory();
                bench.once().await.unwrap();
                check(&bench, &before, "no fault").await;
            });
        }
    }
}

/// FAULTS.md A3 to A6, A8, A12, A13, A16.
#[test]
fn every_fault_of_the_server_at_every_call() {
    for method in METHODS {
        for many in [false, true] {
            for fault in Fault::ALL {
                let mut call = 0;
                loop {
                    let reached = block_on(async {
                        let bench = bench(method.clone(), many).await;
                        let before = bench.server.inventory();
                        bench.server.0.borrow_mut().faults.insert(call, fault);
                        run_to_the_end(&bench, None).await;
                        let reached = call < bench.server.0.borrow().calls;
                        bench.server.0.borrow_mut().faults.clear();
                        let what = format!("{fault:?} at call {call}, {method:?}, many: {many}");
                        check(&bench, &before, &what).await;
                        reached
                    });
                    call += 1;
                    if !reached {
                        break;
                    }
                }
            }
        }
    }
}

/// FAULTS.md A7, B21: the daemon is killed, or its disk fails, at every call to the disk.
#[test]
fn every_failure_of_the_disk_at_every_call() {
    for method in METHODS {
        for failure in Failure::ALL {
            for survives in [0, 40, usize::MAX] {
                for call in 0..70 {
                    block_on(async {
                        let bench = bench(method.clone(), true).await;
                        let before = bench.server.inventory();
                        let begun = bench.disk.calls();
                        bench.disk.fail_at(begun + call, failure);
                        run_to_the_end(&bench, Some(survives)).await;
                        let what = format!("{failure:?} at disk call {call}, {method:?}");
                        check(&bench, &before, &what).await;
                    });
                }
            }
        }
    }
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop::sample::select(Fault::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Several faults of the server and of the disk in one life.
    #[test]
    fn several_faults_in_a_row(
        faults in prop::collection::btree_map(0usize..120, any_fault(), 0..6),
        disk in prop::option::of((0usize..60, prop::sample::select(Failure::ALL.to_vec()))),
        survives in prop::sample::select(vec![0, 40, usize::MAX]),
        by_copy in any::<bool>(),
    ) {
        block_on(async {
            let method = METHODS[usize::from(by_copy)].clone();
            let bench = bench(method, true).await;
            let before = bench.server.inventory();
            bench.server.0.borrow_mut().faults = faults.clone();
            if let Some((call, failure)) = disk {
                bench.disk.fail_at(bench.disk.calls() + call, failure);
            }
            run_to_the_end(&bench, Some(survives)).await;
            // Whatever is left of the faults must not fall into the check.
            bench.server.0.borrow_mut().faults.clear();
            run_to_the_end(&bench, None).await;
            check(&bench, &before, &format!("{faults:?}")).await;
        });
    }
}

/// FAULTS.md B20: whatever is left of the journal of a daemon that was killed in the middle of
/// something, nothing is lost or doubled by the next ones.
#[test]
fn a_journal_cut_at_any_byte_loses_no_mail() {
    for method in METHODS {
        for fault in [Fault::LostBefore, Fault::LostAfter, Fault::LostHalfway, Fault::LostInside] {
            let begun = block_on(async {
                let bench = bench(method.clone(), true).await;
                // The moves and removals of the first set.
                for call in 8..60 {
                    bench.server.0.borrow_mut().faults.insert(call, fault);
                }
                let _ = bench.once().await;
                bench.server.0.borrow_mut().faults.clear();
                bench
            });
            let journal = begun.disk.content("journal").unwrap();
            let server = begun.server.0.borrow().clone();
            for cut in (0..=journal.len()).step_by(7) {
                block_on(async {
                    let bench = Bench::default();
                    *bench.server.0.borrow_mut() = server.clone();
                    let disk = crate::store::faulty::FaultyDisk::with("journal", &journal[..cut]);
                    let bench = Bench { disk, ..bench };
                    let before = bench.server.inventory();
                    run_to_the_end(&bench, None).await;
                    let after = bench.server.inventory();
                    let lost = before.iter().filter(|it| !after.contains(it)).count();
                    assert_eq!(lost, 0, "cut at {cut}: {fault:?}, {method:?}");
                    assert!(after.len() <= before.len(), "cut at {cut}: {fault:?}, {method:?}");
                    let mutations = bench.server.0.borrow().mutations;
                    bench.once().await.unwrap();
                    assert_eq!(bench.server.0.borrow().mutations, mutations);
                });
            }
        }
    }
}

/// A copy that is not what was copied never replaces the original.
#[test]
fn a_damaged_copy_costs_no_original() {
    block_on(async {
        let bench = bench(FilingMethod::CopyThenRemove, false).await;
        bench.server.set(|it| it.damages = true);
        let before = bench.server.messages("INBOX");
        bench.once().await.unwrap_err();
        bench.once().await.unwrap();
        assert_eq!(bench.server.messages("INBOX"), before);
    });
}

/// The removal of an original stopped between marking and expunging, and then the owner moved the
/// copy on. The original stays, unmarked, or the next expunge of a mail program would take it.
#[test]
fn a_mark_of_deletion_is_taken_back_when_the_copy_is_gone() {
    block_on(async {
        let bench = Bench::default();
        bench.server.set(|it| it.method = FilingMethod::CopyThenRemove);
        bench.begin().await;
        bench.server.deliver("INBOX", message(1, "personal"));
        let first = bench.server.0.borrow().calls;
        for call in first.. {
            let before = bench.server.0.borrow().clone();
            let journal = bench.disk.content("journal").unwrap();
            bench
                .server
                .set(|it| it.faults = (call..call + 9).map(|it| (it, Fault::LostInside)).collect());
            let _ = bench.once().await;
            bench.server.set(|it| it.faults.clear());
            if bench.server.messages("INBOX").iter().any(|it| it.deleted) {
                break;
            }
            assert!(call < first + 60, "the removal was never reached");
            *bench.server.0.borrow_mut() = before;
            bench.disk.restore("journal", &journal);
        }
        bench.server.move_by_hand(PERSONAL, "Archive");
        let _ = bench.once().await;
        bench.once().await.unwrap();
        let left = bench.server.messages("INBOX");
        assert_eq!((left.len(), left[0].deleted), (1, false));
        assert_eq!(bench.server.count("Archive"), 1);
    });
}
