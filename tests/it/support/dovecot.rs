//! A real Dovecot (2.3) on free loopback ports, in a temporary folder, without rights of its own.
//!
//! ```ignore
//! let server = Dovecot::start(Setup { prefix: "INBOX.", separator: '.', ..Setup::default() });
//! server.raw().append("INBOX", "\\Seen", "", b"Subject: x\r\n\r\n");
//! let before = server.inventory();
//! let mailbox = ImapMailbox::connect(&server.config(Tls::Implicit)).await;
//! ```

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grussd::config::{Imap, SecretSource, Tls};
use grussd::mailbox::utf7;
use tempfile::TempDir;

use super::certificates::{Authority, Flaw};
use super::inventory::{self, Inventory};
use super::pause;
use super::raw::Raw;

/// The only user.
pub(crate) const USER: &str = "petra";

/// What Dovecot offers after the login.
const CAPABILITIES: &str = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY \
    THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT \
    CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES \
    WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE \
    SAVEDATE LITERAL+ NOTIFY SPECIAL-USE";

/// Owner of the mail where the tests run as root, who may not own any. No such user has to exist.
const MAIL_OWNER: u32 = 1000;

/// How a server is set up.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Between the levels of folder names.
    pub separator: char,
    /// Before the names of all folders but the inbox.
    pub prefix: &'static str,
    /// Capabilities that it doesn't offer, so that nobody uses them.
    pub without: &'static [&'static str],
    /// `maildir`, `sdbox` or `mdbox`.
    pub format: &'static str,
    /// Room for mail, such as `1M`.
    pub quota: Option<&'static str>,
    /// The password of [`USER`].
    pub password: &'static str,
    /// What is wrong with its certificate.
    pub flaw: Flaw,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            separator: '/',
            prefix: "",
            without: &[],
            format: "maildir",
            quota: None,
            password: "secret",
            flaw: Flaw::None,
        }
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Dovecot {
    folder: TempDir,
    setup: Setup,
    master: Option<Child>,
    /// Clear text and STARTTLS.
    pub port: u16,
    /// TLS from the first byte.
    pub tls_port: u16,
}

