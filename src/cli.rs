//! The command line.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::command::since::Since;

/// Files Christmas and birthday mail: personal wishes, text blocks and sales pitches each into
/// their folder
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Examples:
  grussd demo                        what it does, on a mailbox that it makes itself
  grussd classify --explain wish.eml what it thinks of one mail, and why
  grussd check                       is the configuration right, does the login work?
  grussd run --once --dry-run        what it would do with the new mail; changes nothing

Exit status: 0 done; 1 something failed; 2 wrong usage; 78 wrong configuration."
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,

    /// Configuration to use [default: /etc/grussd/grussd.toml, else
    /// $XDG_CONFIG_HOME/grussd/grussd.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// Model to use [default: the installed one, else the built-in one]
    #[arg(long, value_name = "FILE", global = true)]
    pub model: Option<PathBuf>,

    /// Say more; twice: everything
    #[arg(short, long, action = ArgAction::Count, global = true, conflicts_with = "quiet")]
    pub verbose: u8,

    /// Say less; twice: only what failed
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub quiet: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch every account: judge new mail, file it, learn from what you move
    #[command(long_about = "Watch every account: judge new mail, file it, learn from what you move

On the first run on an account only what arrives from then on is new; what is already there stays
untouched unless --backlog says otherwise. SIGHUP reloads configuration and model, SIGTERM ends.

Examples:
  grussd run                         the daemon, until it is told to stop
  grussd run --once                  one pass over what is new, for cron
  grussd run --once --dry-run        say what would be moved, and move nothing
  grussd run --once --backlog        sort a whole mailbox of old greetings")]
    Run(RunArgs),

    /// Read the configuration, log in, and say what feeds which folder
    #[command(
        long_about = "Read the configuration, log in, and say in sentences which folder feeds which

Every problem is said at once: keys that don't exist, secrets that can't be read, folders that are
missing, servers that can't move mail safely. Nothing is changed.

Examples:
  grussd check
  grussd check --config ./grussd.toml"
    )]
    Check(CheckArgs),

    /// Judge messages; write nothing
    #[command(long_about = "Judge messages; write nothing

PATH is an .eml file, a Maildir, an mbox, a folder that is searched for these, or - for one message
on standard input. Needs neither a configuration nor a server.

Examples:
  grussd classify wish.eml
  grussd classify --explain ~/Maildir
  grussd classify --json inbox.mbox | jq -r 'select(.verdict == \"pitch\") | .source'")]
    Classify(ClassifyArgs),

    /// Fit a model and install it
    #[command(long_about = "Fit a model and install it

Without --corpus the mail in the configured folders of every account is learned from, and what you
moved since. A corpus is a folder with one folder a label (personal, boilerplate, pitch, other) that
holds .eml files, mbox files or Maildirs. The new model is evaluated by cross-validation; one that is
worse than the installed one is refused.

Examples:
  grussd train
  grussd train --corpus ~/greetings --out greetings.model
  grussd train --corpus ~/greetings --corpus ~/more")]
    Train(TrainArgs),

    /// Measure a model on labelled mail
    #[command(long_about = "Measure a model on labelled mail

Prints the confusion matrix, precision, recall and F1 of each label, how many personal wishes would
be buried, and how far its probabilities can be trusted. DIR is a corpus as `grussd train` reads it.

Examples:
  grussd evaluate ~/greetings
  grussd evaluate --json --model greetings.model ~/greetings")]
    Evaluate(EvaluateArgs),

    /// Look into the model, carry it elsewhere, go back to the one before
    #[command(long_about = "Look into the model, carry it elsewhere, go back to the one before

A model is counts of words and settings, no mail. As text it can be compared and kept under version
control.

Examples:
  grussd model info
  grussd model dump > greetings.txt
  grussd model load greetings.txt
  grussd model rollback")]
    Model(ModelArgs),

    /// Say what was filed, when, and why
    #[command(long_about = "Say what was filed, when, and why

A line for each mail: number, time, account, from where to where, what it was taken for and how
surely, Message-ID; below it what spoke for that. The latest 5,000 filings are known.

