//! Logging in. The connection is protected by now, or leads to this machine.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::capability::Capabilities;
use super::command::{Command, Io, Wire};
use super::quote::quoted;
use super::reply::shown;
use super::secret::Secret;
use crate::config::{Imap, SecretSource};
use crate::mailbox::MailboxError;

/// Logs in by the mechanism that fits the secret and the server. A referral to another server
/// (RFC 2221) is not followed.
///
/// # Errors
/// [`MailboxError::Login`] where the owner has to mend something,
/// [`MailboxError::LoginUnavailable`] where time will.
pub(super) async fn login<S: Io>(
    wire: &mut Wire<S>,
    offered: &Capabilities,
    config: &Imap,
    secret: &Secret,
) -> Result<(), MailboxError> {
    let user = config.user.as_str();
    if user.contains(['\0', '\r', '\n']) {
        return Err(refused(user, "the name holds a control character that no server takes"));
    }
    let command = match &config.secret {
        SecretSource::TokenCommand(_) => xoauth2(offered, user, secret)?,
        _ => password(offered, user, secret)?,
    };
    match wire.run(command, |_| {}).await {
        Ok(_) => Ok(()),
        Err(MailboxError::Refused { code, text, .. }) => {
            Err(judge(user, code.as_deref(), &without(&text, &forms(user, secret))))
        }
        Err(error) => Err(error),
    }
}

/// LOGIN is the way that works everywhere, for ASCII. What else there is goes by SASL, which says
/// that it is UTF-8.
fn password(offered: &Capabilities, user: &str, secret: &Secret) -> Result<Command, MailboxError> {
    let ascii = user.is_ascii() && secret.bytes().is_ascii();
    let (login, sasl) = (!offered.has("LOGINDISABLED"), offered.has("AUTH=PLAIN"));
    if login && ascii {
        let mut line =
            Zeroizing::new(Vec::with_capacity(32 + 2 * (user.len() + secret.bytes().len())));
        line.extend_from_slice(b"LOGIN ");
        line.extend_from_slice(&quoted(user.as_bytes()));
        line.push(b' ');
        line.extend_from_slice(&quoted(secret.bytes()));
        return Ok(Command::new("LOGIN", std::mem::take(&mut *line)));
    }
    if sasl {
        let name = "AUTHENTICATE PLAIN";
        return Ok(Command::new(name, name).then(plain(user, secret)));
    }
    if login {
        let (name, password) = (user.as_bytes(), secret.bytes());
        let next = format!(" {{{}}}", password.len());
        return Ok(Command::new("LOGIN", format!("LOGIN {{{}}}", name.len()))
            .then(Zeroizing::new([name, next.as_bytes()].concat()))
            .then(Zeroizing::new(password.to_vec())));
    }
    Err(refused(user, "the server takes no password here (LOGINDISABLED, and no AUTH=PLAIN)"))
}

/// OAuth 2.0 as the large providers take it (developers.google.com/gmail/imap/xoauth2-protocol).
/// After a refusal they send an error in a second challenge, to be answered by nothing.
fn xoauth2(offered: &Capabilities, user: &str, token: &Secret) -> Result<Command, MailboxError> {
    let name = "AUTHENTICATE XOAUTH2";
    if !offered.has("AUTH=XOAUTH2") {
        return Err(refused(user, "the server takes no OAuth 2.0 token (AUTH=XOAUTH2)"));
    }
    Ok(Command::new(name, name).then(bearer(user, token)).then(Zeroizing::default()))
}

/// RFC 4616.
fn plain(user: &str, password: &Secret) -> Zeroizing<Vec<u8>> {
    encoded(&[b"\0", user.as_bytes(), b"\0", password.bytes()])
}

fn bearer(user: &str, token: &Secret) -> Zeroizing<Vec<u8>> {
    encoded(&[b"user=", user.as_bytes(), b"\x01auth=Bearer ", token.bytes(), b"\x01\x01"])
}

fn encoded(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let plain = Zeroizing::new(parts.concat());
    Zeroizing::new(STANDARD.encode(&*plain).into_bytes())
}

/// Tells a wrong password from a server that is busy (RFC 5530).
fn judge(user: &str, code: Option<&str>, text: &str) -> MailboxError {
    let busy = match code {
        Some("UNAVAILABLE" | "INUSE" | "LIMIT" | "SERVERBUG") => true,
        // Gmail and others say it in words only.
        _ => text.to_ascii_lowercase().contains("too many"),
    };
    if busy {
        return MailboxError::LoginUnavailable(text.to_owned());
    }
    match code {
        Some("REFERRAL") => refused(
            user,
            "the server refers to another one, which is not followed: configure that one",
        ),
        _ => refused(user, text),
    }
}

fn refused(user: &str, text: &str) -> MailboxError {
    MailboxError::Login { user: shown(user), text: text.to_owned() }
}

/// What must not be shown of a login, in each form in which a server may repeat it.
fn forms(user: &str, secret: &Secret) -> Vec<Zeroizing<Vec<u8>>> {
    let quoted = quoted(secret.bytes());
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    vec![
        plain(user, secret),
        bearer(user, secret),
        Zeroizing::new(inner.to_vec()),
        Zeroizing::new(secret.bytes().to_vec()),
    ]
}

/// Some servers repeat the command that they didn't understand. Their words have been cut to a
/// length by now, perhaps in the middle of a secret.
fn without(text: &str, forms: &[Zeroizing<Vec<u8>>]) -> String {
    let mut clean = text.to_owned();
    for form in forms.iter().filter_map(|it| str::from_utf8(it).ok()) {
        clean = clean.replace(form, HIDDEN);
        let Some(cut) = clean.strip_suffix('…') else { continue };
        let ends = form.char_indices().map(|(end, _)| form.get(..end).unwrap_or_default());
        let begun = ends.skip(1).filter_map(|begun| cut.strip_suffix(begun)).last();
        if let Some(rest) = begun {
            clean = format!("{rest}{HIDDEN}");
        }
    }
    clean
}

const HIDDEN: &str = "[…]";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: Option<&str>, text: &str, transient: bool) {
        assert_eq!(judge("petra", code, text).is_transient(), transient);
    }

    #[test]
    fn a_busy_server_is_told_from_a_wrong_password() {
        check(Some("AUTHENTICATIONFAILED"), "Authentication failed.", false);
        check(Some("UNAVAILABLE"), "Temporary authentication failure.", true);
        check(Some("ALERT"), "Too many simultaneous connections. (Failure)", true);
        check(Some("LIMIT"), "Maximum number of connections exceeded", true);
        check(None, "LOGIN failed", false);
        check(Some("REFERRAL"), "see there", false);
    }

    #[test]
    fn a_secret_that_a_server_repeats_is_hidden() {
        let forms: Vec<_> =
            ["hunter2", "aHVudGVyMg=="].map(|it| Zeroizing::new(it.as_bytes().to_vec())).into();
        for (text, expected) in [
            ("no reason given", "no reason given"),
            ("Unknown: LOGIN \"a\" \"hunter2\"", "Unknown: LOGIN \"a\" \"[…]\""),
            ("got aHVudGVyMg==, hunter2", "got […], […]"),
            ("LOGIN \"a\" \"hunt…", "LOGIN \"a\" \"[…]"),
            ("LOGIN \"a\" aHVu…", "LOGIN \"a\" […]"),
            ("cut…", "cut…"),
        ] {
            assert_eq!(without(text, &forms), expected);
        }
    }
}
