//! Takes the HTML of the corpus apart, as far as the role marks need it: text, hidden text, values
//! of attributes, inline tags, other tags. The corpus is ours, so this is small; what strangers send
//! is read by [`crate::mail`].

/// A piece of HTML in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text, character references decoded.
    Text(String),
    /// Text within an element of the style `display:none`.
    Hidden(String),
    /// The value of an attribute, decoded.
    Value(String),
    /// A tag within a line of text.
    Inline,
    /// Any other tag: what stands behind it is another sentence.
    Break,
}

/// Tags that stand within a sentence.
const INLINE: [&str; 16] = [
    "a", "abbr", "b", "big", "em", "font", "i", "img", "o:p", "s", "small", "span", "strong",
    "sub", "sup", "u",
];

/// Tags without content.
const VOID: [&str; 8] = ["br", "col", "hr", "img", "input", "link", "meta", "wbr"];

/// Takes HTML apart.
pub(super) fn pieces(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // The tags that are open within a hidden element, itself included.
    let mut hidden: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some((text, behind)) = rest.split_once('<') {
        push_text(&mut pieces, text, !hidden.is_empty());
        if let Some(comment) = behind.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let (tag, behind) = Tag::read(behind);
        rest = behind;
        let hides = tag.values.iter().any(|it| it.replace(' ', "").contains("display:none"));
        pieces.extend(tag.values.into_iter().map(Piece::Value));
        let inline = INLINE.contains(&tag.name.as_str());
        pieces.push(if inline { Piece::Inline } else { Piece::Break });
        if tag.closing {
            if let Some(at) = hidden.iter().rposition(|it| *it == tag.name) {
                hidden.truncate(at);
            }
        } else if (hides || !hidden.is_empty()) && !VOID.contains(&tag.name.as_str()) {
            hidden.push(tag.name);
        }
    }
    push_text(&mut pieces, rest, !hidden.is_empty());
    pieces
}

fn push_text(pieces: &mut Vec<Piece>, text: &str, hidden: bool) {
    if !text.is_empty() {
        let text = decode(text);
        pieces.push(if hidden { Piece::Hidden(text) } else { Piece::Text(text) });
    }
}

struct Tag {
    name: String,
    closing: bool,
    /// The quoted values of its attributes, decoded.
    values: Vec<String>,
}

impl Tag {
    /// Reads what stands behind a `<`; gives back what stands behind the tag, and behind the text
    /// of a style or a script.
    fn read(html: &str) -> (Self, &str) {
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == ':';
        let (closing, named) = html.strip_prefix('/').map_or((false, html), |html| (true, html));
        let length = named.find(|it| !is_name(it)).unwrap_or(named.len());
        let (name, mut rest) = named.split_at_checked(length).unwrap_or((named, ""));
        let mut tag = Tag { name: name.to_ascii_lowercase(), closing, values: Vec::new() };
        while let Some(at) = rest.find(['>', '"', '\'']) {
            let quote = rest.get(at..).and_then(|it| it.chars().next()).unwrap_or('>');
            rest = rest.get(at + 1..).unwrap_or("");
            if quote == '>' {
                let raw = !closing && matches!(tag.name.as_str(), "style" | "script");
                let end = format!("</{}", tag.name);
                let text = if raw { rest.find(&end).unwrap_or(rest.len()) } else { 0 };
                return (tag, rest.get(text..).unwrap_or(""));
            }
            let (value, behind) = rest.split_once(quote).unwrap_or((rest, ""));
            tag.values.push(decode(value));
            rest = behind;
        }
        (tag, "")
    }
}

/// Character references that the corpus uses, beside the numeric ones.
const NAMED: [(&str, &str); 26] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("auml", "ä"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("Uuml", "Ü"),
    ("szlig", "ß"),
    ("eacute", "é"),
    ("euro", "€"),
    ("copy", "©"),
    ("reg", "®"),
    ("middot", "·"),
    ("bull", "•"),
    ("hellip", "…"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("raquo", "»"),
    ("laquo", "«"),
    ("rarr", "→"),
    ("zwnj", "\u{200c}"),
];

/// Decodes character references; one that is not known stays as it is.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        decoded.push_str(before);
        let reference = behind.split_once(';').and_then(|(name, after)| {
            let known = NAMED.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
            let numeric = || {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?).map(String::from)
            };
            Some((known.or_else(numeric)?, after))
        });
        match reference {
            Some((character, after)) => {
                decoded.push_str(&character);
                rest = after;
            }
            None => {
                decoded.push('&');
                rest = behind;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &[Piece]) {
        assert_eq!(pieces(html), expected);
    }

    #[test]
    fn text_values_and_tags() {
        let text = |it: &str| Piece::Text(it.to_owned());
        let value = |it: &str| Piece::Value(it.to_owned());
        check("a&amp;b", &[text("a&b")]);
        check("&#252;&#xFC;&uuml;&nope;&", &[text("üüü&nope;&")]);
        check("<A HREF=\"x>y\">l</a>", &[value("x>y"), Piece::Inline, text("l"), Piece::Inline]);
        check("x<br/>y", &[text("x"), Piece::Break, text("y")]);
        check("<!-- <p> -->x", &[text("x")]);
        check("<style>p > a {}</style>x", &[Piece::Break, Piece::Break, text("x")]);
        check("<o:p>&nbsp;</o:p>", &[Piece::Inline, text("\u{a0}"), Piece::Inline]);
        let hidden = |it: &str| Piece::Hidden(it.to_owned());
        check(
            "<p style='display: none'>a<br><b>b</b></p>c",
            &[
                value("display: none"),
                Piece::Break,
                hidden("a"),
                Piece::Break,
                Piece::Inline,
                hidden("b"),
                Piece::Inline,
                Piece::Break,
                text("c"),
            ],
        );
        for broken in ["<", "<p", "<p class=\"", "<!--", "</", "<style>"] {
            assert!(pieces(broken).len() <= 2, "{broken}");
        }
    }
}
