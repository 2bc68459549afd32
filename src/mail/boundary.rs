//! The parts between the boundaries of a multipart (RFC 2046, section 5.1).

/// Whether a multipart's boundary stands in its body at all.
pub(super) fn has_boundary(body: &[u8], boundary: &str) -> bool {
    Delimiters { body, boundary: boundary.as_bytes(), at: 0 }.next().is_some()
}

/// The parts, each with its header. The last one may lack its closing boundary, as it does in a
/// message that was cut.
pub(super) fn children<'b>(body: &'b [u8], boundary: &'b str) -> impl Iterator<Item = &'b [u8]> {
    let mut delimiters = Delimiters { body, boundary: boundary.as_bytes(), at: 0 };
    let mut open = delimiters.next();
    std::iter::from_fn(move || {
        let begin = open.take().filter(|delimiter| !delimiter.closes)?;
        open = delimiters.next();
        let end = open.as_ref().map_or(body.len(), |next| next.start);
        Some(body.get(begin.end..end).unwrap_or_default())
    })
}

/// A line with the boundary; `start` is that of the line feed before it, which belongs to it.
struct Delimiter {
    start: usize,
    end: usize,
    closes: bool,
}

struct Delimiters<'b> {
    body: &'b [u8],
    boundary: &'b [u8],
    /// Where the next line begins.
    at: usize,
}

impl Iterator for Delimiters<'_> {
    type Item = Delimiter;

    fn next(&mut self) -> Option<Delimiter> {
        if self.boundary.is_empty() {
            return None;
        }
        loop {
            let rest = self.body.get(self.at..).filter(|rest| !rest.is_empty())?;
            let start = self.at;
            let length =
                rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1);
            self.at += length;
            let after = rest.get(..length).and_then(|line| line.strip_prefix(b"--"));
            let Some(after) = after.and_then(|line| line.strip_prefix(self.boundary)) else {
                continue;
            };
            let closes = match after.trim_ascii_end() {
                b"" => false,
                b"--" => true,
                _ => continue,
            };
            return Some(Delimiter { start: start.saturating_sub(1), end: self.at, closes });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let parts: Vec<&str> =
            children(body.as_bytes(), "b").map(|part| std::str::from_utf8(part).unwrap()).collect();
        assert_eq!(parts, expected, "{body:?}");
    }

    #[test]
    fn parts_are_what_stands_between_boundaries() {
        check("x\n--b\n1\n--b \n\n2\n\n--b--\ny\n--b\nz", &["1", "\n2\n"]);
        check("--b\n--b\n1--b\n--bb\n--b--", &["", "1--b\n--bb"]);
        check("--b--\n--b\nx", &[]);
        check("x", &[]);
        check("", &[]);
    }

    #[test]
    fn the_last_part_may_be_open() {
        check("--b\n1\n--b\n2", &["1", "2"]);
        check("--b\n1\n--b", &["1", ""]);
        check("--b", &[""]);
    }

    #[test]
    fn an_empty_boundary_divides_nothing() {
        assert!(!has_boundary(b"--\n--\n", ""));
        assert!(has_boundary(b"x\n--b", "b"));
    }
}
