//! `grussd demo`: the main job on a mailbox that is made for it, without server and configuration.
//!
//! ```text
//! mails -> pass (a Maildir, and the daemon's own pass over it) -> row -> table
//! ```

mod mails;
mod pass;
mod row;
mod table;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context as _;

use super::{Shell, Stdout};
use crate::classify::Label;
use crate::cli::DemoArgs;
use crate::verdict::{Thresholds, Verdict};

pub use mails::MAILS;
pub use row::{Reason, Row, rows};
pub use table::{Page, render};

/// Runs the command.
///
/// # Errors
/// The model can't be used, the mailbox can't be made, the pass failed, or writing did.
pub fn run(_: &DemoArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let dir = tempfile::tempdir().context("making a temporary folder")?;
    let config = pass::config(dir.path());
    let model = shell.read_model(&config)?;
    let sorted = pass::sort(dir.path(), &config, &model)?;
    let thresholds = config.filing.thresholds;
    let rows = rows(&model, &config.me.names, thresholds, sorted);
    write(&rows, thresholds, Page::of_stdout(), &mut Stdout::lock())?;
    Ok(ExitCode::SUCCESS)
}

/// Tells the story around the tables.
fn write(rows: &[Row], thresholds: Thresholds, page: Page, out: &mut impl Write) -> io::Result<()> {
    let stays = |it: &&Row| matches!(it.verdict, Verdict::Unsure | Verdict::Sure(Label::Other));
    let stayed = rows.iter().filter(stays).count();
    writeln!(
        out,
        "Petra Beispiel is a translator, and her birthday is on 23 December. {} mails came\n\
         into her inbox around Christmas. `grussd run --once --backlog` has just been there:\n\
         {} greetings are in their folders now, {stayed} mails stayed.\n",
        rows.len(),
        rows.len() - stayed,
    )?;
    write!(out, "{}", render(rows, thresholds, page))?;
    writeln!(
        out,
        "\nThe mailbox was made for this and is gone. For your own, copy config/grussd.toml to\n\
         ~/.config/grussd/grussd.toml, enter your account, and run `grussd check`."
    )
}
