//! The configuration: what the program needs, checked. How it is written, read and reported on is
//! in the submodules.
//!
//! ```text
//! file, environment -> keys with their places -> known and of their type? -> layered -> Raw -> Config
//! ```
//!
//! Every problem on the way is collected, so that one look at the report is enough ([`Problems`]).

mod account;
mod changes;
mod check;
mod document;
mod excerpt;
mod files;
mod finding;
mod folder;
mod key;
mod layer;
mod load;
mod origin;
mod problem;
mod raw;
#[cfg(test)]
mod reports;
mod schema;
#[cfg(test)]
mod shipped;
mod strict;
pub(crate) mod suggest;
mod surroundings;
mod variables;
mod words;

pub use changes::{Changes, changes};
pub use load::{Loaded, load};
pub use problem::{Problem, Problems};

use std::path::PathBuf;
use std::time::Duration;

use crate::classify::Label;
use crate::verdict::Thresholds;

/// Everything that can be configured, checked and with defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where journal, marks and the own model are kept.
    pub state_dir: PathBuf,
    /// How often every folder is looked at besides IDLE and inotify.
    pub poll_interval: Duration,
    /// The owner.
    pub me: Me,
    /// What is done with a greeting.
    pub filing: Filing,
    /// Accounts in order of their names.
    pub accounts: Vec<Account>,
}

impl Config {
    /// The defaults: no account, and the state in `state_dir`.
    pub fn new(state_dir: PathBuf) -> Self {
        Config {
            state_dir,
            poll_interval: Duration::from_secs(5 * 60),
            me: Me::default(),
            filing: Filing::default(),
            accounts: Vec::new(),
        }
    }

    /// The account of this name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }
}

/// The owner of the mailboxes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Me {
    /// How people address them.
    pub names: Vec<String>,
    /// Their own addresses, lower case.
    pub addresses: Vec<String>,
    /// Birthdays of the household.
    pub birthdays: Vec<MonthDay>,
}

/// A day of any year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31; 29 February is a day.
    pub day: u8,
}

/// What is done with a greeting.
#[derive(Debug, Clone, PartialEq)]
pub struct Filing {
    /// Whether it is moved.
    pub mode: FilingMode,
    /// How sure the judgement must be.
    pub thresholds: Thresholds,
    /// More than this many in one pass stop the account.
    pub max_moves_per_cycle: usize,
}

impl Default for Filing {
    fn default() -> Self {
        Filing {
            mode: FilingMode::Move,
            thresholds: Thresholds::default(),
            max_moves_per_cycle: 200,
        }
    }
}

/// Whether greetings are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilingMode {
    /// Into the folder of their label.
    Move,
    /// They stay and get a keyword.
    Tag,
    /// They are judged and logged only.
    Off,
}

/// One account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The name of its table.
    pub name: String,
    /// Where its mail is.
    pub source: Source,
    /// Which of its folders do what.
    pub folders: Folders,
}

/// Where an account's mail is.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// On an IMAP server.
    Imap(Imap),
    /// In a Maildir++ of this machine.
    Maildir {
        /// The folder that holds `cur`, `new` and `tmp` of the inbox.
        path: PathBuf,
    },
}

/// An IMAP server and how to log in.
#[derive(Debug, Clone, PartialEq)]
pub struct Imap {
    /// Host name, as the certificate must show it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// PEM file of the only authorities that are trusted; without it those of the system.
    pub ca_file: Option<PathBuf>,
    /// Login name.
    pub user: String,
    /// Where the secret comes from.
    pub secret: SecretSource,
    /// Whether IDLE is used where the server offers it.
    pub idle: bool,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (RFC 8314).
    Implicit,
    /// By STARTTLS before anything else (RFC 9051, 6.2.1).
    StartTls,
    /// Not at all; checked to be a loopback host.
    None,
}

/// Where a secret comes from; never the configuration file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// First line of a file that only its owner can read.
    File(PathBuf),
    /// First line that a command prints.
    Command(Vec<String>),
    /// A systemd credential (`$CREDENTIALS_DIRECTORY/NAME`).
    Credential(String),
    /// A command that prints an OAuth 2.0 access token, for XOAUTH2.
    TokenCommand(Vec<String>),
}

/// The folders of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Watched for new mail.
    pub inbox: Vec<String>,
    /// Where the owner's own mail is.
    pub sent: SentFolder,
    /// For personal wishes.
    pub personal: String,
    /// For boilerplate.
    pub boilerplate: String,
    /// For pitches.
    pub pitch: String,
}

impl Default for Folders {
    fn default() -> Self {
        Folders {
            inbox: vec!["INBOX".to_owned()],
            sent: SentFolder::Auto,
            personal: "Grüße/Persönlich".to_owned(),
            boilerplate: "Grüße/Textbausteine".to_owned(),
            pitch: "Grüße/Werbung".to_owned(),
        }
    }
}

impl Folders {
    /// The folder that a label is filed into; none for `other`.
    pub fn of(&self, label: Label) -> Option<&str> {
        match label {
            Label::Personal => Some(&self.personal),
            Label::Boilerplate => Some(&self.boilerplate),
            Label::Pitch => Some(&self.pitch),
            Label::Other => None,
        }
    }
}

/// The folder of sent mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentFolder {
    /// The one that the server names (SPECIAL-USE).
    Auto,
    /// This one.
    Named(String),
    /// None.
    Off,
}
