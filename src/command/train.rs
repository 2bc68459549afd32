//! `grussd train`

use std::process::ExitCode;

use super::Shell;
use crate::cli::TrainArgs;

/// Runs the command.
///
/// # Errors
/// Always, so far.
pub fn run(args: &TrainArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not there yet: {args:?} {shell:?}")
}
