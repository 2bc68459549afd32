//! What elements give on to the text inside them: visibility, depth of quotation, role.

use super::super::lines::{End, Role};
use super::look::Look;
use super::origin;
use super::token::Tag;
use super::visible::Mark;

/// What an element gives on to its descendants.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    gone: bool,
    invisible: bool,
    tiny: bool,
    pub(super) pre: bool,
    pub(super) depth: u8,
    role: Option<Role>,
}

impl State {
    /// Inside an element of this look.
    pub(super) fn inside(self, tag: Tag, look: &Look<'_>) -> Self {
        State {
            gone: self.gone || look.gone,
            invisible: look.invisible.unwrap_or(self.invisible),
            tiny: look.tiny.unwrap_or(self.tiny),
            pre: self.pre || tag == Tag::Pre,
            depth: self.depth.saturating_add(u8::from(origin::is_quote(tag, look))),
            role: origin::role(look).or(self.role),
        }
    }

    /// Whether an image is hidden: those are as large as ever where the font is tiny, and
    /// newsletters close the gaps between images with it.
    pub(super) fn hides_images(self) -> bool {
        self.gone || self.invisible
    }

    pub(super) fn hides_text(self) -> bool {
        self.hides_images() || self.tiny
    }

    pub(super) fn mark(self) -> Mark {
        let end = if self.pre { End::Open } else { End::Fixed };
        Mark { depth: self.depth, role: self.role.unwrap_or(Role::Plain), end }
    }
}
