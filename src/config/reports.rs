//! Tests: typical mistakes, and what the user sees of them.

use std::path::PathBuf;

use super::layer::assemble;
use super::surroundings::Surroundings;

fn report<const N: usize>(text: &str, variables: [(&str, &str); N]) -> String {
    let file = (!text.is_empty()).then(|| (PathBuf::from("grussd.toml"), text.to_owned()));
    match assemble(file, &Surroundings::from(variables)) {
        Ok(_) => "no problem".to_owned(),
        Err(problems) => problems.to_string(),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let report = report(text, []);
    assert_eq!(report, expected.trim(), "\n{report}\n");
}

#[track_caller]
fn check_variable(name: &str, value: &str, expected: &str) {
    let report = report("", [(name, value)]);
    assert_eq!(report, expected, "\n{report}\n");
}

/// Checks keys of an account that has all it needs but these.
#[track_caller]
fn check_imap(keys: &str, expected: &str) {
    let account = "\
[account.main.imap]
host = \"imap.example.org\"
user = \"petra@example.org\"
password_file = \"/run/secret\"
";
    check(&format!("{account}{keys}\n"), expected);
}

#[test]
fn unknown_keys() {
    check(
        "pol_interval = \"5m\" # every five minutes",
        r#"
grussd.toml:1:1: unknown key `pol_interval` at the top level: expected one of `state_dir`, `poll_interval`, `me`, `filing`, `account`; did you mean `poll_interval`?
    1 | pol_interval = …
      | ^^^^^^^^^^^^
"#,
    );
    check_imap(
        "tsl = \"starttls\"",
        r#"
grussd.toml:5:1: unknown key `tsl` in [account.main.imap]: expected one of `host`, `port`, `tls`, `ca_file`, `user`, `password_file`, `password_command`, `credential`, `oauth2`, `idle`; did you mean `tls`?
    5 | tsl = …
      | ^^^
"#,
    );
    check(
        "[me]\n\tcolour = \"red\"\n",
        r#"
grussd.toml:2:2: unknown key `colour` in [me]: expected one of `names`, `addresses`, `birthdays`
    2 | colour = …
      | ^^^^^^
"#,
    );
}

#[test]
fn an_unknown_table_is_reported_once() {
    check(
        "[filling]\nmode = \"move\"\nmin_bury = 1\n",
        r#"
grussd.toml:1:2: unknown key `filling` at the top level: expected one of `state_dir`, `poll_interval`, `me`, `filing`, `account`; did you mean `filing`?
    1 | [filling]
      |  ^^^^^^^
"#,
    );
}

#[test]
fn keys_in_the_wrong_table_are_sent_to_the_right_one() {
    check(
        "mode = \"move\"",
        r#"
grussd.toml:1:1: unknown key `mode` at the top level: expected one of `state_dir`, `poll_interval`, `me`, `filing`, `account`; `mode` stands in [filing]
    1 | mode = …
      | ^^^^
"#,
    );
    check(
        "[account.main]\nhost = \"imap.example.org\"\n",
        r#"
grussd.toml:2:1: unknown key `host` in [account.main]: expected one of `imap`, `maildir`, `folders`; `host` stands in [account.main.imap]
    2 | host = …
      | ^^^^
"#,
    );
}

#[test]
fn wrong_types() {
    check_imap(
        "port = \"993\"",
        r#"
grussd.toml:5:8: `account.main.imap.port`: expected a port from 1 to 65535, such as 993; found a string
    5 | port = "993"
      |        ^^^^^
"#,
    );
    check(
        "[me]\nnames = \"Petra\"",
        r#"
grussd.toml:2:9: `me.names`: expected a list of names, such as ["Petra Beispiel"]; found a string
    2 | names = "Petra"
      |         ^^^^^^^
"#,
    );
    check(
        "filing = \"move\"",
        r#"
grussd.toml:1:10: `filing`: expected a table; found a string
    1 | filing = "move"
      |          ^^^^^^
"#,
    );
    check(
        "[[account]]\nhost = \"imap.example.org\"\n",
        r#"
grussd.toml:1:3: `account`: expected a table for each account, [account.NAME.imap] or [account.NAME.maildir]; found a list of tables
    1 | [[account]]
      |   ^^^^^^^
"#,
    );
    check(
        "[account.main.imap.host]\nname = 1\n",
        r#"
grussd.toml:1:20: `account.main.imap.host`: expected a host name, such as "imap.example.org"; found a table
    1 | [account.main.imap.host]
      |                    ^^^^
"#,
    );
}

#[test]
fn every_problem_is_reported_at_once() {
    check(
        r#"poll_interval = "5"
[filing]
mode = "mvoe" # or tag
min_bury = 95
  min_personal = "0.8"
max_moves_per_cycle = 0

[me]
birthdays = ["12-23", "23.12."]
addresses = [
  "petra",
]
"#,
        r#"
grussd.toml:1:17: `poll_interval`: expected a duration from "1s" to "24h", such as "5m" or "1h30m"; found "5"
    1 | poll_interval = "5"
      |                 ^^^
grussd.toml:3:8: `filing.mode`: expected one of "move", "tag", "off"; found "mvoe"; did you mean "move"?
    3 | mode = "mvoe"
      |        ^^^^^^
grussd.toml:4:12: `filing.min_bury`: expected a probability from 0 to 1, such as 0.95; found 95
    4 | min_bury = 95
      |            ^^
grussd.toml:5:18: `filing.min_personal`: expected a probability from 0 to 1, such as 0.80; found a string
    5 | min_personal = "0.8"
      |                ^^^^^
grussd.toml:6:23: `filing.max_moves_per_cycle`: expected a whole number from 1, such as 200; found 0
    6 | max_moves_per_cycle = 0
      |                       ^
grussd.toml:9:13: `me.birthdays`: expected a list of days as "MM-DD", such as ["12-23"]; found "23.12."
    9 | birthdays = ["12-23", "23.12."]
      |             ^^^^^^^^^^^^^^^^^^^
grussd.toml:10:13: `me.addresses`: expected a list of mail addresses, such as ["petra@example.org"]; found "petra"
   10 | addresses = [
      |             ^
"#,
    );
}

#[test]
fn what_is_missing() {
    check(
        "[account.main.imap]\n",
        r#"
grussd.toml:1:15: `account.main.imap.host` is missing: expected a host name, such as "imap.example.org"
    1 | [account.main.imap]
      |               ^^^^
grussd.toml:1:15: `account.main.imap.user` is missing: expected the name to log in with, such as "petra@example.org"
    1 | [account.main.imap]
      |               ^^^^
grussd.toml:1:15: `account.main.imap` has no secret: expected one of `password_file`, `password_command`, `credential` and the table `oauth2`
    1 | [account.main.imap]
      |               ^^^^
"#,
    );
    check(
        "[account.main.maildir]\n",
        r#"
grussd.toml:1:15: `account.main.maildir.path` is missing: expected a Maildir, such as "/home/petra/Maildir"
    1 | [account.main.maildir]
      |               ^^^^^^^
"#,
    );
    check(
        "[account.main.folders]\npersonal = \"Post\"\n",
        r#"
grussd.toml:1:10: `account.main` has no mail: expected [account.main.imap] or [account.main.maildir]
    1 | [account.main.folders]
      |          ^^^^
"#,
    );
    check(
        r#"[account.main.imap]
host = "imap.example.org"
user = "petra@example.org"
[account.main.imap.oauth2]
"#,
        r#"
grussd.toml:4:20: `account.main.imap.oauth2.token_command` is missing: expected a command that prints an access token, as a list of its words
    4 | [account.main.imap.oauth2]
      |                    ^^^^^^
"#,
    );
}

/// `hots` explains why there is no `host`, `password` why there is no secret.
#[test]
fn consequences_are_left_out() {
    check(
        r#"[account.main.imap]
hots = "imap.example.org"
user = 7
password = "hunter2"
port = 993
"#,
        r#"
grussd.toml:2:1: unknown key `hots` in [account.main.imap]: expected one of `host`, `port`, `tls`, `ca_file`, `user`, `password_file`, `password_command`, `credential`, `oauth2`, `idle`; did you mean `host`?
    2 | hots = …
      | ^^^^
grussd.toml:3:8: `account.main.imap.user`: expected the name to log in with, such as "petra@example.org"; found a whole number
    3 | user = 7
      |        ^
grussd.toml:4:1: unknown key `password` in [account.main.imap]: a secret never stands in the configuration: put it into a file of its own and name that as `password_file`, or use `password_command` or `credential`
    4 | password = …
      | ^^^^^^^^
"#,
    );
}

#[test]
fn one_of_two() {
    check_imap(
        "credential = \"imap\"\n[account.main.maildir]\npath = \"/srv/mail\"",
        r#"
grussd.toml:6:15: `account.main` has both `imap` and `maildir`: expected one of them; make two accounts
    6 | [account.main.maildir]
      |               ^^^^^^^
"#,
    );
    check_imap(
        "credential = \"imap\"",
        r#"
grussd.toml:1:15: `account.main.imap` names 2 sources of the secret: expected exactly one of `password_file`, `password_command`, `credential` and the table `oauth2`
    1 | [account.main.imap]
      |               ^^^^
"#,
    );
}

#[test]
fn no_password_in_the_clear() {
    check_imap(
        "tls = \"none\"",
        r#"
grussd.toml:5:7: `account.main.imap.tls`: "none" would send the password in the clear: it is for loopback hosts (localhost, 127.0.0.1, ::1) only; expected "implicit" or "starttls"
    5 | tls = "none"
      |       ^^^^^^
"#,
    );
}

#[test]
fn hosts_are_bare_names() {
    let account = |host: &str| {
        format!("[account.a.imap]\nuser = \"u\"\ncredential = \"c\"\nhost = \"{host}\"\n")
    };
    check(
        &account("imaps://imap.example.org"),
        r#"
grussd.toml:4:8: `account.a.imap.host`: expected the bare name of a host, without `imaps://` or a path
    4 | host = "imaps://imap.example.org"
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    check(
        &account("imap.example.org:993"),
        r#"
grussd.toml:4:8: `account.a.imap.host`: expected the bare name of a host; the port is a key of its own, `port`
    4 | host = "imap.example.org:993"
      |        ^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    check(
        &account("petra:hunter2@imap.example.org"),
        r#"
grussd.toml:4:8: `account.a.imap.host`: expected a host name without user or password
    4 | host = …
      |        ^
"#,
    );
    for host in ["127.0.0.1", "::1", "localhost", "imap.example.org", "xn--bcher-kva.example"] {
        check(&account(host), "no problem");
    }
}

#[test]
fn folders() {
    let maildir = "[account.a.maildir]\npath = \"/srv/mail\"\n[account.a.folders]\n";
    check(
        &format!("{maildir}personal = \"Post\"\npitch = \"Post\"\nboilerplate = \"inbox\"\n"),
        r#"
grussd.toml:5:9: `account.a.folders.pitch`: "Post" is also `personal`: expected a folder of its own
    5 | pitch = "Post"
      |         ^^^^^^
grussd.toml:6:15: `account.a.folders.boilerplate`: "INBOX" is also `inbox`: expected a folder of its own
    6 | boilerplate = "inbox"
      |               ^^^^^^^
"#,
    );
    check(
        &format!("{maildir}pitch = \"Grüße//Werbung\"\ninbox = []\nsent = true\n"),
        r#"
grussd.toml:4:9: `account.a.folders.pitch`: "Grüße//Werbung" is no name of a folder: a level of it is empty
    4 | pitch = "Grüße//Werbung"
      |         ^^^^^^^^^^^^^^^^
grussd.toml:5:9: `account.a.folders.inbox`: expected a list of folders, such as ["INBOX"]; found an empty list
    5 | inbox = []
      |         ^^
grussd.toml:6:8: `account.a.folders.sent`: expected "auto", the name of a folder, or false; found true
    6 | sent = true
      |        ^^^^
"#,
    );
    check(
        &format!("{maildir}pitch = \"a\\u001b[2Jb\"\nboilerplate = \"a\u{202e}b\"\n"),
        r#"
grussd.toml:4:9: `account.a.folders.pitch`: "a\u{1b}[2Jb" is no name of a folder: it holds a control character
    4 | pitch = "a\u001b[2Jb"
      |         ^^^^^^^^^^^^^
grussd.toml:5:15: `account.a.folders.boilerplate`: "a\u{202e}b" is no name of a folder: it holds a control character
    5 | boilerplate = "a\u{202e}b"
      |               ^^^^^
"#,
    );
}

#[test]
fn accounts() {
    check(
        "[account.\"büro x\".imap]\nhost = \"imap.example.org\"\n",
        r#"
grussd.toml:1:10: `account."büro x"`: the name of an account is of a-z, A-Z, 0-9, `-`, `_`
    1 | [account."büro x".imap]
      |          ^^^^^^^^
"#,
    );
    check(
        "[account.a.maildir]\npath = \"/srv/mail\"\n[account.b.maildir]\npath = \"/srv/mail\"\n",
        r#"
grussd.toml:3:10: `account.b` watches an inbox of the account `a`: two accounts would file the same mail
    3 | [account.b.maildir]
      |          ^
"#,
    );
}

#[test]
fn paths() {
    check(
        "state_dir = \"~/grussd\"",
        r#"
grussd.toml:1:13: `state_dir`: `~` and variables are not expanded: write the whole path
    1 | state_dir = "~/grussd"
      |             ^^^^^^^^^^
"#,
    );
}

#[test]
fn no_toml() {
    check(
        "[account.main.imap]\r\nuser = petra@example.org # that's me\r\n",
        r#"
grussd.toml:2:8: string values must be quoted, expected literal string
    2 | user = petra@example.org
      |        ^
"#,
    );
    check(
        "[account.main.imap\nhost = \"imap.example.org\"\n",
        r#"
grussd.toml:1:19: unclosed table, expected `]`
    1 | [account.main.imap
      |                   ^
"#,
    );
    check(
        "[filing]\nmode = \"move\"\nmode = \"tag\"\n",
        r#"
grussd.toml:3:1: duplicate key
    3 | mode = "tag"
      | ^
"#,
    );
}

/// Whatever is wrong with a line, and wherever on it: what could be a secret is not shown.
#[test]
fn secrets_are_never_shown() {
    for line in [
        "password = \"hunter2\"",
        "password = \"hunter2",
        "password = hunter2",
        "password: hunter2",
        "password hunter2",
        "hunter2",
        "\"hunter2\"",
        "passwort = \"hunter2\"",
        "kennung = \"hunter2\"",
        "password_file = hunter2",
        "password_file = \"~hunter2\"",
        "password_file = [\"hunter2\"]",
        "password_command = \"echo hunter2\"",
        "password_command = [\"echo\", \"hunter2\", 5]",
        "password_command = [\"echo\", \"hunter2\"",
        "password_command = [\n \"echo\",\n \"hunter2\"\n port = 1",
        "password_command = [\n \"echo\",\n \"hunter2\n]",
        "password_command = [\n [hunter2\n]",
        "password_command = [\"\", \"hunter2\"]",
        "credential = \"../hunter2\"",
        "credential = '''\nhunter2",
        "oauth2.token_command = \"hunter2\"",
        "oauth2.secret = \"hunter2\"",
        "oauth2 = { secret = \"hunter2\", token_command = 5 }",
        "host = \"petra:hunter2@imap.example.org\"",
        "host = petra:hunter2@imap.example.org",
        "host = [\"petra:hunter2@imap.example.org\"]",
        "port = \"993\" # hunter2",
        "port = 993 hunter2",
        "host = \"imap.example.org\" password = \"hunter2\"",
        "host = \"imap.example.org password = \"hunter2\"",
        "host = 'imap.example.org, hunter2",
        "port = x # hunter2",
        "idle = { password = \"hunter2\" }",
        "imap.password = \"hunter2\"",
        "[account.zwei.imap] # hunter2",
        "[account.zwei.imap # hunter2",
    ] {
        let text = format!("[account.main.imap]\n{line}\n");
        let report = report(&text, []);
        assert_ne!(report, "no problem", "{line}");
        assert!(!report.contains("hunter2"), "{line}\n{report}");
        let flat = text.replace('\n', " ").replacen("[account.main.imap]", "", 1);
        let inline = format!("account.main.imap = {{ {flat} , port = \"1\" }}");
        let report = self::report(&inline, []);
        assert!(!report.contains("hunter2"), "{inline}\n{report}");
    }
}

#[test]
fn problems_of_variables_name_the_variable() {
    check_variable(
        "GRUSSD__FILING__MODE",
        "mvoe",
        "environment variable GRUSSD__FILING__MODE: `filing.mode`: expected one of \"move\", \
         \"tag\", \"off\"; found \"mvoe\"; did you mean \"move\"?",
    );
    check_variable(
        "GRUSSD__FILING__MIN_BURRY",
        "0.9",
        "environment variable GRUSSD__FILING__MIN_BURRY: unknown key `min_burry` in [filing]: \
         expected one of `mode`, `min_personal`, `min_bury`, `max_moves_per_cycle`; did you mean \
         `min_bury`?",
    );
    check_variable(
        "GRUSSD__ACCOUNT__MAIN__IMAP__PORT",
        "imap",
        "environment variable GRUSSD__ACCOUNT__MAIN__IMAP__PORT: `account.main.imap.port`: \
         expected a port from 1 to 65535, such as 993; found a string",
    );
    check_variable(
        "GRUSSD__ACCOUNT__MAIN__MAILDIR",
        "/srv/mail",
        "environment variable GRUSSD__ACCOUNT__MAIN__MAILDIR: `account.main.maildir`: expected a \
         table; found a string",
    );
    check_variable(
        "GRUSSD__",
        "",
        "environment variable GRUSSD__: unknown key `\"\"` at the top level: expected one of \
         `state_dir`, `poll_interval`, `me`, `filing`, `account`",
    );
    check_variable("GRUSSD_LOG", "debug", "no problem");
}

/// The file says one thing, the environment another that is wrong: the environment is to blame.
#[test]
fn each_problem_is_put_where_it_came_from() {
    let report = report(
        "[filing]\nmode = \"tag\"\nmin_bury = 2\n",
        [("GRUSSD__FILING__MODE", "x"), ("GRUSSD__ACCOUNT__NEU__IMAP__USER", "petra")],
    );
    let places: Vec<&str> = report
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split("`").next())
        .collect();
    assert_eq!(
        places,
        [
            "grussd.toml:3:12: ",
            "environment variable GRUSSD__ACCOUNT__NEU__IMAP__USER: ",
            "environment variable GRUSSD__ACCOUNT__NEU__IMAP__USER: ",
            "environment variable GRUSSD__FILING__MODE: ",
        ],
        "{report}"
    );
}
