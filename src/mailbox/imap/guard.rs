//! The byte stream between the server and async-imap. It hands out whole responses, one at a time,
//! that the parser survives, and ends the session where a server sends more than any command asks
//! for. What it sets aside is kept for the command layer.
//!
//! Since one response at a time is handed out, the buffer of async-imap never holds two, and a
//! change to TLS can tell that nothing was sent behind the answer to STARTTLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frame::{Fate, Frame, Framer, tame};
use super::limits::{MAX_ANSWER, MAX_ASIDE, MAX_ASIDE_BYTES};

/// Bytes asked for at once.
const CHUNK: usize = 32 * 1024;

/// A guarded stream.
pub(super) struct Guard<S> {
    inner: S,
    /// What the server sent; handed on up to `begin`.
    received: Vec<u8>,
    begin: usize,
    framer: Framer,
    /// The response that is being handed out, from `handed` on.
    response: Vec<u8>,
    handed: usize,
    /// Bytes that the server may still send in this answer.
    left: usize,
    total: u64,
    aside: Aside,
}

/// Responses that the parser was not shown.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// How many there were.
    pub(super) count: usize,
    /// The beginnings of the first ones.
    pub(super) responses: Vec<Vec<u8>>,
}

impl<S> Guard<S> {
    /// Guards a stream.
    pub(super) fn new(inner: S) -> Self {
        Guard {
            inner,
            received: Vec::new(),
            begin: 0,
            framer: Framer::default(),
            response: Vec::new(),
            handed: 0,
            left: MAX_ANSWER,
            total: 0,
            aside: Aside::default(),
        }
    }

    /// A new command begins: the server may send as much again.
    pub(super) fn begin_answer(&mut self) {
        self.left = MAX_ANSWER;
        self.aside = Aside::default();
    }

    /// What was set aside since the command began.
    pub(super) fn take_aside(&mut self) -> Aside {
        std::mem::take(&mut self.aside)
    }

    /// All bytes that ever came: whether a server is silent is told by them.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The stream itself; none if the server sent something that nobody has read.
    pub(super) fn into_inner(self) -> Option<S> {
        let unread = self.begin < self.received.len() || self.handed < self.response.len();
        (!unread).then_some(self.inner)
    }

    /// The next response out of what was received.
    fn advance(&mut self) -> io::Result<bool> {
        loop {
            let unread = self.received.get(self.begin..).unwrap_or_default();
            let end = match self.framer.look(unread) {
                Frame::Part => return Ok(false),
                Frame::TooLarge(what) => return Err(strange(&format!("a {what} without end"))),
                Frame::Whole(end) => end,
            };
            let mut response = unread.get(..end).unwrap_or_default().to_vec();
            self.begin += end;
            self.framer = Framer::default();
            match tame(&mut response) {
                Fate::Pass => {
                    self.response = response;
                    self.handed = 0;
                    return Ok(true);
                }
                Fate::Aside => self.aside.take(response),
                Fate::Blank => {}
                Fate::Fatal => return Err(strange("a line that is no response")),
            }
        }
    }
}

impl Aside {
    fn take(&mut self, mut response: Vec<u8>) {
        self.count += 1;
        if self.responses.len() < MAX_ASIDE {
            response.truncate(MAX_ASIDE_BYTES);
            self.responses.push(response);
        }
    }
}

impl<S: AsyncRead + Unpin> Guard<S> {
    fn receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.received.drain(..self.begin);
        self.begin = 0;
        let known = self.received.len();
        self.received.resize(known + CHUNK, 0);
        let mut free = ReadBuf::new(self.received.get_mut(known..).unwrap_or_default());
        let result = Pin::new(&mut self.inner).poll_read(cx, &mut free);
        let count = free.filled().len();
        self.received.truncate(known + count);
        ready!(result)?;
        if count == 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        self.total += count as u64;
        match self.left.checked_sub(count) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(strange("an answer without end"))),
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let rest = this.response.get(this.handed..).unwrap_or_default();
            if !rest.is_empty() {
                let part = rest.get(..buf.remaining()).unwrap_or(rest);
                buf.put_slice(part);
                this.handed += part.len();
                return Poll::Ready(Ok(()));
            }
            if !this.advance()? {
                ready!(this.receive(cx))?;
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S> std::fmt::Debug for Guard<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What it holds are mails and passwords.
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

/// An error that the command layer tells from a broken connection.
fn strange(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Strange(what.to_owned()))
}

