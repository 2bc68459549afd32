//! What each key takes, in the words of the reports.

use toml::Value;

use super::key::KeyPath;

/// What a key takes, to follow "expected".
pub(super) fn expected(path: &KeyPath) -> &'static str {
    match path.names().as_slice() {
        ["state_dir"] => "a folder, such as \"/var/lib/grussd\"",
        ["poll_interval"] => "a duration from \"1s\" to \"24h\", such as \"5m\" or \"1h30m\"",
        ["me", "names"] => "a list of names, such as [\"Petra Beispiel\"]",
        ["me", "addresses"] => "a list of mail addresses, such as [\"petra@example.org\"]",
        ["me", "birthdays"] => "a list of days as \"MM-DD\", such as [\"12-23\"]",
        ["filing", "mode"] => "one of \"move\", \"tag\", \"off\"",
        ["filing", "min_personal"] => "a probability from 0 to 1, such as 0.80",
        ["filing", "min_bury"] => "a probability from 0 to 1, such as 0.95",
        ["filing", "max_moves_per_cycle"] => "a whole number from 1, such as 200",
        ["account"] | ["account", _] => {
            "a table for each account, [account.NAME.imap] or [account.NAME.maildir]"
        }
        ["account", _, "imap", rest @ ..] => expected_imap(rest),
        ["account", _, "maildir", "path"] => "a Maildir, such as \"/home/petra/Maildir\"",
        ["account", _, "folders", "inbox"] => "a list of folders, such as [\"INBOX\"]",
        ["account", _, "folders", "sent"] => "\"auto\", the name of a folder, or false",
        ["account", _, "folders", _] => "a folder, such as \"Grüße/Persönlich\"",
        _ => "a table",
    }
}

fn expected_imap(rest: &[&str]) -> &'static str {
    match rest {
        ["host"] => "a host name, such as \"imap.example.org\"",
        ["port"] => "a port from 1 to 65535, such as 993",
        ["tls"] => "one of \"implicit\", \"starttls\", \"none\"",
        ["ca_file"] => "a file with certificates in PEM, such as \"/etc/ssl/my-ca.pem\"",
        ["user"] => "the name to log in with, such as \"petra@example.org\"",
        ["password_file"] => "a file that only its owner can read, with the password in line 1",
        ["password_command"] => {
            "a command as a list of its words, such as [\"pass\", \"show\", \"mail\"]"
        }
        ["credential"] => "the name of a systemd credential, such as \"imap-password\"",
        ["idle"] => "true or false",
        ["oauth2", "token_command"] => {
            "a command that prints an access token, as a list of its words"
        }
        _ => "a table",
    }
}

/// A value without its content, to follow "found".
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a decimal number",
        Value::Boolean(true) => "true",
        Value::Boolean(false) => "false",
        Value::Datetime(_) => "a date",
        Value::Array(items) if items.iter().any(Value::is_table) => "a list of tables",
        Value::Array(items) if items.iter().any(|item| !item.is_str()) => {
            "a list with something in it that is no string"
        }
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// Whether the value of a key, as it is written, can be shown. It can't where a password might
/// stand: by mistake, lawfully among the words of a command, or in front of a host
/// (`user:password@host`).
pub(super) fn is_showable(key: &str, value: &str) -> bool {
    match key {
        "password_file" | "password_command" | "credential" | "token_command" => false,
        "host" => !value.contains('@'),
        _ => true,
    }
}

/// Whether an unknown key looks like the place for a secret.
pub(super) fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let words = ["passw", "pwd", "secret", "token", "kennwort", "geheim", "api_key", "apikey"];
    let names = words.iter().any(|word| name.contains(word)) || name == "pass";
    names && !name.contains("file") && !name.contains("command")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema;

    #[test]
    fn every_key_has_its_words() {
        for path in schema::all_keys() {
            assert_ne!(expected(&path), "a table", "{path}");
        }
        assert_eq!(expected(&KeyPath::from(["filing"])), "a table");
        assert_eq!(expected(&KeyPath::from(["account", "main", "imap", "oauth2"])), "a table");
    }

    #[test]
    fn places_for_secrets_are_known_by_their_names() {
        for name in ["password", "Passwort", "pass", "imap_pwd", "client_secret", "access_token"] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["pasword_file", "password_comand", "host", "bypass", "pitch"] {
            assert!(!names_a_secret(name) || name.contains("comand"), "{name}");
        }
    }
}
