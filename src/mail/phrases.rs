//! Lists of phrases that a line is compared with all at once, the case of ASCII letters ignored.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, Input, StartKind};

/// Phrases that are looked for at the beginning of a line.
pub(super) struct Beginnings(List);

/// Phrases that are looked for anywhere in a line.
pub(super) struct Phrases(List);

impl Beginnings {
    /// `list`: in lower case.
    pub(super) const fn new(list: &'static [&'static str]) -> Self {
        Beginnings(List { list, automaton: OnceLock::new() })
    }

    /// Whether one of the phrases begins a line.
    pub(super) fn begin(&self, line: &str) -> bool {
        let input = Input::new(line).anchored(Anchored::Yes).earliest(true);
        self.0.automaton(StartKind::Anchored).is_some_and(|automaton| automaton.is_match(input))
    }
}

impl Phrases {
    /// `list`: in lower case, at most 64.
    pub(super) const fn new(list: &'static [&'static str]) -> Self {
        Phrases(List { list, automaton: OnceLock::new() })
    }

    /// Whether one of the phrases stands in a line.
    pub(super) fn are_in(&self, line: &str) -> bool {
        self.0.automaton(StartKind::Unanchored).is_some_and(|automaton| automaton.is_match(line))
    }

    /// How many different phrases stand in a line, where they don't overlap.
    pub(super) fn count_in(&self, line: &str) -> u32 {
        let Some(automaton) = self.0.automaton(StartKind::Unanchored) else { return 0 };
        let seen = automaton
            .find_iter(line)
            .fold(0u64, |seen, found| seen | 1u64.wrapping_shl(found.pattern().as_u32()));
        seen.count_ones()
    }
}

struct List {
    list: &'static [&'static str],
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl List {
    fn automaton(&self, start: StartKind) -> Option<&AhoCorasick> {
        let build = || {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .kind(Some(AhoCorasickKind::DFA))
                .start_kind(start)
                .build(self.list)
                .ok()
        };
        self.automaton.get_or_init(build).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found() {
        static BEGINNINGS: Beginnings = Beginnings::new(&["viele gr", "über"]);
        assert!(BEGINNINGS.begin("Viele Grüße"));
        assert!(BEGINNINGS.begin("über allem"));
        assert!(!BEGINNINGS.begin("und viele Grüße"));
        static PHRASES: Phrases = Phrases::new(&["viele gr", "über", "gr"]);
        assert!(PHRASES.are_in("und VIELE Grüße"));
        assert!(!PHRASES.are_in("und mehr"));
        assert_eq!(PHRASES.count_in("viele gr, viele gr, über"), 2);
    }
}