/// What no IMAP server sends.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Strange(pub(super) String);

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Each read of what a server sent in these pieces, and how it ended.
    async fn reads(pieces: &[&[u8]]) -> (Vec<String>, io::Error, Aside) {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let pieces: Vec<Vec<u8>> = pieces.iter().map(|it| it.to_vec()).collect();
        let server = tokio::spawn(async move {
            for piece in pieces {
                far.write_all(&piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut guard = Guard::new(near);
        let mut reads = Vec::new();
        let mut buffer = vec![0; 1 << 20];
        let error = loop {
            match guard.read(&mut buffer).await {
                Ok(count) => {
                    reads.push(String::from_utf8_lossy(&buffer[..count]).into_owned());
                }
                Err(error) => break error,
            }
        };
        server.await.unwrap();
        (reads, error, guard.take_aside())
    }

    #[tokio::test]
    async fn one_read_gives_one_response() {
        let pieces: [&[u8]; 3] =
            [b"* OK hi\r\n* 1 EXISTS\r\n* NAMESPACE ", b"NIL NIL NIL\r\n\r\nA1 O", b"K\r\n"];
        let (found, error, aside) = reads(&pieces).await;
        assert_eq!(found, ["* OK hi\r\n", "* 1 EXISTS\r\n", "A1 OK\r\n"]);
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(aside.count, 1);
        assert_eq!(aside.responses, [b"* NAMESPACE NIL NIL NIL\r\n".to_vec()]);
    }

    #[tokio::test]
    async fn an_end_in_the_middle_is_an_error() {
        for end in ["", "A", "* 1 FETCH (UID 7 BODY[] {5}\r\nab"] {
            let (found, error, _) = reads(&[b"* OK hi\r\n", end.as_bytes()]).await;
            assert_eq!(found, ["* OK hi\r\n"]);
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[tokio::test]
    async fn what_no_server_sends_ends_it() {
        let endless = vec![b'x'; super::super::limits::MAX_LINE + 1];
        for bytes in [b"what?\r\n".as_slice(), b"* 1 FETCH (X {9999999}\r\n", &endless] {
            let (_, error, _) = reads(&[bytes]).await;
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }

    #[tokio::test]
    async fn an_answer_is_bounded_and_the_next_one_begins_anew() {
        let line = format!("* OK {}\r\n", "x".repeat(1000));
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let server =
            tokio::spawn(async move { while far.write_all(line.as_bytes()).await.is_ok() {} });
        let mut guard = Guard::new(near);
        let mut buffer = [0; 4096];
        let mut count = 0;
        for round in 1..=2 {
            guard.begin_answer();
            let error = loop {
                match guard.read(&mut buffer).await {
                    Ok(bytes) => count += bytes,
                    Err(error) => break error,
                }
            };
            assert_eq!(error.to_string(), "an answer without end");
            let (least, most) = (MAX_ANSWER - 2 * CHUNK, MAX_ANSWER + CHUNK);
            assert!((round * least..=round * most).contains(&count), "{count}");
        }
        drop(guard);
        server.await.unwrap();
    }

    #[tokio::test]
    async fn a_storm_of_useless_lines_fills_no_memory() {
        let storm = "* STRANGE\r\n".repeat(1000);
        let (found, _, aside) = reads(&[storm.as_bytes()]).await;
        assert!(found.is_empty());
        assert_eq!((aside.count, aside.responses.len()), (1000, MAX_ASIDE));
    }

    #[tokio::test]
    async fn what_was_sent_too_early_is_noticed() {
        for (bytes, clean) in [("A1 OK\r\n", true), ("A1 OK\r\n* CAPABILITY\r\n", false)] {
            let (near, mut far) = tokio::io::duplex(1000);
            far.write_all(bytes.as_bytes()).await.unwrap();
            let mut guard = Guard::new(near);
            let _ = guard.read(&mut [0; 100]).await.unwrap();
            assert_eq!(guard.into_inner().is_some(), clean);
        }
    }
}
