//! The model that is used: the one that was asked for, else the installed one, else the built-in
//! one. Installed is `model` in the state directory; the one before it is kept as
//! `model.previous`.
//!
//! What is installed but can't be used is an error and never silently replaced by the built-in
//! model: mail would be filed by another judgement than the owner's. Deliberately absent: whether a
//! model is any good.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Disk, StateDir};
use crate::classify::{Model, ModelError};

const INSTALLED: &str = "model";
const PREVIOUS: &str = "model.previous";
/// Written here first, then renamed.
const NEW: &str = "model.new";

/// What is larger was not written by this program.
const MAX_MODEL_BYTES: u64 = 1 << 28;

/// A model with where it comes from.
#[derive(Debug)]
pub struct LoadedModel {
    /// The model.
    pub model: Model,
    /// Where it comes from.
    pub origin: ModelOrigin,
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelOrigin {
    /// A file that was asked for.
    File(PathBuf),
    /// The state directory.
    Installed(PathBuf),
    /// The program.
    Builtin,
}

impl fmt::Display for ModelOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelOrigin::File(path) => write!(f, "{}", path.display()),
            ModelOrigin::Installed(path) => write!(f, "installed, {}", path.display()),
            ModelOrigin::Builtin => f.write_str("built in"),
        }
    }
}

/// Why there is no model, or none could be installed.
#[derive(Debug, thiserror::Error)]
pub enum ModelStoreError {
    /// The file can't be read.
    #[error("model {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The file was read and is no model that can be used.
    #[error("model {}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: ModelError,
    },
    /// The built-in model or the one that is to be installed makes no sense.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// It could not be written; the one before is still installed.
    #[error("model {} can't be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// There is nothing to go back to.
    #[error(
        "no model was installed before; to go back to the built-in one, remove {}",
        path.display()
    )]
    NoPrevious {
        /// The installed model.
        path: PathBuf,
    },
    /// The model before is the one that is installed.
    #[error("the model before is the same as the installed one")]
    SamePrevious,
}

/// Loads the model of a file if one is given, else the installed one if there is one, else the
/// built-in one.
///
/// # Errors
/// The first of these that there is can't be read or used.
pub fn load(
    given: Option<&Path>,
    state_dir: Option<&Path>,
) -> Result<LoadedModel, ModelStoreError> {
    if let Some(path) = given {
        let unreadable = |source| ModelStoreError::Unreadable { path: path.to_owned(), source };
        let unusable = |source| ModelStoreError::Unusable { path: path.to_owned(), source };
        let model = Model::from_bytes(&read_file(path).map_err(unreadable)?).map_err(unusable)?;
        return Ok(LoadedModel { model, origin: ModelOrigin::File(path.to_owned()) });
    }
    if let Some(dir) = state_dir
        && let Some(model) = ModelStore::at(dir).installed()?
    {
        return Ok(LoadedModel { model, origin: ModelOrigin::Installed(dir.join(INSTALLED)) });
    }
    Ok(LoadedModel { model: Model::builtin()?, origin: ModelOrigin::Builtin })
}

/// Reads a file that should be a model, in whatever form.
///
/// # Errors
/// It can't be read, or is larger than any model.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    read_all(&mut File::open(path)?)
}

/// Reads what should be a model to its end.
///
/// # Errors
/// As [`read_file`].
pub fn read_all(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if input.take(MAX_MODEL_BYTES + 1).read_to_end(&mut bytes)? as u64 > MAX_MODEL_BYTES {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "larger than 256 MiB"));
    }
    Ok(bytes)
}

/// Writes the file of a model that is not to be installed.
///
/// # Errors
/// It can't be written.
pub fn write_file(path: &Path, model: &Model) -> Result<(), ModelStoreError> {
    std::fs::write(path, model.to_bytes()?)
        .map_err(|source| ModelStoreError::Unwritable { path: path.to_owned(), source })
}

/// The models in a state directory.
#[derive(Debug)]
pub struct ModelStore<D> {
    dir: PathBuf,
    disk: D,
}

impl ModelStore<StateDir> {
    /// Those of a state directory as it is.
    pub fn at(dir: &Path) -> Self {
        ModelStore { dir: dir.to_owned(), disk: StateDir::at(dir) }
    }

    /// Those of a state directory, which is made where it is missing.
    ///
    /// # Errors
    /// It can't be made.
    pub fn make(dir: &Path) -> Result<Self, ModelStoreError> {
        let disk = StateDir::make(dir)
            .map_err(|source| ModelStoreError::Unwritable { path: dir.to_owned(), source })?;
        Ok(ModelStore { dir: dir.to_owned(), disk })
    }
}

impl<D: Disk> ModelStore<D> {
    /// When the installed model was written; none if there is none, or nobody knows.
    pub fn written(&self) -> Option<Timestamp> {
        let modified = std::fs::metadata(self.dir.join(INSTALLED)).and_then(|it| it.modified());
        Timestamp::try_from(modified.ok()?).ok()
    }

