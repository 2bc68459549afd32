//! The sentence bank: single sentences with their roles, for the roles that are found worst.
//! `.bank` files, one sentence a line behind the letter of its role; blank lines and lines that
//! begin with `#` are passed over.

use crate::classify::Role;

/// Sentences of a file in order, and the numbers of the lines (from 1) that are none.
pub(super) fn parse(text: &str) -> (Vec<(Role, String)>, Vec<usize>) {
    let mut sentences = Vec::new();
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let marked = line.split_once(' ').and_then(|(mark, sentence)| {
            let mut letters = mark.chars();
            let role = Role::from_letter(letters.next()?)?;
            letters.next().is_none().then(|| (role, sentence.trim().to_owned()))
        });
        match marked {
            Some(sentence) => sentences.push(sentence),
            None => faults.push(number),
        }
    }
    (sentences, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_and_faults() {
        let (sentences, faults) = parse(
            "# de\n\nX Werd schnell gesund, Anna.\nAlles Gute\nU Danke fürs Fahren!\nZ was\n",
        );
        assert_eq!(
            sentences,
            [
                (Role::IndividualWish, "Werd schnell gesund, Anna.".to_owned()),
                (Role::IndividualThanks, "Danke fürs Fahren!".to_owned()),
            ]
        );
        assert_eq!(faults, [4, 6]);
    }
}
