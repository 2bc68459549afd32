//! Finding and reading the configuration.

use std::fs;
use std::io;
use std::path::Path;

use super::Config;
use super::files;
use super::layer::{File, assemble};
use super::origin::Origins;
use super::problem::{Place, Problem, Problems};
use super::surroundings::Surroundings;

/// Longer files are no configuration.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A checked configuration, and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    origins: Origins,
    surroundings: Surroundings,
    /// Where no file was found, with the reason, if none was.
    searched: Vec<String>,
}

/// Reads the configuration: `explicit`, else the first that there is of
/// `/etc/grussd/grussd.toml` and `$XDG_CONFIG_HOME/grussd/grussd.toml`, else the defaults; and on
/// top of it the variables `GRUSSD__SECTION__KEY`.
///
/// # Errors
/// All problems of the file and the variables. Files that they name are not looked at
/// ([`Loaded::ready`]).
pub fn load(explicit: Option<&Path>) -> Result<Loaded, Problems> {
    load_from(explicit, Surroundings::of_process())
}

fn load_from(explicit: Option<&Path>, surroundings: Surroundings) -> Result<Loaded, Problems> {
    let mut searched = Vec::new();
    let file = match explicit {
        Some(path) => Some(read(path).map_err(|what| whole_file(path, what))?),
        None => search(&surroundings, &mut searched)?,
    };
    let (config, origins) = assemble(file, &surroundings)?;
    Ok(Loaded { config, origins, surroundings, searched })
}

impl Loaded {
    /// The file that was read, if any.
    pub fn file(&self) -> Option<&Path> {
        self.origins.file.as_ref().map(|file| file.path.as_path())
    }

    /// Whether there is anything to connect to: an account, and for each the files that it needs.
    ///
    /// # Errors
    /// Says what to do where there is no account; every secret and certificate that is missing or
    /// open to others.
    pub fn ready(&self) -> Result<(), Problems> {
        if self.config.accounts.is_empty() {
            return Err(self.no_account().into());
        }
        let findings = files::check(&self.config, &self.surroundings);
        if findings.is_empty() {
            return Ok(());
        }
        let problems = findings.into_iter().map(|finding| self.origins.problem(finding));
        Err(Problems::new(problems.collect()))
    }

    fn no_account(&self) -> Problem {
        match self.file() {
            Some(file) => Problem {
                place: Place::File(file.to_owned()),
                what:
                    "no account: expected a table [account.NAME.imap] with `host` and `user`, or \
                       [account.NAME.maildir] with `path`"
                        .to_owned(),
            },
            None => Problem {
                place: Place::Nowhere,
                what: format!(
                    "no configuration: looked for {}; write one, or name it by --config FILE",
                    self.searched.join(" and ")
                ),
            },
        }
    }
}

/// The first configuration that there is. One that a user may not see is none for that user.
fn search(
    surroundings: &Surroundings,
    searched: &mut Vec<String>,
) -> Result<Option<File>, Problems> {
    for path in surroundings.candidates() {
        match fs::metadata(&path) {
            Ok(_) => return read(&path).map(Some).map_err(|what| whole_file(&path, what)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                searched.push(path.display().to_string());
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                searched.push(format!("{} (permission denied)", path.display()));
            }
            Err(error) => return Err(whole_file(&path, format!("can't be read: {error}"))),
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<File, String> {
    let metadata = fs::metadata(path).map_err(|error| format!("can't be read: {error}"))?;
    if metadata.len() > MAX_FILE_BYTES {
        return Err(format!("longer than {MAX_FILE_BYTES} bytes: no configuration"));
    }
    let bytes = fs::read(path).map_err(|error| format!("can't be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not in UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned);
    Ok((path.to_owned(), text))
}

fn whole_file(path: &Path, what: String) -> Problems {
    Problem { place: Place::File(path.to_owned()), what }.into()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;

    fn folder(file: &str, text: &str) -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], expected: &str) {
        let (_folder, path) = folder("grussd.toml", "");
        fs::write(&path, bytes).unwrap();
        let problems = load_from(Some(&path), Surroundings::default()).unwrap_err();
        assert_eq!(problems.to_string(), format!("{}: {expected}", path.display()));
    }

    #[test]
    fn files_that_are_no_configuration() {
        check_refused(b"[me]\nnames = [\"Petra \xdcber\"]\n", "line 2 is not in UTF-8");
        check_refused(&vec![b'#'; 2_000_000], "longer than 1048576 bytes: no configuration");
        let problems =
            load_from(Some(Path::new("/nonexistent/x.toml")), Surroundings::default()).unwrap_err();
        assert_eq!(
            problems.to_string(),
            "/nonexistent/x.toml: can't be read: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let (_folder, path) = folder("grussd.toml", "\u{feff}poll_interval = \"1\"\r\n");
        let problems = load_from(Some(&path), Surroundings::default()).unwrap_err();
        assert!(problems.to_string().contains("grussd.toml:1:17: `poll_interval`"), "{problems}");
    }

    #[test]
    fn the_file_of_the_user_is_found() {
        let (home, path) = folder("grussd/grussd.toml", "poll_interval = \"7m\"\n");
        let home = home.path().to_str().unwrap();
        let loaded = load_from(None, Surroundings::from([("XDG_CONFIG_HOME", home)])).unwrap();
        assert_eq!(loaded.file(), Some(path.as_path()));
        assert_eq!(loaded.config.poll_interval.as_secs(), 7 * 60);
        let problem = loaded.ready().unwrap_err().to_string();
        assert_eq!(
            problem,
            format!(
                "{}: no account: expected a table [account.NAME.imap] with `host` and `user`, or \
                 [account.NAME.maildir] with `path`",
                path.display()
            )
        );
    }

    #[test]
    fn without_a_file_there_are_the_defaults_and_no_account() {
        let surroundings = Surroundings::from([("HOME", "/nonexistent")]);
        let loaded = load_from(None, surroundings).unwrap();
        let state = PathBuf::from("/nonexistent/.local/state/grussd");
        assert_eq!(loaded.config, Config::new(state));
        assert_eq!(
            loaded.ready().unwrap_err().to_string(),
            "no configuration: looked for /etc/grussd/grussd.toml and \
             /nonexistent/.config/grussd/grussd.toml; write one, or name it by --config FILE"
        );
    }

    #[test]
    fn relative_paths_start_at_the_file() {
        let (folder, path) =
            folder("grussd.toml", "state_dir = \"state\"\n[account.a.maildir]\npath = \"Mail\"");
        let loaded = load_from(Some(&path), Surroundings::default()).unwrap();
        assert_eq!(loaded.config.state_dir, folder.path().join("state"));
        assert_eq!(
            loaded.config.accounts[0].source,
            crate::config::Source::Maildir { path: folder.path().join("Mail") }
        );
    }
}
