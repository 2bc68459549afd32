//! Stands between a client and a server that speak in the clear: notes every line of the client,
//! and cuts the connection at a command, before the server has seen it or after it has done it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The command never reaches the server.
    Before,
    /// The command is done, and its answer never reaches the client.
    After,
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
    cut: Option<(String, Cut)>,
    cuts: usize,
}

/// What is to be done with a line of the client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Forward,
    Cut(Cut),
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
        self.notes.lock().unwrap().cut = Some((command.to_owned(), cut));
    }

    /// How often a connection was cut.
    pub(crate) fn cuts(&self) -> usize {
        self.notes.lock().unwrap().cuts
    }

    /// Every line that clients sent, without tags and line ends.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.notes.lock().unwrap().lines.clone()
    }
}

impl Notes {
    fn take(&mut self, command: &str) -> Fate {
        self.lines.push(command.to_owned());
        match &self.cut {
            Some((begin, cut)) if command.starts_with(begin.as_str()) => {
                let cut = *cut;
                self.cut = None;
                self.cuts += 1;
                Fate::Cut(cut)
            }
            _ => Fate::Forward,
        }
    }
}

fn stand_between(client: TcpStream, server: TcpStream, notes: &Mutex<Notes>) {
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
    }
    // The tag of the command whose answer is kept back.
    let kept_back: Arc<Mutex<Option<String>>> = Arc::default();
    let (to_client, from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let tag = Arc::clone(&kept_back);
    let back = std::thread::spawn(move || answer(from_server, to_client, &tag));
    let mut lines = BufReader::new(client.try_clone().unwrap());
    let mut to_server = server.try_clone().unwrap();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let (tag, command) = text.split_once(' ').unwrap_or(("", &text));
        let command = if tag.starts_with('A') { command } else { &text };
        let fate = notes.lock().unwrap().take(command);
        if fate == Fate::Cut(Cut::Before) {
            break;
        }
        if fate == Fate::Cut(Cut::After) {
            *kept_back.lock().unwrap() = Some(tag.to_owned());
        }
        if to_server.write_all(&line).is_err() {
            break;
        }
        if fate == Fate::Cut(Cut::After) {
            let _ = back.join();
            break;
        }
        line.clear();
    }
    for stream in [client, server] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// Hands on what the server sends, until it has answered the command whose answer is kept back.
fn answer(mut server: TcpStream, mut client: TcpStream, kept_back: &Mutex<Option<String>>) {
    let mut buffer = vec![0; 65_536];
    let mut kept = Vec::new();
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        let tag = kept_back.lock().unwrap().clone();
        match tag {
            None if client.write_all(&buffer[..count]).is_err() => break,
            None => {}
            Some(tag) => {
                kept.extend_from_slice(&buffer[..count]);
                let end = format!("{tag} ").into_bytes();
                let begins_line = |at: usize| at == 0 || kept[at - 1] == b'\n';
                let mut places = kept.windows(end.len()).enumerate();
                if places.any(|(at, it)| it == end && begins_line(at)) {
                    break;
                }
            }
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}
