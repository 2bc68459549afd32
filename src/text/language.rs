//! The language of a text, told by its commonest words. For display and statistics only: on a
//! short greeting it is a guess, so no judgement depends on it.

use std::sync::LazyLock;

use super::word_map::WordMap;

const LANGUAGES: [(&str, &[&str]); 12] = [
    (
        "de",
        &[
            "und",
            "der",
            "die",
            "das",
            "ich",
            "nicht",
            "ist",
            "ein",
            "eine",
            "mit",
            "zu",
            "auf",
            "wir",
            "dir",
            "euch",
            "ihnen",
            "ihr",
            "fuer",
            "von",
            "den",
            "dem",
            "im",
            "auch",
            "dich",
            "gruesse",
            "alles",
            "gute",
            "liebe",
            "lieber",
            "frohe",
            "sie",
            "du",
            "zum",
            "bis",
            "hallo",
            "wuensche",
            "wuenschen",
            "jahr",
            "gruss",
            "weihnachten",
            "geburtstag",
            "noch",
            "frohes",
            "neues",
            "schoene",
            "herzliche",
            "guten",
            "lg",
            "danke",
        ],
    ),
    (
        "en",
        &[
            "the",
            "and",
            "you",
            "to",
            "of",
            "a",
            "for",
            "your",
            "is",
            "in",
            "it",
            "have",
            "we",
            "with",
            "that",
            "be",
            "are",
            "this",
            "all",
            "happy",
            "hope",
            "day",
            "i",
            "my",
            "from",
            "on",
            "at",
            "was",
            "will",
            "merry",
            "christmas",
            "birthday",
            "dear",
            "new",
            "year",
            "best",
            "thanks",
            "wishes",
            "love",
            "hi",
            "too",
        ],
    ),
    (
        "fr",
        &[
            "le", "la", "les", "et", "vous", "je", "de", "une", "pour", "est", "tres", "nous",
            "bonne", "annee", "joyeux", "votre", "toi", "avec", "des", "du",
        ],
    ),
    (
        "es",
        &[
            "el", "los", "y", "que", "de", "un", "para", "feliz", "por", "con", "muy", "una", "en",
            "te", "tu", "del", "su", "las", "ano", "navidad",
        ],
    ),
    (
        "it",
        &[
            "il", "che", "di", "un", "per", "sono", "buon", "tanti", "auguri", "con", "una", "e",
            "ti", "della", "gli", "anno", "natale", "non", "sei", "del",
        ],
    ),
    (
        "nl",
        &[
            "het", "een", "en", "van", "ik", "je", "voor", "met", "is", "fijne", "de", "jullie",
            "dat", "niet", "wij", "zijn", "jaar", "gelukkig", "ook", "aan",
        ],
    ),
    (
        "pl",
        &[
            "i",
            "w",
            "na",
            "sie",
            "nie",
            "do",
            "z",
            "to",
            "zyczenia",
            "wszystkiego",
            "najlepszego",
            "jest",
            "swiat",
            "dla",
            "oraz",
            "zycze",
            "jak",
            "was",
            "roku",
            "nowego",
        ],
    ),
    (
        "pt",
        &[
            "o", "os", "e", "um", "para", "com", "feliz", "voce", "muito", "que", "da", "do",
            "uma", "natal", "ano", "seu", "parabens", "nao", "em", "por",
        ],
    ),
    (
        "sv",
        &[
            "och", "att", "det", "en", "jag", "du", "for", "med", "god", "jul", "gott", "nytt",
            "ar", "pa", "som", "har", "till", "vi", "den", "av",
        ],
    ),
    (
        "cs",
        &[
            "a", "v", "na", "se", "je", "to", "vesele", "vanoce", "stastny", "novy", "rok",
            "preji", "vam", "hodne", "jsem", "ze", "za", "do", "ti", "pro",
        ],
    ),
    (
        "tr",
        &[
            "ve", "bir", "bu", "mutlu", "yillar", "icin", "dogum", "gunun", "kutlu", "olsun",
            "sana", "cok", "ile", "iyi", "yeni", "size", "ne", "ben", "daha", "de",
        ],
    ),
    (
        "hu",
        &[
            "es",
            "a",
            "az",
            "hogy",
            "nem",
            "boldog",
            "karacsonyt",
            "uj",
            "evet",
            "kivanok",
            "szuletesnapot",
            "is",
            "egy",
            "kellemes",
            "unnepeket",
            "neked",
            "nektek",
            "van",
            "meg",
            "sok",
        ],
    ),
];

/// For each of the words, a bit a language that it belongs to.
static WORDS: LazyLock<WordMap<u16>> = LazyLock::new(|| {
    let mut words = WordMap::default();
    for (bit, (_, list)) in LANGUAGES.iter().enumerate() {
        for word in *list {
            *words.entry(word, 0) |= 1 << bit;
        }
    }
    words
});

/// Counts commonest words, one text at a time.
#[derive(Debug, Default, Clone)]
pub struct Counter {
    hits: [u32; LANGUAGES.len()],
    cyrillic: u32,
    words: u32,
}

impl Counter {
    /// Takes in one folded word.
    pub fn add(&mut self, word: &str) {
        self.words += 1;
        if word.chars().next().is_some_and(|c| matches!(c, 'а'..='я' | 'ё')) {
            self.cyrillic += 1;
            return;
        }
        let Some(languages) = WORDS.get(word) else { return };
        for (bit, hits) in self.hits.iter_mut().enumerate() {
            *hits += u32::from(languages & (1 << bit) != 0);
        }
    }

    /// ISO 639-1 code of the likeliest language, `und` where nothing tells. Ties go to the first.
    pub fn language(&self) -> &'static str {
        if self.cyrillic * 2 > self.words {
            return "ru";
        }
        let mut best = ("und", 0);
        for (hits, (code, _)) in self.hits.iter().zip(&LANGUAGES) {
            if *hits > best.1 {
                best = (code, *hits);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::token;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut counter = Counter::default();
        token::tokens(text).iter().for_each(|it| counter.add(&it.text));
        assert_eq!(counter.language(), expected, "{text}");
    }

    #[test]
    fn greetings() {
        check("Alles Gute zum Geburtstag, bis bald", "de");
        check("Merry Christmas to you and your family", "en");
        check("Joyeux Noël et bonne année", "fr");
        check("Feliz Navidad y próspero año para todos", "es");
        check("Tanti auguri di buon compleanno", "it");
        check("С днём рождения", "ru");
        check("🎄🎄", "und");
    }
}
