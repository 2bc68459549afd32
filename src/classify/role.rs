//! What a sentence does in a mail. `models/corpus/WRITING.md` defines the roles for the corpus.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::label::{UnknownName, names};

names! {
    /// What a sentence does in a mail.
    "role" Role {
        /// Greets, takes leave, signs.
        Salutation = "salutation",
        /// Wishes what would fit anybody.
        Wish = "wish",
        /// Wishes what fits only this reader.
        IndividualWish = "individual_wish",
        /// Is about the reader or the life the two share.
        Individual = "individual",
        /// Tells the sender's own news.
        News = "news",
        /// Thanks in a way that would fit anybody.
        Thanks = "thanks",
        /// Thanks for something named.
        IndividualThanks = "individual_thanks",
        /// Proposes a call, a meeting, a visit.
        Call = "call",
        /// Offers something for sale.
        Offer = "offer",
        /// Asks for a favour, a job, a donation, a vote.
        Ask = "ask",
        /// Calls to click, order, book.
        CallToAction = "call_to_action",
        /// Organises: hours, dates, deliveries.
        Logistics = "logistics",
        /// Any other matter.
        Matter = "matter",
        /// Footer, legal text, automatic notice.
        Legal = "legal",
        /// Poem, proverb, generic reflection.
        Reflection = "reflection",
    }
}

impl Role {
    /// The letter that marks it in the corpus.
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
        Self::ALL.into_iter().find(|it| it.letter() == letter)
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
