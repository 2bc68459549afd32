//! A server in memory that fails at any step on demand, and what the tests of the daemon share.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::account::{Connect, Context};
use super::clock::Clock;
use super::judge::{Judge, Judged};
use super::settings::Settings;
use super::stop::{Stopper, stop};
use crate::classify::{Evidence, Judgement, Label, Occasion, Posterior};
use crate::config::{Account, Filing, Folders, Source};
use crate::mailbox::{
    Fetched, FilingMethod, FolderState, Listing, Mailbox, MailboxError, Mark, MessageKey, Survey,
    Transfer, Wake,
};
use crate::store::Journal;
use crate::store::faulty::FaultyDisk;
use crate::store::memory::Database;
use crate::verdict::Verdict;

/// How one call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The connection breaks before the command arrives.
    LostBefore,
    /// It breaks when the command was carried out.
    LostAfter,
    /// It breaks when the first half of the messages was dealt with.
    LostHalfway,
    /// A move copied all and removed none; a removal marked all and expunged none. Then it breaks.
    LostInside,
    /// NO, and it was done.
    NoWithEffect,
    /// NO.
    NoWithoutEffect,
    /// OK, and nothing was done.
    OkWithoutEffect,
    /// OK, without saying where the messages are.
    Silent,
    /// OK, saying that each message is where another one is.
    Wrong,
    /// OK, and the half of it was done: a move copied and removed nothing, a removal marked and
    /// expunged nothing.
    HalfDone,
}

impl Fault {
    pub(super) const ALL: [Fault; 10] = [
        Fault::LostBefore,
        Fault::LostAfter,
        Fault::LostHalfway,
        Fault::LostInside,
        Fault::NoWithEffect,
        Fault::NoWithoutEffect,
        Fault::OkWithoutEffect,
        Fault::Silent,
        Fault::Wrong,
        Fault::HalfDone,
    ];

    fn loses(self) -> bool {
        matches!(
            self,
            Fault::LostBefore | Fault::LostAfter | Fault::LostHalfway | Fault::LostInside
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) bytes: Vec<u8>,
    pub(super) received: Timestamp,
    pub(super) flags: BTreeSet<String>,
    pub(super) deleted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) uid_validity: u32,
    pub(super) uid_next: u32,
    pub(super) messages: BTreeMap<u32, Message>,
    pub(super) read_only: bool,
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) folders: BTreeMap<String, Folder>,
    pub(super) method: FilingMethod,
    /// Faults by the number of the call, from 0.
    pub(super) faults: BTreeMap<usize, Fault>,
    pub(super) calls: usize,
    pub(super) mutations: usize,
    pub(super) connections: usize,
    /// Target folders that refuse mail, with a response code.
    pub(super) full: BTreeMap<String, &'static str>,
    /// Reading a message with one of these words in it breaks the connection.
    pub(super) poison: Option<&'static str>,
    /// Every copy is cut by a byte.
    pub(super) damages: bool,
    pub(super) keywords: bool,
    /// So many more transfers find that another daemon's copy has come in just before.
    pub(super) rivals: usize,
    pub(super) login: Option<fn() -> MailboxError>,
    changed: Rc<Notify>,
}

/// The handle of a test, and the way to connect.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Rc<RefCell<Server>>);

/// A connection.
pub(super) struct Double {
    server: Rc<RefCell<Server>>,
    lost: bool,
}

pub(super) const PERSONAL: &str = "Grüße/Persönlich";
pub(super) const PITCH: &str = "Grüße/Werbung";

/// A message that [`ByClass`] takes for `class`.
pub(super) fn message(id: usize, class: &str) -> Vec<u8> {
    format!("Message-ID: <{id}@example.org>\r\nX-Class: {class}\r\n\r\nText {id}\r\n").into_bytes()
}

/// Judges by the `X-Class` header, and counts; a mail of the class `panic` shows a defect.
#[derive(Clone, Default)]
pub(super) struct ByClass(pub(super) Rc<Cell<usize>>);

