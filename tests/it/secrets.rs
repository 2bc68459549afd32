//! Nothing that grussd says or keeps holds a secret, however much it is asked to say, and nothing
//! of a mail is said above debug level. It is read from the outside: from all output of the real
//! program, from its state and from what others can see of its process.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::support::block_on;
use super::support::dovecot::{Dovecot, Setup};
use super::support::program::{configure, grussd, run, write_private};
use super::support::server::USER;

/// By LOGIN goes what is ASCII, by AUTHENTICATE PLAIN what isn't.
const ASCII: &str = "hunter2\\xyzzy";
const UTF_8: &str = "Schlüssel-zum-Glück";

const MAIL: &str = "From: Ottokar Vogelweide <ottokar.vogelweide@example.net>\r\n\
    To: petra@example.org\r\nMessage-ID: <quittengelee@example.net>\r\n\
    Subject: Alles Gute zum Geburtstag, Siebenschlaefer\r\n\r\n\
    Liebe Petra, alles Liebe zum Geburtstag! Weisst du noch, Bernsteinsuche?\r\n";

/// Words of the mail that nobody else would say.
const OF_MAIL: [&str; 5] =
    ["ottokar", "vogelweide", "quittengelee", "siebenschlaefer", "bernsteinsuche"];

/// A home with a configuration for an account on a server.
struct Home {
    folder: TempDir,
    server: Dovecot,
    password: &'static str,
}

