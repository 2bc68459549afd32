//! `grussd evaluate`: judges a corpus and says how good that was.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::{Complaints, Shell, Stdout, Tally};
use crate::classify::Model;
use crate::cli::EvaluateArgs;
use crate::corpus;
use crate::mail;
use crate::text::escape::escape;
use crate::train::evaluation::{Evaluation, Outcome};
use crate::verdict::Thresholds;

/// Runs the command: 1 if a part of the corpus could not be read.
///
/// # Errors
/// The configuration, the model or the corpus can't be used, or writing failed.
pub fn run(args: &EvaluateArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let config = shell.load()?.config;
    let model = shell.read_model(&config)?;
    let thresholds = config.filing.thresholds;
    let mut log = Complaints::to(io::stderr());
    let tally =
        evaluate(&args.corpus, args.json, &model, thresholds, &mut Stdout::lock(), &mut log)?;
    Ok(tally.exit_code())
}

/// Judges the corpus in `dir`. The figures go to `out`, as JSON or as text; what of the corpus
/// could not be read goes to `log`, and the rest is judged.
///
/// # Errors
/// There is no corpus, or no sample in it, or writing failed.
pub fn evaluate(
    dir: &Path,
    json: bool,
    model: &Model,
    thresholds: Thresholds,
    out: &mut impl Write,
    log: &mut impl Write,
) -> anyhow::Result<Tally> {
    let corpus = corpus::read(dir)?;
    for problem in &corpus.problems {
        writeln!(log, "{}", escape(&problem.to_string()))?;
    }
    if corpus.samples.is_empty() {
        bail!("{}: nothing in this corpus can be read", dir.display());
    }
    let outcomes: Vec<Outcome> = corpus
        .samples
        .iter()
        .map(|sample| {
            Outcome::new(sample, &model.judge(&mail::parse(&sample.bytes), &[]), thresholds)
        })
        .collect();
    let evaluation = Evaluation::of(&outcomes);
    let text = if json {
        serde_json::to_string(&evaluation).context("the figures as JSON")? + "\n"
    } else {
        evaluation.to_string()
    };
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Tally { done: outcomes.len(), failed: corpus.problems.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(dir: &Path, json: bool) -> anyhow::Result<(Tally, String, String)> {
        let (mut out, mut log) = (Vec::new(), Vec::new());
        let (model, thresholds) = (Model::builtin().unwrap(), Thresholds::default());
        let tally = evaluate(dir, json, &model, thresholds, &mut out, &mut log)?;
        Ok((tally, String::from_utf8(out)?, String::from_utf8(log)?))
    }

    #[test]
    fn a_corpus_with_a_flaw() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("1.eml"), "Subject: Hi\n\nHi\n").unwrap();
        let table = "path\tclass\n1.eml\tother\n2.eml\tother\n";
        std::fs::write(dir.path().join("labels.tsv"), table).unwrap();
        let (tally, out, log) = run(dir.path(), true).unwrap();
        assert_eq!(tally, Tally { done: 1, failed: 1 });
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            (&value["messages"], &value["labels"]["other"]["support"]),
            (&1.into(), &1.into())
        );
        assert!(log.contains("labels.tsv:3: 2.eml can't be read"), "{log}");
        let (_, out, _) = run(dir.path(), false).unwrap();
        assert!(out.starts_with("| "), "{out}");
    }

    #[test]
    fn no_corpus() {
        let dir = tempfile::tempdir().unwrap();
        assert!(run(dir.path(), true).unwrap_err().to_string().contains("no corpus"));
        std::fs::create_dir(dir.path().join("personal")).unwrap();
        let error = run(dir.path(), true).unwrap_err().to_string();
        assert!(error.ends_with("nothing in this corpus can be read"), "{error}");
    }
}
