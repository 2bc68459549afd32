//! Messages that say by their subject what is to become of them.

use std::sync::atomic::{AtomicUsize, Ordering};

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
