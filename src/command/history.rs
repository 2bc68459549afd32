//! `grussd history`: what was filed when, from where to where, and why.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::{Shell, Stdout};
use crate::classify::Label;
use crate::cli::HistoryArgs;
use crate::store::{End, Filing, Intent, StateDir, filings, read_journal};
use crate::text::escape::escape;

/// Runs the command.
///
/// # Errors
/// The configuration or the journal can't be read, or writing failed.
pub fn run(args: &HistoryArgs, shell: &Shell) -> anyhow::Result<ExitCode> {
    let config = shell.load()?.config;
    let zone = TimeZone::system();
    let since = args.since.map(|it| it.moment(Timestamp::now(), &zone));
    let history = History::read(&config.state_dir)?;
    let mut out = Stdout::lock();
    for filing in history.since(since) {
        if args.json {
            writeln!(out, "{}", history.json(filing))?;
        } else {
            history.write(filing, &zone, &mut out)?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// All filings that the journal still knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct History {
    filings: Vec<Filing>,
    /// Numbers of filings that were taken back.
    undone: BTreeSet<u64>,
}

impl History {
    /// Reads that of a state directory, on which a daemon may be at work.
    ///
    /// # Errors
    /// The journal can't be read.
    pub(super) fn read(state_dir: &Path) -> anyhow::Result<Self> {
        Ok(History::of(filings(&read_journal(&mut StateDir::at(state_dir))?)))
    }

    fn of(filings: Vec<Filing>) -> Self {
        let done = filings.iter().filter(|it| matches!(it.end, End::Done(_)));
        let undone = done.filter_map(|it| it.intent.undoes).collect();
        History { filings, undone }
    }

    /// What happened, oldest first. What came to nothing is left out.
    pub(super) fn since(&self, since: Option<Timestamp>) -> impl Iterator<Item = &Filing> {
        let happened = |it: &&Filing| !matches!(it.end, End::Abandoned(_));
        let recent = move |it: &&Filing| since.is_none_or(|since| it.intent.at >= since);
        self.filings.iter().filter(happened).filter(recent)
    }

    /// The filing of this number.
    pub(super) fn find(&self, id: u64) -> Option<&Filing> {
        self.filings.iter().find(|it| it.intent.id == id)
    }

    /// Whether a filing was taken back.
    pub(super) fn is_undone(&self, filing: &Filing) -> bool {
        self.undone.contains(&filing.intent.id)
    }

    fn state(&self, filing: &Filing) -> &'static str {
        match filing.end {
            End::Open => "open",
            _ if filing.intent.undoes.is_some() => "undo",
            _ if self.is_undone(filing) => "undone",
            _ => "filed",
        }
    }

    fn write(&self, filing: &Filing, zone: &TimeZone, out: &mut impl Write) -> anyhow::Result<()> {
        let Intent { id, account, from, to, identity, reason, at, undoes, .. } = &filing.intent;
        let at = at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S");
        let message_id = identity
            .message_id
            .as_ref()
            .map_or_else(|| "no Message-ID".into(), |it| format!("<{it}>"));
        let [account, from, to, message_id] =
            [account, from, to, &message_id].map(|it| escape(it).into_owned());
        write!(out, "{id}\t{at}\t{account}\t{from} -> {to}\t")?;
        match undoes {
            Some(undone) => write!(out, "takes back {undone}")?,
            None => {
                let (label, occasion) = (reason.label, reason.occasion);
                let certainty = reason.posterior.get(label.index()).copied().unwrap_or_default();
                write!(out, "{label} {certainty:.2}, {occasion}")?;
            }
        }
        match self.state(filing) {
            "undone" => write!(out, ", taken back since")?,
            "open" => write!(out, ", its end is not known yet")?,
            _ => {}
        }
        writeln!(out, "\t{message_id}")?;
        let evidence = reason.evidence.iter().filter(|_| undoes.is_none());
        for evidence in evidence {
            let (term, weight) = (escape(&evidence.term), evidence.weight);
            writeln!(out, "\t{term} ({} {weight:+.1})", evidence.label)?;
        }
        Ok(())
    }

    fn json(&self, filing: &Filing) -> Value {
        let Intent { id, account, from, to, identity, reason, at, undoes, .. } = &filing.intent;
        let posterior: Map<String, Value> = Label::ALL
            .into_iter()
            .zip(&reason.posterior)
            .map(|(label, it)| (label.name().to_owned(), json!(it)))
            .collect();
        json!({
            "id": id,
            "at": at,
            "account": account,
            "from": from,
            "to": to,
            "message_id": identity.message_id,
            "verdict": reason.label,
            "occasion": reason.occasion,
            "posterior": posterior,
            "evidence": reason.evidence,
            "state": self.state(filing),
            "undoes": undoes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Why;
    use crate::store::tests::intent;

    fn history() -> History {
        let done = || End::Done(None);
        let filing = |id, end| Filing { intent: intent(id, 5), end };
        let mut back = filing(4, done());
        back.intent.undoes = Some(1);
        (back.intent.from, back.intent.to) = ("Wishes".to_owned(), "INBOX".to_owned());
        let mut late = filing(5, done());
        late.intent.at = Timestamp::from_second(86_400).unwrap();
        let nothing = filing(2, End::Abandoned(Why::Untouched));
        History::of(vec![filing(1, done()), nothing, filing(3, End::Open), back, late])
    }

    #[test]
    fn what_happened_is_told_and_why() {
        let history = history();
        let mut out = Vec::new();
        for filing in history.since(None) {
            history.write(filing, &TimeZone::UTC, &mut out).unwrap();
        }
        let why = "\t\"liebe\\u{202e}\\n\" (personal +1.2)\n";
        let day = "1970-01-01 00:00:00\tmain";
        let expected = format!(
            "1\t{day}\tINBOX -> Wishes\tpersonal 0.90, birthday, taken back since\
             \t<5@example.org>\n{why}\
             3\t{day}\tINBOX -> Wishes\tpersonal 0.90, birthday, its end is not known yet\
             \t<5@example.org>\n{why}\
             4\t{day}\tWishes -> INBOX\ttakes back 1\t<5@example.org>\n\
             5\t1970-01-02 00:00:00\tmain\tINBOX -> Wishes\tpersonal 0.90, birthday\
             \t<5@example.org>\n{why}"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let late = history.since(Some(Timestamp::from_second(1).unwrap()));
        assert_eq!(late.map(|it| it.intent.id).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn json_tells_the_same() {
        let history = history();
        let json: Vec<Value> = history.since(None).map(|it| history.json(it)).collect();
        let states: Vec<&str> = json.iter().map(|it| it["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["undone", "open", "undo", "filed"]);
        let expected = json!({
            "id": 1, "at": "1970-01-01T00:00:00Z", "account": "main", "from": "INBOX",
            "to": "Wishes", "message_id": "5@example.org", "verdict": "personal",
            "occasion": "birthday",
            "posterior": {"personal": 0.9, "boilerplate": 0.1, "pitch": 0.0, "other": 0.0},
            "evidence": [{"term": "\"liebe\u{202e}\n\"", "label": "personal", "weight": 1.25}],
            "state": "undone", "undoes": null,
        });
        assert_eq!(json[0], expected);
        assert_eq!(json[2]["undoes"], 1);
    }
}
