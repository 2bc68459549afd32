//! Standard output, whose reader may have had enough, and complaints on standard error.

use std::io::{self, ErrorKind, StdoutLock, Write};

/// What a line that says what failed begins with.
const PREFIX: &[u8] = b"grussd: ";

/// Standard output, locked. That its reader went away (`| head`) is told apart from a broken
/// connection: the error is a [`ReaderGone`].
#[derive(Debug)]
pub struct Stdout(StdoutLock<'static>);

/// Nobody reads the output any more: no reason to go on, and no fault.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("nobody reads the output any more")]
pub struct ReaderGone;

impl Stdout {
    /// Locks it until it is dropped.
    pub fn lock() -> Self {
        Stdout(io::stdout().lock())
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(tell_apart)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(tell_apart)
    }
}

fn tell_apart(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::BrokenPipe {
        io::Error::new(ErrorKind::BrokenPipe, ReaderGone)
    } else {
        error
    }
}

/// Lines that say what failed: each begins with the name of the program.
#[derive(Debug)]
pub struct Complaints<W> {
    out: W,
    within_line: bool,
}

impl<W: Write> Complaints<W> {
    /// Writes them to `out`.
    pub fn to(out: W) -> Self {
        Complaints { out, within_line: false }
    }
}

impl<W: Write> Write for Complaints<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !self.within_line {
                self.out.write_all(PREFIX)?;
            }
            self.out.write_all(piece)?;
            self.within_line = !piece.ends_with(b"\n");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_begins_with_the_program() {
        let mut lines = Vec::new();
        let mut complaints = Complaints::to(&mut lines);
        writeln!(complaints, "a {}: {}", 1, 2).unwrap();
        write!(complaints, "c\nd").unwrap();
        writeln!(complaints, "e").unwrap();
        assert_eq!(String::from_utf8(lines).unwrap(), "grussd: a 1: 2\ngrussd: c\ngrussd: de\n");
    }
}
