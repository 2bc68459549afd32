//! The order to stop, as every task of the daemon hears it.

use tokio::sync::watch;

/// Gives the order.
pub(super) struct Stopper(watch::Sender<bool>);

/// Hears it.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

/// Both ends.
pub(super) fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// From now on nothing new is begun.
    pub(super) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether it was given.
    pub(super) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for it. A daemon that has ended has given it too.
    pub(super) async fn ordered(&mut self) {
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}
