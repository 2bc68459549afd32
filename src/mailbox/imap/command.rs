//! Commands and their answers, over async-imap's parser.
//!
//! async-imap takes a lost connection, a NO or a BAD for an empty success in many places. Here an
//! answer ends with the tagged response of its own command and nothing else, within its time.
//! Lines are written to the stream itself: async-imap would trace them, passwords included.

use std::collections::VecDeque;
use std::io;

use async_imap::Client;
use async_imap::imap_proto::{Response, Status};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Duration, Instant, timeout_at};
use zeroize::Zeroizing;

use super::guard::{Guard, Strange};
use super::limits::Timeouts;
use super::reply::{Done, code, refused, shown, words};
use crate::mailbox::MailboxError;

/// What a session runs over.
pub(super) trait Io: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Io for S {}

/// A connection on which one command runs at a time.
pub(super) struct Wire<S: Io> {
    client: Client<Guard<S>>,
    timeouts: Timeouts,
    commands: u32,
    pub(super) state: State,
    /// Why the server is about to close the connection.
    farewell: Option<String>,
}

/// What the connection can be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// The next command.
    Ready,
    /// Nothing: a command has not ended, and perhaps never will.
    Busy,
    /// `DONE`, which ends the IDLE of this tag.
    Idling(String),
}

/// A command, and what is sent when the server asks for more.
pub(super) struct Command {
    /// How it is spoken of: without a secret.
    name: String,
    line: Zeroizing<Vec<u8>>,
    more: VecDeque<Zeroizing<Vec<u8>>>,
    batch: bool,
}

impl Command {
    /// A command of one line.
    pub(super) fn new(name: impl Into<String>, line: impl Into<Vec<u8>>) -> Self {
        let line = Zeroizing::new(line.into());
        Command { name: name.into(), line, more: VecDeque::new(), batch: false }
    }

    /// Sends this line when the server asks for more, and so on.
    pub(super) fn then(mut self, line: Zeroizing<Vec<u8>>) -> Self {
        self.more.push_back(line);
        self
    }

    /// Its answer may take as long as one about many messages.
    pub(super) fn of_batch(mut self) -> Self {
        self.batch = true;
        self
    }
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    deadline: Instant,
    whole: Duration,
    silence: Duration,
}

impl Patience {
    /// From now on.
    pub(super) fn new(whole: Duration, silence: Duration) -> Self {
        Patience { deadline: Instant::now() + whole, whole, silence }
    }
}

/// How a server greets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    /// It waits for a login.
    Ready,
    /// It takes us for somebody already (PREAUTH).
    LoggedIn,
    /// It doesn't want us, and says why.
    Goodbye(String),
}

/// What a response is to the command that runs.
pub(super) enum Step {
    /// Data.
    Seen,
    /// A request for more.
    More,
    /// Its end, with the response code.
    Ended(Result<Option<String>, MailboxError>),
}

impl<S: Io> Wire<S> {
    /// Takes a stream over which the server is going to send its greeting.
    pub(super) fn new(stream: S, timeouts: Timeouts) -> Self {
        let client = Client::new(Guard::new(stream));
        Wire { client, timeouts, commands: 0, state: State::Busy, farewell: None }
    }

    /// Takes a stream over which nothing is greeted any more.
    pub(super) fn greeted(stream: S, timeouts: Timeouts) -> Self {
        Wire { state: State::Ready, ..Wire::new(stream, timeouts) }
    }

    /// How long is waited.
    pub(super) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// The stream; none if the server sent more than was read.
    pub(super) fn into_inner(self) -> Option<S> {
        self.client.into_inner().into_inner()
    }

    /// Reads the greeting.
    pub(super) async fn greeting(&mut self) -> Result<Greeting, MailboxError> {
        let patience = Patience::new(self.timeouts.connect, self.timeouts.connect);
        let greeting = self.next("greeting", patience, |response| match response {
            Response::Data { status: Status::Ok, .. } => Some(Greeting::Ready),
            Response::Data { status: Status::PreAuth, .. } => Some(Greeting::LoggedIn),
            Response::Data { status: Status::Bye, outcome } => {
                Some(Greeting::Goodbye(words(outcome)))
            }
            _ => None,
        });
        let Some(greeting) = greeting.await? else {
            return Err(strange("greeting", "it is not that of an IMAP server"));
        };
        self.state = State::Ready;
        Ok(greeting)
    }

