//! Checking `[account.NAME]`: where its mail is and how to log in.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::check::{Ground, Quoted, one_of, path};
use super::finding::Findings;
use super::folder;
use super::key::{KeyPath, is_bare};
use super::raw::{RawAccount, RawImap};
use super::{Account, Imap, SecretSource, Source, Tls};
use crate::text::escape::is_dangerous;

/// All accounts, in order of their names.
pub(super) fn accounts(
    raw: &BTreeMap<String, RawAccount>,
    ground: &Ground,
    findings: &mut Findings,
) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    for (name, raw) in raw {
        let table = KeyPath::from(["account", name]);
        // The name stands in logs, in environment variables and in the state.
        if name.is_empty() || !name.chars().all(is_bare) {
            let what = format!("`{table}`: the name of an account is of a-z, A-Z, 0-9, `-`, `_`");
            findings.key(&table, what);
            continue;
        }
        let source = source(&table, raw, ground, findings);
        let folders = folder::folders(&table.child("folders"), &raw.folders, findings);
        let Some(source) = source else { continue };
        let account = Account { name: name.clone(), source, folders };
        if let Some(other) = accounts.iter().find(|other| is_same_mail(other, &account)) {
            let other = &other.name;
            let what = format!(
                "`{table}` watches an inbox of the account `{other}`: two accounts would file \
                 the same mail"
            );
            findings.key(&table, what);
        }
        accounts.push(account);
    }
    accounts
}

fn is_same_mail(a: &Account, b: &Account) -> bool {
    let same_place = match (&a.source, &b.source) {
        (Source::Imap(a), Source::Imap(b)) => (&a.host, &a.user) == (&b.host, &b.user),
        (Source::Maildir { path: a }, Source::Maildir { path: b }) => a == b,
        _ => false,
    };
    same_place && a.folders.inbox.iter().any(|folder| b.folders.inbox.contains(folder))
}

fn source(
    table: &KeyPath,
    raw: &RawAccount,
    ground: &Ground,
    findings: &mut Findings,
) -> Option<Source> {
    match (&raw.imap, &raw.maildir) {
        (Some(raw), None) => imap(&table.child("imap"), raw, ground, findings).map(Source::Imap),
        (None, Some(raw)) => {
            let key = table.child("maildir").child("path");
            match &raw.path {
                Some(text) => Some(Source::Maildir { path: path(&key, text, ground, findings) }),
                None => {
                    findings.missing(&key);
                    None
                }
            }
        }
        (None, None) => {
            let ways = [table.child("imap"), table.child("maildir")];
            let [imap, maildir] = &ways;
            let what = format!("`{table}` has no mail: expected [{imap}] or [{maildir}]");
            findings.lacking(table, ways, what);
            None
        }
        (Some(_), Some(_)) => {
            let what = format!(
                "`{table}` has both `imap` and `maildir`: expected one of them; make two accounts"
            );
            findings.key(&table.child("maildir"), what);
            None
        }
    }
}

fn imap(table: &KeyPath, raw: &RawImap, ground: &Ground, findings: &mut Findings) -> Option<Imap> {
    let host = raw.host.as_deref();
    match host {
        None => findings.missing(&table.child("host")),
        Some(host) => check_host(&table.child("host"), host, findings),
    }
    let tls = tls(table, raw, findings);
    let port = match raw.port {
        None if tls == Tls::Implicit => 993,
        None => 143,
        Some(number) => match u16::try_from(number) {
            Ok(port) if port > 0 => port,
            _ => {
                findings.unexpected(&table.child("port"), number);
                0
            }
        },
    };
    let user = raw.user.as_deref();
    match user {
        None => findings.missing(&table.child("user")),
        Some(user) if user.is_empty() || user.contains(is_dangerous) => {
            findings.unexpected(&table.child("user"), Quoted(user));
        }
        Some(_) => {}
    }
    let ca_file =
        raw.ca_file.as_ref().map(|text| path(&table.child("ca_file"), text, ground, findings));
    let secret = secret(table, raw, ground, findings);
    Some(Imap {
        host: host?.to_ascii_lowercase(),
        port,
        tls,
        ca_file,
        user: user?.to_owned(),
        secret: secret?,
        idle: raw.idle.unwrap_or(true),
    })
}

