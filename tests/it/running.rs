//! `grussd run` as a service runs it: the program itself, a real Dovecot, signals.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::dovecot::{Dovecot, Setup};
use crate::support::pause;
use crate::support::program::{Run, grussd, run};

/// A mail that the built-in model takes for advertising without a doubt.
fn advert(number: usize) -> String {
    format!(
        "From: Papierwerk <post@papierwerk.example>\r\nTo: Petra <petra@example.org>\r\n\
         Message-ID: <{number}@papierwerk.example>\r\nList-Unsubscribe: <https://papierwerk.example/ab>\r\n\
         Subject: Frohe Weihnachten! 20 % auf alles\r\n\r\nFrohe Weihnachten, liebe Kundinnen und Kunden!\r\n\
         Nur bis Sonntag: 20 % Rabatt auf alle Kalender und Notizbücher.\r\n\
         Jetzt im Shop bestellen mit dem Code ADVENT{number}: https://papierwerk.example/shop\r\n"
    )
}

/// The program at work, and what it has said so far.
struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Running {
    fn start(home: &Path, config: &Path) -> Self {
        let mut command = grussd(home, &["run", "--config", &config.to_string_lossy(), "-v"]);
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                heard.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self { child, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits until something is so, and says how long that took.
    #[track_caller]
    fn until(&self, what: &str, so: impl Fn() -> bool) -> Duration {
        let begun = Instant::now();
        while !so() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{what}: never\n{}", self.said());
            pause(Duration::from_millis(20));
        }
        begun.elapsed()
    }

    #[track_caller]
    fn until_said(&self, words: &str) {
        self.until(words, || self.said().contains(words));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes the configuration of one account, with a folder for pitches.
fn configure(server: &Dovecot, pitch: &str) -> PathBuf {
    server.configure(&format!("[account.main.folders]\npitch = \"{pitch}\"\n"))
}

fn count(server: &Dovecot, folder: &str) -> usize {
    server.inventory().get(folder).map_or(0, Vec::len)
}

/// Sessions that the server has seen begin, but for those of the tests, which use no TLS.
fn logins(server: &Dovecot) -> usize {
    server.log().lines().filter(|it| it.contains("Login:") && it.contains("TLS")).count()
}

#[test]
fn filed_within_a_wake_up_reloaded_and_ended() {
    let server = Dovecot::start(Setup::default());
    let config = configure(&server, "Grüße/Werbung");
    let mut daemon = Running::start(server.path(), &config);
    daemon.until_said("main: ");
    daemon.until("it waits", || logins(&server) > 0);
    pause(Duration::from_millis(1_000));

    server.deliver(advert(1).as_bytes());
    let waited = daemon.until("filed", || count(&server, "Grüße/Werbung") == 1);
    assert!(waited < Duration::from_secs(5), "filed only after {waited:?}");
    let sessions = logins(&server);

    // A bad reload keeps what was.
    let good = fs::read_to_string(&config).unwrap();
    fs::write(&config, good.replace("ca_file", "ca_fiel")).unwrap();
    daemon.signal("-HUP");
    daemon.until_said("did you mean `ca_file`?");
    server.deliver(advert(2).as_bytes());
    daemon.until("filed as before", || count(&server, "Grüße/Werbung") == 2);

    configure(&server, "Reklame");
    daemon.signal("-HUP");
    daemon.until_said("read anew");
    server.deliver(advert(3).as_bytes());
    daemon.until("filed into the new folder", || count(&server, "Reklame") == 1);
    assert_eq!(logins(&server), sessions, "a healthy connection is kept\n{}", server.log());

    daemon.signal("-TERM");
    let begun = Instant::now();
    let status = daemon.child.wait().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "ended after {:?}", begun.elapsed());
    assert_eq!(status.code(), Some(0), "{}", daemon.said());
}

#[test]
fn a_second_process_on_the_same_state_refuses() {
    let server = Dovecot::start(Setup::default());
    let config = configure(&server, "Grüße/Werbung");
    let daemon = Running::start(server.path(), &config);
    daemon.until("it has logged in", || logins(&server) > 0);
    let begun = Instant::now();
    let arguments = ["run", "--once", "--config", &config.to_string_lossy()];
    let Run { status, stderr, .. } = run(grussd(server.path(), &arguments));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(status, 1, "{stderr}");
    assert!(stderr.contains("another grussd (process "), "{stderr}");
}
