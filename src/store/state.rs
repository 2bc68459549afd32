//! What follows from the journal: how far each folder has been looked at, what is half done, what
//! was filed before. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::record::{Hash64, Identity, Intent, Record};
use crate::mailbox::{Mark, MessageKey};

/// Everything that is remembered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    accounts: BTreeMap<String, AccountState>,
    open: BTreeMap<u64, Open>,
    last_id: u64,
}

/// What is remembered of one account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountState {
    /// How far its folders have been looked at.
    pub marks: BTreeMap<String, Known>,
    /// Messages of its Maildir folders that have been looked at.
    pub seen: BTreeMap<String, BTreeSet<Hash64>>,
    /// Messages that were filed.
    pub pins: BTreeSet<Hash64>,
    /// Target folders that refused mail, and until when they are left alone.
    pub deferred: BTreeMap<String, Timestamp>,
}

/// A folder that has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// How far.
    pub mark: Mark,
    /// The latest arrival among what has been looked at.
    pub newest: Option<Timestamp>,
}

/// An intent whose end is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// What was to be done.
    pub intent: Intent,
    /// How far it got for certain.
    pub stage: Stage,
    /// Messages of the target folder that belong to other intents, while its own is not known.
    pub taken: BTreeSet<MessageKey>,
}

/// How far an intent got for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// It was written down.
    Intended,
    /// A copy is in the target folder.
    Copied(MessageKey),
    /// The copy was verified, and removing the original may have begun.
    Removing(MessageKey),
    /// Nothing is left of the original, and removing our copy, which is one too many, may have
    /// begun.
    Twin {
        /// Our copy.
        ours: MessageKey,
        /// That of somebody else.
        theirs: MessageKey,
    },
}

impl Stage {
    /// The copy, where there is one.
    pub fn copy(&self) -> Option<&MessageKey> {
        match self {
            Stage::Intended => None,
            Stage::Copied(key) | Stage::Removing(key) | Stage::Twin { ours: key, .. } => Some(key),
        }
    }
}