impl Judge for ByClass {
    fn judge(&self, bytes: &[u8]) -> Judged {
        self.0.set(self.0.get() + 1);
        let text = String::from_utf8_lossy(bytes);
        let field = |name: &str| {
            text.lines().find_map(|it| it.strip_prefix(name)).map(|it| it.trim().to_owned())
        };
        let class = field("X-Class:").unwrap_or_default();
        assert_ne!(class, "panic", "made to fail");
        let label = class.parse().unwrap_or(Label::Other);
        let scores = Label::ALL.map(|it| if it == label { 0.0 } else { -5.0 });
        Judged {
            message_id: field("Message-ID:").map(|it| it.trim_matches(['<', '>']).to_owned()),
            verdict: if class == "unsure" { Verdict::Unsure } else { Verdict::Sure(label) },
            judgement: Judgement {
                posterior: Posterior::from_log(scores),
                occasion: Occasion::Birthday,
                flags: BTreeSet::new(),
                language: "de",
                evidence: vec![Evidence {
                    meaning: "wishes".to_owned(),
                    quote: Some("alles\u{1b}Gute".to_owned()),
                    label,
                    weight: 1.5,
                }],
            },
        }
    }
}

impl Default for Shared {
    fn default() -> Self {
        let server = Server {
            folders: BTreeMap::new(),
            method: FilingMethod::Move,
            faults: BTreeMap::new(),
            calls: 0,
            mutations: 0,
            connections: 0,
            full: BTreeMap::new(),
            poison: None,
            damages: false,
            keywords: true,
            rivals: 0,
            login: None,
            changed: Rc::new(Notify::new()),
        };
        let shared = Shared(Rc::new(RefCell::new(server)));
        shared.make("INBOX");
        shared
    }
}

impl Shared {
    pub(super) fn make(&self, folder: &str) {
        let mut server = self.0.borrow_mut();
        let uid_validity = u32::try_from(server.folders.len()).unwrap() + 1;
        server.folders.entry(folder.to_owned()).or_insert_with(|| Folder {
            uid_validity,
            uid_next: 1,
            messages: BTreeMap::new(),
            read_only: false,
        });
    }

    /// A delivery.
    pub(super) fn deliver(&self, folder: &str, bytes: Vec<u8>) -> u32 {
        self.make(folder);
        let mut server = self.0.borrow_mut();
        let folder = server.folders.get_mut(folder).unwrap();
        let uid = folder.uid_next;
        folder.uid_next += 1;
        let received = Timestamp::from_second(1_766_000_100 + i64::from(uid)).unwrap();
        let flags = BTreeSet::from([format!("${uid}")]);
        folder.messages.insert(uid, Message { bytes, received, flags, deleted: false });
        server.changed.notify_one();
        uid
    }

    /// Each message of a folder, oldest first.
    pub(super) fn messages(&self, folder: &str) -> Vec<Message> {
        let server = self.0.borrow();
        server
            .folders
            .get(folder)
            .into_iter()
            .flat_map(|it| it.messages.values().cloned())
            .collect()
    }

    pub(super) fn count(&self, folder: &str) -> usize {
        self.messages(folder).len()
    }

    /// What may never change: every message, however often, with its date and flags.
    pub(super) fn inventory(&self) -> Vec<(Vec<u8>, Timestamp, BTreeSet<String>)> {
        let server = self.0.borrow();
        let messages = server.folders.values().flat_map(|it| it.messages.values());
        let mut inventory: Vec<_> =
            messages.map(|it| (it.bytes.clone(), it.received, it.flags.clone())).collect();
        inventory.sort();
        inventory
    }

    /// The owner moves all messages of a folder by hand.
    pub(super) fn move_by_hand(&self, from: &str, to: &str) {
        self.make(to);
        let mut server = self.0.borrow_mut();
        let messages = std::mem::take(&mut server.folders.get_mut(from).unwrap().messages);
        let folder = server.folders.get_mut(to).unwrap();
        for message in messages.into_values() {
            folder.messages.insert(folder.uid_next, message);
            folder.uid_next += 1;
        }
        server.changed.notify_one();
    }

