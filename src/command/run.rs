//! `grussd run`

use std::process::ExitCode;

use super::Shell;
use crate::cli::RunArgs;

/// Runs the command.
///
/// # Errors
/// The configuration can't be used; and always, so far.
pub fn run(args: &RunArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let loaded = shell.load_accounts()?;
    anyhow::bail!("not there yet: {args:?} {:?}", loaded.file())
}
