//! Whatever the owner does with a second mail program, before, between and in the middle of the
//! passes of the daemon: an oracle knows where each message may be, and every message is there,
//! once, with its flags and its date. Steps come by chance, and what fails is shrunk.
//!
//! `GRUSSD_ORACLE=100` plays a hundred sequences a server, `GRUSSD_SEED=7` others than seed 1.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::{Digest, Sha256};

use super::cut_loops::Line;
use super::support::dovecot::Setup;
use super::support::inventory::{Inventory, Item};
use super::support::pass::rounds;
use super::support::proxy::{Cut, Lie};
use super::support::raw::Raw;

const INBOX: usize = 0;
const FOLDERS: [&str; 6] = [
    "INBOX",
    "Grüße/Persönlich",
    "Grüße/Textbausteine",
    "Grüße/Werbung",
    "Trash",
    "Archiv 2026 & mehr",
];
const SUBJECTS: [&str; 4] = ["other", "personal", "boilerplate", "pitch"];
const FLAGS: [&str; 4] = ["\\Seen", "\\Flagged", "$Label1", "\\Deleted"];

/// What the owner does. Numbers are taken modulo of what there is.
#[derive(Debug, Clone, Copy)]
enum Act {
    Append { folder: usize, subject: usize },
    Move { message: usize, to: usize },
    Delete { message: usize },
    Flag { message: usize, flag: usize, on: bool },
    Rename { folder: usize },
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Owner(Act),
    /// A pass of the daemon.
    Pass,
    /// The owner acts before this command of it.
    Interfered(usize, Act),
    /// The line is cut at this command of it.
    Cut(usize, Cut),
}

fn act() -> impl Strategy<Value = Act> {
    let number = 0..1000_usize;
    prop_oneof![
        6 => (prop_oneof![4 => Just(INBOX), 1 => number.clone()], number.clone())
            .prop_map(|(folder, subject)| Act::Append { folder, subject }),
        3 => (number.clone(), number.clone()).prop_map(|(message, to)| Act::Move { message, to }),
        1 => number.clone().prop_map(|message| Act::Delete { message }),
        2 => (number.clone(), number.clone(), any::<bool>())
            .prop_map(|(message, flag, on)| Act::Flag { message, flag, on }),
        1 => number.prop_map(|folder| Act::Rename { folder }),
    ]
}

/// What the owner does in the middle of a pass is only tried where a move is one step: between
/// copying and removing a message that is moved on has two places, whoever does it.
fn step(by_copy: bool) -> impl Strategy<Value = Step> {
    let cut = (0..40_usize, prop::sample::select(Cut::ALL.to_vec()));
    prop_oneof![
        12 => act().prop_map(Step::Owner),
        3 => Just(Step::Pass),
        if by_copy { 0 } else { 4 } => (0..30_usize, act()).prop_map(|(at, it)| Step::Interfered(at, it)),
        1 => cut.prop_map(|(at, cut)| Step::Cut(at, cut)),
    ]
}

/// A message as the oracle knows it.
#[derive(Debug, Clone)]
struct Known {
    id: usize,
    hash: String,
    subject: usize,
    folder: String,
    flags: BTreeSet<String>,
    date: Option<String>,
    /// The daemon has moved it: never again.
    filed: bool,
    /// The owner has moved it, or marked it for deletion: it may stay.
    touched: bool,
}

/// The owner's mail program, and what may be where.
struct World {
    raw: Raw,
    /// Names on the server by those people use.
    names: BTreeMap<String, String>,
    messages: Vec<Known>,
    /// Folders that got another name since the last look, with it.
    renamed: BTreeSet<(String, String)>,
    next: usize,
}

