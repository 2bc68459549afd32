//! What to do about an intent whose end is not known, given where the message is now. Pure.
//!
//! | original      | our copy in the target | decision                                    |
//! | ------------- | ---------------------- | ------------------------------------------- |
//! | gone          | found                  | done                                        |
//! | gone          | not found              | the owner was quicker: given up             |
//! | there         | found                  | a move stopped half-way: remove the original |
//! | there         | not found              | nothing happened: given up, planned again   |
//! | there         | gone since             | the owner moved it on: the original stays   |
//! | another mail  | found                  | done                                        |
//! | another mail  | not found              | given up                                    |
//!
//! A message in the target is our copy if its size and hash are those of the original, it came
//! after the intent was written down, and no other intent claims it. Where that can't be told, two
//! messages stay rather than none.

use std::collections::BTreeSet;

use crate::mailbox::{Mark, MessageKey};
use crate::store::{Digest, Intent, Open, Stage, Why};

/// An open intent and where its original is.
pub(super) struct Case<'a> {
    pub(super) open: &'a Open,
    pub(super) original: Original,
}

/// Where the original of an intent is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Original {
    /// Not in the source folder.
    Gone,
    /// Under its key, byte for byte.
    There,
    /// Its key names another message.
    Other,
    /// The UIDs are of another validity; an identical message has this key now.
    Renamed(MessageKey),
}

/// A message in the target folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) key: MessageKey,
    pub(super) size: u64,
    pub(super) digest: Digest,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// It was filed; perhaps it is known where it is.
    Done(Option<MessageKey>),
    /// It is in both folders, and this is our copy: remove the original.
    Finish(MessageKey),
    /// Give up, and take a mark of deletion, which may be ours, back from this message.
    Abandon { why: Why, keep: Option<MessageKey> },
}

