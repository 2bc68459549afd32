//! What the owner teaches by moving mail, and that grussd itself teaches nothing.

use super::double::{Bench, Fault, PERSONAL, PITCH, block_on, message};
use crate::classify::Label;
use crate::mailbox::FilingMethod;
use crate::store::faulty::{Failure, FaultyDisk};
use crate::store::memory::Lesson;

/// A bench whose inbox has been looked at, and where one pitch was filed since.
async fn filed() -> Bench {
    let bench = Bench::default();
    bench.begin().await;
    bench.server.deliver("INBOX", message(1, "pitch"));
    bench.once().await.unwrap();
    assert_eq!(bench.server.count(PITCH), 1);
    bench
}

impl Bench {
    fn lessons(&self) -> Vec<Lesson> {
        let lessons = self.memory.0.borrow().lessons().unwrap();
        lessons.into_iter().map(|it| it.lesson).collect()
    }

    /// The only lesson: label, and where it was before.
    #[track_caller]
    fn lesson(&self) -> (Label, Option<Label>) {
        let lessons = self.lessons();
        assert_eq!(lessons.len(), 1, "{lessons:?}");
        (lessons[0].label, lessons[0].was)
    }
}

/// FAULTS.md B27.
#[test]
fn what_grussd_files_is_no_lesson_whatever_happens() {
    for method in [FilingMethod::Move, FilingMethod::CopyThenRemove] {
        for fault in [None].into_iter().chain(Fault::ALL.map(Some)) {
            for call in 0..4 {
                block_on(async {
                    let bench = Bench::default();
                    bench.server.set(|it| it.method = method.clone());
                    bench.begin().await;
                    for id in 0..3 {
                        bench.server.deliver("INBOX", message(id, "pitch"));
                    }
                    let calls = bench.server.0.borrow().calls;
                    bench.server.set(|it| it.faults.extend(fault.map(|it| (calls + call, it))));
                    for _ in 0..4 {
                        let _ = bench.once().await;
                        bench.clock.advance(7200);
                    }
                    bench.server.renumber(PITCH);
                    bench.once().await.unwrap();
                    assert_eq!(bench.lessons(), [], "{method:?} {fault:?} at {call}");
                    assert_eq!(bench.server.count(PITCH), 3);
                });
            }
        }
    }
}

#[test]
fn its_own_filings_are_known_though_the_journal_is_lost() {
    block_on(async {
        let mut bench = filed().await;
        bench.once().await.unwrap();
        bench.disk = FaultyDisk::default();
        bench.server.renumber(PITCH);
        bench.once().await.unwrap();
        assert_eq!(bench.lessons(), []);
    });
}

#[test]
fn a_move_between_folders_is_a_lesson_and_pins() {
    block_on(async {
        let bench = filed().await;
        bench.server.move_by_hand(PITCH, PERSONAL);
        bench.once().await.unwrap();
        assert_eq!(bench.lesson(), (Label::Personal, Some(Label::Pitch)));
        let lesson = bench.lessons();
        bench.clock.advance(60);
        bench.server.renumber(PERSONAL);
        bench.once().await.unwrap();
        assert_eq!(bench.lessons(), lesson, "learnt once");
    });
}

#[test]
fn what_is_taken_out_into_the_inbox_is_other_and_stays_there() {
    block_on(async {
        let bench = filed().await;
        bench.server.move_by_hand(PITCH, "INBOX");
        let mutations = bench.server.mutations();
        bench.once().await.unwrap();
        assert_eq!(bench.lesson(), (Label::Other, Some(Label::Pitch)));
        bench.server.renumber("INBOX");
        bench.once().await.unwrap();
        assert_eq!(bench.server.mutations(), mutations);
        assert_eq!(bench.lessons().len(), 1);
    });
}

#[test]
fn what_the_owner_files_is_a_lesson_and_the_latest_one_is_in_force() {
    block_on(async {
        let bench = Bench::default();
        bench.server.deliver("INBOX", message(1, "pitch"));
        bench.begin().await;
        let mut was = None;
        for (from, to, label) in [
            ("INBOX", PERSONAL, Label::Personal),
            (PERSONAL, PITCH, Label::Pitch),
            (PITCH, "INBOX", Label::Other),
            ("INBOX", PITCH, Label::Pitch),
            (PITCH, "INBOX", Label::Other),
            ("INBOX", PERSONAL, Label::Personal),
        ] {
            bench.server.move_by_hand(from, to);
            bench.clock.advance(60);
            for _ in 0..2 {
                bench.once().await.unwrap();
                assert_eq!(bench.lesson(), (label, was), "{from} to {to}");
            }
            was = Some(label);
        }
        assert_eq!(bench.server.mutations(), 0, "pinned");
    });
}

#[test]
fn other_folders_teach_nothing() {
    block_on(async {
        for folder in ["Trash", "Junk", "Archive", "Drafts", "Papierkorb", "Familie"] {
            let bench = filed().await;
            bench.server.move_by_hand(PITCH, folder);
            bench.once().await.unwrap();
            assert_eq!(bench.lessons(), [], "{folder}");
        }
        // Even where such a folder is mapped or watched.
        let bench = Bench { pitch: Some("Junk".to_owned()), ..Bench::default() };
        bench.begin().await;
        bench.server.deliver("Junk", message(1, "personal"));
        bench.once().await.unwrap();
        assert_eq!(bench.lessons(), []);
    });
}

#[test]
fn a_copy_teaches_nothing_but_one_whose_original_is_marked_for_deletion() {
    block_on(async {
        let bench = filed().await;
        bench.server.deliver(PERSONAL, message(1, "pitch"));
        bench.server.deliver("INBOX", message(1, "pitch"));
        bench.once().await.unwrap();
        assert_eq!(bench.lessons(), []);
        bench.server.set(|it| {
            it.folders.get_mut(PITCH).unwrap().messages.values_mut().for_each(|it| {
                it.deleted = true;
            });
        });
        bench.server.renumber(PERSONAL);
        bench.once().await.unwrap();
        assert_eq!(bench.lesson(), (Label::Personal, Some(Label::Pitch)));
    });
}

#[test]
fn the_first_look_at_a_large_folder_holds_up_nothing() {
    block_on(async {
        let bench = Bench::default();
        for id in 0..1203 {
            bench.server.deliver(PERSONAL, message(id, "personal"));
        }
        let mut counts = Vec::new();
        for _ in 0..4 {
            bench.once().await.unwrap();
            counts.push(bench.lessons().len());
        }
        assert_eq!(counts, [500, 1000, 1203, 1203]);
    });
}

/// Whatever breaks while a lesson is taken in: the message is pinned before, and the lesson is
/// there in the end, once.
#[test]
fn a_lesson_survives_every_failure() {
    for failure in Failure::ALL {
        for call in 0..12 {
            block_on(async {
                let bench = filed().await;
                bench.once().await.unwrap();
                bench.server.move_by_hand(PITCH, "INBOX");
                bench.disk.fail_at(bench.disk.calls() + call, failure);
                let mutations = bench.server.mutations();
                for _ in 0..3 {
                    let _ = bench.once().await;
                    bench.disk.crash(usize::MAX);
                }
                bench.once().await.unwrap();
                assert_eq!(
                    bench.lesson(),
                    (Label::Other, Some(Label::Pitch)),
                    "{failure:?} {call}"
                );
                assert_eq!(bench.server.mutations(), mutations);
            });
        }
    }
}
