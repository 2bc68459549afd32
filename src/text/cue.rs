//! Cue families: phrases that stand for one meaning, from `lexicon/cues.txt`, found in one linear
//! pass (A. Aho, M. Corasick, "Efficient string matching", CACM 18, 1975).

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::word_map::WordMap;

/// A family of cues, by its place in [`names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family(u8);

/// A set of families.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Families(u64);

struct Lexicon {
    names: Vec<&'static str>,
    /// What a family means, for people.
    meanings: Vec<&'static str>,
    automaton: Option<AhoCorasick>,
    /// Family of each pattern of the automaton.
    family: Vec<Family>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| read(include_str!("lexicon/cues.txt")));
static GIVEN_NAMES: LazyLock<WordMap<()>> = LazyLock::new(|| {
    include_str!("lexicon/names.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|name| (name, ()))
        .collect()
});

/// Whether a folded word is a common given name.
pub fn is_given_name(word: &str) -> bool {
    GIVEN_NAMES.get(word).is_some()
}

/// Finds the families in a sentence, given as its tokens joined by single blanks with a blank
/// before the first and after the last.
pub fn find(padded: &str) -> Families {
    let mut found = Families::default();
    let Some(automaton) = &LEXICON.automaton else { return found };
    for hit in automaton.find_overlapping_iter(padded) {
        if let Some(family) = LEXICON.family.get(hit.pattern().as_usize()) {
            found.insert(*family);
        }
    }
    found
}

/// Finds a family by its name.
pub fn family(name: &str) -> Option<Family> {
    let at = LEXICON.names.iter().position(|it| *it == name)?;
    u8::try_from(at).ok().map(Family)
}

/// All families.
pub fn all() -> impl Iterator<Item = Family> {
    (0..LEXICON.names.len()).filter_map(|at| u8::try_from(at).ok().map(Family))
}

impl Family {
    /// Its name in terms and files.
    pub fn name(self) -> &'static str {
        LEXICON.names.get(usize::from(self.0)).copied().unwrap_or("")
    }

    /// What it means, in words for people.
    pub fn meaning(self) -> &'static str {
        LEXICON.meanings.get(usize::from(self.0)).copied().unwrap_or("")
    }
}

impl Families {
    /// Adds a family.
    pub fn insert(&mut self, family: Family) {
        self.0 |= 1 << family.0;
    }

    /// Whether it holds a family.
    pub fn contains(self, family: Family) -> bool {
        self.0 & (1 << family.0) != 0
    }

    /// Everything that is in one of the two.
    pub fn union(self, other: Families) -> Families {
        Families(self.0 | other.0)
    }

    /// Whether one of `others` is among them.
    pub fn intersects(self, others: Families) -> bool {
        self.0 & others.0 != 0
    }

    /// The families, in order.
    pub fn iter(self) -> impl Iterator<Item = Family> {
        (0..64).filter(move |at| self.0 & (1 << at) != 0).map(Family)
    }

    /// The set of these names; unknown names are left out.
    pub fn of(names: &[&str]) -> Families {
        let mut set = Families::default();
        names.iter().filter_map(|it| family(it)).for_each(|it| set.insert(it));
        set
    }
}

fn read(text: &'static str) -> Lexicon {
    let (mut names, mut meanings) = (Vec::new(), Vec::new());
    let (mut patterns, mut families) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.starts_with("# ") && *line != "#") {
        if let Some((name, meaning)) = line.strip_prefix('[').and_then(|it| it.split_once("] ")) {
            names.push(name);
            meanings.push(meaning);
            continue;
        }
        let Some(family) = u8::try_from(names.len()).ok().and_then(|it| it.checked_sub(1)) else {
            continue;
        };
        for phrase in line.split(';').map(str::trim).filter(|it| !it.is_empty()) {
            patterns.push(pattern(phrase));
            families.push(Family(family));
        }
    }
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(patterns)
        .ok();
    Lexicon { names, meanings, automaton, family: families }
}

/// `"guten rutsch"` becomes `" guten rutsch "`, `"spend*"` becomes `" spend"`.
fn pattern(phrase: &str) -> String {
    let (open, rest) = match phrase.strip_prefix('*') {
        Some(rest) => ("", rest),
        None => (" ", phrase),
    };
    match rest.strip_suffix('*') {
        Some(stem) => format!("{open}{stem}"),
        None => format!("{open}{rest} "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::token;

    fn families(sentence: &str) -> Vec<&'static str> {
        let tokens: Vec<_> = token::tokens(sentence).into_iter().map(|it| it.text).collect();
        find(&format!(" {} ", tokens.join(" "))).iter().map(Family::name).collect()
    }

    #[track_caller]
    fn check(sentence: &str, expected: &[&str]) {
        let found = families(sentence);
        for name in expected {
            assert!(found.contains(name), "{sentence}: {name} is not in {found:?}");
        }
    }

    #[test]
    fn the_lexicon_fits_its_set_and_has_no_typing_errors() {
        assert!(LEXICON.names.len() <= 64, "{} families", LEXICON.names.len());
        assert!(LEXICON.automaton.is_some());
        let text = include_str!("lexicon/cues.txt");
        for phrase in
            text.lines().filter(|it| !it.starts_with(['#', '['])).flat_map(|it| it.split(';'))
        {
            let folded: String = crate::text::fold(phrase);
            assert_eq!(folded, phrase, "not in folded form");
        }
    }

    #[test]
    fn phrases_are_found_by_meaning() {
        check("Frohe Weihnachten!", &["occasion-christmas", "wish-formula"]);
        check("Weißt Du noch, unsere Wanderung?", &["memory"]);
        check("20 % Rabatt auf alles", &["price"]);
        check("Kennst du jemanden, der eine Stelle hat?", &["ask-job"]);
        check("Lang, lang ist's her: ewig nichts gehört", &["dormant"]);
        check("Wir wünschen Ihnen und Ihrer Familie", &["house-style", "wish-verb"]);
    }

    #[test]
    fn words_match_whole() {
        assert!(!families("Die Wirtschaft").contains(&"we"));
        assert!(families("Weihnachtsbaumkugel").contains(&"occasion-christmas"));
    }

    #[test]
    fn sets() {
        let set = Families::of(&["price", "click", "no such family"]);
        assert_eq!(set.iter().map(Family::name).collect::<Vec<_>>(), ["price", "click"]);
        assert!(set.contains(family("price").unwrap()) && !set.contains(family("i").unwrap()));
    }
}