Examples:
  grussd history
  grussd history --since 2h
  grussd history --since 2026-12-24 --json | jq -r 'select(.verdict == \"pitch\") | .message_id'")]
    History(HistoryArgs),

    /// Put filed mail back where it came from
    #[command(long_about = "Put filed mail back where it came from

As safely as it was filed: written down before, looked up after. What was put back is never filed
again, and teaches nothing. A mail that you have moved or deleted since is left alone. The daemon must
not be running.

Examples:
  grussd undo --since 2h --dry-run   what would be put back; changes nothing
  grussd undo --since 2h
  grussd undo 17 18                  by the numbers of `grussd history`")]
    Undo(UndoArgs),

    /// Show and take back what you taught by moving mail
    #[command(long_about = "Show and take back what you taught by moving mail

A mail that you move into, out of or between the three folders is a lesson: the folder says what it
is. Taken out into the inbox it is learnt as other, so that mail like it stays there. The latest move
of a mail is in force. What grussd moves itself, and what lies in Trash, Junk, Archive or Drafts,
teaches nothing. `grussd train` makes a model of the lessons.

Examples:
  grussd lessons                     number, time, what it is, where, from whom, subject
  grussd lessons drop 12
  grussd lessons reset               forget all of them")]
    Lessons(LessonsArgs),

    /// Forget what was learnt from a mail or a sender
    #[command(long_about = "Forget what was learnt from a mail or a sender

The text that was kept is overwritten on the disk. Mail that you moved stays where it is all the same.

Examples:
  grussd forget '<4711@example.org>'
  grussd forget --from friend@example.org
  grussd forget --damaged            set a damaged memory aside and begin a new one")]
    Forget(ForgetArgs),

    /// Judge the mail that is there, beside where you keep it; change nothing
    #[command(long_about = "Judge the mail that is there, beside where you keep it; change nothing

A table says what the model in use makes of the mail in the three folders and in the inbox. Nothing is
moved, marked as read or remembered.

Examples:
  grussd rehearse
  grussd rehearse --model greetings.model")]
    Rehearse(RehearseArgs),

    /// Show the main job on a mailbox made for it: no server, no configuration
    #[command(
        long_about = "Show the main job on a mailbox made for it: no server, no configuration

A Maildir with two dozen mails is made in a temporary folder, the daemon makes its pass over it, and
a table says who wrote, what the verdict is and why, and which folder the mail went to.

Example:
  grussd demo"
    )]
    Demo(DemoArgs),
}

/// Arguments of `grussd run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Make one full pass over what is new, then end
    #[arg(long)]
    pub once: bool,

    /// Print what would be done and change nothing: on no server, in no mailbox, in no state
    #[arg(long)]
    pub dry_run: bool,

    /// Take in what was already there before the first run
    #[arg(long)]
    pub backlog: bool,
}

/// Arguments of `grussd check`.
#[derive(Debug, Args)]
pub struct CheckArgs {}

/// Arguments of `grussd classify`.
#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,

    /// Say what spoke for which label
    #[arg(long)]
    pub explain: bool,

    /// Files, Maildirs, mboxes, folders of these, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
}

/// Arguments of `grussd train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Learn from this corpus instead of the accounts; can be given several times
    #[arg(long = "corpus", value_name = "DIR")]
    pub corpora: Vec<PathBuf>,

    /// Write the model to FILE instead of installing it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Install it even if it is worse than the one before
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `grussd evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,

    /// Labelled mail
    #[arg(value_name = "DIR")]
    pub corpus: PathBuf,
}

/// Arguments of `grussd model`.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// What to do with it
    #[command(subcommand)]
    pub action: ModelAction,
}

/// What `grussd model` does.
#[derive(Debug, Subcommand)]
pub enum ModelAction {
    /// Say where the model comes from, what it was fitted on and how good it was
    #[command(after_long_help = "Example:\n  grussd model info --model greetings.model")]
    Info,

    /// Print the model as text
    #[command(after_long_help = "Example:\n  grussd model dump > greetings.txt")]
    Dump,

    /// Install the model that a text describes
    #[command(after_long_help = "Example:\n  grussd model load greetings.txt")]
    Load {
        /// What `grussd model dump` printed, or - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },

    /// Go back to the model that was installed before
    #[command(after_long_help = "Example:\n  grussd model rollback")]
    Rollback,
}

/// Arguments of `grussd history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// Only what was filed since: 2h, 30m, 3d, a date
    #[arg(long, value_name = "WHEN")]
    pub since: Option<Since>,

    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `grussd undo`.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// All that was filed since: 2h, 30m, 3d, a date
    #[arg(long, value_name = "WHEN", required_unless_present = "ids", conflicts_with = "ids")]
    pub since: Option<Since>,

    /// Say what would be put back and change nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Numbers of filings
    #[arg(value_name = "ID")]
    pub ids: Vec<u64>,
}

