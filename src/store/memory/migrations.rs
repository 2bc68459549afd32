//! The forms that the database has had, oldest first.
//!
//! A form that was released is never edited: what changes is a further one.

use rusqlite::{Connection, TransactionBehavior};

use super::APPLICATION_ID;

/// The version that this program writes.
pub(super) const LATEST: u32 = 1;

/// Each brings the database from the version that is its place to the next.
const MIGRATIONS: [&str; LATEST as usize] = [include_str!("migrations/1-lessons.sql")];

/// Brings a database from `version` to the latest. Each step is taken entirely or not at all.
pub(super) fn migrate(db: &mut Connection, version: u32) -> rusqlite::Result<()> {
    migrate_to(db, version, LATEST)
}

/// The same to an earlier version than the latest.
pub(super) fn migrate_to(db: &mut Connection, from: u32, to: u32) -> rusqlite::Result<()> {
    let steps = MIGRATIONS.iter().zip(1..).filter(|(_, it)| (from + 1..=to).contains(it));
    for (step, version) in steps {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}
