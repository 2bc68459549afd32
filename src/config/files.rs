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
    if !CertificateDer::pem_slice_iter(&bytes).next().is_some_and(|first| first.is_ok()) {
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
