//! How a command ends that could not do its job: a line for each fault, and an exit status.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use grussd::command::ReaderGone;
use grussd::config::Problems;
use grussd::text::escape::escape;

/// Wrong configuration (`EX_CONFIG` of sysexits.h).
const BAD_CONFIGURATION: u8 = 78;

/// Says what the command line should have been, or what it asked for (`--help`).
pub(crate) fn usage(answer: &clap::Error) -> ExitCode {
    // Where nobody listens, nobody needs the answer.
    let _ = answer.print();
    u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Says what went wrong. That the reader of stdout had enough (`| head`) is no fault.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if is_reader_gone(error) {
        return ExitCode::SUCCESS;
    }
    match error.downcast_ref::<Problems>() {
        Some(problems) => {
            for problem in problems.iter() {
                // It is escaped, and shows a line of the file below.
                write_line(problem);
            }
            ExitCode::from(BAD_CONFIGURATION)
        }
        None => {
            write_line(escape(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

fn write_line(fault: impl Display) {
    // There is nowhere left to say that stderr is gone.
    let _ = writeln!(io::stderr().lock(), "grussd: {fault}");
}

fn is_reader_gone(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>()?.get_ref())
        .any(|cause| cause.is::<ReaderGone>())
}
