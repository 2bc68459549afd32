//! Folder names as people write them, and as a server does: its separator, the prefix of personal
//! folders (Cyrus and Courier have `INBOX.`), modified UTF-7. Pure.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::reply::shown;
use crate::mailbox::{MailboxError, utf7};

const INBOX: &str = "INBOX";

/// How names are translated on one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Before the names of personal folders, as the server writes it.
    prefix: String,
    /// Between levels; none where there are none.
    separator: Option<char>,
    /// Names that the rule doesn't lead to: those in decomposed form (NFD), and folders of others.
    exceptions: BTreeMap<String, String>,
}

impl Names {
    /// Names by this rule.
    pub(super) fn new(prefix: String, separator: Option<char>) -> Self {
        Names { prefix, separator, exceptions: BTreeMap::new() }
    }

    /// The separator of a server that tells no prefix, and the prefix that all of these names have
    /// but the inbox.
    pub(super) fn guess<'a>(
        names: impl IntoIterator<Item = &'a str>,
        separator: Option<char>,
    ) -> Self {
        let usual = format!("{INBOX}{}", separator.map(String::from).unwrap_or_default());
        let mut others = names.into_iter().filter(|it| !is_inbox(it)).peekable();
        let below = separator.is_some() && others.peek().is_some();
        let prefix =
            if below && others.all(|it| it.starts_with(&usual)) { usual } else { String::new() };
        Names::new(prefix, separator)
    }

    /// The name on the server.
    ///
    /// # Errors
    /// [`MailboxError::Refused`] if there is none.
    pub(super) fn on_server(&self, folder: &str) -> Result<String, MailboxError> {
        let folder: String = folder.nfc().collect();
        match self.exceptions.get(&folder) {
            Some(name) => Ok(name.clone()),
            None => self.by_rule(&folder),
        }
    }

    /// The names of each level above a folder, and its own, from the top down.
    pub(super) fn levels(&self, folder: &str) -> Result<Vec<String>, MailboxError> {
        let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
        let mut levels = Vec::new();
        for level in ends.filter_map(|end| folder.get(..end)).filter(|it| !is_inbox(it)) {
            levels.push(self.on_server(level)?);
        }
        Ok(levels)
    }

    fn by_rule(&self, folder: &str) -> Result<String, MailboxError> {
        let cannot = |text: String| MailboxError::Refused {
            command: format!("folder {}", shown(folder)),
            code: Some("CANNOT".to_owned()),
            text,
        };
        if is_inbox(folder) {
            return Ok(INBOX.to_owned());
        }
        let mut levels: Vec<&str> = folder.split('/').collect();
        if levels.iter().any(|it| it.is_empty()) {
            return Err(cannot("a level of its name is empty".to_owned()));
        }
        if is_inbox(levels.first().copied().unwrap_or_default()) {
            if self.prefix.starts_with(INBOX) {
                levels.remove(0);
            } else if let Some(first) = levels.first_mut() {
                *first = INBOX;
            }
        }
        let separator = match self.separator {
            Some(separator) => separator,
            None if levels.len() == 1 => '/',
            None => return Err(cannot("this server has no folders inside of others".to_owned())),
        };
        if separator != '/' && levels.iter().any(|it| it.contains(separator)) {
            return Err(cannot(format!(
                "`{separator}` separates levels on this server and can't be part of a name"
            )));
        }
        let levels: Vec<String> = levels.into_iter().map(utf7::encode).collect();
        Ok(format!("{}{}", self.prefix, levels.join(&separator.to_string())))
    }

    /// How people write a name of the server; none if they can't.
    fn for_people(&self, name: &str) -> Option<String> {
        if is_inbox(name) {
            return Some(INBOX.to_owned());
        }
        // A folder of others is named in full.
        let name = name.strip_prefix(&self.prefix).unwrap_or(name);
        let levels: Vec<&str> = match self.separator {
            Some(separator) => name.split(separator).collect(),
            None => vec![name],
        };
        let levels: Option<Vec<String>> = levels
            .into_iter()
            .map(|level| {
                let level: String = utf7::decode(level)?.nfc().collect();
                (!level.is_empty() && !level.contains('/')).then_some(level)
            })
            .collect();
        Some(levels?.join("/"))
    }

    /// Takes in the names that a server lists, and gives back those that people can write.
    pub(super) fn learn<'a>(
        &mut self,
        listed: impl IntoIterator<Item = &'a str>,
    ) -> BTreeSet<String> {
        self.exceptions.clear();
        let mut folders = BTreeSet::new();
        let mut exceptions = Vec::new();
        for name in listed {
            let Some(folder) = self.for_people(name) else { continue };
            match self.by_rule(&folder) {
                Ok(by_rule) if by_rule == name || is_inbox(name) => _ = folders.insert(folder),
                _ => exceptions.push((folder, name.to_owned())),
            }
        }
        for (folder, name) in exceptions {
            if folders.insert(folder.clone()) {
                self.exceptions.insert(folder, name);
            }
        }
        folders
    }

    /// How people write a name that was learnt.
    pub(super) fn known(&self, name: &str) -> Option<String> {
        let folder = self.for_people(name)?;
        let known = self.on_server(&folder).is_ok_and(|it| it == name) || is_inbox(name);
        known.then_some(folder)
    }
}

