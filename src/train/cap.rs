//! How much one sender may teach: who writes most must not decide what a wish is.

use std::collections::BTreeMap;

use crate::classify::Label;
use crate::mail::Mail;

/// So many mails of one sender with one label are learnt from.
pub const MAILS_OF_SENDER: usize = 5;

/// Whose a mail is: the author's address without what follows a plus sign (RFC 5233); empty where
/// there is none, so that all without an author are one.
pub fn sender(mail: &Mail) -> String {
    mail.from.as_ref().map_or_else(String::new, |it| address(&it.address))
}

/// The same of an address that somebody wrote.
pub fn address(text: &str) -> String {
    let address = text.trim().trim_matches(['<', '>']).to_lowercase();
    let Some((local, domain)) = address.rsplit_once('@') else { return address };
    let local = local.split('+').next().filter(|it| !it.is_empty()).unwrap_or(local);
    format!("{local}@{domain}")
}

/// Counts what each sender has taught.
#[derive(Debug, Default)]
pub struct Cap(BTreeMap<(String, Label), usize>);

impl Cap {
    /// Whether one more mail of a sender may teach this label; the first ones may.
    pub fn admits(&mut self, sender: &str, label: Label) -> bool {
        let count = self.0.entry((sender.to_owned(), label)).or_default();
        *count += 1;
        *count <= MAILS_OF_SENDER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(address(text), expected);
    }

    #[test]
    fn spellings_of_an_address_are_one_sender() {
        check("Anna@Example.org", "anna@example.org");
        check(" <anna+xmas@example.org> ", "anna@example.org");
        check("+@example.org", "+@example.org");
        check("anna", "anna");
        check("", "");
        assert_eq!(sender(&Mail::default()), "");
    }

    #[test]
    fn one_sender_teaches_a_label_so_often() {
        let mut cap = Cap::default();
        let admitted =
            |cap: &mut Cap, sender, label| (0..20).filter(|_| cap.admits(sender, label)).count();
        for (sender, label) in [("a", Label::Pitch), ("a", Label::Other), ("", Label::Pitch)] {
            assert_eq!(admitted(&mut cap, sender, label), MAILS_OF_SENDER);
            assert_eq!(admitted(&mut cap, sender, label), 0);
        }
    }
}