    /// The installed model; none if none is.
    ///
    /// # Errors
    /// There is one, but it can't be read or used.
    pub fn installed(&mut self) -> Result<Option<Model>, ModelStoreError> {
        self.read(INSTALLED)?.map(|bytes| self.model(INSTALLED, &bytes)).transpose()
    }

    /// Installs a model; the one that was installed becomes the one before. At each moment a whole
    /// model is installed, the old one or the new one, whatever fails.
    ///
    /// # Errors
    /// It could not be written.
    pub fn install(&mut self, model: &Model) -> Result<(), ModelStoreError> {
        let new = model.to_bytes()?;
        // What is damaged is not worth going back to.
        if let Some(old) = self.read(INSTALLED)?
            && old != new
            && Model::from_bytes(&old).is_ok()
        {
            self.write(PREVIOUS, &old)?;
        }
        self.write(INSTALLED, &new)
    }

    /// Installs the model before again; the one that was installed becomes the one before. If the
    /// machine stops in between, the model before is installed and kept as the one before too.
    ///
    /// # Errors
    /// There is none before, or it can't be used, or it could not be written; then nothing has
    /// changed.
    pub fn rollback(&mut self) -> Result<Model, ModelStoreError> {
        let Some(previous) = self.read(PREVIOUS)? else {
            return Err(ModelStoreError::NoPrevious { path: self.dir.join(INSTALLED) });
        };
        let model = self.model(PREVIOUS, &previous)?;
        let old = self.read(INSTALLED)?;
        if old.as_ref() == Some(&previous) {
            return Err(ModelStoreError::SamePrevious);
        }
        self.write(INSTALLED, &previous)?;
        if let Some(old) = old
            && Model::from_bytes(&old).is_ok()
        {
            self.write(PREVIOUS, &old)?;
        }
        Ok(model)
    }

    fn model(&self, name: &str, bytes: &[u8]) -> Result<Model, ModelStoreError> {
        Model::from_bytes(bytes)
            .map_err(|source| ModelStoreError::Unusable { path: self.dir.join(name), source })
    }

    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, ModelStoreError> {
        self.disk
            .read(name)
            .map_err(|source| ModelStoreError::Unreadable { path: self.dir.join(name), source })
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), ModelStoreError> {
        write(&mut self.disk, name, bytes)
            .map_err(|source| ModelStoreError::Unwritable { path: self.dir.join(name), source })
    }
}

