//! From what was written to what the program needs: [`Raw`] to [`Config`]. Pure; whether a file is
//! there is asked in [`super::files`].

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;

use super::finding::{Finding, Findings};
use super::key::KeyPath;
use super::raw::{Raw, RawFiling, RawMe};
use super::suggest::nearest;
use super::{Config, Filing, FilingMode, Me, MonthDay, account};

/// How often a folder may be looked at.
const POLL_INTERVALS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);

/// What the surroundings say: relative paths and the default state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ground {
    /// Relative paths start here: the folder of the file.
    pub(super) base: PathBuf,
    /// `state_dir` where none is written.
    pub(super) state_dir: PathBuf,
}

/// Checks everything and fills in the defaults, or says all that is wrong.
pub(super) fn check(raw: &Raw, ground: &Ground) -> Result<Config, Vec<Finding>> {
    let mut findings = Findings::default();
    let defaults = Config::new(ground.state_dir.clone());
    let top = KeyPath::default();
    let state_dir = match &raw.state_dir {
        Some(text) => path(&top.child("state_dir"), text, ground, &mut findings),
        None => defaults.state_dir,
    };
    let poll_interval = match &raw.poll_interval {
        Some(text) => interval(&top.child("poll_interval"), text, &mut findings),
        None => defaults.poll_interval,
    };
    let me = me(&raw.me, &mut findings);
    let filing = filing(&raw.filing, &mut findings);
    let accounts = account::accounts(&raw.account, ground, &mut findings);
    match findings.into_vec() {
        none if none.is_empty() => Ok(Config { state_dir, poll_interval, me, filing, accounts }),
        findings => Err(findings),
    }
}

fn interval(key: &KeyPath, text: &str, findings: &mut Findings) -> Duration {
    let duration = text.parse::<SignedDuration>().ok().and_then(|it| Duration::try_from(it).ok());
    match duration.filter(|duration| POLL_INTERVALS.contains(duration)) {
        Some(duration) => duration,
        None => {
            findings.unexpected(key, Quoted(text));
            Duration::default()
        }
    }
}

fn me(raw: &RawMe, findings: &mut Findings) -> Me {
    let table = KeyPath::from(["me"]);
    let mut me = Me::default();
    for name in raw.names.iter().flatten() {
        if name.trim().is_empty() {
            findings.unexpected(&table.child("names"), Quoted(name));
        }
        me.names.push(name.trim().to_owned());
    }
    for address in raw.addresses.iter().flatten() {
        if !is_address(address) {
            findings.unexpected(&table.child("addresses"), Quoted(address));
        }
        me.addresses.push(address.to_lowercase());
    }
    for day in raw.birthdays.iter().flatten() {
        match month_day(day) {
            Some(day) => me.birthdays.push(day),
            None => findings.unexpected(&table.child("birthdays"), Quoted(day)),
        }
    }
    me
}

fn filing(raw: &RawFiling, findings: &mut Findings) -> Filing {
    let table = KeyPath::from(["filing"]);
    let mut filing = Filing::default();
    if let Some(mode) = &raw.mode {
        let modes =
            [("move", FilingMode::Move), ("tag", FilingMode::Tag), ("off", FilingMode::Off)];
        filing.mode = one_of(&table.child("mode"), mode, &modes, findings).unwrap_or(filing.mode);
    }
    let thresholds = &mut filing.thresholds;
    for (name, raw, threshold) in [
        ("min_personal", raw.min_personal, &mut thresholds.min_personal),
        ("min_bury", raw.min_bury, &mut thresholds.min_bury),
    ] {
        let Some(value) = raw else { continue };
        if !(0.0..=1.0).contains(&value) {
            findings.unexpected(&table.child(name), value);
        }
        *threshold = value;
    }
    if let Some(number) = raw.max_moves_per_cycle {
        match usize::try_from(number) {
            Ok(number) if number > 0 => filing.max_moves_per_cycle = number,
            _ => findings.unexpected(&table.child("max_moves_per_cycle"), number),
        }
    }
    filing
}

/// Picks the value that a word stands for.
pub(super) fn one_of<T: Copy>(
    key: &KeyPath,
    word: &str,
    words: &[(&str, T)],
    findings: &mut Findings,
) -> Option<T> {
    let found = words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    if found.is_none() {
        let advice = nearest(word, words.iter().map(|(name, _)| *name))
            .map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"));
        findings.unexpected(key, format_args!("{}{advice}", Quoted(word)));
    }
    found
}

/// A path, relative ones to the folder of the file.
pub(super) fn path(key: &KeyPath, text: &str, ground: &Ground, findings: &mut Findings) -> PathBuf {
    if text.is_empty() {
        findings.unexpected(key, Quoted(text));
    } else if text.starts_with('~') || text.starts_with('$') {
        findings.value(key, "`~` and variables are not expanded: write the whole path");
    }
    ground.base.join(Path::new(text))
}

/// A text as the user wrote it, in quotes.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// Whether a text has the form `local@domain`.
fn is_address(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    text.rsplit_once('@').is_some_and(|(local, domain)| plain(local) && plain(domain))
        && !text.contains(['<', '>', ','])
}

/// Reads `MM-DD`; 29 February is a day.
fn month_day(text: &str) -> Option<MonthDay> {
    let two_digits = |part: &str| match part.as_bytes() {
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => part.parse::<u8>().ok(),
        _ => None,
    };
    let (month, day) = text.split_once('-')?;
    let (month, day) = two_digits(month).zip(two_digits(day))?;
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day).then_some(MonthDay { month, day })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn day(text: &str, expected: Option<(u8, u8)>) {
        let expected = expected.map(|(month, day)| MonthDay { month, day });
        assert_eq!(month_day(text), expected, "{text}");
    }

    #[test]
    fn days_of_any_year() {
        day("12-23", Some((12, 23)));
        day("02-29", Some((2, 29)));
        day("01-31", Some((1, 31)));
        for text in
            ["02-30", "04-31", "00-10", "13-01", "01-00", "1-1", "23.12.", "+1-01", "", "12-24-"]
        {
            day(text, None);
        }
    }

    #[track_caller]
    fn seconds(text: &str, expected: Option<u64>) {
        let mut findings = Findings::default();
        let found = interval(&KeyPath::from(["poll_interval"]), text, &mut findings);
        let found = findings.into_vec().is_empty().then_some(found);
        assert_eq!(found, expected.map(Duration::from_secs), "{text}");
    }

    #[test]
    fn durations() {
        seconds("5m", Some(300));
        seconds("90s", Some(90));
        seconds("1h30m", Some(5400));
        seconds("1h 30m", Some(5400));
        seconds("24h", Some(86_400));
        for text in ["", "5", "0s", "-5m", "25h", "5 apples", "500ms", "99999999999999h"] {
            seconds(text, None);
        }
    }

    #[test]
    fn addresses() {
        assert!(is_address("petra@example.org"));
        assert!(is_address("grüße@xn--bcher-kva.example"));
        for text in ["petra", "@example.org", "petra@", "Petra <petra@example.org>", "a@b c", ""] {
            assert!(!is_address(text), "{text}");
        }
    }
}
