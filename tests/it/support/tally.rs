//! What a loop of kills found: how many messages were lost, doubled or changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Instant;

/// A message: the hash of its bytes, and everything else that must not change.
pub(crate) type Trace = (String, String);

/// Findings so far.
#[derive(Debug)]
pub(crate) struct Tally {
    name: String,
    begun: Instant,
    /// Kills.
    pub rounds: usize,
    /// Kills in the middle of something: the journal knew of moves without an end.
    pub interrupted: usize,
    lost: usize,
    doubled: usize,
    changed: usize,
    /// Messages that were not where they belong after the next pass.
    pub misfiled: usize,
}

impl Tally {
    /// Nothing so far; the clock runs.
    pub(crate) fn new(killed: &str, account: &str) -> Self {
        let name = format!("{killed} | {account}");
        let begun = Instant::now();
        let (rounds, interrupted, lost, doubled, changed, misfiled) = (0, 0, 0, 0, 0, 0);
        Tally { name, begun, rounds, interrupted, lost, doubled, changed, misfiled }
    }

    /// Compares everything that was there with everything that is.
    pub(crate) fn compare(&mut self, before: &[Trace], after: &[Trace]) {
        let count = |all: &[Trace]| {
            let mut found: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
            for (hash, rest) in all {
                *found.entry(hash.clone()).or_default().entry(rest.clone()).or_default() += 1;
            }
            found
        };
        let (before, after) = (count(before), count(after));
        let nothing = BTreeMap::new();
        for hash in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let [then, now] = [&before, &after].map(|it| it.get(hash).unwrap_or(&nothing));
            let [many, left] = [then, now].map(|it| it.values().sum::<usize>());
            self.lost += many.saturating_sub(left);
            self.doubled += left.saturating_sub(many);
            self.changed += usize::from(many == left && then != now);
        }
    }

    /// Says what was found, and fails unless that is nothing.
    #[track_caller]
    pub(crate) fn finish(self) {
        // By itself on a line, whatever the test runner writes.
        println!("\n{self}");
        let bad = self.lost + self.doubled + self.changed + self.misfiled;
        assert_eq!(bad, 0, "{self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { name, rounds, interrupted, lost, doubled, changed, misfiled, .. } = self;
        let seconds = self.begun.elapsed().as_secs();
        write!(
            f,
            "| {name} | {rounds} | {interrupted} | {lost} | {doubled} | {changed} | {misfiled} \
             | {seconds} |"
        )
    }
}

#[test]
fn what_happened_to_messages_is_told_apart() {
    let all = |text: &str| -> Vec<Trace> {
        text.split(' ').map(|it| it.split_at(1)).map(|(a, b)| (a.into(), b.into())).collect()
    };
    let mut tally = Tally::new("daemon", "x");
    tally.compare(&all("a1 a1 b1 c1 d1"), &all("a1 b1 b2 c2 d1"));
    assert_eq!((tally.lost, tally.doubled, tally.changed), (1, 1, 1));
}
