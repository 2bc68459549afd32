//! A tokenizer for HTML as mail contains it: one pass, no tree, linear in time for any input. What
//! nobody sees (comments and conditional comments, style sheets, scripts, titles) is left out.

/// A piece of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'h> {
    /// Text with its character references.
    Text(&'h str),
    Open(Name<'h>, Attributes<'h>),
    Close(Name<'h>),
}

/// The name of an element, and what it is here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'h> {
    pub(super) tag: Tag,
    name: &'h str,
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag && self.name.eq_ignore_ascii_case(other.name)
    }
}

impl Eq for Name<'_> {}

macro_rules! tags {
    ($($variant:ident = $($name:literal)|+,)+) => {
        /// The elements that make a difference.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Tag {
            $($variant,)+
            /// Any other, taken for inline.
            Other,
        }

        impl Tag {
            /// Of a name in any case.
            fn named(name: &str) -> Self {
                let mut lower = [0; 10];
                let Some(lower) = lower.get_mut(..name.len()) else { return Tag::Other };
                lower.copy_from_slice(name.as_bytes());
                lower.make_ascii_lowercase();
                match &*lower {
                    $($($name)|+ => Tag::$variant,)+
                    _ => Tag::Other,
                }
            }
        }
    };
}

tags! {
    Anchor = b"a",
    Area = b"area",
    Blockquote = b"blockquote",
    Break = b"br",
    Cell = b"td" | b"th",
    Image = b"img",
    Item = b"li" | b"dt" | b"dd" | b"option",
    // One line each: mailers make a `div` of every line that is typed.
    Line = b"div" | b"section" | b"article" | b"header" | b"footer" | b"main" | b"nav" | b"aside" | b"form"
        | b"center" | b"address" | b"figcaption" | b"caption" | b"body" | b"html",
    Paragraph = b"p",
    // Set off from what is around.
    Block = b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"ul" | b"ol" | b"dl" | b"figure" | b"fieldset",
    Pre = b"pre",
    Row = b"tr",
    Rule = b"hr",
    Table = b"table",
    // Without content.
    Void = b"meta" | b"link" | b"input" | b"base" | b"col" | b"embed" | b"source" | b"track" | b"wbr"
        | b"param",
    // With content that is no text; `xmp` and the like are not met in mail.
    Style = b"style",
    Script = b"script",
    Title = b"title",
    Template = b"template",
    Textarea = b"textarea",
}

/// The attributes of a tag, unparsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attributes<'h>(&'h str);

/// The tokens of a document, in order.
pub(super) fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html }
}

pub(super) struct Tokens<'h> {
    rest: &'h str,
}

impl<'h> Iterator for Tokens<'h> {
    type Item = Token<'h>;

    fn next(&mut self) -> Option<Token<'h>> {
        loop {
            let rest = self.rest;
            let after = rest.strip_prefix('<').unwrap_or_default();
            match after.bytes().next() {
                Some(first) if first.is_ascii_alphabetic() => {
                    let (name, attributes) = self.tag(after);
                    if !self.skip_content(name.tag) {
                        return Some(Token::Open(name, attributes));
                    }
                }
                Some(b'/') if after.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic) => {
                    let (name, _) = self.tag(after.get(1..).unwrap_or_default());
                    return Some(Token::Close(name));
                }
                Some(b'!' | b'?' | b'/') => self.skip_declaration(after),
                _ => return self.text(),
            }
        }
    }
}

impl<'h> Tokens<'h> {
    /// Text up to the next `<`; one that begins no tag is text itself.
    fn text(&mut self) -> Option<Token<'h>> {
        let rest = self.rest;
        let first = rest.chars().next()?.len_utf8();
        let end = rest.get(first..)?.find('<').map_or(rest.len(), |at| at + first);
        let (text, rest) = rest.split_at_checked(end)?;
        self.rest = rest;
        Some(Token::Text(text))
    }

    /// Takes a tag from its name on. One that never ends swallows the rest, as in a browser.
    fn tag(&mut self, from: &'h str) -> (Name<'h>, Attributes<'h>) {
        let length = from
            .bytes()
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))
            .unwrap_or(from.len());
        let (name, from) = from.split_at_checked(length).unwrap_or((from, ""));
        let end = tag_end(from);
        let (attributes, after) = from.split_at_checked(end).unwrap_or((from, ""));
        self.rest = after.strip_prefix('>').unwrap_or_default();
        (Name { tag: Tag::named(name), name }, Attributes(attributes))
    }

    /// Skips what stands between a tag and its end tag, if it is no text.
    fn skip_content(&mut self, tag: Tag) -> bool {
        let name = match tag {
            Tag::Style => "style",
            Tag::Script => "script",
            Tag::Title => "title",
            Tag::Template => "template",
            _ => return false,
        };
        let mut rest = self.rest;
        self.rest = loop {
            let Some((_, after)) = rest.split_once("</") else { break "" };
            if after.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name)) {
                break after.split_once('>').map_or("", |(_, rest)| rest);
            }
            rest = after;
        };
        true
    }

    /// Skips a comment, a declaration, a processing instruction.
    fn skip_declaration(&mut self, after: &'h str) {
        let Some(comment) = after.strip_prefix("!--") else {
            self.rest = after.split_once('>').map_or("", |(_, rest)| rest);
            return;
        };
        // `<!-->` is a whole comment: so end the conditional comments that other mailers show.
        self.rest = if let Some(rest) = comment.strip_prefix('>') {
            rest
        } else if let Some(rest) = comment.strip_prefix("->") {
            rest
        } else {
            comment.split_once("-->").map_or("", |(_, rest)| rest)
        };
    }
}

