//! The visible text of a document while it grows: blanks collapse, blocks begin lines.

use super::super::clean;
use super::super::lines::{End, Line, Role, unquote_page};

/// What is due before the next word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    #[default]
    None,
    Blank,
    Line,
    /// A blank line.
    Paragraph,
}

/// How a line is to be taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) depth: u8,
    pub(super) role: Role,
    pub(super) end: End,
}

const BLANK_LINE: Mark = Mark { depth: 0, role: Role::Plain, end: End::Fixed };

/// Lines of visible text.
#[derive(Debug, Default)]
pub(super) struct Visible {
    text: String,
    /// One for each line of `text`.
    marks: Vec<Mark>,
    gap: Gap,
    /// A blank that doesn't collapse stands alone on the line: mailers write empty lines so.
    empty_line: bool,
}

impl Visible {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn lines(&self) -> Vec<Line<'_>> {
        let line = |(text, mark): (_, &Mark)| Line {
            text,
            depth: mark.depth,
            role: mark.role,
            end: mark.end,
        };
        let mut lines = self.text.split('\n').zip(&self.marks).map(line).collect::<Vec<_>>();
        unquote_page(&mut lines);
        lines
    }

    /// The number of the line that the next word comes to stand in.
    pub(super) fn line(&self) -> usize {
        let lines = self.marks.len();
        match self.gap {
            _ if lines == 0 => 0,
            Gap::None | Gap::Blank => lines - 1,
            Gap::Line => lines,
            Gap::Paragraph => lines + 1,
        }
    }

    pub(super) fn gap(&mut self, gap: Gap) {
        if gap >= Gap::Line && self.empty_line {
            self.empty_line = false;
            self.gap = Gap::Paragraph;
        }
        self.gap = self.gap.max(gap);
    }

    /// `<br>`: a second one makes a blank line.
    pub(super) fn line_break(&mut self) {
        self.gap(if self.gap >= Gap::Line { Gap::Paragraph } else { Gap::Line });
    }

    pub(super) fn space(&mut self, space: char) {
        self.empty_line |= space == '\u{a0}' && self.gap >= Gap::Line;
        self.gap(Gap::Blank);
    }

    /// Appends a word; `mark` counts if it begins a line.
    pub(super) fn word(&mut self, word: &str, mark: Mark) {
        if self.marks.is_empty() {
            self.marks.push(mark);
        } else {
            match self.gap {
                Gap::None => {}
                Gap::Blank => self.text.push(' '),
                Gap::Line => {
                    self.text.push('\n');
                    self.marks.push(mark);
                }
                Gap::Paragraph => {
                    self.text.push_str("\n\n");
                    self.marks.extend([BLANK_LINE, mark]);
                }
            }
        }
        self.gap = Gap::None;
        self.empty_line = false;
        push_word(&mut self.text, word);
    }

    /// Brings the text into the form that [`clean`] promises.
    pub(super) fn finish(&mut self) {
        clean::drop_joiner(&mut self.text);
        self.text = clean::compose(std::mem::take(&mut self.text));
    }
}

/// Appends a word, cleaned. Whatever breaks lines elsewhere is a blank here.
pub(super) fn push_word(out: &mut String, word: &str) {
    clean::drop_joiner(out);
    if word.bytes().all(|byte| byte.is_ascii_graphic()) {
        return out.push_str(word);
    }
    for c in word.chars() {
        match c {
            '\u{b}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push(' '),
            _ => clean::push(out, c),
        }
    }
}

/// What separates words.
pub(super) fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{a0}'
}
