//! Terms of a sentence beside its words: cues, place, length, marks, neighbours. They tell its role.

use super::{Document, Place, Sentence, Terms};
use crate::text::token::Token;

/// Appends the numbers of the terms of sentence `at` of a document.
pub fn terms<T: Terms>(document: &Document, at: usize, terms: &mut T, out: &mut Vec<u32>) {
    let Some(sentence) = document.sentences.get(at) else { return };
    let mut term = String::with_capacity(32);
    let mut add = |parts: &[&str]| {
        term.clear();
        parts.iter().for_each(|it| term.push_str(it));
        out.extend(terms.number(&term));
    };
    for cue in sentence.cues.iter() {
        add(&["@cue ", cue.name()]);
    }
    for first in sentence.cues.iter() {
        for second in sentence.cues.iter().filter(|it| *it > first) {
            add(&["@cues ", first.name(), " ", second.name()]);
        }
    }
    if let Some(before) = at.checked_sub(1).and_then(|it| document.sentences.get(it)) {
        before.cues.iter().for_each(|cue| add(&["@before ", cue.name()]));
    }
    if let Some(after) = document.sentences.get(at + 1) {
        after.cues.iter().for_each(|cue| add(&["@after ", cue.name()]));
    }
    add(&["@place ", place(document, at, sentence)]);
    add(&["@length ", length(sentence.tokens.len())]);
    add(&["@end ", end(&sentence.text)]);
    if sentence.own_line {
        add(&["@own-line ", length(sentence.tokens.len())]);
    }
    if sentence.opens_paragraph {
        add(&["@opens-paragraph"]);
    }
    if sentence.tokens.iter().filter(|it| it.shouted).count() > 2 {
        add(&["@shouted"]);
    }
    add(&["@specific ", specific(&sentence.tokens)]);
}

/// Where a sentence stands, as coarse as it matters.
fn place(document: &Document, at: usize, sentence: &Sentence) -> &'static str {
    match sentence.place {
        Place::Subject => return "subject",
        Place::Image => return "image",
        Place::Attachment => return "attachment",
        Place::Hidden => return "hidden",
        Place::Body => {}
    }
    let first = document.body().next().map_or(0, |(it, _)| it);
    let last = document.body().next_back().map_or(0, |(it, _)| it);
    match (at - first, last - at) {
        (0, _) => "first",
        (1, _) => "second",
        (_, 0) => "last",
        (_, 1) => "last but one",
        (_, 2) => "last but two",
        (from_start, to_end) if from_start < to_end => "first half",
        _ => "second half",
    }
}

/// A number of tokens, in steps.
pub fn length(tokens: usize) -> &'static str {
    match tokens {
        0..=1 => "1",
        2 => "2",
        3 => "3",
        4..=5 => "5",
        6..=8 => "8",
        9..=14 => "14",
        15..=24 => "24",
        _ => "more",
    }
}

fn end(text: &str) -> &'static str {
    match text.trim_end().chars().next_back() {
        Some('!') => "!",
        Some('?') => "?",
        Some('.') => ".",
        Some(',') => ",",
        Some(':') => ":",
        _ => "none",
    }
}

/// How many things in the sentence are named: names, days, numbers.
fn specific(tokens: &[Token]) -> &'static str {
    let count = tokens
        .iter()
        .filter(|it| matches!(it.text.as_str(), "#name" | "#num" | "#date" | "#time" | "#year"))
        .count();
    match count {
        0 => "0",
        1 => "1",
        2 => "2",
        _ => "more",
    }
}