/// The one name that is the same in any case (RFC 9051, 5.1).
fn is_inbox(name: &str) -> bool {
    name.eq_ignore_ascii_case(INBOX)
}

/// The first personal namespace of a NAMESPACE response (RFC 2342), which the parser doesn't know.
pub(super) fn namespace(response: &[u8]) -> Option<(String, Option<char>)> {
    let response = str::from_utf8(response).ok()?;
    let (head, rest) = response.split_at_checked("* NAMESPACE ((".len())?;
    if !head.eq_ignore_ascii_case("* NAMESPACE ((") {
        return None;
    }
    let (prefix, rest) = quoted(rest)?;
    let rest = rest.strip_prefix(' ')?;
    if rest.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("NIL")) {
        return Some((prefix, None));
    }
    let (separator, _) = quoted(rest)?;
    Some((prefix, Some(only(&separator)?)))
}

/// The separator that is quoted in a LIST response, escaped as it was.
pub(super) fn separator(delimiter: &str) -> Option<char> {
    only(&unescaped(delimiter))
}

/// Takes the escapes out of a name from a LIST response, where the parser leaves them in. A name
/// that was no quoted string has none.
pub(super) fn unescaped(name: &str) -> String {
    match quoted(&format!("\"{name}\"")) {
        Some((plain, "")) => plain,
        _ => name.to_owned(),
    }
}

