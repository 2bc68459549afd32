//! Terms of the mail as a whole: how it was sent, how it is built, which meanings it holds and
//! where they stand to the wish.

use std::sync::LazyLock;

use super::sentence::length;
use super::{Document, Place, Terms};
use crate::mail::Mail;
use crate::text::cue::Families;

/// What makes a sentence a wish.
pub static WISH: LazyLock<Families> =
    LazyLock::new(|| Families::of(&["wish-formula", "wish-verb"]));

/// What names an occasion.
pub static OCCASION: LazyLock<Families> = LazyLock::new(|| {
    Families::of(&[
        "occasion-christmas",
        "occasion-newyear",
        "occasion-birthday",
        "occasion-easter",
        "occasion-thanksgiving",
        "occasion-other",
    ])
});

/// A wish even where it names no occasion.
static FORMULA: LazyLock<Families> = LazyLock::new(|| Families::of(&["wish-formula"]));

/// Appends the numbers of the terms of a mail's layout.
pub fn terms<T: Terms>(mail: &Mail, document: &Document, terms: &mut T, out: &mut Vec<u32>) {
    let mut term = String::with_capacity(48);
    let mut add = |parts: &[&str]| {
        term.clear();
        parts.iter().for_each(|it| term.push_str(it));
        out.extend(terms.number(&term));
    };
    envelope(mail, document, &mut add);
    let (wish, occasion) = (*WISH, *OCCASION);
    let all = document.cues();
    add(&["%gate ", gate(all.intersects(occasion), all.intersects(wish))]);
    for cue in all.iter() {
        add(&["%cue ", cue.name()]);
    }
    let mut before = Families::default();
    let mut after = Families::default();
    let (mut words, mut wish_words, mut seen) = (0, 0, false);
    for (at, sentence) in document.sentences.iter().enumerate() {
        if sentence.place == Place::Subject {
            sentence.cues.iter().for_each(|cue| add(&["%subject ", cue.name()]));
            continue;
        }
        let is_wish = sentence.has(wish) && sentence.has(occasion) || sentence.has(*FORMULA);
        words += sentence.tokens.len();
        if is_wish {
            wish_words += sentence.tokens.len();
            seen = true;
            sentence.cues.iter().for_each(|cue| add(&["%in-wish ", cue.name()]));
            add(&["%wish-at ", if at < 4 { "start" } else { "later" }]);
        } else if seen {
            after = after.union(sentence.cues);
        } else {
            before = before.union(sentence.cues);
        }
    }
    before.iter().for_each(|cue| add(&["%before-wish ", if seen { cue.name() } else { "no" }]));
    after.iter().for_each(|cue| add(&["%after-wish ", cue.name()]));
    add(&["%words ", words_step(words)]);
    add(&["%wish-share ", share(wish_words, words)]);
    if let Some((_, last)) = document.body().next_back() {
        add(&["%last ", length(last.tokens.len())]);
    }
}

fn envelope(mail: &Mail, document: &Document, add: &mut impl FnMut(&[&str])) {
    let envelope = mail.envelope;
    for (name, holds) in [
        ("%list", envelope.list),
        ("%unsubscribe", envelope.unsubscribe),
        ("%bulk", envelope.bulk),
        ("%auto-reply", envelope.auto_reply),
        ("%auto-generated", envelope.auto_generated),
        ("%report", envelope.report),
        ("%reply", envelope.reply),
        ("%forward", envelope.forward),
        ("%quoted", !mail.quoted.is_empty()),
        ("%forwarded", !mail.forwarded.is_empty()),
        ("%hidden", !mail.hidden.is_empty()),
        ("%html", mail.html),
        ("%named", document.named),
        ("%reply-to", mail.reply_to.is_some()),
    ] {
        if holds {
            add(&[name]);
        }
    }
    add(&["%addressees ", step(mail.to.len() + mail.cc.len())]);
    add(&["%links ", step(mail.links.len())]);
    add(&["%images ", step(mail.images)]);
    for attachment in &mail.attachments {
        add(&["%attached ", attachment.media_type.split('/').next_back().unwrap_or("")]);
    }
}

/// One addressee and none are alike: archives drop the header.
fn step(count: usize) -> &'static str {
    match count {
        0..=1 => "0-1",
        2..=3 => "2-3",
        4..=8 => "4-8",
        _ => "9+",
    }
}

fn gate(occasion: bool, wish: bool) -> &'static str {
    match (occasion, wish) {
        (true, true) => "both",
        (true, false) => "occasion",
        (false, true) => "wish",
        (false, false) => "none",
    }
}

fn words_step(words: usize) -> &'static str {
    match words {
        0..=8 => "8",
        9..=20 => "20",
        21..=45 => "45",
        46..=90 => "90",
        91..=180 => "180",
        181..=400 => "400",
        _ => "more",
    }
}

fn share(part: usize, whole: usize) -> &'static str {
    match (part * 100).checked_div(whole).unwrap_or(0) {
        0 => "0",
        1..=10 => "10",
        11..=25 => "25",
        26..=50 => "50",
        51..=80 => "80",
        _ => "100",
    }
}
