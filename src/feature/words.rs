//! Terms of the words: unigrams and bigrams of stems. One set of terms serves both the roles of
//! sentences and the mail as a whole.

use super::Terms;
use crate::text::token::Token;

/// Letters of a word that are kept. German inflects and compounds at the end; in German and English
/// greetings the first seven letters tell one word from another (measured by cross-validation).
const STEM_LETTERS: usize = 7;

/// The term of one token.
pub fn stem(token: &str) -> &str {
    if token.starts_with('#') {
        return token;
    }
    token
        .char_indices()
        .nth(STEM_LETTERS)
        .map_or(token, |(end, _)| token.get(..end).unwrap_or(token))
}

/// Numbers of the unigrams and bigrams of one sentence, in order of the text.
pub fn terms<T: Terms>(tokens: &[Token], terms: &mut T, out: &mut Vec<u32>) {
    let mut bigram = String::with_capacity(2 * STEM_LETTERS + 1);
    let mut previous: Option<&str> = None;
    for token in tokens {
        let stem = stem(&token.text);
        out.extend(terms.number(stem));
        bigram.clear();
        bigram.push_str(previous.unwrap_or("^"));
        bigram.push(' ');
        bigram.push_str(stem);
        out.extend(terms.number(&bigram));
        previous = Some(stem);
    }
    if let Some(last) = previous {
        bigram.clear();
        bigram.push_str(last);
        bigram.push_str(" $");
        out.extend(terms.number(&bigram));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::vocabulary::Growing;
    use crate::text::token::tokens;

    #[test]
    fn unigrams_and_bigrams_with_ends() {
        let mut growing = Growing::default();
        let mut out = Vec::new();
        terms(&tokens("Frohe Weihnachten!"), &mut growing, &mut out);
        assert_eq!(out.len(), 7);
        assert_eq!(
            growing.into_terms(),
            ["frohe", "^ frohe", "weihnac", "frohe weihnac", "!", "weihnac !", "! $"]
        );
    }
}
