//! What the service manager is told (`sd_notify(3)`). Without one all of it does nothing.

use std::time::Duration;

use sd_notify::NotifyState;

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::debug!("the service manager can't be told: {error}");
    }
}

/// Started, or done with a reload.
pub fn ready() {
    notify(&[NotifyState::Ready]);
}

/// A reload begins; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!("the service manager can't be told: {error}"),
    }
}

/// The end begins.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// One line for `systemctl status`.
pub fn status(line: &str) {
    notify(&[NotifyState::Status(line)]);
}

/// Alive.
pub fn alive() {
    notify(&[NotifyState::Watchdog]);
}

/// How often [`alive`] is to be said, if the service manager listens: twice in its time.
pub fn alive_every() -> Option<Duration> {
    let mut microseconds = 0;
    sd_notify::watchdog_enabled(false, &mut microseconds)
        .then(|| Duration::from_micros(microseconds / 2))
        .filter(|it| !it.is_zero())
}
