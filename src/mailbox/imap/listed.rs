//! What LIST tells of a folder.

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response};

use super::names::{separator, unescaped};

/// A folder in a LIST response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// As the server writes it.
    pub(super) name: String,
    pub(super) separator: Option<char>,
    pub(super) selectable: bool,
    /// Holds what the owner has sent (RFC 6154).
    pub(super) sent: bool,
    /// Holds what was put aside: Trash, Junk, Archive, Drafts.
    pub(super) aside: bool,
}

impl Listed {
    /// Reads a LIST response.
    pub(super) fn of(response: &Response<'_>) -> Option<Self> {
        let Response::MailboxData(MailboxDatum::List(data)) = response else { return None };
        let never = |it: &NameAttribute<'_>| match it {
            NameAttribute::NoSelect => true,
            NameAttribute::Extension(other) => other.eq_ignore_ascii_case("\\NonExistent"),
            _ => false,
        };
        Some(Listed {
            name: unescaped(&data.name),
            separator: data.delimiter.as_deref().and_then(separator),
            selectable: !data.name_attributes.iter().any(never),
            sent: data.name_attributes.contains(&NameAttribute::Sent),
            aside: data.name_attributes.iter().any(|it| {
                use NameAttribute::{Archive, Drafts, Junk, Trash};
                matches!(it, Archive | Drafts | Junk | Trash)
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, name: &str, separator: Option<char>, selectable: bool, sent: bool) {
        let line = format!("{line}\r\n");
        let (_, response) = Response::parse(line.as_bytes()).unwrap();
        let expected = Listed { name: name.to_owned(), separator, selectable, sent, aside: false };
        assert_eq!(Listed::of(&response), Some(expected));
    }

    #[test]
    fn folders_for_what_is_put_aside() {
        for (use_of, expected) in [
            ("Trash", true),
            ("Junk", true),
            ("Archive", true),
            ("Drafts", true),
            ("Sent", false),
            ("Flagged", false),
        ] {
            let line = format!("* LIST (\\{use_of}) \"/\" a\r\n");
            let (_, response) = Response::parse(line.as_bytes()).unwrap();
            assert_eq!(Listed::of(&response).unwrap().aside, expected, "{use_of}");
        }
    }

    #[test]
    fn attributes_are_read() {
        check(
            "* LIST (\\HasNoChildren \\Sent) \".\" INBOX.Sent",
            "INBOX.Sent",
            Some('.'),
            true,
            true,
        );
        check("* LIST (\\noselect) \"/\" \"a b\"", "a b", Some('/'), false, false);
        check("* LIST (\\nonexistent) NIL a", "a", None, false, false);
        check("* LIST () \"\\\\\" {3}\r\na\"b", "a\"b", Some('\\'), true, false);
        check("* LIST () \"/\" \"a\\\"b\"", "a\"b", Some('/'), true, false);
    }
}
