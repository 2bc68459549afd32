//! [`Encoded`]: a mail as numbers of terms.

use super::{Document, Terms, layout, sentence, words};
use crate::mail::Mail;

/// Distinct terms of a mail, each list sorted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Encoded {
    /// For each sentence of the document its words, cues, place and neighbours.
    pub sentences: Vec<Vec<u32>>,
    /// Words of the whole mail, in the numbers of the sentences.
    pub words: Vec<u32>,
    /// Terms of the layout, in numbers of their own.
    pub layout: Vec<u32>,
}

impl Encoded {
    /// Encodes a mail. Terms that `sentence_terms` and `layout_terms` don't know are left out.
    pub fn read<S: Terms, L: Terms>(
        mail: &Mail,
        document: &Document,
        sentence_terms: &mut S,
        layout_terms: &mut L,
    ) -> Self {
        let mut encoded = Encoded::default();
        for (at, read) in document.sentences.iter().enumerate() {
            let mut terms = Vec::with_capacity(read.tokens.len() * 3 + 24);
            words::terms(&read.tokens, sentence_terms, &mut terms);
            encoded.words.extend_from_slice(&terms);
            sentence::terms(document, at, sentence_terms, &mut terms);
            encoded.sentences.push(distinct(terms));
        }
        encoded.words = distinct(std::mem::take(&mut encoded.words));
        layout::terms(mail, document, layout_terms, &mut encoded.layout);
        encoded.layout = distinct(std::mem::take(&mut encoded.layout));
        encoded
    }
}

fn distinct(mut terms: Vec<u32>) -> Vec<u32> {
    terms.sort_unstable();
    terms.dedup();
    terms
}