impl Home {
    fn new(password: &'static str, secret: &str, tls: &str) -> Self {
        let server = Dovecot::start(Setup { password, ..Setup::default() });
        let folder = TempDir::new().unwrap();
        let password_file = folder.path().join("password");
        write_private(&password_file, password);
        let port = if tls == "implicit" { server.tls_port } else { server.port };
        let secret = secret.replace("{file}", &password_file.display().to_string());
        let config = format!(
            "[account.main.imap]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"{tls}\"\n\
             ca_file = \"{}\"\nuser = \"{USER}\"\n{secret}\n",
            server.path().join("ca.pem").display(),
        );
        configure(folder.path(), &config);
        Home { folder, server, password }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program; gives back its status and what it said on both streams.
    fn say(&self, arguments: &[&str], filter: Option<&str>) -> (i32, String, String) {
        let mut command = grussd(self.path(), arguments);
        command.env("PATH", "/usr/bin:/bin");
        if let Some(filter) = filter {
            command.env("GRUSSD_LOG", filter);
        }
        let run = run(command);
        self.check_secret(run.stdout.as_bytes(), &format!("stdout of {arguments:?}"));
        self.check_secret(run.stderr.as_bytes(), &format!("stderr of {arguments:?}"));
        (run.status, run.stdout, run.stderr)
    }

    /// The password stands nowhere in this, in none of the forms in which it is sent or shown.
    #[track_caller]
    fn check_secret(&self, bytes: &[u8], what: &str) {
        let sasl = format!("\0{USER}\0{}", self.password);
        let quoted = self.password.replace('\\', "\\\\");
        let listed = format!("{:?}", self.password.as_bytes());
        let forms = [
            self.password.to_owned(),
            quoted,
            self.password.escape_default().to_string(),
            STANDARD.encode(self.password),
            STANDARD.encode(sasl),
            listed.trim_matches(['[', ']']).to_owned(),
        ];
        for form in forms {
            let found = bytes.windows(form.len()).any(|it| it == form.as_bytes());
            assert!(!found, "{form} in {what}: {}", String::from_utf8_lossy(bytes));
        }
    }

    /// Nor in any file but the one in which the owner keeps it.
    fn check_files(&self) {
        let mut files = Vec::new();
        collect(self.path(), &mut files);
        assert!(files.iter().any(|it| it.ends_with("journal")), "{files:?}");
        for file in files.iter().filter(|it| !it.ends_with("password")) {
            self.check_secret(&fs::read(file).unwrap(), &file.display().to_string());
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// FAULTS.md C33. All that is said by a daemon that is asked to say everything.
fn check_talkative(password: &'static str, secret: &str, tls: &str) {
    let home = Home::new(password, secret, tls);
    let trace = Some("trace");
    for arguments in [&["--help"][..], &["run", "--help"], &["check", "-vvv"]] {
        assert_eq!(home.say(arguments, None).0, 0);
    }
    assert_eq!(home.say(&["run", "--once", "-vvv"], None).0, 0);
    home.server.deliver(MAIL.as_bytes());
    let (status, _, said) = home.say(&["run", "--once", "--dry-run", "-vvv"], trace);
    assert_eq!(status, 0, "{said}");
    let (status, _, said) = home.say(&["run", "--once", "-vvv"], trace);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("filed into Grüße/Persönlich"), "{said}");
    home.check_files();

    // A wrong password is one that is almost right.
    write_private(&home.path().join("password"), &format!("{password}!"));
    for arguments in [&["check", "-vvv"][..], &["run", "--once", "-vvv"]] {
        let (status, _, said) = home.say(arguments, trace);
        assert_eq!(status, 1);
        assert!(said.contains("login refused for petra"), "{said}");
    }
    write_private(&home.path().join("password"), "");
    assert_ne!(home.say(&["run", "--once", "-vvv"], trace).0, 0);
    home.check_files();
}

#[test]
fn no_secret_from_a_file_is_said_or_kept() {
    check_talkative(ASCII, "password_file = \"{file}\"", "implicit");
    check_talkative(UTF_8, "password_file = \"{file}\"", "starttls");
}

#[test]
fn no_secret_from_a_command_is_said_or_kept() {
    check_talkative(ASCII, "password_command = [\"cat\", \"{file}\"]", "none");
    check_talkative(UTF_8, "password_command = [\"cat\", \"{file}\"]", "implicit");
}

/// FAULTS.md C33: no mail text, subject or address in the log above debug level.
#[test]
fn nothing_of_a_mail_is_said_above_debug_level() {
    let home = Home::new(ASCII, "password_file = \"{file}\"", "implicit");
    home.say(&["run", "--once"], None);
    for _ in 0..2 {
        home.server.deliver(MAIL.as_bytes());
    }
    let check = |arguments: &[&str], filter| {
        let (_, stdout, stderr) = home.say(arguments, filter);
        let said = if arguments.contains(&"--dry-run") { stderr } else { stdout + &stderr };
        let said = said.to_lowercase();
        for word in OF_MAIL {
            assert!(!said.contains(word), "{word} in {said}");
        }
        said
    };
    check(&["check"], None);
    check(&["run", "--once", "--dry-run"], None);
    assert!(check(&["run", "--once"], Some("info")).contains("filed into"));
    check(&["run", "--once", "--backlog"], None);
}

/// FAULTS.md C34.
#[test]
fn a_secret_that_others_can_read_is_no_configuration() {
    let home = Home::new(ASCII, "password_file = \"{file}\"", "implicit");
    let file = home.path().join("password");
    for mode in [0o640, 0o604, 0o644, 0o660] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        for arguments in [&["check"][..], &["run", "--once"], &["run"]] {
            let (status, stdout, stderr) = home.say(arguments, None);
            assert_eq!(status, 78, "{stderr}");
            assert!(stdout.is_empty() && stderr.contains("chmod 600"), "{stdout}{stderr}");
        }
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.say(&["check"], None).0, 0);
}

/// FAULTS.md C33. What others see of the process: its arguments, and what is left of it when it
/// ends by a fault, though it was started without a limit.
#[test]
fn a_daemon_leaves_no_core_dump() {
    let home = Home::new(ASCII, "password_command = [\"cat\", \"{file}\"]", "implicit");
    let words = grussd(home.path(), &["run"]);
    let program = words.get_program().to_str().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -c unlimited && exec \"$0\" run -vvv", program]);
    shell.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
    let log = home.path().join("log");
    let mut child = shell
        .current_dir(home.path())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let said = || fs::read_to_string(&log).unwrap();
    let begun = Instant::now();
    block_on(async {
        while !said().contains("is new") && begun.elapsed() < Duration::from_secs(30) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    home.check_secret(&arguments, "the arguments");
    let status = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let ended = child.wait().unwrap();
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(6), false), "{}", said());
    let names: Vec<_> =
        fs::read_dir(home.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(names.iter().all(|it| !it.to_string_lossy().starts_with("core")), "{names:?}");
    home.check_files();
}
