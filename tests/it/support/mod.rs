//! What several tests use.

pub(crate) mod certificates;
pub(crate) mod dovecot;
pub(crate) mod household;
pub(crate) mod inventory;
pub(crate) mod pass;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod raw;
pub(crate) mod scripted;
pub(crate) mod snapshot;

use std::future::Future;

/// Runs a future on a runtime like that of the daemon.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, future)
}
