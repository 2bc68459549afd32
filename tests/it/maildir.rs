//! A Maildir account from end to end: every message is there before and after, byte for byte, with
//! its flags, keywords and date.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use grussd::classify::Model;
use grussd::command::run::{RunOptions, serve};
use grussd::config::{Config, Filing, Imap, Me, Source};
use grussd::daemon::Connect;
use grussd::mailbox::MailboxError;
use grussd::mailbox::maildir::MaildirMailbox;
use grussd::store::Lock;
use sha2::{Digest, Sha256};

use super::support::block_on;
use super::support::pass::{Chance, Pass, rounds};
use super::support::tally::{Tally, Trace};

/// The directory of [`super::support::pass::PITCH`].
const PITCH: &str = ".Gr&APwA3w-e.Werbung";

/// A Maildir and a state directory in a temporary folder.
struct Home {
    dir: tempfile::TempDir,
}

/// A message as it must stay: its hash, its flags with keywords by name, its date.
type Item = (String, String, SystemTime);

impl Home {
    fn new() -> Self {
        let home = Home { dir: tempfile::tempdir().unwrap() };
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(home.maildir().join(part)).unwrap();
        }
        home
    }

    fn maildir(&self) -> PathBuf {
        self.dir.path().join("Maildir")
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// Delivers as a delivery agent does: written to `tmp`, renamed to its place.
    fn deliver(&self, id: usize, place: &str, subject: &str) {
        let tmp = self.maildir().join("tmp").join(id.to_string());
        let text = format!(
            "From: Petra <petra@example.org>\r\nSubject: {subject}\r\nMessage-ID: <{id}@example.org>\
             \r\n\r\nNumber {id}\r\n"
        );
        fs::write(&tmp, text).unwrap();
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + id as u64);
        fs::File::options().append(true).open(&tmp).unwrap().set_modified(date).unwrap();
        fs::rename(tmp, self.maildir().join(place)).unwrap();
    }

    /// Every message of every folder.
    fn inventory(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self.files().into_values().flatten().collect();
        items.sort();
        items
    }

    /// Messages by directory.
    fn files(&self) -> BTreeMap<String, Vec<Item>> {
        let mut found: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for folder in fs::read_dir(self.maildir()).unwrap() {
            let folder = folder.unwrap();
            let name = folder.file_name().into_string().unwrap();
            match name.as_str() {
                "cur" | "new" => collect(
                    &folder.path(),
                    &self.maildir(),
                    found.entry("INBOX".to_owned()).or_default(),
                ),
                _ if name.starts_with('.') => {
                    for part in ["new", "cur"] {
                        let list = found.entry(name.clone()).or_default();
                        collect(&folder.path().join(part), &folder.path(), list);
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn count(&self, folder: &str) -> usize {
        self.files().get(folder).map_or(0, Vec::len)
    }

    fn pass(&self) -> Pass {
        let source = Source::Maildir { path: self.maildir() };
        Pass { state: self.state(), source }
    }

    fn once(&self, backlog: bool) -> Result<(), String> {
        self.pass().once(backlog)
    }
}

fn collect(directory: &Path, folder: &Path, list: &mut Vec<Item>) {
    let keywords = fs::read_to_string(folder.join("dovecot-keywords")).unwrap_or_default();
    // A folder that is being made may lack it.
    let Ok(files) = fs::read_dir(directory) else { return };
    for file in files {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let flags = name.split_once(":2,").map_or("", |it| it.1);
        let mut flags: Vec<String> = flags
            .chars()
            .map(|flag| {
                let number = (u32::from(flag)).wrapping_sub(u32::from('a')).to_string();
                keywords
                    .lines()
                    .filter_map(|it| it.split_once(' '))
                    .find(|it| it.0 == number)
                    .map_or(flag.to_string(), |it| it.1.to_owned())
            })
            .collect();
        flags.sort();
        let hash = Sha256::digest(fs::read(file.path()).unwrap());
        let date = file.metadata().unwrap().modified().unwrap();
        list.push((format!("{hash:x}"), flags.join(" "), date));
    }
}

#[test]
fn new_mail_is_sorted_and_nothing_else_changes() {
    let home = Home::new();
    fs::write(home.maildir().join("dovecot-keywords"), "0 Foo\n1 $Label1\n").unwrap();
    home.deliver(1, "cur/1.a.host,S=9:2,S", "pitch");
    home.once(false).unwrap();
    assert_eq!(home.count("INBOX"), 1, "what is there on the first run stays");

    home.deliver(2, "new/2.b.host", "pitch");
    home.deliver(3, "cur/3.c.host:2,FSb", "pitch");
    home.deliver(4, "cur/4.d.host:2,T", "pitch");
    home.deliver(5, "new/5.e.host", "personal");
    home.deliver(6, "new/6.f.host", "nothing of the kind");
    let before = home.inventory();
    home.once(false).unwrap();
    assert_eq!(home.inventory(), before);
    assert_eq!((home.count("INBOX"), home.count(PITCH)), (3, 2));
    assert!(home.maildir().join(PITCH).join("new/2.b.host").exists());
    assert!(home.maildir().join(PITCH).join("cur/3.c.host:2,FSa").exists());
    let subscriptions = fs::read_to_string(home.maildir().join("subscriptions")).unwrap();
    assert!(subscriptions.contains("Gr&APwA3w-e\tWerbung\n"), "{subscriptions}");

    let (files, journal) = (home.files(), fs::read(home.state().join("journal")).unwrap());
    home.once(false).unwrap();
    assert_eq!(home.files(), files, "a second run does nothing");
    assert_eq!(fs::read(home.state().join("journal")).unwrap(), journal);
}

#[test]
fn a_backlog_is_sorted_completely() {
    let home = Home::new();
    for id in 0..700 {
        let (place, subject) = match id % 3 {
            0 => (format!("new/{id}.x"), "pitch"),
            1 => (format!("cur/{id}.x:2,RS"), "boilerplate"),
            _ => (format!("cur/{id}.x:2,"), "other"),
        };
        home.deliver(id, &place, subject);
    }
    let before = home.inventory();
    home.once(true).unwrap();
    assert_eq!(home.inventory(), before);
    assert_eq!(home.count("INBOX"), 233);
    let files = home.files();
    home.once(true).unwrap();
    home.once(false).unwrap();
    assert_eq!(home.files(), files);
}

#[test]
fn what_cannot_be_read_stays_and_the_rest_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.once(false).unwrap();
    home.deliver(1, "new/1.a", "pitch");
    home.deliver(2, "new/2.b", "pitch");
    let closed = home.maildir().join("new/1.a");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::read(&closed).is_ok();
    let result = home.once(false);
    // Root reads everything.
    assert_eq!(result.is_ok(), readable, "{result:?}");
    assert_eq!(home.count(PITCH), if readable { 2 } else { 1 });
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o600)).unwrap_or_default();
    home.once(false).unwrap();
}

/// A mail program moves messages from `new` to `cur` and changes their flags all the time.
#[test]
fn another_program_at_work_loses_nothing() {
    let home = Home::new();
    home.once(false).unwrap();
    for id in 0..300 {
        home.deliver(id, &format!("new/{id}.x"), ["pitch", "other"][id % 2]);
    }
    let hashes =
        |home: &Home| -> Vec<String> { home.inventory().into_iter().map(|it| it.0).collect() };
    let before = hashes(&home);
    let (maildir, stop) = (home.maildir(), std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                round += 1;
                for part in ["new", "cur"] {
                    for file in fs::read_dir(maildir.join(part)).unwrap().flatten() {
                        let name = file.file_name().into_string().unwrap();
                        let unique = name.split(':').next().unwrap();
                        let flags = ["", "S", "FS", "RS"][round % 4];
                        let target = maildir.join("cur").join(format!("{unique}:2,{flags}"));
                        let _ = fs::rename(file.path(), target);
                    }
                }
            }
        });
        for _ in 0..5 {
            let _ = home.once(false);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    home.once(false).unwrap();
    assert_eq!(hashes(&home), before);
    assert_eq!((home.count("INBOX"), home.count(PITCH)), (150, 150));
}

