//! What must never reach the log.

/// async-imap traces passwords and whole mails to the `log` crate. Nothing listens there, as long
/// as no crate that would carry them over to `tracing` is built in.
#[test]
fn nothing_carries_the_log_of_others_over() {
    let lock = include_str!("../../Cargo.lock");
    assert!(lock.contains("name = \"tracing-subscriber\""));
    for bridge in ["tracing-log", "env_logger", "simple_logger", "fern"] {
        assert!(!lock.contains(&format!("name = \"{bridge}\"")), "{bridge}");
    }
}
