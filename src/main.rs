//! The command line of grussd.

mod core_dump;
mod failure;
mod logging;

use std::process::ExitCode;

use clap::Parser;
use grussd::cli::{Cli, Command};
use grussd::command::{self, Shell};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return failure::usage(&answer),
    };
    run(cli).unwrap_or_else(|error| failure::report(&error))
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    // What the demo has to say stands in its tables.
    let quiet = cli.quiet.max(u8::from(matches!(cli.command, Command::Demo(_))));
    logging::start(cli.verbose, quiet)?;
    core_dump::forbid()?;
    let shell = Shell { config: cli.config, model: cli.model };
    match &cli.command {
        Command::Run(args) => command::run::run(args, &shell),
        Command::Check(args) => command::check::run(args, &shell),
        Command::Classify(args) => command::classify::run(args, &shell),
        Command::Train(args) => command::train::run(args, &shell),
        Command::Evaluate(args) => command::evaluate::run(args, &shell),
        Command::Model(args) => command::model::run(args, &shell),
        Command::History(args) => command::history::run(args, &shell),
        Command::Undo(args) => command::undo::run(args, &shell),
        Command::Lessons(args) => command::lessons::run(args, &shell),
        Command::Forget(args) => command::lessons::run_forget(args, &shell),
        Command::Rehearse(args) => command::rehearse::run(args, &shell),
        Command::Demo(args) => command::demo::run(args, &shell),
    }
}
