//! What is read from each fixture: `NAME.expect` beside `NAME.eml`.

use grussd::mail::parse;

use super::fixtures;
use super::shown::show;
use crate::support::snapshot::{check, diff};

#[test]
fn messages_are_read_as_expected() {
    let mut wrong = Vec::new();
    for (path, bytes) in fixtures() {
        if let Err(difference) = check(&path.with_extension("expect"), &show(&parse(&bytes))) {
            wrong.push(difference);
        }
    }
    assert!(wrong.is_empty(), "{} of the messages differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn line_ends_make_no_difference() {
    for (path, bytes) in fixtures() {
        // The bytes of this one are no lines.
        if path.ends_with("binary.eml") {
            continue;
        }
        assert!(!bytes.contains(&b'\r'), "{}: fixtures have LF line ends", path.display());
        let lf = parse(&bytes);
        for end in [b"\r\n".as_slice(), b"\r"] {
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            let other = parse(&lines.join(end));
            assert!(lf == other, "{}:\n{}", path.display(), diff(&show(&lf), &show(&other)));
        }
    }
}
