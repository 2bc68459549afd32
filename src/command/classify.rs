//! `grussd classify`: judges messages wherever they are, and writes nothing but what it says.
//!
//! One message at a time, read into one buffer. What can't be read is said and the rest goes on; a
//! malformed mail is judged like any other.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::{Complaints, Shell, Stdout, Tally};
use crate::classify::{Evidence, Flag, Judgement, Label, Model, Occasion, Posterior};
use crate::cli::ClassifyArgs;
use crate::corpus::reader::Reader;
use crate::corpus::sources;
use crate::mail;
use crate::text::escape::{escape, escape_json};
use crate::verdict::{Thresholds, Verdict, decide};

/// Runs the command: 1 if a message could not be read.
///
/// # Errors
/// The configuration or the model can't be used, or writing failed.
pub fn run(args: &ClassifyArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let config = shell.load()?.config;
    let model = shell.read_model(&config)?;
    let tally = classify(
        &args.paths,
        Options { json: args.json, explain: args.explain },
        &model,
        config.filing.thresholds,
        &config.me.names,
        &mut Stdout::lock(),
        &mut Complaints::to(io::stderr()),
    )?;
    Ok(tally.exit_code())
}

/// How the judgements are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// One JSON object a line instead of text.
    pub json: bool,
    /// With the evidence.
    pub explain: bool,
}

/// Judges the messages at `paths`, in the order of the sorted paths. What is said of them goes to
/// `out`, what could not be read to `log` as well.
///
/// # Errors
/// Writing failed. A reader that has seen enough and closes `out` is no error.
pub fn classify(
    paths: &[PathBuf],
    options: Options,
    model: &Model,
    thresholds: Thresholds,
    my_names: &[String],
    out: &mut impl Write,
    log: &mut impl Write,
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut reader = Reader::default();
    let mut judge = |source: &str, message: io::Result<&[u8]>| match message {
        Ok(bytes) => {
            tally.done += 1;
            let mail = mail::parse(bytes);
            let judgement = if options.explain {
                model.explain(&mail, my_names)
            } else {
                model.judge(&mail, my_names)
            };
            let message_id = mail.message_id.as_deref();
            let line = Line::new(source, message_id, &judgement, thresholds, options.explain);
            if options.json { json(out, &line) } else { write!(out, "{line}") }
        }
        Err(error) => {
            tally.failed += 1;
            let error = error.to_string();
            if options.json {
                json(out, &Failure { source, error: &error })?;
            }
            writeln!(log, "{}: {}", escape(source), escape(&error))
        }
    };
    for found in sources::find(paths) {
        match reader.read(found, &mut judge) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(tally),
            result => result?,
        }
    }
    if tally == Tally::default() {
        writeln!(log, "no message found: no .eml file, mbox or Maildir")?;
    }
    match out.flush() {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(tally),
        result => result.map(|()| tally),
    }
}

fn json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_string(value)?;
    out.write_all(escape_json(&json).as_bytes())?;
    out.write_all(b"\n")
}

/// What is said of one message. The fields are those of the JSON, in its order.
#[derive(Debug, Serialize)]
struct Line<'a> {
    source: &'a str,
    message_id: Option<&'a str>,
    verdict: Verdict,
    label: Label,
    posterior: Posterior,
    occasion: Occasion,
    flags: &'a BTreeSet<Flag>,
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Vec<Reason>>,
}

#[derive(Debug, Serialize)]
struct Reason {
    term: String,
    label: Label,
    weight: f64,
}

#[derive(Debug, Serialize)]
struct Failure<'a> {
    source: &'a str,
    error: &'a str,
}

