//! `grussd demo`: the main job on a mailbox of its own, by the daemon itself.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use comfy_table::{ContentArrangement, Table, presets};

use super::run::{RunOptions, serve, server};
use super::{Shell, Stdout};
use crate::classify::{Label, Model};
use crate::cli::DemoArgs;
use crate::config::{Account, Config, Folders, SentFolder, Source};
use crate::corpus::compose;
use crate::corpus::written;
use crate::mail::{self, Mail};
use crate::mailbox::utf7;
use crate::text::escape::escape;
use crate::verdict::{Verdict, decide};

/// Two dozen mails to one freelancer, in the form of the corpus.
const MAILBOX: &str = include_str!("demo/mailbox.txt");
/// How the owner of the mailbox is addressed.
const OWNER: &str = "Petra Beispiel";
/// Pieces of evidence that are shown.
const REASONS: usize = 3;
/// Characters of a quotation.
const QUOTE: usize = 60;
/// Columns where the terminal does not tell.
const WIDTH: u16 = 120;

/// One mail, as it was judged and where it is afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Who wrote it.
    pub who: String,
    /// Its subject.
    pub subject: String,
    /// The verdict.
    pub verdict: String,
    /// The strongest pieces of evidence, in words.
    pub why: String,
    /// The folder it lies in now; none if it stayed.
    pub folder: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// No folder for the mailbox can be made, or the pass failed.
pub fn run(_: &DemoArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let home = tempfile::tempdir().context("no temporary folder for the demo's mailbox")?;
    let maildir = home.path().join("Maildir");
    let mails: Vec<Vec<u8>> = written::parse(MAILBOX).0.iter().map(compose::message).collect();
    deliver(&maildir, &mails)?;
    let mut config = Config::new(home.path().join("state"));
    config.me.names.push(OWNER.to_owned());
    config.accounts.push(Account {
        name: "demo".to_owned(),
        source: Source::Maildir { path: maildir.clone() },
        folders: Folders { sent: SentFolder::Off, ..Folders::default() },
    });
    let load = || {
        let model = match &shell.model {
            Some(_) => shell.read_model(&config)?,
            None => Model::builtin()?,
        };
        anyhow::Ok((config.clone(), model))
    };
    let (_, model) = load()?;
    let options = RunOptions { once: true, dry_run: false, backlog: true };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = runtime.block_on(serve(options, load, server, &mut io::sink()))?;
    let folders = Folders::default();
    let rows: Vec<Row> = mails
        .iter()
        .enumerate()
        .map(|(at, bytes)| {
            let mail = mail::parse(bytes);
            row(&model, &config, &mail, folder_of(&maildir, &folders, at))
        })
        .collect();
    render(&rows, &mut Stdout::lock())?;
    Ok(tally.exit_code())
}

fn name(at: usize) -> String {
    format!("{:02}.demo", at + 1)
}

/// Lays the mails into a new Maildir.
fn deliver(maildir: &Path, mails: &[Vec<u8>]) -> io::Result<()> {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(part))?;
    }
    for (at, bytes) in mails.iter().enumerate() {
        fs::write(maildir.join("new").join(name(at)), bytes)?;
    }
    Ok(())
}

/// The folder that a mail was filed into, by what is on the disk.
fn folder_of(maildir: &Path, folders: &Folders, at: usize) -> Option<String> {
    let name = name(at);
    let holds = |folder: &str| {
        let directory = maildir.join(format!(".{}", utf7::encode(&folder.replace('/', "."))));
        ["cur", "new"].iter().any(|part| {
            let entries = fs::read_dir(directory.join(part)).into_iter().flatten().flatten();
            entries.into_iter().any(|it| it.file_name().to_string_lossy().starts_with(&name))
        })
    };
    Label::ALL.iter().filter_map(|it| folders.of(*it)).find(|it| holds(it)).map(str::to_owned)
}

fn row(model: &Model, config: &Config, mail: &Mail, folder: Option<String>) -> Row {
    let judgement = model.explain(mail, &config.me.names);
    let label = judgement.posterior.label();
    let verdict = match decide(&judgement.posterior, config.filing.thresholds) {
        Verdict::Sure(label) => label.to_string(),
        Verdict::Unsure => {
            format!("unsure ({label} {:.0} %)", 100.0 * judgement.posterior.of(label))
        }
    };
    // What speaks for the verdict, and only then what speaks against it.
    let (pro, contra): (Vec<_>, Vec<_>) =
        judgement.evidence.iter().partition(|it| it.label == label);
    let why: Vec<String> = pro
        .into_iter()
        .chain(contra)
        .take(REASONS)
        .map(|it| match &it.quote {
            Some(quote) => {
                format!("{}: “{}”", it.meaning, quote.chars().take(QUOTE).collect::<String>())
            }
            None => it.meaning.clone(),
        })
        .collect();
    Row {
        who: mail.from.as_ref().map_or_else(String::new, |it| it.name.clone()),
        subject: mail.subject.clone(),
        verdict,
        why: why.join("\n"),
        folder,
    }
}

/// Prints what was filed, then what stayed.
///
/// # Errors
/// Writing failed.
pub fn render(rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    let (filed, stayed): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|it| it.folder.is_some());
    writeln!(out, "Filed: {} of {} mails\n", filed.len(), rows.len())?;
    writeln!(out, "{}\n", table(&filed, true))?;
    writeln!(out, "Stayed in the inbox: no greeting, or not sure enough to touch it\n")?;
    writeln!(out, "{}\n", table(&stayed, false))?;
    writeln!(
        out,
        "This was a mailbox that is gone by now. For your own, copy config/grussd.toml, name your \
         account in it, and run `grussd check`."
    )
}

fn table(rows: &[&Row], folders: bool) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    let head = ["from", "subject", "verdict", "why", "folder"];
    table.set_header(head.into_iter().take(if folders { 5 } else { 4 }));
    for row in rows {
        let why: Vec<String> = row.why.lines().map(|it| escape(it).into_owned()).collect();
        let mut cells = vec![
            escape(&row.who).into_owned(),
            escape(&row.subject).into_owned(),
            row.verdict.clone(),
            why.join("\n"),
        ];
        cells.extend(row.folder.clone().filter(|_| folders));
        table.add_row(cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mailbox_is_sound() {
        let (entries, faults) = written::parse(MAILBOX);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(entries.len(), 24);
        for entry in &entries {
            let mail = mail::parse(&compose::message(entry));
            assert!(mail.from.is_some() && !mail.text.is_empty() && !mail.subject.is_empty());
        }
    }

    #[test]
    fn filed_and_stayed_apart() {
        let row = |folder: Option<&str>| Row {
            who: "Hanne\u{1b}".to_owned(),
            subject: "Gruß".to_owned(),
            verdict: "personal".to_owned(),
            why: "a wish".to_owned(),
            folder: folder.map(str::to_owned),
        };
        let mut out = Vec::new();
        render(&[row(Some("Grüße/Persönlich")), row(None)], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("Filed: 1 of 2 mails\n"), "{text}");
        assert!(text.contains("Grüße/Persönlich") && !text.contains('\u{1b}'), "{text}");
    }
}
