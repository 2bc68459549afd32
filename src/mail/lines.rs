//! A body as lines, each with its depth of quotation: the common form of plain text and HTML.

/// What made a line end where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Unknown: the sender, or the mailer that wrapped the text.
    Open,
    /// The mailer: the next line goes on with it (`format=flowed`).
    Soft,
    /// The sender.
    Fixed,
}

/// What the mailer's markup says of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    /// An attribution line ("On ... wrote:").
    Attribution,
    Signature,
    /// A link and nothing else, as buttons are.
    Link,
}

/// One line of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// Without quote marks, and without the line feed.
    pub(super) text: &'t str,
    /// How often it is quoted; 0: it is of this message.
    pub(super) depth: u8,
    pub(super) role: Role,
    pub(super) end: End,
}

impl<'t> Line<'t> {
    pub(super) fn is_blank(&self) -> bool {
        self.text.bytes().all(|byte| byte == b' ')
    }

    fn own(text: &'t str, end: End) -> Self {
        Line { text, depth: 0, role: Role::Plain, end }
    }
}

/// The parameters of `text/plain; format=flowed` (RFC 3676).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flowed {
    /// `DelSp=yes`: the blank at the end of a soft line is no part of the text.
    pub(super) delete_space: bool,
}

/// Cuts plain text into lines.
pub(super) fn of_plain(text: &str, flowed: Option<Flowed>) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(text.len() / 32 + 1);
    for raw in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        // A blank before `From`, `>` and blanks is stuffing (RFC 3676, section 4.4): no quotation,
        // unless it looks like one that was pasted.
        let stuffed = flowed.and_then(|_| raw.strip_prefix(' '));
        let stuffed = stuffed.filter(|text| !text.starts_with("> ") && *text != ">");
        let (depth, text) = stuffed.map_or_else(|| unquoted(raw), |text| (0, text));
        let mut line = Line { depth, ..Line::own(text, End::Open) };
        if let Some(flowed) = flowed {
            line.end = End::Fixed;
            if text.ends_with(' ') && text != "-- " && !line.is_blank() {
                line.end = End::Soft;
                if flowed.delete_space {
                    line.text = text.strip_suffix(' ').unwrap_or(text);
                }
            }
        }
        lines.push(line);
    }
    if lines.iter().any(|line| line.depth > 0) {
        let raw: Vec<&str> = text.split('\n').collect();
        take_back_ornaments(&raw, &mut lines, false);
    }
    lines
}

