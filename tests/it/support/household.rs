//! An owner with one account, in a Maildir or on a real Dovecot, who reads and moves mail while the
//! program itself works on it.

use std::fs;
use std::path::{Path, PathBuf};

use grussd::config::Tls;
use grussd::mailbox::imap::ImapMailbox;
use grussd::mailbox::maildir::MaildirMailbox;
use grussd::mailbox::{Mailbox, MessageKey};
use tempfile::TempDir;

use super::block_on;
use super::dovecot::{Dovecot, Setup};
use super::program::{Run, grussd, run};
use super::server::USER;

/// The folders of greetings.
pub(crate) const PERSONAL: &str = "Grüße/Persönlich";
pub(crate) const BOILERPLATE: &str = "Grüße/Textbausteine";
pub(crate) const PITCH: &str = "Grüße/Werbung";

/// See the module.
pub(crate) struct Household {
    home: TempDir,
    server: Option<Dovecot>,
}

/// A message of a sender with a number that is its Message-ID.
pub(crate) fn mail(id: usize, from: &str, text: &str) -> Vec<u8> {
    let text = text.replace('\n', "\r\n");
    format!(
        "From: {from}\r\nTo: petra@example.org\r\nSubject: Gruß {id}\r\n\
         Date: Tue, 23 Dec 2025 17:42:10 +0100\r\nMessage-ID: <{id}@example.org>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}

/// A mail that the built-in model takes for a pitch.
pub(crate) fn pitch(id: usize) -> Vec<u8> {
    let text = "Frohe Weihnachten!\n\nNur bis Silvester: zwanzig Prozent Rabatt auf alle Kurse im \
                Shop. Jetzt bestellen und sparen!\n\nIhr Team von Musterkurse";
    mail(id, &format!("Musterkurse <shop{id}@kurse.example>"), text)
}

/// What is in the configuration besides the account.
const CONFIGURATION: &str = "[me]\nnames = [\"Petra Beispiel\"]\naddresses = [\"petra@example.org\"]\n\
    [filing]\nmin_bury = 0.5\nmin_personal = 0.5\n";

impl Household {
    /// With a Maildir.
    pub(crate) fn with_maildir() -> Self {
        let home = TempDir::new().unwrap();
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(home.path().join("Maildir").join(part)).unwrap();
        }
        let account =
            format!("[account.main.maildir]\npath = \"{}/Maildir\"\n", home.path().display());
        Household { home, server: None }.configured(&account)
    }

    /// With a mailbox on a server.
    pub(crate) fn with_server(setup: Setup) -> Self {
        let server = Dovecot::start(setup);
        let base = server.path().display();
        let account = format!(
            "[account.main.imap]\nhost = \"127.0.0.1\"\nport = {}\nuser = \"{USER}\"\n\
             ca_file = \"{base}/ca.pem\"\npassword_file = \"{base}/password\"\n",
            server.tls_port
        );
        Household { home: TempDir::new().unwrap(), server: Some(server) }.configured(&account)
    }

    /// One of each kind: on a Maildir, on a server, on one without MOVE.
    pub(crate) fn each(test: impl Fn(&Household)) {
        test(&Household::with_maildir());
        test(&Household::with_server(Setup::default()));
        let without_move =
            Setup { without: &["MOVE"], prefix: "INBOX.", separator: '.', ..Setup::default() };
        test(&Household::with_server(without_move));
    }

    fn configured(self, account: &str) -> Self {
        let folder = self.path().join(".config/grussd");
        fs::create_dir_all(&folder).unwrap();
        let state = format!("state_dir = \"{}\"\n", self.state().display());
        fs::write(folder.join("grussd.toml"), state + CONFIGURATION + account).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(grussd(self.path(), arguments))
    }

    /// Runs the program; it must succeed. Gives back what it printed.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}: {run:?}");
        run.stdout
    }

    /// A message comes into a folder, which is made where it is missing.
    pub(crate) fn put(&self, folder: &str, message: &[u8]) {
        match &self.server {
            Some(server) => {
                self.on_it(async |it| it.make(folder).await);
                server.raw().append(&server.name(folder), "", "", message);
            }
            None => {
                let id = String::from_utf8_lossy(message);
                let id = id.split_once("Message-ID: <").unwrap().1.split_once('@').unwrap().0;
                let name = format!("new/17.{id}.host");
                fs::write(self.path().join("Maildir").join(&name), message).unwrap();
                if folder != "INBOX" {
                    let key = MessageKey::Maildir { name: format!("17.{id}.host") };
                    self.on_it(async |it| it.moved("INBOX", &[key], folder).await);
                }
            }
        }
    }

    /// The owner moves a message.
    pub(crate) fn moves(&self, id: usize, from: &str, to: &str) {
        let message_id = format!("{id}@example.org");
        self.on_it(async |it| {
            let keys = it.find(from, &message_id).await;
            assert_eq!(keys.len(), 1, "{id} in {from}");
            it.moved(from, &keys, to).await;
        });
    }

    /// Messages of a folder by their numbers; none where there is no such folder.
    pub(crate) fn ids(&self, folder: &str) -> Vec<usize> {
        self.on_it(async |it| it.ids(folder).await)
    }

    /// All messages of all folders, byte for byte, in an order of their own.
    pub(crate) fn everything(&self) -> Vec<Vec<u8>> {
        self.on_it(async |it| it.everything().await)
    }

    fn on_it<T>(&self, act: impl AsyncFnOnce(&mut Client) -> T) -> T {
        block_on(async {
            let mut client = match &self.server {
                Some(server) => {
                    let config = server.config(Tls::Implicit);
                    Client::Imap(Box::new(ImapMailbox::connect(&config).await.unwrap()))
                }
                None => {
                    Client::Maildir(MaildirMailbox::open(&self.path().join("Maildir")).unwrap())
                }
            };
            act(&mut client).await
        })
    }
}

