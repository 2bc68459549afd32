//! Stands between a client and a server that speak in the clear: notes every line of the client,
//! cuts the connection at a command, lies about what became of one, or spoils the line.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use regex::bytes::{Captures, Regex};

use super::pause;

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The command never reaches the server.
    Before,
    /// Half of its line reaches the server.
    Inside,
    /// The command is done, and half of its answer reaches the client.
    InAnswer,
    /// The command is done, and its answer never reaches the client.
    After,
}

impl Cut {
    pub(crate) const ALL: [Cut; 4] = [Cut::Before, Cut::Inside, Cut::InAnswer, Cut::After];
}

/// How the answer to a command is not the truth.
#[derive(Clone)]
pub(crate) enum Lie {
    /// `OK`, and the server never heard of it.
    OkUndone,
    /// `NO`, and it was done.
    NoDone,
    /// The answer is changed.
    Changed(Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>),
    /// Somebody else does something, and then the command is handed on.
    Meanwhile(Arc<Mutex<dyn FnMut() + Send>>),
}

impl Lie {
    /// What matches in the answer is replaced.
    pub(crate) fn replacing(
        pattern: &str,
        to: impl Fn(&Captures<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        let pattern = Regex::new(pattern).expect("a regular expression");
        let change = move |answer: Vec<u8>| {
            pattern.replace_all(&answer, |found: &Captures<'_>| to(found)).into_owned()
        };
        Lie::Changed(Arc::new(change))
    }

    /// Something that happens before the command.
    pub(crate) fn meanwhile(act: impl FnMut() + Send + 'static) -> Self {
        Lie::Meanwhile(Arc::new(Mutex::new(act)))
    }
}

/// A number in what was found.
pub(crate) fn number(found: &Captures<'_>, group: usize) -> u32 {
    str::from_utf8(&found[group]).unwrap().parse().unwrap()
}

/// What a line does to what the server sends.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spoiled {
    /// The byte with this number arrives with some of its bits turned over.
    pub corrupt: Option<(usize, u8)>,
    /// So many bytes arrive at once, and then nothing for a while.
    pub drip: Option<(usize, Duration)>,
}

/// A proxy at a port of its own. Its threads end with their connections.
pub(crate) struct Proxy {
    /// Where it listens.
    pub port: u16,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    lines: Vec<String>,
    rules: Vec<Rule>,
    spoiled: Spoiled,
    cuts: usize,
}

/// What happens to commands that begin like this.
struct Rule {
    begin: String,
    /// So many of them are spared, and so many hit.
    skip: usize,
    times: usize,
    fate: Fate,
}

/// What is to be done with a line of the client.
#[derive(Clone)]
enum Fate {
    Forward,
    Cut(Cut),
    Lie(Lie),
}

impl Proxy {
    /// Stands before a server on this machine.
    pub(crate) fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let notes = Arc::new(Mutex::new(Notes::default()));
        let shared = Arc::clone(&notes);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A server that is down is one that closes the connection.
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let notes = Arc::clone(&shared);
                std::thread::spawn(move || stand_between(client, server, &notes));
            }
        });
        Proxy { port, notes }
    }

    /// Cuts the connection once, at the next command that begins like this behind its tag.
    pub(crate) fn cut(&self, command: &str, cut: Cut) {
        self.cut_later(command, 0, cut);
    }

    /// The same when so many of them have passed.
    pub(crate) fn cut_later(&self, command: &str, skip: usize, cut: Cut) {
        self.rule(command, skip, 1, Fate::Cut(cut));
    }

    /// Lies each time about a command that begins like this.
    pub(crate) fn lie(&self, command: &str, lie: Lie) {
        self.rule(command, 0, usize::MAX, Fate::Lie(lie));
    }

    /// Lies once when so many of them have passed.
    pub(crate) fn lie_later(&self, command: &str, skip: usize, lie: Lie) {
        self.rule(command, skip, 1, Fate::Lie(lie));
    }

    fn rule(&self, command: &str, skip: usize, times: usize, fate: Fate) {
        let rule = Rule { begin: command.to_owned(), skip, times, fate };
        self.notes.lock().unwrap().rules.push(rule);
    }

    /// Spoils what the server sends from now on.
    pub(crate) fn spoil(&self, spoiled: Spoiled) {
        self.notes.lock().unwrap().spoiled = spoiled;
    }

    /// Does nothing any more but hand on.
    pub(crate) fn be_honest(&self) {
        let mut notes = self.notes.lock().unwrap();
        notes.rules.clear();
        notes.spoiled = Spoiled::default();
        notes.cuts = 0;
    }

    /// How often a connection was cut since it was honest.
    pub(crate) fn cuts(&self) -> usize {
        self.notes.lock().unwrap().cuts
    }

    /// Every line that clients sent since they were taken, without tags and line ends.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.notes.lock().unwrap().lines.clone()
    }

    /// The same; from now on they count anew.
    pub(crate) fn take_lines(&self) -> Vec<String> {
        std::mem::take(&mut self.notes.lock().unwrap().lines)
    }
}

