//! How long is waited for a server, and how much is taken from it. Nothing a server does, or fails
//! to do, lasts longer or grows larger.

use std::time::Duration;

/// How long is waited, and for what. Tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For each of these: finding and reaching the host, the TLS handshake, the greeting.
    pub connect: Duration,
    /// Without a single byte, in the middle of an answer or before it.
    pub silence: Duration,
    /// For the whole answer to a command.
    pub command: Duration,
    /// For the whole answer to a command that lists, fetches or moves a set of messages.
    pub batch: Duration,
    /// One IDLE at most. Servers end a session after 29 minutes (RFC 2177), many home routers
    /// forget a silent connection after ten.
    pub idle: Duration,
    /// For saying goodbye.
    pub goodbye: Duration,
    /// For a command that prints a secret: somebody may have to touch a key.
    pub secret: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(30),
            silence: Duration::from_secs(60),
            command: Duration::from_secs(60),
            // However a server dawdles, it is given up within 90 s.
            batch: Duration::from_secs(90),
            idle: Duration::from_secs(9 * 60),
            goodbye: Duration::from_secs(3),
            secret: Duration::from_secs(30),
        }
    }
}

/// One of several addresses of a host has this part of the time to answer.
pub(super) const ADDRESS_SHARE: u32 = 3;

/// Bytes of a response outside of its literals. The longest are SEARCH results.
pub(super) const MAX_LINE: usize = 256 * 1024;

/// Bytes of one literal, and of what is fetched of one message.
pub(super) const MAX_LITERAL: usize = 1024 * 1024;

/// Bytes of one response, literals included.
pub(super) const MAX_RESPONSE: usize = 2 * MAX_LITERAL;

/// Bytes of everything that is sent in answer to one command.
pub(super) const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Levels of parentheses; what we ask for has three.
pub(super) const MAX_DEPTH: usize = 8;

/// Responses without use for the parser that are kept for the command layer, and bytes of each.
pub(super) const MAX_ASIDE: usize = 16;
/// See [`MAX_ASIDE`].
pub(super) const MAX_ASIDE_BYTES: usize = 4096;

/// Bytes of a UID set. Dovecot refuses command lines of more than 8 kB (RFC 7162, section 4).
pub(super) const MAX_SET_BYTES: usize = 6000;

/// Bytes of message text that one command asks for: with a slow line of 12 kB/s they are there
/// in time.
pub(super) const FETCH_BYTES: usize = 1024 * 1024;

/// Messages that one command may list.
pub(super) const LIST_AT_ONCE: u32 = 5000;

/// Bytes of a Message-ID that is searched for.
pub(super) const MAX_MESSAGE_ID: usize = 1000;

/// Characters of a server's words that are shown.
pub(super) const MAX_WORDS: usize = 200;

/// Bytes of a secret.
pub(super) const MAX_SECRET: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// FAULTS.md D50.
    #[test]
    fn no_answer_is_waited_for_longer_than_90_s() {
        let Timeouts { connect, silence, command, batch, idle, goodbye, secret } =
            Timeouts::default();
        for limit in [connect, silence, command, batch, goodbye, secret] {
            assert!(limit <= Duration::from_secs(90), "{limit:?}");
        }
        // An IDLE is silent where all is well (RFC 2177).
        assert!(idle < Duration::from_secs(29 * 60));
    }
}
