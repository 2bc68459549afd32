//! What the process was started with: its environment variables, and where configurations are
//! looked for.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::problem::{Place, Problem};
use super::variables::PREFIX;

/// The configuration of the machine.
const SYSTEM_FILE: &str = "/etc/grussd/grussd.toml";

/// The environment, taken once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Surroundings {
    variables: BTreeMap<OsString, OsString>,
}

impl Surroundings {
    /// Those of this process.
    pub(super) fn of_process() -> Self {
        Surroundings { variables: std::env::vars_os().collect() }
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.variables.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    /// The absolute path in a variable; a relative one counts as unset (XDG Base Directory
    /// Specification).
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// Where a configuration is looked for, in this order.
    pub(super) fn candidates(&self) -> Vec<PathBuf> {
        let user = self.xdg("XDG_CONFIG_HOME", ".config").map(|home| home.join("grussd.toml"));
        [Some(PathBuf::from(SYSTEM_FILE)), user].into_iter().flatten().collect()
    }

    /// Where the state is kept unless the configuration says so.
    pub(super) fn state_dir(&self) -> PathBuf {
        // systemd separates several by colons (systemd.exec(5)).
        let by_systemd = self
            .get("STATE_DIRECTORY")
            .and_then(|list| std::env::split_paths(list).next().filter(|path| path.is_absolute()));
        by_systemd
            .or_else(|| self.xdg("XDG_STATE_HOME", ".local/state"))
            .unwrap_or_else(|| PathBuf::from("/var/lib/grussd"))
    }

    /// The variables that override keys; those that are no UTF-8 are a problem each.
    pub(super) fn overrides(&self) -> (BTreeMap<String, String>, Vec<Problem>) {
        let mut overrides = BTreeMap::new();
        let mut problems = Vec::new();
        for (name, value) in &self.variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            match value.to_str() {
                Some(value) => {
                    overrides.insert(name.to_owned(), value.to_owned());
                }
                None => problems.push(Problem {
                    place: Place::Variable(name.to_owned()),
                    what: "expected UTF-8".to_owned(),
                }),
            }
        }
        (overrides, problems)
    }

    /// `grussd` in a folder of the user's.
    fn xdg(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        self.path(variable)
            .or_else(|| self.path("HOME").map(|home| home.join(Path::new(below_home))))
            .map(|folder| folder.join("grussd"))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Surroundings {
    fn from(variables: [(&str, &str); N]) -> Self {
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        Surroundings { variables: variables.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<const N: usize>(variables: [(&str, &str); N], state: &str, files: &[&str]) {
        let surroundings = Surroundings::from(variables);
        assert_eq!(surroundings.state_dir(), PathBuf::from(state));
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        assert_eq!(surroundings.candidates(), files);
    }

    #[test]
    fn places_follow_the_environment() {
        let system = "/etc/grussd/grussd.toml";
        check([], "/var/lib/grussd", &[system]);
        check(
            [("HOME", "/home/petra")],
            "/home/petra/.local/state/grussd",
            &[system, "/home/petra/.config/grussd/grussd.toml"],
        );
        check(
            [("HOME", "/h"), ("XDG_STATE_HOME", "/s"), ("XDG_CONFIG_HOME", "/c")],
            "/s/grussd",
            &[system, "/c/grussd/grussd.toml"],
        );
        check(
            [("HOME", "/h"), ("XDG_STATE_HOME", "s"), ("XDG_CONFIG_HOME", "")],
            "/h/.local/state/grussd",
            &[system, "/h/.config/grussd/grussd.toml"],
        );
        check([("STATE_DIRECTORY", "/var/lib/a:/var/lib/b")], "/var/lib/a", &[system]);
    }
}
