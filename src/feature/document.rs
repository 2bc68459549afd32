//! [`Document`]: a mail as a sequence of sentences, names replaced by what they are to the mail.

use crate::mail::Mail;
use crate::text::cue::{self, Families};
use crate::text::language::Counter;
use crate::text::sentence::sentences;
use crate::text::token::{self, Kind, Token};

/// Sentences that are looked at; a mail of more is no greeting that would be judged otherwise.
const MAX_SENTENCES: usize = 400;

/// A mail, read.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Subject, body, texts of images, names of attachments, hidden text, in this order.
    pub sentences: Vec<Sentence>,
    /// ISO 639-1 code, `und` where nothing tells.
    pub language: &'static str,
    /// The text addresses the recipient by a name that stands in the header or in a salutation.
    pub named: bool,
}

/// Where a sentence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the subject.
    Subject,
    /// In the new text.
    Body,
    /// Alternative text of an image.
    Image,
    /// Name of an attached file.
    Attachment,
    /// Hidden from the reader.
    Hidden,
}

/// One sentence.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// It fills its line.
    pub own_line: bool,
    /// It opens a paragraph.
    pub opens_paragraph: bool,
    /// Its tokens; names are replaced by `#you`, `#me`, `#name`.
    pub tokens: Vec<Token>,
    /// What its phrases mean.
    pub cues: Families,
}

/// Names that mean somebody in this mail.
#[derive(Debug, Default)]
struct Names {
    you: Vec<String>,
    me: Vec<String>,
}

/// Words after which a name stands.
const TITLES: [&str; 16] = [
    "frau",
    "herr",
    "herrn",
    "familie",
    "fam",
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "sir",
    "pfarrer",
    "senator",
    "schwester",
    "onkel",
];
const SALUTATIONS: [&str; 12] = [
    "liebe", "lieber", "liebes", "hallo", "hi", "hey", "dear", "hello", "moin", "servus",
    "dearest", "geehrter",
];

impl Document {
    /// Reads a mail. `my_names` are how the owner is addressed, besides the header's own words.
    pub fn read(mail: &Mail, my_names: &[String]) -> Self {
        let names = Names::of(mail, my_names);
        let mut document = Document::default();
        let mut counter = Counter::default();
        let mut paragraph_opens = true;
        let mut take = |text: &str, place: Place, document: &mut Document| {
            for line in text.lines() {
                if line.trim().is_empty() {
                    paragraph_opens = true;
                    continue;
                }
                let mut first = true;
                let mut rest = sentences(line).peekable();
                while let Some(sentence) = rest.next() {
                    if document.sentences.len() >= MAX_SENTENCES {
                        return;
                    }
                    let own_line = first && rest.peek().is_none();
                    let mut read = Sentence::read(sentence, place, &names, &mut document.named);
                    read.own_line = own_line;
                    read.opens_paragraph = paragraph_opens;
                    if matches!(place, Place::Subject | Place::Body) {
                        read.tokens.iter().for_each(|token| counter.add(&token.text));
                    }
                    document.sentences.push(read);
                    (first, paragraph_opens) = (false, false);
                }
            }
            paragraph_opens = true;
        };
        take(without_prefixes(&mail.subject), Place::Subject, &mut document);
        take(&mail.text, Place::Body, &mut document);
        mail.image_texts.iter().for_each(|it| take(it, Place::Image, &mut document));
        for attachment in &mail.attachments {
            let name = attachment.name.rsplit_once('.').map_or("", |(stem, _)| stem);
            take(&name.replace(['_', '-', '.'], " "), Place::Attachment, &mut document);
        }
        take(&mail.hidden, Place::Hidden, &mut document);
        document.language = counter.language();
        document
    }

    /// The sentences of the new text, with their places in [`Document::sentences`].
    pub fn body(&self) -> impl DoubleEndedIterator<Item = (usize, &Sentence)> {
        self.sentences.iter().enumerate().filter(|(_, it)| it.place == Place::Body)
    }

    /// All cues of the mail.
    pub fn cues(&self) -> Families {
        self.sentences.iter().fold(Families::default(), |all, it| all.union(it.cues))
    }
}

/// The subject without its `Re:`, `AW:`, `Fwd:` and `[list]` prefixes.
fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim();
    loop {
        let next = if let Some(tag) = rest.strip_prefix('[') {
            tag.split_once(']').map(|(_, after)| after)
        } else {
            rest.split_once(':')
                .filter(|(prefix, _)| is_thread_prefix(prefix))
                .map(|(_, after)| after)
        };
        match next {
            Some(after) if !after.trim().is_empty() => rest = after.trim_start(),
            _ => return rest,
        }
    }
}

