//! Tests of `check` on an account that answers from memory.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::check::look_at;
use crate::config::{Account, Config, FilingMode, Folders, SentFolder, Source};
use crate::mailbox::{
    Fetched, FilingMethod, FolderState, Listing, Mailbox, MailboxError, Mark, MessageKey, Survey,
    Transfer, Wake,
};

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
            aside: Vec::new(),
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
        panic!("check takes nothing back")
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
    look_at_used(account, mode, &BTreeSet::new(), connected)
}

/// The same where grussd has been at work in these folders.
fn look_at_used(
    account: &Account,
    mode: FilingMode,
    used: &BTreeSet<String>,
    connected: Result<Double, MailboxError>,
) -> (String, String) {
    let mut config = Config::new(PathBuf::from("/state"));
    config.filing.mode = mode;
    let (mut out, mut log) = (Vec::new(), Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let tally = runtime.block_on(look_at(account, &config, used, connected, &mut out, &mut log));
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
    let double =
        Double::new(&["INBOX", "Grüße/Werbung"]).survey(|it| it.sent = Some("Gesendet".to_owned()));
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

#[test]
fn a_folder_of_greetings_that_has_gone_is_a_problem() {
    let used = BTreeSet::from(["Grüße/Werbung".to_owned()]);
    let double = Double::new(&["INBOX", "Grüße/Werbungen"]);
    let (out, log) = look_at_used(&account(|_| {}), FilingMode::Move, &used, Ok(double));
    assert!(out.contains("Grüße/Persönlich is not there yet"), "{out}");
    assert_eq!(
        log,
        "main: the folder Grüße/Werbung is missing, into which mail was filed; if it was \
         renamed, name it anew, else it is made again for the next greeting; did you mean \
         Grüße/Werbungen?\n"
    );
}
