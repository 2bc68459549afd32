//! `grussd check`: what the configuration amounts to, in sentences, and whether it can be done.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::own_mail::remembered;
use super::{Complaints, Shell, Stdout, Tally};
use crate::classify::Label;
use crate::cli::CheckArgs;
use crate::config::suggest::nearest;
use crate::config::{
    Account, Config, Filing, FilingMode, Folders, Imap, Loaded, SentFolder, Source, Tls,
};
use crate::mailbox::imap::ImapMailbox;
use crate::mailbox::maildir::MaildirMailbox;
use crate::mailbox::{FilingMethod, Mailbox, MailboxError, Survey};
use crate::plan::keyword;
use crate::store::memory::Database;
use crate::text::escape::escape;

/// Runs the command.
///
/// # Errors
/// The configuration can't be used, or writing failed.
pub fn run(_: &CheckArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let loaded = shell.load_accounts()?;
    let (mut out, mut log) = (Stdout::lock(), Complaints::to(io::stderr().lock()));
    write_head(&loaded, &mut out)?;
    let mut tally = Tally::default();
    let memory = remembered(&loaded.config.state_dir).and_then(|memory| {
        writeln!(out, "{}", lessons(&memory, Timestamp::now(), &TimeZone::system())?)?;
        Ok(memory)
    });
    if let Err(error) = &memory {
        writeln!(log, "{}", escape(&error.to_string()))?;
        tally.failed += 1;
    }
    let used = |account: &Account| {
        let found = memory.as_ref().ok().map(|it| it.used_folders(&account.name));
        found.and_then(Result::ok).unwrap_or_default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for account in &loaded.config.accounts {
        let (config, used) = (&loaded.config, used(account));
        let looked = match &account.source {
            Source::Imap(imap) => runtime.block_on(async {
                let connected = ImapMailbox::connect(imap).await;
                look_at(account, config, &used, connected, &mut out, &mut log).await
            }),
            Source::Maildir { path } => runtime.block_on(async {
                let opened = MaildirMailbox::open(path);
                look_at(account, config, &used, opened, &mut out, &mut log).await
            }),
        }?;
        tally.done += looked.done;
        tally.failed += looked.failed;
    }
    Ok(tally.exit_code())
}

fn write_head(loaded: &Loaded, out: &mut impl Write) -> io::Result<()> {
    let source = loaded.file().map_or_else(
        || "the environment".to_owned(),
        |file| escape(&file.to_string_lossy()).into_owned(),
    );
    let Config { state_dir, filing, .. } = &loaded.config;
    let Filing { thresholds, max_moves_per_cycle, .. } = filing;
    writeln!(out, "{source}: no problem")?;
    writeln!(
        out,
        "a greeting is filed as personal from a probability of {} on, as boilerplate or pitch \
         from {} on, at most {max_moves_per_cycle} at once; what grussd remembers is in {}",
        thresholds.min_personal,
        thresholds.min_bury,
        escape(&state_dir.to_string_lossy()),
    )
}

/// What was taught lately.
fn lessons(memory: &Database, now: Timestamp, zone: &TimeZone) -> anyhow::Result<String> {
    let month = now.checked_sub(SignedDuration::from_hours(24 * 30)).unwrap_or(Timestamp::MIN);
    let (count, last) = memory.count_lessons(month)?;
    Ok(match last {
        None => "no lesson yet; a mail that you move into, out of or between the folders is one"
            .to_owned(),
        Some(last) => format!(
            "last lesson: {}; lessons of 30 days: {count}",
            last.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M")
        ),
    })
}

/// Says where an account's mail is and which folder feeds which.
fn write_intent(account: &Account, config: &Config, out: &mut impl Write) -> io::Result<()> {
    for sentence in [place(&account.source), feeds(&account.folders, config.filing.mode)] {
        write_sentence(account, &sentence, out)?;
    }
    Ok(())
}

fn write_sentence(account: &Account, sentence: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}: {}", escape(&account.name), escape(sentence))
}

fn place(source: &Source) -> String {
    match source {
        Source::Imap(Imap { host, port, tls, user, .. }) => {
            let protection = match tls {
                Tls::Implicit => "by TLS",
                Tls::StartTls => "by STARTTLS",
                Tls::None => "without TLS",
            };
            format!("mail of {user} on {host}, port {port}, {protection}")
        }
        Source::Maildir { path } => format!("mail in the Maildir {}", path.display()),
    }
}

fn feeds(folders: &Folders, mode: FilingMode) -> String {
    let Folders { inbox, personal, boilerplate, pitch, .. } = folders;
    let judged = format!("new mail in {} is judged", list(inbox));
    match mode {
        FilingMode::Move => format!(
            "{judged}; personal wishes go to {personal}, boilerplate to {boilerplate}, pitches to \
             {pitch}; all else stays"
        ),
        FilingMode::Tag => format!(
            "{judged}; personal wishes get the keyword {}, boilerplate {}, pitches {}; all stays",
            keyword(Label::Personal),
            keyword(Label::Boilerplate),
            keyword(Label::Pitch),
        ),
        FilingMode::Off => format!("{judged}; all stays, since filing is off"),
    }
}

