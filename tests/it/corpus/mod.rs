//! The project's own corpus: that it is what `models/corpus/WRITING.md` asks for. Each test says
//! everything that is wrong at once, with file and line.

mod habits;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use grussd::classify::{Label, Occasion, Role};
use grussd::corpus::groups::{self, Kin};
use grussd::corpus::written::{self, Entry};
use grussd::corpus::{self, Corpus, Origin, marks};
use jiff::Zoned;
use regex::Regex;

/// Near-duplicates across folders are united into one group, but each makes the corpus smaller
/// than it looks. In 5,258 mails 84 (1.6 %) had such a twin.
const MAX_TWINS: f64 = 0.03;
/// HTML with text that bears no mark: numbers of a scale, a quoted card. It was 0.1 % of the mails.
const MAX_UNMARKED_HTML: f64 = 0.005;

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| corpus::read(&root()).unwrap());

/// Mails with their file, in the order of the corpus's samples.
static MAILS: LazyLock<Vec<(PathBuf, Entry)>> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    CORPUS
        .samples
        .iter()
        .map(|sample| {
            let (file, id) = sample.id.split_once('#').unwrap();
            let path = root().join(file);
            let entries = files
                .entry(file)
                .or_insert_with(|| written::parse(&std::fs::read_to_string(&path).unwrap()).0);
            (path, entries.iter().find(|it| it.id == id).unwrap().clone())
        })
        .collect()
});

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/corpus")
}

