//! Before and during the login: no secret reaches anybody who has not proved who they are.

use std::net::TcpListener;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grussd::config::{Imap, SecretSource, Tls};
use grussd::mailbox::MailboxError;
use grussd::mailbox::imap::{ImapMailbox, Timeouts};

use super::super::support::block_on;
use super::super::support::certificates::{Authority, Flaw};
use super::super::support::scripted::{Heard, PASSWORD, Peer, Script};
use super::{SOON, impatient, kind, patient, timed};

const CAPABILITY: &str = "* CAPABILITY IMAP4rev1 STARTTLS";

fn told(script: Script, capabilities: &str) -> Script {
    script.hear("CAPABILITY").say(&format!("* CAPABILITY {capabilities}")).tagged("OK done")
}

fn secret(words: &str) -> SecretSource {
    SecretSource::Command(["printf", "%s", words].map(str::to_owned).into())
}

/// Fails to log in; gives back the error and what the peer heard.
#[track_caller]
fn fail(script: Script, change: impl FnOnce(Imap) -> Imap) -> (MailboxError, Heard) {
    fail_within(patient(), script, change)
}

#[track_caller]
fn fail_within(
    timeouts: Timeouts,
    script: Script,
    change: impl FnOnce(Imap) -> Imap,
) -> (MailboxError, Heard) {
    let peer = Peer::play(script);
    let config = change(peer.config());
    let Err(error) = block_on(ImapMailbox::connect_within(&config, timeouts)) else {
        panic!("logged in")
    };
    let heard = peer.finish();
    let text = format!("{error} {error:?}");
    for part in ["hunter2", "aHVudGVy"] {
        assert!(!text.contains(part), "{text}");
    }
    (error, heard)
}

/// Nothing that a listener could use was sent.
#[track_caller]
fn check_silent(heard: &Heard) {
    assert!(!heard.has("LOGIN") && !heard.has("AUTHENTICATE"), "{:?}", heard.lines);
    let text = String::from_utf8_lossy(&heard.bytes);
    assert!(!text.contains("hunter2") && !text.contains("petra"), "{text}");
}

fn by_starttls(config: Imap) -> Imap {
    Imap { tls: Tls::StartTls, ..config }
}

#[test]
fn starttls_that_is_hidden_or_refused_ends_it() {
    let greeted = || Script::new().say("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready");
    let hidden = told(greeted(), "IMAP4rev1 AUTH=PLAIN").hear("LOGOUT").tagged("OK bye");
    let offered = || told(greeted(), "IMAP4rev1 STARTTLS AUTH=PLAIN").hear("STARTTLS");
    for (script, expected) in [
        (hidden, "offers no STARTTLS"),
        (
            offered().tagged("NO not today").hear("LOGOUT").tagged("OK"),
            "refused STARTTLS: not today",
        ),
        (offered().tagged("BAD what?").hear("LOGOUT").tagged("OK"), "refused STARTTLS: what?"),
        (offered().raw(b"{tag} OK begin\r\n* CAPABILITY IMAP4rev1\r\n").silence(), "in the clear"),
        (offered().raw(b"{tag} OK begin\r\nA0001 OK\r\n").silence(), "in the clear"),
    ] {
        let (error, heard) = fail(script, by_starttls);
        assert_eq!(kind(&error), "tls", "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        check_silent(&heard);
    }
}

#[test]
fn a_server_in_the_clear_is_none_for_tls() {
    // What is said in the clear after a pause reaches the handshake, which it is none of.
    let offered = told(Script::new().say("* OK ready"), "IMAP4rev1 STARTTLS").hear("STARTTLS");
    let late =
        offered.tagged("OK begin").pause(Duration::from_millis(100)).say("* OK hi").silence();
    let (error, heard) = fail(late, by_starttls);
    assert_eq!(kind(&error), "tls", "{error}");
    check_silent(&heard);
    let (error, heard) = fail(Script::new().say("* OK ready").silence(), |config| Imap {
        tls: Tls::Implicit,
        ..config
    });
    assert_eq!(kind(&error), "tls", "{error}");
    check_silent(&heard);
}

#[test]
fn preauth_is_trusted_by_nobody() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    let greeting = |script: Script| {
        script.say("* PREAUTH [CAPABILITY IMAP4rev1] hi").hear("LOGOUT").say("* BYE").tagged("OK")
    };
    for tls in [Tls::None, Tls::StartTls, Tls::Implicit] {
        let script = match tls {
            Tls::Implicit => greeting(Script::new().tls(authority.identity(Flaw::None))),
            _ => greeting(Script::new()),
        };
        let ca_file = Some(file.clone());
        let (error, heard) = fail(script, |config| Imap { tls, ca_file, ..config });
        assert_eq!(kind(&error), "tls", "{error}");
        assert_eq!(heard.lines, ["LOGOUT"]);
    }
}

