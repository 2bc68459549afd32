//! From the texts and files of a message to the fields of [`Mail`].

use super::html::{Page, Spot};
use super::lines::{self, End, Line, Role};
use super::mime::{Body, Contents, File, Source, View};
use super::quote::{Share, divide};
use super::{Defect, Link, MAX_LINKS, Mail, link, reflow, signature};

/// A text with its lines divided.
struct Divided<'b> {
    body: &'b Body,
    lines: Vec<Line<'b>>,
    /// One for each line.
    shares: Vec<Share>,
}

/// Fills in everything that does not stand in the header.
pub(super) fn read(mail: &mut Mail, contents: Contents) {
    let Contents { bodies, files, defects, .. } = contents;
    mail.defects.extend(defects);
    mail.html = bodies.iter().any(|body| body.page().is_some() && body.source == Source::Message);
    let mut texts: Vec<Divided<'_>> =
        bodies.iter().map(|body| divided(body, mail.envelope.forward)).collect();
    let (mut chosen, others): (Vec<_>, Vec<_>) =
        texts.iter_mut().partition(|text| text.body.chosen);
    find_signature(&mut chosen);
    mail.text = reflow::join(&own_lines(&chosen).0);
    // The text is taken from the other alternative: only the links are, and whose they are depends
    // on the line.
    for other in others {
        find_signature(&mut [other]);
    }
    for text in &texts {
        if text.body.chosen {
            write_lines(mail, text);
        }
        match &text.body.view {
            // Links and images of messages inside are somebody else's.
            _ if text.body.source != Source::Message => {}
            View::Html(page) => write_page(mail, text, page),
            View::Plain(raw, _) if !mail.html && link::are_in(raw) => write_addresses(mail, text),
            View::Plain(..) => {}
        }
    }
    write_files(mail, files, &bodies);
    for text in [&mut mail.quoted, &mut mail.forwarded, &mut mail.signature] {
        text.truncate(text.trim_end().len());
    }
    mail.envelope.forward |= !mail.forwarded.is_empty();
    let Mail { text, signature, quoted, forwarded, .. } = &*mail;
    if !mail.html && [text, signature, quoted, forwarded].iter().all(|text| text.is_empty()) {
        mail.defects.insert(Defect::NoText);
    }
}

fn divided(body: &Body, forward: bool) -> Divided<'_> {
    let lines = match &body.view {
        View::Plain(text, flowed) => lines::of_plain(text, *flowed),
        View::Html(page) => page.lines(),
    };
    let shares = match body.source {
        Source::Message => divide(&lines, forward),
        Source::Forwarded => vec![Share::Forwarded; lines.len()],
        Source::Reported => vec![Share::Quoted; lines.len()],
    };
    Divided { body, lines, shares }
}

/// Gives the lines of the sender's signature their share.
fn find_signature(texts: &mut [&mut Divided<'_>]) {
    let (own, places) = own_lines(texts);
    for (place, in_signature) in places.into_iter().zip(signature::find(&own)) {
        let share = place.and_then(|(text, line)| texts.get_mut(text)?.shares.get_mut(line));
        if in_signature && let Some(share) = share {
            *share = Share::Signature;
        }
    }
}

/// Number of a text, number of a line in it.
type Place = (usize, usize);

/// The sender's lines of several texts, and where each stands. Where something was taken out, and
/// between two texts, a blank line separates that stands nowhere.
fn own_lines<'b>(texts: &[&mut Divided<'b>]) -> (Vec<Line<'b>>, Vec<Option<Place>>) {
    const BLANK: Line<'static> = Line { text: "", depth: 0, role: Role::Plain, end: End::Fixed };
    let (mut own, mut places) = (Vec::new(), Vec::new());
    for (number, text) in texts.iter().enumerate() {
        let mut separate = true;
        for (at, (line, share)) in text.lines.iter().zip(&text.shares).enumerate() {
            if *share != Share::Own {
                separate = true;
                continue;
            }
            if separate && !own.is_empty() {
                own.push(BLANK);
                places.push(None);
            }
            own.push(*line);
            places.push(Some((number, at)));
            separate = false;
        }
    }
    (own, places)
}

/// Hands out the lines that are not the text.
fn write_lines(mail: &mut Mail, text: &Divided<'_>) {
    for (line, share) in text.lines.iter().zip(&text.shares) {
        match share {
            Share::Own => {}
            Share::Signature => add_line(&mut mail.signature, line.text),
            Share::Quoted => add_line(&mut mail.quoted, line.text),
            Share::Forwarded => add_line(&mut mail.forwarded, line.text),
        }
    }
    for taken_out in [&mut mail.quoted, &mut mail.forwarded] {
        add_line(taken_out, "");
    }
}

