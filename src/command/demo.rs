//! `grussd demo`

use std::process::ExitCode;

use super::Shell;
use crate::cli::DemoArgs;

/// Runs the command.
///
/// # Errors
/// Always, so far.
pub fn run(args: &DemoArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not there yet: {args:?} {shell:?}")
}
