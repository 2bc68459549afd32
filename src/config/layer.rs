//! A file and the environment laid over the defaults.

use std::path::{Path, PathBuf};

use config::{ConfigError, Map, Value};
use serde::Deserialize;

use super::Config;
use super::check::{Ground, check};
use super::document::{Document, Entry};
use super::excerpt::Excerpt;
use super::key::KeyPath;
use super::origin::{Origins, Source};
use super::problem::{Place, Problem, Problems};
use super::raw::Raw;
use super::strict;
use super::surroundings::Surroundings;
use super::variables;

/// A file with its content.
pub(super) type File = (PathBuf, String);

/// Layers a file and the environment over the defaults, all checked.
pub(super) fn assemble(
    file: Option<File>,
    surroundings: &Surroundings,
) -> Result<(Config, Origins), Problems> {
    let base = file.as_ref().and_then(|(path, _)| path.parent()).unwrap_or(Path::new(""));
    let ground = Ground { base: base.to_owned(), state_dir: surroundings.state_dir() };
    let (variables, mut problems) = surroundings.overrides();

    let (written, source) = match file {
        Some((path, text)) => take_apart(path, text)?,
        None => (Vec::new(), None),
    };
    let accounts: Vec<&str> = written
        .iter()
        .filter_map(|entry| match entry.path.names().as_slice() {
            ["account", name, ..] => Some(*name),
            _ => None,
        })
        .collect();
    let (overriding, names) = variables::overrides(&variables, &accounts);

    let file_only = Origins { file: source, ..Origins::default() };
    let environment_only = Origins { variables: names, ..Origins::default() };
    let mut layers = Vec::new();
    let mut attempted = Vec::new();
    for (entries, origins) in [(written, &file_only), (overriding, &environment_only)] {
        let reading = strict::read(entries);
        let findings = reading.findings.into_vec();
        problems.extend(findings.into_iter().map(|finding| origins.problem(finding)));
        attempted.extend(reading.attempted);
        layers.push(reading.good);
    }
    let origins = Origins { file: file_only.file, ..environment_only };

    let checked = match layer(layers) {
        Ok(raw) => check(&raw, &ground),
        // Unreachable as long as the schema is asked of `Raw`; the text could quote a secret.
        Err(_) => {
            problems.push(Problem {
                place: Place::Nowhere,
                what: "file and environment don't fit together".to_owned(),
            });
            return Err(Problems::new(problems));
        }
    };
    match checked {
        Ok(config) if problems.is_empty() => Ok((config, origins)),
        Ok(_) => Err(Problems::new(problems)),
        Err(findings) => {
            let is_consequence =
                |absent: &KeyPath| attempted.iter().any(|path: &KeyPath| path.within(absent));
            let findings =
                findings.into_iter().filter(|finding| !finding.absent.iter().any(is_consequence));
            problems.extend(findings.map(|finding| origins.problem(finding)));
            Err(Problems::new(problems))
        }
    }
}

fn take_apart(path: PathBuf, text: String) -> Result<(Vec<Entry>, Option<Source>), Problems> {
    match Document::parse(&text) {
        Ok(Document { entries, keys, values }) => {
            Ok((entries, Some(Source { path, text, keys, values })))
        }
        Err(error) => {
            let excerpt = Excerpt::syntax(&text, error.offset);
            Err(Problem { place: Place::Line(path, excerpt), what: error.message }.into())
        }
    }
}

/// Lays each layer over the ones before it, key by key.
fn layer(layers: Vec<Vec<Entry>>) -> Result<Raw, ConfigError> {
    let mut builder = config::Config::builder();
    for entries in layers {
        builder = builder.add_source(Layer(nest(entries)?));
    }
    builder.build()?.try_deserialize()
}

/// The tables that the entries stand in.
fn nest(entries: Vec<Entry>) -> Result<Map<String, Value>, ConfigError> {
    let mut root = toml::Table::new();
    for entry in entries {
        insert(&mut root, &entry.path.names(), entry.value);
    }
    Map::deserialize(root).map_err(|error| ConfigError::Foreign(Box::new(error)))
}

