//! Names of keys: the way from the top of the file to one of them.

use std::fmt;

/// Where a key or a table stands, such as `account.main.imap.port`. Empty: the whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyPath(Vec<String>);

impl KeyPath {
    /// The key `name` in this table.
    pub(super) fn child(&self, name: &str) -> Self {
        let mut names = self.0.clone();
        names.push(name.to_owned());
        KeyPath(names)
    }

    /// The table that the key stands in.
    pub(super) fn parent(&self) -> Self {
        self.prefix(self.0.len().saturating_sub(1))
    }

    /// Its first `length` names.
    pub(super) fn prefix(&self, length: usize) -> Self {
        KeyPath(self.0.iter().take(length).cloned().collect())
    }

    /// Its names, outermost first.
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// The name of the key without its tables; empty for the whole file.
    pub(super) fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// Whether it is `other` or stands somewhere in it.
    pub(super) fn within(&self, other: &KeyPath) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The path as the place of a key, in words.
    pub(super) fn as_place(&self) -> String {
        if self.0.is_empty() { "at the top level".to_owned() } else { format!("in [{self}]") }
    }
}

impl<const N: usize> From<[&str; N]> for KeyPath {
    fn from(names: [&str; N]) -> Self {
        KeyPath(names.map(str::to_owned).to_vec())
    }
}

impl FromIterator<String> for KeyPath {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        KeyPath(names.into_iter().collect())
    }
}

/// As TOML writes it: names that are no bare keys in quotes.
impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            if !name.is_empty() && name.chars().all(is_bare) {
                f.write_str(name)?;
            } else {
                write!(f, "{name:?}")?;
            }
        }
        Ok(())
    }
}

/// Whether TOML lets a character stand in a key without quotes.
pub(super) fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_like_toml() {
        let path = KeyPath::from(["account", "main", "imap"]);
        assert_eq!(path.child("port").to_string(), "account.main.imap.port");
        assert_eq!(path.as_place(), "in [account.main.imap]");
        assert_eq!(KeyPath::default().as_place(), "at the top level");
        assert_eq!(KeyPath::from(["account", "a b\n"]).to_string(), r#"account."a b\n""#);
        assert_eq!(path.parent(), KeyPath::from(["account", "main"]));
        assert!(path.within(&path.parent()) && !path.parent().within(&path));
    }
}