/// Where the `>` stands that ends a tag: not inside a quoted value.
fn tag_end(from: &str) -> usize {
    let bytes = from.as_bytes();
    let mut at = 0;
    let mut value = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return at,
            b'=' => value = true,
            b'"' | b'\'' if value => {
                let inside = bytes.get(at + 1..).unwrap_or_default();
                let Some(length) = inside.iter().position(|&other| other == byte) else {
                    return bytes.len();
                };
                at += length + 1;
                value = false;
            }
            _ if byte.is_ascii_whitespace() => {}
            _ => value = false,
        }
        at += 1;
    }
    bytes.len()
}

impl<'h> Iterator for Attributes<'h> {
    /// Name and value, both as written.
    type Item = (&'h str, &'h str);

    fn next(&mut self) -> Option<Self::Item> {
        let blank = |c: char| c.is_ascii_whitespace() || c == '/';
        let from = self.0.trim_start_matches(blank);
        let length = from
            .bytes()
            .skip(1)
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'/'))
            .map_or(from.len(), |at| at + 1);
        let (name, after) = from.split_at_checked(length)?;
        if name.is_empty() {
            return None;
        }
        let value = after.trim_ascii_start();
        let Some(value) = value.strip_prefix('=') else {
            self.0 = after;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        for quote in ['"', '\''] {
            if let Some(inside) = value.strip_prefix(quote) {
                let (value, rest) = inside.split_once(quote).unwrap_or((inside, ""));
                self.0 = rest;
                return Some((name, value));
            }
        }
        let end = value.bytes().position(|byte| byte.is_ascii_whitespace());
        let (value, rest) = value.split_at_checked(end.unwrap_or(value.len()))?;
        self.0 = rest;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        let mut shown = Vec::new();
        for token in tokens(html) {
            shown.push(match token {
                Token::Text(text) => format!("{text:?}"),
                Token::Close(name) => format!("/{:?}", name.tag),
                Token::Open(name, attributes) => {
                    let pairs = attributes.map(|(name, value)| format!(" {name}={value}"));
                    format!("{:?}{}", name.tag, pairs.collect::<String>())
                }
            });
        }
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn tags_and_text() {
        check(
            "<P>Hallo <b>Petra</b><br/>",
            r#"Paragraph, "Hallo ", Other, "Petra", /Other, Break"#,
        );
        check("</div >x</td\n>", r#"/Line, "x", /Cell"#);
        check("<blockquotes><blockquote>", "Other, Blockquote");
    }

    #[test]
    fn attributes() {
        check("<a href=x>", "Anchor href=x");
        check("<a\nhref = \"x > y\" TITLE='a\"b' hidden>", "Anchor href=x > y TITLE=a\"b hidden=");
        check("<img src=a/b.png alt=>", "Image src=a/b.png alt=");
        check("<img/alt=\"x\"/>", "Image alt=x");
        check("<a \"b\" =c d= e ü=f>x", "Anchor \"b\"=c d=e ü=f, \"x\"");
    }

    #[test]
    fn angle_brackets_in_text() {
        check("a < b <3 <", r#""a ", "< b ", "<3 ", "<""#);
        check("<<b>", r#""<", Other"#);
    }

    #[test]
    fn the_unseen_is_left_out() {
        check("<style>p > a { x }</style >a", "\"a\"");
        check("<title>x</p></title>a<script>if (a < b) '</div>'</script>b", r#""a", "b""#);
        check("a<!-- b > c -->d<!DOCTYPE html>e<?xml ?>f", r#""a", "d", "e", "f""#);
        check("<!--[if mso]><p>nur Outlook</p><![endif]-->a", "\"a\"");
        check("<!--[if !mso]><!-->alle<!--<![endif]-->", "\"alle\"");
        check("<![if !mso]>alle<![endif]>", "\"alle\"");
        check("a<!-->b<!--->c", r#""a", "b", "c""#);
    }

    #[test]
    fn what_never_ends_swallows_the_rest() {
        check("a<!-- b", "\"a\"");
        check("a<style>b</p>", "\"a\"");
        check("a<a href=\"b>c", "\"a\", Anchor href=b>c");
        check("a<b c", "\"a\", Other c=");
    }
}
