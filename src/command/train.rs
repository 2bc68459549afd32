//! `grussd train`: fits a model, says how good it is on mails that it has not seen, and takes it
//! where it belongs.
//!
//! A model that is worse than the one in use is not installed. Where the two were fitted on the
//! same mails their cross-validated figures are compared. Else the model in use judges the mails of
//! the new one, some of which it may know: that speaks for the model in use, so in doubt nothing
//! changes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::accounts::read_all;
use super::bar::Bar;
use super::destination::Destination;
use super::own_mail::{Collector, remembered};
use super::{Complaints, Shell, Stdout, Tally};
use crate::classify::statistics::CardFigures;
use crate::classify::{Label, Model};
use crate::cli::TrainArgs;
use crate::config::Config;
use crate::corpus::{self, Corpus, Sample};
use crate::mail::{self, Mail};
use crate::store::model_store;
use crate::text::escape::escape;
use crate::train::evaluation::{Evaluation, Outcome};
use crate::train::{Progress, Trained, compare, own};
use crate::verdict::Thresholds;

/// Runs the command: 1 if a part of a corpus could not be read.
///
/// # Errors
/// The configuration, a corpus or the model in use can't be used, or the new model is worse, or
/// writing failed.
pub fn run(args: &TrainArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let config =
        if args.corpora.is_empty() { shell.load_accounts()? } else { shell.load()? }.config;
    let destination = Destination::new(
        args.out.as_deref(),
        args.force,
        shell.model.as_deref(),
        &config.state_dir,
    )?;
    let mut bar = Bar::on_stderr();
    let mut log = Complaints::to(io::stderr());
    let (thresholds, mut out) = (config.filing.thresholds, Stdout::lock());
    let tally = if args.corpora.is_empty() {
        let base = base(shell.model.as_deref())?;
        let (mails, unreachable) = own_mail(&config, |it| bar.show(it), &mut log)?;
        let (names, progress) = (&config.me.names, |it: Progress<'_>| bar.show(it));
        let tally =
            train_on_own(&base, &mails, names, &destination, thresholds, progress, &mut out)?;
        Tally { failed: tally.failed + unreachable, ..tally }
    } else {
        let progress = |it: Progress<'_>| bar.show(it);
        train(&args.corpora, &destination, thresholds, progress, &mut out, &mut log)?
    };
    Ok(tally.exit_code())
}

/// The model to which own mail is added: never one that has learnt from own mail, which would count
/// twice.
fn base(given: Option<&Path>) -> anyhow::Result<Model> {
    let model = model_store::load(given, None)?.model;
    if own::has_taught(&model) {
        bail!("the model of --model has learnt from own mail already: name the one it was made of");
    }
    Ok(model)
}

/// Reads the owner's mail on all accounts, and what is remembered. An account that can't be read is
/// said on `log`; gives back how many there were.
fn own_mail(
    config: &Config,
    mut progress: impl FnMut(Progress<'_>),
    log: &mut impl Write,
) -> anyhow::Result<(Vec<(Mail, Label)>, usize)> {
    let memory = remembered(&config.state_dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut collector = Collector::new(&memory, &mut progress);
    let failed = |line: String| writeln!(log, "{}", escape(&line));
    let unreachable = runtime.block_on(read_all(&config.accounts, &mut collector, failed))?;
    collector.add_lessons()?;
    let Collector { mails, capped, .. } = collector;
    progress(Progress::Done);
    tracing::info!(
        "{} mails of yours to learn from; {capped} more of the same senders",
        mails.len()
    );
    Ok((mails, unreachable))
}

/// Trains on the corpora. The cross-validated figures and what became of the model go to `out`;
/// what of the corpora could not be read goes to `log`, and the rest is learnt from.
///
/// The same corpora give the same model, byte for byte.
///
/// # Errors
/// A folder is no corpus, a label has no mails or too few, the model is worse than the one in use,
/// or writing failed.
pub fn train(
    dirs: &[PathBuf],
    destination: &Destination,
    thresholds: Thresholds,
    mut progress: impl FnMut(Progress<'_>),
    out: &mut impl Write,
    log: &mut impl Write,
) -> anyhow::Result<Tally> {
    progress(Progress::Stage("reading the corpora"));
    let mut corpus = read(dirs, log)?;
    let lender = Model::builtin()?;
    let Trained { model, evaluation } = crate::train::train(
        &mut corpus.samples,
        &corpus.sentences,
        &lender,
        thresholds,
        &mut progress,
    )
    .context("too little to learn from: each label needs mails of several senders")?;
    progress(Progress::Done);
    let judged = |present: &Model| {
        progress(Progress::Stage("judging the same mails by the model in use"));
        let figures = judge(present, &corpus.samples, thresholds);
        progress(Progress::Done);
        figures
    };
    finish(&model, &evaluation, destination, judged, out)?;
    Ok(Tally { done: corpus.samples.len(), failed: corpus.problems.len() })
}

/// Adds the owner's own mails to `base`, a model that has not seen them. The figures and what
/// became of the model go to `out`.
///
/// A model in use that has learnt from own mail before knows many of these: then `base` is what the
/// new model is compared with.
///
/// # Errors
/// The mails have one label or none, the model is worse, or writing failed.
pub fn train_on_own(
    base: &Model,
    mails: &[(Mail, Label)],
    my_names: &[String],
    destination: &Destination,
    thresholds: Thresholds,
    mut progress: impl FnMut(Progress<'_>),
    out: &mut impl Write,
) -> anyhow::Result<Tally> {
    let mut labels: Vec<Label> = mails.iter().map(|it| it.1).collect();
    labels.sort_unstable();
    labels.dedup();
    match labels.as_slice() {
        [] => bail!("there is no mail of yours to learn from"),
        [label] => bail!("all your mail is {label}: what tells it from other mail can't be learnt"),
        _ => {}
    }
    let own::Learnt { model, weight, evaluation } =
        own::learn(base, mails, my_names, thresholds, &mut progress)?;
    progress(Progress::Done);
    let judged = |present: &Model| {
        let yardstick = if own::has_taught(present) { base } else { present };
        compare::figures(&own::evaluate(yardstick, mails, my_names, thresholds))
    };
    match weight {
        0.0 => writeln!(out, "your mail tells nothing that the model does not know\n")?,
        _ => writeln!(out, "a mail of yours counts as much as {weight} of the corpus\n")?,
    }
    finish(&model, &evaluation, destination, judged, out)?;
    Ok(Tally { done: mails.len(), failed: 0 })
}

fn finish(
    model: &Model,
    evaluation: &Evaluation,
    destination: &Destination,
    judged: impl FnOnce(&Model) -> CardFigures,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "{evaluation}")?;
    out.flush()?;
    destination.deliver(model, compare::figures(evaluation), judged, out)
}

/// Reads all corpora as one. What is wrong with them is said.
fn read(dirs: &[PathBuf], log: &mut impl Write) -> anyhow::Result<Corpus> {
    let mut all = Corpus::default();
    for dir in dirs {
        let corpus = corpus::read(dir)?;
        for problem in &corpus.problems {
            writeln!(log, "{}", escape(&problem.to_string()))?;
        }
        let missing = corpus.missing_labels();
        if !missing.is_empty() && missing.len() < Label::ALL.len() {
            let dir = dir.display().to_string();
            writeln!(log, "{}: no mail is labelled {}", escape(&dir), list(&missing))?;
        }
        all.samples.extend(corpus.samples);
        all.sentences.extend(corpus.sentences);
        all.problems.extend(corpus.problems);
    }
    let missing = all.missing_labels();
    if !missing.is_empty() {
        bail!("no mail of the corpora is labelled {}: nothing can be learnt of it", list(&missing));
    }
    Ok(all)
}

fn list(labels: &[Label]) -> String {
    labels.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
}

fn judge(model: &Model, samples: &[Sample], thresholds: Thresholds) -> CardFigures {
    let outcomes: Vec<Outcome> = samples
        .iter()
        .map(|it| Outcome::new(it, &model.judge(&mail::parse(&it.bytes), &[]), thresholds))
        .collect();
    compare::figures(&Evaluation::of(&outcomes))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::classify::small_model;
    use crate::mail::Address;
    use crate::store::model_store::ModelStore;

    fn nothing(_: Progress<'_>) {}

    fn put(dir: &Path, label: Label, name: &str) {
        fs::create_dir_all(dir.join(label.name())).unwrap();
        fs::write(dir.join(label.name()).join(name), "Subject: Hi\n\nHi\n").unwrap();
    }

    fn run(dirs: &[PathBuf]) -> (String, String) {
        let (mut out, mut log) = (Vec::new(), Vec::new());
        let destination = Destination::File(PathBuf::from("/nonexistent/model"));
        let result = train(dirs, &destination, Thresholds::default(), nothing, &mut out, &mut log);
        (format!("{:#}", result.unwrap_err()), String::from_utf8(log).unwrap())
    }

    #[test]
    fn what_is_missing_in_a_corpus_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|it| dir.path().join(it));
        put(&a, Label::Personal, "1.eml");
        put(&a, Label::Other, "1.eml");
        put(&b, Label::Pitch, "1.eml");
        let (error, log) = run(&[a.clone(), b.clone()]);
        assert_eq!(
            error,
            "no mail of the corpora is labelled boilerplate: nothing can be learnt of it"
        );
        let expected = format!(
            "{}: no mail is labelled boilerplate, pitch\n\
             {}: no mail is labelled personal, boilerplate, other\n",
            a.display(),
            b.display()
        );
        assert_eq!(log, expected);
        put(&b, Label::Boilerplate, "1.eml");
        let (error, _) = run(&[a.clone(), b]);
        assert!(error.starts_with("too little to learn from: each label"), "{error}");
        let (error, _) = run(&[a, dir.path().join("c")]);
        assert!(error.contains("c: No such file"), "{error}");
    }

    /// Mails that the owner files otherwise than the built-in model judges.
    fn own() -> Vec<(Mail, Label)> {
        (0..24)
            .map(|at| {
                let (text, label) = match at % 2 {
                    0 => ("Frohe Weihnachten wünscht der Vorstand!", Label::Other),
                    _ => ("Alles Gute zum Geburtstag wünscht die Firma!", Label::Boilerplate),
                };
                let address = format!("s{at}@mail.example");
                let from = Some(Address { name: String::new(), address });
                (Mail { text: text.into(), from, ..Mail::default() }, label)
            })
            .collect()
    }

    fn own_run(state: &Path, mails: &[(Mail, Label)]) -> anyhow::Result<String> {
        let mut out = Vec::new();
        let base = Model::builtin()?;
        let destination = Destination::new(None, false, None, state)?;
        let thresholds = Thresholds::default();
        train_on_own(&base, mails, &[], &destination, thresholds, nothing, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    #[test]
    fn own_mail_is_learnt_and_learnt_again() {
        let state = tempfile::tempdir().unwrap();
        let mut mails = own();
        for more in [0, 1] {
            mails.extend(own().into_iter().take(more));
            let out = own_run(state.path(), &mails).unwrap();
            assert!(out.starts_with("a mail of yours counts as much as 10 of the corpus\n\n| "));
            assert!(
                out.ends_with(
                    "\ninstalled; a running grussd takes it at its next reload (SIGHUP)\n"
                )
            );
            let installed = ModelStore::at(state.path()).installed().unwrap().unwrap();
            let last = installed.card().sources.last().cloned();
            assert_eq!(last, Some((own::SOURCE.to_owned(), mails.len() as u64)));
        }
    }

    #[test]
    fn own_mail_that_makes_the_model_worse_is_refused() {
        let state = tempfile::tempdir().unwrap();
        // A model in use that gets every mail right, as its card says.
        let mut store = ModelStore::at(state.path());
        store.install(&small_model(1)).unwrap();
        let base = small_model(1);
        let mails = own();
        let learnt = own::learn(&base, &mails, &[], Thresholds::default(), |_| ()).unwrap();
        let mut card = learnt.model.card().clone();
        card.figures = Some(CardFigures { macro_f1: 1.0, burial_rate: 0.0 });
        let perfect = learnt.model.with_card(card);
        store.install(&perfect).unwrap();
        let destination = Destination::new(None, false, None, state.path()).unwrap();
        let mut out = Vec::new();
        let thresholds = Thresholds::default();
        let result = train_on_own(&base, &mails, &[], &destination, thresholds, nothing, &mut out);
        let error = result.unwrap_err().to_string();
        assert!(error.contains("worse") && error.contains("against 1.000"), "{error}");
        let installed = store.installed().unwrap().unwrap();
        assert_eq!(installed.to_bytes().unwrap(), perfect.to_bytes().unwrap());
    }

    #[test]
    fn own_mail_of_one_label_teaches_nothing() {
        let state = tempfile::tempdir().unwrap();
        let error = own_run(state.path(), &[]).unwrap_err().to_string();
        assert_eq!(error, "there is no mail of yours to learn from");
        let mails: Vec<_> = own().into_iter().filter(|it| it.1 == Label::Other).collect();
        let error = own_run(state.path(), &mails).unwrap_err().to_string();
        assert!(error.starts_with("all your mail is other: "), "{error}");
    }
}