    pub(super) fn mutations(&self) -> usize {
        self.0.borrow().mutations
    }

    pub(super) fn set<T>(&self, change: impl FnOnce(&mut Server) -> T) {
        change(&mut self.0.borrow_mut());
    }

    /// The server numbers a folder anew.
    pub(super) fn renumber(&self, folder: &str) {
        let mut server = self.0.borrow_mut();
        let folder = server.folders.get_mut(folder).unwrap();
        folder.uid_validity += 100;
        let messages = std::mem::take(&mut folder.messages);
        folder.messages = (1..).zip(messages.into_values()).collect();
        folder.uid_next = u32::try_from(folder.messages.len()).unwrap() + 1;
    }
}

impl Server {
    /// Says that there is news.
    pub(super) fn announce(&self) {
        self.changed.notify_one();
    }
}

impl Connect for Shared {
    type Mailbox = Double;

    async fn connect(&self) -> Result<Double, MailboxError> {
        let mut server = self.0.borrow_mut();
        server.connections += 1;
        match server.login {
            Some(error) => Err(error()),
            None => Ok(Double { server: Rc::clone(&self.0), lost: false }),
        }
    }
}

fn lost() -> MailboxError {
    MailboxError::Connection {
        context: "made to fail".to_owned(),
        source: io::ErrorKind::ConnectionReset.into(),
    }
}

fn no(code: Option<&str>) -> MailboxError {
    MailboxError::Refused {
        command: "COMMAND".to_owned(),
        code: code.map(str::to_owned),
        text: "made to fail".to_owned(),
    }
}

impl Double {
    /// Counts a call, and says how it is to fail.
    fn call(&mut self) -> Result<Option<Fault>, MailboxError> {
        if self.lost {
            return Err(lost());
        }
        let mut server = self.server.borrow_mut();
        let fault = server.faults.get(&server.calls).copied();
        server.calls += 1;
        Ok(fault)
    }

    /// A call that changes nothing: lost, refused, or answered.
    fn read(&mut self) -> Result<(), MailboxError> {
        match self.call()? {
            Some(fault) if fault.loses() => {
                self.lost = true;
                Err(lost())
            }
            Some(Fault::NoWithEffect | Fault::NoWithoutEffect) => Err(no(None)),
            _ => Ok(()),
        }
    }

    /// A call that changes something: `effect` is given how many of the messages it is to deal
    /// with, and whether it stops inside.
    fn write<T: Default>(
        &mut self,
        count: usize,
        effect: impl FnOnce(&mut Server, usize, bool) -> Result<T, MailboxError>,
    ) -> Result<(T, Option<Fault>), MailboxError> {
        let fault = self.call()?;
        let mut server = self.server.borrow_mut();
        server.mutations += 1;
        let done = match fault {
            Some(Fault::LostBefore | Fault::NoWithoutEffect | Fault::OkWithoutEffect) => {
                Ok(T::default())
            }
            Some(Fault::LostHalfway) => effect(&mut server, count.div_ceil(2), false),
            Some(Fault::LostInside | Fault::HalfDone) => effect(&mut server, count, true),
            _ => effect(&mut server, count, false),
        };
        match fault {
            Some(fault) if fault.loses() => {
                self.lost = true;
                Err(lost())
            }
            Some(Fault::NoWithEffect | Fault::NoWithoutEffect) => Err(no(None)),
            fault => done.map(|it| (it, fault)),
        }
    }
}

/// The UIDs, if they are of the folder's validity.
fn uids(server: &Server, folder: &str, keys: &[MessageKey]) -> Result<Vec<u32>, MailboxError> {
    let state =
        server.folders.get(folder).ok_or_else(|| MailboxError::NoFolder(folder.to_owned()))?;
    keys.iter()
        .map(|key| match key {
            MessageKey::Imap { uid_validity, uid } if *uid_validity == state.uid_validity => {
                Ok(*uid)
            }
            _ => Err(MailboxError::UidValidity { folder: folder.to_owned() }),
        })
        .collect()
}

