//! Keeps a debug print of a dependency off the terminal.
//!
//! `linfa-bayes` 0.8.1 left a `dbg!` in `MultinomialNb::fit_with` that prints the counts of every
//! class to stderr. The one place where the core touches a file descriptor.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Mutex;

use rustix::stdio::dup2_stderr;

/// Standard error is one for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs `work` with standard error pointing nowhere. Where that can't be done it runs all the same.
pub(super) fn stderr<T>(work: impl FnOnce() -> T) -> T {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let _restore = Restore::point_nowhere();
    work()
}

/// The real standard error, put back on drop, panics included.
struct Restore(OwnedFd);

impl Restore {
    fn point_nowhere() -> Option<Self> {
        let kept = std::io::stderr().as_fd().try_clone_to_owned().ok()?;
        let nowhere = File::options().write(true).open("/dev/null").ok()?;
        dup2_stderr(&nowhere).ok()?;
        Some(Restore(kept))
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        // Nothing can be said where standard error can't be had back.
        let _ = dup2_stderr(&self.0);
    }
}
