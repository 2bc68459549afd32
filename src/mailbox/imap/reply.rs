//! What a server's words mean: response codes, and text that is fit to be shown.

use async_imap::imap_proto::{Outcome, Response, ResponseCode, Status};

use super::limits::MAX_WORDS;
use crate::mailbox::MailboxError;
use crate::text::escape::escape;

/// The end of a command that was not refused.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Response code, such as `READ-ONLY`.
    pub(super) code: Option<String>,
    /// Responses that the parser was not shown.
    pub(super) aside: super::guard::Aside,
}

/// The name of a response code, in capitals (RFC 9051, 7.1; RFC 5530).
pub(super) fn code(outcome: &Outcome<'_>) -> Option<String> {
    let known = match outcome.code.as_ref() {
        None => return split(outcome).0,
        Some(ResponseCode::Alert) => "ALERT",
        Some(ResponseCode::BadCharset(_)) => "BADCHARSET",
        Some(ResponseCode::Capabilities(_)) => "CAPABILITY",
        Some(ResponseCode::CopyUid(..)) => "COPYUID",
        Some(ResponseCode::ReadOnly) => "READ-ONLY",
        Some(ResponseCode::ReadWrite) => "READ-WRITE",
        Some(ResponseCode::TryCreate) => "TRYCREATE",
        Some(ResponseCode::UidNotSticky) => "UIDNOTSTICKY",
        Some(_) => return None,
    };
    Some(known.to_owned())
}

/// The text without its code, as it may be shown.
pub(super) fn words(outcome: &Outcome<'_>) -> String {
    let text = split(outcome).1;
    if text.is_empty() { "no reason given".to_owned() } else { shown(text) }
}

/// A code that the parser doesn't know stands at the beginning of the text.
fn split<'a>(outcome: &'a Outcome<'_>) -> (Option<String>, &'a str) {
    let text = outcome.information.as_deref().unwrap_or_default();
    match text.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((code, text)) if outcome.code.is_none() => {
            let name = code.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            (Some(name).filter(|it| !it.is_empty()).map(|it| shown(&it)), text.trim())
        }
        _ => (None, text.trim()),
    }
}

/// A stranger's text on one line of bounded length, without power over a terminal.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_WORDS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    escape(&short).into_owned()
}

/// The error that a NO or BAD is.
pub(super) fn refused(command: &str, outcome: &Outcome<'_>) -> MailboxError {
    MailboxError::Refused { command: shown(command), code: code(outcome), text: words(outcome) }
}

/// The outcome in any status response, tagged or not, that says OK.
pub(super) fn good<'a, 'b>(response: &'a Response<'b>) -> Option<&'a Outcome<'b>> {
    match response {
        Response::Data { status: Status::Ok, outcome }
        | Response::Done { status: Status::Ok, outcome, .. } => Some(outcome),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, code: Option<&str>, words: &str) {
        let line = format!("A1 NO {line}\r\n");
        let (_, response) = Response::parse(line.as_bytes()).unwrap();
        let Response::Done { outcome, .. } = &response else { panic!("{response:?}") };
        assert_eq!(
            (super::code(outcome).as_deref(), super::words(outcome).as_str()),
            (code, words)
        );
    }

    #[test]
    fn codes_known_and_unknown() {
        check("[TRYCREATE] Mailbox doesn't exist", Some("TRYCREATE"), "Mailbox doesn't exist");
        check("[OVERQUOTA] Quota exceeded", Some("OVERQUOTA"), "Quota exceeded");
        check("[noperm]", Some("NOPERM"), "no reason given");
        check("[REFERRAL imap://example.org/] there", Some("REFERRAL"), "there");
        check("[COPYUID garbage] done", Some("COPYUID"), "done");
        check("no code here [X]", None, "no code here [X]");
        check("[unclosed", None, "[unclosed");
        check("[] x", None, "x");
        check("[\u{1b}[2J] x", Some("\\u{1b}[2J"), "x");
    }

    #[test]
    fn words_of_strangers_are_short_and_harmless() {
        check("\u{1b}[31mred\u{202e}", None, "\\u{1b}[31mred\\u{202e}");
        let long = "ü".repeat(1000);
        assert_eq!(shown(&long), format!("{}…", "ü".repeat(MAX_WORDS)));
    }
}
