//! Splits an mbox (RFC 4155) into messages, one at a time and in bounded memory.
//!
//! A message begins at a line `From ` that is the first of the file, or carries a date as mailers
//! write it, or stands between a blank line and a header field. So a sentence "From now on ..." in
//! a file whose writer did not quote it splits nothing. One `>` is taken from `>From `, `>>From `
//! and so on: right for mboxrd, and for mboxo wherever that did quote. `Content-Length` is not
//! believed. Line ends stay as they are.

use std::io::{self, BufRead, Read};

/// Whether a file that begins with these bytes is an mbox: `From `, and no header `From :`.
pub fn is_mbox(head: &[u8]) -> bool {
    head.strip_prefix(b"From ").is_some_and(|rest| rest.first() != Some(&b':'))
}

/// The message without the separator line that some tools leave in front of a single one.
pub fn without_separator(message: &[u8]) -> &[u8] {
    if !is_mbox(message) {
        return message;
    }
    let end = message.iter().position(|&byte| byte == b'\n').map_or(message.len(), |at| at + 1);
    message.get(end..).unwrap_or_default()
}

/// Reads messages from an mbox.
#[derive(Debug)]
pub struct Mbox<R> {
    reader: R,
    limit: usize,
    /// The current line with its end, at most `limit` bytes of it; empty behind the last.
    line: Vec<u8>,
    /// The line behind it, where that was read ahead.
    ahead: Option<Vec<u8>>,
    started: bool,
    ended: bool,
}

impl<R: BufRead> Mbox<R> {
    /// Keeps at most `limit` bytes of each message.
    pub fn new(reader: R, limit: usize) -> Self {
        Mbox { reader, limit, line: Vec::new(), ahead: None, started: false, ended: false }
    }

    /// Reads the next message into `message`, which is cleared first. `false`: there is none.
    ///
    /// # Errors
    /// Reading failed; what lies behind can't be read either.
    pub fn next_into(&mut self, message: &mut Vec<u8>) -> io::Result<bool> {
        message.clear();
        let mut blank_before = false;
        while !self.ended {
            self.advance()?;
            if self.line.is_empty() {
                self.ended = true;
                drop_blank_end(message, self.limit);
                return Ok(self.started);
            }
            if self.separates(blank_before)? {
                if std::mem::replace(&mut self.started, true) {
                    drop_blank_end(message, self.limit);
                    return Ok(true);
                }
                continue;
            }
            self.started = true;
            blank_before = is_blank(&self.line);
            let room = self.limit.saturating_sub(message.len());
            message.extend(unquoted(&self.line).iter().take(room));
        }
        Ok(false)
    }

    fn advance(&mut self) -> io::Result<()> {
        match self.ahead.take() {
            Some(line) => self.line = line,
            None => read_line(&mut self.reader, self.limit, &mut self.line)?,
        }
        Ok(())
    }

    fn separates(&mut self, blank_before: bool) -> io::Result<bool> {
        if !is_mbox(&self.line) {
            return Ok(false);
        }
        if !self.started || is_dated(&self.line) {
            return Ok(true);
        }
        if !blank_before {
            return Ok(false);
        }
        let mut next = Vec::new();
        read_line(&mut self.reader, self.limit, &mut next)?;
        let separates = is_header_field(&next);
        self.ahead = Some(next);
        Ok(separates)
    }
}

/// Reads a line with its end; of a longer one than `limit` the rest is skipped.
fn read_line<R: BufRead>(reader: &mut R, limit: usize, line: &mut Vec<u8>) -> io::Result<()> {
    line.clear();
    let read = reader.by_ref().take(limit as u64).read_until(b'\n', line)?;
    if read == limit && line.last() != Some(&b'\n') {
        reader.skip_until(b'\n')?;
    }
    Ok(())
}

/// `Thu Dec 23 17:42:10 2025` somewhere in the line, however the sender before it looks.
fn is_dated(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let is_year = |word: &str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |word: &str| {
        matches!(word.len(), 5 | 8)
            && word.bytes().enumerate().all(|(at, byte)| match at {
                2 | 5 => byte == b':',
                _ => byte.is_ascii_digit(),
            })
    };
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let has = |found: &dyn Fn(&str) -> bool| line.split_whitespace().any(found);
    has(&is_year) && has(&is_time) && has(&|word| MONTHS.contains(&word))
}

/// RFC 5322, 2.2: printable ASCII without the colon, then a colon.
fn is_header_field(line: &[u8]) -> bool {
    let name = line.iter().take_while(|&&byte| byte.is_ascii_graphic() && byte != b':').count();
    name > 0 && line.get(name) == Some(&b':')
}

fn is_blank(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n")
}

fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|&&byte| byte == b'>').count();
    match line.get(marks..) {
        Some(rest) if marks > 0 && rest.starts_with(b"From ") => line.get(1..).unwrap_or(line),
        _ => line,
    }
}