fn key(server: &Server, folder: &str, uid: u32) -> MessageKey {
    MessageKey::Imap { uid_validity: server.folders[folder].uid_validity, uid }
}

/// COPY or MOVE of the first `count`.
fn transfer(
    server: &mut Server,
    from: &str,
    keys: &[MessageKey],
    to: &str,
    count: usize,
    remove: bool,
) -> Result<Vec<Transfer>, MailboxError> {
    let uids = uids(server, from, keys)?;
    if let Some(code) = server.full.get(to) {
        return Err(no(Some(code)));
    }
    if !server.folders.contains_key(to) {
        return Err(no(Some("TRYCREATE")));
    }
    let mut transfers = Vec::new();
    let rival = server.rivals > 0;
    server.rivals = server.rivals.saturating_sub(1);
    for uid in uids.into_iter().take(count) {
        let source = &mut server.folders.get_mut(from).unwrap().messages;
        let Some(mut message) = source.get(&uid).cloned() else { continue };
        if remove {
            source.remove(&uid);
        } else if server.damages {
            message.bytes.pop();
        }
        let target = server.folders.get_mut(to).unwrap();
        if rival {
            target.messages.insert(target.uid_next, message.clone());
            target.uid_next += 1;
        }
        let new = target.uid_next;
        target.uid_next += 1;
        target.messages.insert(new, message);
        let (from, to) = (key(server, from, uid), Some(key(server, to, new)));
        transfers.push(Transfer { from, to });
    }
    Ok(transfers)
}

fn told(mut transfers: Vec<Transfer>, fault: Option<Fault>) -> Vec<Transfer> {
    match fault {
        Some(Fault::Silent) => Vec::new(),
        Some(Fault::Wrong) => {
            let mut places: Vec<_> = transfers.iter().map(|it| it.to.clone()).collect();
            places.rotate_left(1);
            for (transfer, place) in transfers.iter_mut().zip(places) {
                transfer.to = place.map(|it| match it {
                    MessageKey::Imap { uid_validity, uid } if transfers_one(uid) => {
                        MessageKey::Imap { uid_validity, uid: uid + 1000 }
                    }
                    other => other,
                });
            }
            transfers
        }
        _ => transfers,
    }
}

fn transfers_one(uid: u32) -> bool {
    uid.is_multiple_of(2)
}

impl Mailbox for Double {
    async fn survey(&mut self) -> Result<Survey, MailboxError> {
        self.read()?;
        let server = self.server.borrow();
        Ok(Survey {
            folders: server.folders.keys().cloned().collect(),
            sent: None,
            aside: Vec::new(),
            method: server.method.clone(),
            description: "double".to_owned(),
        })
    }

    async fn ensure_folder(&mut self, folder: &str) -> Result<(), MailboxError> {
        let name = folder.to_owned();
        self.write(1, |server, _, _| {
            let uid_validity = u32::try_from(server.folders.len()).unwrap() + 50;
            server.folders.entry(name).or_insert_with(|| Folder {
                uid_validity,
                uid_next: 1,
                messages: BTreeMap::new(),
                read_only: false,
            });
            Ok(())
        })?;
        Ok(())
    }

    async fn status(&mut self, folder: &str) -> Result<FolderState, MailboxError> {
        self.read()?;
        let server = self.server.borrow();
        let state =
            server.folders.get(folder).ok_or_else(|| MailboxError::NoFolder(folder.to_owned()))?;
        Ok(FolderState {
            mark: Mark::Imap { uid_validity: state.uid_validity, uid_next: state.uid_next },
            messages: u32::try_from(state.messages.len()).unwrap(),
            read_only: state.read_only,
        })
    }

