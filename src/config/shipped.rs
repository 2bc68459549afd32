//! Tests: `config/grussd.toml` is the defaults, and names every key.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::document::Document;
use super::key::KeyPath;
use super::layer::assemble;
use super::surroundings::Surroundings;
use super::{Account, Config, Folders, Imap, SecretSource, Source, Tls, schema};

const SHIPPED: &str = include_str!("../../config/grussd.toml");

/// The file with every setting switched on but those that begin with one of `left_out`.
fn switched_on(left_out: &[&str]) -> String {
    SHIPPED
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting)
                if setting.starts_with(|c: char| c.is_ascii_alphabetic() || c == '[')
                    && !left_out.iter().any(|key| setting.starts_with(key)) =>
            {
                setting
            }
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn load(text: String) -> Config {
    let surroundings = Surroundings::from([("STATE_DIRECTORY", "/var/lib/grussd")]);
    match assemble(Some((PathBuf::from("grussd.toml"), text)), &surroundings) {
        Ok((config, _)) => config,
        Err(problems) => panic!("{problems}"),
    }
}

#[test]
fn as_it_is_it_says_the_defaults() {
    assert_eq!(load(SHIPPED.to_owned()), Config::new(PathBuf::from("/var/lib/grussd")));
}

#[test]
fn it_names_every_key() {
    let document = Document::parse(&switched_on(&[])).unwrap();
    let named: BTreeSet<KeyPath> = document
        .entries
        .iter()
        .map(|entry| match entry.path.names().as_slice() {
            ["account", _, rest @ ..] => {
                rest.iter().fold(KeyPath::from(["account", "NAME"]), |path, name| path.child(name))
            }
            _ => entry.path.clone(),
        })
        .collect();
    assert_eq!(named, schema::all_keys().into_iter().collect());
}

/// Keys that are no defaults are left out: one source of the secret of four, and `ca_file`.
#[test]
fn switched_on_accounts_have_the_defaults() {
    let text = switched_on(&[
        "ca_file",
        "password_command",
        "credential",
        "[account.main.imap.oauth2]",
        "token_command",
    ]);
    let main = Account {
        name: "main".to_owned(),
        source: Source::Imap(Imap {
            host: "imap.example.org".to_owned(),
            port: 993,
            tls: Tls::Implicit,
            ca_file: None,
            user: "petra@example.org".to_owned(),
            secret: SecretSource::File(PathBuf::from("/etc/grussd/imap-password")),
            idle: true,
        }),
        folders: Folders::default(),
    };
    let archive = Account {
        name: "archive".to_owned(),
        source: Source::Maildir { path: PathBuf::from("/home/petra/Maildir") },
        folders: Folders::default(),
    };
    let defaults = Config::new(PathBuf::from("/var/lib/grussd"));
    assert_eq!(load(text.clone()), Config { accounts: vec![archive, main.clone()], ..defaults });

    // The same without the keys that have a default.
    let bare = Document::parse(&text).unwrap().entries.into_iter().filter(|entry| {
        let required = ["host", "user", "password_file", "path"];
        required.contains(&entry.path.last())
    });
    let bare: String = bare.map(|entry| format!("{} = {}\n", entry.path, entry.value)).collect();
    assert_eq!(load(bare).account("main"), Some(&main));
}
