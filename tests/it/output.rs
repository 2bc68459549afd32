//! What strangers write, as it is shown: by every command that shows any of it, on every stream.
//! FAULTS.md C35 and C38.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use grussd::config::Imap;
use grussd::text::escape::is_dangerous;
use tempfile::TempDir;

use super::support::program::{Run, configure, grussd, run, write_private};
use super::support::scripted::{Peer, Script};

/// Clears the screen, forges a line of the log, turns the reading direction, rings.
const EVIL: &str = "\u{1b}[2J\u{9b}31m\r\n2026-12-24 12:00:00 ERROR forged\u{202e}\u{2066}\u{7}";

/// The same as a header field may carry it.
const ENCODED: &str =
    "=?utf-8?q?=1B=5B2J=C2=9B31m=0D=0A2026-12-24_ERROR_forged=E2=80=AE=E2=81=A6=07?=";

fn mail(id: usize) -> Vec<u8> {
    format!(
        "From: {ENCODED} <a\u{1b}[2J@example.net>\r\nTo: petra@example.org\r\n\
         Message-ID: <{id}\u{1b}[2J\u{202e}@example.net>\r\n\
         Subject: Alles Gute zum Geburtstag {ENCODED}\r\n\
         Content-Type: text/plain; charset=utf-8; name=\"{ENCODED}\"\r\n\r\n\
         Liebe Petra,\r\nalles Liebe\u{1b}[2J zum\u{202e} Geburtstag\u{9b}31m und viel Glück!\r\n{EVIL}\r\n"
    )
    .into_bytes()
}

struct Home(TempDir);

impl Home {
    fn new(config: &str) -> Self {
        let home = Home(TempDir::new().unwrap());
        configure(home.0.path(), config);
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(home.path("Maildir").join(part)).unwrap();
        }
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn deliver(&self, id: usize) {
        let name = format!("{id}.\u{1b}[2J\u{202e}\nforged.host");
        fs::write(self.path("Maildir/new").join(name), mail(id)).unwrap();
    }

    /// Runs the program, and looks at what it shows.
    #[track_caller]
    fn say(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = grussd(self.0.path(), arguments);
        command.env("PATH", "/usr/bin:/bin").envs(variables.iter().copied());
        let run = run(command);
        for shown in [&run.stdout, &run.stderr] {
            let raw = shown.chars().find(|it| is_dangerous(*it) && !matches!(it, '\n' | '\t'));
            assert_eq!(raw, None, "{arguments:?}: {shown}");
            let forged = shown.lines().any(|it| it.starts_with("2026-12-24 12:00:00 ERROR"));
            assert!(!forged, "{arguments:?}: {shown}");
        }
        run
    }
}

const MAILDIR: &str = "[account.main.maildir]\npath = \"../../Maildir\"\n";