fn only(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// A quoted string, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut plain = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some((plain, chars.as_str())),
            '\\' => plain.push(chars.next().filter(|it| matches!(it, '"' | '\\'))?),
            it => plain.push(it),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slash() -> Names {
        Names::new(String::new(), Some('/'))
    }

    fn dot() -> Names {
        Names::new("INBOX.".to_owned(), Some('.'))
    }

    #[track_caller]
    fn check(names: &Names, folder: &str, name: &str) {
        assert_eq!(names.on_server(folder).unwrap(), name);
        assert_eq!(names.for_people(name).unwrap(), folder);
    }

    #[test]
    fn names_lead_both_ways() {
        let folder = "Grüße/Persönlich 2026 & mehr";
        check(&slash(), folder, "Gr&APwA3w-e/Pers&APY-nlich 2026 &- mehr");
        check(&dot(), folder, "INBOX.Gr&APwA3w-e.Pers&APY-nlich 2026 &- mehr");
        check(&Names::new(String::new(), Some('.')), "a/b", "a.b");
        check(&Names::new(String::new(), None), "a", "a");
        for names in [slash(), dot()] {
            check(&names, "INBOX", "INBOX");
            assert_eq!(names.on_server("inbox").unwrap(), "INBOX");
        }
        check(&slash(), "INBOX/a", "INBOX/a");
        assert_eq!(slash().on_server("Inbox/a").unwrap(), "INBOX/a");
        assert_eq!(dot().on_server("INBOX/a").unwrap(), "INBOX.a");
        assert_eq!(slash().on_server("Gru\u{308}n").unwrap(), "Gr&APw-n");
        assert_eq!(slash().on_server("a\r\nb").unwrap(), "a&AA0ACg-b");
    }

    #[test]
    fn what_has_no_name_on_a_server_is_refused() {
        for (names, folder) in [
            (dot(), "Dr. Müller/Briefe"),
            (slash(), "a//b"),
            (slash(), "/a"),
            (slash(), ""),
            (Names::new(String::new(), None), "a/b"),
        ] {
            let error = names.on_server(folder).unwrap_err();
            assert!(matches!(error, MailboxError::Refused { .. }) && !error.ends_session());
        }
        for name in ["INBOX.a/b", "INBOX.&APw", "INBOX.ü", "INBOX.a..b", "INBOX.a."] {
            assert_eq!(dot().for_people(name), None, "{name}");
        }
    }

    #[test]
    fn levels_are_named_from_the_top_down() {
        assert_eq!(slash().levels("a/ü/c").unwrap(), ["a", "a/&APw-", "a/&APw-/c"]);
        assert_eq!(dot().levels("INBOX/a/b").unwrap(), ["INBOX.a", "INBOX.a.b"]);
        assert!(slash().levels("INBOX").unwrap().is_empty());
    }

    #[test]
    fn names_against_the_rule_are_remembered() {
        let mut names = dot();
        let listed = ["Inbox", "INBOX.Gru&Awg-n", "shared.team", "INBOX.a", "INBOX.a/b", "INBOX.&"];
        let folders = names.learn(listed);
        let expected = ["Grün", "INBOX", "a", "shared/team"];
        assert_eq!(folders.iter().collect::<Vec<_>>(), expected);
        assert_eq!(names.on_server("Grün").unwrap(), "INBOX.Gru&Awg-n");
        assert_eq!(names.on_server("Gru\u{308}n").unwrap(), "INBOX.Gru&Awg-n");
        assert_eq!(names.on_server("shared/team").unwrap(), "shared.team");
        assert_eq!(names.on_server("a").unwrap(), "INBOX.a");
        assert_eq!(names.known("INBOX.Gru&Awg-n").as_deref(), Some("Grün"));
        assert_eq!(names.known("INBOX.a/b"), None);

        // Where both forms are there, the usual one is meant.
        let mut names = slash();
        names.learn(["Gru&Awg-n", "Gr&APw-n"]);
        assert_eq!(names.on_server("Grün").unwrap(), "Gr&APw-n");
        assert_eq!(names.known("Gru&Awg-n"), None);
    }

    #[test]
    fn a_prefix_is_guessed_if_all_have_it() {
        assert_eq!(Names::guess(["INBOX", "INBOX.a", "INBOX.b.c"], Some('.')), dot());
        let plain = Names::new(String::new(), Some('.'));
        assert_eq!(Names::guess(["INBOX", "INBOX.a", "b"], Some('.')), plain);
        assert_eq!(Names::guess(["INBOX"], Some('.')), plain);
        assert_eq!(Names::guess(["INBOX", "INBOXa"], None), Names::default());
    }

    #[track_caller]
    fn check_namespace(response: &str, expected: Option<(&str, Option<char>)>) {
        let found = namespace(response.as_bytes());
        assert_eq!(found, expected.map(|(prefix, separator)| (prefix.to_owned(), separator)));
    }

    #[test]
    fn namespaces_are_read() {
        check_namespace("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n", Some(("", Some('/'))));
        check_namespace(
            "* namespace ((\"INBOX.\" \".\")) ((\"user.\" \".\")) NIL\r\n",
            Some(("INBOX.", Some('.'))),
        );
        check_namespace("* NAMESPACE ((\"\" NIL)) NIL NIL\r\n", Some(("", None)));
        check_namespace("* NAMESPACE ((\"a\\\"\" \"\\\\\")) NIL\r\n", Some(("a\"", Some('\\'))));
        for garbage in
            ["* NAMESPACE NIL NIL NIL", "* NAMESPACE ((\"\" \"//\"))", "* NAMESPACE ((", ""]
        {
            check_namespace(garbage, None);
        }
    }

    #[test]
    fn escapes_are_taken_out() {
        assert_eq!(unescaped("a\\\"b\\\\c"), "a\"b\\c");
        assert_eq!(unescaped("a\"b"), "a\"b");
        assert_eq!(unescaped("a\\b"), "a\\b");
        assert_eq!(separator("\\\\"), Some('\\'));
        assert_eq!(separator("/"), Some('/'));
        assert_eq!(separator(""), None);
    }
}
