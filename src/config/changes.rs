//! What a new configuration changes, so that a reload drops no healthy connection.

use super::Config;

/// The accounts of two configurations compared, by name. Each list is in the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Reached as before: the connection stays. Folders and all else may differ.
    pub kept: Vec<String>,
    /// Reached in another way: connect again.
    pub restarted: Vec<String>,
    /// New ones.
    pub added: Vec<String>,
    /// No longer there.
    pub removed: Vec<String>,
    /// The state is kept elsewhere: this can't be reloaded, only started anew.
    pub state_moved: bool,
}

/// Compares two configurations.
pub fn changes(old: &Config, new: &Config) -> Changes {
    let mut changes = Changes { state_moved: old.state_dir != new.state_dir, ..Changes::default() };
    for account in &new.accounts {
        let list = match old.account(&account.name) {
            Some(before) if before.source == account.source => &mut changes.kept,
            Some(_) => &mut changes.restarted,
            None => &mut changes.added,
        };
        list.push(account.name.clone());
    }
    let gone = old.accounts.iter().filter(|account| new.account(&account.name).is_none());
    changes.removed = gone.map(|account| account.name.clone()).collect();
    changes
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::{Account, Folders, Source};

    fn config(accounts: &[(&str, &str, &str)]) -> Config {
        let account = |(name, path, inbox): &(&str, &str, &str)| Account {
            name: (*name).to_owned(),
            source: Source::Maildir { path: PathBuf::from(path) },
            folders: Folders { inbox: vec![(*inbox).to_owned()], ..Folders::default() },
        };
        let accounts = accounts.iter().map(account).collect();
        Config { accounts, ..Config::new(PathBuf::from("/state")) }
    }

    #[test]
    fn only_a_changed_source_costs_the_connection() {
        let old = config(&[("a", "/a", "INBOX"), ("b", "/b", "INBOX"), ("c", "/c", "INBOX")]);
        let new = config(&[("a", "/a", "Neu"), ("b", "/elsewhere", "INBOX"), ("d", "/d", "INBOX")]);
        assert_eq!(
            changes(&old, &new),
            Changes {
                kept: vec!["a".to_owned()],
                restarted: vec!["b".to_owned()],
                added: vec!["d".to_owned()],
                removed: vec!["c".to_owned()],
                state_moved: false,
            }
        );
    }

    #[test]
    fn the_same_configuration_changes_nothing() {
        let old = config(&[("a", "/a", "INBOX")]);
        let same = changes(&old, &old.clone());
        assert_eq!(same, Changes { kept: vec!["a".to_owned()], ..Changes::default() });
        let moved = Config { state_dir: PathBuf::from("/other"), ..old.clone() };
        assert!(changes(&old, &moved).state_moved);
    }
}
