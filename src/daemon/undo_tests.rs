//! Undo under every fault: nothing lost, nothing doubled, and everything back in the end.

use std::cell::RefCell;
use std::rc::Rc;

use super::account::Connect;
use super::double::{Bench, Fault, PITCH, block_on, message};
use super::run::Daemon;
use super::undo::{Fate, undo};
use crate::mailbox::FilingMethod;
use crate::store::faulty::Failure;
use crate::store::{End, Filing, Journal, filings};

impl Bench {
    fn daemon(&self) -> Option<Daemon> {
        let (journal, _) = Journal::open(Box::new(self.disk.clone())).ok()?;
        Some(Daemon {
            journal: Rc::new(RefCell::new(journal)),
            memory: Rc::clone(&self.memory.0),
            clock: Rc::new(self.clock.clone()),
            backlog: false,
        })
    }

    /// Takes back all that was filed and is not back yet; gives back how many that were.
    async fn undo(&self) -> Option<usize> {
        let daemon = self.daemon()?;
        let all = filings(&daemon.journal.borrow_mut().records().ok()?);
        let done: Vec<&Filing> = all.iter().filter(|it| matches!(it.end, End::Done(_))).collect();
        let back = |id| done.iter().any(|it| it.intent.undoes == Some(id));
        let filed = done.iter().filter(|it| it.intent.undoes.is_none() && !back(it.intent.id));
        let filed: Vec<Filing> = filed.map(|it| (*it).clone()).collect();
        let mut mailbox = self.server.connect().await.ok()?;
        let fates = undo(&mut mailbox, &daemon, &filed, true).await.ok()?;
        Some(fates.values().filter(|it| **it == Fate::PutBack).count())
    }
}

/// Three pitches that were filed.
async fn filed(method: &FilingMethod) -> Bench {
    let bench = Bench::default();
    bench.server.set(|it| it.method = method.clone());
    bench.begin().await;
    for id in 0..3 {
        bench.server.deliver("INBOX", message(id, "pitch"));
    }
    bench.once().await.unwrap();
    assert_eq!(bench.server.count(PITCH), 3);
    bench
}

/// What must hold at the end.
async fn check(bench: &Bench, before: &Inventory, what: &str) {
    assert!(bench.server.inventory() == *before, "{what}: something is lost, doubled or changed");
    assert_eq!((bench.server.count("INBOX"), bench.server.count(PITCH)), (3, 0), "{what}");
    let mutations = bench.server.mutations();
    for _ in 0..2 {
        bench.once().await.unwrap();
    }
    assert_eq!(bench.server.mutations(), mutations, "{what}: never filed again");
    assert_eq!(bench.memory.0.borrow().lessons().unwrap(), [], "{what}: teaches nothing");
}

type Inventory = Vec<(Vec<u8>, jiff::Timestamp, std::collections::BTreeSet<String>)>;

const METHODS: [FilingMethod; 2] = [FilingMethod::Move, FilingMethod::CopyThenRemove];

#[test]
fn without_faults_everything_is_back_at_once() {
    for method in METHODS {
        block_on(async {
            let bench = filed(&method).await;
            let before = bench.server.inventory();
            assert_eq!(bench.undo().await, Some(3));
            check(&bench, &before, "no fault").await;
            assert_eq!(bench.undo().await, Some(0));
        });
    }
}

#[test]
fn every_fault_of_the_server_at_every_call() {
    for method in METHODS {
        for fault in Fault::ALL {
            for call in 0..4 {
                block_on(async {
                    let bench = filed(&method).await;
                    let before = bench.server.inventory();
                    let calls = bench.server.0.borrow().calls;
                    bench.server.set(|it| it.faults.insert(calls + call, fault));
                    for _ in 0..4 {
                        let _ = bench.undo().await;
                        bench.clock.advance(7200);
                    }
                    check(&bench, &before, &format!("{method:?} {fault:?} at {call}")).await;
                });
            }
        }
    }
}

#[test]
fn every_failure_of_the_disk_at_every_call() {
    for method in METHODS {
        for failure in Failure::ALL {
            for call in 0..14 {
                block_on(async {
                    let bench = filed(&method).await;
                    let before = bench.server.inventory();
                    bench.disk.fail_at(bench.disk.calls() + call, failure);
                    for _ in 0..4 {
                        let _ = bench.undo().await;
                        bench.disk.crash(0);
                    }
                    check(&bench, &before, &format!("{method:?} {failure:?} at {call}")).await;
                });
            }
        }
    }
}

#[test]
fn where_nothing_can_be_moved_safely_it_stays_and_is_said() {
    block_on(async {
        let bench = filed(&FilingMethod::Move).await;
        bench.server.set(|it| it.method = FilingMethod::Impossible("no UIDPLUS".to_owned()));
        let daemon = bench.daemon().unwrap();
        let all = filings(&daemon.journal.borrow_mut().records().unwrap());
        let mut mailbox = bench.server.connect().await.unwrap();
        let fates = undo(&mut mailbox, &daemon, &all, true).await.unwrap();
        let stays = Fate::Stays("no UIDPLUS".to_owned());
        assert!(fates.len() == 3 && fates.values().all(|it| *it == stays), "{fates:?}");
        assert_eq!(bench.server.count(PITCH), 3);
    });
}