/// The blank line in front of a separator belongs to the mbox, not to the message.
fn drop_blank_end(message: &mut Vec<u8>, limit: usize) {
    if message.len() >= limit {
        return;
    }
    if message.ends_with(b"\r\n\r\n") {
        message.truncate(message.len() - 2);
    } else if message.ends_with(b"\n\n") {
        message.truncate(message.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(mbox: &str, limit: usize) -> Vec<String> {
        // A reader of three bytes at a time meets every boundary.
        let reader = io::BufReader::with_capacity(3, mbox.as_bytes());
        let mut mbox = Mbox::new(reader, limit);
        let mut message = Vec::new();
        let mut all = Vec::new();
        while mbox.next_into(&mut message).unwrap() {
            all.push(String::from_utf8(message.clone()).unwrap());
        }
        assert!(!mbox.next_into(&mut message).unwrap());
        all
    }

    #[track_caller]
    fn check(mbox: &str, expected: &[&str]) {
        assert_eq!(split(mbox, 1000), expected);
        let crlf = |text: &str| text.replace('\n', "\r\n");
        let expected: Vec<String> = expected.iter().map(|it| crlf(it)).collect();
        assert_eq!(split(&crlf(mbox), 1000), expected, "with CRLF");
    }

    const DATED: &str = "From jens@example.org Tue Dec 23 17:42:10 2025\n";

    #[test]
    fn separators() {
        check("", &[]);
        check(
            &format!("{DATED}A: 1\n\none\n\n{DATED}A: 2\n\ntwo\n"),
            &["A: 1\n\none\n", "A: 2\n\ntwo\n"],
        );
        check(
            "From - Tue Dec 23 17:42:10 2025\nA: 1\n\none\nFrom x Mon Jan  5 09:00 2026\nA: 2\n",
            &["A: 1\n\none\n", "A: 2\n"],
        );
        check(
            "From nobody\nA: 1\n\none\n\nFrom somebody\nB-c: 2\n\ntwo\n\n",
            &["A: 1\n\none\n", "B-c: 2\n\ntwo\n"],
        );
        check("From nobody\nA: 1\n\none\n", &["A: 1\n\none\n"]);
        check(DATED, &[""]);
        check(&format!("{DATED}{DATED}A: 2\n"), &["", "A: 2\n"]);
    }

    proptest::proptest! {
        #[test]
        fn what_was_quoted_comes_back(
            messages in proptest::collection::vec("A: 1\n\n(>{0,2}(From )?[a-zA-Z0-9: ]{0,12}\n){0,6}", 0..5)
        ) {
            let quote = |line: &str| match line.trim_start_matches('>').starts_with("From ") {
                true => format!(">{line}\n"),
                false => format!("{line}\n"),
            };
            let write = |it: &String| format!("{DATED}{}\n", it.lines().map(quote).collect::<String>());
            let mbox: String = messages.iter().map(write).collect();
            proptest::prop_assert_eq!(split(&mbox, 1000), messages);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(0_u8..=255, 0..300)) {
            let mut mbox = Mbox::new(bytes.as_slice(), 50);
            let mut message = Vec::new();
            while mbox.next_into(&mut message).unwrap() {
                proptest::prop_assert!(message.len() <= 50);
            }
        }
    }

    #[test]
    fn sentences_are_no_separators() {
        check(
            &format!("{DATED}A: 1\n\nFrom now on:\nFrom here\n\nFrom us to you\nall\n"),
            &["A: 1\n\nFrom now on:\nFrom here\n\nFrom us to you\nall\n"],
        );
        check(&format!("{DATED}A: 1\n\nHi\n\nFrom us"), &["A: 1\n\nHi\n\nFrom us"]);
        check(
            &format!("{DATED}A: 1\n\nHi\n\nFrom May 2025 on\n{DATED}A: 2\n"),
            &["A: 1\n\nHi\n\nFrom May 2025 on\n", "A: 2\n"],
        );
    }

    #[test]
    fn one_quote_mark_is_taken_off() {
        check(
            &format!("{DATED}A: 1\n\n>From me\n>>From you\n> From him\n>Fromage\n"),
            &["A: 1\n\nFrom me\n>From you\n> From him\n>Fromage\n"],
        );
    }

    #[test]
    fn long_messages_and_lines_are_cut() {
        let mbox = format!("{DATED}A: 1\n\n{}\n\n{DATED}A: 2\n\ntwo\n", "x".repeat(5000));
        let messages = split(&mbox, 100);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].len(), 100);
        assert_eq!(messages[1], "A: 2\n\ntwo\n");
    }

    #[test]
    fn the_separator_of_a_single_message() {
        assert_eq!(without_separator(b"From a Tue\nA: 1\n"), b"A: 1\n");
        assert_eq!(without_separator(b"From: a\n"), b"From: a\n");
        assert_eq!(without_separator(b"From : a\n"), b"From : a\n");
        assert_eq!(without_separator(b"From a"), b"");
        assert_eq!(without_separator(b""), b"");
    }
}