#[test]
fn a_delivery_is_filed_at_once() {
    let home = Home::new();
    let pass = home.pass();
    let (context, leash) = pass.daemon(false).context(pass.settings());
    block_on(async {
        let task = tokio::task::spawn_local(async move { pass.watch(context).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        let begun = std::time::Instant::now();
        home.deliver(1, "new/1.a", "pitch");
        while home.count(PITCH) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(10), "not filed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        leash.stop();
        task.await.unwrap();
    });
}

/// FAULTS.md A7: at whatever instant the process is killed, nothing is lost, doubled or changed,
/// and in the end everything is filed. `GRUSSD_KILLS` makes more rounds.
#[test]
fn killed_at_any_instant() {
    let (rounds, mut chance) = (rounds("GRUSSD_KILLS", 20), Chance(1));
    let mut tally = Tally::new("daemon", "Maildir");
    while tally.rounds < rounds {
        kill_some(&Home::new(), 40.min(rounds - tally.rounds), &mut chance, &mut tally);
    }
    assert!(tally.interrupted > 0, "no kill came in the middle of something");
    tally.finish();
}

/// Kills so many passes over one Maildir.
fn kill_some(home: &Home, rounds: usize, chance: &mut Chance, tally: &mut Tally) {
    let mut delivered = 0;
    let mut deliver = || {
        for _ in 0..40 {
            let place = ["new/{}.x", "cur/{}.x:2,FS"][delivered % 2];
            let subject = ["pitch", "boilerplate", "other"][delivered % 3];
            home.deliver(delivered, &place.replace("{}", &delivered.to_string()), subject);
            delivered += 1;
        }
        delivered
    };
    let traces = || -> Vec<Trace> {
        let rest = |flags: &str, date: SystemTime| format!("{flags} {date:?}");
        home.inventory().into_iter().map(|it| (it.0, rest(&it.1, it.2))).collect()
    };
    deliver();
    let whole = home.pass().time();
    for _ in 0..rounds {
        deliver();
        let before = traces();
        tally.interrupted += usize::from(home.pass().kill(chance, whole));
        tally.compare(&before, &traces());
        tally.rounds += 1;
    }
    let delivered = deliver();
    let before = traces();
    home.once(true).unwrap();
    tally.compare(&before, &traces());
    tally.misfiled += home.count("INBOX").abs_diff(delivered / 3);
    let files = home.files();
    home.once(true).unwrap();
    assert_eq!(home.files(), files, "a further run does nothing");
}

/// Two daemons with two states, as on two machines that share the folder (FAULTS.md A1).
#[test]
fn two_states_on_one_maildir() {
    let home = Home::new();
    let (one, other) = (home.pass(), Pass { state: home.dir.path().join("other"), ..home.pass() });
    for round in 0..6 {
        for id in round * 40..round * 40 + 40 {
            let subject = ["pitch", "boilerplate", "other", "other"][id % 4];
            home.deliver(id, &format!("new/{id}.x"), subject);
        }
        let before = home.inventory();
        for mut begun in [one.begin(), other.begin()] {
            begun.wait().unwrap();
        }
        assert_eq!(home.inventory(), before, "round {round}");
        one.once(true).unwrap();
        assert_eq!(home.count("INBOX"), (round + 1) * 20);
    }
    let files = home.files();
    other.once(true).unwrap();
    assert_eq!(home.files(), files, "they don't fight");
}

/// No server.
struct Nowhere;

impl Connect for Nowhere {
    type Mailbox = MaildirMailbox;

    async fn connect(&self) -> Result<MaildirMailbox, MailboxError> {
        MaildirMailbox::open(Path::new("/nonexistent"))
    }
}

/// The command itself, with the model that is built in: whatever it thinks of these, nothing is
/// lost; a dry run changes not even the state.
#[test]
fn the_command_sorts_a_maildir_and_a_dry_run_does_not() {
    let home = Home::new();
    for id in 0..20 {
        let greeting = "Lieber Karl, alles Gute zum Geburtstag und viel Gesundheit!";
        home.deliver(id, &format!("new/{id}.x"), greeting);
    }
    let load = || {
        let config = Config {
            state_dir: home.state(),
            poll_interval: Duration::from_secs(60),
            me: Me::default(),
            filing: Filing::default(),
            accounts: vec![home.pass().settings().account],
        };
        Ok((config, Model::builtin()?))
    };
    let imap = |_: &Imap| Nowhere;
    let (before, files) = (home.inventory(), home.files());
    let mut plan = Vec::new();
    let dry = RunOptions { once: true, dry_run: true, backlog: true };
    let tally = block_on(serve(dry, load, imap, &mut plan)).unwrap();
    assert_eq!((tally.done, tally.failed), (1, 0));
    assert_eq!(home.files(), files);
    assert!(!home.state().exists());

    let options = RunOptions { dry_run: false, ..dry };
    let tally = block_on(serve(options, load, imap, &mut Vec::new())).unwrap();
    assert_eq!((tally.done, tally.failed), (1, 0));
    assert_eq!(home.inventory(), before);
    let moved = 20 - home.count("INBOX");
    let planned = String::from_utf8(plan).unwrap().matches("\tfile into ").count();
    assert_eq!(moved, planned, "what the dry run said is what was done");

    let _lock = Lock::acquire(&home.state()).unwrap();
    let refused = block_on(serve(options, load, imap, &mut Vec::new())).unwrap_err().to_string();
    assert!(refused.contains("another grussd (process"), "{refused}");
}
