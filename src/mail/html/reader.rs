//! Reads tokens into a [`Page`]: a stack of open elements, no tree.

use super::super::{Link, MAX_LINKS, clean};
use super::look::{Look, look};
use super::page::{Page, Spot};
use super::reference::{Place, resolve};
use super::state::State;
use super::token::{Attributes, Name, Tag, Token, tokens};
use super::visible::{Gap, is_space, push_word};

/// Open elements that are kept in mind; what is nested deeper is read as if it stood higher.
const MAX_DEPTH: usize = 256;
/// Tags that are looked at; the rest of the document is not.
const MAX_TAGS: usize = 20_000;
/// Bytes of a link's text that are kept, about.
const MAX_LINK_TEXT: usize = 300;

/// Reads a document.
pub(in super::super) fn read(html: &str) -> Page {
    let mut reader = Reader::default();
    let mut tags = 0;
    for token in tokens(html) {
        match token {
            Token::Text(text) => reader.text(text),
            Token::Close(name) => reader.close(name),
            Token::Open(..) if tags == MAX_TAGS => {
                reader.page.too_much = true;
                break;
            }
            Token::Open(name, attributes) => {
                tags += 1;
                reader.open(name, attributes);
            }
        }
    }
    reader.finish()
}

/// An element whose end is awaited.
struct Open<'h> {
    name: Name<'h>,
    /// What is due before and after it.
    gap: Gap,
    /// The state around it.
    around: State,
}

/// A link whose end is awaited.
struct OpenLink {
    spot: Spot,
    link: Link,
    image_text: String,
}

#[derive(Default)]
struct Reader<'h> {
    page: Page,
    state: State,
    stack: Vec<Open<'h>>,
    link: Option<OpenLink>,
}

impl<'h> Reader<'h> {
    fn open(&mut self, name: Name<'h>, attributes: Attributes<'h>) {
        self.close_implied(name);
        match name.tag {
            Tag::Break => return self.line_break(),
            Tag::Rule => return self.gap(Gap::Paragraph),
            Tag::Void => return,
            Tag::Image => return self.image(attributes),
            Tag::Area => return self.area(attributes),
            _ => {}
        }
        let look = look(attributes);
        let around = self.state;
        self.state = around.inside(name.tag, &look);
        let quoted = self.state.depth != around.depth;
        let gap = if quoted { Gap::Paragraph } else { gap_around(name.tag, &look) };
        self.gap(gap);
        if self.stack.len() < MAX_DEPTH {
            self.stack.push(Open { name, gap, around });
        } else {
            self.state = around;
            self.page.too_much = true;
        }
        if name.tag == Tag::Anchor {
            self.open_link(attributes);
        }
    }

    fn close(&mut self, name: Name<'h>) {
        // An end tag reaches no further than the table cell in which it stands.
        let in_table = matches!(name.tag, Tag::Cell | Tag::Row | Tag::Table);
        let found = self
            .stack
            .iter()
            .rev()
            .take_while(|open| {
                open.name == name || in_table || !matches!(open.name.tag, Tag::Cell | Tag::Table)
            })
            .position(|open| open.name == name);
        match found {
            Some(above) => self.pop(above + 1),
            None if name.tag == Tag::Break => self.line_break(),
            None => self.gap(gap_around(name.tag, &Look::default())),
        }
    }

    /// Closes the elements that end where another begins.
    fn close_implied(&mut self, name: Name<'h>) {
        let repeats = self.stack.last().is_some_and(|open| open.name == name);
        match name.tag {
            Tag::Item | Tag::Cell | Tag::Row if repeats => self.pop(1),
            // A block ends a paragraph, even through inline elements that were left open.
            Tag::Line
            | Tag::Block
            | Tag::Table
            | Tag::Blockquote
            | Tag::Pre
            | Tag::Rule
            | Tag::Paragraph => {
                let inline = |open: &&Open<'_>| matches!(open.name.tag, Tag::Other | Tag::Anchor);
                let above = self.stack.iter().rev().take_while(inline).count();
                let holder = self.stack.iter().rev().nth(above);
                if holder.is_some_and(|open| open.name.tag == Tag::Paragraph) {
                    self.pop(above + 1);
                }
            }
            _ => {}
        }
    }

    fn pop(&mut self, count: usize) {
        for _ in 0..count {
            let Some(open) = self.stack.pop() else { return };
            self.gap(open.gap);
            self.state = open.around;
            if open.name.tag == Tag::Anchor {
                self.close_link();
            }
        }
    }

    fn gap(&mut self, gap: Gap) {
        if !self.state.hides_text() {
            self.page.visible.gap(gap);
        } else if gap >= Gap::Line {
            end_line(&mut self.page.hidden);
        }
    }

    fn line_break(&mut self) {
        if self.state.hides_text() {
            end_line(&mut self.page.hidden);
        } else {
            self.page.visible.line_break();
        }
    }

