//! Folders into which mail is put aside: Trash, Junk, Archive, Drafts. That a mail lies there says
//! nothing about what it is.

use super::Survey;

/// Names that mail programs give them, in lower case; with subfolders.
const NAMES: [&str; 32] = [
    "trash",
    "bin",
    "deleted",
    "deleted items",
    "deleted messages",
    "papierkorb",
    "gelöscht",
    "gelöschte elemente",
    "gelöschte objekte",
    "corbeille",
    "cestino",
    "papelera",
    "junk",
    "junk e-mail",
    "junk-e-mail",
    "junk email",
    "spam",
    "spamverdacht",
    "bulk mail",
    "unerwünscht",
    "unerwünschte werbung",
    "archive",
    "archives",
    "archiv",
    "archived",
    "all mail",
    "alle nachrichten",
    "drafts",
    "draft",
    "entwürfe",
    "entwurf",
    "brouillons",
];

impl Survey {
    /// Whether a folder is one of these, or lies in one: as the server says (SPECIAL-USE, RFC 6154),
    /// or by its name.
    pub fn is_aside(&self, folder: &str) -> bool {
        let told = self.aside.iter().any(|it| {
            folder.strip_prefix(it.as_str()).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        });
        told || folder.split('/').any(|level| NAMES.contains(&level.to_lowercase().as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::FilingMethod;

    #[track_caller]
    fn check(folder: &str, expected: bool) {
        let survey = Survey {
            folders: Vec::new(),
            sent: None,
            aside: vec!["Weg".to_owned()],
            method: FilingMethod::Move,
            description: String::new(),
        };
        assert_eq!(survey.is_aside(folder), expected, "{folder}");
    }

    #[test]
    fn folders_for_what_is_put_aside() {
        for folder in ["Weg", "Weg/2025", "Trash", "Archiv/2025", "INBOX/ENTWÜRFE", "[Gmail]/Spam"]
        {
            check(folder, true);
        }
        for folder in ["INBOX", "Wegweiser", "Grüße/Werbung", "Archivare", "Grüße/Weg"] {
            check(folder, false);
        }
    }
}