/// Replaces a file by one that is whole and durable before it gets the name.
fn write(disk: &mut impl Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    disk.create(NEW)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = disk.append(NEW, rest)?;
        rest = rest.get(written..).filter(|_| written > 0).ok_or(ErrorKind::WriteZero)?;
    }
    disk.sync(NEW)?;
    // Another process may have written to the same file meanwhile.
    if disk.read(NEW)?.as_deref() != Some(bytes) {
        return Err(io::Error::other("another process installs a model too; try again"));
    }
    disk.rename(NEW, name)?;
    disk.sync_folder()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::small_model;
    use crate::store::faulty::{Failure, FaultyDisk};

    fn bytes(mails: u64) -> Vec<u8> {
        small_model(mails).to_bytes().unwrap()
    }

    fn store(disk: &FaultyDisk) -> ModelStore<FaultyDisk> {
        ModelStore { dir: PathBuf::from("state"), disk: disk.clone() }
    }

    /// A disk on which model 2 is installed and model 1 was before.
    fn disk() -> FaultyDisk {
        let disk = FaultyDisk::default();
        store(&disk).install(&small_model(1)).unwrap();
        store(&disk).install(&small_model(2)).unwrap();
        disk
    }

    fn contents(disk: &FaultyDisk) -> [Option<Vec<u8>>; 2] {
        [INSTALLED, PREVIOUS].map(|it| disk.content(it))
    }

    #[test]
    fn install_and_rollback() {
        let disk = disk();
        assert_eq!(contents(&disk), [2, 1].map(|it| Some(bytes(it))));
        assert_eq!(disk.content(NEW), None);
        store(&disk).rollback().unwrap();
        assert_eq!(contents(&disk), [1, 2].map(|it| Some(bytes(it))));
        store(&disk).rollback().unwrap();
        assert_eq!(contents(&disk), [2, 1].map(|it| Some(bytes(it))));
        store(&disk).install(&small_model(3)).unwrap();
        assert_eq!(contents(&disk), [3, 2].map(|it| Some(bytes(it))));
        // The same again is nothing to go back to.
        store(&disk).install(&small_model(3)).unwrap();
        assert_eq!(contents(&disk), [3, 2].map(|it| Some(bytes(it))));
    }

    #[test]
    fn rollback_needs_a_sound_model_before() {
        let disk = FaultyDisk::default();
        let refusal = store(&disk).rollback().unwrap_err().to_string();
        assert!(refusal.contains("no model was installed before"), "{refusal}");
        let disk = FaultyDisk::with(PREVIOUS, b"junk");
        store(&disk).install(&small_model(1)).unwrap();
        let error = store(&disk).rollback().unwrap_err();
        assert!(matches!(error, ModelStoreError::Unusable { .. }), "{error}");
        let disk = FaultyDisk::with(PREVIOUS, &bytes(1));
        store(&disk).install(&small_model(1)).unwrap();
        assert!(matches!(store(&disk).rollback(), Err(ModelStoreError::SamePrevious)));
    }

    #[test]
    fn a_damaged_model_is_no_model_before() {
        let disk = FaultyDisk::with(INSTALLED, b"junk");
        store(&disk).install(&small_model(1)).unwrap();
        assert_eq!(contents(&disk), [Some(bytes(1)), None]);
        let disk = disk_with_damage();
        assert!(matches!(store(&disk).installed(), Err(ModelStoreError::Unusable { .. })));
        store(&disk).rollback().unwrap();
        assert_eq!(contents(&disk), [1, 1].map(|it| Some(bytes(it))));
    }

    /// Model 2 was installed and got damaged, model 1 was before.
    fn disk_with_damage() -> FaultyDisk {
        let mut disk = disk();
        disk.truncate(INSTALLED, 100).unwrap();
        disk.sync(INSTALLED).unwrap();
        disk
    }

    #[track_caller]
    fn check_failures(job: impl Fn(&mut ModelStore<FaultyDisk>) -> bool, done: [u64; 2]) {
        let whole = disk();
        let [one, two, new] = [1, 2, done[0]].map(|it| Some(bytes(it)));
        let before = whole.calls();
        assert!(job(&mut store(&whole)));
        let calls = whole.calls() - before;
        assert_eq!(contents(&whole), done.map(|it| Some(bytes(it))));
        assert!(calls > 8, "{calls}");
        for call in 0..calls {
            for failure in Failure::ALL {
                for survives in [None, Some(0), Some(7), Some(usize::MAX)] {
                    let disk = FaultyDisk::with(INSTALLED, two.as_ref().unwrap());
                    write(&mut disk.clone(), PREVIOUS, one.as_ref().unwrap()).unwrap();
                    disk.fail_at(disk.calls() + call, failure);
                    let succeeded = job(&mut store(&disk));
                    if let Some(survives) = survives {
                        disk.crash(survives);
                    }
                    let [installed, previous] = contents(&disk);
                    let place = format!("call {call}, {failure:?}, {survives:?}");
                    assert!(installed == two || installed == new, "installed: {place}");
                    assert!(!succeeded || installed == new, "not installed: {place}");
                    assert!(previous == one || previous == two, "before: {place}");
                }
            }
        }
    }

    #[test]
    fn whatever_fails_a_whole_model_is_installed() {
        let model = small_model(3);
        check_failures(|store| store.install(&model).is_ok(), [3, 2]);
        check_failures(|store| store.rollback().is_ok(), [1, 2]);
    }

    #[test]
    fn a_full_disk_changes_nothing() {
        let disk = disk();
        disk.set_full(true);
        let error = store(&disk).install(&small_model(3)).unwrap_err().to_string();
        assert!(error.contains("can't be written"), "{error}");
        assert_eq!(contents(&disk), [2, 1].map(|it| Some(bytes(it))));
        disk.set_full(false);
        store(&disk).install(&small_model(3)).unwrap();
        assert_eq!(contents(&disk), [3, 2].map(|it| Some(bytes(it))));
    }

    #[test]
    fn the_order_of_models() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let file = dir.path().join("file.model");
        let origin = |given: Option<&Path>| load(given, Some(&state)).map(|it| it.origin);
        assert_eq!(origin(None).unwrap(), ModelOrigin::Builtin);
        assert_eq!(load(None, None).unwrap().origin, ModelOrigin::Builtin);
        ModelStore::make(&state).unwrap().install(&small_model(1)).unwrap();
        assert_eq!(origin(None).unwrap(), ModelOrigin::Installed(state.join("model")));
        std::fs::write(&file, bytes(2)).unwrap();
        assert_eq!(origin(Some(&file)).unwrap(), ModelOrigin::File(file.clone()));

        // What is there and can't be used is an error, not a reason to take another one.
        std::fs::write(state.join("model"), &bytes(1)[..200]).unwrap();
        let error = format!("{:#}", anyhow::Error::from(origin(None).unwrap_err()));
        assert!(error.contains("checksum") && error.contains("rollback"), "{error}");
        let error = origin(Some(&dir.path().join("gone"))).unwrap_err();
        assert!(matches!(error, ModelStoreError::Unreadable { .. }), "{error}");
        std::fs::remove_file(state.join("model")).unwrap();
        std::fs::create_dir(state.join("model")).unwrap();
        assert!(matches!(origin(None), Err(ModelStoreError::Unreadable { .. })));
    }

    #[test]
    fn a_rename_that_fails_leaves_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ModelStore::make(dir.path()).unwrap();
        store.install(&small_model(1)).unwrap();
        // A folder that is not empty can't be renamed over.
        std::fs::create_dir_all(dir.path().join("model.previous/x")).unwrap();
        assert!(matches!(store.install(&small_model(2)), Err(ModelStoreError::Unwritable { .. })));
        let installed = store.installed().unwrap().unwrap();
        assert_eq!(installed.to_bytes().unwrap(), bytes(1));
    }
}
