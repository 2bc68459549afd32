//! What the real program takes of memory and time, whatever a server sends: FAULTS.md A16, D39, D41,
//! D44 to D46.

use std::cell::Cell;
use std::fs;
use std::time::Duration;

use grussd::config::Tls;
use regex::bytes::Captures;
use tempfile::TempDir;

use super::support::dovecot::{Dovecot, Setup};
use super::support::program::{Cost, configure, grussd, measure, write_private};
use super::support::proxy::{Lie, Proxy};
use super::support::scripted::{Peer, Script};
use super::support::server::USER;

const MB: usize = 1 << 20;
const MINUTE: Duration = Duration::from_secs(60);

/// Runs the daemon over an account on this port until it ends or it is enough.
fn daemon(
    port: u16,
    password: &str,
    arguments: &[&str],
    enough: impl FnMut(Duration) -> bool,
) -> Cost {
    let home = TempDir::new().unwrap();
    let file = home.path().join("password");
    write_private(&file, password);
    let config = format!(
        "[account.main.imap]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\
         user = \"{USER}\"\npassword_file = {:?}\n",
        file.to_str().unwrap()
    );
    configure(home.path(), &config);
    let words = [&["run"][..], arguments].concat();
    measure(grussd(home.path(), &words), &home.path().join("log"), enough)
}

/// A pass against a peer that plays this on each connection.
fn against(script: &Script) -> Cost {
    let peer = Peer::play_all(vec![script.clone(); 12]);
    daemon(peer.port, "x", &["--once"], |time| time > MINUTE)
}

/// Up to the survey.
fn greeted() -> Script {
    Script::logged_in("IMAP4rev1 IDLE MOVE UIDPLUS COMPRESS=DEFLATE UTF8=ACCEPT ENABLE")
}

fn surveyed() -> Script {
    greeted().hear("LIST .*").say("* LIST () \"/\" INBOX").tagged("OK done")
}

/// Up to the listing of the inbox.
fn selected() -> Script {
    surveyed()
        .hear("SELECT \"INBOX\"")
        .say("* 20 EXISTS")
        .say("* OK [UIDVALIDITY 9] valid")
        .say("* OK [UIDNEXT 21] next")
        .tagged("OK [READ-WRITE] done")
        .hear("UID FETCH 1:\\* .*")
}

#[track_caller]
fn check(name: &str, cost: &Cost, memory: usize) {
    println!("{name:?}: {} MB, {:?}", cost.memory / MB, cost.time);
    assert!(cost.memory > 0, "{name}: not measured");
    assert!(cost.memory <= memory, "{name}: {} bytes", cost.memory);
    assert!(cost.time <= MINUTE, "{name}: {:?}", cost.time);
    assert!(cost.stderr.lines().count() < 20, "{name}: {}", cost.stderr);
    assert!(!cost.stderr.contains("panicked"), "{name}: {}", cost.stderr);
}

/// FAULTS.md D39, D44.
#[test]
fn what_has_no_end_takes_no_memory() {
    let flood = |script: Script, bytes: &[u8]| script.flood(bytes, 1 << 31);
    let literal = b"* 1 FETCH (UID 3 BODY[]<0> {4000000000}\r\n";
    let cases = [
        ("a line of 2 GB", flood(selected(), b"x")),
        ("an endless greeting", flood(Script::new(), b"* OK hello ")),
        ("an endless literal", flood(selected().raw(literal), b"0123456789abcdef")),
        ("a storm of messages", flood(selected(), b"* 7 FETCH (UID 7 FLAGS () RFC822.SIZE 5)\r\n")),
        ("a storm of garbage", flood(selected(), b"* STRANGE\r\n")),
        ("a storm of expunges", flood(selected(), b"* 1 EXPUNGE\r\n")),
        ("endless flags", flood(selected().raw(b"* 1 FETCH (UID 3 FLAGS ("), b"a ")),
        ("endless nesting", flood(selected().raw(b"* 1 FETCH (UID 3 BODYSTRUCTURE "), b"(")),
        ("endless folders", flood(greeted().hear("LIST .*"), b"* LIST () \"/\" \"folder\"\r\n")),
    ];
    std::thread::scope(|all| {
        for (name, script) in &cases {
            all.spawn(move || {
                let cost = against(script);
                assert_eq!(cost.status, Some(1), "{name}: {}", cost.stderr);
                check(name, &cost, 64 * MB);
            });
        }
    });
}