impl State {
    /// Replays records in their order.
    pub fn replay<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut state = State::default();
        for record in records {
            state.apply(record);
        }
        state
    }

    /// Takes in one record. Records about an intent that isn't open say nothing: its line was
    /// damaged, or its end is known already.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Intent(intent) => {
                self.last_id = self.last_id.max(intent.id);
                let open =
                    Open { intent: intent.clone(), stage: Stage::Intended, taken: BTreeSet::new() };
                self.open.insert(intent.id, open);
            }
            Record::Copied { id, to } => {
                self.last_id = self.last_id.max(*id);
                if let Some(open) = self.open.get_mut(id) {
                    open.stage = Stage::Copied(to.clone());
                    open.taken.clear();
                    self.take(*id, to);
                }
            }
            Record::Removing { id } => {
                self.last_id = self.last_id.max(*id);
                if let Some(open) = self.open.get_mut(id)
                    && let Stage::Copied(to) = &open.stage
                {
                    open.stage = Stage::Removing(to.clone());
                }
            }
            Record::Twin { id, ours, theirs } => {
                self.last_id = self.last_id.max(*id);
                if let Some(open) = self.open.get_mut(id) {
                    open.stage = Stage::Twin { ours: ours.clone(), theirs: theirs.clone() };
                    open.taken.clear();
                    self.take(*id, ours);
                }
            }
            Record::Done { id, to } => {
                self.last_id = self.last_id.max(*id);
                if let Some(to) = to {
                    self.take(*id, to);
                }
                self.end(*id, true);
            }
            Record::Abandoned { id, why } => {
                self.last_id = self.last_id.max(*id);
                self.end(*id, why.pins());
            }
            Record::Mark { account, folder, mark, newest } => {
                let known = Known { mark: mark.clone(), newest: *newest };
                self.account_mut(account).marks.insert(folder.clone(), known);
            }
            Record::Seen { account, folder, names, all } => {
                let seen = self.account_mut(account).seen.entry(folder.clone()).or_default();
                if *all {
                    seen.clear();
                }
                seen.extend(names);
            }
            Record::Deferred { account, folder, until } => {
                self.account_mut(account).deferred.insert(folder.clone(), *until);
            }
            Record::Pins { account, pins } => self.account_mut(account).pins.extend(pins),
            Record::LastId { id } => self.last_id = self.last_id.max(*id),
            Record::Tagged { .. } | Record::Creating { .. } => {}
        }
    }

    /// What is remembered of an account; none if it was never looked at.
    pub fn account(&self, name: &str) -> Option<&AccountState> {
        self.accounts.get(name)
    }

    /// All accounts by name.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, &AccountState)> {
        self.accounts.iter().map(|(name, account)| (name.as_str(), account))
    }

    /// Intents of an account whose end is not known, oldest first.
    pub fn open<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Open> {
        self.open.values().filter(move |open| open.intent.account == account)
    }

    /// One of them.
    pub fn open_intent(&self, id: u64) -> Option<&Open> {
        self.open.get(&id)
    }

    /// How far a folder has been looked at; none if never.
    pub fn known(&self, account: &str, folder: &str) -> Option<&Known> {
        self.account(account)?.marks.get(folder)
    }

    /// Whether a message of a Maildir folder has been looked at.
    pub fn has_seen(&self, account: &str, folder: &str, name: &str) -> bool {
        self.account(account)
            .and_then(|it| it.seen.get(folder))
            .is_some_and(|seen| seen.contains(&Hash64::of_name(name)))
    }

    /// Whether a message was filed before: if it lies in an inbox again, its owner put it there.
    pub fn was_filed(&self, account: &str, identity: &Identity) -> bool {
        self.account(account).is_some_and(|it| it.pins.contains(&identity.pin()))
    }

    /// A number that no intent has.
    pub fn next_id(&self) -> u64 {
        self.last_id.saturating_add(1)
    }

    fn account_mut(&mut self, name: &str) -> &mut AccountState {
        self.accounts.entry(name.to_owned()).or_default()
    }

    fn end(&mut self, id: u64, filed: bool) {
        let Some(Open { intent, .. }) = self.open.remove(&id) else { return };
        if filed {
            let pin = intent.identity.pin();
            self.account_mut(&intent.account).pins.insert(pin);
        }
    }

    /// Notes that `key` is the copy of intent `id`, so that no twin with the same bytes claims it.
    fn take(&mut self, id: u64, key: &MessageKey) {
        let Some(Open { intent, .. }) = self.open.get(&id) else { return };
        let (account, to) = (intent.account.clone(), intent.to.clone());
        for (other, open) in &mut self.open {
            let twin = open.intent.account == account && open.intent.to == to;
            if *other != id && twin && open.stage == Stage::Intended {
                open.taken.insert(key.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Why;
    use super::super::record::tests::{intent, one_of_each};
    use super::*;

    fn uid(uid: u32) -> MessageKey {
        MessageKey::Imap { uid_validity: 9, uid }
    }

    #[test]
    fn an_intent_is_open_until_its_end() {
        let mut state = State::default();
        state.apply(&Record::Intent(intent(1, 5)));
        assert_eq!(state.open("main").count(), 1);
        assert_eq!(state.open("other").count(), 0);
        assert!(!state.was_filed("main", &intent(1, 5).identity));
        state.apply(&Record::Copied { id: 1, to: uid(2) });
        state.apply(&Record::Removing { id: 1 });
        assert_eq!(state.open_intent(1).unwrap().stage, Stage::Removing(uid(2)));
        state.apply(&Record::Done { id: 1, to: Some(uid(2)) });
        assert_eq!(state.open("main").count(), 0);
        assert!(state.was_filed("main", &intent(1, 5).identity));
        assert!(!state.was_filed("other", &intent(1, 5).identity));
        assert!(!state.was_filed("main", &intent(2, 6).identity));
    }

    #[track_caller]
    fn check_abandoned(why: Why, filed: bool) {
        let records = [Record::Intent(intent(1, 5)), Record::Abandoned { id: 1, why }];
        let state = State::replay(&records);
        assert_eq!(state.open("main").count(), 0);
        assert_eq!(state.was_filed("main", &intent(1, 5).identity), filed);
    }

    #[test]
    fn what_may_have_been_filed_is_never_filed_again() {
        check_abandoned(Why::Gone, true);
        check_abandoned(Why::Doubtful, true);
        check_abandoned(Why::CopyGone, true);
        check_abandoned(Why::Untouched, false);
        check_abandoned(Why::Foreign, false);
    }

    #[test]
    fn records_without_their_intent_say_nothing_but_their_number() {
        let orphans = [
            Record::Copied { id: 4, to: uid(2) },
            Record::Removing { id: 4 },
            Record::Done { id: 4, to: None },
            Record::Abandoned { id: 4, why: Why::Gone },
        ];
        let state = State::replay(&orphans);
        assert_eq!(state, State { last_id: 4, ..State::default() });
        assert_eq!(state.next_id(), 5);
    }

    #[test]
    fn twins_know_which_copies_are_taken() {
        let state = State::replay(&[
            Record::Intent(intent(1, 5)),
            Record::Intent(intent(2, 6)),
            Record::Done { id: 1, to: Some(uid(2)) },
        ]);
        assert!(state.open_intent(2).unwrap().taken.contains(&uid(2)));
    }

    #[test]
    fn seen_names_add_up_or_replace() {
        let seen = |names: &[&str], all| Record::Seen {
            account: "main".to_owned(),
            folder: "INBOX".to_owned(),
            names: names.iter().map(|name| Hash64::of_name(name)).collect(),
            all,
        };
        let mut state = State::replay(&[seen(&["a"], false), seen(&["b"], false)]);
        assert!(state.has_seen("main", "INBOX", "a") && state.has_seen("main", "INBOX", "b"));
        state.apply(&seen(&["c"], true));
        assert!(!state.has_seen("main", "INBOX", "a") && state.has_seen("main", "INBOX", "c"));
    }

    #[test]
    fn every_record_is_taken_in() {
        let state = State::replay(&one_of_each());
        assert_eq!(state.next_id(), 10);
        assert_eq!(state.known("main", "Grüße").unwrap().mark, Mark::Maildir);
        assert_eq!(state.accounts().count(), 1);
    }
}
