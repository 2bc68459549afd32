//! What one sentence does in a mail. The corpus marks each sentence with the letter of its role
//! (`models/corpus/WRITING.md`); a mail is understood from the roles of its sentences.

use serde::{Deserialize, Serialize};

use super::label::{UnknownName, names};

names! {
    /// What one sentence does in a mail. Where it does two things, the role is the one that
    /// decides what the mail is.
    "role" Role {
        /// Salutation, sign-off, name, address line.
        Salutation = "salutation",
        /// A wish that would fit anybody.
        Wish = "wish",
        /// A wish with something that fits only this recipient.
        IndividualWish = "individual_wish",
        /// About the recipient, or the life that both share.
        Individual = "individual",
        /// The sender's own news.
        News = "news",
        /// Thanks that would fit anybody.
        Thanks = "thanks",
        /// Thanks for something that only this recipient did.
        IndividualThanks = "individual_thanks",
        /// Proposes a call, a meeting, a visit.
        Call = "call",
        /// Offer, price, product, service, event for sale.
        Offer = "offer",
        /// Asks for a favour, a job, leads, a donation, a vote, a review.
        Ask = "ask",
        /// Click, order, book, register, redeem.
        CallToAction = "call_to_action",
        /// Opening hours, party dates, who brings what, delivery.
        Logistics = "logistics",
        /// Any other matter: work, facts, orders, news of the world.
        Matter = "matter",
        /// Legal text, footer, unsubscribe line, automatic notice.
        Legal = "legal",
        /// Poem, proverb, generic reflection, joke passed on.
        Reflection = "reflection",
    }
}

impl Role {
    /// The letter that marks it in the corpus: `{W}` before a sentence that is a wish.
    pub fn letter(self) -> char {
        match self {
            Role::Salutation => 'S',
            Role::Wish => 'W',
            Role::IndividualWish => 'X',
            Role::Individual => 'I',
            Role::News => 'N',
            Role::Thanks => 'T',
            Role::IndividualThanks => 'U',
            Role::Call => 'C',
            Role::Offer => 'O',
            Role::Ask => 'A',
            Role::CallToAction => 'K',
            Role::Logistics => 'G',
            Role::Matter => 'M',
            Role::Legal => 'L',
            Role::Reflection => 'P',
        }
    }

    /// The role that a letter marks.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.letter() == letter)
    }

    /// Says it to a person, as the object of "the mail has ...".
    pub fn words(self) -> &'static str {
        match self {
            Role::Salutation => "a salutation or a name",
            Role::Wish => "a wish that would fit anybody",
            Role::IndividualWish => "a wish that fits only you",
            Role::Individual => "something about you",
            Role::News => "the sender's own news",
            Role::Thanks => "thanks that would fit anybody",
            Role::IndividualThanks => "thanks for something you did",
            Role::Call => "a proposal to call or to meet",
            Role::Offer => "an offer",
            Role::Ask => "a request for a favour, a job or money",
            Role::CallToAction => "a call to click, order or book",
            Role::Logistics => "opening hours, dates or arrangements",
            Role::Matter => "another matter",
            Role::Legal => "a footer or an automatic notice",
            Role::Reflection => "a poem, a saying or a general reflection",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_names_are_unique() {
        let letters: String = Role::ALL.into_iter().map(Role::letter).collect();
        assert_eq!(letters, "SWXINTUCOAKGMLP");
        for role in Role::ALL {
            assert_eq!(Role::from_letter(role.letter()), Some(role));
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        assert_eq!(Role::from_letter('Z'), None);
    }
}