/// FAULTS.md D39: lists that are long, and true.
#[test]
fn long_lists_are_taken_in_within_bounds() {
    let mut script = greeted().hear("LIST .*");
    for folder in 0..100_000 {
        script = script.raw(format!("* LIST () \"/\" \"Projekte/Ordner {folder}\"\r\n").as_bytes());
    }
    script = script.say("* LIST () \"/\" INBOX").tagged("OK done");
    // The owner's moves are looked for in the three folders first.
    for _ in 0..3 {
        script = script.hear("SELECT .*").tagged("NO [NONEXISTENT] no such folder");
    }
    let script = script
        .hear("SELECT \"INBOX\"")
        .say("* 0 EXISTS")
        .say("* OK [UIDVALIDITY 9] valid")
        .say("* OK [UIDNEXT 1] next")
        .tagged("OK [READ-WRITE] done")
        .hear("UID FETCH .*")
        .tagged("OK done")
        .hear("LOGOUT")
        .tagged("OK done");
    let cost = against(&script);
    check("100,000 folders", &cost, 128 * MB);
    assert_eq!(cost.status, Some(0), "{}", cost.stderr);
}

/// Long enough for what a peer on this machine says, too short for another try.
const SHORT: Duration = Duration::from_secs(1);

/// FAULTS.md D41: numbers that can't be, at each place where one stands.
#[test]
fn numbers_that_can_t_be_move_nothing() {
    let select = |validity: &str, next: &str, exists: &str| {
        surveyed()
            .hear("SELECT \"INBOX\"")
            .say(&format!("* {exists} EXISTS"))
            .say(&format!("* OK [UIDVALIDITY {validity}] valid"))
            .say(&format!("* OK [UIDNEXT {next}] next"))
            .tagged("OK [READ-WRITE] done")
            .silence()
    };
    let listed = |item: &str| {
        selected()
            .say(&format!("* 1 FETCH ({item})"))
            .tagged("OK done")
            .hear("UID .*")
            .tagged("OK done")
            .hear(".*")
            .tagged("OK done")
    };
    let strange = ["0", "-1", "4294967296", "18446744073709551617", "1.5", "x", "\u{0}", ""];
    std::thread::scope(|all| {
        for number in strange {
            all.spawn(move || {
                for script in [
                    select(number, "21", "1"),
                    select("9", number, "1"),
                    select("9", "21", number),
                    listed(&format!("UID {number} FLAGS () RFC822.SIZE 5")),
                    listed(&format!("UID 3 FLAGS () RFC822.SIZE {number}")),
                    listed(&format!("UID 3 RFC822.SIZE 5 FLAGS () INTERNALDATE \"{number}\"")),
                ] {
                    let peer = Peer::play(script);
                    let mut begun = None;
                    let cost = daemon(peer.port, "x", &["--backlog"], |time| {
                        if peer.heard().has("SELECT") {
                            begun.get_or_insert(time);
                        }
                        time > MINUTE || begun.is_some_and(|begun| time > begun + SHORT)
                    });
                    check(number, &cost, 64 * MB);
                    let heard = peer.heard();
                    for change in ["UID MOVE", "UID COPY", "UID STORE", "UID EXPUNGE", "CREATE"] {
                        assert!(!heard.has(change), "{number:?}: {:?}", heard.lines);
                    }
                    assert!(heard.has("SELECT"), "{number:?}: {:?}", heard.lines);
                    // FAULTS.md D46.
                    assert!(!heard.has("COMPRESS") && !heard.has("ENABLE"), "{:?}", heard.lines);
                }
            });
        }
    });
}

/// Mails that are to cost time and memory: a head, and what is repeated to a megabyte or so.
fn bombs() -> Vec<(&'static str, String)> {
    let plain = "Content-Type: text/plain; charset=utf-8\n\n";
    let html = "Content-Type: text/html; charset=utf-8\n\n";
    let repeated = |head: &str, piece: &str, count: usize| format!("{head}{}", piece.repeat(count));
    let mut nested = String::new();
    for depth in 0..10_000 {
        nested += &format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n");
    }
    let mixed = "Content-Type: multipart/mixed; boundary=b\n\n";
    let inner =
        "--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZQ==\n";
    vec![
        ("1,000,000 tokens", repeated(plain, "ab ", 1_000_000)),
        ("other tokens each", {
            let words: Vec<String> = (0..150_000).map(|it| format!("w{it:x}")).collect();
            format!("{plain}{}", words.join(" "))
        }),
        ("wishes without end", repeated(plain, "Alles Gute zum Geburtstag! ", 60_000)),
        ("100,000 nested elements", repeated(html, "<div>", 100_000)),
        ("100,000 nested tables", repeated(html, "<table><tr><td>x", 100_000)),
        ("regex bait, letters", repeated(plain, "a", 1_000_000)),
        ("regex bait, blanks", repeated(plain, " \t", 500_000)),
        ("regex bait, an address", repeated(plain, "a@a.", 250_000)),
        ("regex bait, quotes", repeated(plain, "> > > > ", 150_000)),
        ("regex bait, dates", repeated(plain, "Am 24.12.2024 um 10:11 ", 50_000)),
        ("regex bait, links", repeated(plain, "http://a.example/?", 60_000)),
        ("combining characters", repeated(plain, "u\u{308}", 300_000)),
        ("parts 10,000 deep", nested),
        ("20,000 parts", repeated(mixed, inner, 20_000)),
        ("encoded words", repeated("Subject: ", "=?utf-8?q?=C3=BC?= ", 50_000)),
        ("addressees", repeated("To: ", "a@example.org, ", 70_000)),
        ("references", repeated("References: ", "<a@example.org> ", 60_000)),
    ]
}