    fn text(&mut self, raw: &str) {
        let text = resolve(raw, Place::Text);
        if self.state.hides_text() {
            let blanks = text.chars().map(|c| if is_space(c) { ' ' } else { c });
            return self.page.hidden.extend(blanks);
        }
        let mut rest = text.as_ref();
        while let Some(first) = rest.chars().next() {
            let end = if is_space(first) {
                self.space(first);
                first.len_utf8()
            } else {
                rest.find(is_space).unwrap_or(rest.len())
            };
            let Some((word, after)) = rest.split_at_checked(end) else { break };
            if !is_space(first) {
                self.word(word);
            }
            rest = after;
        }
    }

    fn space(&mut self, space: char) {
        if self.state.pre && space == '\n' {
            self.page.visible.line_break();
        } else {
            self.page.visible.space(space);
        }
        if let Some(open) = &mut self.link {
            open.link.text.push(' ');
        }
    }

    fn word(&mut self, word: &str) {
        // Newsletters fill up their preview text with such words.
        if word.chars().all(clean::is_invisible) {
            return;
        }
        self.page.visible.word(word, self.state.mark());
        if let Some(open) = &mut self.link
            && open.link.text.len() < MAX_LINK_TEXT
        {
            push_word(&mut open.link.text, word);
        }
    }

    fn spot(&self) -> Spot {
        Spot { line: self.page.visible.line(), depth: self.state.depth }
    }

    fn open_link(&mut self, attributes: Attributes<'_>) {
        self.close_link();
        if let Some(target) = target(attributes)
            && !self.state.hides_images()
        {
            let spot = self.spot();
            let link = Link { target, text: String::new() };
            self.link = Some(OpenLink { spot, link, image_text: String::new() });
        }
    }

    fn close_link(&mut self) {
        let Some(OpenLink { spot, mut link, image_text }) = self.link.take() else { return };
        link.text = clean::line(&link.text);
        if link.text.is_empty() {
            link.text = image_text;
        }
        self.add_link(spot, link);
    }

    fn add_link(&mut self, spot: Spot, link: Link) {
        if self.page.links.len() < MAX_LINKS {
            self.page.links.push((spot, link));
        } else {
            self.page.too_much = true;
        }
    }

    fn image(&mut self, attributes: Attributes<'_>) {
        let look = look(attributes);
        if self.state.hides_images() || look.gone || look.pixel || look.invisible == Some(true) {
            return;
        }
        let text = alternative_text(attributes);
        if is_symbol(&text) {
            return self.word(&text);
        }
        let source = value(attributes, "src").map(str::trim);
        if let Some(id) = source.and_then(|source| source.strip_prefix("cid:")) {
            self.page.content_ids.push(resolve(id, Place::Attribute).into_owned());
        }
        if let Some(open) = &mut self.link
            && open.image_text.is_empty()
        {
            open.image_text.clone_from(&text);
        }
        if self.page.images.len() < MAX_LINKS {
            self.page.images.push((self.spot(), text));
        } else {
            self.page.too_much = true;
        }
    }

    /// A region of an image that leads somewhere.
    fn area(&mut self, attributes: Attributes<'_>) {
        if let Some(target) = target(attributes)
            && !self.state.hides_images()
        {
            let text = alternative_text(attributes);
            self.add_link(self.spot(), Link { target, text });
        }
    }

    fn finish(mut self) -> Page {
        self.close_link();
        self.page.visible.finish();
        self.page.hidden = clean_hidden(&self.page.hidden);
        self.page
    }
}

fn gap_around(tag: Tag, look: &Look<'_>) -> Gap {
    match tag {
        Tag::Line | Tag::Item | Tag::Cell | Tag::Row => Gap::Line,
        // Outlook makes a paragraph without margins of every line that is typed.
        Tag::Paragraph if look.has_class("MsoNormal") => Gap::Line,
        Tag::Paragraph | Tag::Block | Tag::Blockquote | Tag::Pre | Tag::Table => Gap::Paragraph,
        _ => Gap::None,
    }
}

fn value<'h>(mut attributes: Attributes<'h>, wanted: &str) -> Option<&'h str> {
    attributes.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}

/// Where a link leads, unless to a place in the same document.
fn target(attributes: Attributes<'_>) -> Option<String> {
    let target = clean::line(&resolve(value(attributes, "href")?, Place::Attribute));
    (!target.is_empty() && !target.starts_with('#')).then_some(target)
}

fn alternative_text(attributes: Attributes<'_>) -> String {
    clean::line(&resolve(value(attributes, "alt").unwrap_or_default(), Place::Text))
}

/// Whether an image stands for a character: mailers draw emoji themselves.
fn is_symbol(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= 8
        && text.chars().all(|c| !c.is_ascii() && !c.is_alphanumeric())
}

fn end_line(hidden: &mut String) {
    if !hidden.is_empty() && !hidden.ends_with('\n') {
        hidden.push('\n');
    }
}

/// Lines with single blanks between the words.
fn clean_hidden(raw: &str) -> String {
    let mut out = String::new();
    for line in raw.split('\n').map(clean::line).filter(|line| !line.is_empty()) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&line);
    }
    out
}
