//! HTML to what the reader sees of it and what is hidden: visible lines, links and what they stand
//! behind, images and their alternative texts, hidden text. Deliberately without a tree, a style
//! sheet, a layout.

mod look;
mod origin;
mod page;
mod reader;
mod reference;
mod state;
mod token;
mod visible;

pub(super) use page::{Page, Spot};
pub(super) use reader::read;
