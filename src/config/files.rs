//! What the configuration names outside of itself: secrets and certificates that must be there
//! before a connection is tried.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::finding::{Finding, Findings};
use super::key::KeyPath;
use super::surroundings::Surroundings;
use super::{Config, SecretSource, Source};

/// Bits of a file's mode that let anybody but its owner in.
const OTHERS: u32 = 0o077;

/// Looks for every file that the accounts need. Nothing that could be a secret is shown: a path is
/// only where a file is there.
pub(super) fn check(config: &Config, surroundings: &Surroundings) -> Vec<Finding> {
    let mut findings = Findings::default();
    for account in &config.accounts {
        let Source::Imap(imap) = &account.source else { continue };
        let table = KeyPath::from(["account", &account.name, "imap"]);
        if let Some(file) = &imap.ca_file {
            check_certificates(&table.child("ca_file"), file, &mut findings);
        }
        match &imap.secret {
            SecretSource::File(file) => {
                check_secret(&table.child("password_file"), file, &mut findings);
            }
            SecretSource::Credential(name) => {
                check_credential(&table.child("credential"), name, surroundings, &mut findings);
            }
            SecretSource::Command(words) => {
                check_program(&table.child("password_command"), words, surroundings, &mut findings);
            }
            SecretSource::TokenCommand(words) => {
                let key = table.child("oauth2").child("token_command");
                check_program(&key, words, surroundings, &mut findings);
            }
        }
    }
    findings.into_vec()
}

fn check_certificates(key: &KeyPath, file: &Path, findings: &mut Findings) {
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            return findings.value(key, format_args!("{} can't be read: {error}", file.display()));
        }
    };
    if CertificateDer::pem_slice_iter(&bytes).next().is_none_or(|first| first.is_err()) {
        findings.value(key, format_args!("{} holds no certificate in PEM", file.display()));
    }
}

fn check_secret(key: &KeyPath, file: &Path, findings: &mut Findings) {
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) => {
            return findings.value(key, format_args!("the file can't be found: {error}"));
        }
    };
    let file_name = file.display();
    let mode = metadata.permissions().mode();
    if metadata.is_dir() {
        findings.value(key, format_args!("{file_name} is a folder; expected a file"));
    } else if mode & OTHERS != 0 {
        let mode = mode & 0o7777;
        findings.value(
            key,
            format_args!(
                "others than its owner can get at {file_name} (mode {mode:04o}): chmod 600 it"
            ),
        );
    } else if let Err(error) = File::open(file) {
        findings.value(key, format_args!("{file_name} can't be read: {error}"));
    } else if metadata.is_file() && metadata.len() == 0 {
        findings.value(key, format_args!("{file_name} is empty"));
    }
}

fn check_credential(
    key: &KeyPath,
    name: &str,
    surroundings: &Surroundings,
    findings: &mut Findings,
) {
    let Some(folder) = surroundings.path("CREDENTIALS_DIRECTORY") else {
        return findings.value(
            key,
            "systemd handed over no credentials: this key is for the service, whose unit names \
             them by LoadCredential=",
        );
    };
    if !folder.join(name).is_file() {
        findings.value(
            key,
            "systemd handed over no credential of this name: the unit names it by LoadCredential=",
        );
    }
}

