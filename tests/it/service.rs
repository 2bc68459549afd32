//! The unit of systemd, judged by systemd itself. Without `systemd-analyze` (Debian package
//! `systemd`) these tests fail: a unit that nobody checked is not hardened.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const UNIT: &str = include_str!("../../config/grussd.service");

/// The highest exposure level of `systemd-analyze security` that is accepted, in tenths.
const MAX_EXPOSURE: &str = "13";

/// The unit in a folder of its own, with the program of this build.
fn unit(folder: &Path) -> PathBuf {
    let path = folder.join("grussd.service");
    let program = format!("ExecStart={}", env!("CARGO_BIN_EXE_grussd"));
    fs::write(&path, UNIT.replace("ExecStart=/usr/bin/grussd", &program)).unwrap();
    path
}

/// Runs `systemd-analyze` and gives what it says, if it is content.
fn analyze(arguments: &[&str], unit: &Path) -> Result<String, String> {
    let output = Command::new("systemd-analyze")
        .args(arguments)
        .arg(unit)
        .output()
        .expect("systemd-analyze is installed (Debian package systemd)");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    if output.status.success() { Ok(said) } else { Err(said) }
}

/// Complaints about the unit; that systemd before 253 doesn't know `notify-reload` is none, the
/// unit provides for it.
fn complaints(said: &str) -> Vec<&str> {
    said.lines()
        .filter(|line| !line.ends_with("Failed to parse service type, ignoring: notify-reload"))
        .collect()
}

/// The drop-ins that the comment at the head of the unit shows.
fn documented_drop_ins() -> Vec<String> {
    let head: Vec<&str> = UNIT.lines().map_while(|line| line.strip_prefix('#')).collect();
    let settings = head.iter().map(|line| line.strip_prefix("   ").unwrap_or(""));
    settings
        .collect::<Vec<_>>()
        .join("\n")
        .split("[Service]\n")
        .skip(1)
        .map(|rest| format!("[Service]\n{}\n", rest.split("\n\n").next().unwrap()))
        .collect()
}

#[test]
fn systemd_understands_every_line() {
    let folder = TempDir::new().unwrap();
    let said = analyze(&["verify"], &unit(folder.path())).unwrap();
    assert_eq!(complaints(&said), [""; 0]);
}

#[test]
fn it_is_hardened() {
    let folder = TempDir::new().unwrap();
    let threshold = format!("--threshold={MAX_EXPOSURE}");
    analyze(&["security", "--offline=true", &threshold], &unit(folder.path())).unwrap();
}

#[test]
fn the_documented_drop_ins_are_understood() {
    let drop_ins = documented_drop_ins();
    assert_eq!(drop_ins.len(), 2, "{drop_ins:#?}");
    assert!(drop_ins[0].contains("LoadCredential=") && drop_ins[1].contains("BindPaths="));
    for drop_in in drop_ins {
        let folder = TempDir::new().unwrap();
        let unit = unit(folder.path());
        let overrides = folder.path().join("grussd.service.d");
        fs::create_dir(&overrides).unwrap();
        fs::write(overrides.join("override.conf"), &drop_in).unwrap();
        let said = analyze(&["verify"], &unit).unwrap();
        assert_eq!(complaints(&said), [""; 0], "{drop_in}");
    }
}

/// What the daemon counts on.
#[test]
fn daemon_and_unit_agree() {
    for line in ["Type=notify-reload", "StateDirectory=grussd", "RestartPreventExitStatus=2 78"] {
        assert!(UNIT.lines().any(|it| it == line), "{line}");
    }
    assert!(UNIT.lines().any(|it| it.starts_with("WatchdogSec=")));
}