impl Notes {
    fn take(&mut self, command: &str) -> Fate {
        self.lines.push(command.to_owned());
        for rule in &mut self.rules {
            if !command.starts_with(rule.begin.as_str()) || rule.times == 0 {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                // The rules behind it begin to count when it has hit.
                break;
            }
            rule.times -= 1;
            self.cuts += usize::from(matches!(rule.fate, Fate::Cut(_)));
            return rule.fate.clone();
        }
        Fate::Forward
    }

    /// What arrives of these bytes.
    fn spoil(&mut self, bytes: &mut [u8]) {
        let Some((place, bits)) = self.spoiled.corrupt else { return };
        match bytes.get_mut(place) {
            Some(byte) => {
                *byte ^= bits;
                self.spoiled.corrupt = None;
            }
            None => self.spoiled.corrupt = Some((place - bytes.len(), bits)),
        }
    }
}

/// A command whose answer is kept back until it is complete.
struct KeptBack {
    tag: String,
    fate: Fate,
}

fn stand_between(client: TcpStream, server: TcpStream, notes: &Arc<Mutex<Notes>>) {
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
    }
    let kept_back: Arc<Mutex<Option<KeptBack>>> = Arc::default();
    let (to_client, from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (pending, shared) = (Arc::clone(&kept_back), Arc::clone(notes));
    let back = std::thread::spawn(move || answers(from_server, to_client, &pending, &shared));
    let mut lines = BufReader::new(client.try_clone().unwrap());
    let (mut to_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let (tag, command) = text.split_once(' ').unwrap_or(("", &text));
        let command = if tag.starts_with('A') { command } else { &text };
        let fate = notes.lock().unwrap().take(command);
        match &fate {
            Fate::Forward => {}
            Fate::Cut(Cut::Before) => break,
            Fate::Cut(Cut::Inside) => {
                let _ = to_server.write_all(&line[..line.len() / 2]);
                break;
            }
            Fate::Lie(Lie::OkUndone) => {
                let _ = to_client.write_all(format!("{tag} OK done\r\n").as_bytes());
                line.clear();
                continue;
            }
            Fate::Lie(Lie::Meanwhile(act)) => (act.lock().unwrap())(),
            Fate::Cut(_) | Fate::Lie(_) => {
                let kept = KeptBack { tag: tag.to_owned(), fate: fate.clone() };
                *kept_back.lock().unwrap() = Some(kept);
            }
        }
        if to_server.write_all(&line).is_err() {
            break;
        }
        if matches!(fate, Fate::Cut(_)) {
            let _ = back.join();
            break;
        }
        line.clear();
    }
    for stream in [client, server] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// Hands on what the server sends, but for the answer that is kept back.
fn answers(
    mut server: TcpStream,
    mut client: TcpStream,
    kept_back: &Mutex<Option<KeptBack>>,
    notes: &Mutex<Notes>,
) {
    let mut buffer = vec![0; 65_536];
    let mut kept: Vec<u8> = Vec::new();
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        let (bytes, spoiled) = {
            let mut notes = notes.lock().unwrap();
            notes.spoil(&mut buffer[..count]);
            (&buffer[..count], notes.spoiled)
        };
        let mut pending = kept_back.lock().unwrap();
        let Some(KeptBack { tag, fate }) = pending.as_ref() else {
            drop(pending);
            if send(&mut client, bytes, spoiled).is_err() {
                break;
            }
            continue;
        };
        kept.extend_from_slice(bytes);
        if !is_complete(&kept, tag) {
            continue;
        }
        let answer = std::mem::take(&mut kept);
        let answer = match fate {
            Fate::Cut(Cut::InAnswer) => {
                let _ = client.write_all(&answer[..answer.len() / 2]);
                break;
            }
            Fate::Lie(Lie::NoDone) => format!("{tag} NO made to fail\r\n").into_bytes(),
            Fate::Lie(Lie::Changed(change)) => change(answer),
            _ => break,
        };
        *pending = None;
        if send(&mut client, &answer, spoiled).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn send(client: &mut TcpStream, bytes: &[u8], spoiled: Spoiled) -> std::io::Result<()> {
    let Some((size, time)) = spoiled.drip else { return client.write_all(bytes) };
    for piece in bytes.chunks(size) {
        client.write_all(piece)?;
        pause(time);
    }
    Ok(())
}

/// Whether the line with this tag is there with its end.
fn is_complete(kept: &[u8], tag: &str) -> bool {
    let end = format!("{tag} ").into_bytes();
    kept.ends_with(b"\r\n")
        && kept
            .windows(end.len())
            .enumerate()
            .any(|(at, it)| it == end && (at == 0 || kept[at - 1] == b'\n'))
}