fn insert(table: &mut toml::Table, names: &[&str], value: toml::Value) {
    match names {
        [] => {}
        [name] => {
            table.insert((*name).to_owned(), value);
        }
        [name, rest @ ..] => {
            let inner = table.entry(*name).or_insert_with(|| toml::Table::new().into());
            // Were it a key besides being a table, it would have been refused.
            if let toml::Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// A layer for the `config` crate.
#[derive(Debug, Clone)]
struct Layer(Map<String, Value>);

impl config::Source for Layer {
    fn clone_into_box(&self) -> Box<dyn config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::config::{
        Account, Filing, FilingMode, Folders, Imap, Me, MonthDay, SecretSource, SentFolder,
        Source as MailSource, Tls,
    };
    use crate::verdict::Thresholds;

    fn load<const N: usize>(text: &str, variables: [(&str, &str); N]) -> Config {
        let file = Some((PathBuf::from("/etc/grussd/grussd.toml"), text.to_owned()));
        match assemble(file, &Surroundings::from(variables)) {
            Ok((config, _)) => config,
            Err(problems) => panic!("{problems}"),
        }
    }

    const WHOLE: &str = r#"
state_dir = "/srv/grussd"
poll_interval = "1h30m"

[me]
names = ["Petra Beispiel", " Petra "]
addresses = ["Petra@Example.org"]
birthdays = ["12-23", "02-29"]

[filing]
mode = "tag"
min_personal = 0.7
min_bury = 1
max_moves_per_cycle = 50

[account.main.imap]
host = "IMAP.example.org"
port = 1993
tls = "starttls"
ca_file = "ca.pem"
user = "petra@example.org"
password_command = ["pass", "show", "mail"]
idle = false

[account.main.folders]
inbox = ["inbox", "Gru\u0308\u00dfe"]
sent = "Gesendet"
personal = "A"
boilerplate = "B"
pitch = "C/D"

[account.Archiv.maildir]
path = "/home/petra/Maildir"
"#;

    #[test]
    fn every_key_arrives() {
        let main = Account {
            name: "main".to_owned(),
            source: MailSource::Imap(Imap {
                host: "imap.example.org".to_owned(),
                port: 1993,
                tls: Tls::StartTls,
                ca_file: Some(PathBuf::from("/etc/grussd/ca.pem")),
                user: "petra@example.org".to_owned(),
                secret: SecretSource::Command(["pass", "show", "mail"].map(str::to_owned).into()),
                idle: false,
            }),
            folders: Folders {
                inbox: vec!["INBOX".to_owned(), "Gr\u{fc}\u{df}e".to_owned()],
                sent: SentFolder::Named("Gesendet".to_owned()),
                personal: "A".to_owned(),
                boilerplate: "B".to_owned(),
                pitch: "C/D".to_owned(),
            },
        };
        let archive = Account {
            name: "Archiv".to_owned(),
            source: MailSource::Maildir { path: PathBuf::from("/home/petra/Maildir") },
            folders: Folders::default(),
        };
        let expected = Config {
            state_dir: PathBuf::from("/srv/grussd"),
            poll_interval: Duration::from_secs(90 * 60),
            me: Me {
                names: vec!["Petra Beispiel".to_owned(), "Petra".to_owned()],
                addresses: vec!["petra@example.org".to_owned()],
                birthdays: vec![MonthDay { month: 12, day: 23 }, MonthDay { month: 2, day: 29 }],
            },
            filing: Filing {
                mode: FilingMode::Tag,
                thresholds: Thresholds { min_personal: 0.7, min_bury: 1.0 },
                max_moves_per_cycle: 50,
            },
            accounts: vec![archive, main],
        };
        assert_eq!(load(WHOLE, []), expected);
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let state = [("STATE_DIRECTORY", "/var/lib/grussd")];
        assert_eq!(load("", state), Config::new(PathBuf::from("/var/lib/grussd")));
        assert_eq!(load("[me]\n[filing]\n", state), load("", state));
    }

    #[track_caller]
    fn imap(keys: &str) -> Imap {
        let text = format!("[account.a.imap]\nhost = \"localhost\"\nuser = \"u\"\n{keys}\n");
        match load(&text, []).accounts.remove(0).source {
            MailSource::Imap(imap) => imap,
            MailSource::Maildir { .. } => panic!("a Maildir"),
        }
    }

    #[test]
    fn the_port_follows_from_tls() {
        for (tls, port) in [("implicit", 993), ("starttls", 143), ("none", 143)] {
            let keys = format!("tls = \"{tls}\"\ncredential = \"c\"");
            assert_eq!(imap(&keys).port, port, "{tls}");
        }
        let default = imap("credential = \"c\"");
        assert_eq!((default.port, default.tls, default.idle), (993, Tls::Implicit, true));
    }

    #[test]
    fn each_source_of_the_secret() {
        let words = || vec!["print-token".to_owned(), "petra".to_owned()];
        for (keys, secret) in [
            ("password_file = \"pw\"", SecretSource::File(PathBuf::from("/etc/grussd/pw"))),
            ("password_command = [\"print-token\", \"petra\"]", SecretSource::Command(words())),
            ("credential = \"imap\"", SecretSource::Credential("imap".to_owned())),
            (
                "oauth2.token_command = [\"print-token\", \"petra\"]",
                SecretSource::TokenCommand(words()),
            ),
        ] {
            assert_eq!(imap(keys).secret, secret, "{keys}");
        }
    }

    #[test]
    fn the_environment_lies_over_the_file() {
        let config = load(
            WHOLE,
            [
                ("GRUSSD__FILING__MODE", "off"),
                ("GRUSSD__FILING__MIN_BURY", "0.99"),
                ("GRUSSD__ME__BIRTHDAYS", "[\"05-17\"]"),
                ("GRUSSD__ACCOUNT__MAIN__IMAP__USER", "0123"),
                ("GRUSSD__ACCOUNT__MAIN__IMAP__PORT", "993"),
                ("GRUSSD__ACCOUNT__MAIN__FOLDERS__SENT", "false"),
                ("GRUSSD__ACCOUNT__ARCHIV__FOLDERS__PITCH", "W"),
                ("GRUSSD__ACCOUNT__ZWEI__MAILDIR__PATH", "/srv/mail"),
            ],
        );
        assert_eq!(config.filing.mode, FilingMode::Off);
        assert_eq!(config.filing.thresholds, Thresholds { min_personal: 0.7, min_bury: 0.99 });
        assert_eq!(config.me.birthdays, [MonthDay { month: 5, day: 17 }]);
        let main = config.account("main").unwrap();
        let MailSource::Imap(imap) = &main.source else { panic!("{main:?}") };
        assert_eq!((imap.user.as_str(), imap.port, imap.idle), ("0123", 993, false));
        assert_eq!(main.folders.sent, SentFolder::Off);
        assert_eq!(main.folders.personal, "A");
        assert_eq!(config.account("Archiv").unwrap().folders.pitch, "W");
        let path = PathBuf::from("/srv/mail");
        assert_eq!(config.account("zwei").unwrap().source, MailSource::Maildir { path });
    }

    /// A key and a value of any kind, so that many fit and many don't.
    fn line() -> impl Strategy<Value = String> {
        let keys: Vec<String> =
            crate::config::schema::all_keys().iter().map(KeyPath::to_string).collect();
        let values = ["1", "0.5", "true", "\"auto\"", "[\"a\"]", "[1]", "{}", "1976-12-23"];
        (prop::sample::select(keys), prop::sample::select(values.to_vec()))
            .prop_map(|(key, value)| format!("{key} = {value}\n"))
    }

    proptest! {
        /// What the strict reading lets pass fits `Raw` however it is combined.
        #[test]
        fn the_schema_is_that_of_raw(lines in prop::collection::btree_set(line(), 0..12)) {
            let file = Some((PathBuf::from("x"), lines.into_iter().collect::<String>()));
            let result = assemble(file, &Surroundings::default());
            let problems = result.map_or_else(|problems| problems.to_string(), |_| String::new());
            prop_assert!(!problems.contains("don't fit together"), "{}", problems);
        }

        #[test]
        fn any_text_is_read_or_reported(text in "[\\[\\]{}=.\"'\\\\#a-c0-9 \r\nä\u{1b}]{0,60}") {
            let file = Some((PathBuf::from("x"), text));
            if let Err(problems) = assemble(file, &Surroundings::default()) {
                let report = problems.to_string();
                prop_assert!(!report.is_empty());
                let breaks = |c: char| c != '\n' && crate::text::escape::is_dangerous(c);
                prop_assert!(!report.contains(breaks), "{:?}", report);
            }
        }
    }
}