fn check_host(key: &KeyPath, host: &str, findings: &mut Findings) {
    if host.contains('@') {
        // Perhaps `user:password@host`.
        findings.value(key, "expected a host name without user or password");
    } else if host.contains("://") || host.contains('/') {
        findings.value(key, "expected the bare name of a host, without `imaps://` or a path");
    } else if host.parse::<IpAddr>().is_ok() {
    } else if host.contains(':') || host.contains('[') {
        findings
            .value(key, "expected the bare name of a host; the port is a key of its own, `port`");
    } else if !host.is_ascii() {
        findings.value(
            key,
            "expected a host name in ASCII; write umlauts as the provider does in \
                             certificates (`xn--...`)",
        );
    } else if host.is_empty() || !host.chars().all(|c| is_bare(c) || c == '.') {
        findings.unexpected(key, Quoted(host));
    }
}

fn tls(table: &KeyPath, raw: &RawImap, findings: &mut Findings) -> Tls {
    let key = table.child("tls");
    let words = [("implicit", Tls::Implicit), ("starttls", Tls::StartTls), ("none", Tls::None)];
    let Some(tls) = raw.tls.as_ref().and_then(|word| one_of(&key, word, &words, findings)) else {
        return Tls::Implicit;
    };
    if tls == Tls::None && raw.host.as_deref().is_some_and(|host| !is_loopback(host)) {
        findings.value(
            &key,
            "\"none\" would send the password in the clear: it is for loopback hosts (localhost, \
             127.0.0.1, ::1) only; expected \"implicit\" or \"starttls\"",
        );
    }
    tls
}

/// Whether nothing that is sent to a host leaves the machine (RFC 6761, 6.3).
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn secret(
    table: &KeyPath,
    raw: &RawImap,
    ground: &Ground,
    findings: &mut Findings,
) -> Option<SecretSource> {
    let keys =
        ["password_file", "password_command", "credential", "oauth2"].map(|name| table.child(name));
    let [file_key, command_key, credential_key, oauth2] = &keys;
    let file = raw
        .password_file
        .as_ref()
        .map(|text| Some(SecretSource::File(path(file_key, text, ground, findings))));
    let printed = raw
        .password_command
        .as_ref()
        .map(|words| command(command_key, words, findings).map(SecretSource::Command));
    let credential = raw.credential.as_ref().map(|name| {
        // A file name below $CREDENTIALS_DIRECTORY (systemd.exec(5)).
        if name.is_empty()
            || name.contains('/')
            || name.starts_with('.')
            || name.contains(is_dangerous)
        {
            findings.value(credential_key, "expected the name of a systemd credential");
        }
        Some(SecretSource::Credential(name.clone()))
    });
    let token = raw.oauth2.as_ref().map(|raw| {
        let key = oauth2.child("token_command");
        let Some(words) = &raw.token_command else {
            findings.missing(&key);
            return None;
        };
        command(&key, words, findings).map(SecretSource::TokenCommand)
    });

    let given: Vec<Option<SecretSource>> =
        [file, printed, credential, token].into_iter().flatten().collect();
    match given.len() {
        1 => given.into_iter().next().flatten(),
        0 => {
            let what = format!(
                "`{table}` has no secret: expected one of `password_file`, `password_command`, \
                 `credential` and the table `oauth2`"
            );
            findings.lacking(table, keys, what);
            None
        }
        count => {
            let what = format!(
                "`{table}` names {count} sources of the secret: expected exactly one of \
                 `password_file`, `password_command`, `credential` and the table `oauth2`"
            );
            findings.key(table, what);
            None
        }
    }
}

fn command(key: &KeyPath, words: &[String], findings: &mut Findings) -> Option<Vec<String>> {
    let program = words.first().filter(|program| !program.is_empty());
    let whole = program.is_some() && !words.iter().any(|word| word.contains('\0'));
    if !whole {
        findings.value(key, format_args!("expected {}", super::words::expected(key)));
    }
    whole.then(|| words.to_vec())
}
