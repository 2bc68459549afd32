//! Where a new model goes, and whether it may.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::classify::Model;
use crate::classify::statistics::CardFigures;
use crate::store::model_store::{self, LoadedModel, ModelStore};
use crate::text::escape::escape;
use crate::train::compare;

/// What is said of a model that was installed.
pub(super) const INSTALLED: &str =
    "installed; a running grussd takes it at its next reload (SIGHUP)";

/// Where a new model goes.
#[derive(Debug)]
pub enum Destination {
    /// Into a file, whatever it is like: it replaces no model that is in use.
    File(PathBuf),
    /// Into the state directory, if it is not worse than the model that is in use.
    InUse {
        /// The state directory.
        state_dir: PathBuf,
        /// The model that is in use; none if the new one is installed all the same.
        present: Option<Box<LoadedModel>>,
    },
}

impl Destination {
    /// That of `--out`, `--force` and `--model`. Says at once what would stand in the way after
    /// minutes of training.
    ///
    /// # Errors
    /// There is no folder for the file, or the model in use can't be compared with.
    pub fn new(
        out: Option<&Path>,
        force: bool,
        given: Option<&Path>,
        state_dir: &Path,
    ) -> anyhow::Result<Self> {
        if let Some(file) = out {
            let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
            if folder.is_some_and(|it| !it.is_dir()) {
                bail!("{}: there is no such folder", file.display());
            }
            return Ok(Destination::File(file.to_owned()));
        }
        let present = if force {
            None
        } else {
            let loaded = model_store::load(given, Some(state_dir))
                .context("the model in use can't be compared with; --force does without")?;
            Some(Box::new(loaded))
        };
        Ok(Destination::InUse { state_dir: state_dir.to_owned(), present })
    }

    /// Takes a new model there. `judged` gives the figures of the model that is in use on the same
    /// mails, for where the cards can't be compared: they can if both are of the same sources, with
    /// as many mails.
    ///
    /// # Errors
    /// It is worse than the model in use, or it can't be written; then nothing has changed.
    pub fn deliver(
        &self,
        model: &Model,
        figures: CardFigures,
        judged: impl FnOnce(&Model) -> CardFigures,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        match self {
            Destination::File(file) => {
                model_store::write_file(file, model)?;
                writeln!(out, "written to {}", escape(&file.display().to_string()))?;
            }
            Destination::InUse { state_dir, present } => {
                if let Some(present) = present {
                    compare(model, figures, present, judged)?;
                }
                ModelStore::make(state_dir)?.install(model)?;
                writeln!(out, "{INSTALLED}")?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

fn compare(
    model: &Model,
    new: CardFigures,
    present: &LoadedModel,
    judged: impl FnOnce(&Model) -> CardFigures,
) -> anyhow::Result<()> {
    let card = present.model.card();
    let old = card
        .figures
        .filter(|_| card.sources == model.card().sources)
        .unwrap_or_else(|| judged(&present.model));
    if compare::is_worse(new, old) {
        bail!(
            "not installed, since it is worse than the model in use ({}): macro-F1 {:.3} against \
             {:.3}, burial rate {:.2} % against {:.2} %; --force installs it all the same",
            present.origin,
            new.macro_f1,
            old.macro_f1,
            100.0 * new.burial_rate,
            100.0 * old.burial_rate
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::small_model;
    use crate::classify::statistics::Card;

    fn figures(macro_f1: f64, burial_rate: f64) -> CardFigures {
        CardFigures { macro_f1, burial_rate }
    }

    /// The small model of so many mails with such figures.
    fn model(mails: u64, of: Option<CardFigures>) -> Model {
        let model = small_model(mails);
        let sources = model.card().sources.clone();
        model.with_card(Card { sources, figures: of })
    }

    fn deliver(
        state_dir: &Path,
        force: bool,
        new: &Model,
        judged: impl FnOnce(&Model) -> CardFigures,
    ) -> anyhow::Result<String> {
        let mut out = Vec::new();
        Destination::new(None, force, None, state_dir)?.deliver(
            new,
            new.card().figures.unwrap(),
            judged,
            &mut out,
        )?;
        Ok(String::from_utf8(out)?)
    }

    fn not_judged(_: &Model) -> CardFigures {
        panic!("the cards are to be compared")
    }

    #[test]
    fn models_of_the_same_mails_are_compared_by_their_cards() {
        let dir = tempfile::tempdir().unwrap();
        ModelStore::at(dir.path()).install(&model(300, Some(figures(0.912, 0.01)))).unwrap();
        let worse = model(300, Some(figures(0.87, 0.02)));
        let refusal = deliver(dir.path(), false, &worse, not_judged).unwrap_err().to_string();
        let expected = format!(
            "not installed, since it is worse than the model in use (installed, {}): macro-F1 0.870 \
             against 0.912, burial rate 2.00 % against 1.00 %; --force installs it all the same",
            dir.path().join("model").display()
        );
        assert_eq!(refusal, expected);
        let installed = || ModelStore::at(dir.path()).installed().unwrap().unwrap().card().figures;
        assert_eq!(installed(), Some(figures(0.912, 0.01)));
        deliver(dir.path(), true, &worse, not_judged).unwrap();
        assert_eq!(installed(), Some(figures(0.87, 0.02)));
        let better = model(300, Some(figures(0.872, 0.02)));
        let said = deliver(dir.path(), false, &better, not_judged).unwrap();
        assert_eq!(said, format!("{INSTALLED}\n"));
        assert_eq!(installed(), Some(figures(0.872, 0.02)));
    }

    #[test]
    fn models_of_other_mails_are_compared_on_the_new_ones() {
        let dir = tempfile::tempdir().unwrap();
        let new = model(301, Some(figures(0.8, 0.0)));
        for present in [model(300, Some(figures(0.9, 0.0))), model(301, None)] {
            ModelStore::at(dir.path()).install(&present).unwrap();
            let refusal = deliver(dir.path(), false, &new, |_| figures(0.85, 0.0)).unwrap_err();
            assert!(refusal.to_string().contains("0.800 against 0.850"), "{refusal}");
            deliver(dir.path(), false, &new, |it| {
                assert_eq!(it.card(), present.card());
                figures(0.7, 0.0)
            })
            .unwrap();
        }
    }

    #[test]
    fn a_model_in_use_that_is_damaged_asks_for_force() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("model"), "junk").unwrap();
        let new = model(1, Some(figures(0.9, 0.0)));
        let error = format!("{:#}", deliver(dir.path(), false, &new, not_judged).unwrap_err());
        assert!(error.contains("--force") && error.contains("no grussd model"), "{error}");
        deliver(dir.path(), true, &new, not_judged).unwrap();
    }

    #[test]
    fn a_file_takes_any_model() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.model");
        let state = dir.path().join("state");
        let destination = |it: &Path| Destination::new(Some(it), false, None, &state);
        let new = model(1, None);
        let mut out = Vec::new();
        let to_file = destination(&file).unwrap();
        to_file.deliver(&new, figures(0.0, 1.0), not_judged, &mut out).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), new.to_bytes().unwrap());
        assert_eq!(String::from_utf8(out).unwrap(), format!("written to {}\n", file.display()));
        assert!(!state.exists());
        let error = destination(&dir.path().join("no/a.model")).unwrap_err().to_string();
        assert!(error.ends_with("no/a.model: there is no such folder"), "{error}");
        assert!(matches!(destination(Path::new("a.model")), Ok(Destination::File(_))));
    }
}