/// Fails with what `fault` says of the mails.
#[track_caller]
fn check(fault: impl Fn(&Entry) -> Option<String>) {
    let faults: Vec<String> = MAILS
        .iter()
        .filter_map(|(path, entry)| {
            let place = path.strip_prefix(root()).unwrap().display();
            Some(format!("{place}:{} {}: {}", entry.line, entry.id, fault(entry)?))
        })
        .collect();
    assert!(faults.is_empty(), "{} mails:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_mail_can_be_read() {
    let problems: Vec<String> = CORPUS.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(CORPUS.samples.iter().all(|it| it.origin == Origin::Written));
}

#[test]
fn dates_are_real_and_fit_their_weekday() {
    check(|entry| {
        let date = entry.header("Date")?;
        let year = |it: &Zoned| (1995..=2026).contains(&it.year());
        match jiff::fmt::rfc2822::parse(date) {
            Err(error) => Some(format!("`{date}`: {error}")),
            Ok(date) if !year(&date) => {
                Some(format!("the year {} is not of 1995 to 2026", date.year()))
            }
            Ok(_) => None,
        }
    });
}

#[test]
fn addresses_and_links_are_of_reserved_domains() {
    let host = Regex::new(r"(?:[\w+-]@|https?://|\bwww\.)([\w.-]+\.[\w-]+)").unwrap();
    // RFC 2606 and RFC 6761; the networks for documentation of RFC 5737.
    let reserved =
        Regex::new(r"(?:^|\.)(?:example(?:\.(?:com|org|net))?|invalid|test)$|^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.")
            .unwrap();
    check(|entry| {
        let headers = entry.headers.iter().map(|(_, value)| value.as_str());
        let text = headers.chain(entry.text.as_deref()).chain(entry.html.as_deref());
        let hosts =
            text.flat_map(|it| host.captures_iter(it)).map(|it| it.get(1).unwrap().as_str());
        let foreign: Vec<&str> = hosts.filter(|it| !reserved.is_match(it)).collect();
        (!foreign.is_empty()).then(|| foreign.join(", "))
    });
}

#[test]
fn marks_are_known_and_have_a_sentence() {
    check(|entry| {
        let subject = entry.header("Subject").unwrap_or_default();
        let all = [Some(subject), entry.text.as_deref(), entry.html.as_deref()];
        let letters: Vec<char> =
            all.into_iter().flatten().flat_map(|it| marks::split(it).1).map(|it| it.0).collect();
        if let Some(unknown) = letters.iter().find(|it| Role::from_letter(**it).is_none()) {
            return Some(format!("`{{{unknown}}}` is no role"));
        }
        let found = entry.sentences().len();
        // The same sentence stands in both alternatives once only.
        let complete = match (&entry.text, &entry.html) {
            (Some(_), Some(_)) => found > 0,
            _ => found == letters.len(),
        };
        (!complete).then(|| format!("{} marks, but {found} sentences behind them", letters.len()))
    });
}

#[test]
fn every_sentence_is_marked() {
    let prefixes =
        Regex::new(r"^(?:(?i:re|aw|antw|wg|fwd?|sv|tr)\w*:\s*)*(?:\S{1,3}\s)?\{[A-Z]\}").unwrap();
    let stops = Regex::new(r"[.!?]\s").unwrap();
    check(|entry| {
        let subject = entry.header("Subject").unwrap_or_default();
        if !subject.is_empty() && !prefixes.is_match(subject) {
            return Some(format!("the subject `{subject}` has no mark"));
        }
        if let Some(line) = entry.text.as_deref().and_then(unmarked_line) {
            return Some(format!("the line `{line}` has no mark"));
        }
        let own =
            |it: &str| it.lines().filter(|it| !it.starts_with('>')).collect::<Vec<_>>().join("\n");
        let body: Vec<&str> = entry.text.iter().chain(&entry.html).map(String::as_str).collect();
        let body = own(&body.join("\n"));
        let marks = marks::split(&body).1.len() + 1;
        let sentences = stops.find_iter(&marks::strip(&body)).count();
        (sentences as f64 > 3.0 + 2.5 * marks as f64)
            .then(|| format!("{marks} marks for some {sentences} sentences"))
    });
}

/// The first line that bears no mark, though it is not quoted, forwarded, or a separator.
fn unmarked_line(text: &str) -> Option<&str> {
    let (mut forwarded, mut open) = (false, false);
    text.lines().map(str::trim).find(|line| {
        // A line that its writer's mailer wrapped goes on with the sentence before it.
        let continued = open && !line.is_empty();
        open = !line.is_empty() && !line.ends_with(['.', '!', '?', '…']);
        let marked = !marks::split(line).1.is_empty();
        // A forward or a quotation without marks lasts until a marked line.
        forwarded = !marked && (forwarded || line.starts_with("---") || line.ends_with(':'));
        let separator =
            line.chars().all(|it| matches!(it, '-' | '=' | '_')) || line.starts_with("--");
        !(marked || continued || forwarded || separator || line.starts_with('>'))
    })
}

#[test]
fn html_is_marked_too() {
    let invisible = Regex::new(
        r"(?is)<!--.*?-->|<style\b.*?</style>|<title\b.*?</title>|<blockquote.*?</blockquote>",
    )
    .unwrap();
    let inline =
        Regex::new(r"(?i)</?(?:a|b|i|u|font|span|small|strong|em|o:p|img)\b[^>]*>").unwrap();
    let tag = Regex::new(r"<[^>]*>").unwrap();
    let word = Regex::new(r"\p{L}{3}").unwrap();
    let unmarked: Vec<&str> = MAILS
        .iter()
        .filter(|(_, entry)| {
            let html = entry.html.as_deref().unwrap_or_default();
            let html = inline.replace_all(html, "").into_owned();
            let html = invisible.replace_all(&html, "<br>").into_owned();
            tag.split(&html).any(|piece| {
                let own = marks::split(piece).0.replace("&nbsp;", " ");
                word.is_match(&own) && !own.trim_start().starts_with('>')
            })
        })
        .map(|(_, entry)| entry.id.as_str())
        .collect();
    let share = unmarked.len() as f64 / MAILS.len() as f64;
    assert!(share <= MAX_UNMARKED_HTML, "{} mails: {unmarked:?}", unmarked.len());
}

#[test]
fn labels_languages_and_occasions_are_all_there() {
    let mut counts: BTreeMap<(Label, &str), usize> = BTreeMap::new();
    for sample in &CORPUS.samples {
        let lang = sample.lang.as_deref().unwrap();
        let lang = if matches!(lang, "de" | "en") { lang } else { "others" };
        for key in ["all", lang, sample.occasion.unwrap().name()] {
            *counts.entry((sample.label, key)).or_default() += 1;
        }
    }
    for ((label, key), count) in &counts {
        println!("{label:<12} {key:<14} {count}");
    }
    let count = |label, key| counts.get(&(label, key)).copied().unwrap_or(0);
    let all = CORPUS.samples.len() as f64;
    for label in Label::ALL {
        let share = count(label, "all") as f64 / all;
        assert!((0.15..=0.40).contains(&share), "{label}: {share:.2} of the mails");
        for key in ["de", "en"] {
            assert!(count(label, key) >= 150, "{label} {key}: {}", count(label, key));
        }
        for occasion in Occasion::ALL {
            let needed = match occasion {
                Occasion::Christmas | Occasion::NewYear | Occasion::Birthday => 60,
                Occasion::Easter | Occasion::OtherHoliday => 20,
                Occasion::Thanksgiving => 5,
                Occasion::None => 0,
            };
            let found = count(label, occasion.name());
            assert!(found >= needed, "{label} {occasion}: {found}");
        }
    }
}

#[test]
fn texts_are_no_copies_of_one_another() {
    let words: Vec<Vec<u64>> =
        MAILS.iter().map(|(_, entry)| groups::words(&own_text(entry))).collect();
    let words: Vec<&[u64]> = words.iter().map(Vec::as_slice).collect();
    let folder = |at: usize| MAILS[at].0.parent().unwrap();
    let mut twins = BTreeSet::new();
    let mut faults = Vec::new();
    for (a, b, share) in groups::near_duplicates(&words) {
        let grouped =
            MAILS[a].1.group.is_some() && CORPUS.samples[a].group == CORPUS.samples[b].group;
        if grouped {
            continue;
        }
        let pair = format!("{} and {}: {share:.2}", MAILS[a].1.id, MAILS[b].1.id);
        if folder(a) == folder(b) {
            faults.push(pair);
        } else {
            println!("{pair}");
            twins.extend([a, b]);
        }
    }
    assert!(faults.is_empty(), "near-duplicates that share no group:\n{}", faults.join("\n"));
    let share = twins.len() as f64 / MAILS.len() as f64;
    println!("{} of {} mails ({share:.3}) have a twin in another folder", twins.len(), MAILS.len());
    assert!(share <= MAX_TWINS, "{share:.3} of the mails have a twin in another folder");
}

/// The body without marks, tags and quoted lines.
fn own_text(entry: &Entry) -> String {
    static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new("<[^>]+>").unwrap());
    let body: Vec<&str> = entry.text.iter().chain(&entry.html).map(String::as_str).collect();
    let body = marks::strip(&body.join("\n"));
    let own: Vec<&str> = body.lines().filter(|it| !it.starts_with('>')).collect();
    TAG.replace_all(&own.join("\n"), " ").into_owned()
}

/// Samples with their final groups, as training makes them.
fn grouped() -> Vec<corpus::Sample> {
    let mut samples = CORPUS.samples.clone();
    let kin: Vec<Kin> = MAILS
        .iter()
        .map(|(_, entry)| Kin { words: groups::words(&own_text(entry)), ..Kin::default() })
        .collect();
    groups::unite(&mut samples, &kin);
    samples
}