#[test]
fn a_server_that_can_t_prove_its_name_hears_nothing() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    for flaw in [Flaw::Expired, Flaw::WrongHost, Flaw::SelfSigned] {
        for tls in [Tls::Implicit, Tls::StartTls] {
            let script = match tls {
                Tls::StartTls => told(Script::new().say("* OK hi"), "IMAP4rev1 STARTTLS")
                    .hear("STARTTLS")
                    .tagged("OK begin"),
                _ => Script::new(),
            };
            let script = script.tls(authority.identity(flaw)).say("* OK hi").silence();
            let peer = Peer::play(script);
            let config = Imap { tls, ca_file: Some(file.clone()), ..peer.config() };
            let Err(error) = block_on(ImapMailbox::connect(&config)) else { panic!("logged in") };
            assert_eq!(kind(&error), "tls", "{error}");
            check_silent(&peer.heard());
        }
    }
}

#[test]
fn what_is_offered_is_asked_again_after_tls_and_after_the_login() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    let script = Script::new()
        .say("* OK [CAPABILITY IMAP4rev1 STARTTLS MOVE] ready")
        .hear("CAPABILITY")
        .say(CAPABILITY)
        .tagged("OK done")
        .hear("STARTTLS")
        .tagged("OK begin")
        .tls(authority.identity(Flaw::None));
    // Before TLS somebody hid that LOGIN is not wanted.
    let script = told(script, "IMAP4rev1 LOGINDISABLED AUTH=PLAIN")
        .hear("AUTHENTICATE PLAIN")
        .say("+ ")
        .hear(".*")
        .tagged("OK [CAPABILITY IMAP4rev1 IDLE] in");
    let script = told(script, "IMAP4rev1 UIDPLUS").hear("LIST .*").tagged("OK done");
    let peer = Peer::play(script.silence());
    let config = Imap { tls: Tls::StartTls, ca_file: Some(file), ..peer.config() };
    block_on(async {
        drop(ImapMailbox::connect(&config).await.unwrap());
    });
    let heard = peer.finish();
    let expected = STANDARD.encode(format!("\0petra@example.org\0{PASSWORD}"));
    assert_eq!(heard.lines[4], expected);
}

#[test]
fn greetings_of_all_kinds() {
    for line in [b"x".as_slice(), b"* STRANGE\r\n"] {
        let (error, heard) = fail(Script::new().flood(line, 1 << 26), |config| config);
        assert_eq!(kind(&error), "protocol", "{error}");
        check_silent(&heard);
    }
    for (script, expected) in [
        (Script::new().say("* BYE too many users"), "busy"),
        (Script::new().say("+OK POP3 ready"), "protocol"),
        (Script::new().say("SSH-2.0-OpenSSH_9.2"), "protocol"),
        (Script::new().say("220 mail.example.org ESMTP"), "protocol"),
        (Script::new().say("HTTP/1.1 400 Bad Request"), "protocol"),
        (Script::new().say("A0001 OK"), "protocol"),
        (Script::new().raw(b"\0\xff\xfe\r\n"), "protocol"),
        (Script::new().say("* OK [ALERT]über"), "connection"),
        (Script::new().raw(b"* OK hal"), "connection"),
        (Script::new(), "connection"),
        (Script::new().silence(), "timeout"),
    ] {
        let (error, heard) = fail_within(impatient(), script, |config| config);
        assert_eq!(kind(&error), expected, "{error}");
        check_silent(&heard);
    }
}

#[test]
fn logindisabled_is_respected() {
    let greeted = || Script::new().say("* OK ready");
    let script = told(greeted(), "IMAP4rev1 LOGINDISABLED").hear("LOGOUT").tagged("OK");
    let (error, heard) = fail(script, |config| config);
    assert_eq!(kind(&error), "login");
    assert!(error.to_string().contains("LOGINDISABLED"), "{error}");
    assert!(!error.is_transient());
    check_silent(&heard);
}

#[test]
fn a_password_that_is_no_ascii_goes_by_sasl_or_in_literals() {
    let password = "Grüße \"\\";
    let plain = STANDARD.encode(format!("\0petra@example.org\0{password}"));
    let sasl = told(Script::new().say("* OK ready"), "IMAP4rev1 AUTH=PLAIN")
        .hear("AUTHENTICATE PLAIN")
        .say("+")
        .hear_exactly(&plain);
    let literals = told(Script::new().say("* OK ready"), "IMAP4rev1")
        .hear("LOGIN \\{17\\}")
        .say("+ go on")
        .hear("petra@example\\.org \\{10\\}")
        .say("+ go on")
        .hear_exactly(password);
    for script in [sasl, literals] {
        let script = told(script.tagged("OK in"), "IMAP4rev1").hear("LIST .*").tagged("OK");
        let peer = Peer::play(script);
        let config = Imap { secret: secret(password), ..peer.config() };
        block_on(ImapMailbox::connect(&config)).unwrap();
        peer.finish();
    }
}

