//! The marks by which mail programs tell quoted history, attribution lines and signatures.

use super::super::lines::Role;
use super::look::Look;
use super::token::Tag;

/// Whether an element holds quoted history.
pub(super) fn is_quote(tag: Tag, look: &Look<'_>) -> bool {
    // Yahoo, Proton, Zimbra; GMX and web.de mark by name. Not Gmail's own `div.gmail_quote`: that
    // one also holds what is written between the quotations, and forwarded mail.
    let program = ["yahoo_quoted", "protonmail_quote"].iter().any(|class| look.has_class(class))
        || look.id.starts_with("yahoo_quoted")
        || tag == Tag::Line && look.name == "quote";
    // A `blockquote` without a mark is the sender's own, for a poem or an indented paragraph.
    let cited = tag == Tag::Blockquote
        && (look.kind.eq_ignore_ascii_case("cite")
            || look.left_border
            || ["gmail_quote", "cite", "tutanota_quote"].iter().any(|class| look.has_class(class)));
    program || cited
}

/// What an element says of its lines, if anything.
pub(super) fn role(look: &Look<'_>) -> Option<Role> {
    let has = |classes: &[&str]| classes.iter().any(|class| look.has_class(class));
    if has(&["moz-cite-prefix", "gmail_attr"]) {
        Some(Role::Attribution)
    } else if has(&["gmail_signature", "moz-signature"]) || look.id == "Signature" {
        Some(Role::Signature)
    } else {
        None
    }
}