    /// Runs a command to its end. `see` is shown each response, the last one too.
    ///
    /// # Errors
    /// [`MailboxError::Refused`] after NO and BAD; others end the session.
    pub(super) async fn run(
        &mut self,
        command: Command,
        mut see: impl FnMut(&Response<'_>),
    ) -> Result<Done, MailboxError> {
        let Command { name, line, mut more, batch } = command;
        let whole = if batch { self.timeouts.batch } else { self.timeouts.command };
        let patience = Patience::new(whole, self.timeouts.silence);
        let tag = self.begin(&name, &line, patience).await?;
        loop {
            let step = self.next(&name, patience, |response| {
                see(response);
                step(response, &tag, &name)
            });
            match step.await? {
                Step::Seen => {}
                Step::More => match more.pop_front() {
                    Some(line) => self.send(&name, &line, patience).await?,
                    None => return Err(strange(&name, "the server asks for more than there is")),
                },
                Step::Ended(end) => {
                    let aside = self.client.get_mut().take_aside();
                    return self.ended(end).map(|code| Done { code, aside });
                }
            }
        }
    }

    /// Sends a command line with a new tag, which is given back.
    pub(super) async fn begin(
        &mut self,
        name: &str,
        line: &[u8],
        patience: Patience,
    ) -> Result<String, MailboxError> {
        if matches!(self.state, State::Idling(_)) {
            self.end_idle(&mut |_| false).await?;
        }
        if self.state != State::Ready {
            return Err(strange(name, "an earlier command was interrupted"));
        }
        self.state = State::Busy;
        self.client.get_mut().begin_answer();
        self.commands += 1;
        let tag = format!("A{:04}", self.commands);
        let line = Zeroizing::new([tag.as_bytes(), b" ", line].concat());
        self.send(name, &line, patience).await?;
        Ok(tag)
    }

    /// Sends a line.
    pub(super) async fn send(
        &mut self,
        name: &str,
        line: &[u8],
        patience: Patience,
    ) -> Result<(), MailboxError> {
        let line = Zeroizing::new([line, b"\r\n"].concat());
        let stream = self.client.get_mut();
        let send = async {
            stream.write_all(&line).await?;
            stream.flush().await
        };
        match timeout_at(patience.deadline, send).await {
            Ok(sent) => sent.map_err(|error| self.broken(name, error)),
            Err(_) => Err(timeout(name, patience.whole)),
        }
    }

    /// Reads one response. May be given up at any point without losing one.
    pub(super) async fn next<T>(
        &mut self,
        name: &str,
        patience: Patience,
        see: impl FnOnce(&Response<'_>) -> T,
    ) -> Result<T, MailboxError> {
        loop {
            let known = self.client.get_ref().total();
            let limit = patience.deadline.min(Instant::now() + patience.silence);
            let Ok(read) = timeout_at(limit, self.client.read_response()).await else {
                let silent = self.client.get_ref().total() == known;
                match (limit == patience.deadline, silent) {
                    (true, _) => return Err(timeout(name, patience.whole)),
                    (false, true) => return Err(timeout(name, patience.silence)),
                    // A long answer over a slow line.
                    (false, false) => continue,
                }
            };
            let end = || io::Error::from(io::ErrorKind::UnexpectedEof);
            let response = match read.and_then(|it| it.ok_or_else(end)) {
                Ok(response) => response,
                Err(error) => return Err(self.broken(name, error)),
            };
            if let Response::Data { status: Status::Bye, outcome } = response.parsed() {
                self.farewell = Some(words(outcome));
            }
            return Ok(see(response.parsed()));
        }
    }

    /// A command has ended; the next one may follow, unless the answer was strange.
    pub(super) fn ended<T>(&mut self, end: Result<T, MailboxError>) -> Result<T, MailboxError> {
        if !end.as_ref().is_err_and(MailboxError::ends_session) {
            self.state = State::Ready;
        }
        end
    }

    fn broken(&self, name: &str, error: io::Error) -> MailboxError {
        if let Some(Strange(what)) = error.get_ref().and_then(|it| it.downcast_ref()) {
            return strange(name, what);
        }
        let source = match error.kind() {
            // async-imap's words hold what the server sent, mails included.
            io::ErrorKind::Other => return strange(name, "a response that can't be parsed"),
            io::ErrorKind::UnexpectedEof => {
                io::Error::new(error.kind(), "the server closed the connection")
            }
            _ => error,
        };
        let context = match &self.farewell {
            Some(words) => format!("{} (the server said: {words})", shown(name)),
            None => shown(name),
        };
        MailboxError::Connection { context, source }
    }

    /// Says goodbye, if the connection is fit for it.
    pub(super) async fn logout(mut self) -> Result<(), MailboxError> {
        if self.state == State::Busy {
            return Ok(());
        }
        let name = "LOGOUT";
        let limit = Instant::now() + self.timeouts.goodbye;
        let end = timeout_at(limit, self.run(Command::new(name, name), |_| {})).await;
        match end {
            // Some servers close the connection right behind their BYE.
            Ok(Err(MailboxError::Connection { .. })) if self.farewell.is_some() => Ok(()),
            Ok(end) => end.map(|_| ()),
            Err(_) => Err(timeout(name, self.timeouts.goodbye)),
        }
    }
}

/// What a response is to the command of this tag.
pub(super) fn step(response: &Response<'_>, tag: &str, name: &str) -> Step {
    let (own, status, outcome) = match response {
        Response::Continue(_) => return Step::More,
        Response::Done { tag: other, status, outcome } => (other.0 == tag, status, outcome),
        _ => return Step::Seen,
    };
    Step::Ended(match status {
        _ if !own => Err(strange(name, "an answer to no command of ours")),
        Status::Ok => Ok(code(outcome)),
        Status::No | Status::Bad => Err(refused(name, outcome)),
        Status::PreAuth | Status::Bye => Err(strange(name, "a tagged greeting")),
    })
}

/// The error that ends the session after an answer that no IMAP server gives.
pub(super) fn strange(name: &str, what: &str) -> MailboxError {
    MailboxError::Protocol(format!("{}: {what}", shown(name)))
}

fn timeout(name: &str, patience: Duration) -> MailboxError {
    MailboxError::Timeout { command: shown(name), seconds: patience.as_secs() }
}
