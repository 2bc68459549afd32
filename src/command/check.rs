//! `grussd check`: what the configuration amounts to, in sentences, and whether it can be done.

use std::io::{self, Write};
use std::process::ExitCode;

use super::{Shell, Stdout, Tally};
use crate::classify::Label;
use crate::cli::CheckArgs;
use crate::config::suggest::nearest;
use crate::config::{
    Account, Config, Filing, FilingMode, Folders, Imap, Loaded, SentFolder, Source, Tls,
};
use crate::mailbox::{FilingMethod, Mailbox, MailboxError, Survey};
use crate::plan::keyword;
use crate::text::escape::escape;

/// Runs the command.
///
/// # Errors
/// The configuration can't be used, or writing failed.
pub fn run(_: &CheckArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let loaded = shell.load_accounts()?;
    let mut out = Stdout::lock();
    write_head(&loaded, &mut out)?;
    for account in &loaded.config.accounts {
        write_intent(account, &loaded.config, &mut out)?;
    }
    Ok(ExitCode::SUCCESS)
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
/// `log` every problem. `connected` is what became of logging in.
///
/// # Errors
/// Writing failed.
pub async fn look_at<M: Mailbox>(
    account: &Account,
    config: &Config,
    connected: Result<M, MailboxError>,
    out: &mut impl Write,
    log: &mut impl Write,
) -> io::Result<Tally> {
    write_intent(account, config, out)?;
    let findings = match connected {
        Ok(mut mailbox) => {
            let findings = examine(account, config.filing.mode, &mut mailbox).await;
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
pub async fn examine(account: &Account, mode: FilingMode, mailbox: &mut impl Mailbox) -> Findings {
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
            findings.sentences.push(format!("{folder} is not there yet and will be created"));
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::mailbox::{Fetched, FolderState, Listing, Mark, MessageKey, Transfer, Wake};

    /// An account that answers what `check` asks, and fails the test if anything else is asked:
    /// a check changes nothing.
    struct Double {
        survey: Result<Survey, MailboxError>,
        read_only: bool,
    }

    impl Double {
        fn new(folders: &[&str]) -> Self {
            let survey = Survey {
                folders: folders.iter().map(|it| (*it).to_owned()).collect(),
                sent: None,
                method: FilingMethod::Move,
                description: "Dovecot, IDLE, MOVE".to_owned(),
            };
            Double { survey: Ok(survey), read_only: false }
        }

        fn survey(mut self, change: impl FnOnce(&mut Survey)) -> Self {
            change(self.survey.as_mut().unwrap());
            self
        }
    }

    impl Mailbox for Double {
        async fn survey(&mut self) -> Result<Survey, MailboxError> {
            let gone = || Err(MailboxError::Protocol("asked twice".to_owned()));
            std::mem::replace(&mut self.survey, gone())
        }

        async fn status(&mut self, folder: &str) -> Result<FolderState, MailboxError> {
            if folder == "Kaputt" {
                return Err(MailboxError::NoFolder(folder.to_owned()));
            }
            Ok(FolderState { mark: Mark::Maildir, messages: 7, read_only: self.read_only })
        }

        async fn close(self) -> Result<(), MailboxError> {
            Ok(())
        }

        async fn ensure_folder(&mut self, _: &str) -> Result<(), MailboxError> {
            panic!("check creates no folder")
        }

        async fn list(&mut self, _: &str, _: Option<&Mark>) -> Result<Vec<Listing>, MailboxError> {
            panic!("check lists no mail")
        }

        async fn fetch(
            &mut self,
            _: &str,
            _: &[MessageKey],
            _: usize,
        ) -> Result<Vec<Fetched>, MailboxError> {
            panic!("check reads no mail")
        }

        async fn find(&mut self, _: &str, _: &str) -> Result<Vec<MessageKey>, MailboxError> {
            panic!("check looks for no mail")
        }

        async fn relocate(
            &mut self,
            _: &str,
            _: &[MessageKey],
            _: &str,
        ) -> Result<Vec<Transfer>, MailboxError> {
            panic!("check moves nothing")
        }

        async fn copy(
            &mut self,
            _: &str,
            _: &[MessageKey],
            _: &str,
        ) -> Result<Vec<Transfer>, MailboxError> {
            panic!("check copies nothing")
        }

        async fn remove_copied(&mut self, _: &str, _: &[MessageKey]) -> Result<(), MailboxError> {
            panic!("check removes nothing")
        }

        async fn keep(&mut self, _: &str, _: &[MessageKey]) -> Result<(), MailboxError> {
            panic!("check keeps nothing")
        }

        async fn tag(&mut self, _: &str, _: &[MessageKey], _: &str) -> Result<(), MailboxError> {
            panic!("check tags nothing")
        }

        async fn wait(&mut self, _: &[String], _: Duration) -> Result<Wake, MailboxError> {
            panic!("check doesn't wait")
        }
    }

    fn account(change: impl FnOnce(&mut Folders)) -> Account {
        let mut folders = Folders::default();
        change(&mut folders);
        let source = Source::Maildir { path: PathBuf::from("/srv/mail") };
        Account { name: "main".to_owned(), source, folders }
    }

    /// What is printed for an account, and what is complained about.
    fn look(
        account: &Account,
        mode: FilingMode,
        connected: Result<Double, MailboxError>,
    ) -> (String, String) {
        let mut config = Config::new(PathBuf::from("/state"));
        config.filing.mode = mode;
        let (mut out, mut log) = (Vec::new(), Vec::new());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let tally = runtime.block_on(look_at(account, &config, connected, &mut out, &mut log));
        let log = String::from_utf8(log).unwrap();
        assert_eq!(tally.unwrap().failed, log.lines().count());
        (String::from_utf8(out).unwrap(), log)
    }

    /// Checks the sentences behind those that say what is meant to happen.
    #[track_caller]
    fn check(
        account: &Account,
        mode: FilingMode,
        double: Double,
        sentences: &[&str],
        problems: &[&str],
    ) {
        let (out, log) = look(account, mode, Ok(double));
        let found: Vec<&str> = out.lines().skip(2).collect();
        assert_eq!(found, sentences);
        assert_eq!(log.lines().collect::<Vec<_>>(), problems);
    }

    const HOLDS: &str = "main: INBOX holds 7 messages; those of before the first run stay \
                         untouched, unless `grussd run --backlog` takes them in";

    #[test]
    fn a_healthy_account_on_its_first_day() {
        let double = Double::new(&["INBOX", "Grüße/Werbung"])
            .survey(|it| it.sent = Some("Gesendet".to_owned()));
        check(
            &account(|_| {}),
            FilingMode::Move,
            double,
            &[
                "main: logged in; Dovecot, IDLE, MOVE",
                "main: mail is moved in one step",
                HOLDS,
                "main: Grüße/Persönlich is not there yet and will be created",
                "main: Grüße/Textbausteine is not there yet and will be created",
                "main: sent mail is in Gesendet, as the server says",
            ],
            &[],
        );
    }

    #[test]
    fn every_problem_is_said_at_once() {
        let account = account(|folders| {
            folders.inbox = ["INBOX", "Famile", "Kaputt"].map(str::to_owned).into();
            folders.sent = SentFolder::Named("Gesendete".to_owned());
        });
        let mut double = Double::new(&["Familie", "Kaputt", "Gesendet"])
            .survey(|it| it.method = FilingMethod::Impossible("no UIDPLUS".to_owned()));
        double.read_only = true;
        let (out, log) = look(&account, FilingMode::Move, Ok(double));
        assert_eq!(
            log.lines().collect::<Vec<_>>(),
            [
                "main: mail can't be moved safely: no UIDPLUS; set mode = \"tag\" or \"off\"",
                "main: nothing can be changed in INBOX: it is read-only",
                "main: there is no folder Famile to watch; did you mean Familie?",
                "main: Kaputt: there is no folder Kaputt",
                "main: there is no folder Gesendete of sent mail; did you mean Gesendet?",
            ],
            "{out}"
        );
    }

    #[test]
    fn what_is_not_moved_needs_no_folder() {
        let double = || {
            Double::new(&["INBOX"]).survey(|it| {
                it.method = FilingMethod::Impossible("no UIDPLUS".to_owned());
            })
        };
        let account = account(|folders| folders.sent = SentFolder::Off);
        for mode in [FilingMode::Tag, FilingMode::Off] {
            let sentences = ["main: logged in; Dovecot, IDLE, MOVE", HOLDS];
            check(&account, mode, double(), &sentences, &[]);
        }
    }

    #[test]
    fn sent_mail_that_nobody_names() {
        let account = account(|folders| folders.inbox.clear());
        let double = Double::new(&[]).survey(|it| it.method = FilingMethod::CopyThenRemove);
        check(
            &account,
            FilingMode::Tag,
            double,
            &[
                "main: logged in; Dovecot, IDLE, MOVE",
                "main: mail is copied, the copy compared, and only then the original removed",
                "main: which folder holds sent mail is not known: name it as `sent`, or set \
                 sent = false",
            ],
            &[],
        );
    }

    #[test]
    fn what_is_meant_to_happen() {
        let account = account(|folders| {
            folders.inbox = ["INBOX", "Familie", "Verein"].map(str::to_owned).into();
        });
        for (mode, expected) in [
            (
                FilingMode::Move,
                "main: new mail in INBOX, Familie and Verein is judged; personal wishes go to \
                 Grüße/Persönlich, boilerplate to Grüße/Textbausteine, pitches to Grüße/Werbung; \
                 all else stays",
            ),
            (
                FilingMode::Tag,
                "main: new mail in INBOX, Familie and Verein is judged; personal wishes get the \
                 keyword GrussdPersonal, boilerplate GrussdBoilerplate, pitches GrussdPitch; all \
                 stays",
            ),
            (
                FilingMode::Off,
                "main: new mail in INBOX, Familie and Verein is judged; all stays, since filing \
                 is off",
            ),
        ] {
            let refused = MailboxError::Login { user: "petra".to_owned(), text: "no".to_owned() };
            let (out, log) = look(&account, mode, Err(refused));
            let out: Vec<&str> = out.lines().collect();
            assert_eq!(out, ["main: mail in the Maildir /srv/mail", expected]);
            assert_eq!(log, "main: login refused for petra: no\n");
        }
    }

    #[test]
    fn what_a_server_says_stays_on_its_line() {
        let double = Double::new(&["INBOX"]).survey(|it| {
            it.description = "Evil\r\nmain: all is well\u{1b}[2J".to_owned();
        });
        let (out, _) = look(&account(|_| {}), FilingMode::Off, Ok(double));
        assert!(out.contains("main: logged in; Evil\\r\\nmain: all is well\\u{1b}[2J\n"), "{out}");
    }
}
