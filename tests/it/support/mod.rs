//! What several tests use.

pub(crate) mod certificates;
pub(crate) mod courier;
pub(crate) mod cyrus;
pub(crate) mod dovecot;
pub(crate) mod household;
pub(crate) mod inventory;
pub(crate) mod mails;
pub(crate) mod pass;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod raw;
pub(crate) mod said;
pub(crate) mod scripted;
pub(crate) mod server;
pub(crate) mod snapshot;
pub(crate) mod tally;

use std::future::Future;
use std::time::Duration;

/// Runs a future on a runtime like that of the daemon.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, future)
}

/// Waits where there is no runtime.
#[expect(clippy::disallowed_methods, reason = "a thread of its own stops nobody")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
