//! Web addresses that stand in plain text.

use super::Link;

/// Whether there can be addresses in a text.
pub(super) fn are_in(text: &str) -> bool {
    text.contains("://") || text.contains("www.")
}

/// The addresses in a line.
pub(super) fn bare(line: &str) -> impl Iterator<Item = Link> {
    let line = if are_in(line) { line } else { "" };
    line.split(|c: char| c.is_whitespace() || "<>\"[]{}|^`„“”»«".contains(c)).filter_map(|word| {
        let address = beginning(word).and_then(|at| word.get(at..)).map(trim_end)?;
        // `www.` or `https://` alone is none.
        let named = address.trim_end_matches(['/', '.', ':']).contains('.');
        named.then(|| Link { target: address.to_owned(), text: String::new() })
    })
}

/// Where in a word an address begins.
fn beginning(word: &str) -> Option<usize> {
    let bytes = word.as_bytes();
    if let Some(colon) = bytes.windows(3).position(|window| window == b"://") {
        let before = word.get(..colon)?;
        let ends = |scheme: &&str| {
            let at = before.len().checked_sub(scheme.len());
            at.and_then(|at| before.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(scheme))
        };
        return ["https", "http"].iter().find(|scheme| ends(scheme)).map(|it| colon - it.len());
    }
    let at = bytes.windows(4).position(|window| window.eq_ignore_ascii_case(b"www."))?;
    (!word.get(..at)?.ends_with(char::is_alphanumeric)).then_some(at)
}

/// Takes off the punctuation of the sentence, and a bracket that was opened before the address.
fn trim_end(address: &str) -> &str {
    let mut address = address;
    loop {
        let trimmed = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
        let trimmed = match trimmed.strip_suffix(')') {
            Some(inside) if trimmed.matches(')').count() > trimmed.matches('(').count() => inside,
            _ => trimmed,
        };
        if trimmed.len() == address.len() {
            return address;
        }
        address = trimmed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let links: Vec<Link> = bare(line).collect();
        let targets: Vec<&str> = links.iter().map(|link| link.target.as_str()).collect();
        assert_eq!(targets, expected, "{line}");
    }

    #[test]
    fn addresses_are_found() {
        check("Hallo", &[]);
        check("siehe https://example.org/a?b=c#d.", &["https://example.org/a?b=c#d"]);
        check(
            "(http://example.org/a_(b)) und www.example.net!",
            &["http://example.org/a_(b)", "www.example.net"],
        );
        check(
            "<https://a.example><HTTPS://b.example>",
            &["https://a.example", "HTTPS://b.example"],
        );
        check(
            "Shop [https://a.example]https://b.example",
            &["https://a.example", "https://b.example"],
        );
        check("https:// www. ://x.y ftp://x.y awww.x", &[]);
    }
}
