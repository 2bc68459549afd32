//! A real IMAP server on free loopback ports, with a certificate of its own and one user, in a
//! temporary folder. Which server it is, is a [`Product`]; what is here is the same for all.
//!
//! ```ignore
//! let server = Server::start(cyrus::Setup::default());
//! server.raw().append("INBOX", "\\Seen", "", b"Subject: x\r\n\r\n");
//! let before = server.inventory();
//! let mailbox = ImapMailbox::connect(&server.config(Tls::Implicit)).await;
//! ```

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use grussd::config::{Imap, SecretSource, Tls};
use grussd::mailbox::utf7;
use tempfile::TempDir;

use super::certificates::{Authority, Flaw, Identity};
use super::inventory::{self, Inventory};
use super::mails::mail;
use super::pause;
use super::process::{end, free_port, kill_all, listens, wait_until};
use super::raw::Raw;

/// The only user.
pub(crate) const USER: &str = "petra";

/// Owner of the mail where the tests run as root, who may not own any. No such user has to exist.
pub(crate) const MAIL_OWNER: u32 = 1000;

/// A kind of server, and how one of it is set up.
pub(crate) trait Product: Clone {
    /// What it is called.
    const NAME: &'static str;

    /// Between the levels of folder names.
    fn separator(&self) -> char;

    /// Before the names of all folders but the inbox.
    fn prefix(&self) -> &'static str;

    /// The password of [`USER`].
    fn password(&self) -> &'static str {
        "secret"
    }

    /// What is wrong with its certificate.
    fn flaw(&self) -> Flaw {
        Flaw::None
    }

    /// Lets users give rights to their folders (ACL, RFC 4314).
    fn with_rights(self) -> Self {
        self
    }

    /// Who the owner of a folder is in its list of rights.
    fn owner(&self) -> &'static str {
        USER
    }

    /// Writes what it needs before its first start.
    fn prepare(&self, place: &Place, identity: &Identity);

    /// Writes its configuration; the command runs it in the foreground. Its process, and whatever
    /// comes from it, is the server.
    fn command(&self, place: &Place) -> Command;

    /// What it logged.
    fn log(&self, place: &Place) -> String {
        fs::read_to_string(place.folder.join("log")).unwrap_or_default()
    }
}

/// Where a server is.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its temporary folder.
    pub folder: PathBuf,
    /// Clear text and STARTTLS.
    pub port: u16,
    /// TLS from the first byte.
    pub tls_port: u16,
}

impl Place {
    /// Writes a file of the folder.
    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.join(name), content).unwrap();
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server<P: Product> {
    /// How it is set up.
    pub setup: P,
    /// Clear text and STARTTLS.
    pub port: u16,
    /// TLS from the first byte.
    pub tls_port: u16,
    folder: TempDir,
    first: Option<Child>,
}