impl World {
    fn name(&self, folder: &str) -> String {
        self.names.get(folder).cloned().unwrap_or_else(|| folder.to_owned())
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Append { folder, subject } => self.append(folder, subject % SUBJECTS.len()),
            Act::Move { message, to } => {
                let to = FOLDERS[to % FOLDERS.len()];
                let command = format!("UID MOVE {{}} \"{}\"", self.name(to));
                self.on(message, &command, |it| {
                    it.folder = to.to_owned();
                    it.touched = true;
                });
            }
            Act::Delete { message } => {
                self.on(message, "UID STORE {} +FLAGS.SILENT (\\Deleted)", |_| {});
                let mut gone = None;
                self.on(message, "UID EXPUNGE {}", |it| gone = Some(it.id));
                self.messages.retain(|it| Some(it.id) != gone);
            }
            Act::Flag { message, flag, on } => {
                let flag = FLAGS[flag % FLAGS.len()];
                let sign = if on { '+' } else { '-' };
                let command = format!("UID STORE {{}} {sign}FLAGS.SILENT ({flag})");
                self.on(message, &command, |it| {
                    it.touched |= flag == "\\Deleted";
                    if on {
                        it.flags.insert(flag.to_owned());
                    } else {
                        it.flags.remove(flag);
                    }
                });
            }
            Act::Rename { folder } => self.rename(FOLDERS[1 + folder % 3]),
        }
    }

    fn append(&mut self, folder: usize, subject: usize) {
        let folder = FOLDERS[folder % FOLDERS.len()];
        let name = self.name(folder);
        if !self.raw.command(format!("EXAMINE \"{name}\"")).end.starts_with("OK") {
            return;
        }
        let id = self.next;
        self.next += 1;
        let message = format!(
            "From: Petra <petra@example.org>\r\nMessage-ID: <oracle-{id}@example.org>\r\n\
             Subject: {}\r\n\r\nNo. {id}\r\n",
            SUBJECTS[subject]
        );
        let date = format!("{:02}-Nov-2026 12:00:{:02} +0100", id % 28 + 1, id % 60);
        self.raw.append(&name, "", &date, message.as_bytes());
        let hash = Sha256::digest(&message).iter().map(|it| format!("{it:02x}")).collect();
        self.messages.push(Known {
            id,
            hash,
            subject,
            folder: folder.to_owned(),
            flags: BTreeSet::new(),
            date: None,
            filed: false,
            touched: folder != "INBOX",
        });
    }

    /// Does something with a message, if it is where it is thought to be.
    fn on(&mut self, message: usize, command: &str, then: impl FnOnce(&mut Known)) {
        let Some(place) = message.checked_rem(self.messages.len()) else { return };
        let Known { id, folder, .. } = self.messages[place].clone();
        let name = self.name(&folder);
        if !self.raw.command(format!("SELECT \"{name}\"")).end.starts_with("OK") {
            return;
        }
        let found =
            self.raw.ok(format!("UID SEARCH HEADER Message-ID \"<oracle-{id}@example.org>\""));
        let found = String::from_utf8(found.concat()).unwrap();
        let Some(uid) = found.split(' ').nth(2) else { return };
        if self.raw.command(command.replace("{}", uid)).end.starts_with("OK") {
            then(&mut self.messages[place]);
        }
    }

    fn rename(&mut self, folder: &str) {
        let new = format!("Alt {}", self.next);
        self.next += 1;
        let name = self.name(folder);
        if self.raw.command(format!("RENAME \"{name}\" \"{new}\"")).end.starts_with("OK") {
            for message in self.messages.iter_mut().filter(|it| it.folder == folder) {
                message.folder.clone_from(&new);
                message.touched = true;
            }
            self.renamed.insert((folder.to_owned(), new));
        }
    }

    /// Compares with what is there, and takes over what the daemon did.
    fn check(&mut self, inventory: &Inventory, must: bool) -> Result<(), String> {
        let mut there: BTreeMap<&str, Vec<(&str, &Item)>> = BTreeMap::new();
        for (folder, items) in inventory {
            for item in items {
                there.entry(&item.hash).or_default().push((folder, item));
            }
        }
        for message in &mut self.messages {
            let places = there.remove(message.hash.as_str()).unwrap_or_default();
            let [(folder, item)] = places[..] else {
                return Err(format!("{message:?} is in {} places", places.len()));
            };
            if item.flags != message.flags {
                return Err(format!("{message:?} has {:?}", item.flags));
            }
            if *message.date.get_or_insert_with(|| item.date.clone()) != item.date {
                return Err(format!("{message:?} is of {}", item.date));
            }
            let target = FOLDERS[message.subject];
            let renamed = self.renamed.contains(&(target.to_owned(), folder.to_owned()));
            let is_at_home = message.subject > 0 && (folder == target || renamed);
            if folder != message.folder {
                if message.folder != "INBOX" || !is_at_home || message.filed {
                    return Err(format!("{message:?} was moved into {folder}"));
                }
                message.filed = true;
                message.folder = folder.to_owned();
                message.touched |= renamed;
            } else if must && !message.touched && message.subject > 0 && !is_at_home {
                return Err(format!("{message:?} was not filed"));
            }
        }
        self.renamed.clear();
        if there.is_empty() { Ok(()) } else { Err(format!("nobody knows {there:?}")) }
    }
}

