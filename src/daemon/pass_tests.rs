//! What a pass does, told by what is in the folders afterwards.

use super::double::{Bench, PERSONAL, PITCH, block_on, message};
use crate::config::FilingMode;
use crate::mailbox::{FilingMethod, MessageKey};

/// A bench whose inbox has been looked at.
async fn begun() -> Bench {
    let bench = Bench::default();
    bench.begin().await;
    bench
}

impl Bench {
    fn counts(&self) -> [usize; 3] {
        ["INBOX", PERSONAL, PITCH].map(|it| self.server.count(it))
    }
}

#[test]
fn what_is_there_on_the_first_run_stays() {
    block_on(async {
        let bench = Bench::default();
        bench.server.deliver("INBOX", message(1, "pitch"));
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [1, 0, 0]);
        assert_eq!(bench.server.mutations(), 0);
        bench.server.deliver("INBOX", message(2, "pitch"));
        bench.server.deliver("INBOX", message(3, "personal"));
        bench.server.deliver("INBOX", message(4, "unsure"));
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [2, 1, 1]);
    });
}

#[test]
fn a_backlog_is_taken_in_on_demand_and_in_sets() {
    block_on(async {
        let mut bench = begun().await;
        for id in 0..1203 {
            bench.server.deliver("INBOX", message(id, ["pitch", "other"][id % 2]));
        }
        bench.disk = crate::store::faulty::FaultyDisk::default();
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [1203, 0, 0]);
        bench.backlog = true;
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [601, 0, 602]);
        assert!(bench.server.mutations() < 15, "{}", bench.server.mutations());
        let (judged, mutations) = (bench.judge.0.get(), bench.server.mutations());
        bench.backlog = false;
        bench.once().await.unwrap();
        assert_eq!((bench.judge.0.get(), bench.server.mutations()), (judged, mutations));
    });
}

#[test]
fn a_mass_action_is_refused_before_anything_moves() {
    block_on(async {
        let mut bench = begun().await;
        bench.filing.max_moves_per_cycle = 3;
        for id in 0..4 {
            bench.server.deliver("INBOX", message(id, "pitch"));
        }
        for _ in 0..2 {
            let error = bench.once().await.unwrap_err();
            assert!(error.contains("4 messages would be moved at once"), "{error}");
            assert!(error.contains("grussd run --once --backlog"), "{error}");
            assert_eq!(bench.server.mutations(), 0);
        }
        bench.backlog = true;
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [0, 0, 4]);
    });
}

#[test]
fn what_the_owner_moves_back_is_never_moved_again() {
    block_on(async {
        let mut bench = begun().await;
        bench.server.deliver("INBOX", message(1, "pitch"));
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [0, 0, 1]);
        bench.server.move_by_hand(PITCH, "INBOX");
        bench.once().await.unwrap();
        bench.backlog = true;
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [1, 0, 0]);
    });
}

/// FAULTS.md A2.
#[test]
fn what_somebody_marked_as_deleted_is_left_alone() {
    block_on(async {
        let bench = begun().await;
        bench.server.set(|it| it.method = FilingMethod::CopyThenRemove);
        for id in 0..20 {
            bench.server.deliver("INBOX", message(id, "pitch"));
        }
        bench.server.set(|server| {
            let inbox = server.folders.get_mut("INBOX").unwrap();
            inbox.messages.values_mut().take(19).for_each(|it| it.deleted = true);
        });
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [19, 0, 1]);
    });
}

/// FAULTS.md A9: nothing is moved by old UIDs, and only what has arrived since counts as new.
#[test]
fn a_folder_that_is_numbered_anew_is_seen_for_the_first_time() {
    block_on(async {
        let bench = begun().await;
        bench.server.deliver("INBOX", message(1, "unsure"));
        bench.once().await.unwrap();
        bench.server.deliver("INBOX", message(2, "pitch"));
        bench.server.renumber("INBOX");
        bench.server.deliver("INBOX", message(3, "pitch"));
        let judged = bench.judge.0.get();
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [1, 0, 2]);
        assert_eq!(bench.judge.0.get(), judged + 2, "the first one is old");
        bench.server.deliver("INBOX", message(4, "pitch"));
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [1, 0, 3]);
    });
}

/// A server that gives every new folder the same UIDVALIDITY.
#[test]
fn uids_that_go_backwards_are_another_folder() {
    block_on(async {
        let bench = begun().await;
        for id in 0..5 {
            bench.server.deliver("INBOX", message(id, "unsure"));
        }
        bench.once().await.unwrap();
        bench.server.set(|server| {
            let inbox = server.folders.get_mut("INBOX").unwrap();
            inbox.messages.clear();
            inbox.uid_next = 1;
        });
        let uid = bench.server.deliver("INBOX", message(9, "pitch"));
        bench.server.set(|server| {
            let inbox = server.folders.get_mut("INBOX").unwrap();
            let received = &mut inbox.messages.get_mut(&uid).unwrap().received;
            *received = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        });
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [0, 0, 1]);
    });
}

