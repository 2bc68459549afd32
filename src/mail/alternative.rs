//! Which of the alternatives of a `multipart/alternative` (RFC 2046, section 5.1.4) the text is taken
//! from.
//!
//! Plain text, because its quote marks and its signature are the surest, unless it says less than
//! the HTML: fewer than half as many words (web addresses not counted), or hardly more than that the
//! reader's program should show HTML. The HTML is kept beside it for its links and images.

use super::mime::{Body, View};

/// Words up to which a plain text may be nothing but a notice that there is HTML.
const NOTICE_WORDS: usize = 40;

/// Chooses among alternatives, each a list of texts.
pub(super) fn choose(alternatives: Vec<Vec<Body>>) -> Vec<Body> {
    let (mut html, mut plain): (Vec<_>, Vec<_>) = alternatives
        .into_iter()
        .filter(|bodies| !bodies.is_empty())
        .partition(|bodies| bodies.iter().any(|body| body.page().is_some()));
    // The best form comes last; a second plain text (`text/watch`, a translation) is not met.
    let mut html = html.pop().unwrap_or_default();
    plain.truncate(1);
    let mut plain = plain.pop().unwrap_or_default();
    if html.is_empty() {
        return plain;
    }
    if says_less(&plain, &html) {
        return html;
    }
    for body in &mut html {
        body.chosen = false;
    }
    plain.append(&mut html);
    plain
}

fn says_less(plain: &[Body], html: &[Body]) -> bool {
    let (plain_words, html_words) = (words(plain), words(html));
    let is_notice = || plain_words <= NOTICE_WORDS && plain.iter().any(mentions_html);
    plain_words * 2 < html_words || plain_words == 0 || html_words > 0 && is_notice()
}

/// Words that begin with a letter and are no web address.
fn words(bodies: &[Body]) -> usize {
    let count = |text: &str| {
        let is_word = |word: &&[u8]| {
            word.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte >= 0x80)
                && !word.starts_with(b"http")
                && !word.starts_with(b"www.")
        };
        text.as_bytes().split(|&byte| byte <= b' ').filter(is_word).count()
    };
    bodies
        .iter()
        .map(|body| match &body.view {
            View::Plain(text, _) => count(text),
            View::Html(page) => count(page.text()),
        })
        .sum()
}

fn mentions_html(body: &Body) -> bool {
    matches!(&body.view, View::Plain(text, _) if text.to_lowercase().contains("html"))
}

#[cfg(test)]
mod tests {
    use super::super::html;
    use super::super::mime::Source;
    use super::*;

    fn plain(text: &str) -> Vec<Body> {
        let view = View::Plain(text.to_owned(), None);
        vec![Body { view, source: Source::Message, chosen: true }]
    }

    fn page(text: &str) -> Vec<Body> {
        let view = View::Html(html::read(text));
        vec![Body { view, source: Source::Message, chosen: true }]
    }

    /// Whether the plain text is chosen.
    #[track_caller]
    fn check(text: &str, html: &str, expected: bool) {
        let bodies = choose(vec![plain(text), page(html)]);
        let chosen: Vec<&Body> = bodies.iter().filter(|body| body.chosen).collect();
        assert_eq!(chosen.len(), 1);
        assert_eq!(chosen[0].page().is_none(), expected, "{text} | {html}");
        assert!(bodies.iter().any(|body| body.page().is_some()), "the page is kept");
    }

    #[test]
    fn the_alternative_that_says_more_is_chosen() {
        check("Frohes Fest, liebe Eva!", "<p>Frohes Fest, liebe Eva!", true);
        check("Frohes Fest, liebe Eva!", "<img src=karte.jpg>", true);
        check("Frohes Fest!", "<p>Frohes Fest, liebe Eva, und alles Gute!", false);
        check("https://a.example/b https://a.example/c", "<p>Frohes Fest!", false);
        check("", "<p>Frohes Fest!", false);
        check("", "<img src=karte.jpg>", false);
        check(
            "Ihr Programm zeigt kein HTML an. Bitte hier klicken.",
            "<p>Frohes Fest! Ihr Team",
            false,
        );
        check("Ihr Programm zeigt kein HTML an.", "<img src=karte.jpg>", true);
    }

    #[test]
    fn one_alternative_is_enough() {
        assert_eq!(choose(vec![]).len(), 0);
        assert_eq!(choose(vec![vec![], plain("a")]).len(), 1);
        assert_eq!(choose(vec![page("a"), page("b")]).len(), 1);
    }
}
