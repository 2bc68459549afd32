//! What ARCHITECTURE.md says about which module may name what, held against the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// The pure core: bytes in, plan out.
const CORE: [&str; 6] = ["mail", "text", "feature", "classify", "verdict.rs", "plan.rs"];

/// What only the shell may name: clocks, files, sockets, processes, the environment, the runtime.
/// Checked settings ([`grussd::config`]) are plain data, which a plan may depend on.
const OF_THE_SHELL: [&str; 16] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::os",
    "std::time::SystemTime",
    "std::time::Instant",
    "stdin()",
    "stdout()",
    "stderr()",
    "Zoned::now",
    "Timestamp::now",
    "tokio",
    "tracing",
    "crate::{store,mailbox,daemon,command,corpus,train}",
];

/// linfa writes to standard error while it fits; `quiet.rs` turns that off and nothing else.
const EXCEPTIONS: [&str; 1] = ["src/classify/quiet.rs"];

fn sources(under: &Path) -> Vec<PathBuf> {
    if under.is_file() {
        return vec![under.to_owned()];
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() || path.extension().is_some_and(|it| it == "rs") {
            found.extend(sources(&path));
        }
    }
    found
}

/// The lines that are compiled into the program: no comments, nothing behind `#[cfg(test)] mod`.
fn code(text: &str) -> String {
    let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = program.lines().filter(|it| !it.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// `a::{b,c}` stands for `a::b` and `a::c`.
fn spelled_out(name: &str) -> Vec<String> {
    match name.split_once('{') {
        Some((path, names)) => {
            names.trim_end_matches('}').split(',').map(|it| format!("{path}{it}")).collect()
        }
        None => vec![name.to_owned()],
    }
}

fn names(code: &str, name: &str) -> bool {
    spelled_out(name).iter().any(|it| code.contains(it.as_str()))
}

fn relative(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    path.strip_prefix(root).unwrap().to_string_lossy().into_owned()
}

#[test]
fn the_core_is_pure() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut looked_at = 0;
    for path in CORE.iter().flat_map(|it| sources(&src.join(it))) {
        let file = relative(&path);
        if EXCEPTIONS.contains(&file.as_str()) {
            continue;
        }
        let code = code(&fs::read_to_string(&path).unwrap());
        for forbidden in OF_THE_SHELL {
            assert!(!names(&code, forbidden), "{file} names {forbidden}");
        }
        looked_at += 1;
    }
    assert!(looked_at > 50, "{looked_at} files are not the core");
}

/// A crate that the rest of the program is kept from, and the modules that may name it.
#[track_caller]
fn check_only(name: &str, within: &[&str]) {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let naming: Vec<String> = sources(&src)
        .into_iter()
        .filter(|it| names(&code(&fs::read_to_string(it).unwrap()), name))
        .map(|it| relative(&it))
        .collect();
    assert!(!naming.is_empty(), "nothing names {name}");
    for file in naming {
        assert!(within.iter().any(|it| file.starts_with(it)), "{file} names {name}");
    }
}

#[test]
fn crates_stay_in_their_modules() {
    check_only("async_imap", &["src/mailbox/imap/"]);
    check_only("linfa", &["src/classify/"]);
    check_only("mail_parser", &["src/mail/"]);
    check_only("comfy_table", &["src/command/", "src/train/evaluation/"]);
}

#[test]
fn what_is_looked_for_is_found() {
    let text = "// std::fs\nuse crate::store::Journal;\n#[cfg(test)]\nmod tests {\nuse std::fs;";
    assert!(!names(&code(text), "std::fs"));
    assert!(names(&code(text), "crate::{command,store}"));
    assert!(names("use std::fs;", "std::fs"));
}
