//! Where a secret comes from. It is overwritten in memory when it is no longer needed, and never
//! shown.

use std::fmt;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::limits::MAX_SECRET;
use crate::config::SecretSource;
use crate::mailbox::MailboxError;
use crate::text::escape::escape;

/// Bits of a file's mode that let anybody but its owner in.
const OTHERS: u32 = 0o077;

/// A password or a token.
pub(super) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads a secret: the first line, without its end.
///
/// # Errors
/// [`MailboxError::Secret`], which says what to mend.
pub(super) async fn read(source: &SecretSource, limit: Duration) -> Result<Secret, MailboxError> {
    let read = async {
        match source {
            SecretSource::File(path) => from_file(path, true).await,
            SecretSource::Credential(name) => from_credential(name).await,
            SecretSource::Command(words) | SecretSource::TokenCommand(words) => {
                from_command(words).await
            }
        }
    };
    match timeout(limit, read).await {
        Ok(read) => read,
        Err(_) => Err(cant(&spoken(source), &format!("nothing came within {} s", limit.as_secs()))),
    }
}

async fn from_file(path: &Path, only_owner: bool) -> Result<Secret, MailboxError> {
    let name = escape(&path.to_string_lossy()).into_owned();
    let unread = |error: io::Error| cant(&name, &error.to_string());
    let file = File::open(path).await.map_err(unread)?;
    let metadata = file.metadata().await.map_err(unread)?;
    let mode = metadata.permissions().mode() & 0o7777;
    if metadata.is_dir() {
        return Err(cant(&name, "it is a folder"));
    }
    // Looked at after opening, so that it is this file.
    if only_owner && mode & OTHERS != 0 {
        let why = format!("others than its owner can get at it (mode {mode:04o}): chmod 600 it");
        return Err(cant(&name, &why));
    }
    first_line(file).await.map_err(unread)?.map_err(|why| cant(&name, why))
}

/// systemd alone decides who may read a credential; by an ACL, which looks like group rights.
async fn from_credential(name: &str) -> Result<Secret, MailboxError> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|it| !it.is_empty());
    let Some(folder) = folder else {
        let why = "systemd handed over no credentials: the unit names them by LoadCredential=";
        return Err(cant(&format!("credential {}", escape(name)), why));
    };
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err(cant(&format!("credential {}", escape(name)), "that is no name of one"));
    }
    from_file(&PathBuf::from(folder).join(name), false).await
}

async fn from_command(words: &[String]) -> Result<Secret, MailboxError> {
    let source = SecretSource::Command(words.to_vec());
    let unread = |error: io::Error| cant(&spoken(&source), &error.to_string());
    let Some((program, arguments)) = words.split_first() else {
        return Err(cant("the command for the secret", "it is empty"));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // What it complains about may quote the secret.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(unread)?;
    let Some(stdout) = child.stdout.take() else {
        return Err(cant(&spoken(&source), "it has no output"));
    };
    let secret = first_line(stdout).await.map_err(unread)?;
    let status = child.wait().await.map_err(unread)?;
    if !status.success() {
        return Err(cant(&spoken(&source), &format!("it failed ({status})")));
    }
    secret.map_err(|why| cant(&spoken(&source), why))
}

/// Reads to the end, so that whoever writes is not cut off, and takes the first line.
async fn first_line(from: impl AsyncRead + Unpin) -> io::Result<Result<Secret, &'static str>> {
    // Whatever is not grown into is never left behind in freed memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
    let mut from = from.take(MAX_SECRET);
    let mut chunk = Zeroizing::new([0; 4096]);
    loop {
        let count = from.read(chunk.as_mut_slice()).await?;
        if count == 0 {
            break;
        }
        if bytes.len() + count > bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * bytes.capacity()));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(match line {
        [] => Err("it is empty"),
        _ if line.iter().any(|byte| matches!(byte, 0 | b'\r')) => {
            Err("it holds a control character that no server takes")
        }
        _ => Ok(Secret(Zeroizing::new(line.to_vec()))),
    })
}

/// Of a command its program only: the rest may be a secret.
fn spoken(source: &SecretSource) -> String {
    let text = match source {
        SecretSource::File(path) => path.to_string_lossy().into_owned(),
        SecretSource::Credential(name) => format!("credential {name}"),
        SecretSource::Command(words) | SecretSource::TokenCommand(words) => {
            format!("the command {}", words.first().map_or("", String::as_str))
        }
    };
    escape(&text).into_owned()
}

fn cant(source: &str, why: &str) -> MailboxError {
    MailboxError::Secret(format!("the secret can't be read from {source}: {why}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    async fn read_briefly(source: SecretSource) -> Result<String, String> {
        match read(&source, Duration::from_secs(5)).await {
            Ok(secret) => Ok(String::from_utf8(secret.bytes().to_vec()).unwrap()),
            Err(error @ MailboxError::Secret(_)) => Err(error.to_string()),
            Err(error) => panic!("{error}"),
        }
    }

    fn file(folder: &Path, content: &[u8], mode: u32) -> SecretSource {
        let path = folder.join("secret");
        let _ = fs::remove_file(&path);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        SecretSource::File(path)
    }

    #[tokio::test]
    async fn the_first_line_without_its_end_is_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        for (content, expected) in [
            (" pass wörd \"\\ \n".as_bytes(), " pass wörd \"\\ "),
            (b"a\r\nb\n", "a"),
            (b"no end", "no end"),
        ] {
            let source = file(folder.path(), content, 0o600);
            assert_eq!(read_briefly(source).await.as_deref(), Ok(expected));
        }
        let long = "x".repeat(20_000);
        let source = file(folder.path(), long.as_bytes(), 0o400);
        assert_eq!(read_briefly(source).await, Ok(long));
        for content in [b"".as_slice(), b"\nx", b"a\0b\n"] {
            let source = file(folder.path(), content, 0o600);
            assert!(read_briefly(source).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            let error = read_briefly(file(folder.path(), b"hunter2", mode)).await.unwrap_err();
            assert!(error.ends_with(&format!("(mode {mode:04o}): chmod 600 it")), "{error}");
            assert!(!error.contains("hunter2"));
        }
        for path in ["absent", "."] {
            let source = SecretSource::File(folder.path().join(path));
            assert!(read_briefly(source).await.is_err());
        }
    }

    fn command(words: &[&str]) -> SecretSource {
        SecretSource::Command(words.iter().map(|it| (*it).to_owned()).collect())
    }

    #[tokio::test]
    async fn commands_run_without_a_shell() {
        let found = read_briefly(command(&["printf", "%s\\nmore\\n", "$HOME;x"])).await;
        assert_eq!(found.as_deref(), Ok("$HOME;x"));
        for (words, expected) in [
            (vec!["false"], "the command false: it failed (exit status: 1)"),
            (vec!["true"], "the command true: it is empty"),
            (vec!["/nonexistent/x", "hunter2"], "the command /nonexistent/x: No such file"),
            (vec![], "the command for the secret: it is empty"),
        ] {
            let error = read_briefly(command(&words)).await.unwrap_err();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("hunter2"));
        }
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_given_up() {
        let source = command(&["sleep", "1000"]);
        let error = read(&source, Duration::from_millis(200)).await.unwrap_err();
        assert!(error.to_string().contains("nothing came within"), "{error}");
    }

    #[tokio::test]
    async fn credentials_need_systemd_and_a_name() {
        for name in ["", "../x", "a/b", "x"] {
            assert!(read_briefly(SecretSource::Credential(name.to_owned())).await.is_err());
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret(Zeroizing::new(b"hunter2".to_vec()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
