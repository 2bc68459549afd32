//! A peer that knows no IMAP: it says and hears what a script tells, byte by byte. For what a real
//! server can't be made to do.
//!
//! ```ignore
//! let peer = Peer::play(
//!     Script::logged_in("IMAP4rev1 IDLE")
//!         .hear("SELECT \"INBOX\"").say("* 3 EXISTS").tagged("OK [READ-ONLY] done"),
//! );
//! let mailbox = ImapMailbox::connect(&peer.config()).await;
//! ...
//! let heard = peer.finish();
//! ```

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use grussd::config::{Imap, SecretSource, Tls};
use regex::bytes::Regex;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::certificates::Identity;
use super::pause;

/// The password that [`Peer::config`] gives.
pub(crate) const PASSWORD: &str = "hunter2 \"\\";

/// A peer that waits for a line waits this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a peer does on one connection, step by step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script(Vec<Step>);

#[derive(Debug, Clone)]
enum Step {
    /// A line is expected that matches as a whole; a tag before it is cut off.
    Hear(Regex),
    /// These bytes; `{tag}` in them is that of the last line heard.
    Say(Vec<u8>),
    /// These bytes over and over, until so many have been sent or nobody takes them.
    Flood(Vec<u8>, usize),
    /// Bytes one by one, with pauses.
    Drip(Vec<u8>, Duration),
    Pause(Duration),
    /// The server's side of a TLS handshake.
    Tls(Identity),
    /// Nothing, until the other side has gone.
    Silence,
}

impl Script {
    /// An empty one: the connection is closed at once.
    pub(crate) fn new() -> Self {
        Script::default()
    }

    /// A greeting, a login by LOGIN, and the questions that belong to it. `capabilities` are those
    /// before and after the login.
    pub(crate) fn logged_in(capabilities: &str) -> Self {
        let told = format!("* CAPABILITY {capabilities}");
        let script = Script::new()
            .say("* OK ready")
            .hear("CAPABILITY")
            .say(&told)
            .tagged("OK done")
            .hear("LOGIN .*")
            .tagged("OK logged in")
            .hear("CAPABILITY")
            .say(&told)
            .tagged("OK done");
        if capabilities.split(' ').any(|it| it == "NAMESPACE") {
            let script = script.hear("NAMESPACE").say("* NAMESPACE ((\"\" \"/\")) NIL NIL");
            script.tagged("OK done")
        } else {
            script.hear("LIST .*").say("* LIST () \"/\" INBOX").tagged("OK done")
        }
    }

    /// Expects a line that matches this regular expression as a whole, behind a tag if it has one.
    #[track_caller]
    pub(crate) fn hear(self, pattern: &str) -> Self {
        let pattern = format!(r"^(?s-u:{pattern})$");
        self.with(Step::Hear(Regex::new(&pattern).expect("a regular expression")))
    }

    /// Expects this line.
    pub(crate) fn hear_exactly(self, line: &str) -> Self {
        self.hear(&regex::escape(line))
    }

    /// Sends a line; `{tag}` in it is the tag of the last line heard.
    pub(crate) fn say(self, line: &str) -> Self {
        self.raw(format!("{line}\r\n").as_bytes())
    }

    /// Sends a line with the tag of the last line heard.
    pub(crate) fn tagged(self, line: &str) -> Self {
        self.say(&format!("{{tag}} {line}"))
    }

    /// Sends bytes as they are, but for `{tag}`.
    pub(crate) fn raw(self, bytes: &[u8]) -> Self {
        self.with(Step::Say(bytes.to_vec()))
    }

    /// Sends bytes over and over, at least `total` of them if anybody takes them.
    pub(crate) fn flood(self, bytes: &[u8], total: usize) -> Self {
        self.with(Step::Flood(bytes.to_vec(), total))
    }

    /// Sends bytes one by one with a pause after each.
    pub(crate) fn drip(self, bytes: &[u8], pause: Duration) -> Self {
        self.with(Step::Drip(bytes.to_vec(), pause))
    }

    /// Does nothing for a while.
    pub(crate) fn pause(self, time: Duration) -> Self {
        self.with(Step::Pause(time))
    }

    /// Begins TLS as this server.
    pub(crate) fn tls(self, identity: Identity) -> Self {
        self.with(Step::Tls(identity))
    }

    /// Says nothing until the other side has gone. Without this a connection is closed where the
    /// script ends.
    pub(crate) fn silence(self) -> Self {
        self.with(Step::Silence)
    }

    fn with(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }
}

/// A peer at a port of its own.
pub(crate) struct Peer {
    /// Where it listens.
    pub port: u16,
    thread: JoinHandle<()>,
    heard: Arc<Mutex<Heard>>,
}

/// What a peer has heard.
#[derive(Debug, Default, Clone)]
pub(crate) struct Heard {
    /// All lines in order, without tags and line ends.
    pub lines: Vec<String>,
    /// All bytes as they came, of TLS those inside.
    pub bytes: Vec<u8>,
    /// How often somebody connected.
    pub connections: usize,
    /// Where the script and what was heard went apart.
    problem: Option<String>,
}

impl Heard {
    /// Whether any line begins like this.
    pub(crate) fn has(&self, begin: &str) -> bool {
        self.lines.iter().any(|it| it.starts_with(begin))
    }
}

impl Peer {
    /// Plays a script to the first one who connects.
    pub(crate) fn play(script: Script) -> Self {
        Peer::play_all(vec![script])
    }

