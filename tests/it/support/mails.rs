//! Messages that say by their subject what is to become of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::dovecot::{Dovecot, Setup};

/// No two messages are alike.
static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

/// A message with this subject.
pub(crate) fn mail(subject: &str) -> Vec<u8> {
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    format!(
        "From: Petra <petra@example.org>\r\nMessage-ID: <{id}@example.org>\r\n\
         Subject: {subject}\r\n\r\nNo. {id}\r\n"
    )
    .into_bytes()
}

/// Puts so many messages into the inbox: a third of them pitches, a third text blocks.
pub(crate) fn fill(server: &Dovecot, count: usize) {
    let mut raw = server.raw();
    for number in 0..count {
        let subject = ["pitch", "boilerplate", "other"][number % 3];
        let flags = ["", "\\Seen", "\\Answered \\Flagged", "$Label1 Wichtig"][number % 4];
        let date = format!("{:02}-Dec-2025 12:00:{:02} +0100", number % 28 + 1, number % 60);
        raw.append("INBOX", flags, &date, &mail(subject));
    }
}

/// A server without MOVE: messages are copied, compared and removed.
pub(crate) fn without_move() -> Setup {
    Setup { without: &["MOVE"], prefix: "INBOX.", separator: '.', ..Setup::default() }
}
