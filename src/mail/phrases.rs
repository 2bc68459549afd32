//! Lists of phrases that a line is compared with all at once, the case of ASCII letters ignored.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, StartKind};

/// Phrases that are looked for at the beginning of a line.
pub(super) struct Beginnings(&'static [&'static str]);

/// Phrases that are looked for anywhere in a line.
pub(super) struct Phrases {
    list: &'static [&'static str],
    /// Compiled when it is first asked.
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Beginnings {
    /// `list`: in lower case, ordered by the first byte.
    pub(super) const fn new(list: &'static [&'static str]) -> Self {
        Beginnings(list)
    }

    /// Whether one of the phrases begins a line.
    pub(super) fn begin(&self, line: &str) -> bool {
        let line = line.as_bytes();
        let Some(first) = line.first().map(u8::to_ascii_lowercase) else { return false };
        let from = self.0.partition_point(|phrase| phrase.as_bytes().first() < Some(&first));
        self.0
            .iter()
            .skip(from)
            .map(|phrase| phrase.as_bytes())
            .take_while(|phrase| phrase.first() == Some(&first))
            .any(|phrase| {
                line.get(..phrase.len()).is_some_and(|head| head.eq_ignore_ascii_case(phrase))
            })
    }
}

impl Phrases {
    /// `list`: in lower case, at most 64.
    pub(super) const fn new(list: &'static [&'static str]) -> Self {
        Phrases { list, automaton: OnceLock::new() }
    }

    /// Whether one of the phrases stands in a line.
    pub(super) fn are_in(&self, line: &str) -> bool {
        self.automaton().is_some_and(|automaton| automaton.is_match(line))
    }

    /// How many different phrases stand in a line, where they don't overlap.
    pub(super) fn count_in(&self, line: &str) -> u32 {
        let Some(automaton) = self.automaton() else { return 0 };
        let seen = automaton
            .find_iter(line)
            .fold(0u64, |seen, found| seen | 1u64.wrapping_shl(found.pattern().as_u32()));
        seen.count_ones()
    }

    fn automaton(&self) -> Option<&AhoCorasick> {
        let build = || {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .kind(Some(AhoCorasickKind::DFA))
                .start_kind(StartKind::Unanchored)
                .build(self.list)
                .ok()
        };
        self.automaton.get_or_init(build).as_ref()
    }
}

#[cfg(test)]
impl Beginnings {
    /// Whether the list is in order; for the tests of those who have one.
    pub(super) fn is_ordered(&self) -> bool {
        self.0.is_sorted_by_key(|phrase| phrase.as_bytes().first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found() {
        static BEGINNINGS: Beginnings = Beginnings::new(&["viele gr", "von", "über"]);
        assert!(BEGINNINGS.is_ordered());
        assert!(BEGINNINGS.begin("Viele Grüße"));
        assert!(BEGINNINGS.begin("VON HERZEN"));
        assert!(BEGINNINGS.begin("über allem"));
        assert!(!BEGINNINGS.begin("und viele Grüße"));
        assert!(!BEGINNINGS.begin("vo"));
        assert!(!BEGINNINGS.begin(""));
        static PHRASES: Phrases = Phrases::new(&["viele gr", "über", "gr"]);
        assert!(PHRASES.are_in("und VIELE Grüße"));
        assert!(!PHRASES.are_in("und mehr"));
        assert_eq!(PHRASES.count_in("viele gr, viele gr, über"), 2);
    }
}
