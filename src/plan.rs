//! From verdict to plan: what to do with a mail, and why. Printed by a dry run, executed by the
//! daemon. Pure.

use crate::classify::Label;
use crate::config::{Filing, FilingMode, Folders};
use crate::verdict::Verdict;

/// What is known of a message beside its verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// It was filed before and the owner moved it since: it is never moved again.
    pub pinned: bool,
    /// Somebody marked it for deletion.
    pub deleted: bool,
}

/// What to do with one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Move it into this folder.
    FileInto(String),
    /// Leave it and add this keyword.
    Tag(&'static str),
    /// Leave it.
    Stay(Stay),
}

/// Why a message stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// No greeting.
    NoGreeting,
    /// Perhaps a greeting; not sure enough.
    Unsure,
    /// The owner moved it.
    Pinned,
    /// It is marked for deletion.
    Deleted,
    /// Filing is switched off.
    Off,
    /// It lies in the folder that it would be filed into.
    AlreadyThere,
}

/// The keyword that `mode = "tag"` adds for a label.
pub fn keyword(label: Label) -> &'static str {
    match label {
        Label::Personal => "GrussdPersonal",
        Label::Boilerplate => "GrussdBoilerplate",
        Label::Pitch => "GrussdPitch",
        Label::Other => "GrussdOther",
    }
}

/// Plans one message that lies in `folder`.
pub fn plan(
    verdict: Verdict,
    standing: Standing,
    folder: &str,
    folders: &Folders,
    filing: &Filing,
) -> Action {
    if standing.deleted {
        return Action::Stay(Stay::Deleted);
    }
    if standing.pinned {
        return Action::Stay(Stay::Pinned);
    }
    let label = match verdict {
        Verdict::Unsure => return Action::Stay(Stay::Unsure),
        Verdict::Sure(label) => label,
    };
    let Some(target) = folders.of(label) else {
        return Action::Stay(Stay::NoGreeting);
    };
    match filing.mode {
        FilingMode::Off => Action::Stay(Stay::Off),
        FilingMode::Tag => Action::Tag(keyword(label)),
        FilingMode::Move if target == folder => Action::Stay(Stay::AlreadyThere),
        FilingMode::Move => Action::FileInto(target.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(verdict: Verdict, standing: Standing, mode: FilingMode, expected: Action) {
        let filing = Filing { mode, ..Filing::default() };
        let folders = Folders::default();
        assert_eq!(plan(verdict, standing, "INBOX", &folders, &filing), expected);
    }

    #[test]
    fn only_a_sure_greeting_moves() {
        let free = Standing::default();
        let pitch = Verdict::Sure(Label::Pitch);
        check(pitch, free, FilingMode::Move, Action::FileInto("Grüße/Werbung".to_owned()));
        check(pitch, free, FilingMode::Tag, Action::Tag("GrussdPitch"));
        check(pitch, free, FilingMode::Off, Action::Stay(Stay::Off));
        check(Verdict::Sure(Label::Other), free, FilingMode::Move, Action::Stay(Stay::NoGreeting));
        check(Verdict::Unsure, free, FilingMode::Move, Action::Stay(Stay::Unsure));
        let pinned = Standing { pinned: true, ..free };
        check(pitch, pinned, FilingMode::Move, Action::Stay(Stay::Pinned));
        let deleted = Standing { deleted: true, ..free };
        check(pitch, deleted, FilingMode::Move, Action::Stay(Stay::Deleted));
    }
}
