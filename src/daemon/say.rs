//! How the daemon talks of messages and numbers. Never by subject, address or text: the log is
//! read by others than the owner.

use std::fmt;

use crate::mailbox::MessageKey;
use crate::text::escape::escape;

/// A message by folder and name: `INBOX UID 412`.
pub(super) fn message(folder: &str, key: &MessageKey) -> String {
    match key {
        MessageKey::Imap { uid, .. } => format!("{} UID {uid}", escape(folder)),
        MessageKey::Maildir { name } => format!("{} {}", escape(folder), escape(name)),
    }
}

/// A number with its thousands set apart: `1,203`.
pub(super) struct Count(pub(super) usize);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// `1 message`, `2 messages`.
pub(super) fn messages(count: usize) -> String {
    format!("{} message{}", Count(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: usize, expected: &str) {
        assert_eq!(messages(count), expected);
    }

    #[test]
    fn numbers_are_readable() {
        check(0, "0 messages");
        check(1, "1 message");
        check(999, "999 messages");
        check(1203, "1,203 messages");
        check(1_000_000, "1,000,000 messages");
    }

    #[test]
    fn names_are_escaped() {
        let key = MessageKey::Maildir { name: "a\u{1b}[2J".to_owned() };
        assert_eq!(message("Gr\n", &key), "Gr\\n a\\u{1b}[2J");
        let key = MessageKey::Imap { uid_validity: 1, uid: 7 };
        assert_eq!(message("Grüße", &key), "Grüße UID 7");
    }
}
