//! A small blocking IMAP client for tests: sends what it is told, also what grussd never sends, and
//! gives back the bytes of the answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection in the clear.
pub(crate) struct Raw {
    stream: BufReader<TcpStream>,
    commands: u32,
}

/// The answer to a command.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Untagged responses, literals included, without the last line end.
    pub data: Vec<Vec<u8>>,
    /// The last line behind its tag: `OK [COPYUID 1 2 3] Copy completed.`
    pub end: String,
}

impl Raw {
    /// Connects, and logs in unless the user is empty.
    pub(crate) fn connect(port: u16, user: &str, password: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server is up");
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut raw = Raw { stream: BufReader::new(stream), commands: 0 };
        raw.response();
        if !user.is_empty() {
            raw.ok(format!("LOGIN \"{user}\" \"{password}\""));
        }
        raw
    }

    /// Runs a command; its line may have literals in it, which are sent without waiting (LITERAL+).
    pub(crate) fn command(&mut self, line: impl AsRef<[u8]>) -> Answer {
        let tag = self.send(line.as_ref());
        self.answer(&tag)
    }

    /// Sends a command and gives back its tag.
    fn send(&mut self, line: &[u8]) -> String {
        self.commands += 1;
        let tag = format!("T{}", self.commands);
        self.stream.get_mut().write_all(&[tag.as_bytes(), b" ", line, b"\r\n"].concat()).unwrap();
        tag
    }

    fn answer(&mut self, tag: &str) -> Answer {
        let mut data = Vec::new();
        loop {
            let response = self.response();
            match response.strip_prefix(format!("{tag} ").as_bytes()) {
                Some(end) => {
                    let end = String::from_utf8_lossy(end).into_owned();
                    return Answer { data, end };
                }
                None => data.push(response),
            }
        }
    }

    /// Runs a command that is not refused.
    #[track_caller]
    pub(crate) fn ok(&mut self, line: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
        let shown = String::from_utf8_lossy(line.as_ref()).into_owned();
        let answer = self.command(line);
        assert!(answer.end.starts_with("OK"), "{shown:.100}: {}", answer.end);
        answer.data
    }

    /// Stores a message. `folder` is the name on the server, `date` an INTERNALDATE or empty.
    #[track_caller]
    pub(crate) fn append(&mut self, folder: &str, flags: &str, date: &str, message: &[u8]) {
        let date = if date.is_empty() { String::new() } else { format!(" \"{date}\"") };
        let tag = self
            .send(format!("APPEND \"{folder}\" ({flags}){date} {{{}}}", message.len()).as_bytes());
        let told = self.response();
        assert!(told.starts_with(b"+"), "{}", String::from_utf8_lossy(&told));
        self.stream.get_mut().write_all(&[message, b"\r\n"].concat()).unwrap();
        let end = self.answer(&tag).end;
        assert!(end.starts_with("OK"), "APPEND: {end}");
    }

    /// One response, with its literals, without the line end.
    fn response(&mut self) -> Vec<u8> {
        let mut response = Vec::new();
        loop {
            let count = self.stream.read_until(b'\n', &mut response).unwrap();
            assert!(count > 0, "the server closed the connection");
            while response.last().is_some_and(|it| matches!(it, b'\r' | b'\n')) {
                response.pop();
            }
            let Some(size) = announced(&response) else { return response };
            response.extend_from_slice(b"\r\n");
            let mut literal = vec![0; size];
            self.stream.read_exact(&mut literal).unwrap();
            response.extend(literal);
        }
    }
}

fn announced(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"}")?;
    let open = line.iter().rposition(|it| *it == b'{')?;
    String::from_utf8_lossy(&line[open + 1..]).parse().ok()
}
