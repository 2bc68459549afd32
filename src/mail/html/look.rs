//! What an element's own attributes say of its look. Style sheets are not read: mailers that hide a
//! preview text write the rule into the element, because many readers drop style sheets.

use super::token::Attributes;

/// What attributes say of an element; `None`: as its parent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look<'h> {
    /// Not shown, whatever its descendants say: `display`, `opacity`, `max-height`, `hidden`.
    pub(super) gone: bool,
    /// `visibility`, which descendants can turn back.
    pub(super) invisible: Option<bool>,
    /// A font of at most one pixel, which descendants can enlarge.
    pub(super) tiny: Option<bool>,
    /// A line at the left, by which mailers mark a quotation.
    pub(super) left_border: bool,
    /// Not larger than one pixel: a tracker, if it is an image.
    pub(super) pixel: bool,
    pub(super) class: &'h str,
    pub(super) id: &'h str,
    /// `type`.
    pub(super) kind: &'h str,
    pub(super) name: &'h str,
}

/// Reads the attributes of an element.
pub(super) fn look(attributes: Attributes<'_>) -> Look<'_> {
    let mut look = Look::default();
    for (name, value) in attributes {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("style") {
            for declaration in value.split(';') {
                if let Some((property, value)) = declaration.split_once(':') {
                    look.apply(property.trim(), value.trim());
                }
            }
        } else if is("class") {
            look.class = value;
        } else if is("id") {
            look.id = value;
        } else if is("type") {
            look.kind = value;
        } else if is("name") {
            look.name = value;
        } else if is("hidden") {
            look.gone = true;
        } else if is("width") || is("height") {
            look.pixel |= length(value).is_some_and(|length| length <= 1.0);
        }
    }
    look
}

impl Look<'_> {
    pub(super) fn has_class(&self, class: &str) -> bool {
        !self.class.is_empty() && self.class.split_ascii_whitespace().any(|one| one == class)
    }

    fn apply(&mut self, property: &str, value: &str) {
        let property_is = |name: &str| property.eq_ignore_ascii_case(name);
        let begins = |word: &str| {
            value.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
        };
        if property_is("display") {
            self.gone |= begins("none");
        } else if property_is("visibility") {
            self.invisible = Some(begins("hidden") || begins("collapse"));
        } else if property_is("mso-hide") {
            self.gone |= begins("all");
        } else if property_is("opacity") {
            self.gone |= value.split(' ').next().and_then(number) == Some(0.0);
        } else if property_is("max-height") {
            self.gone |= length(value) == Some(0.0);
        } else if property_is("font-size") {
            self.tiny = length(value).map(|length| length <= 1.0).or(Some(false));
        } else if property_is("width") || property_is("height") {
            self.pixel |= length(value).is_some_and(|length| length <= 1.0);
        } else if property_is("border-left") {
            self.left_border |= !begins("none") && !begins("0");
        } else if property_is("border-left-width") {
            self.left_border |= length(value).is_some_and(|length| length > 0.0);
        }
    }
}

/// A length in pixels or points; `None` where it is relative or no length.
fn length(value: &str) -> Option<f32> {
    let value = value.trim();
    let end = value.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(value.len());
    let (digits, unit) = value.split_at_checked(end)?;
    let unit = unit.split([' ', '!']).next().unwrap_or_default();
    let length = number(digits)?;
    let absolute = ["", "px", "pt"].iter().any(|name| unit.eq_ignore_ascii_case(name));
    (absolute || length == 0.0).then_some(length)
}

fn number(digits: &str) -> Option<f32> {
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::token::{Token, tokens};
    use super::*;

    #[track_caller]
    fn check(attributes: &str, expected: Look<'_>) {
        let html = format!("<div {attributes}>");
        let Some(Token::Open(_, attributes)) = tokens(&html).next() else { panic!("no tag") };
        assert_eq!(look(attributes), expected, "{html}");
    }

    #[test]
    fn the_ways_of_hiding() {
        let seen = Look::default();
        let gone = Look { gone: true, ..seen };
        check("style=\"color:red\"", seen);
        check("style=\"display:none\"", gone);
        check("STYLE='color:red; DISPLAY : None !important'", gone);
        check("style=display:none", gone);
        check("hidden", gone);
        check("style=\"mso-hide:all\"", gone);
        check("style=\"opacity:0\"", gone);
        check("style=\"opacity:0.9\"", seen);
        check("style=\"max-height:0px\"", gone);
        check("style=\"max-height:0.5em\"", seen);
        check("style=\"max-height: 100%\"", seen);
        check("style=\"visibility:hidden\"", Look { invisible: Some(true), ..seen });
        check("style=\"visibility:visible\"", Look { invisible: Some(false), ..seen });
        check("style=\"font-size:0\"", Look { tiny: Some(true), ..seen });
        check("style=\"font-size: 1px !important\"", Look { tiny: Some(true), ..seen });
        check("style=\"font-size:1em\"", Look { tiny: Some(false), ..seen });
        check("style=\"font-size:inherit\"", Look { tiny: Some(false), ..seen });
    }

    #[test]
    fn borders_and_pixels() {
        let seen = Look::default();
        check("style=\"border-left:2px solid #000\"", Look { left_border: true, ..seen });
        check("style=\"border-left:none\"", seen);
        check("style=\"border-left-width:1pt\"", Look { left_border: true, ..seen });
        check("width=1 height=\"1\"", Look { pixel: true, ..seen });
        check("width=\"600\" style=\"height:1px\"", Look { pixel: true, ..seen });
        check("width=\"100%\"", seen);
        check(
            "class=a type='cite' id=b name=c",
            Look { class: "a", kind: "cite", id: "b", name: "c", ..seen },
        );
    }
}
