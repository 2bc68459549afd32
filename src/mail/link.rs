//! Web addresses that stand in plain text.

use super::Link;

/// Appends the addresses in a text, until `links` holds `most`; whether there was room for all.
pub(super) fn bare(text: &str, links: &mut Vec<Link>, most: usize) -> bool {
    if !text.contains("://") && !text.contains("www.") {
        return true;
    }
    let ends = |c: char| c.is_whitespace() || "<>\"[]{}|^`„“”»«".contains(c);
    for word in text.split(ends) {
        let Some(address) = beginning(word).and_then(|at| word.get(at..)).map(trim_end) else {
            continue;
        };
        // `www.` or `https://` alone is none.
        if !address.trim_end_matches(['/', '.', ':']).contains('.') {
            continue;
        }
        if links.len() >= most {
            return false;
        }
        links.push(Link { target: address.to_owned(), text: String::new() });
    }
    true
}

/// Where in a word an address begins.
fn beginning(word: &str) -> Option<usize> {
    let (before, _) = word.split_once("://").unwrap_or((word, ""));
    let lower = before.to_ascii_lowercase();
    if before.len() < word.len() {
        let scheme = ["https", "http"].iter().find(|scheme| lower.ends_with(**scheme))?;
        return Some(before.len() - scheme.len());
    }
    let at = lower.find("www.")?;
    (!lower.get(..at)?.ends_with(char::is_alphanumeric)).then_some(at)
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
        let mut links = Vec::new();
        assert!(bare(line, &mut links, 100));
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

    #[test]
    fn their_number_is_bounded() {
        let mut links = Vec::new();
        assert!(!bare("http://a.b http://a.b http://a.b", &mut links, 2));
        assert_eq!(links.len(), 2);
    }
}