impl Dovecot {
    /// Starts a server with its own authority.
    pub(crate) fn start(setup: Setup) -> Self {
        // Sockets have short names.
        let folder = tempfile::Builder::new().prefix("dov").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let authority = Authority::new();
        let identity = authority.identity(setup.flaw);
        for part in ["run", "state", "mail"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        if is_root(folder.path()) {
            let mail = folder.path().join("mail");
            chown(mail, Some(MAIL_OWNER), Some(MAIL_OWNER)).unwrap();
        }
        let write =
            |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
        write("ca.pem", &authority.pem);
        write("server.pem", &identity.certificate);
        write("server.key", &identity.key);
        write("password", setup.password);
        fs::set_permissions(folder.path().join("password"), fs::Permissions::from_mode(0o600))
            .unwrap();
        let mut server = Dovecot { folder, setup, master: None, port: 0, tls_port: 0 };
        server.up();
        server
    }

    /// Starts it again, on the same ports where it had some.
    pub(crate) fn up(&mut self) {
        for _ in 0..5 {
            if self.port == 0 {
                (self.port, self.tls_port) = (free_port(), free_port());
            }
            self.write_configuration();
            match self.try_up() {
                Ok(()) => return,
                // Somebody was quicker at the port.
                Err(log) if log.contains("Address already in use") => self.port = 0,
                Err(log) => panic!("Dovecot doesn't start:\n{log}"),
            }
        }
        panic!("Dovecot finds no free port");
    }

    fn try_up(&mut self) -> Result<(), String> {
        let program = program();
        let log = self.folder.path().join("dovecot.log");
        let _ = fs::remove_file(&log);
        let output = fs::File::create(self.folder.path().join("output")).unwrap();
        let mut master = Command::new(&program)
            .args(["-F", "-c"])
            .arg(self.configuration())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let begun = Instant::now();
        loop {
            let up = [self.port, self.tls_port]
                .iter()
                .all(|it| TcpStream::connect(("127.0.0.1", *it)).is_ok());
            let ended = master.try_wait().unwrap().is_some();
            if ended || begun.elapsed() > Duration::from_secs(20) {
                let _ = master.kill();
                let _ = master.wait();
                let read = |it: &Path| fs::read_to_string(it).unwrap_or_default();
                return Err(read(&self.folder.path().join("output")) + &read(&log));
            }
            if up {
                self.master = Some(master);
                return Ok(());
            }
            pause(Duration::from_millis(20));
        }
    }

    /// Ends it as an operator does.
    pub(crate) fn down(&mut self) {
        let Some(mut master) = self.master.take() else { return };
        let stop = Command::new(program()).arg("-c").arg(self.configuration()).arg("stop").output();
        let begun = Instant::now();
        while stop.is_ok() && begun.elapsed() < Duration::from_secs(5) {
            if let Ok(Some(_)) = master.try_wait() {
                return;
            }
            pause(Duration::from_millis(10));
        }
        let _ = master.kill();
        let _ = master.wait();
    }

    /// Ends it, and every process of a session, in the middle of whatever it does (SIGKILL).
    pub(crate) fn kill(&mut self) {
        let Some(mut master) = self.master.take() else { return };
        // Its children are its sessions; without it none is looked for any more.
        let children: Vec<String> = children_of(master.id()).iter().map(u32::to_string).collect();
        let all = format!("kill -9 {} {}", master.id(), children.join(" "));
        let _ = Command::new("sh").arg("-c").arg(all).output();
        let _ = master.wait();
        // A process that was just being forked ends by itself, and listens until then.
        let begun = Instant::now();
        let listens = |it: &u16| TcpStream::connect(("127.0.0.1", *it)).is_ok();
        while [self.port, self.tls_port].iter().any(listens) {
            assert!(begun.elapsed() < Duration::from_secs(20), "Dovecot doesn't die");
            pause(Duration::from_millis(20));
        }
        let _ = fs::remove_file(self.folder.path().join("run/master.pid"));
    }

    /// How grussd logs in here. A server without TLS is a matter of the port.
    pub(crate) fn config(&self, tls: Tls) -> Imap {
        Imap {
            host: "127.0.0.1".to_owned(),
            port: if tls == Tls::Implicit { self.tls_port } else { self.port },
            tls,
            ca_file: Some(self.folder.path().join("ca.pem")),
            user: USER.to_owned(),
            secret: SecretSource::File(self.folder.path().join("password")),
            idle: true,
        }
    }

    /// A client that is logged in.
    pub(crate) fn raw(&self) -> Raw {
        Raw::connect(self.port, USER, self.setup.password)
    }

    /// Every message of every folder.
    pub(crate) fn inventory(&self) -> Inventory {
        inventory::take(&mut self.raw(), self.setup.prefix, self.setup.separator)
    }

    /// Puts a message into the inbox as a delivery agent does, which is much faster than APPEND.
    /// Only for `maildir`.
    pub(crate) fn deliver(&self, message: &[u8]) {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let maildir = self.maildir();
        let name = format!("1700000000.M{number}P{}.test", std::process::id());
        let (tmp, new) = (maildir.join("tmp").join(&name), maildir.join("new").join(&name));
        fs::write(&tmp, message).unwrap();
        if is_root(&tmp) {
            chown(&tmp, Some(MAIL_OWNER), Some(MAIL_OWNER)).unwrap();
        }
        fs::rename(tmp, new).unwrap();
    }

    /// Where the mail is. Made by the first login.
    pub(crate) fn maildir(&self) -> PathBuf {
        let maildir = self.folder.path().join("mail/Maildir");
        if !maildir.join("new").is_dir() {
            self.raw().ok("SELECT INBOX");
        }
        maildir
    }

    /// How a folder is called on this server, as people write it.
    pub(crate) fn name(&self, folder: &str) -> String {
        if folder == "INBOX" {
            return folder.to_owned();
        }
        let levels: Vec<String> = folder.split('/').map(utf7::encode).collect();
        format!("{}{}", self.setup.prefix, levels.join(&self.setup.separator.to_string()))
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("dovecot.log")).unwrap_or_default()
    }