/// Decides the cases of one source and one target folder. `claimed` are messages of the target
/// that belong to other intents; what is found to belong to these is added.
///
/// Originals that are gone choose first: of two identical messages of which one has been moved,
/// the copy belongs to the one that is gone, or the other would be removed as moved.
pub(super) fn decide(
    cases: &[Case<'_>],
    candidates: &[Candidate],
    claimed: &mut BTreeSet<MessageKey>,
) -> Vec<Decision> {
    let copies: Vec<Option<MessageKey>> =
        cases.iter().map(|case| own_copy(case.open, candidates)).collect();
    claimed.extend(copies.iter().flatten().cloned());
    let mut decisions: Vec<Option<Decision>> = cases.iter().map(|_| None).collect();
    for present in [false, true] {
        for ((case, copy), decision) in cases.iter().zip(&copies).zip(&mut decisions) {
            if case.original.key(case.open).is_some() == present {
                let copy = copy.clone().or_else(|| claim(case.open, candidates, claimed));
                *decision = Some(decide_one(case, copy, candidates));
            }
        }
    }
    decisions.into_iter().flatten().collect()
}

fn decide_one(case: &Case<'_>, copy: Option<MessageKey>, candidates: &[Candidate]) -> Decision {
    let Case { open, original } = case;
    let may_be_marked = matches!(open.stage, Stage::Removing(_));
    let keep = original.key(open).filter(|_| may_be_marked).cloned();
    let why = match (original, copy) {
        // A Maildir message moves in one step: if it is there, nothing happened.
        (Original::There, _) if matches!(open.intent.key, MessageKey::Maildir { .. }) => {
            Why::Untouched
        }
        (Original::There, Some(copy)) => return Decision::Finish(copy),
        (Original::There, None) if is_doubtful(&open.intent, candidates) => Why::Doubtful,
        (Original::There | Original::Renamed(_), None) if open.stage.copy().is_some() => {
            Why::CopyGone
        }
        (Original::There | Original::Renamed(_), None) => Why::Untouched,
        // The journal doesn't name the original under this key.
        (Original::Renamed(_), Some(_)) => Why::Doubtful,
        (Original::Gone | Original::Other, Some(copy)) => return Decision::Done(Some(copy)),
        // It had been filed, and the owner moved it on.
        (Original::Gone, None) if may_be_marked => {
            return Decision::Done(open.stage.copy().cloned());
        }
        (Original::Gone, None) => Why::Gone,
        (Original::Other, None) => Why::Foreign,
    };
    Decision::Abandon { why, keep }
}

impl Original {
    /// The key of the message where it is still there.
    fn key<'a>(&'a self, open: &'a Open) -> Option<&'a MessageKey> {
        match self {
            Original::There => Some(&open.intent.key),
            Original::Renamed(key) => Some(key),
            Original::Gone | Original::Other => None,
        }
    }
}

/// The copy that the journal names, if it is still there.
fn own_copy(open: &Open, candidates: &[Candidate]) -> Option<MessageKey> {
    let key = open.stage.copy()?;
    candidates.iter().any(|it| it.key == *key && is_same(it, &open.intent)).then(|| key.clone())
}

/// A copy that nobody else claims.
fn claim(
    open: &Open,
    candidates: &[Candidate],
    claimed: &mut BTreeSet<MessageKey>,
) -> Option<MessageKey> {
    let mut ours: Vec<&MessageKey> = candidates
        .iter()
        .filter(|it| is_same(it, &open.intent) && is_fresh(&it.key, &open.intent.target))
        .map(|it| &it.key)
        .filter(|key| !claimed.contains(key) && !open.taken.contains(key))
        .collect();
    // A Maildir message keeps its name where it can.
    ours.sort_by_key(|key| **key != open.intent.key);
    let key = (*ours.first()?).clone();
    claimed.insert(key.clone());
    Some(key)
}

fn is_same(candidate: &Candidate, intent: &Intent) -> bool {
    candidate.size == intent.identity.size && candidate.digest == intent.identity.digest
}

/// Whether a message came into a folder after it had been looked at. A Maildir can't tell, and
/// need not: see [`decide_one`].
pub(super) fn is_fresh(key: &MessageKey, since: &Mark) -> bool {
    match (key, since) {
        (
            MessageKey::Imap { uid_validity, uid },
            Mark::Imap { uid_validity: validity_then, uid_next },
        ) => uid_validity == validity_then && uid >= uid_next,
        (MessageKey::Maildir { .. }, Mark::Maildir) => true,
        _ => false,
    }
}

/// The target was renewed meanwhile and holds an identical message: ours, or an old one.
fn is_doubtful(intent: &Intent, candidates: &[Candidate]) -> bool {
    let Mark::Imap { uid_validity: then, .. } = intent.target else { return false };
    candidates.iter().any(|it| {
        is_same(it, intent)
            && matches!(it.key, MessageKey::Imap { uid_validity, .. } if uid_validity != then)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::intent;

    fn uid(uid_validity: u32, uid: u32) -> MessageKey {
        MessageKey::Imap { uid_validity, uid }
    }

    /// An open intent to move a message; all of these have the same bytes.
    fn open(id: u64, uid: u32, stage: Stage) -> Open {
        let mut intent = intent(id, uid);
        intent.identity = self::intent(1, 1).identity;
        intent.target = Mark::Imap { uid_validity: 9, uid_next: 10 };
        Open { intent, stage, taken: BTreeSet::new() }
    }

    fn copy(key: MessageKey) -> Candidate {
        let identity = intent(1, 1).identity;
        Candidate { key, size: identity.size, digest: identity.digest }
    }

    fn untouched() -> Decision {
        given_up(Why::Untouched)
    }

    fn given_up(why: Why) -> Decision {
        Decision::Abandon { why, keep: None }
    }

    #[track_caller]
    fn check(stage: Stage, original: Original, candidates: &[Candidate], expected: Decision) {
        let open = open(1, 5, stage);
        let case = Case { open: &open, original };
        assert_eq!(decide(&[case], candidates, &mut BTreeSet::new()), [expected]);
    }

    #[test]
    fn the_table() {
        let (intended, copies) = (Stage::Intended, [copy(uid(9, 12))]);
        let found = Decision::Done(Some(uid(9, 12)));
        check(intended.clone(), Original::Gone, &copies, found.clone());
        check(intended.clone(), Original::Gone, &[], given_up(Why::Gone));
        check(intended.clone(), Original::There, &copies, Decision::Finish(uid(9, 12)));
        check(intended.clone(), Original::There, &[], untouched());
        check(intended.clone(), Original::Other, &copies, found);
        check(intended.clone(), Original::Other, &[], given_up(Why::Foreign));
        let renamed = Original::Renamed(uid(2, 1));
        check(intended.clone(), renamed.clone(), &copies, given_up(Why::Doubtful));
        check(intended, renamed, &[], untouched());
    }

    #[test]
    fn what_lay_in_the_target_before_is_not_our_copy() {
        check(Stage::Intended, Original::There, &[copy(uid(9, 9))], untouched());
        check(Stage::Intended, Original::Gone, &[copy(uid(9, 9))], given_up(Why::Gone));
        let mut other_size = copy(uid(9, 12));
        other_size.size += 1;
        let mut other_bytes = copy(uid(9, 12));
        other_bytes.digest = Digest::of(b"other");
        for other in [other_size, other_bytes] {
            check(Stage::Intended, Original::There, &[other], untouched());
        }
    }

    #[test]
    fn a_renewed_target_leaves_doubt() {
        check(Stage::Intended, Original::There, &[copy(uid(8, 3))], given_up(Why::Doubtful));
    }

    #[test]
    fn a_removal_is_resumed_or_taken_back() {
        for stage in [Stage::Copied(uid(9, 12)), Stage::Removing(uid(9, 12))] {
            let copies = [copy(uid(9, 11)), copy(uid(9, 12))];
            check(stage.clone(), Original::There, &copies, Decision::Finish(uid(9, 12)));
            check(stage, Original::Gone, &copies, Decision::Done(Some(uid(9, 12))));
        }
        let removing = Stage::Removing(uid(9, 12));
        check(removing.clone(), Original::Gone, &[], Decision::Done(Some(uid(9, 12))));
        let kept = |key| Decision::Abandon { why: Why::CopyGone, keep: Some(key) };
        check(removing.clone(), Original::There, &[], kept(uid(1, 5)));
        check(removing, Original::Renamed(uid(2, 1)), &[], kept(uid(2, 1)));
    }

    #[test]
    fn a_maildir_message_that_is_there_was_not_moved() {
        let name = |name: &str| MessageKey::Maildir { name: name.to_owned() };
        let mut open = open(1, 5, Stage::Intended);
        open.intent.key = name("b");
        open.intent.target = Mark::Maildir;
        let copies = [copy(name("a")), copy(name("b"))];
        for (original, expected) in
            [(Original::There, untouched()), (Original::Gone, Decision::Done(Some(name("b"))))]
        {
            let case = Case { open: &open, original };
            assert_eq!(decide(&[case], &copies, &mut BTreeSet::new()), [expected]);
        }
    }

    /// Two identical messages, of which the server moved one: the copy belongs to the one that is
    /// gone. Were it given to the other, that one would be removed as moved, and one be lost.
    #[test]
    fn twins_are_told_apart() {
        for gone_first in [true, false] {
            let opens = [open(1, 5, Stage::Intended), open(2, 6, Stage::Intended)];
            let originals = [Original::Gone, Original::There];
            let mut cases: Vec<Case<'_>> = opens
                .iter()
                .zip(originals)
                .map(|(open, original)| Case { open, original })
                .collect();
            let mut expected = vec![Decision::Done(Some(uid(9, 12))), untouched()];
            if !gone_first {
                cases.reverse();
                expected.reverse();
            }
            let decided = decide(&cases, &[copy(uid(9, 12))], &mut BTreeSet::new());
            assert_eq!(decided, expected);
        }
    }

    #[test]
    fn copies_of_others_are_not_claimed() {
        let mut taken = open(1, 5, Stage::Intended);
        taken.taken.insert(uid(9, 12));
        let case = Case { open: &taken, original: Original::There };
        let copies = [copy(uid(9, 12))];
        assert_eq!(decide(&[case], &copies, &mut BTreeSet::new()), [untouched()]);
        let free = open(1, 5, Stage::Intended);
        let case = Case { open: &free, original: Original::There };
        let mut claimed = BTreeSet::from([uid(9, 12)]);
        assert_eq!(decide(&[case], &copies, &mut claimed), [untouched()]);
    }
}