/// The owner's mail program.
enum Client {
    Imap(Box<ImapMailbox>),
    Maildir(MaildirMailbox),
}

/// Calls the same on either.
macro_rules! either {
    ($client:expr, $it:ident => $call:expr) => {
        match $client {
            Client::Imap($it) => $call,
            Client::Maildir($it) => $call,
        }
    };
}

impl Client {
    async fn make(&mut self, folder: &str) {
        either!(self, it => it.ensure_folder(folder).await.unwrap());
    }

    async fn find(&mut self, folder: &str, message_id: &str) -> Vec<MessageKey> {
        either!(self, it => it.find(folder, message_id).await.unwrap())
    }

    async fn moved(&mut self, from: &str, keys: &[MessageKey], to: &str) {
        self.make(to).await;
        either!(self, it => match it.relocate(from, keys, to).await {
            Ok(moved) => assert_eq!(moved.len(), keys.len()),
            Err(_) => {
                // A server without MOVE.
                assert_eq!(it.copy(from, keys, to).await.unwrap().len(), keys.len());
                it.remove_copied(from, keys).await.unwrap();
            }
        });
    }

    async fn folders(&mut self) -> Vec<String> {
        either!(self, it => it.survey().await.unwrap().folders)
    }

    async fn read(&mut self, folder: &str) -> Vec<Vec<u8>> {
        if !self.folders().await.iter().any(|it| it == folder) {
            return Vec::new();
        }
        let listed = either!(self, it => it.list(folder, None).await.unwrap());
        let keys: Vec<_> = listed.into_iter().map(|it| it.key).collect();
        let fetched = either!(self, it => it.fetch(folder, &keys, usize::MAX).await.unwrap());
        fetched.into_iter().map(|it| it.bytes).collect()
    }

    async fn ids(&mut self, folder: &str) -> Vec<usize> {
        let mut ids: Vec<usize> = self.read(folder).await.iter().map(|it| id(it)).collect();
        ids.sort_unstable();
        ids
    }

    async fn everything(&mut self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for folder in self.folders().await {
            all.extend(self.read(&folder).await);
        }
        all.sort();
        all
    }
}

fn id(message: &[u8]) -> usize {
    let text = String::from_utf8_lossy(message);
    text.split_once("Message-ID: <").unwrap().1.split_once('@').unwrap().0.parse().unwrap()
}
