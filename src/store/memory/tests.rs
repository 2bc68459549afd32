use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;

fn files(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Puts a note into the memory that is there after opening it again.
fn note(memory: &mut Database, text: &str) {
    let sql = "INSERT OR REPLACE INTO looked VALUES ('main', 'folder', ?1)";
    memory.write("a note", |it| it.execute(sql, [text])).unwrap();
}

fn noted(memory: &Database) -> Option<String> {
    memory.db.query_row("SELECT mark FROM looked", [], |row| row.get(0)).ok()
}

#[test]
fn what_was_written_is_there_again_for_its_owner_alone() {
    let dir = TempDir::new().unwrap();
    let mut memory = Database::open(dir.path()).unwrap();
    note(&mut memory, "a");
    let mode =
        |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
    for name in files(dir.path()) {
        assert_eq!(mode(&name), 0o600, "{name}");
    }
    drop(memory);
    assert_eq!(files(dir.path()), ["memory.sqlite"]);
    assert_eq!(noted(&Database::open(dir.path()).unwrap()).as_deref(), Some("a"));
}

#[test]
fn writing_is_all_or_nothing() {
    let mut memory = Database::in_ram().unwrap();
    let failed = memory.write("a note", |it| {
        it.execute("INSERT INTO looked VALUES ('main', 'folder', 'a')", [])?;
        it.execute("INSERT INTO no_such_table VALUES (1)", [])
    });
    let error = failed.unwrap_err().to_string();
    assert!(error.starts_with("the memory can't be used (a note: "), "{error}");
    assert_eq!(noted(&memory), None);
}

#[test]
fn a_copy_is_read_while_the_daemon_writes() {
    let dir = TempDir::new().unwrap();
    let mut memory = Database::open(dir.path()).unwrap();
    note(&mut memory, "a");
    let mut copy = Database::copy(dir.path()).unwrap();
    note(&mut copy, "b");
    assert_eq!(noted(&copy).as_deref(), Some("b"));
    assert_eq!(noted(&memory).as_deref(), Some("a"));
}

#[test]
fn a_copy_leaves_no_trace() {
    let dir = TempDir::new().unwrap();
    // What a URI would take for something else.
    let state = dir.path().join("Petra's state?#100%");
    assert!(noted(&Database::copy(&state).unwrap()).is_none());
    assert!(!state.exists());
    fs::create_dir(&state).unwrap();
    note(&mut Database::open(&state).unwrap(), "a");
    let before = fs::read(state.join("memory.sqlite")).unwrap();
    assert_eq!(noted(&Database::copy(&state).unwrap()).as_deref(), Some("a"));
    assert_eq!(files(&state), ["memory.sqlite"]);
    assert_eq!(fs::read(state.join("memory.sqlite")).unwrap(), before);
}

#[test]
fn what_a_killed_process_left_is_read() {
    let dir = TempDir::new().unwrap();
    let killed = dir.path().join("killed");
    fs::create_dir(&killed).unwrap();
    let mut memory = Database::open(dir.path()).unwrap();
    note(&mut memory, "a");
    // As the files lie there when nobody has closed them.
    for name in ["memory.sqlite", "memory.sqlite-wal", "memory.sqlite-shm"] {
        fs::copy(dir.path().join(name), killed.join(name)).unwrap();
    }
    assert_eq!(noted(&Database::copy(&killed).unwrap()).as_deref(), Some("a"));
    assert_eq!(noted(&Database::open(&killed).unwrap()).as_deref(), Some("a"));
}

/// A database with some pages of content.
fn filled(dir: &Path) -> Vec<u8> {
    let mut memory = Database::open(dir).unwrap();
    let sql = "INSERT INTO looked VALUES ('main', ?1, ?2)";
    let notes = memory.write("notes", |it| {
        for number in 0..200 {
            it.execute(sql, (format!("folder {number}"), "x".repeat(100)))?;
        }
        Ok(())
    });
    notes.unwrap();
    drop(memory);
    fs::read(dir.join("memory.sqlite")).unwrap()
}

#[track_caller]
fn check_refused(content: &[u8]) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("memory.sqlite");
    fs::write(&path, content).unwrap();
    for opened in [Database::open(dir.path()), Database::copy(dir.path())] {
        let error = opened.unwrap_err();
        assert!(matches!(error, MemoryError::Damaged { .. }), "{error:?}");
        let sentence = error.to_string();
        assert!(
            sentence.contains("nothing is moved until `grussd forget --damaged`"),
            "{sentence}"
        );
    }
    assert_eq!(fs::read(&path).unwrap(), content, "left as it is");
}

#[test]
fn a_damaged_one_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let sound = filled(dir.path());
    check_refused(b"junk");
    check_refused(&b"junk ".repeat(1000));
    check_refused(&sound[..sound.len() / 2]);
    let mut torn = sound.clone();
    torn[4096..12288].fill(0xa5);
    check_refused(&torn);
    let mut zeroed = sound;
    zeroed[8192..12288].fill(0);
    check_refused(&zeroed);
}

#[test]
fn another_programs_database_is_refused() {
    let dir = TempDir::new().unwrap();
    let other = Connection::open(dir.path().join("memory.sqlite")).unwrap();
    other.execute_batch("CREATE TABLE bookmark (url TEXT)").unwrap();
    drop(other);
    check_refused(&fs::read(dir.path().join("memory.sqlite")).unwrap());
}

#[test]
fn a_newer_one_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    filled(dir.path());
    let path = dir.path().join("memory.sqlite");
    let db = Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", migrations::LATEST + 1).unwrap();
    drop(db);
    let content = fs::read(&path).unwrap();
    for opened in [Database::open(dir.path()), Database::copy(dir.path())] {
        let error = opened.unwrap_err().to_string();
        assert!(error.contains("newer grussd") && error.contains("nothing is moved"), "{error}");
    }
    assert_eq!(fs::read(&path).unwrap(), content);
}

#[test]
fn every_older_form_is_brought_up_to_date() {
    for version in 0..migrations::LATEST {
        let dir = TempDir::new().unwrap();
        let mut old = Connection::open(dir.path().join("memory.sqlite")).unwrap();
        migrations::migrate_to(&mut old, 0, version).unwrap();
        drop(old);
        for mut memory in [Database::copy(dir.path()).unwrap(), Database::open(dir.path()).unwrap()]
        {
            note(&mut memory, "a");
            let latest: u32 =
                memory.db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
            assert_eq!(latest, migrations::LATEST);
        }
    }
}

#[test]
fn what_is_set_aside_is_kept_whole() {
    let dir = TempDir::new().unwrap();
    assert_eq!(set_aside(dir.path()).unwrap(), SetAside::Nothing);
    for name in ["memory.sqlite.damaged", "memory.sqlite.damaged.2"] {
        let mut memory = Database::open(dir.path()).unwrap();
        note(&mut memory, name);
        // The log is there.
        assert_eq!(set_aside(dir.path()).unwrap(), SetAside::As(dir.path().join(name)));
        drop(memory);
        let aside = Connection::open(dir.path().join(name)).unwrap();
        let note: String = aside.query_row("SELECT mark FROM looked", [], |it| it.get(0)).unwrap();
        assert_eq!(note, name);
    }
    assert_eq!(noted(&Database::open(dir.path()).unwrap()), None);
}
