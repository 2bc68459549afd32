//! `grussd classify`

use std::process::ExitCode;

use super::Shell;
use crate::cli::ClassifyArgs;

/// Runs the command.
pub(crate) fn run(args: &ClassifyArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    anyhow::bail!("not there yet: {args:?} {shell:?}")
}