fn check_program(
    key: &KeyPath,
    words: &[String],
    surroundings: &Surroundings,
    findings: &mut Findings,
) {
    let program = words.first().map_or("", String::as_str);
    let found = if program.contains('/') {
        is_executable(Path::new(program))
    } else {
        let path = surroundings.get("PATH").unwrap_or(OsStr::new("/usr/bin:/bin"));
        std::env::split_paths(path).any(|folder| is_executable(&folder.join(program)))
    };
    if !found {
        findings.value(key, "its first word is no program that can be run");
    }
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;
    use crate::config::{Account, Folders, Imap, Tls};

    fn imap(secret: SecretSource, ca_file: Option<PathBuf>) -> Config {
        let source = Source::Imap(Imap {
            host: "imap.example.org".to_owned(),
            port: 993,
            tls: Tls::Implicit,
            ca_file,
            user: "petra".to_owned(),
            secret,
            idle: true,
        });
        let account = Account { name: "main".to_owned(), source, folders: Folders::default() };
        Config { accounts: vec![account], ..Config::new(PathBuf::from("/state")) }
    }

    #[track_caller]
    fn check_found(config: &Config, surroundings: &Surroundings, expected: Option<&str>) {
        let found: Vec<String> =
            check(config, surroundings).into_iter().map(|finding| finding.what).collect();
        assert_eq!(found, expected.map(str::to_owned).into_iter().collect::<Vec<_>>());
    }

    fn write(folder: &TempDir, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_password_file_is_there_and_private() {
        let folder = TempDir::new().unwrap();
        let key = "`account.main.imap.password_file`";
        for (mode, private) in
            [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o620, false)]
        {
            let path = write(&folder, &format!("{mode:o}"), "hunter2\n", mode);
            let expected = (!private).then(|| {
                let path = path.display();
                format!(
                    "{key}: others than its owner can get at {path} (mode {mode:04o}): chmod 600 it"
                )
            });
            let config = imap(SecretSource::File(path.clone()), None);
            check_found(&config, &Surroundings::default(), expected.as_deref());
        }

        let empty = write(&folder, "empty", "", 0o600);
        let expected = format!("{key}: {} is empty", empty.display());
        let config = imap(SecretSource::File(empty), None);
        check_found(&config, &Surroundings::default(), Some(&expected));

        let config = imap(SecretSource::File(folder.path().join("hunter2")), None);
        let expected =
            format!("{key}: the file can't be found: No such file or directory (os error 2)");
        check_found(&config, &Surroundings::default(), Some(&expected));

        let config = imap(SecretSource::File(folder.path().to_owned()), None);
        let expected = format!("{key}: {} is a folder; expected a file", folder.path().display());
        check_found(&config, &Surroundings::default(), Some(&expected));
    }

    #[test]
    fn credentials_come_from_systemd() {
        let folder = TempDir::new().unwrap();
        write(&folder, "imap", "hunter2", 0o400);
        let path = folder.path().to_str().unwrap();
        let handed = Surroundings::from([("CREDENTIALS_DIRECTORY", path)]);
        let key = "`account.main.imap.credential`";
        check_found(&imap(SecretSource::Credential("imap".to_owned()), None), &handed, None);
        check_found(
            &imap(SecretSource::Credential("other".to_owned()), None),
            &handed,
            Some(&format!(
                "{key}: systemd handed over no credential of this name: the unit names it by \
                 LoadCredential="
            )),
        );
        check_found(
            &imap(SecretSource::Credential("imap".to_owned()), None),
            &Surroundings::default(),
            Some(&format!(
                "{key}: systemd handed over no credentials: this key is for the service, whose \
                 unit names them by LoadCredential="
            )),
        );
    }

    #[test]
    fn commands_can_be_run() {
        let folder = TempDir::new().unwrap();
        let program = write(&folder, "secret", "#!/bin/sh\n", 0o700);
        write(&folder, "text", "", 0o600);
        let path = folder.path().to_str().unwrap();
        let surroundings = Surroundings::from([("PATH", path)]);
        let whole = program.to_str().unwrap();
        let absent = "its first word is no program that can be run";
        for (word, found) in [("secret", true), (whole, true), ("text", false), ("sh", false)] {
            let words = vec![word.to_owned(), "hunter2".to_owned()];
            let expected = format!("`account.main.imap.password_command`: {absent}");
            let config = imap(SecretSource::Command(words.clone()), None);
            check_found(&config, &surroundings, (!found).then_some(&expected));
            let expected = format!("`account.main.imap.oauth2.token_command`: {absent}");
            let config = imap(SecretSource::TokenCommand(words), None);
            check_found(&config, &surroundings, (!found).then_some(&expected));
        }
    }

    #[test]
    fn authorities_are_in_pem() {
        let folder = TempDir::new().unwrap();
        let key = "`account.main.imap.ca_file`";
        let secret = || SecretSource::Command(vec!["/bin/sh".to_owned()]);
        let certificate =
            rcgen::generate_simple_self_signed(["imap.example.org".to_owned()]).unwrap();
        let good = write(&folder, "ca.pem", &certificate.cert.pem(), 0o644);
        check_found(&imap(secret(), Some(good)), &Surroundings::default(), None);
        let bad = write(&folder, "bad.pem", "hello", 0o644);
        let expected = format!("{key}: {} holds no certificate in PEM", bad.display());
        check_found(&imap(secret(), Some(bad)), &Surroundings::default(), Some(&expected));
        let absent = folder.path().join("absent.pem");
        let expected = format!(
            "{key}: {} can't be read: No such file or directory (os error 2)",
            absent.display()
        );
        check_found(&imap(secret(), Some(absent)), &Surroundings::default(), Some(&expected));
    }
}
