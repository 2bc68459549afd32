//! What it teaches that a message lies where it lies. Pure.
//!
//! | found in       | where grussd put it  | lesson remembered | teaches                           |
//! | -------------- | -------------------- | ----------------- | --------------------------------- |
//! | folder of `L`  | there                | none              | nothing: no verdict of its own    |
//! | folder of `L`  | elsewhere, or never  | none              | `L`                               |
//! | folder of `L`  |                      | the same          | nothing new                       |
//! | folder of `L`  |                      | another           | `L`: the latest is in force       |
//! | an inbox       | a folder of greetings | none             | `other`: taken out again          |
//! | an inbox       | an inbox, or never   | none              | nothing                           |
//! | an inbox       |                      | `other`           | nothing new                       |
//! | an inbox       |                      | a greeting        | `other`: taken out again          |
//!
//! A message that its owner takes out into the inbox was filed wrongly, and what it is instead is
//! not said. It is learnt as `other`: mail like it stays in the inbox, where nothing is lost.

use crate::classify::Label;
use crate::config::Folders;
use crate::mailbox::MessageKey;
use crate::store::memory::{Lesson, OwnFiling};

/// What a place teaches about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taught {
    pub(super) label: Label,
    /// The label of the folder out of which it was taken.
    pub(super) was: Option<Label>,
    /// Where it was. If it is still there, this is a copy, and teaches nothing.
    pub(super) before: Option<(String, Option<MessageKey>)>,
}

/// What it teaches that a message lies in `folder`. `lesson` is one about the same account.
pub(super) fn taught(
    folder: &str,
    folders: &Folders,
    own: Option<&OwnFiling>,
    lesson: Option<&Lesson>,
) -> Option<Taught> {
    let label = label_of(folders, folder).unwrap_or(Label::Other);
    if let Some(lesson) = lesson {
        let before = Some((lesson.folder.clone(), None)).filter(|it| it.0 != folder);
        let changed = lesson.label != label;
        return changed.then_some(Taught { label, was: Some(lesson.label), before });
    }
    let own = own.filter(|it| it.certain || label != Label::Other);
    let was = own.and_then(|it| label_of(folders, &it.folder));
    let moved = match label {
        // Without a trace of having been filed it is a mail like any other.
        Label::Other => was.is_some(),
        _ => own.is_none_or(|it| it.folder != folder),
    };
    let before = own.map(|it| (it.folder.clone(), it.key.clone()));
    moved.then_some(Taught { label, was, before })
}

/// The label of a folder of greetings; none of any other.
pub(super) fn label_of(folders: &Folders, folder: &str) -> Option<Label> {
    let is_inbox = folders.inbox.iter().any(|it| it == folder);
    Label::ALL.into_iter().find(|it| !is_inbox && folders.of(*it) == Some(folder))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::Digest;

    const PERSONAL: &str = "Grüße/Persönlich";
    const PITCH: &str = "Grüße/Werbung";

    fn own(folder: &str, certain: bool) -> OwnFiling {
        OwnFiling { folder: folder.to_owned(), key: None, certain }
    }

    fn lesson(folder: &str, label: Label) -> Lesson {
        Lesson {
            digest: Digest::of(b""),
            account: "main".to_owned(),
            message_id: None,
            sender: String::new(),
            label,
            was: None,
            folder: folder.to_owned(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[track_caller]
    fn check(
        folder: &str,
        own: Option<OwnFiling>,
        lesson: Option<Lesson>,
        expected: Option<(Label, Option<Label>, Option<&str>)>,
    ) {
        let found = taught(folder, &Folders::default(), own.as_ref(), lesson.as_ref());
        let found = found.map(|it| (it.label, it.was, it.before.map(|(folder, _)| folder)));
        assert_eq!(found, expected.map(|(label, was, it)| (label, was, it.map(str::to_owned))));
    }

    #[test]
    fn what_grussd_did_itself_teaches_nothing() {
        for certain in [true, false] {
            check(PITCH, Some(own(PITCH, certain)), None, None);
        }
        check("INBOX", None, None, None);
        // Undone.
        check("INBOX", Some(own("INBOX", true)), None, None);
        // Perhaps it never left.
        check("INBOX", Some(own(PITCH, false)), None, None);
    }

    #[test]
    fn what_the_owner_moved_is_a_lesson() {
        check(PITCH, None, None, Some((Label::Pitch, None, None)));
        let into = Some((Label::Pitch, Some(Label::Personal), Some(PERSONAL)));
        check(PITCH, Some(own(PERSONAL, true)), None, into);
        let undone = Some((Label::Pitch, None, Some("INBOX")));
        check(PITCH, Some(own("INBOX", true)), None, undone);
        let out = Some((Label::Other, Some(Label::Pitch), Some(PITCH)));
        check("INBOX", Some(own(PITCH, true)), None, out);
    }

    #[test]
    fn the_latest_move_is_in_force() {
        let personal = || Some(lesson(PERSONAL, Label::Personal));
        let other = || Some(lesson("INBOX", Label::Other));
        check(PERSONAL, Some(own(PITCH, true)), personal(), None);
        let back = Some((Label::Pitch, Some(Label::Personal), Some(PERSONAL)));
        check(PITCH, Some(own(PITCH, true)), personal(), back);
        let out = Some((Label::Other, Some(Label::Personal), Some(PERSONAL)));
        check("INBOX", None, personal(), out);
        check("INBOX", Some(own(PITCH, true)), other(), None);
        let into = Some((Label::Pitch, Some(Label::Other), Some("INBOX")));
        check(PITCH, Some(own(PITCH, true)), other(), into);
    }

    #[test]
    fn a_folder_that_is_watched_teaches_like_an_inbox() {
        let watched = Folders { inbox: vec![PITCH.to_owned()], ..Folders::default() };
        assert_eq!(label_of(&watched, PITCH), None);
        assert_eq!(taught(PITCH, &watched, None, None), None);
        assert_eq!(label_of(&Folders::default(), "INBOX"), None);
    }
}
