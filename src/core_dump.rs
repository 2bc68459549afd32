//! A core dump would hold the password and the mail that is being read.

use anyhow::Context;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Forbids one, whatever limits the process was started with. RLIMIT_CORE alone would not do: a
/// program that takes the dumps (`core_pattern` with `|`) is given them all the same (core(5)).
pub(crate) fn forbid() -> anyhow::Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).context("core dumps can't be forbidden")
}

#[cfg(test)]
mod tests {
    use rustix::process::dumpable_behavior;

    use super::*;

    #[test]
    fn none_is_written() {
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
        forbid().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