    /// Plays the first script on the first connection, and so on.
    pub(crate) fn play_all(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let notes = Arc::clone(&heard);
        let thread = std::thread::spawn(move || {
            for Script(steps) in scripts {
                let Ok((stream, _)) = listener.accept() else { return };
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.set_write_timeout(Some(PATIENCE)).unwrap();
                notes.lock().unwrap().connections += 1;
                let mut actor = Actor {
                    stream: Side::Clear(stream),
                    unread: Vec::new(),
                    tag: String::new(),
                    heard: Arc::clone(&notes),
                };
                if let Err(problem) = actor.play(&steps) {
                    notes.lock().unwrap().problem.get_or_insert(problem);
                    return;
                }
            }
        });
        Peer { port, thread, heard }
    }

    /// How grussd connects without TLS. Give it a [`Tls`] and a `ca_file` where there is some.
    pub(crate) fn config(&self) -> Imap {
        Imap {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            tls: Tls::None,
            ca_file: None,
            user: "petra@example.org".to_owned(),
            secret: SecretSource::Command(["printf", "%s", PASSWORD].map(str::to_owned).into()),
            idle: true,
        }
    }

    /// What has been heard by now.
    pub(crate) fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until the script is played, and fails if it could not be played to its end.
    #[track_caller]
    pub(crate) fn finish(self) -> Heard {
        self.thread.join().expect("the peer itself is right");
        let heard = self.heard.lock().unwrap().clone();
        if let Some(problem) = &heard.problem {
            panic!("{problem}\nheard: {:#?}", heard.lines);
        }
        heard
    }
}

struct Actor {
    stream: Side,
    unread: Vec<u8>,
    tag: String,
    heard: Arc<Mutex<Heard>>,
}

/// One side of the connection.
enum Side {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
    Gone,
}

impl Actor {
    fn play(&mut self, steps: &[Step]) -> Result<(), String> {
        for (number, step) in steps.iter().enumerate() {
            self.act(step).map_err(|error| format!("step {number}, {step:?}: {error}"))?;
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Result<(), String> {
        let text = |error: io::Error| error.to_string();
        match step {
            Step::Hear(pattern) => {
                let line = self.line().map_err(text)?;
                let shown = String::from_utf8_lossy(&line).into_owned();
                let (tag, rest) = shown.split_once(' ').unwrap_or(("", &shown));
                let tagged = tag.len() > 1
                    && tag.starts_with('A')
                    && tag.bytes().skip(1).all(|it| it.is_ascii_digit());
                let command = if tagged { rest } else { &shown };
                self.heard.lock().unwrap().lines.push(command.to_owned());
                if !pattern.is_match(command.as_bytes()) {
                    return Err(format!("heard {command:?}"));
                }
                if tagged {
                    self.tag = tag.to_owned();
                }
                Ok(())
            }
            Step::Say(bytes) => {
                let bytes = replaced(bytes, b"{tag}", self.tag.as_bytes());
                self.stream.write(&bytes).map_err(text)
            }
            Step::Flood(bytes, total) => {
                let times = 65_536 / bytes.len().max(1) + 1;
                let block = bytes.repeat(times);
                let mut sent = 0;
                // That nobody takes them any more is what such a script is for.
                while sent < *total && self.stream.write(&block).is_ok() {
                    sent += block.len();
                }
                Ok(())
            }
            Step::Drip(bytes, time) => {
                for byte in replaced(bytes, b"{tag}", self.tag.as_bytes()) {
                    if self.stream.write(&[byte]).is_err() {
                        break;
                    }
                    pause(*time);
                }
                Ok(())
            }
            Step::Pause(time) => {
                pause(*time);
                Ok(())
            }
            Step::Tls(identity) => self.begin_tls(identity).map_err(text),
            Step::Silence => {
                // Whatever comes now is noted, and a broken connection is an end like any.
                while let Ok(true) = self.receive() {}
                Ok(())
            }
        }
    }

    fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|it| it == b"\r\n") {
                let line = self.unread[..end].to_vec();
                self.unread.drain(..end + 2);
                return Ok(line);
            }
            if !self.receive()? {
                let rest = String::from_utf8_lossy(&self.unread).into_owned();
                let text = format!("the other side has gone, after {rest:?}");
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
            }
        }
    }

    /// Gives back whether anything came.
    fn receive(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        let count = loop {
            match self.stream.read(&mut buffer) {
                // Some process of this test has ended.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break 0,
                read => break read?,
            }
        };
        self.heard.lock().unwrap().bytes.extend_from_slice(&buffer[..count]);
        self.unread.extend_from_slice(&buffer[..count]);
        Ok(count > 0)
    }

    /// A handshake that fails is no problem of the script: the client may refuse it.
    fn begin_tls(&mut self, identity: &Identity) -> io::Result<()> {
        let Side::Clear(mut stream) = std::mem::replace(&mut self.stream, Side::Gone) else {
            return Err(io::Error::other("TLS inside of TLS"));
        };
        let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        while tls.is_handshaking() {
            if tls.complete_io(&mut stream).is_err() {
                return Ok(());
            }
        }
        self.stream = Side::Tls(Box::new(StreamOwned::new(tls, stream)));
        Ok(())
    }
}

impl Side {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Side::Clear(stream) => stream.read(buffer),
            Side::Tls(stream) => stream.read(buffer),
            Side::Gone => Ok(0),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Side::Clear(stream) => stream.write_all(bytes),
            Side::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
            Side::Gone => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

fn replaced(bytes: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(what.len()).position(|it| it == what) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(by);
        rest = &rest[at + what.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}
