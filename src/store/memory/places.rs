//! Where grussd itself has put messages, and how far the folders of greetings have been looked at.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, params};

use super::{Database, MemoryError, error::doing};
use crate::mailbox::{Mark, MessageKey};
use crate::store::{Digest, Filing, Hash64};

/// Where grussd has put a message, or may have put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFiling {
    /// The folder.
    pub folder: String,
    /// Its name there, where known.
    pub key: Option<MessageKey>,
    /// Whether it was seen there.
    pub certain: bool,
}

impl Database {
    /// Takes in what the journal tells of filings, in their order; the latest about a message
    /// holds. Unlike the journal this is never compacted.
    ///
    /// # Errors
    /// [`MemoryError`]: nothing has changed.
    pub fn note_filings(&mut self, filings: &[Filing]) -> Result<(), MemoryError> {
        self.write("what was filed", |it| {
            let mut insert = it.prepare_cached(
                "INSERT INTO own_filing (account, digest, folder, key, certain)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (account, digest) DO UPDATE SET
                    folder = excluded.folder, key = excluded.key, certain = excluded.certain
                 WHERE (folder, key, certain) IS NOT
                    (excluded.folder, excluded.key, excluded.certain)",
            )?;
            for filing in filings {
                let Some(left) = filing.left() else { continue };
                let (account, digest) = (&filing.intent.account, &filing.intent.identity.digest);
                let key = left.key.map(serde_json::to_string).transpose().ok().flatten();
                insert.execute(params![account, digest.bytes(), left.folder, key, left.certain])?;
            }
            Ok(())
        })
    }