/// Takes the quote marks off the lines of a page: web mailers put quoted plain text into HTML so.
pub(super) fn unquote_page(lines: &mut [Line<'_>]) {
    if !lines.iter().any(|line| line.text.starts_with('>')) {
        return;
    }
    let raw: Vec<&str> = lines.iter().map(|line| line.text).collect();
    for line in lines.iter_mut().filter(|line| line.depth == 0) {
        (line.depth, line.text) = unquoted(line.text);
    }
    take_back_ornaments(&raw, lines, true);
}

/// Takes the quote marks off a line: `> > text`, `>>text`, ` > text`, `PB> text`.
fn unquoted(raw: &str) -> (u8, &str) {
    let Some(mut rest) = first_mark(raw) else { return (0, raw) };
    let mut depth = 1u8;
    loop {
        let next = rest.strip_prefix(' ').unwrap_or(rest);
        match next.strip_prefix('>') {
            Some(after) if !is_smiley(next) => {
                depth = depth.saturating_add(1);
                rest = after;
            }
            _ => return (depth, next),
        }
    }
}

/// What follows the first quote mark, if the line begins with one.
fn first_mark(raw: &str) -> Option<&str> {
    // Most lines leave here.
    if !raw.as_bytes().iter().take(5).any(|&byte| byte == b'>') {
        return None;
    }
    let (before, after) = raw.split_once('>')?;
    let before = before.trim_start_matches(' ');
    let initials = before.len() <= 3 && before.bytes().all(|byte| byte.is_ascii_uppercase());
    let marks = before.is_empty() || initials && after.starts_with([' ', '>']);
    (marks && !is_smiley(raw.trim_start_matches(' '))).then_some(after)
}

fn is_smiley(text: &str) -> bool {
    text.strip_prefix('>')
        .is_some_and(|rest| [":", ";", "=)", "_<", ".<"].iter().any(|eyes| rest.starts_with(eyes)))
}

/// Gives back the lines in which `>` is no quote mark: arrows of newsletters (`>> To the shop`,
/// `>>> only today <<<`) and the `From` that mbox files escape. In HTML, where arrows are many, a
/// quotation needs an attribution.
fn take_back_ornaments<'t>(raw: &[&'t str], lines: &mut [Line<'t>], html: bool) {
    let mut attributed = false;
    let mut above = 0;
    for at in 0..lines.len() {
        let below = lines.get(at + 1).map_or(0, |line| line.depth);
        let (Some(line), Some(raw)) = (lines.get_mut(at), raw.get(at)) else { break };
        if line.depth == 0 {
            above = 0;
            if !line.is_blank() {
                attributed = line.text.trim_end().ends_with(':');
            }
            continue;
        }
        let marked_here = raw.len() > line.text.len();
        let alone = above == 0 && below == 0;
        let escaped = line.depth == 1 && raw.starts_with(">From ");
        let arrow = html || line.depth > 1 || line.text.trim_end().ends_with('<');
        above = line.depth;
        if marked_here && !attributed && (html || alone) && (escaped || arrow) {
            let text = if escaped { line.text } else { raw };
            *line = Line { text, depth: 0, ..*line };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, depth: u8, text: &str) {
        let lines = of_plain(raw, None);
        assert_eq!(lines, [Line { depth, ..Line::own(text, End::Open) }]);
    }

    #[test]
    fn quote_marks_are_counted() {
        check("Hallo", 0, "Hallo");
        check("> Hallo", 1, "Hallo");
        check(">Hallo", 1, "Hallo");
        check(">  Hallo", 1, " Hallo");
        check(" > Hallo", 1, "Hallo");
        check("PB> Hallo", 1, "Hallo");
        check(">", 1, "");
        check("", 0, "");
    }

    #[test]
    fn other_angle_brackets_are_text() {
        check(">:-( schade", 0, ">:-( schade");
        check("a > b", 0, "a > b");
        check("A>B", 0, "A>B");
        check("<b>x", 0, "<b>x");
        check(">> Zum Shop", 0, ">> Zum Shop");
        check(">>> nur heute <<<", 0, ">>> nur heute <<<");
        check(">From here on", 0, "From here on");
    }

    #[track_caller]
    fn check_depths(raw: &str, expected: &[u8]) {
        let depths: Vec<u8> = of_plain(raw, None).iter().map(|line| line.depth).collect();
        assert_eq!(depths, expected);
    }

    #[test]
    fn a_quote_has_neighbours_or_an_attribution() {
        check_depths("> a\n>> b\n> > > c\n", &[1, 2, 3]);
        check_depths("Petra schrieb:\n\n>> b\nnein", &[0, 0, 2, 0]);
        check_depths("a\n\n>> b\n\nc", &[0, 0, 0, 0, 0]);
    }

    #[test]
    fn flowed_lines_are_unstuffed() {
        let flowed = Some(Flowed { delete_space: true });
        let lines =
            of_plain("ein \nSatz\n >kein Zitat\n > Zitat\n> zi \n> tat\n-- \nPetra", flowed);
        let lines: Vec<_> = lines.iter().map(|line| (line.depth, line.text, line.end)).collect();
        assert_eq!(
            lines,
            [
                (0, "ein", End::Soft),
                (0, "Satz", End::Fixed),
                (0, ">kein Zitat", End::Fixed),
                (1, "Zitat", End::Fixed),
                (1, "zi", End::Soft),
                (1, "tat", End::Fixed),
                (0, "-- ", End::Fixed),
                (0, "Petra", End::Fixed),
            ]
        );
    }
}
