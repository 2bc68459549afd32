//! How far training is, on a terminal; elsewhere nothing is shown.

use std::fmt;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::train::Progress;

const READING: &str = "{msg} {bar:30} {pos} of {len} mails, {rate}, {eta} left";
const STAGE: &str = "{spinner} {msg} ({elapsed})";
const TICK: Duration = Duration::from_millis(200);

/// A line on standard error that is drawn over.
#[derive(Debug)]
pub(super) struct Bar {
    line: ProgressBar,
    reading: bool,
}

impl Bar {
    /// Draws on standard error if that is a terminal.
    pub(super) fn on_stderr() -> Self {
        Bar::on(ProgressDrawTarget::stderr())
    }

    fn on(target: ProgressDrawTarget) -> Self {
        Bar { line: ProgressBar::with_draw_target(None, target), reading: false }
    }

    /// Shows what is being done now.
    pub(super) fn show(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Read { done, all } => {
                if !self.reading {
                    self.reading = true;
                    self.line.disable_steady_tick();
                    self.line.set_style(style(READING));
                    self.line.set_message("reading");
                    self.line.set_length(all as u64);
                    self.line.reset();
                }
                self.line.set_position(done as u64);
            }
            Progress::Stage(name) => {
                self.reading = false;
                self.line.set_style(style(STAGE));
                self.line.set_message(name.to_owned());
                self.line.reset();
                self.line.enable_steady_tick(TICK);
            }
            Progress::Done => {
                self.line.disable_steady_tick();
                self.line.finish_and_clear();
            }
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // A test holds the templates to be sound; without them the line is plain.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            // A number too few shows nothing worse than no rate.
            let _ = write!(out, "{:.0}/s", state.per_sec());
        })
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    /// A terminal that keeps all that was ever written.
    #[derive(Debug, Default, Clone)]
    struct Terminal(Arc<Mutex<String>>);

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            100
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(&format!("{text}\n"))
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn mails_rate_time_left_and_stages() {
        let terminal = Terminal::default();
        let mut bar = Bar::on(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        bar.show(Progress::Stage("finding what belongs together"));
        (1..=40).for_each(|done| bar.show(Progress::Read { done, all: 80 }));
        bar.show(Progress::Stage("weighing the experts"));
        drop(bar);
        let shown = terminal.0.lock().unwrap();
        let expected =
            ["finding what belongs together (", " of 80 mails, ", "/s, ", "s left", "weighing the"];
        for it in expected {
            assert!(shown.contains(it), "no `{it}` in {shown:?}");
        }
    }

    #[test]
    fn templates_are_sound() {
        for template in [READING, STAGE] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