impl<P: Product> Server<P> {
    /// Starts a server with its own authority.
    pub(crate) fn start(setup: P) -> Self {
        // Sockets have short names, and servers that sync each step are slow on a disk.
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory } else { Path::new("/tmp") };
        let folder = tempfile::Builder::new().prefix("srv").tempdir_in(parent).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let authority = Authority::new();
        let mut server = Server { setup, port: 0, tls_port: 0, folder, first: None };
        let place = server.place();
        place.write("ca.pem", &authority.pem);
        place.write("password", server.setup.password());
        let secret = fs::Permissions::from_mode(0o600);
        fs::set_permissions(place.folder.join("password"), secret).unwrap();
        server.setup.prepare(&place, &authority.identity(server.setup.flaw()));
        server.up();
        server
    }

    /// Starts it again, on the same ports where it had some.
    pub(crate) fn up(&mut self) {
        for _ in 0..5 {
            if self.port == 0 {
                (self.port, self.tls_port) = (free_port(), free_port());
            }
            match self.try_up() {
                Ok(()) => return,
                // Somebody was quicker at the port.
                Err(log) if log.contains("already in use") => self.port = 0,
                Err(log) => panic!("{} doesn't start:\n{log}", P::NAME),
            }
        }
        panic!("{} finds no free port", P::NAME);
    }

    fn try_up(&mut self) -> Result<(), String> {
        let place = self.place();
        let mut command = self.setup.command(&place);
        let output = fs::File::create(self.path().join("output")).unwrap();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let program = command.get_program().display().to_string();
        let mut first = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
        let begun = Instant::now();
        loop {
            if listens(self.port) && listens(self.tls_port) {
                self.first = Some(first);
                return Ok(());
            }
            let ended = first.try_wait().unwrap().is_some();
            if ended || begun.elapsed() > Duration::from_secs(20) {
                kill_all(first);
                let output = fs::read_to_string(self.path().join("output")).unwrap_or_default();
                return Err(output + &self.log());
            }
            pause(Duration::from_millis(20));
        }
    }

    /// Ends it as an operator does.
    pub(crate) fn down(&mut self) {
        self.first.take().into_iter().for_each(end);
    }

    /// Ends it, and every process of a session, in the middle of whatever it does (SIGKILL).
    pub(crate) fn kill(&mut self) {
        let Some(first) = self.first.take() else { return };
        kill_all(first);
        // A process that was just being forked ends by itself, and listens until then.
        let ports = [self.port, self.tls_port];
        wait_until("the server doesn't die", || !ports.iter().any(|it| listens(*it)));
    }

    /// How grussd logs in here. A server without TLS is a matter of the port.
    pub(crate) fn config(&self, tls: Tls) -> Imap {
        Imap {
            host: "127.0.0.1".to_owned(),
            port: if tls == Tls::Implicit { self.tls_port } else { self.port },
            tls,
            ca_file: Some(self.path().join("ca.pem")),
            user: USER.to_owned(),
            secret: SecretSource::File(self.path().join("password")),
            idle: true,
        }
    }

    /// Writes a configuration for the program with this one account, `main`, and whatever else.
    pub(crate) fn configure(&self, more: &str) -> PathBuf {
        let dir = self.path();
        let text = format!(
            "state_dir = {:?}\n[account.main.imap]\nhost = \"127.0.0.1\"\nport = {}\nca_file = {:?}\n\
             user = \"{USER}\"\npassword_file = {:?}\n{more}",
            dir.join("state"),
            self.config(Tls::Implicit).port,
            dir.join("ca.pem"),
            dir.join("password"),
        );
        let path = dir.join("grussd.toml");
        fs::write(&path, text).unwrap();
        path
    }

    /// A client that is logged in.
    pub(crate) fn raw(&self) -> Raw {
        Raw::connect(self.port, USER, self.setup.password())
    }

    /// Every message of every folder.
    pub(crate) fn inventory(&self) -> Inventory {
        inventory::take(&mut self.raw(), self.setup.prefix(), self.setup.separator())
    }

    /// How a folder is called on this server.
    pub(crate) fn name(&self, folder: &str) -> String {
        if folder == "INBOX" {
            return folder.to_owned();
        }
        let levels: Vec<String> = folder.split('/').map(utf7::encode).collect();
        format!("{}{}", self.setup.prefix(), levels.join(&self.setup.separator().to_string()))
    }

    /// Puts so many messages into the inbox, no two alike: a third of them pitches, a third text
    /// blocks, of all kinds of flags and dates.
    pub(crate) fn fill(&self, count: usize) {
        let mut raw = self.raw();
        for number in 0..count {
            let subject = ["pitch", "boilerplate", "other"][number % 3];
            let flags = ["", "\\Seen", "\\Answered \\Flagged", "$Label1 Wichtig"][number % 4];
            let date = format!("{:02}-Dec-2025 12:00:{:02} +0100", number % 28 + 1, number % 60);
            raw.append("INBOX", flags, &date, &mail(subject));
        }
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        self.setup.log(&self.place())
    }

    /// The temporary folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn place(&self) -> Place {
        Place { folder: self.path().to_owned(), port: self.port, tls_port: self.tls_port }
    }
}

impl<P: Product> Drop for Server<P> {
    #[expect(clippy::print_stderr, reason = "a test that fails says why")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- {}'s log:\n{}", P::NAME, self.log());
        }
        // To end in peace takes some of them seconds.
        self.kill();
    }
}

/// Where a server's packages are unpacked; a test that needs it fails without it.
pub(crate) fn unpacked(name: &str) -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers");
    let all = std::env::var_os("GRUSSD_TEST_SERVERS").map_or(default, PathBuf::from);
    let folder = std::path::absolute(all.join(name)).unwrap();
    let advice = "bash tests/servers/unpack.sh";
    assert!(folder.join(".whole").exists(), "no {name} in {}: {advice}", folder.display());
    folder
}

/// Runs a script of `tests/servers` that never ends, in namespaces of its own.
pub(crate) fn apart(script: &str, name: &str, place: &Place) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child", "bash"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers").join(script));
    command.arg(unpacked(name)).arg(&place.folder);
    command.env("USER_NAME", USER).env("USER_ID", MAIL_OWNER.to_string());
    command.env("PLAIN_PORT", place.port.to_string()).env("TLS_PORT", place.tls_port.to_string());
    command
}
