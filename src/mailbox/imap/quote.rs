//! Strings as they stand in a command line.

use zeroize::Zeroizing;

/// A quoted string (RFC 9051, 4.3). Line ends and NUL can't be in one.
pub(super) fn quoted(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut quoted = Zeroizing::new(Vec::with_capacity(2 * bytes.len() + 2));
    quoted.push(b'"');
    for byte in bytes {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    quoted
}

/// A quoted string of text that is no secret.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(quote(text), expected);
        assert_eq!(quoted(text.as_bytes()).as_slice(), expected.as_bytes());
    }

    #[test]
    fn what_ends_a_string_is_escaped() {
        check("", "\"\"");
        check("a b", "\"a b\"");
        check("a\"b\\c{3}", "\"a\\\"b\\\\c{3}\"");
    }
}
