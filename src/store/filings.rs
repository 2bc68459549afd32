//! What was filed, as the journal tells it. Pure.

use std::collections::BTreeMap;

use super::record::{Intent, Record, Why};
use crate::mailbox::MessageKey;

/// An intent with its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Filing {
    /// What was to be done.
    pub intent: Intent,
    /// What became of it.
    pub end: End,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// That is not known yet.
    Open,
    /// The message is in the target folder, perhaps under this key.
    Done(Option<MessageKey>),
    /// It was given up.
    Abandoned(Why),
}

/// All filings of which the journal still tells, in their order.
pub fn filings(records: &[Record]) -> Vec<Filing> {
    let mut filings: Vec<Filing> = Vec::new();
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    for record in records {
        let ended = match record {
            Record::Intent(intent) => {
                places.insert(intent.id, filings.len());
                filings.push(Filing { intent: intent.clone(), end: End::Open });
                continue;
            }
            Record::Done { id, to } => (id, End::Done(to.clone())),
            Record::Abandoned { id, why } => (id, End::Abandoned(*why)),
            _ => continue,
        };
        let (id, end) = ended;
        if let Some(filing) = places.get(id).and_then(|place| filings.get_mut(*place))
            && filing.end == End::Open
        {
            filing.end = end;
        }
    }
    filings
}

/// Where a filing has left a message, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left<'a> {
    /// The folder.
    pub folder: &'a str,
    /// Its name there, where known.
    pub key: Option<&'a MessageKey>,
    /// Whether that was seen. Else it may be there or not, and is nobody's lesson if it is.
    pub certain: bool,
}

impl Filing {
    /// Where it has left the message; none if nothing happened to it.
    pub fn left(&self) -> Option<Left<'_>> {
        let Intent { from, to, .. } = &self.intent;
        match &self.end {
            End::Done(key) => Some(Left { folder: to, key: key.as_ref(), certain: true }),
            End::Open | End::Abandoned(Why::Gone | Why::Doubtful) => {
                Some(Left { folder: to, key: None, certain: false })
            }
            // The owner has moved the copy on, and the original stays.
            End::Abandoned(Why::CopyGone) => Some(Left { folder: from, key: None, certain: false }),
            End::Abandoned(Why::Untouched | Why::Foreign) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::{intent, one_of_each};
    use super::*;

    #[test]
    fn each_intent_has_one_end() {
        let key = MessageKey::Imap { uid_validity: 9, uid: 2 };
        let records = [
            Record::Intent(intent(1, 5)),
            Record::Intent(intent(2, 6)),
            Record::Intent(intent(3, 7)),
            Record::Done { id: 1, to: Some(key.clone()) },
            Record::Abandoned { id: 2, why: Why::Gone },
            Record::Abandoned { id: 1, why: Why::Untouched },
            Record::Done { id: 77, to: None },
        ];
        let ends: Vec<End> = filings(&records).into_iter().map(|it| it.end).collect();
        assert_eq!(ends, [End::Done(Some(key)), End::Abandoned(Why::Gone), End::Open]);
        assert_eq!(filings(&one_of_each()).len(), 2);
    }

    #[track_caller]
    fn check(end: End, folder: Option<&str>, certain: bool) {
        let filing = Filing { intent: intent(1, 5), end };
        let left = filing.left().map(|it| (it.folder, it.certain));
        assert_eq!(left, folder.map(|it| (it, certain)));
    }

    #[test]
    fn where_a_message_was_left() {
        check(End::Done(None), Some("Wishes"), true);
        check(End::Open, Some("Wishes"), false);
        check(End::Abandoned(Why::Gone), Some("Wishes"), false);
        check(End::Abandoned(Why::Doubtful), Some("Wishes"), false);
        check(End::Abandoned(Why::CopyGone), Some("INBOX"), false);
        check(End::Abandoned(Why::Untouched), None, false);
        check(End::Abandoned(Why::Foreign), None, false);
    }
}