    async fn list(
        &mut self,
        folder: &str,
        after: Option<&Mark>,
    ) -> Result<Vec<Listing>, MailboxError> {
        self.read()?;
        let server = self.server.borrow();
        let state =
            server.folders.get(folder).ok_or_else(|| MailboxError::NoFolder(folder.to_owned()))?;
        let first = match after {
            Some(Mark::Imap { uid_validity, uid_next }) if *uid_validity == state.uid_validity => {
                *uid_next
            }
            None => 0,
            Some(_) => return Err(MailboxError::UidValidity { folder: folder.to_owned() }),
        };
        Ok(state
            .messages
            .range(first..)
            .map(|(uid, it)| Listing {
                key: key(&server, folder, *uid),
                size: it.bytes.len() as u64,
                received: Some(it.received),
                deleted: it.deleted,
            })
            .collect())
    }

    async fn fetch(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        limit: usize,
    ) -> Result<Vec<Fetched>, MailboxError> {
        self.read()?;
        let server = self.server.borrow();
        let mut fetched = Vec::new();
        for uid in uids(&server, folder, keys)? {
            let Some(message) = server.folders[folder].messages.get(&uid) else { continue };
            let text = String::from_utf8_lossy(&message.bytes);
            if server.poison.is_some_and(|it| text.contains(it)) {
                self.lost = true;
                return Err(MailboxError::Protocol("made to fail".to_owned()));
            }
            let bytes = message.bytes[..message.bytes.len().min(limit)].to_vec();
            fetched.push(Fetched { key: key(&server, folder, uid), bytes });
        }
        Ok(fetched)
    }

    async fn find(
        &mut self,
        folder: &str,
        message_id: &str,
    ) -> Result<Vec<MessageKey>, MailboxError> {
        self.read()?;
        let server = self.server.borrow();
        let line = format!("Message-ID: <{message_id}>");
        let Some(state) = server.folders.get(folder) else { return Ok(Vec::new()) };
        let found = state
            .messages
            .iter()
            .filter(|(_, it)| String::from_utf8_lossy(&it.bytes).lines().any(|it| it == line));
        Ok(found.map(|(uid, _)| key(&server, folder, *uid)).collect())
    }

    async fn relocate(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        let (transfers, fault) = self.write(keys.len(), |server, count, inside| {
            transfer(server, from, keys, to, count, !inside)
        })?;
        Ok(told(transfers, fault))
    }

    async fn copy(
        &mut self,
        from: &str,
        keys: &[MessageKey],
        to: &str,
    ) -> Result<Vec<Transfer>, MailboxError> {
        let (transfers, fault) = self
            .write(keys.len(), |server, count, _| transfer(server, from, keys, to, count, false))?;
        Ok(told(transfers, fault))
    }

