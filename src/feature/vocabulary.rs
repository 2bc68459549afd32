//! Terms by number. While a model is trained every term gets one; a fitted model knows only its
//! own, and looks them up by hash.

use std::collections::HashMap;

use crate::text::word_map::WordMap;

/// Gives terms their numbers.
pub trait Terms {
    /// The number of a term, none if it is not known.
    fn number(&mut self, term: &str) -> Option<u32>;
}

/// The terms of a model, sorted.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    terms: Vec<String>,
    numbers: WordMap<u32>,
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        self.terms == other.terms
    }
}

impl Vocabulary {
    /// Sorts the terms, drops doubles and numbers them.
    pub fn new(mut terms: Vec<String>) -> Self {
        terms.sort_unstable();
        terms.dedup();
        let numbers = terms.iter().map(String::as_str).zip(0..).collect();
        Vocabulary { terms, numbers }
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The term of a number.
    pub fn term(&self, number: u32) -> &str {
        self.terms.get(number as usize).map_or("", String::as_str)
    }

    /// The number of a term.
    pub fn find(&self, term: &str) -> Option<u32> {
        self.numbers.get(term)
    }

    /// All terms in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(String::as_str)
    }
}

impl Terms for &Vocabulary {
    fn number(&mut self, term: &str) -> Option<u32> {
        self.find(term)
    }
}

/// Numbers terms as they come.
#[derive(Debug, Default)]
pub struct Growing {
    by_term: HashMap<String, u32>,
    terms: Vec<String>,
}

impl Growing {
    /// The terms, in the order of their numbers.
    pub fn into_terms(self) -> Vec<String> {
        self.terms
    }
}

impl Terms for Growing {
    fn number(&mut self, term: &str) -> Option<u32> {
        if let Some(number) = self.by_term.get(term) {
            return Some(*number);
        }
        let number = u32::try_from(self.terms.len()).ok()?;
        self.by_term.insert(term.to_owned(), number);
        self.terms.push(term.to_owned());
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vocabulary_is_sorted_and_knows_only_its_own() {
        let mut vocabulary = &Vocabulary::new(vec!["b".into(), "a".into(), "b".into()]);
        assert_eq!((vocabulary.len(), vocabulary.term(1)), (2, "b"));
        assert_eq!((vocabulary.number("b"), vocabulary.number("c")), (Some(1), None));
    }

    #[test]
    fn growing_numbers_are_stable() {
        let mut growing = Growing::default();
        assert_eq!(growing.number("x"), Some(0));
        assert_eq!(growing.number("y"), Some(1));
        assert_eq!(growing.number("x"), Some(0));
        assert_eq!(growing.into_terms(), ["x", "y"]);
    }
}
