//! Which samples belong together, so that no fold learns from the twin of what it is tested on.
//!
//! Samples are united that share a group of their corpus, a thread, or much of their text; and of
//! those without a given group, real mails of one sender. A thread is told by message ids, or by an
//! equal subject between people who write to one another: an equal subject alone is none ("Frohe
//! Weihnachten").

use std::collections::{BTreeMap, HashMap};

use xxhash_rust::xxh3::xxh3_64;

use super::{Origin, Sample};
use crate::mail::Mail;

/// Words of a shingle.
const SHINGLE_WORDS: usize = 4;
/// A text with fewer shingles resembles nothing: "Alles Gute zum Geburtstag, bis morgen!"
const MIN_SHINGLES: usize = 8;
/// Shared shingles over those of the shorter text; more than this and they are near-duplicates.
const MAX_OVERLAP: f64 = 0.35;
/// A shingle in more texts than this is a formula of the language or a provider's footer: it tells
/// nothing of kinship, and following it would take quadratic time.
const MAX_TEXTS: usize = 500;

/// What tells which samples a sample belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kin {
    /// Hashes of the words of its new text, in order.
    pub words: Vec<u64>,
    /// Its own message id and those that it refers to.
    pub thread: Vec<String>,
    /// The subject without prefixes, lower case.
    pub subject: String,
    /// The author's address, lower case.
    pub author: String,
    /// The addresses that it was sent to, lower case.
    pub addressees: Vec<String>,
}

impl Kin {
    /// Takes it from a mail.
    pub fn of(mail: &Mail) -> Self {
        let ids = mail.message_id.iter().chain(&mail.references);
        Kin {
            words: words(&mail.text),
            // What has no `@` is no id that its software took care to make unique.
            thread: ids.filter(|id| id.contains('@')).cloned().collect(),
            subject: subject(&mail.subject),
            author: mail.from.as_ref().map(|it| it.address.clone()).unwrap_or_default(),
            addressees: mail.to.iter().chain(&mail.cc).map(|it| it.address.clone()).collect(),
        }
    }
}

/// Hashes of the words of a text, lower case, in order.
pub fn words(text: &str) -> Vec<u64> {
    text.split(|it: char| !it.is_alphanumeric() && it != '_')
        .filter(|word| !word.is_empty())
        .map(|word| xxh3_64(word.to_lowercase().as_bytes()))
        .collect()
}