impl<'a> Line<'a> {
    fn new(
        source: &'a str,
        message_id: Option<&'a str>,
        judgement: &'a Judgement,
        thresholds: Thresholds,
        explain: bool,
    ) -> Self {
        let reason = |it: &Evidence| Reason {
            term: it.term(),
            label: it.label,
            weight: (it.weight * 1e4).round() / 1e4,
        };
        Line {
            source,
            message_id,
            verdict: decide(&judgement.posterior, thresholds),
            label: judgement.posterior.label(),
            posterior: judgement.posterior,
            occasion: judgement.occasion,
            flags: &judgement.flags,
            language: judgement.language,
            evidence: explain.then(|| judgement.evidence.iter().map(reason).collect()),
        }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags: Vec<&str> = self.flags.iter().map(|it| it.name()).collect();
        let flags = if flags.is_empty() { "-".to_owned() } else { flags.join(",") };
        writeln!(
            f,
            "{:<11}  {:<11} {:.2}  {:<13}  {:<3}  {flags:<12}  {}",
            self.verdict,
            self.label,
            self.posterior.of(self.label),
            self.occasion,
            escape(self.language),
            escape(self.source),
        )?;
        for reason in self.evidence.iter().flatten() {
            writeln!(
                f,
                "    {:<11} {:+.2}  {}",
                reason.label,
                reason.weight,
                escape(&reason.term)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement() -> Judgement {
        Judgement {
            posterior: Posterior::from_log([0.62_f64, 0.3, 0.05, 0.03].map(f64::ln)),
            occasion: Occasion::Birthday,
            flags: BTreeSet::from([Flag::Call, Flag::Ask]),
            language: "de",
            evidence: vec![Evidence {
                meaning: "asks after \u{1b}Anna".to_owned(),
                quote: None,
                label: Label::Personal,
                weight: 1.300_04,
            }],
        }
    }

    #[test]
    fn json_to_the_letter() {
        let judgement = judgement();
        let thresholds = Thresholds::default();
        let line = Line::new("a/b.eml", Some("1@x"), &judgement, thresholds, true);
        let expected = r#"{"source":"a/b.eml","message_id":"1@x","verdict":"unsure","label":"personal","posterior":{"personal":0.62,"boilerplate":0.3,"pitch":0.05,"other":0.03},"occasion":"birthday","flags":["ask","call"],"language":"de","evidence":[{"term":"asks after \u001bAnna","label":"personal","weight":1.3}]}"#;
        assert_eq!(serde_json::to_string(&line).unwrap(), expected);
        let line = Line::new("b#1", None, &judgement, thresholds, false);
        let json = serde_json::to_string(&line).unwrap();
        assert!(json.starts_with(r#"{"source":"b#1","message_id":null,"verdict""#), "{json}");
        assert!(json.ends_with(r#""language":"de"}"#), "{json}");
    }

    #[test]
    fn text_is_one_line_and_safe() {
        let judgement = judgement();
        let line = Line::new("a\n\u{202e}b.eml", None, &judgement, Thresholds::default(), true);
        let expected = "unsure       personal    0.62  birthday       de   ask,call      a\\n\\u{202e}b.eml\n    \
                        personal    +1.30  asks after \\u{1b}Anna\n";
        assert_eq!(line.to_string(), expected);
    }

    fn run(paths: &[PathBuf], json: bool) -> (Tally, String, String) {
        let (mut out, mut log) = (Vec::new(), Vec::new());
        let options = Options { json, explain: false };
        let (model, thresholds) = (Model::builtin().unwrap(), Thresholds::default());
        let tally = classify(paths, options, &model, thresholds, &[], &mut out, &mut log).unwrap();
        (tally, String::from_utf8(out).unwrap(), String::from_utf8(log).unwrap())
    }

    #[test]
    fn what_cannot_be_read_does_not_stop_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.eml"), "Subject: Hi\n\nHi\n").unwrap();
        std::fs::write(dir.path().join("box"), "From x\nSubject: Hi\n\nHi\n").unwrap();
        let paths = ["gone.eml", "a.eml", "box"].map(|it| dir.path().join(it));
        let (tally, out, log) = run(&paths, true);
        assert_eq!(tally, Tally { done: 2, failed: 1 });
        let lines: Vec<serde_json::Value> =
            out.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        let ends = |at: usize, with: &str| lines[at]["source"].as_str().unwrap().ends_with(with);
        assert!(ends(0, "/a.eml") && ends(1, "/box#1") && ends(2, "/gone.eml"), "{out}");
        assert_eq!(lines[2]["error"], "No such file or directory (os error 2)");
        assert_eq!(lines[2].as_object().unwrap().len(), 2);
        assert!(log.ends_with("gone.eml: No such file or directory (os error 2)\n"), "{log}");
        let (_, out, _) = run(&paths, false);
        assert_eq!(out.lines().count(), 2, "text mode says failures on the log only");
    }

    #[test]
    fn nothing_found_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let (tally, out, log) = run(&[dir.path().to_owned()], true);
        assert_eq!((tally, out.as_str()), (Tally::default(), ""));
        assert_eq!(log, "no message found: no .eml file, mbox or Maildir\n");
    }

    #[test]
    fn a_closed_pipe_ends_it_quietly() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.eml"), "Subject: Hi\n\nHi\n").unwrap();
        for json in [true, false] {
            let options = Options { json, explain: false };
            let (model, thresholds) = (Model::builtin().unwrap(), Thresholds::default());
            let paths = [dir.path().to_owned()];
            let result =
                classify(&paths, options, &model, thresholds, &[], &mut Closed, &mut Vec::new());
            assert!(result.is_ok(), "{result:?}");
        }
    }
}
