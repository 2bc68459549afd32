//! Dovecot 2.3 as the machine has it, without rights of its own.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::certificates::{Flaw, Identity};
use super::process::output_of;
use super::server::{MAIL_OWNER, Place, Product, Server, USER};

/// A Dovecot.
pub(crate) type Dovecot = Server<Setup>;

/// What Dovecot offers after the login.
const CAPABILITIES: &str = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY \
    THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT \
    CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES \
    WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE \
    SAVEDATE LITERAL+ NOTIFY SPECIAL-USE";

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
    /// Room for mail, in KiB.
    pub quota: Option<u32>,
    /// Connections of one user.
    pub connections: Option<u32>,
    /// Users give rights to their folders (ACL).
    pub acl: bool,
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
            connections: None,
            acl: false,
            password: "secret",
            flaw: Flaw::None,
        }
    }
}

const CONFIGURATION: &str = "dovecot.conf";

impl Product for Setup {
    const NAME: &'static str = "Dovecot";

    fn separator(&self) -> char {
        self.separator
    }

    fn prefix(&self) -> &'static str {
        self.prefix
    }

    fn password(&self) -> &'static str {
        self.password
    }

    fn flaw(&self) -> Flaw {
        self.flaw
    }

    fn with_rights(self) -> Self {
        Setup { acl: true, ..self }
    }

    fn prepare(&self, place: &Place, identity: &Identity) {
        for part in ["run", "internal", "mail"] {
            fs::create_dir(place.folder.join(part)).unwrap();
        }
        if is_root(&place.folder) {
            chown(place.folder.join("mail"), Some(MAIL_OWNER), Some(MAIL_OWNER)).unwrap();
        }
        place.write("server.pem", &identity.certificate);
        place.write("server.key", &identity.key);
    }

    fn command(&self, place: &Place) -> Command {
        let _ = fs::remove_file(place.folder.join("log"));
        // What is left by one that was killed.
        let _ = fs::remove_file(place.folder.join("run/master.pid"));
        self.configure(place);
        let mut command = Command::new(program());
        command.args(["-F", "-c"]).arg(place.folder.join(CONFIGURATION));
        command
    }
}

impl Setup {
    /// A server without MOVE: messages are copied, compared and removed.
    pub(crate) fn without_move() -> Self {
        Setup { without: &["MOVE"], prefix: "INBOX.", separator: '.', ..Setup::default() }
    }

    fn configure(&self, place: &Place) {
        let base = place.folder.display();
        let Setup { separator, prefix, without, format, quota, connections, acl, password, .. } =
            self;
        let mut offered: Vec<&str> =
            CAPABILITIES.split_whitespace().filter(|it| !without.contains(it)).collect();
        if *acl {
            offered.extend(["ACL", "RIGHTS=texk"]);
        }
        let location = match *format {
            "maildir" => "maildir:%h/Maildir".to_owned(),
            other => format!("{other}:%h/{other}"),
        };
        let (mut plugins, mut limits) = (Vec::new(), String::new());
        if let Some(room) = quota {
            plugins.push("quota");
            limits = format!(
                "quota = count:User quota\nquota_vsizes = yes\nquota_grace = 0\n\
                 quota_rule = *:storage={room}k\n"
            );
        }
        if *acl {
            plugins.push("acl");
            limits.push_str("acl = vfile\n");
        }
        let imap_plugins: Vec<String> = plugins.iter().map(|it| format!("imap_{it}")).collect();
        let owner = if is_root(&place.folder) {
            String::new()
        } else {
            let (user, group) = (output_of("id", "-un"), output_of("id", "-gn"));
            format!(
                "default_internal_user = {user}\ndefault_login_user = {user}\n\
                 default_internal_group = {group}"
            )
        };
        let (uid, gid) = if is_root(&place.folder) {
            (MAIL_OWNER.to_string(), MAIL_OWNER.to_string())
        } else {
            (output_of("id", "-u"), output_of("id", "-g"))
        };
        let encoded = STANDARD.encode(password);
        let users = format!("{USER}:{{PLAIN.b64}}{encoded}:{uid}:{gid}::{base}/mail::\n");
        place.write("users", &users);
        let text = format!(
            "base_dir = {base}/run
state_dir = {base}/internal
log_path = {base}/log
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
  mail_max_userip_connections = {connections}
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
            plugins = plugins.join(" "),
            imap_plugins = imap_plugins.join(" "),
            connections = connections.unwrap_or(50),
            port = place.port,
            tls_port = place.tls_port,
        );
        place.write(CONFIGURATION, &text);
    }
}

impl Dovecot {
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
        let maildir = self.path().join("mail/Maildir");
        if !maildir.join("new").is_dir() {
            self.raw().ok("SELECT INBOX");
        }
        maildir
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

/// Whether what this process makes belongs to root.
fn is_root(made: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match fs::metadata(made) {
        Ok(metadata) => metadata.uid() == 0,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => panic!("{}: {error}", made.display()),
    }
}
