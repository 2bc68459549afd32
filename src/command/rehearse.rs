//! `grussd rehearse`: judges the mail that is there already, and shows what would go where beside
//! where its owner keeps it. Changes nothing.

use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;

use comfy_table::{CellAlignment, Table, presets};

use super::accounts::{Visit, read_all};
use super::bar::Bar;
use super::own_mail::remembered;
use super::reading::read_folder;
use super::taught::taught;
use super::{Complaints, Shell, Stdout};
use crate::classify::{Label, Model};
use crate::cli::RehearseArgs;
use crate::config::{Account, Config};
use crate::mail;
use crate::mailbox::Mailbox;
use crate::store::Digest;
use crate::store::memory::Database;
use crate::text::escape::escape;
use crate::train::Progress;
use crate::verdict::{Verdict, decide};

/// Runs the command: 1 if an account can't be read.
///
/// # Errors
/// The configuration, the model or the state can't be used, or writing failed.
pub fn run(_: &RehearseArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let config = shell.load_accounts()?.config;
    let memory = remembered(&config.state_dir)?;
    let model = taught(&Rc::new(shell.read_model(&config)?), &config, &memory)?;
    let (mut bar, mut log) = (Bar::on_stderr(), Complaints::to(io::stderr()));
    let mut rehearsal = Rehearsal {
        model: &model,
        config: &config,
        memory: &memory,
        progress: |it: Progress<'_>| bar.show(it),
        confusion: Confusion::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let failed = |line: String| writeln!(log, "{}", escape(&line));
    let unreachable = runtime.block_on(read_all(&config.accounts, &mut rehearsal, failed))?;
    let Rehearsal { mut progress, confusion, .. } = rehearsal;
    progress(Progress::Done);
    let mut out = Stdout::lock();
    confusion.write(&mut out)?;
    out.flush()?;
    Ok(if unreachable == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Rehearsal<'a, P> {
    model: &'a Model,
    config: &'a Config,
    memory: &'a Database,
    progress: P,
    confusion: Confusion,
}

impl<P: FnMut(Progress<'_>)> Visit for Rehearsal<'_, P> {
    async fn visit<M: Mailbox>(
        &mut self,
        account: &Account,
        mailbox: &mut M,
    ) -> anyhow::Result<()> {
        let survey = mailbox.survey().await?;
        let greetings =
            Label::ALL.into_iter().filter_map(|it| Some((Some(it), account.folders.of(it)?)));
        let inboxes = account.folders.inbox.iter().map(|it| (None, it.as_str()));
        for (kept, folder) in greetings.chain(inboxes) {
            if folder != "INBOX" && !survey.folders.iter().any(|it| it == folder) {
                continue;
            }
            (self.progress)(Progress::Stage(&format!("judging {}", escape(folder))));
            read_folder(mailbox, folder, |bytes| {
                let own = self.memory.own_filing(&account.name, &Digest::of(bytes))?;
                let own = own.is_some_and(|it| it.folder == folder);
                let names = &self.config.me.names;
                let posterior = self.model.judge(&mail::parse(bytes), names).posterior;
                let verdict = decide(&posterior, self.config.filing.thresholds);
                self.confusion.count(kept, verdict, own);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

/// Rows: the folders by label, then the inbox. Columns: the labels, then unsure.
const SIDE: usize = Label::ALL.len() + 1;
const UNSURE: usize = Label::ALL.len();

/// Where messages are kept, and what is said of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Confusion {
    cells: [[usize; SIDE]; SIDE],
    /// Messages in folders of greetings that grussd has put there.
    own: usize,
}

impl Confusion {
    /// Counts a message; `kept` is none in an inbox.
    fn count(&mut self, kept: Option<Label>, verdict: Verdict, own: bool) {
        let row = kept.map_or(UNSURE, Label::index);
        let column = match verdict {
            Verdict::Sure(label) => label.index(),
            Verdict::Unsure => UNSURE,
        };
        if let Some(cell) = self.cells.get_mut(row).and_then(|it| it.get_mut(column)) {
            *cell += 1;
        }
        self.own += usize::from(own && kept.is_some());
    }

    fn cell(&self, row: usize, column: usize) -> usize {
        self.cells.get(row).and_then(|it| it.get(column)).copied().unwrap_or_default()
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = Label::ALL
            .into_iter()
            .filter(|it| *it != Label::Other)
            .map(|it| (format!("the folder for {it}"), it.index()));
        let mut table = Table::new();
        table.load_preset(presets::ASCII_MARKDOWN);
        let labels = Label::ALL.into_iter().map(|it| it.name().to_owned());
        table.set_header(
            [String::from("kept in \\ verdict")]
                .into_iter()
                .chain(labels)
                .chain(["unsure".to_owned()]),
        );
        for (name, row) in rows.chain([("the inbox".to_owned(), UNSURE)]) {
            let counts = (0..SIDE).map(|column| self.cell(row, column).to_string());
            table.add_row([name].into_iter().chain(counts));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(out, "{table}\n")?;
        let [personal, boilerplate, pitch, other] = Label::ALL.map(Label::index);
        let buried = self.cell(personal, boilerplate) + self.cell(personal, pitch);
        let moved = [personal, boilerplate, pitch].map(|it| self.cell(UNSURE, it));
        let stay = self.cell(UNSURE, other) + self.cell(UNSURE, UNSURE);
        writeln!(out, "{buried} of the mails that you keep as personal would be buried")?;
        writeln!(
            out,
            "of the inbox {} would be moved as personal, {} as boilerplate, {} as pitch; {stay} stay",
            moved[0], moved[1], moved[2]
        )?;
        if self.own > 0 {
            writeln!(
                out,
                "{} of the mails in the folders were filed by grussd itself and prove little",
                self.own
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_where_stands_against_the_verdicts() {
        let mut confusion = Confusion::default();
        let sure = Verdict::Sure;
        for (kept, verdict, own) in [
            (Some(Label::Personal), sure(Label::Personal), true),
            (Some(Label::Personal), sure(Label::Pitch), false),
            (Some(Label::Pitch), Verdict::Unsure, false),
            (None, sure(Label::Other), true),
            (None, sure(Label::Boilerplate), false),
            (None, Verdict::Unsure, false),
        ] {
            confusion.count(kept, verdict, own);
        }
        let mut out = Vec::new();
        confusion.write(&mut out).unwrap();
        let expected = "\
| kept in \\ verdict          | personal | boilerplate | pitch | other | unsure |
|----------------------------|----------|-------------|-------|-------|--------|
| the folder for personal    |        1 |           0 |     1 |     0 |      0 |
| the folder for boilerplate |        0 |           0 |     0 |     0 |      0 |
| the folder for pitch       |        0 |           0 |     0 |     0 |      1 |
| the inbox                  |        0 |           1 |     0 |     1 |      1 |

1 of the mails that you keep as personal would be buried
of the inbox 0 would be moved as personal, 1 as boilerplate, 0 as pitch; 2 stay
1 of the mails in the folders were filed by grussd itself and prove little
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