/// FAULTS.md A10: between judging and moving the UIDs come to name other messages.
#[test]
fn a_reused_uid_moves_nothing() {
    for by_copy in [false, true] {
        block_on(async {
            use super::filing::{Move, Outcome, Route, file};
            use crate::daemon::Connect;
            use crate::mail::MAX_MESSAGE_BYTES;
            use crate::mailbox::Mailbox;
            use crate::store::{Digest, Identity};

            let bench = begun().await;
            bench.server.make(PITCH);
            for id in 0..100 {
                bench.server.deliver("INBOX", message(id, "pitch"));
            }
            let (context, _keep) = bench.context().unwrap();
            let mut mailbox = bench.server.connect().await.unwrap();
            let keys: Vec<MessageKey> =
                mailbox.list("INBOX", None).await.unwrap().into_iter().map(|it| it.key).collect();
            let fetched = mailbox.fetch("INBOX", &keys, MAX_MESSAGE_BYTES).await.unwrap();
            let moves: Vec<Move> = fetched
                .into_iter()
                .map(|it| Move {
                    key: it.key,
                    identity: Identity {
                        message_id: None,
                        size: it.bytes.len() as u64,
                        digest: Digest::of(&it.bytes),
                    },
                    head: super::confirm::head(&it.bytes),
                    received: None,
                    reason: crate::store::tests::intent(1, 1).reason,
                    undoes: None,
                })
                .collect();
            bench.server.set(|server| {
                let inbox = server.folders.get_mut("INBOX").unwrap();
                for (uid, it) in &mut inbox.messages {
                    it.bytes = message(1000 + *uid as usize, "personal");
                }
            });
            let route = Route { from: "INBOX", to: PITCH, by_copy };
            let outcomes = file(&mut mailbox, &context.desk(), route, &moves).await.unwrap();
            assert!(outcomes.iter().all(|(_, it)| *it == Outcome::Changed));
            assert_eq!(bench.counts(), [100, 0, 0]);
            assert_eq!(bench.server.mutations(), 0);
        });
    }
}

/// FAULTS.md A15.
#[test]
fn a_read_only_folder_is_left_alone() {
    block_on(async {
        let bench = begun().await;
        bench.server.deliver("INBOX", message(1, "pitch"));
        bench.server.set(|it| it.folders.get_mut("INBOX").unwrap().read_only = true);
        bench.once().await.unwrap_err();
        assert_eq!((bench.counts(), bench.server.mutations()), ([1, 0, 0], 0));
        bench.server.set(|it| it.folders.get_mut("INBOX").unwrap().read_only = false);
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [0, 0, 1], "and is as new as it was when it can be changed");
    });
}

/// FAULTS.md A17.
#[test]
fn a_target_folder_that_vanishes_is_made_again() {
    block_on(async {
        let bench = begun().await;
        for id in 0..3 {
            bench.server.deliver("INBOX", message(id, "pitch"));
            bench.once().await.unwrap();
            assert_eq!(bench.counts(), [0, 0, 1]);
            bench.server.set(|it| it.folders.remove(PITCH));
        }
    });
}

/// FAULTS.md A18, B22: whatever the clock does, and however often the daemon is started.
#[test]
fn a_full_folder_is_asked_once_an_hour() {
    for code in ["OVERQUOTA", "NOPERM", ""] {
        block_on(async {
            let bench = begun().await;
            bench.server.make(PITCH);
            bench.server.set(|it| it.full.insert(PITCH.to_owned(), code));
            bench.server.deliver("INBOX", message(1, "pitch"));
            bench.server.deliver("INBOX", message(2, "personal"));
            bench.once().await.unwrap_err();
            assert_eq!(bench.counts(), [1, 1, 0], "the others go on");
            let asked = bench.server.mutations();
            for _ in 0..11 {
                bench.clock.advance(300);
                let _ = bench.once().await;
                assert_eq!(bench.server.mutations(), asked);
            }
            bench.clock.advance(400);
            bench.once().await.unwrap_err();
            assert_eq!(bench.server.mutations(), asked + 1);
            // A clock that was a year ahead is set right: the respite is over.
            bench.server.set(|it| it.full.clear());
            bench.clock.advance(-31_000_000);
            bench.once().await.unwrap();
            assert_eq!(bench.counts(), [0, 1, 1]);
        });
    }
}

