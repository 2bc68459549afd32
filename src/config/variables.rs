//! Keys from the environment: `GRUSSD__FILING__MODE=tag` is `filing.mode`.
//!
//! A value is text where its key takes text, so that a login name of `0123` stays what it is;
//! elsewhere it is written as in TOML: `993`, `true`, `["INBOX"]`.

use std::collections::BTreeMap;

use toml::Value;

use super::document::{Entry, parse_value};
use super::key::KeyPath;
use super::schema;

/// What the name of a variable that overrides a key begins with.
pub(super) const PREFIX: &str = "GRUSSD__";

/// The overrides among `variables`, with the variable of each. `accounts` are the accounts of the
/// file: variables are commonly written in upper case, so these match by letters alone.
pub(super) fn overrides(
    variables: &BTreeMap<String, String>,
    accounts: &[&str],
) -> (Vec<Entry>, BTreeMap<KeyPath, String>) {
    let mut entries = Vec::new();
    let mut names = BTreeMap::new();
    for (variable, text) in variables {
        let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
        let path = path(rest, accounts);
        let value = value(&path, text);
        names.insert(path.clone(), variable.clone());
        entries.push(Entry { path, value });
    }
    (entries, names)
}

fn path(rest: &str, accounts: &[&str]) -> KeyPath {
    let mut names: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
    if let [section, account, ..] = names.as_mut_slice()
        && section == "account"
        && let Some(known) = accounts.iter().find(|known| known.eq_ignore_ascii_case(account))
    {
        *account = (*known).to_owned();
    }
    names.into_iter().collect()
}

fn value(path: &KeyPath, text: &str) -> Value {
    let literal = Value::String(text.to_owned());
    if schema::verify(path, &literal).is_ok() {
        return literal;
    }
    parse_value(text).filter(|value| schema::verify(path, value).is_ok()).unwrap_or(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variable: &str, text: &str, path: &str, value: &str) {
        let variables = BTreeMap::from([
            (variable.to_owned(), text.to_owned()),
            ("GRUSSD_LOG".to_owned(), "debug".to_owned()),
        ]);
        let (entries, names) = overrides(&variables, &["Firma"]);
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].path.to_string(), path);
        assert_eq!(entries[0].value.to_string(), value);
        assert_eq!(names[&entries[0].path], variable);
    }

    #[test]
    fn text_stays_text() {
        let user = "account.main.imap.user";
        check("GRUSSD__ACCOUNT__MAIN__IMAP__USER", "0123", user, "\"0123\"");
        check("GRUSSD__ACCOUNT__MAIN__IMAP__USER", "true", user, "\"true\"");
        check("GRUSSD__POLL_INTERVAL", "5m", "poll_interval", "\"5m\"");
        check("GRUSSD__FILING__MODE", "", "filing.mode", "\"\"");
    }

    #[test]
    fn other_types_are_written_as_in_toml() {
        check("GRUSSD__FILING__MIN_BURY", "0.99", "filing.min_bury", "0.99");
        check("GRUSSD__ME__NAMES", r#"["Petra", "P. B."]"#, "me.names", r#"["Petra", "P. B."]"#);
        check("GRUSSD__ACCOUNT__A__IMAP__IDLE", "false", "account.a.imap.idle", "false");
    }

    #[test]
    fn what_fits_no_type_is_left_for_the_report() {
        check("GRUSSD__ACCOUNT__A__IMAP__PORT", "imap", "account.a.imap.port", "\"imap\"");
        check("GRUSSD__ME__NAMES", "Petra", "me.names", "\"Petra\"");
        check("GRUSSD__", "x", "\"\"", "\"x\"");
    }

    #[test]
    fn accounts_of_the_file_are_found_whatever_their_case() {
        check("GRUSSD__ACCOUNT__FIRMA__IMAP__HOST", "h", "account.Firma.imap.host", "\"h\"");
    }
}
