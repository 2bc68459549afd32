//! `grussd demo`

mod mails;
mod row;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use super::{Shell, Stdout};
use crate::cli::DemoArgs;
use crate::verdict::Thresholds;

pub use mails::MAILS;
pub use row::{Row, rows};
pub use table::{Page, render};

/// Runs the command.
///
/// # Errors
/// Always, so far.
pub fn run(_args: &DemoArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let model = shell.read_model()?;
    let names = ["Petra Beispiel".to_owned()];
    let rows = rows(&model, &names, Thresholds::default(), MAILS.iter().map(|it| (*it, "Grüße/Persönlich".to_owned())));
    let page = match comfy_table::Table::new().width() { Some(w) => Page::Terminal(w), None => Page::Plain };
    let w: u16 = std::env::var("W").ok().and_then(|w| w.parse().ok()).unwrap_or(0);
    let page = if w > 0 { Page::Terminal(w) } else { page };
    write!(Stdout::lock(), "{}", render(&rows, Thresholds::default(), page))?;
    Ok(ExitCode::SUCCESS)
}