/// Appends a line; of several blank ones, and of those at the beginning, only what separates.
fn add_line(text: &mut String, line: &str) {
    let line = line.trim_end();
    if !line.is_empty() || !text.is_empty() && !text.ends_with("\n\n") {
        text.push_str(line);
        text.push('\n');
    }
}

/// Links, images and hidden text of a page.
fn write_page(mail: &mut Mail, text: &Divided<'_>, page: &Page) {
    for (spot, link) in &page.links {
        if share(text, *spot) == Share::Own {
            add_link(mail, link.clone());
        }
    }
    for (spot, alternative) in &page.images {
        if !matches!(share(text, *spot), Share::Own | Share::Signature) {
            continue;
        }
        if mail.images == MAX_LINKS {
            mail.defects.insert(Defect::TooMuch);
            break;
        }
        mail.images += 1;
        if !alternative.is_empty() {
            mail.image_texts.push(alternative.clone());
        }
    }
    if !page.hidden.is_empty() {
        if !mail.hidden.is_empty() {
            mail.hidden.push('\n');
        }
        mail.hidden.push_str(&page.hidden);
    }
}

/// Whose something is that stands in, or just before, a line of a page.
fn share(text: &Divided<'_>, spot: Spot) -> Share {
    let line = text.lines.get(spot.line).or(text.lines.last());
    let share = text.shares.get(spot.line).or(text.shares.last());
    match (line, share) {
        (Some(line), _) if spot.depth == 0 && line.depth > 0 => Share::Own,
        (_, Some(share)) => *share,
        _ if spot.depth == 0 => Share::Own,
        _ => Share::Quoted,
    }
}

/// The web addresses in plain text.
fn write_addresses(mail: &mut Mail, text: &Divided<'_>) {
    for (line, share) in text.lines.iter().zip(&text.shares) {
        if *share == Share::Own {
            for link in link::bare(line.text) {
                add_link(mail, link);
            }
        }
    }
}

fn add_link(mail: &mut Mail, link: Link) {
    if mail.links.len() < MAX_LINKS {
        mail.links.push(link);
    } else {
        mail.defects.insert(Defect::TooMuch);
    }
}

/// Images that belong to the message are shown, other files are attached.
fn write_files(mail: &mut Mail, files: Vec<File>, bodies: &[Body]) {
    let shown = bodies.iter().filter_map(Body::page).flat_map(|page| &page.content_ids);
    for file in files {
        match &file.content_id {
            Some(id) if shown.clone().any(|shown| shown == id) => {}
            Some(_) if !file.attached => mail.images += 1,
            _ => mail.attachments.push(file.attachment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    const HTML: &str = "Content-Type: text/html\n\n";

    #[track_caller]
    fn check(message: &str, links: &[&str], images: usize) {
        let mail = parse(message.as_bytes());
        let targets: Vec<&str> = mail.links.iter().map(|link| link.target.as_str()).collect();
        assert_eq!((targets.as_slice(), mail.images), (links, images), "{message}");
    }

    #[test]
    fn links_and_images_are_those_of_the_text() {
        check(&format!("{HTML}<a href=x><img></a>"), &["x"], 1);
        check(&format!("{HTML}a<blockquote type=cite><a href=x>b</a><img></blockquote>"), &[], 0);
        check(&format!("{HTML}a<img><blockquote type=cite>b</blockquote>"), &[], 1);
        check(&format!("{HTML}a<blockquote type=cite>b</blockquote><a href=x>c</a>"), &["x"], 0);
        check(&format!("{HTML}a<br>-- <br><a href=x>b</a><img>"), &[], 1);
        check(&format!("Content-Type: message/rfc822\n\n{HTML}<a href=x><img></a>"), &[], 0);
        check(
            "A: b\nSubject: c\n\nhttps://a.example\n\n> https://b.example",
            &["https://a.example"],
            0,
        );
    }

    #[test]
    fn links_are_taken_from_the_page_beside_the_text() {
        let message = |html: &str| {
            format!(
                "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nFrohes Fest! https://a.example\n\
                 --b\n{HTML}{html}\n--b--"
            )
        };
        check(&message("Frohes Fest! <a href=x>Karte</a>"), &["x"], 0);
        check(&message("Frohes Fest!<br>-- <br><a href=x>Eva</a>"), &[], 0);
    }
}
