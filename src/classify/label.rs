//! The words in which a mail is judged: label, occasion, flags. `LABELS.md` of the corpus guide
//! defines them; this file only names them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that is none of the listed ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{name}`")]
pub struct UnknownName {
    pub(super) kind: &'static str,
    pub(super) name: String,
}

/// An enumeration whose variants have a name in files and a place in `ALL`.
macro_rules! names {
    ($(#[$meta:meta])* $kind:literal $type:ident { $($(#[$vmeta:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $type { $($(#[$vmeta])* $variant,)+ }

        impl $type {
            /// All of them, in the order in which they are counted, printed and stored.
            pub const ALL: [$type; [$($name),+].len()] = [$($type::$variant),+];

            /// The name in files, on the command line and in JSON.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)+ }
            }

            /// The place in [`Self::ALL`].
            pub fn index(self) -> usize {
                self as usize
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                Self::ALL
                    .into_iter()
                    .find(|it| it.name() == name)
                    .ok_or_else(|| UnknownName { kind: $kind, name: name.to_owned() })
            }
        }
    };
}

names! {
    /// What a mail is to the person who receives it. The order breaks ties: in favour of the
    /// personal wish, whose burial is the expensive mistake.
    "label" Label {
        /// Written by a human for this recipient or a small circle.
        Personal = "personal",
        /// A wish that would fit any recipient unchanged; sells and asks nothing.
        Boilerplate = "boilerplate",
        /// The occasion is the hook for something the sender wants.
        Pitch = "pitch",
        /// No greeting at all, or only in a closing formula.
        Other = "other",
    }
}

names! {
    /// The occasion that a mail wishes well for.
    "occasion" Occasion {
        /// Christmas, Advent, St Nicholas, and Christmas together with the New Year.
        Christmas = "christmas",
        /// The turn of the year alone.
        NewYear = "new_year",
        /// A birthday.
        Birthday = "birthday",
        /// Easter.
        Easter = "easter",
        /// Thanksgiving.
        Thanksgiving = "thanksgiving",
        /// Any other day of the calendar, and undated "holidays".
        OtherHoliday = "other_holiday",
        /// None.
        None = "none",
    }
}

names! {
    /// What else is to be said about a mail.
    "flag" Flag {
        /// Sent by a social network or forum.
        Platform = "platform",
        /// A card on the web.
        Ecard = "ecard",
        /// To a list or many recipients.
        Mass = "mass",
        /// Asks a favour or a job.
        Ask = "ask",
        /// Sells.
        Sale = "sale",
        /// Solicits a donation.
        Donation = "donation",
        /// A chain text or a poem passed on.
        Chain = "chain",
        /// Mentions a long silence.
        Dormant = "dormant",
        /// Proposes a call, a meeting or a visit.
        Call = "call",
        /// An answer to a mail of the recipient.
        Reply = "reply",
        /// An automatic reply.
        Auto = "auto",
    }
}

pub(super) use names;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for label in Label::ALL {
            assert_eq!(label.name().parse(), Ok(label));
            assert_eq!(serde_json::to_string(&label).unwrap(), format!("\"{label}\""));
        }
        for occasion in Occasion::ALL {
            assert_eq!(occasion.name().parse(), Ok(occasion));
            assert_eq!(serde_json::to_string(&occasion).unwrap(), format!("\"{occasion}\""));
        }
        for flag in Flag::ALL {
            assert_eq!(flag.name().parse(), Ok(flag));
        }
        assert!("Personal".parse::<Label>().is_err());
    }
}
