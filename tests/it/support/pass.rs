//! A pass of the daemon over one account, in this process or in one that can be killed. Its verdict
//! is the subject of the message, so that a test says what is to be filed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use grussd::classify::{Judgement, Label, Occasion, Posterior};
use grussd::command::source::{ImapAt, MaildirAt};
use grussd::config::{Account, Filing, Folders, Imap, SecretSource, Source, Tls};
use grussd::daemon::{Clock, Context, Daemon, Judge, Judged, Settings, SystemClock, once, watch};
use grussd::store::memory::Database;
use grussd::store::{Lock, StateDir};
use grussd::verdict::Verdict;
use jiff::Timestamp;

use super::block_on;

/// Folders of a server or a Maildir, as people name them.
pub(crate) const PITCH: &str = "Grüße/Werbung";
pub(crate) const TEXTS: &str = "Grüße/Textbausteine";

/// Tells the process of [`Pass::begin`] what to do.
const STATE: &str = "GRUSSD_TEST_STATE";
const MAILDIR: &str = "GRUSSD_TEST_MAILDIR";
const SERVER: &str = "GRUSSD_TEST_SERVER";

/// The machine's clock, set forward.
struct Ahead(Duration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }
}

/// Judges by the subject.
struct BySubject;

impl Judge for BySubject {
    fn judge(&self, bytes: &[u8]) -> Judged {
        let text = String::from_utf8_lossy(bytes);
        let field = |name: &str| text.lines().find_map(|it| it.strip_prefix(name)).map(str::trim);
        let label = field("Subject:").and_then(|it| it.parse().ok()).unwrap_or(Label::Other);
        Judged {
            message_id: field("Message-ID:").map(|it| it.trim_matches(['<', '>']).to_owned()),
            verdict: Verdict::Sure(label),
            judgement: Judgement {
                posterior: Posterior::from_log(Label::ALL.map(|it| f64::from(it == label))),
                occasion: Occasion::Birthday,
                flags: BTreeSet::new(),
                language: "und",
                evidence: Vec::new(),
            },
        }
    }
}

/// An account, and where the state about it is.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    pub state: PathBuf,
    pub source: Source,
}

impl Pass {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            account: Account {
                name: "main".to_owned(),
                source: self.source.clone(),
                folders: Folders::default(),
            },
            filing: Filing::default(),
            poll_interval: Duration::from_secs(60),
            judge: Rc::new(BySubject),
        }
    }

    pub(crate) fn daemon(&self, backlog: bool) -> Daemon {
        let disk = StateDir::make(&self.state).unwrap();
        Daemon::open(disk, Database::open(&self.state).unwrap(), backlog).unwrap()
    }

    /// A whole pass.
    pub(crate) fn once(&self, backlog: bool) -> Result<(), String> {
        self.once_later(Duration::ZERO, backlog)
    }

    /// The same by a clock that is so much ahead.
    pub(crate) fn once_later(&self, ahead: Duration, backlog: bool) -> Result<(), String> {
        let daemon = Daemon { clock: Rc::new(Ahead(ahead)), ..self.daemon(backlog) };
        let (context, _leash) = daemon.context(self.settings());
        block_on(async {
            match self.source.clone() {
                Source::Maildir { path } => once(&MaildirAt(path), context).await,
                Source::Imap(imap) => once(&ImapAt(imap), context).await,
            }
        })
    }

    /// Watches until the order to stop.
    pub(crate) async fn watch(&self, context: Context) {
        match self.source.clone() {
            Source::Maildir { path } => watch(&MaildirAt(path), context).await,
            Source::Imap(imap) => watch(&ImapAt(imap), context).await,
        }
    }

    /// Begins a pass, backlog and all, in a process of its own.
    pub(crate) fn begin(&self) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "support::pass::in_a_process_of_its_own", "--quiet"]);
        command.env(STATE, &self.state).stdout(Stdio::null());
        match &self.source {
            Source::Maildir { path } => command.env(MAILDIR, path),
            Source::Imap(imap) => {
                let folder = imap.ca_file.as_deref().and_then(Path::parent).unwrap();
                command.env(SERVER, format!("{}:{}", imap.port, folder.display()))
            }
        };
        command.spawn().unwrap()
    }

    /// Begins one and kills it at a random instant. Says whether it was in the middle of something.
    pub(crate) fn kill(&self, chance: &mut Chance, whole: Duration) -> bool {
        let journal = self.length();
        let mut child = self.begin();
        self.strike(chance, whole, journal, || child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
        self.is_open()
    }

    /// Waits for a random instant of the time that a pass took when it was let alone, or of the
    /// short time in which it writes to the journal, which had this length before, and moves.
    pub(crate) fn strike(
        &self,
        chance: &mut Chance,
        whole: Duration,
        journal: u64,
        mut ended: impl FnMut() -> bool,
    ) {
        let third = chance.within(Duration::from_secs(3)).as_secs();
        let early = third == 0;
        let pause = chance.within(match third {
            0 => whole,
            // Of some servers the answer is there sooner.
            1 => Duration::from_millis(4),
            _ => Duration::from_millis(40),
        });
        let moment = Duration::from_micros(200);
        block_on(async {
            while !early && self.length() == journal && !ended() {
                tokio::time::sleep(moment).await;
            }
            tokio::time::sleep(pause).await;
        });
    }

    /// Whether the journal knows of moves without an end.
    pub(crate) fn is_open(&self) -> bool {
        self.daemon(true).journal.borrow().state().open("main").count() > 0
    }

    /// Bytes of the journal.
    pub(crate) fn length(&self) -> u64 {
        fs::metadata(self.state.join("journal")).map_or(0, |it| it.len())
    }

    /// How long a pass takes in a process of its own.
    pub(crate) fn time(&self) -> Duration {
        let begun = Instant::now();
        assert!(self.begin().wait().unwrap().success());
        begun.elapsed()
    }

    pub(crate) fn journal(&self) -> Vec<u8> {
        fs::read(self.state.join("journal")).unwrap()
    }
}

/// The process of [`Pass::begin`]; without being told what to do it does nothing.
#[test]
fn in_a_process_of_its_own() {
    let Some(state) = std::env::var_os(STATE).map(PathBuf::from) else { return };
    let source = match (std::env::var_os(MAILDIR), std::env::var(SERVER)) {
        (Some(path), _) => Source::Maildir { path: path.into() },
        (None, server) => Source::Imap(server_at(&server.unwrap())),
    };
    StateDir::make(&state).unwrap();
    let _lock = Lock::acquire(&state).unwrap();
    Pass { state, source }.once(true).unwrap();
}

/// `PORT:FOLDER` of a [`super::server::Server`].
fn server_at(server: &str) -> Imap {
    let (port, folder) = server.split_once(':').unwrap();
    let folder = Path::new(folder);
    Imap {
        host: "127.0.0.1".to_owned(),
        port: port.parse().unwrap(),
        tls: Tls::Implicit,
        ca_file: Some(folder.join("ca.pem")),
        user: super::server::USER.to_owned(),
        secret: SecretSource::File(folder.join("password")),
        idle: true,
    }
}

/// The same instants each time.
pub(crate) struct Chance(pub u64);

impl Chance {
    pub(crate) fn within(&mut self, span: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        span.mul_f64(f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 31))
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let share = self.within(Duration::from_secs(1));
        usize::try_from(share.as_nanos()).unwrap() * end / 1_000_000_001
    }
}

/// So many rounds, or as many as the variable says.
pub(crate) fn rounds(variable: &str, few: usize) -> usize {
    std::env::var(variable).map_or(few, |it| it.parse().unwrap())
}