/// Plays a sequence on a new server; gives back how many messages the daemon filed.
fn play(setup: &Setup, steps: &[Step]) -> Result<usize, String> {
    let line = Line::lay(setup.clone());
    let (server, proxy, pass) = (&line.server, &line.proxy, &line.pass);
    let mut raw = server.raw();
    raw.ok(format!("CREATE \"{}\"", server.name(FOLDERS[5])));
    let names = FOLDERS.map(|it| (it.to_owned(), server.name(it)));
    let world =
        World { raw, names: names.into(), messages: Vec::new(), renamed: BTreeSet::new(), next: 1 };
    let world = Arc::new(Mutex::new(world));
    for (number, step) in steps.iter().copied().chain([Step::Pass, Step::Pass]).enumerate() {
        let result = match step {
            Step::Owner(act) => {
                world.lock().unwrap().act(act);
                continue;
            }
            Step::Pass => pass.once(false),
            Step::Interfered(at, act) => {
                let theirs = Arc::clone(&world);
                let meanwhile = Lie::meanwhile(move || theirs.lock().unwrap().act(act));
                proxy.lie_later("", at, meanwhile);
                pass.once(false)
            }
            Step::Cut(at, cut) => {
                proxy.cut_later("", at, cut);
                pass.once(false)
            }
        };
        proxy.be_honest();
        let quiet = matches!(step, Step::Pass);
        if quiet && let Err(error) = result {
            return Err(format!("step {number}: {error}"));
        }
        let inventory = server.inventory();
        let inventory = inventory
            .into_iter()
            .map(|(folder, items)| (folder.trim_start_matches("INBOX/").to_owned(), items))
            .collect();
        let mut world = world.lock().unwrap();
        world.check(&inventory, quiet).map_err(|error| format!("step {number}: {error}"))?;
    }
    let filed = world.lock().unwrap().messages.iter().filter(|it| it.filed).count();
    Ok(filed)
}

fn check(setup: &Setup, by_copy: bool) {
    let seed: u64 = std::env::var("GRUSSD_SEED").map_or(1, |it| it.parse().unwrap());
    let cases = u32::try_from(rounds("GRUSSD_ORACLE", 6)).unwrap();
    println!("GRUSSD_SEED={seed}, {cases} sequences");
    let config =
        Config { cases, max_shrink_iters: 100, failure_persistence: None, ..Config::default() };
    let bytes = Sha256::digest(seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let steps = prop::collection::vec(step(by_copy), 10..50);
    let filed = Cell::new(0);
    let result = runner.run(&steps, |steps| {
        filed.set(filed.get() + play(setup, &steps).map_err(TestCaseError::fail)?);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("GRUSSD_SEED={seed}: {error}"));
    println!("{} messages filed", filed.get());
    assert!(filed.get() >= cases as usize, "{filed:?}");
}

#[test]
fn whatever_the_owner_does_no_message_is_anywhere_else() {
    check(&Setup::default(), false);
}

#[test]
fn whatever_the_owner_does_no_message_is_anywhere_else_without_move() {
    check(&Setup::without_move(), true);
}