/// The subject without `Re:`, `AW:`, `WG:` and the like, lower case, blanks collapsed.
fn subject(subject: &str) -> String {
    const PREFIXES: [&str; 8] = ["re", "aw", "antw", "wg", "fw", "fwd", "sv", "tr"];
    let lower = subject.to_lowercase();
    let mut rest = lower.trim();
    while let Some((prefix, behind)) = rest.split_once(':') {
        if !PREFIXES.contains(&prefix.trim_end()) {
            break;
        }
        rest = behind.trim_start();
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Gives the samples that belong together the same group: of the groups that they had, the one
/// that comes first. `kin` says of each sample, in the same order, what tells its kinship.
pub fn unite(samples: &mut [Sample], kin: &[Kin]) {
    let mut union = Union::new(samples.len());
    let mut shared = Shared::default();
    for (at, (sample, kin)) in samples.iter().zip(kin).enumerate() {
        shared.add(&mut union, at, 'g', &sample.group);
        for id in &kin.thread {
            shared.add(&mut union, at, 't', id);
        }
        if sample.origin == Origin::Mail && !sample.grouped {
            shared.add(&mut union, at, 's', &kin.author);
            if !kin.subject.is_empty() && !kin.author.is_empty() {
                for person in kin.addressees.iter().filter(|it| !it.is_empty()) {
                    let pair = if *person < kin.author {
                        [person.as_str(), kin.author.as_str()]
                    } else {
                        [kin.author.as_str(), person.as_str()]
                    };
                    shared.add(
                        &mut union,
                        at,
                        'c',
                        &format!("{}\n{}", pair.join("\n"), kin.subject),
                    );
                }
            }
        }
    }
    let texts: Vec<&[u64]> = kin.iter().map(|it| it.words.as_slice()).collect();
    for (a, b, _) in near_duplicates(&texts) {
        union.join(a, b);
    }
    let roots: Vec<usize> = (0..samples.len()).map(|at| union.root(at)).collect();
    let mut first: BTreeMap<usize, String> = BTreeMap::new();
    for (sample, root) in samples.iter().zip(&roots) {
        let name = first.entry(*root).or_insert_with(|| sample.group.clone());
        if sample.group < *name {
            name.clone_from(&sample.group);
        }
    }
    for (sample, root) in samples.iter_mut().zip(&roots) {
        if let Some(name) = first.get(root) {
            sample.group.clone_from(name);
        }
    }
}

/// Who first had each thing that unites those who share it.
#[derive(Debug, Default)]
struct Shared(HashMap<(char, String), usize>);

impl Shared {
    fn add(&mut self, union: &mut Union, at: usize, kind: char, key: &str) {
        if !key.is_empty() {
            let first = *self.0.entry((kind, key.to_owned())).or_insert(at);
            union.join(first, at);
        }
    }
}

/// Pairs of texts that share more than 0.35 of the shorter one's four-word shingles, with that
/// share; the later one first. Texts with fewer than 8 shingles have no duplicates. Shingles that
/// stand in more than 500 texts count on neither side.
pub fn near_duplicates(texts: &[&[u64]]) -> Vec<(usize, usize, f64)> {
    let mut ids: HashMap<u64, usize> = HashMap::new();
    // For each shingle the texts that have it, in order.
    let mut having: Vec<Vec<usize>> = Vec::new();
    let mut shingles: Vec<Vec<usize>> = Vec::with_capacity(texts.len());
    for (text, words) in texts.iter().enumerate() {
        let mut of_text = Vec::with_capacity(words.len());
        for window in words.windows(SHINGLE_WORDS) {
            let hash = window.iter().fold(0_u64, |hash, word| {
                (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            });
            let id = *ids.entry(hash).or_insert(having.len());
            if id == having.len() {
                having.push(Vec::new());
            }
            if let Some(texts) = having.get_mut(id)
                && texts.last() != Some(&text)
            {
                texts.push(text);
                of_text.push(id);
            }
        }
        shingles.push(of_text);
    }
    let telling = |id: &&usize| having.get(**id).is_some_and(|texts| texts.len() <= MAX_TEXTS);
    let sizes: Vec<usize> = shingles.iter().map(|ids| ids.iter().filter(telling).count()).collect();
    let size = |text: usize| sizes.get(text).copied().unwrap_or(0);
    let mut pairs = Vec::new();
    let mut common = vec![0_usize; texts.len()];
    for (text, ids) in shingles.iter().enumerate().filter(|(text, _)| size(*text) >= MIN_SHINGLES) {
        let mut met = Vec::new();
        for id in ids.iter().filter(telling) {
            for &other in having.get(*id).into_iter().flatten().take_while(|it| **it < text) {
                if let Some(count) = common.get_mut(other) {
                    if *count == 0 {
                        met.push(other);
                    }
                    *count += 1;
                }
            }
        }
        for other in met {
            let count = common.get_mut(other).map(std::mem::take).unwrap_or(0);
            let smaller = size(text).min(size(other));
            let share = count as f64 / smaller.max(1) as f64;
            if smaller >= MIN_SHINGLES && share > MAX_OVERLAP {
                pairs.push((text, other, share));
            }
        }
    }
    pairs
}

/// Disjoint sets.
#[derive(Debug)]
struct Union(Vec<usize>);

impl Union {
    fn new(size: usize) -> Self {
        Union((0..size).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(&above) = self.0.get(at) {
            if above == at {
                break;
            }
            // Halves the way for the next one.
            let next = self.0.get(above).copied().unwrap_or(above);
            if let Some(it) = self.0.get_mut(at) {
                *it = next;
            }
            at = next;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(it) = self.0.get_mut(a.max(b)) {
            *it = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Label;
    use crate::corpus::test_sample;

    fn kin(thread: &[&str], subject: &str, author: &str, addressees: &[&str]) -> Kin {
        let owned = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        Kin {
            words: Vec::new(),
            thread: owned(thread),
            subject: super::subject(subject),
            author: author.to_owned(),
            addressees: owned(addressees),
        }
    }

    /// Unites samples `a`, `b`, ... and gives the group of each.
    fn united(kin: &[Kin], change: impl Fn(&mut Sample)) -> String {
        let mut samples: Vec<Sample> = ('a'..)
            .take(kin.len())
            .map(|name| test_sample(&name.to_string(), Label::Other))
            .collect();
        samples.iter_mut().for_each(change);
        unite(&mut samples, kin);
        samples.into_iter().map(|it| it.group).collect()
    }

    #[track_caller]
    fn check(kin: &[Kin], expected: &str) {
        assert_eq!(united(kin, |_| ()), expected);
    }

    #[test]
    fn threads_and_senders() {
        check(&[Kin::default(), Kin::default()], "ab");
        // By message id, also through a third.
        let ids = |ids: &[&str]| kin(ids, "", "", &[]);
        check(&[ids(&["1@x"]), ids(&["3@x", "2@x"]), ids(&["2@x", "1@x"]), ids(&["4@x"])], "aaad");
        // By sender.
        let by = |author| kin(&[], "", author, &["me@x"]);
        check(&[by("a@x"), by("b@x"), by("a@x")], "aba");
        // By subject, only between the same two people.
        let hi = |subject, author, to| kin(&[], subject, author, &[to]);
        check(&[hi("Skat", "a@x", "b@x"), hi("AW: Re: skat", "b@x", "a@x")], "aa");
        check(&[hi("Frohes Fest", "a@x", "b@x"), hi("Frohes Fest", "c@x", "b@x")], "ab");
        check(&[hi("", "a@x", "b@x"), hi("Re:", "b@x", "a@x")], "ab");
    }

    #[test]
    fn what_a_mail_tells() {
        let address =
            |it: &str| crate::mail::Address { name: "N".to_owned(), address: it.to_owned() };
        let mail = Mail {
            message_id: Some("1@x".to_owned()),
            references: vec!["0@x".to_owned(), "1".to_owned()],
            subject: "AW: [Skat] WG:  Frohe   Ostern: Re: alle".to_owned(),
            from: Some(address("a@x")),
            to: vec![address("b@x")],
            cc: vec![address("c@x")],
            text: "Ein gutes Jahr!".to_owned(),
            ..Mail::default()
        };
        let expected = Kin {
            words: words("ein GUTES, jahr"),
            subject: "[skat] wg: frohe ostern: re: alle".to_owned(),
            ..kin(&["1@x", "0@x"], "", "a@x", &["b@x", "c@x"])
        };
        assert_eq!(Kin::of(&mail), expected);
    }

    #[test]
    fn a_given_group_stands_for_the_sender() {
        let same = kin(&[], "", "a@x", &[]);
        let given = |sample: &mut Sample| sample.grouped = true;
        assert_eq!(united(&[same.clone(), same.clone()], given), "ab");
        let one_group = |sample: &mut Sample| sample.group = "g".to_owned();
        assert_eq!(united(&[Kin::default(), Kin::default()], one_group), "gg");
        let written = |sample: &mut Sample| sample.origin = Origin::Written;
        assert_eq!(united(&[same.clone(), same], written), "ab");
    }

    #[track_caller]
    fn check_texts(texts: &[&str], expected: &[(usize, usize)]) {
        let words: Vec<Vec<u64>> = texts.iter().map(|it| words(it)).collect();
        let words: Vec<&[u64]> = words.iter().map(Vec::as_slice).collect();
        let pairs: Vec<_> = near_duplicates(&words).iter().map(|it| (it.0, it.1)).collect();
        assert_eq!(pairs, expected);
    }

    #[test]
    fn near_duplicates_share_a_third_of_the_shorter_text() {
        let long = "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf";
        let changed = long.replace("sieben", "SIEBEN!").replace("zwölf", "dreizehn");
        let half = long.replace("drei", "x").replace("neun", "y");
        check_texts(&[long, &changed, "ganz anderer Text", long], &[(1, 0), (3, 0), (3, 1)]);
        check_texts(&[long, &half], &[]);
        // Ten words have seven shingles.
        let short = "a b c d e f g h i j";
        check_texts(&[short, short], &[]);
    }

    #[test]
    fn a_formula_that_everybody_uses_is_no_kinship() {
        let footer = "one two three four five six seven eight nine ten eleven twelve";
        let texts: Vec<String> = (0..=MAX_TEXTS)
            .map(|n| format!("{footer} {}", [n; 12].map(|it| format!("w{it}")).join(" ")))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        check_texts(&texts, &[]);
        assert_eq!(
            near_duplicates(&[&words(texts[0])[..], &words(texts[1])[..]]).len(),
            1,
            "two of them alone are twins"
        );
    }
}
