//! The clock on the wall. What is written down carries its time; how long to wait is measured by
//! the steady clock of the runtime instead, which no administrator sets.

use jiff::Timestamp;

/// Tells the time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
