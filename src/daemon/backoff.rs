//! How long to leave a server alone. Pure: chance and time come from outside.

use std::time::Duration;

/// First pause after a passing trouble; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(300);
/// A connection that lived this long was a good one: the next pause is the first again.
const GOOD: Duration = Duration::from_secs(120);
/// Pause after what only the owner can mend: with it there are three tries an hour, so that no
/// server locks the account for a wrong password.
const FOR_OWNER: Duration = Duration::from_secs(1205);
/// Jitter, as a share of the pause: many daemons don't come back at once.
const JITTER: f64 = 0.25;

/// Who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Time.
    Passing,
    /// The owner: a refused password, a certificate, a secret that can't be read.
    ForOwner,
}

/// Pauses so far.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after a connection, or an attempt at one, that lived for `lived`. `chance` is in
    /// `0.0..=1.0`.
    pub(super) fn pause(&mut self, trouble: Trouble, lived: Duration, chance: f64) -> Duration {
        if lived >= GOOD {
            self.failures = 0;
        }
        let pause = match trouble {
            Trouble::ForOwner => FOR_OWNER,
            Trouble::Passing => FIRST.saturating_mul(1 << self.failures.min(8)).min(LONGEST),
        };
        self.failures += 1;
        pause.mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0))
    }
}

/// A number in `0.0..=1.0` that differs between processes and calls.
pub(super) fn chance() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    f64::from(u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or_default())
        / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many tries fall into `span`, if each lives for `lived`.
    fn tries(trouble: Trouble, lived: Duration, chance: f64, span: Duration) -> usize {
        let (mut backoff, mut now, mut tries) = (Backoff::default(), Duration::ZERO, 0);
        while now <= span {
            tries += 1;
            now += lived + backoff.pause(trouble, lived, chance);
        }
        tries
    }

    /// FAULTS.md D52 and D53.
    #[test]
    fn servers_are_left_alone() {
        for seconds in [0, 1, 60, 119, 120, 121] {
            let lived = Duration::from_secs(seconds);
            for chance in [0.0, 0.5, 1.0, 7.0] {
                let ten_minutes = Duration::from_secs(600);
                assert!(tries(Trouble::Passing, lived, chance, ten_minutes) <= 10);
                let hour = Duration::from_secs(3600);
                assert!(tries(Trouble::ForOwner, lived, chance, hour) <= 3);
            }
        }
    }

    #[test]
    fn a_good_connection_begins_anew() {
        let mut backoff = Backoff::default();
        for expected in [5, 10, 20, 40, 80, 160, 300, 300] {
            let pause = backoff.pause(Trouble::Passing, Duration::ZERO, 0.0);
            assert_eq!(pause, Duration::from_secs(expected));
        }
        assert_eq!(backoff.pause(Trouble::Passing, GOOD, 0.0), FIRST);
    }

    #[test]
    fn chance_is_a_share() {
        assert!((0..1000).map(|_| chance()).all(|it| (0.0..=1.0).contains(&it)));
        assert_ne!(chance(), chance());
    }
}
