//! Gives the sentences of a document the roles that a person marked in the corpus.
//!
//! The marks stand in the source of a mail (in HTML, in a subject), the sentences come out of the
//! parser; both are the same letters in the same order. So the marked letters are laid in a row,
//! and each sentence is found in it from where the last one ended.

use crate::classify::Role;
use crate::feature::Document;
use crate::text::fold;

/// For each sentence the role of most of its letters; none where the sentence was not marked.
pub fn roles(document: &Document, marked: &[(Role, String)]) -> Vec<Option<Role>> {
    let mut letters = String::new();
    let mut roles: Vec<Role> = Vec::new();
    for (role, text) in marked {
        for c in fold(text).chars().filter(|it| it.is_alphanumeric()) {
            letters.push(c);
            roles.extend(std::iter::repeat_n(*role, c.len_utf8()));
        }
    }
    let mut from = 0;
    document
        .sentences
        .iter()
        .map(|sentence| {
            let own: String =
                fold(&sentence.text).chars().filter(|it| it.is_alphanumeric()).collect();
            if own.is_empty() {
                return None;
            }
            // A part that the parser dropped lies between; nothing goes back.
            let at = from + letters.get(from..)?.find(&own)?;
            from = at + own.len();
            majority(roles.get(at..from)?)
        })
        .collect()
}

fn majority(roles: &[Role]) -> Option<Role> {
    let mut counts = [0_usize; Role::ALL.len()];
    for role in roles {
        if let Some(count) = counts.get_mut(role.index()) {
            *count += 1;
        }
    }
    Role::ALL
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .max_by_key(|it| it.1)
        .map(|it| it.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Mail;

    #[test]
    fn sentences_meet_their_marks() {
        let mail = Mail {
            subject: "Frohes Fest".into(),
            text: "Liebe Petra,\n\nalles Gute! Wie geht es dem Hund? Bis bald.".into(),
            ..Mail::default()
        };
        let document = Document::read(&mail, &[]);
        let marked = [
            (Role::Wish, "Frohes Fest"),
            (Role::Salutation, "Liebe Petra,"),
            (Role::Wish, "alles Gute!"),
            (Role::Matter, "dropped by the parser"),
            (Role::Individual, "Wie geht es dem Hund?"),
        ]
        .map(|(role, text)| (role, text.to_owned()));
        assert_eq!(
            roles(&document, &marked),
            [
                Some(Role::Wish),
                Some(Role::Salutation),
                Some(Role::Wish),
                Some(Role::Individual),
                None
            ]
        );
    }
}