/// FAULTS.md D45: read and judged within a second each; and the mail behind them is filed.
#[test]
fn bombs_hold_up_nobody() {
    let bombs = bombs();
    let home = TempDir::new().unwrap();
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.path().join("Maildir").join(part)).unwrap();
    }
    configure(home.path(), "[account.main.maildir]\npath = \"../../Maildir\"\n");
    let deliver = |id: usize, text: &str| {
        fs::write(home.path().join(format!("Maildir/new/{id}.host")), text).unwrap();
    };
    let run = || {
        let command = grussd(home.path(), &["run", "--once", "--backlog"]);
        measure(command, &home.path().join("log"), |time| time > MINUTE)
    };
    let second = Duration::from_secs(if cfg!(debug_assertions) { 8 } else { 1 });
    let idle = run().time;
    let mut filed = Vec::new();
    for (id, (name, text)) in bombs.iter().enumerate() {
        deliver(id, &format!("From: a@example.net\nSubject: Alles Gute\n{text}"));
        let cost = run();
        check(name, &cost, 64 * MB);
        assert_eq!(cost.status, Some(0), "{name}: {}", cost.stderr);
        assert!(cost.time < idle + second, "{name}: {:?}", cost.time);
        if cost.stderr.contains("filed into") {
            filed.push(*name);
        }
    }
    deliver(
        999,
        "From: Ottokar <ottokar@example.net>\nSubject: Alles Gute zum Geburtstag\n\nLiebe Petra, \
         alles Liebe zum Geburtstag! Weisst du noch, unser Sommer am Meer?\n",
    );
    let cost = run();
    assert!(cost.stderr.contains("1 message filed"), "{}", cost.stderr);
    // All should stay. These go by their subject, and the row is not met for them.
    let short_of_it = ["other tokens each", "wishes without end", "100,000 nested tables"];
    filed.retain(|it| !short_of_it.contains(it));
    assert_eq!(filed, [""; 0]);
}

/// FAULTS.md A16: what garbage in COPYUID costs, compared with the truth.
#[test]
fn garbage_in_copyuid_takes_no_memory() {
    let server = Dovecot::start(Setup::default());
    let proxy = Proxy::start(server.config(Tls::None).port);
    // What an earlier pass filed is the owner's filing to a state that doesn't know it.
    let next = Cell::new(0);
    let pass = || {
        for id in next.get()..next.get() + 20 {
            server.deliver(
                format!(
                    "From: Ottokar <ottokar@example.net>\r\nMessage-ID: <{id}@example.net>\r\n\
                     Subject: Alles Gute zum Geburtstag\r\n\r\nLiebe Petra, alles Liebe zum \
                     Geburtstag! Weisst du noch, unser Sommer am Meer, Nummer {id}?\r\n"
                )
                .as_bytes(),
            );
        }
        next.set(next.get() + 20);
        let cost = daemon(proxy.port, "secret", &["--once", "--backlog"], |time| time > MINUTE);
        assert_eq!(cost.status, Some(0), "{}", cost.stderr);
        assert!(cost.stderr.contains("20 messages filed"), "{}", cost.stderr);
        cost.memory
    };
    let truth = pass();
    for garbage in [
        "1:4294967295 1:4294967295".to_owned(),
        format!("{0} {0}", vec!["1:4294967295"; 5000].join(",")),
        format!("{0} {0}", "1,".repeat(60_000)),
    ] {
        proxy.be_honest();
        let lie =
            move |found: &Captures<'_>| format!("{} {garbage}", String::from_utf8_lossy(&found[1]));
        proxy.lie("UID MOVE", Lie::replacing(r"(COPYUID \d+) [0-9:,]+ [0-9:,]+", lie));
        let lied = pass();
        println!("{} kB more", lied.saturating_sub(truth) / 1024);
        assert!(lied < truth + 10 * MB, "{lied} bytes, not {truth}");
    }
}
