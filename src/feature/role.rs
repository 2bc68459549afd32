//! Terms of the roles of a mail's sentences: which, how much, where, in which order. The roles are
//! guessed, so every term counts as much as the guess is sure.

use super::{Document, Place, Terms};
use crate::classify::Role;

/// Probability of each role, in the order of [`Role::ALL`].
pub type RoleShares = [f64; Role::ALL.len()];

/// Appends numbers and weights of the role terms of a mail. `roles` are the shares of each
/// sentence of `document`, in its order.
pub fn terms<T: Terms>(
    document: &Document,
    roles: &[RoleShares],
    terms: &mut T,
    out: &mut Vec<(u32, f64)>,
) {
    let mut term = String::with_capacity(48);
    let mut add = |parts: &[&str], weight: f64| {
        if weight < 0.02 {
            return;
        }
        term.clear();
        parts.iter().for_each(|it| term.push_str(it));
        out.extend(terms.number(&term).map(|it| (it, weight)));
    };
    let mut most: RoleShares = [0.0; Role::ALL.len()];
    let mut wished = 0.0_f64;
    let mut previous: Option<&RoleShares> = None;
    let mut opened = 0.0_f64;
    for (sentence, shares) in document.sentences.iter().zip(roles) {
        for (role, share) in Role::ALL.into_iter().zip(shares) {
            let name = role.name();
            match sentence.place {
                Place::Subject => add(&["=subject ", name], *share),
                Place::Body => {
                    add(&["=role ", name], *share);
                    add(&["=after-wish ", name], share * wished);
                    add(&["=before-wish ", name], share * (1.0 - wished));
                    let content = !matches!(role, Role::Salutation | Role::Legal);
                    if content {
                        add(&["=opening ", name], share * (1.0 - opened));
                    }
                }
                Place::Image | Place::Attachment | Place::Hidden => {
                    add(&["=aside ", name], *share);
                }
            }
        }
        if sentence.place != Place::Body {
            continue;
        }
        most.iter_mut().zip(shares).for_each(|(most, it)| *most = most.max(*it));
        let of = |role: Role| shares.get(role.index()).copied().unwrap_or(0.0);
        wished += (1.0 - wished) * (of(Role::Wish) + of(Role::IndividualWish));
        opened += (1.0 - opened) * (1.0 - of(Role::Salutation) - of(Role::Legal));
        if let Some(before) = previous {
            for (first, a) in Role::ALL.into_iter().zip(before) {
                for (second, b) in Role::ALL.into_iter().zip(shares) {
                    add(&["=pair ", first.name(), " ", second.name()], a * b);
                }
            }
        }
        previous = Some(shares);
    }
    for (role, most) in Role::ALL.into_iter().zip(most) {
        add(&["=some ", role.name()], most);
        add(&["=no ", role.name()], 1.0 - most);
    }
    let mut closed = 0.0_f64;
    for (at, _) in document.body().rev() {
        let Some(shares) = roles.get(at) else { continue };
        for (role, share) in Role::ALL.into_iter().zip(shares) {
            if !matches!(role, Role::Salutation | Role::Legal) {
                add(&["=closing ", role.name()], share * (1.0 - closed));
            }
        }
        let of = |role: Role| shares.get(role.index()).copied().unwrap_or(0.0);
        closed += (1.0 - closed) * (1.0 - of(Role::Salutation) - of(Role::Legal));
        if closed > 0.98 {
            break;
        }
    }
}