    /// The temporary folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("dovecot.conf")
    }

    fn write_configuration(&self) {
        let base = self.folder.path().display();
        let Setup { separator, prefix, without, format, quota, password, .. } = &self.setup;
        let offered: Vec<&str> =
            CAPABILITIES.split_whitespace().filter(|it| !without.contains(it)).collect();
        let location = match *format {
            "maildir" => "maildir:%h/Maildir".to_owned(),
            other => format!("{other}:%h/{other}"),
        };
        let (plugins, limits) = match quota {
            None => ("", String::new()),
            Some(room) => (
                "quota",
                format!(
                    "quota = count:User quota\nquota_vsizes = yes\nquota_grace = 0\n\
                     quota_rule = *:storage={room}"
                ),
            ),
        };
        let owner = if is_root(self.folder.path()) {
            String::new()
        } else {
            let (user, group) = (output_of("id", "-un"), output_of("id", "-gn"));
            format!(
                "default_internal_user = {user}\ndefault_login_user = {user}\n\
                 default_internal_group = {group}"
            )
        };
        let (uid, gid) = if is_root(self.folder.path()) {
            (MAIL_OWNER.to_string(), MAIL_OWNER.to_string())
        } else {
            (output_of("id", "-u"), output_of("id", "-g"))
        };
        let encoded = STANDARD.encode(password);
        let users = format!("{USER}:{{PLAIN.b64}}{encoded}:{uid}:{gid}::{base}/mail::\n");
        fs::write(self.folder.path().join("users"), users).unwrap();
        let text = format!(
            "base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{base}/server.pem
ssl_key = <{base}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
mail_location = {location}
mail_fsync = never
mailbox_idle_check_interval = 1s
imap_capability = {capabilities}
mail_plugins = {plugins}
{owner}
passdb {{
  driver = passwd-file
  args = username_format=%n {base}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {base}/users
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
}}
protocol imap {{
  mail_max_userip_connections = 50
  mail_plugins = {plugins} {imap_plugins}
}}
plugin {{
{limits}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
",
            capabilities = offered.join(" "),
            imap_plugins = if plugins.is_empty() { "" } else { "imap_quota" },
            port = self.port,
            tls_port = self.tls_port,
        );
        fs::write(self.configuration(), text).unwrap();
    }
}

impl Drop for Dovecot {
    #[expect(clippy::print_stderr, reason = "a test that fails says why")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- Dovecot's log:\n{}", self.log());
        }
        // To end in peace takes it two seconds.
        self.kill();
    }
}

/// Where Debian has it; a test that needs it fails without it.
fn program() -> PathBuf {
    let places = ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/sbin/dovecot"];
    places
        .iter()
        .map(PathBuf::from)
        .find(|it| it.is_file() && Path::new("/usr/lib/dovecot/imap").is_file())
        .expect("this test needs Dovecot 2.3 with IMAP: apt-get install dovecot-imapd")
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Whether what this process makes belongs to root.
fn is_root(made: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match fs::metadata(made) {
        Ok(metadata) => metadata.uid() == 0,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => panic!("{}: {error}", made.display()),
    }
}

fn output_of(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Processes whose parent is this one, as /proc tells.
fn children_of(parent: u32) -> Vec<u32> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|it| it.parse().ok()) else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name in parentheses may hold anything.
        let fields = stat.rsplit_once(')').map_or("", |it| it.1);
        if fields.split_whitespace().nth(1) == Some(&parent.to_string()) {
            children.push(id);
        }
    }
    children
}