    async fn remove_copied(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
    ) -> Result<(), MailboxError> {
        self.write(keys.len(), |server, count, inside| {
            for uid in uids(server, folder, keys)?.into_iter().take(count) {
                let messages = &mut server.folders.get_mut(folder).unwrap().messages;
                if inside {
                    messages.entry(uid).and_modify(|it| it.deleted = true);
                } else {
                    messages.remove(&uid);
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    async fn keep(&mut self, folder: &str, keys: &[MessageKey]) -> Result<(), MailboxError> {
        self.write(keys.len(), |server, count, _| {
            for uid in uids(server, folder, keys)?.into_iter().take(count) {
                let messages = &mut server.folders.get_mut(folder).unwrap().messages;
                messages.entry(uid).and_modify(|it| it.deleted = false);
            }
            Ok(())
        })?;
        Ok(())
    }

    async fn tag(
        &mut self,
        folder: &str,
        keys: &[MessageKey],
        keyword: &str,
    ) -> Result<(), MailboxError> {
        self.write(keys.len(), |server, count, _| {
            if !server.keywords {
                return Err(no(None));
            }
            for uid in uids(server, folder, keys)?.into_iter().take(count) {
                let messages = &mut server.folders.get_mut(folder).unwrap().messages;
                messages.entry(uid).and_modify(|it| {
                    it.flags.insert(keyword.to_owned());
                });
            }
            Ok(())
        })?;
        Ok(())
    }

    async fn wait(&mut self, _folders: &[String], limit: Duration) -> Result<Wake, MailboxError> {
        self.read()?;
        let changed = Rc::clone(&self.server.borrow().changed);
        match tokio::time::timeout(limit, changed.notified()).await {
            Ok(()) => Ok(Wake::Changed),
            Err(_) => Ok(Wake::Elapsed),
        }
    }

    async fn close(self) -> Result<(), MailboxError> {
        Ok(())
    }
}

/// A clock that a test sets.
#[derive(Clone)]
pub(super) struct Hand(pub(super) Rc<RefCell<Timestamp>>);

impl Default for Hand {
    fn default() -> Self {
        Hand(Rc::new(RefCell::new(Timestamp::from_second(1_766_000_000).unwrap())))
    }
}

impl Hand {
    pub(super) fn advance(&self, seconds: i64) {
        let now = *self.0.borrow();
        *self.0.borrow_mut() = Timestamp::from_second(now.as_second() + seconds).unwrap();
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }
}

/// A memory that outlives the daemon as its file would.
#[derive(Clone)]
pub(super) struct Lasting(pub(super) Rc<RefCell<Database>>);

impl Default for Lasting {
    fn default() -> Self {
        Lasting(Rc::new(RefCell::new(Database::in_ram().unwrap())))
    }
}

/// Everything around a server in memory that a daemon needs.
#[derive(Clone, Default)]
pub(super) struct Bench {
    pub(super) server: Shared,
    pub(super) disk: FaultyDisk,
    pub(super) memory: Lasting,
    pub(super) clock: Hand,
    pub(super) filing: Filing,
    pub(super) backlog: bool,
    pub(super) judge: ByClass,
    /// Folder of pitches, where it is not the usual one.
    pub(super) pitch: Option<String>,
}

/// Runs to the end with time standing still where nobody waits for it.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, future)
}

impl Bench {
    /// As if a pass had looked through a folder: what lies in it now is no lesson.
    pub(super) fn note_looked(&self, folder: &str) {
        let Folder { uid_validity, uid_next, .. } = self.server.0.borrow().folders[folder];
        let mark = Mark::Imap { uid_validity, uid_next };
        self.memory.0.borrow_mut().note_looked("main", folder, &mark, &[]).unwrap();
    }

    pub(super) fn settings(&self) -> Settings {
        let place = std::path::PathBuf::from("/nonexistent");
        let mut folders = Folders::default();
        folders.pitch = self.pitch.clone().unwrap_or(folders.pitch);
        Settings {
            account: Account {
                name: "main".to_owned(),
                source: Source::Maildir { path: place },
                folders,
            },
            filing: self.filing.clone(),
            poll_interval: Duration::from_secs(300),
            judge: Rc::new(self.judge.clone()),
        }
    }

    /// Opens the journal; the context ends with the second value.
    pub(super) fn context(&self) -> Option<(Context, (Stopper, watch::Sender<Settings>))> {
        let (journal, _) = Journal::open(Box::new(self.disk.clone())).ok()?;
        let (stopper, stop) = stop();
        let (sender, settings) = watch::channel(self.settings());
        let context = Context {
            settings,
            journal: Rc::new(RefCell::new(journal)),
            memory: Rc::clone(&self.memory.0),
            clock: Rc::new(self.clock.clone()),
            stop,
            backlog: self.backlog,
        };
        Some((context, (stopper, sender)))
    }

    /// One pass as `--once` does it.
    pub(super) async fn once(&self) -> Result<(), String> {
        let (context, _keep) = self.context().ok_or("no journal")?;
        super::once(&self.server, context).await
    }

    /// Marks what is there as seen, so that everything delivered later is new.
    pub(super) async fn begin(&self) {
        self.once().await.unwrap();
    }
}