#[test]
fn a_mail_steers_no_terminal() {
    let home = Home::new(&format!("[filing]\nmin_bury = 0.6\nmin_personal = 0.6\n{MAILDIR}"));
    home.say(&["run", "--once"], &[]);
    (1..=3).for_each(|it| home.deliver(it));
    let maildir = home.path("Maildir");
    let maildir = maildir.to_str().unwrap();
    for arguments in [
        &["classify", maildir][..],
        &["classify", "--explain", maildir],
        &["classify", "--json", "--explain", maildir],
        &["check", "-vvv"],
    ] {
        let run = home.say(arguments, &[]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(!run.stdout.is_empty());
    }
    let json = home.say(&["classify", "--json", "--explain", maildir], &[]).stdout;
    assert_eq!(json.lines().count(), 3);
    for line in json.lines() {
        let shown: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(shown["source"].as_str().unwrap().contains('\u{202e}'), "the data is whole");
    }
    let planned = home.say(&["run", "--once", "--dry-run", "-vvv"], &[("GRUSSD_LOG", "trace")]);
    assert_eq!(planned.stdout.lines().count(), 3, "{}", planned.stdout);
    assert!(planned.stdout.contains("\\u{1b}[2J"), "{}", planned.stdout);
    let filed = home.say(&["run", "--once", "-vvv"], &[("GRUSSD_LOG", "trace")]);
    assert_eq!(filed.status, 0, "{}", filed.stderr);
    assert!(filed.stderr.contains("filed into"), "{}", filed.stderr);
}

#[test]
fn a_path_steers_no_terminal() {
    let home = Home::new(MAILDIR);
    let folder = home.path("evil");
    fs::create_dir(&folder).unwrap();
    let name = OsStr::from_bytes(b"a\x1b[2J\n2026-12-24 12:00:00 ERROR forged\xff.eml");
    fs::write(folder.join(name), "no mail").unwrap();
    fs::create_dir(folder.join(format!("b{}", EVIL.replace(['\r', '\n'], " ")))).unwrap();
    let folder = folder.to_str().unwrap();
    home.say(&["classify", folder], &[]);
    home.say(&["classify", "--json", folder], &[]);
    home.say(&["evaluate", folder], &[]);
    for evil in [EVIL, "x\u{1b}]0;title\u{7}", "\u{202e}lme.a"] {
        home.say(&["classify", evil], &[]);
        home.say(&["classify", "--json", evil], &[]);
        home.say(&["evaluate", evil], &[]);
        home.say(&["model", "load", evil], &[]);
        home.say(&["--model", evil, "classify", folder], &[]);
        home.say(&["--config", evil, "check"], &[]);
        home.say(&["check"], &[("GRUSSD__FILING__MODE", evil), ("GRUSSD__ME__NAMES", evil)]);
        home.say(&["check"], &[("GRUSSD_LOG", evil)]);
    }
}

#[test]
fn a_configuration_steers_no_terminal() {
    let basic = |text: &str| serde_json::to_string(text).unwrap();
    for line in [
        format!("personal = {}", basic(EVIL)),
        format!("personal = {}", basic("a\u{202e}b")),
        format!("sent = {}", basic("Gesendet\u{202e}\u{1b}[2J")),
        format!("{} = 1", basic(EVIL)),
        "personal = \"\u{202e}\u{9b}31m\"".to_owned(),
    ] {
        let home = Home::new(&format!("{MAILDIR}[account.main.folders]\n{line}\n"));
        home.deliver(1);
        for arguments in [&["check"][..], &["run", "--once", "--backlog", "-vvv"]] {
            home.say(arguments, &[]);
        }
    }
}

/// Names of folders as a server tells them, and its words.
#[test]
fn a_server_steers_no_terminal() {
    let talk = |script: Script| {
        script
            .hear("LIST \"\" \"\\*\"")
            .say("* LIST () \"/\" INBOX")
            .say("* LIST () \"/\" \"Sent&ABs-[2J&IC4-\"")
            .raw(b"* LIST () \"/\" \"Raw\x1b[2J\xe2\x80\xae\"\r\n")
            .raw(b"* LIST () \"/\" {9}\r\nx\x1b[2J\r\ny\x07\r\n")
            .tagged("OK \u{1b}[2Jdone")
            .hear("ID .*")
            .raw(b"* ID (\"name\" \"Do\x1b[2J\xe2\x80\xaevecot\" \"version\" \"1\x9b31m\")\r\n")
            .tagged("OK done")
            .hear("SELECT \"INBOX\"")
            .tagged("NO [NOPERM] \u{1b}[2J\u{202e}2026-12-24 12:00:00 ERROR forged")
            .hear("LIST .*")
            .say("* LIST () \"/\" INBOX")
            .tagged("OK done")
            .hear("LOGOUT")
            .tagged("OK")
    };
    let greeted =
        |name: &str| talk(Script::logged_in(&format!("IMAP4rev1 MOVE UIDPLUS ID {name}")));
    let peer = Peer::play(greeted("X\u{1b}[2J"));
    let Imap { port, .. } = peer.config();
    let home = Home::new("");
    write_account(&home, port, "Sentx[2Jx");
    let run = home.say(&["check", "-vvv"], &[("GRUSSD_LOG", "trace")]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    peer.finish();
    assert!(run.stderr.contains("\\u{1b}[2J"), "{}", run.stderr);
}

fn write_account(home: &Home, port: u16, sent: &str) {
    let password = home.path("password");
    write_private(&password, "x");
    let config = format!(
        "[account.main.imap]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\
         user = \"petra\"\npassword_file = {:?}\n[account.main.folders]\nsent = \"{sent}\"\n",
        password.to_str().unwrap()
    );
    configure(home.0.path(), &config);
}

/// FAULTS.md C38: a folder of a Maildir lies in the Maildir, whatever it is called.
#[test]
fn a_folder_name_leads_nowhere_else() {
    for name in [
        "../x",
        "../../x",
        "/etc/x",
        "a/../../x",
        "..",
        ".",
        "./x",
        "a//b",
        "x/",
        "",
        "\\u0000",
        "x\\u0000y",
        "cur",
        "../Maildir2/x",
        "~/x",
        "x\\n/../../y",
    ] {
        for key in ["personal", "inbox"] {
            let value =
                if key == "inbox" { format!("[\"{name}\"]") } else { format!("\"{name}\"") };
            let home = Home::new(&format!("{MAILDIR}[account.main.folders]\n{key} = {value}\n"));
            home.deliver(1);
            let outside = |home: &Home| -> Vec<_> {
                let mut names: Vec<_> = fs::read_dir(home.0.path())
                    .unwrap()
                    .map(|it| it.unwrap().file_name().into_string().unwrap())
                    .filter(|it| ![".local", ".config", "Maildir"].contains(&it.as_str()))
                    .collect();
                names.extend(
                    fs::read_dir(home.path("Maildir"))
                        .unwrap()
                        .map(|it| it.unwrap().file_name().into_string().unwrap())
                        .filter(|it| !it.starts_with('.') || it.starts_with("..")),
                );
                names.sort();
                names
            };
            let before = outside(&home);
            home.say(&["run", "--once", "--backlog"], &[]);
            let run = home.say(&["run", "--once", "--backlog"], &[]);
            let mut after = outside(&home);
            after.retain(|it| !before.contains(it));
            assert_eq!(after, ["subscriptions"; 0], "{key} = {name:?}: {}", run.stderr);
            assert!(!Path::new("/etc/x").exists());
        }
    }
}
