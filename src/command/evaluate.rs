//! `grussd evaluate`

use std::process::ExitCode;

use super::Shell;
use crate::cli::EvaluateArgs;

/// Runs the command.
pub(crate) fn run(args: &EvaluateArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not there yet: {args:?} {shell:?}")
}