#[test]
fn a_token_goes_by_xoauth2() {
    let token = SecretSource::TokenCommand(["printf", "ya29.x"].map(str::to_owned).into());
    let expected = STANDARD.encode("user=petra@example.org\x01auth=Bearer ya29.x\x01\x01");
    let asked = || {
        told(Script::new().say("* OK ready"), "IMAP4rev1 AUTH=XOAUTH2 AUTH=PLAIN")
            .hear("AUTHENTICATE XOAUTH2")
            .say("+ ")
            .hear_exactly(&expected)
    };
    let script = told(asked().tagged("OK in"), "IMAP4rev1").hear("LIST .*").tagged("OK");
    let peer = Peer::play(script);
    let config = Imap { secret: token.clone(), ..peer.config() };
    block_on(ImapMailbox::connect(&config)).unwrap();
    peer.finish();

    let script = asked()
        .say("+ eyJzdGF0dXMiOiI0MDAifQ==")
        .hear("")
        .tagged("NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)")
        .hear("LOGOUT")
        .tagged("OK bye");
    let (error, _) = fail(script, |config| Imap { secret: token.clone(), ..config });
    assert_eq!(kind(&error), "login");
    let text = "login refused for petra@example.org: Invalid credentials (Failure)";
    assert_eq!(error.to_string(), text);

    let script = told(Script::new().say("* OK ready"), "IMAP4rev1 AUTH=PLAIN");
    let (error, heard) =
        fail(script.hear("LOGOUT").tagged("OK"), |config| Imap { secret: token, ..config });
    assert_eq!(kind(&error), "login");
    check_silent(&heard);
}

#[test]
fn refusals_are_told_apart_and_hide_the_password() {
    let asked = || told(Script::new().say("* OK ready"), "IMAP4rev1").hear("LOGIN .*");
    for (answer, expected) in [
        ("NO [AUTHENTICATIONFAILED] Authentication failed.", "login"),
        ("NO [UNAVAILABLE] Temporary authentication failure.", "busy"),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", "busy"),
        ("NO [LIMIT] no more", "busy"),
        ("NO", "login"),
        ("NO [ALERT]über", "login"),
        ("BAD unknown: LOGIN \"petra\" \"hunter2 \\\"\\\\\"", "login"),
        ("BAD got hunter2 \"\\", "login"),
        ("NO \u{1b}[2J\u{202e}", "login"),
    ] {
        let script = asked().tagged(answer).hear("LOGOUT").say("* BYE").tagged("OK");
        let (error, _) = fail(script, |config| config);
        assert_eq!(kind(&error), expected, "{error}");
    }
    // As long as what is shown of an answer, so that the end cuts the password.
    for length in 160..200 {
        let answer = format!("NO {} hunter2 \"\\ and more", "x".repeat(length));
        let script = asked().tagged(&answer).hear("LOGOUT").tagged("OK");
        let (error, _) = fail(script, |config| config);
        assert!(!error.to_string().contains("hunte"), "{error}");
    }
}

#[test]
fn a_referral_is_not_followed() {
    let elsewhere = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    let answer = format!("NO [REFERRAL imap://petra@127.0.0.1:{port}/] try there");
    let script = told(Script::new().say("* OK ready"), "IMAP4rev1 LOGIN-REFERRALS")
        .hear("LOGIN .*")
        .tagged(&answer)
        .hear("LOGOUT")
        .tagged("OK");
    let (error, _) = fail(script, |config| config);
    assert_eq!(kind(&error), "login");
    assert!(error.to_string().contains("not followed"), "{error}");
    assert!(elsewhere.accept().is_err());
}

#[test]
fn each_step_of_a_login_may_be_cut_or_hang() {
    let steps = ["CAPABILITY", "LOGIN .*", "CAPABILITY", "LIST .*"];
    for cut in 0..steps.len() {
        for (silent, expected) in [(false, "connection"), (true, "timeout")] {
            let mut script = Script::new().say("* OK ready");
            for step in &steps[..cut] {
                script = script.hear(step).say("* CAPABILITY IMAP4rev1").tagged("OK done");
            }
            let script = script.hear(steps[cut]).raw(b"* OK halfwa");
            let script = if silent { script.silence() } else { script };
            let ((error, _), time) = block_on(timed(async {
                let peer = Peer::play(script);
                let config = peer.config();
                let connect = ImapMailbox::connect_within(&config, impatient());
                let Err(error) = connect.await else { panic!("logged in") };
                (error, peer.finish())
            }));
            assert_eq!(kind(&error), expected, "{error}");
            assert!(error.is_transient());
            assert!(time < 10 * SOON, "{time:?}");
        }
    }
}

#[test]
fn a_handshake_that_hangs_is_given_up() {
    let (error, heard) = fail_within(impatient(), Script::new().silence(), |config| Imap {
        tls: Tls::Implicit,
        ..config
    });
    assert_eq!(kind(&error), "timeout", "{error}");
    assert!(heard.lines.is_empty());
    let (error, _) = fail(Script::new(), |config| Imap { tls: Tls::Implicit, ..config });
    assert_eq!(kind(&error), "connection", "{error}");
}

#[test]
fn a_secret_that_can_t_be_read_connects_to_nobody() {
    let peer = Peer::play(Script::new());
    let words = vec!["false".to_owned()];
    let config = Imap { secret: SecretSource::Command(words), ..peer.config() };
    let Err(error) = block_on(ImapMailbox::connect(&config)) else { panic!("logged in") };
    assert_eq!(kind(&error), "secret");
    assert_eq!(peer.heard().connections, 0);
}