/// What a look at an account finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// What is as it should be, or will be made so.
    pub sentences: Vec<String>,
    /// What has to be mended.
    pub problems: Vec<String>,
}

/// Says of one account what is meant to happen and what was found on it: to `out` what is well, to
/// `log` every problem. `used` are the folders in which grussd has been at work, `connected` is what
/// became of logging in.
///
/// # Errors
/// Writing failed.
pub async fn look_at<M: Mailbox>(
    account: &Account,
    config: &Config,
    used: &BTreeSet<String>,
    connected: Result<M, MailboxError>,
    out: &mut impl Write,
    log: &mut impl Write,
) -> io::Result<Tally> {
    write_intent(account, config, out)?;
    let findings = match connected {
        Ok(mut mailbox) => {
            let findings = examine(account, config.filing.mode, used, &mut mailbox).await;
            // Everything has been asked; how the server takes its leave changes nothing.
            let _ = mailbox.close().await;
            findings
        }
        Err(error) => Findings { problems: vec![error.to_string()], ..Findings::default() },
    };
    for sentence in &findings.sentences {
        write_sentence(account, sentence, out)?;
    }
    out.flush()?;
    for problem in &findings.problems {
        write_sentence(account, problem, log)?;
    }
    let failed = findings.problems.len();
    Ok(Tally { done: usize::from(failed == 0), failed })
}

/// Looks whether an account can do what its configuration says; changes nothing.
pub async fn examine(
    account: &Account,
    mode: FilingMode,
    used: &BTreeSet<String>,
    mailbox: &mut impl Mailbox,
) -> Findings {
    let mut findings = Findings::default();
    let survey = match mailbox.survey().await {
        Ok(survey) => survey,
        Err(error) => {
            findings.problems.push(error.to_string());
            return findings;
        }
    };
    findings.sentences.push(format!("logged in; {}", survey.description));
    findings.method(&survey.method, mode);
    for folder in &account.folders.inbox {
        if survey.has(folder) {
            findings.inbox(folder, mode, mailbox).await;
        } else {
            findings
                .problems
                .push(format!("there is no folder {folder} to watch{}", survey.alike(folder)));
        }
    }
    if mode == FilingMode::Move {
        let Folders { personal, boilerplate, pitch, .. } = &account.folders;
        for folder in [personal, boilerplate, pitch].into_iter().filter(|it| !survey.has(it)) {
            if used.contains(folder) {
                findings.problems.push(format!(
                    "the folder {folder} is missing, into which mail was filed; if it was renamed, \
                     name it anew, else it is made again for the next greeting{}",
                    survey.alike(folder)
                ));
            } else {
                findings.sentences.push(format!("{folder} is not there yet and will be created"));
            }
        }
    }
    findings.sent(&account.folders.sent, &survey);
    findings
}

impl Findings {
    fn method(&mut self, method: &FilingMethod, mode: FilingMode) {
        match method {
            FilingMethod::Move => self.sentences.push("mail is moved in one step".to_owned()),
            FilingMethod::CopyThenRemove => self.sentences.push(
                "mail is copied, the copy compared, and only then the original removed".to_owned(),
            ),
            FilingMethod::Impossible(why) if mode == FilingMode::Move => self
                .problems
                .push(format!("mail can't be moved safely: {why}; set mode = \"tag\" or \"off\"")),
            FilingMethod::Impossible(_) => {}
        }
    }

    async fn inbox(&mut self, folder: &str, mode: FilingMode, mailbox: &mut impl Mailbox) {
        match mailbox.status(folder).await {
            Ok(state) if state.read_only && mode != FilingMode::Off => {
                self.problems.push(format!("nothing can be changed in {folder}: it is read-only"));
            }
            Ok(state) => self.sentences.push(format!(
                "{folder} holds {} messages; those of before the first run stay untouched, unless \
                 `grussd run --backlog` takes them in",
                state.messages
            )),
            Err(error) => self.problems.push(format!("{folder}: {error}")),
        }
    }

    fn sent(&mut self, sent: &SentFolder, survey: &Survey) {
        match (sent, &survey.sent) {
            (SentFolder::Off, _) => {}
            (SentFolder::Auto, Some(folder)) => {
                self.sentences.push(format!("sent mail is in {folder}, as the server says"));
            }
            (SentFolder::Auto, None) => self.sentences.push(
                "which folder holds sent mail is not known: name it as `sent`, or set sent = false"
                    .to_owned(),
            ),
            (SentFolder::Named(folder), _) if survey.has(folder) => {
                self.sentences.push(format!("sent mail is in {folder}"));
            }
            (SentFolder::Named(folder), _) => self
                .problems
                .push(format!("there is no folder {folder} of sent mail{}", survey.alike(folder))),
        }
    }
}

impl Survey {
    /// Whether a folder is there. The inbox always is (RFC 9051, 5.1).
    fn has(&self, folder: &str) -> bool {
        folder == "INBOX" || self.folders.iter().any(|it| it == folder)
    }

    fn alike(&self, folder: &str) -> String {
        nearest(folder, self.folders.iter().map(String::as_str))
            .map_or_else(String::new, |name| format!("; did you mean {name}?"))
    }
}

/// `A`, `A and B`, `A, B and C`.
fn list(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