#[test]
fn where_nothing_can_be_moved_safely_a_keyword_says_it() {
    block_on(async {
        let bench = begun().await;
        bench.server.set(|it| it.method = FilingMethod::Impossible("no UIDPLUS".to_owned()));
        bench.server.deliver("INBOX", message(1, "pitch"));
        bench.once().await.unwrap_err();
        assert!(bench.server.messages("INBOX")[0].flags.contains("GrussdPitch"));
        let mutations = bench.server.mutations();
        bench.once().await.unwrap();
        assert_eq!(bench.server.mutations(), mutations);
    });
}

/// FAULTS.md D57.
#[test]
fn keywords_that_are_not_kept_are_no_reason_to_judge_again() {
    for kept in [true, false] {
        block_on(async {
            let mut bench = begun().await;
            bench.filing.mode = FilingMode::Tag;
            bench.server.set(|it| it.keywords = kept);
            bench.server.deliver("INBOX", message(1, "pitch"));
            assert_eq!(bench.once().await.is_ok(), kept);
            for _ in 0..3 {
                bench.once().await.unwrap();
            }
            assert_eq!((bench.judge.0.get(), bench.server.mutations()), (1, 1));
            let tagged = bench.server.messages("INBOX")[0].flags.contains("GrussdPitch");
            assert_eq!(tagged, kept);
        });
    }
}

/// FAULTS.md D58: one message that brings out a defect, or breaks every connection that reads it.
#[test]
fn one_bad_message_stops_nothing() {
    block_on(async {
        let bench = begun().await;
        bench.server.set(|it| it.poison = Some("X-Class: poison"));
        for (id, class) in ["pitch", "panic", "poison", "poison", "personal"].iter().enumerate() {
            bench.server.deliver("INBOX", message(id, class));
        }
        let error = bench.once().await.unwrap_err();
        assert!(error.contains("see what is said above"), "{error}");
        assert_eq!(bench.counts(), [3, 1, 1]);
        bench.once().await.unwrap();
        bench.server.deliver("INBOX", message(9, "pitch"));
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [3, 1, 2]);
    });
}

/// FAULTS.md B21: no move without its record.
#[test]
fn a_full_disk_stops_before_anything_moves() {
    block_on(async {
        let bench = begun().await;
        let (context, _keep) = bench.context().unwrap();
        bench.server.deliver("INBOX", message(1, "pitch"));
        bench.disk.set_full(true);
        let error = super::once(&bench.server, context).await.unwrap_err();
        assert!(error.contains("nothing is moved without it"), "{error}");
        assert_eq!(bench.server.count("INBOX"), 1);
        bench.disk.set_full(false);
        bench.once().await.unwrap();
        assert_eq!(bench.counts(), [0, 0, 1]);
    });
}

/// FAULTS.md A14, C35.
#[test]
fn a_dry_run_prints_and_changes_nothing() {
    block_on(async {
        let mut bench = begun().await;
        for (id, class) in ["pitch", "other", "unsure"].iter().enumerate() {
            bench.server.deliver("INBOX", message(id, class));
        }
        for backlog in [false, true] {
            bench.backlog = backlog;
            let (before, journal) = (bench.server.inventory(), bench.disk.content("journal"));
            let (context, _keep) = bench.context().unwrap();
            let mut out = Vec::new();
            super::rehearse(&bench.server, &context, &mut out).await.unwrap();
            let out = String::from_utf8(out).unwrap();
            assert_eq!(
                out,
                "main\tINBOX\tUID 1\tpitch\tfile into Grüße/Werbung\twishes: alles\\u{1b}Gute (pitch +1.5)\n\
                 main\tINBOX\tUID 3\tunsure\tstay (not sure enough)\twishes: alles\\u{1b}Gute (other +1.5)\n"
            );
            assert_eq!(bench.server.inventory(), before);
            assert_eq!((bench.server.mutations(), bench.disk.content("journal")), (0, journal));
        }
    });
}

/// The decorator holds though a whole pass is run over it.
#[test]
fn a_dry_mailbox_can_not_be_written_to() {
    use super::account::Connect;
    use crate::daemon::DryRun;
    use crate::mailbox::MailboxError;

    struct Dry(super::double::Shared);
    impl Connect for Dry {
        type Mailbox = DryRun<super::double::Double>;
        async fn connect(&self) -> Result<Self::Mailbox, MailboxError> {
            self.0.connect().await.map(DryRun)
        }
    }
    for method in [FilingMethod::Move, FilingMethod::CopyThenRemove] {
        for mode in [FilingMode::Move, FilingMode::Tag] {
            block_on(async {
                let mut bench = begun().await;
                bench.filing.mode = mode;
                bench.server.set(|it| it.method = method.clone());
                bench.server.deliver("INBOX", message(1, "pitch"));
                let (context, _keep) = bench.context().unwrap();
                let _ = super::once(&Dry(bench.server.clone()), context).await;
                assert_eq!(bench.server.mutations(), 0);
            });
        }
    }
}