    /// Where grussd has put a message; none if it never moved it.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn own_filing(
        &self,
        account: &str,
        digest: &Digest,
    ) -> Result<Option<OwnFiling>, MemoryError> {
        let sql = "SELECT folder, key, certain FROM own_filing WHERE account = ?1 AND digest = ?2";
        let found = self.db.prepare_cached(sql).and_then(|mut it| {
            it.query_row(params![account, digest.bytes()], |row| {
                let key = row.get::<_, Option<String>>(1)?;
                Ok(OwnFiling {
                    folder: row.get(0)?,
                    key: key.and_then(|it| serde_json::from_str(&it).ok()),
                    certain: row.get(2)?,
                })
            })
            .optional()
        });
        found.map_err(doing("what was filed"))
    }

    /// The names of messages that grussd has put into a folder, or into any other one.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn own_keys(
        &self,
        account: &str,
        folder: &str,
        elsewhere: bool,
    ) -> Result<BTreeSet<MessageKey>, MemoryError> {
        let sql = "SELECT key FROM own_filing
            WHERE account = ?1 AND (folder = ?2) <> ?3 AND certain AND key IS NOT NULL";
        let keys = self.db.prepare_cached(sql).and_then(|mut it| {
            it.query_map(params![account, folder, elsewhere], |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<String>>>()
        });
        let keys = keys.map_err(doing("what was filed"))?;
        Ok(keys.iter().filter_map(|it| serde_json::from_str(it).ok()).collect())
    }

    /// Folders that grussd has put mail into, or looked through for lessons.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn used_folders(&self, account: &str) -> Result<BTreeSet<String>, MemoryError> {
        let sql = "SELECT folder FROM own_filing WHERE account = ?1 AND certain
            UNION SELECT folder FROM looked WHERE account = ?1";
        let folders = self
            .db
            .prepare_cached(sql)
            .and_then(|mut it| it.query_map([account], |row| row.get(0))?.collect());
        folders.map_err(doing("which folders were used"))
    }

    /// How far a folder has been looked at for lessons; none if never.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn looked(&self, account: &str, folder: &str) -> Result<Option<Mark>, MemoryError> {
        let sql = "SELECT mark FROM looked WHERE account = ?1 AND folder = ?2";
        let found = self.db.prepare_cached(sql).and_then(|mut it| {
            it.query_row([account, folder], |row| row.get::<_, String>(0)).optional()
        });
        let text = found.map_err(doing("how far a folder was looked at"))?;
        Ok(text.and_then(|it| serde_json::from_str(&it).ok()))
    }

    /// Notes how far a folder has been looked at, and which messages of a Maildir.
    ///
    /// # Errors
    /// [`MemoryError`]: nothing has changed.
    pub fn note_looked(
        &mut self,
        account: &str,
        folder: &str,
        mark: &Mark,
        names: &[Hash64],
    ) -> Result<(), MemoryError> {
        let Ok(mark) = serde_json::to_string(mark) else { return Ok(()) };
        self.write("how far a folder was looked at", |it| {
            it.execute(
                "INSERT OR REPLACE INTO looked VALUES (?1, ?2, ?3)",
                [account, folder, &mark],
            )?;
            let mut insert =
                it.prepare_cached("INSERT OR IGNORE INTO looked_name VALUES (?1, ?2, ?3)")?;
            for name in names {
                insert.execute(params![account, folder, name.0.cast_signed()])?;
            }
            Ok(())
        })
    }

    /// Messages of a Maildir folder that have been looked at for lessons.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub fn looked_names(
        &self,
        account: &str,
        folder: &str,
    ) -> Result<BTreeSet<Hash64>, MemoryError> {
        let sql = "SELECT name FROM looked_name WHERE account = ?1 AND folder = ?2";
        let names = self.db.prepare_cached(sql).and_then(|mut it| {
            let hash = |row: &rusqlite::Row<'_>| Ok(Hash64(row.get::<_, i64>(0)?.cast_unsigned()));
            it.query_map([account, folder], hash)?.collect()
        });
        names.map_err(doing("how far a folder was looked at"))
    }

    /// Forgets messages of a Maildir folder that are no longer there.
    ///
    /// # Errors
    /// [`MemoryError`]: nothing has changed.
    pub fn forget_names(
        &mut self,
        account: &str,
        folder: &str,
        gone: &[Hash64],
    ) -> Result<(), MemoryError> {
        self.write("how far a folder was looked at", |it| {
            let mut delete = it.prepare_cached(
                "DELETE FROM looked_name WHERE account = ?1 AND folder = ?2 AND name = ?3",
            )?;
            for name in gone {
                delete.execute(params![account, folder, name.0.cast_signed()])?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::intent;
    use crate::store::{End, Why};

    fn key(uid: u32) -> MessageKey {
        MessageKey::Imap { uid_validity: 9, uid }
    }

    #[test]
    fn the_latest_filing_of_a_message_holds() {
        let mut memory = Database::in_ram().unwrap();
        let filing = intent(1, 5);
        let digest = filing.identity.digest;
        let filed = Filing { intent: filing.clone(), end: End::Done(Some(key(7))) };
        memory.note_filings(&[filed.clone(), filed.clone()]).unwrap();
        let expected = |folder: &str, key, certain| {
            Some(OwnFiling { folder: folder.to_owned(), key, certain })
        };
        let found = |memory: &Database| memory.own_filing("main", &digest).unwrap();
        let keys = |folder, elsewhere| memory.own_keys("main", folder, elsewhere).unwrap();
        assert_eq!(keys("Wishes", false), BTreeSet::from([key(7)]));
        assert_eq!(keys("INBOX", true), BTreeSet::from([key(7)]));
        assert!(keys("INBOX", false).is_empty() && keys("Wishes", true).is_empty());
        assert_eq!(found(&memory), expected("Wishes", Some(key(7)), true));
        assert_eq!(memory.own_filing("other", &digest).unwrap(), None);

        let mut back = Filing { intent: filing, end: End::Abandoned(Why::Untouched) };
        (back.intent.from, back.intent.to) = ("Wishes".to_owned(), "INBOX".to_owned());
        memory.note_filings(&[filed.clone(), back.clone()]).unwrap();
        assert_eq!(found(&memory), expected("Wishes", Some(key(7)), true));
        back.end = End::Done(None);
        memory.note_filings(&[filed, back]).unwrap();
        assert_eq!(found(&memory), expected("INBOX", None, true));
    }

    #[test]
    fn how_far_folders_were_looked_at() {
        let mut memory = Database::in_ram().unwrap();
        assert_eq!(memory.looked("main", "a").unwrap(), None);
        let mark = Mark::Imap { uid_validity: 3, uid_next: 9 };
        memory.note_looked("main", "a", &mark, &[]).unwrap();
        assert_eq!(memory.looked("main", "a").unwrap(), Some(mark));
        let names = [Hash64(1), Hash64(u64::MAX)];
        memory.note_looked("main", "a", &Mark::Maildir, &names).unwrap();
        memory.note_looked("main", "a", &Mark::Maildir, &names).unwrap();
        assert_eq!(memory.looked("main", "a").unwrap(), Some(Mark::Maildir));
        assert_eq!(memory.looked_names("main", "a").unwrap(), BTreeSet::from(names));
        assert_eq!(memory.used_folders("main").unwrap(), BTreeSet::from(["a".to_owned()]));
        assert!(memory.looked_names("main", "b").unwrap().is_empty());
        memory.forget_names("main", "a", &[Hash64(1)]).unwrap();
        assert_eq!(memory.looked_names("main", "a").unwrap(), BTreeSet::from([Hash64(u64::MAX)]));
    }
}
