//! `grussd model`

use std::process::ExitCode;

use super::Shell;
use crate::cli::ModelArgs;

/// Runs the command.
///
/// # Errors
/// Always, so far.
pub fn run(args: &ModelArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not there yet: {args:?} {shell:?}")
}