fn is_thread_prefix(prefix: &str) -> bool {
    const PREFIXES: [&str; 9] = ["re", "aw", "wg", "fw", "fwd", "antw", "antwort", "sv", "rv"];
    let stem =
        prefix.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '^'));
    PREFIXES.iter().any(|it| it.eq_ignore_ascii_case(stem))
}

impl Names {
    fn of(mail: &Mail, my_names: &[String]) -> Self {
        let mut names = Names::default();
        for name in mail.to.iter().map(|it| &it.name).chain(my_names) {
            collect_names(name, &mut names.you);
        }
        if let Some(from) = &mail.from {
            collect_names(&from.name, &mut names.me);
        }
        names.me.retain(|it| !names.you.contains(it));
        names
    }
}

/// Takes the words of a display name that can only be names.
fn collect_names(name: &str, out: &mut Vec<String>) {
    if name.contains('@') {
        return;
    }
    for token in token::tokens(name) {
        if token.capital && token.text.len() >= 3 && !TITLES.contains(&token.text.as_str()) {
            out.push(token.text);
        }
    }
}

impl Sentence {
    fn read(text: &str, place: Place, names: &Names, named: &mut bool) -> Self {
        let mut tokens = token::tokens(text);
        replace_names(&mut tokens, names, named);
        let mut padded = String::with_capacity(text.len() + 2);
        padded.push(' ');
        for token in &tokens {
            padded.push_str(&token.text);
            padded.push(' ');
        }
        let cues = cue::find(&padded);
        Sentence {
            text: text.to_owned(),
            place,
            own_line: false,
            opens_paragraph: false,
            tokens,
            cues,
        }
    }

    /// Whether one of its phrases means this.
    pub fn has(&self, families: Families) -> bool {
        self.cues.intersects(families)
    }
}

fn replace_names(tokens: &mut [Token], names: &Names, named: &mut bool) {
    let mut previous = String::new();
    let salutes = tokens.first().is_some_and(|it| SALUTATIONS.contains(&it.text.as_str()));
    for token in tokens.iter_mut() {
        let word = token.text.clone();
        let class = if token.kind != Kind::Word || !token.capital && !cue::is_given_name(&word) {
            None
        } else if names.you.contains(&word) {
            *named |= salutes;
            Some("#you")
        } else if names.me.contains(&word) {
            Some("#me")
        } else if token.capital && TITLES.contains(&previous.as_str()) || cue::is_given_name(&word)
        {
            *named |= salutes;
            Some("#name")
        } else {
            None
        };
        if let Some(class) = class {
            class.clone_into(&mut token.text);
            token.kind = Kind::Class;
        }
        previous = word;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Address;

    fn mail(subject: &str, text: &str) -> Mail {
        let person = |name: &str| Address { name: name.to_owned(), address: String::new() };
        Mail {
            subject: subject.to_owned(),
            text: text.to_owned(),
            from: Some(person("Jens Ohlendorf")),
            to: vec![person("Petra Sander")],
            ..Mail::default()
        }
    }

    #[test]
    fn names_become_what_they_are_to_the_mail() {
        let document =
            Document::read(&mail("", "Liebe Petra,\nFrau Klotz und Uwe grüßen.\nJens"), &[]);
        let texts: Vec<String> = document
            .sentences
            .iter()
            .map(|it| it.tokens.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(texts, ["liebe #you", "frau #name und #name gruessen", "#me"]);
        assert!(document.named);
        assert!(!Document::read(&mail("", "Liebe Kunden,\nfrohes Fest"), &[]).named);
    }

    #[test]
    fn places_and_paragraphs() {
        let document = Document::read(&mail("Re: [liste] Frohes Fest", "Eins. Zwei.\n\nDrei"), &[]);
        let seen: Vec<_> = document
            .sentences
            .iter()
            .map(|it| (it.text.as_str(), it.place, it.own_line, it.opens_paragraph))
            .collect();
        assert_eq!(
            seen,
            [
                ("Frohes Fest", Place::Subject, true, true),
                ("Eins.", Place::Body, false, true),
                ("Zwei.", Place::Body, false, false),
                ("Drei", Place::Body, true, true),
            ]
        );
    }

    #[test]
    fn thread_prefixes_go() {
        assert_eq!(without_prefixes("AW: Re[2]: Fwd: Danke"), "Danke");
        assert_eq!(without_prefixes("Achtung: neu"), "Achtung: neu");
        assert_eq!(without_prefixes("Re:"), "Re:");
    }
}
