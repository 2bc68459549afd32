//! What else is to be said about a mail: rules over headers, cues and roles.

use std::collections::BTreeSet;

use super::{Flag, Label, Role};
use crate::feature::role::RoleShares;
use crate::feature::{Document, Place};
use crate::mail::Mail;
use crate::text::cue::Families;

/// A role is there if one sentence plays it more likely than not.
const LIKELY: f64 = 0.5;
/// More addressees than this are many.
const FEW_ADDRESSEES: usize = 8;

/// The flags of a mail of this label.
pub(super) fn flags(
    mail: &Mail,
    document: &Document,
    roles: &[RoleShares],
    label: Label,
) -> BTreeSet<Flag> {
    let cues = document.cues();
    let cue = |name: &str| cues.intersects(Families::of(&[name]));
    let role = |role: Role| {
        roles.iter().any(|it| it.get(role.index()).is_some_and(|share| *share > LIKELY))
    };
    let envelope = mail.envelope;
    let greeting = label != Label::Other;
    let donation = cue("donation") && role(Role::Ask);
    let addressees = mail.to.len() + mail.cc.len();
    let holds = [
        (Flag::Platform, by_platform(mail, document)),
        (Flag::Ecard, cue("card-click") && greeting && role(Role::CallToAction)),
        (
            Flag::Mass,
            envelope.list
                || envelope.unsubscribe
                || envelope.bulk
                || addressees > FEW_ADDRESSEES
                || salutes_many(document),
        ),
        (Flag::Ask, role(Role::Ask) && !donation),
        (Flag::Sale, label == Label::Pitch && role(Role::Offer)),
        (Flag::Donation, donation && label == Label::Pitch),
        (Flag::Chain, cue("chain") && greeting),
        (Flag::Dormant, cue("dormant") && greeting),
        (Flag::Call, role(Role::Call)),
        (Flag::Reply, envelope.reply),
        (Flag::Auto, envelope.auto_reply || label == Label::Other && cue("autoreply")),
    ];
    holds.into_iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag).collect()
}

/// The sender is a network, or two sentences speak as one.
fn by_platform(mail: &Mail, document: &Document) -> bool {
    let platform = Families::of(&["platform"]);
    let named = mail.from.as_ref().is_some_and(|from| {
        let name = from.name.to_lowercase();
        ["xing", "linkedin", "facebook", "stayfriends"].iter().any(|it| name.contains(it))
    });
    named || document.sentences.iter().filter(|it| it.has(platform)).count() >= 2
}

/// A salutation that speaks to many: "Liebe Kunden", "Hallo zusammen".
fn salutes_many(document: &Document) -> bool {
    let generic = Families::of(&["generic-reader"]);
    let salutation = Families::of(&["salutation"]);
    document
        .sentences
        .iter()
        .filter(|it| it.place == Place::Body)
        .take(3)
        .any(|it| it.has(generic) && it.has(salutation))
}
