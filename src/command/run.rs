//! `grussd run`

use std::process::ExitCode;

use super::Shell;
use crate::cli::RunArgs;

/// Runs the command.
///
/// # Errors
/// Always, so far.
pub fn run(args: &RunArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not there yet: {args:?} {shell:?}")
}
