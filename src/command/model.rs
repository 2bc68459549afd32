//! `grussd model`: looks into the model, carries it elsewhere as text, goes back to the one before.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table, presets};

use super::destination::INSTALLED;
use super::{Shell, Stdout};
use crate::classify::{MODEL_VERSION, Model};
use crate::cli::{ModelAction, ModelArgs};
use crate::store::model_store::{self, LoadedModel, ModelStore};
use crate::text::escape::escape;

/// Runs the command.
///
/// # Errors
/// The configuration or the model can't be used, or reading or writing failed.
pub fn run(args: &ModelArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let state_dir = shell.load()?.config.state_dir;
    let model = || model_store::load(shell.model.as_deref(), Some(&state_dir));
    let out = &mut Stdout::lock();
    match &args.action {
        ModelAction::Info => info(&model()?, out)?,
        ModelAction::Dump => dump(&model()?.model, out)?,
        ModelAction::Load { file } => load(file, &mut io::stdin().lock(), &state_dir, out)?,
        ModelAction::Rollback => rollback(&state_dir, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what a model is, where it comes from, what it was fitted on and how good it is.
///
/// # Errors
/// Writing failed.
pub fn info(loaded: &LoadedModel, out: &mut impl Write) -> anyhow::Result<()> {
    let LoadedModel { model, origin } = loaded;
    let (statistics, card) = (model.statistics(), model.card());
    writeln!(out, "from      {}", escape(&origin.to_string()))?;
    writeln!(out, "form      {MODEL_VERSION}")?;
    writeln!(out, "size      {} bytes", model.to_bytes()?.len())?;
    let terms = [&statistics.sentence_terms, &statistics.layout_terms, &statistics.role_terms]
        .map(|it| it.len());
    let [sentences, layout, roles] = terms;
    writeln!(out, "terms     {sentences} of sentences, {layout} of the layout, {roles} of roles")?;
    match card.figures {
        Some(figures) => writeln!(
            out,
            "figures   macro-F1 {:.3}, burial rate {:.2} % (cross-validated, mails of a certain label)",
            figures.macro_f1,
            100.0 * figures.burial_rate
        )?,
        None => writeln!(out, "figures   not measured")?,
    }
    let mails: u64 = card.sources.iter().map(|it| it.1).sum();
    writeln!(out, "mails     {mails}\n")?;
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(["source", "mails"]);
    for (name, mails) in &card.sources {
        table.add_row([escape(name).into_owned(), mails.to_string()]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "{table}")?;
    out.flush()?;
    Ok(())
}

/// Prints a model as text.
///
/// # Errors
/// Writing failed.
pub fn dump(model: &Model, out: &mut impl Write) -> anyhow::Result<()> {
    out.write_all(model.to_text().as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Installs the model of a file, `-` for `stdin`: the text that [`dump`] printed, or the bytes that
/// `grussd train --out` wrote.
///
/// # Errors
/// It is neither, or it can't be installed; then nothing has changed.
pub fn load(
    file: &Path,
    stdin: &mut impl Read,
    state_dir: &Path,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let from_stdin = file.as_os_str() == "-";
    let place = || if from_stdin { "standard input".into() } else { file.display().to_string() };
    let bytes =
        if from_stdin { model_store::read_all(stdin) } else { model_store::read_file(file) };
    let model = read(&bytes.with_context(place)?).with_context(place)?;
    ModelStore::make(state_dir)?.install(&model)?;
    writeln!(out, "{INSTALLED}")?;
    out.flush()?;
    Ok(())
}

fn read(bytes: &[u8]) -> anyhow::Result<Model> {
    if Model::is_file(bytes) {
        return Ok(Model::from_bytes(bytes)?);
    }
    let text = std::str::from_utf8(bytes).context("expected the text of a model, in UTF-8")?;
    Ok(Model::from_text(text)?)
}

/// Installs the model before again.
///
/// # Errors
/// There is none that can be used, or it can't be installed.
pub fn rollback(state_dir: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let model = ModelStore::at(state_dir).rollback()?;
    let mails: u64 = model.card().sources.iter().map(|it| it.1).sum();
    writeln!(
        out,
        "the model before is installed again ({mails} mails); a running grussd takes it at its next \
         reload (SIGHUP)"
    )?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::small_model;
    use crate::store::model_store::ModelOrigin;

    fn said(job: impl FnOnce(&mut Vec<u8>) -> anyhow::Result<()>) -> anyhow::Result<String> {
        let mut out = Vec::new();
        job(&mut out)?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn information() {
        let loaded = LoadedModel { model: small_model(300), origin: ModelOrigin::Builtin };
        let text = said(|out| info(&loaded, out)).unwrap();
        let size = loaded.model.to_bytes().unwrap().len();
        let expected = format!(
            "from      built in\nform      1\nsize      {size} bytes\n\
             terms     3 of sentences, 2 of the layout, 2 of roles\n\
             figures   macro-F1 0.912, burial rate 1.00 % (cross-validated, mails of a certain \
             label)\nmails     302\n\n\
             | source   | mails |\n|----------|-------|\n\
             | co       |   300 |\n| out\\tbox |     2 |\n"
        );
        assert_eq!(text, expected);
        let card = crate::classify::statistics::Card::default();
        let loaded = LoadedModel { model: small_model(1).with_card(card), ..loaded };
        let text = said(|out| info(&loaded, out)).unwrap();
        assert!(text.contains("figures   not measured\nmails     0\n"), "{text}");
    }

    #[test]
    fn dump_and_load() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let model = small_model(5);
        let text = said(|out| dump(&model, out)).unwrap();
        let bytes = model.to_bytes().unwrap();
        for input in [text.as_bytes(), &bytes] {
            said(|out| load(Path::new("-"), &mut &input[..], &state, out)).unwrap();
            let mut store = ModelStore::at(&state);
            assert_eq!(store.installed().unwrap().unwrap().to_bytes().unwrap(), bytes);
            std::fs::remove_file(state.join("model")).unwrap();
        }
    }

    #[track_caller]
    fn refused(content: &[u8], expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("model.txt");
        std::fs::write(&file, content).unwrap();
        let state = dir.path().join("state");
        let error = said(|out| load(&file, &mut io::empty(), &state, out)).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.starts_with(&format!("{}: ", file.display())), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(!state.exists(), "nothing is installed");
    }

    #[test]
    fn what_is_no_model_is_not_installed() {
        let text = small_model(1).to_text();
        refused(b"", "line 1: expected `grussd model as text 1`");
        refused(b"\xff\xfe", "UTF-8");
        refused(text.replace("wish=8", "wish=x").as_bytes(), ": expected a count");
        let mut bytes = small_model(1).to_bytes().unwrap();
        bytes.pop();
        refused(&bytes, "damaged");
        let missing =
            said(|out| load(Path::new("/no/such"), &mut io::empty(), Path::new("/no"), out));
        assert!(format!("{:#}", missing.unwrap_err()).starts_with("/no/such: No such file"));
    }

    #[test]
    fn rolling_back() {
        let dir = tempfile::tempdir().unwrap();
        let refusal = said(|out| rollback(dir.path(), out)).unwrap_err().to_string();
        assert!(refusal.contains("no model was installed before"), "{refusal}");
        for mails in [1, 2] {
            ModelStore::at(dir.path()).install(&small_model(mails)).unwrap();
        }
        let text = said(|out| rollback(dir.path(), out)).unwrap();
        assert!(text.contains("(3 mails)"), "{text}");
        let installed = ModelStore::at(dir.path()).installed().unwrap().unwrap();
        assert_eq!(installed.card().sources[0].1, 1);
    }
}
