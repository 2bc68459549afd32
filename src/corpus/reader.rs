//! Reads the messages of a place, one after another into one buffer, never more than the filter
//! looks at.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::mbox::{self, Mbox};
use super::sources::{Found, Place};
use crate::mail::MAX_MESSAGE_BYTES;

/// One byte more than is looked at, so that the parser sees that there was more.
pub(super) const READ_LIMIT: usize = MAX_MESSAGE_BYTES + 1;

/// Reads the message in a file.
pub(super) fn message(path: &Path) -> io::Result<Vec<u8>> {
    let mut reader = Reader::default();
    reader.fill(File::open(path)?)?;
    Ok(mbox::without_separator(&reader.buffer).to_owned())
}

/// Reads messages into one buffer.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// Hands each message of a place to `each`, with its name (in an mbox `path#n`, counted from
    /// 1), or why it can't be read. Ends with the first error of `each`, which is returned.
    pub fn read<E>(
        &mut self,
        found: Found,
        mut each: impl FnMut(&str, io::Result<&[u8]>) -> Result<(), E>,
    ) -> Result<(), E> {
        let name = found.name;
        let read = match found.place {
            Err(error) => Err(error),
            Ok(Place::Mbox(path)) => match File::open(&path) {
                Err(error) => Err(error),
                Ok(file) => return self.read_mbox(&name, file, each),
            },
            Ok(Place::Stdin) => self.read_stdin(),
            Ok(Place::File(path)) => File::open(&path).and_then(|file| self.fill(file)),
        };
        each(&name, read.map(|()| mbox::without_separator(&self.buffer)))
    }

    fn fill(&mut self, from: impl Read) -> io::Result<()> {
        self.buffer.clear();
        // Room for the whole, so that a file takes one read and one more to see its end.
        self.buffer.reserve(READ_LIMIT);
        from.take(READ_LIMIT as u64).read_to_end(&mut self.buffer)?;
        Ok(())
    }

    fn read_stdin(&mut self) -> io::Result<()> {
        let mut stdin = io::stdin().lock();
        self.fill(&mut stdin)?;
        // The writer may not take it well if the rest is not read.
        io::copy(&mut stdin, &mut io::sink())?;
        Ok(())
    }

    fn read_mbox<E>(
        &mut self,
        name: &str,
        file: File,
        mut each: impl FnMut(&str, io::Result<&[u8]>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut messages = Mbox::new(BufReader::with_capacity(READ_LIMIT, file), READ_LIMIT);
        for number in 1_u64.. {
            let name = format!("{name}#{number}");
            match messages.next_into(&mut self.buffer) {
                Ok(true) => each(&name, Ok(&self.buffer))?,
                Ok(false) => break,
                Err(error) => {
                    each(&name, Err(error))?;
                    break;
                }
            }
        }
        Ok(())
    }
}
