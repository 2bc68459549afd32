//! From a file and the environment to a checked configuration.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use config::{ConfigError, Map, Value};
use serde::Deserialize;

use super::Config;
use super::check::{Ground, check};
use super::document::{Document, Entry};
use super::excerpt::Excerpt;
use super::files;
use super::key::KeyPath;
use super::origin::{Origins, Source};
use super::problem::{Place, Problem, Problems};
use super::raw::Raw;
use super::strict;
use super::surroundings::Surroundings;
use super::variables;

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

type File = (PathBuf, String);

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

/// Layers a file and the environment over the defaults, all checked.
pub(super) fn assemble(
    file: Option<File>,
    surroundings: &Surroundings,
) -> Result<(Config, Origins), Problems> {
    let base = file.as_ref().and_then(|(path, _)| path.parent()).unwrap_or(Path::new(""));
    let ground = Ground { base: base.to_owned(), state_dir: surroundings.state_dir() };
    let (variables, mut problems) = surroundings.overrides();

    let (written, source) = match file {
        Some((path, text)) => take_apart(path, text)?,
        None => (Vec::new(), None),
    };
    let accounts: Vec<&str> = written
        .iter()
        .filter_map(|entry| match entry.path.names().as_slice() {
            ["account", name, ..] => Some(*name),
            _ => None,
        })
        .collect();
    let (overriding, names) = variables::overrides(&variables, &accounts);

    let file_only = Origins { file: source, ..Origins::default() };
    let environment_only = Origins { variables: names, ..Origins::default() };
    let mut layers = Vec::new();
    let mut attempted = Vec::new();
    for (entries, origins) in [(written, &file_only), (overriding, &environment_only)] {
        let reading = strict::read(entries);
        let findings = reading.findings.into_vec();
        problems.extend(findings.into_iter().map(|finding| origins.problem(finding)));
        attempted.extend(reading.attempted);
        layers.push(reading.good);
    }
    let origins = Origins { file: file_only.file, ..environment_only };

    let checked = match layer(layers) {
        Ok(raw) => check(&raw, &ground),
        // Unreachable as long as the schema is asked of `Raw`; the text could quote a secret.
        Err(_) => {
            problems.push(Problem {
                place: Place::Nowhere,
                what: "file and environment don't fit together".to_owned(),
            });
            return Err(Problems::new(problems));
        }
    };
    match checked {
        Ok(config) if problems.is_empty() => Ok((config, origins)),
        Ok(_) => Err(Problems::new(problems)),
        Err(findings) => {
            let is_consequence =
                |absent: &KeyPath| attempted.iter().any(|path: &KeyPath| path.within(absent));
            let findings =
                findings.into_iter().filter(|finding| !finding.absent.iter().any(is_consequence));
            problems.extend(findings.map(|finding| origins.problem(finding)));
            Err(Problems::new(problems))
        }
    }
}

fn take_apart(path: PathBuf, text: String) -> Result<(Vec<Entry>, Option<Source>), Problems> {
    match Document::parse(&text) {
        Ok(Document { entries, keys, values }) => {
            Ok((entries, Some(Source { path, text, keys, values })))
        }
        Err(error) => {
            let excerpt = Excerpt::syntax(&text, error.offset);
            Err(Problem { place: Place::Line(path, excerpt), what: error.message }.into())
        }
    }
}

/// Lays each layer over the ones before it, key by key.
fn layer(layers: Vec<Vec<Entry>>) -> Result<Raw, ConfigError> {
    let mut builder = config::Config::builder();
    for entries in layers {
        builder = builder.add_source(Layer(nest(entries)?));
    }
    builder.build()?.try_deserialize()
}

/// The tables that the entries stand in.
fn nest(entries: Vec<Entry>) -> Result<Map<String, Value>, ConfigError> {
    let mut root = toml::Table::new();
    for entry in entries {
        insert(&mut root, &entry.path.names(), entry.value);
    }
    Map::deserialize(root).map_err(|error| ConfigError::Foreign(Box::new(error)))
}

fn insert(table: &mut toml::Table, names: &[&str], value: toml::Value) {
    match names {
        [] => {}
        [name] => {
            table.insert((*name).to_owned(), value);
        }
        [name, rest @ ..] => {
            let inner = table.entry(*name).or_insert_with(|| toml::Table::new().into());
            // Were it a key besides being a table, it would have been refused.
            if let toml::Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// A layer for the `config` crate.
#[derive(Debug, Clone)]
struct Layer(Map<String, Value>);

impl config::Source for Layer {
    fn clone_into_box(&self) -> Box<dyn config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}