/// Arguments of `grussd lessons`.
#[derive(Debug, Args)]
pub struct LessonsArgs {
    /// What to do [default: list]
    #[command(subcommand)]
    pub action: Option<LessonsAction>,
}

/// What `grussd lessons` does.
#[derive(Debug, Subcommand)]
pub enum LessonsAction {
    /// List them, latest first
    #[command(after_long_help = "Example:\n  grussd lessons list")]
    List,

    /// Forget some
    #[command(after_long_help = "Example:\n  grussd lessons drop 12 13")]
    Drop {
        /// Numbers, as listed
        #[arg(value_name = "ID", required = true)]
        ids: Vec<i64>,
    },

    /// Forget all
    #[command(after_long_help = "Example:\n  grussd lessons reset")]
    Reset,
}

/// Arguments of `grussd forget`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ForgetArgs {
    /// Message-ID of the mail
    #[arg(value_name = "MESSAGE-ID")]
    pub message_id: Option<String>,

    /// All mail of this sender
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,

    /// Set a damaged memory aside
    #[arg(long)]
    pub damaged: bool,
}

/// Arguments of `grussd rehearse`.
#[derive(Debug, Args)]
pub struct RehearseArgs {}

/// Arguments of `grussd demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[track_caller]
    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn global_options_stand_anywhere() {
        for line in [
            "grussd --config a.toml --model m evaluate --json dir",
            "grussd evaluate --json --model m dir --config a.toml",
        ] {
            let cli = parse(line);
            assert_eq!(cli.config, Some(PathBuf::from("a.toml")));
            assert_eq!(cli.model, Some(PathBuf::from("m")));
            let Command::Evaluate(args) = cli.command else { panic!("{line}") };
            assert!(args.json && args.corpus.as_os_str() == "dir");
        }
    }

    #[test]
    fn the_table_of_commands() {
        let cli = parse("grussd run --once --dry-run --backlog");
        let Command::Run(args) = cli.command else { panic!("{cli:?}") };
        assert!(args.once && args.dry_run && args.backlog);

        let cli = parse("grussd classify --json --explain a b/c.eml -");
        let Command::Classify(args) = cli.command else { panic!("{cli:?}") };
        assert_eq!(args.paths, ["a", "b/c.eml", "-"].map(PathBuf::from));

        let cli = parse("grussd train --corpus a --corpus b --out c --force");
        let Command::Train(args) = cli.command else { panic!("{cli:?}") };
        assert_eq!(args.corpora, ["a", "b"].map(PathBuf::from));
        assert!(args.force && args.out == Some(PathBuf::from("c")));

        let cli = parse("grussd -vv model load -");
        assert_eq!(cli.verbose, 2);
        let Command::Model(ModelArgs { action: ModelAction::Load { file } }) = cli.command else {
            panic!("no load")
        };
        assert_eq!(file, PathBuf::from("-"));
    }

    #[test]
    fn wrong_usage_is_refused() {
        for line in [
            "grussd",
            "grussd classify",
            "grussd evaluate",
            "grussd model",
            "grussd init",
            "grussd run --onec",
            "grussd -v -q demo",
            "grussd model load",
            "grussd check x",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
