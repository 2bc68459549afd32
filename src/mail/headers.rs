//! Header fields (RFC 5322, 2045, 2047, 2231, 6532), read by mail-parser after the repairs that it
//! does not make: raw 8-bit text, characters split over two encoded words, wrong charset labels.

use std::borrow::Cow;
use std::sync::LazyLock;

use mail_parser::{ContentType, HeaderName, HeaderValue, Message, MessageParser, MimeHeaders};

use super::transfer::Transfer;
use super::{Address, LocalDate, charset, clean, encoded_word};

/// Addresses of one kind that are looked at.
const MAX_ADDRESSES: usize = 500;
/// Message ids of the thread that are looked at.
const MAX_REFERENCES: usize = 200;

/// Everything that is not asked for is skipped unparsed: trace fields are most of a header.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new().with_minimal_headers().with_message_ids().default_header_ignore()
});

/// The header of a message or of one of its parts.
pub(super) struct Head<'b> {
    block: Cow<'b, [u8]>,
    /// Whether 8-bit text or a wrong label had to be repaired.
    pub(super) guessed: bool,
}

/// A header as fields.
pub(super) struct Fields<'h> {
    message: Option<Message<'h>>,
    block: &'h [u8],
}

impl<'b> Head<'b> {
    /// Takes the lines before the first empty one (LF line ends).
    pub(super) fn new(block: &'b [u8]) -> Self {
        let mut head = if std::str::from_utf8(block).is_ok() {
            Head { block: Cow::Borrowed(block), guessed: false }
        } else {
            let text = charset::guess(block).text.into_owned();
            Head { block: Cow::Owned(text.into_bytes()), guessed: true }
        };
        if let Some(rewritten) = encoded_word::rewrite(&head.block) {
            head.guessed |= rewritten.guessed;
            head.block = Cow::Owned(rewritten.block);
        }
        // mail-parser takes a field only where a line feed ends it.
        if !head.block.ends_with(b"\n") {
            head.block.to_mut().push(b'\n');
        }
        head
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        Fields { message: PARSER.parse_headers(self.block.as_ref()), block: &self.block }
    }
}

impl<'h> Fields<'h> {
    /// Name and raw value of each field, in order.
    pub(super) fn raw(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.message.iter().flat_map(|message| message.headers()).map(|field| {
            let (start, end) = (field.offset_start as usize, field.offset_end as usize);
            (field.name(), self.block.get(start..end).unwrap_or_default())
        })
    }

    pub(super) fn subject(&self) -> String {
        clean::line(self.message.as_ref().and_then(Message::subject).unwrap_or_default())
    }

    /// Addresses of all fields of this name, groups dissolved; and whether there were more.
    pub(super) fn addresses(&self, name: HeaderName<'h>) -> (Vec<Address>, bool) {
        let mut found = self.values(name).filter_map(HeaderValue::as_address).flat_map(|list| {
            list.iter().map(|one| address(one.name.as_deref(), one.address.as_deref()))
        });
        let list =
            found.by_ref().filter(|one| *one != Address::default()).take(MAX_ADDRESSES).collect();
        (list, found.next().is_some())
    }

    pub(super) fn date(&self) -> Option<LocalDate> {
        let date = self.message.as_ref()?.date()?;
        let year = i16::try_from(date.year).ok().filter(|year| (1970..=2200).contains(year))?;
        let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
        jiff::civil::Date::new(year, month, day).ok()?;
        let hour = Some(date.hour).filter(|hour| *hour < 24)?;
        Some(LocalDate { year, month: date.month, day: date.day, hour })
    }

    pub(super) fn message_id(&self) -> Option<String> {
        self.ids(HeaderName::MessageId).pop()
    }

    /// `References`, then what only `In-Reply-To` names (RFC 5322, section 3.6.4).
    pub(super) fn references(&self) -> Vec<String> {
        let mut ids = self.ids(HeaderName::References);
        // The oldest and the newest name the thread and the message that is answered.
        if ids.len() > MAX_REFERENCES {
            ids.drain(1..=ids.len() - MAX_REFERENCES);
        }
        for id in self.ids(HeaderName::InReplyTo).into_iter().take(MAX_REFERENCES) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    pub(super) fn content_type(&self) -> Option<&ContentType<'_>> {
        self.part()?.content_type()
    }

    pub(super) fn disposition(&self) -> Option<&ContentType<'_>> {
        self.part()?.content_disposition()
    }

    /// `Content-ID` without angle brackets.
    pub(super) fn content_id(&self) -> Option<&str> {
        self.part()?.content_id().map(str::trim).filter(|id| !id.is_empty())
    }

    /// File name, decoded; some mailers put encoded words where RFC 2231 wants its own form.
    pub(super) fn file_name(&self) -> String {
        let name = self.part().and_then(|part| part.attachment_name()).unwrap_or_default();
        if name.contains("=?") {
            let field = format!("Subject: {name}\n");
            let decoded = PARSER.parse_headers(field.as_bytes());
            return clean::line(decoded.as_ref().and_then(Message::subject).unwrap_or(name));
        }
        clean::line(name)
    }

    pub(super) fn transfer(&self) -> Transfer {
        Transfer::named(
            self.part().and_then(|part| part.content_transfer_encoding()).unwrap_or_default(),
        )
    }

    fn part(&self) -> Option<&mail_parser::MessagePart<'h>> {
        self.message.as_ref()?.parts.first()
    }

    fn values(&self, name: HeaderName<'h>) -> impl Iterator<Item = &HeaderValue<'h>> {
        self.message.iter().flat_map(move |message| message.header_values(name.clone()))
    }

    fn ids(&self, name: HeaderName<'h>) -> Vec<String> {
        self.values(name)
            .filter_map(HeaderValue::as_text_list)
            .flatten()
            .map(|id| clean::line(id))
            .filter(|id| !id.is_empty())
            .collect()
    }
}

fn address(name: Option<&str>, address: Option<&str>) -> Address {
    let mut name = clean::line(name.unwrap_or_default());
    if let Some(inner) = name.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')) {
        name = inner.trim().to_owned();
    }
    let mut address = clean::line(address.unwrap_or_default()).to_lowercase();
    if !address.contains('@') {
        if name.is_empty() {
            name = address;
        }
        address = String::new();
    }
    Address { name, address }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_subject(field: &[u8], expected: &str, guessed: bool) {
        let block = [b"Subject: ".as_slice(), field].concat();
        let head = Head::new(&block);
        assert_eq!(head.fields().subject(), expected);
        assert_eq!(head.guessed, guessed);
    }

    #[test]
    fn subjects_are_decoded() {
        check_subject(b"Frohe Weihnachten", "Frohe Weihnachten", false);
        check_subject(b"Frohe\n  Weihnachten\n", "Frohe Weihnachten", false);
        check_subject(b"=?utf-8?Q?Fr=C3=B6hliche?= Ostern", "Fröhliche Ostern", false);
        check_subject(b"Re: =?iso-8859-1?B?R3L832U=?=", "Re: Grüße", false);
        check_subject("Grüße".as_bytes(), "Grüße", false);
        check_subject(b"Gr\xfc\xdfe", "Grüße", true);
        check_subject(b"", "", false);
    }

    #[track_caller]
    fn check_from(field: &[u8], name: &str, address: &str) {
        let block = [b"From: ".as_slice(), field, b"\n"].concat();
        let head = Head::new(&block);
        let (list, more) = head.fields().addresses(HeaderName::From);
        let expected = Address { name: name.to_owned(), address: address.to_owned() };
        assert_eq!((list.first(), more), (Some(&expected), false));
    }

    #[test]
    fn addresses_are_decoded() {
        check_from(b"Petra Beispiel <Petra@Example.ORG>", "Petra Beispiel", "petra@example.org");
        check_from(b"\"Beispiel, Petra\" <p@example.org>", "Beispiel, Petra", "p@example.org");
        check_from(b"'Petra' <p@example.org>", "Petra", "p@example.org");
        check_from(b"p@example.org (Petra)", "Petra", "p@example.org");
        check_from(b"p@example.org", "", "p@example.org");
        check_from(b"Petra", "Petra", "");
        check_from(b"J\xf6rg <j@example.org>", "Jörg", "j@example.org");
        check_from(
            b"=?utf-8?Q?M=C3=BCller=2C_J=C3=B6rg?= <j@example.org>",
            "Müller, Jörg",
            "j@example.org",
        );
        check_from(b"\"=?utf-8?B?SsO2cmc=?=\" <j@example.org>", "Jörg", "j@example.org");
    }

    #[test]
    fn lists_and_groups_are_flattened_and_bounded() {
        let block =
            b"To: a@example.org, Freunde: b@example.org, c@example.org;\nTo: d@example.org\n";
        let (list, more) = Head::new(block).fields().addresses(HeaderName::To);
        let list: Vec<_> = list.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(list, ["a@example.org", "b@example.org", "c@example.org", "d@example.org"]);
        assert!(!more);
        let block = format!("To: {}\n", "a@example.org, ".repeat(2 * MAX_ADDRESSES));
        let (list, more) = Head::new(block.as_bytes()).fields().addresses(HeaderName::To);
        assert_eq!((list.len(), more), (MAX_ADDRESSES, true));
        let (list, _) =
            Head::new(b"To: undisclosed-recipients:;\n").fields().addresses(HeaderName::To);
        assert_eq!(list, []);
    }

    #[track_caller]
    fn check_date(field: &str, expected: Option<(i16, u8, u8, u8)>) {
        let block = format!("Date: {field}\n");
        let date = Head::new(block.as_bytes()).fields().date();
        assert_eq!(date.map(|date| (date.year, date.month, date.day, date.hour)), expected);
    }

    #[test]
    fn dates_are_the_writers_own() {
        check_date("Tue, 24 Dec 2024 23:58:01 +1300", Some((2024, 12, 24, 23)));
        check_date("24 Dec 2024 01:00 -0800 (PST)", Some((2024, 12, 24, 1)));
        check_date("Mon, 30 Feb 2024 10:00:00 +0000", None);
        check_date("Saturday, April 04, 2009 11:18 PM", None);
        check_date("tomorrow", None);
    }

    #[test]
    fn references_are_oldest_first() {
        let block = b"In-Reply-To: <c@x>\nReferences: <a@x>\n <b@x>\n\t<c@x>\nMessage-ID: <d@x>\n";
        let head = Head::new(block);
        assert_eq!(head.fields().references(), ["a@x", "b@x", "c@x"]);
        assert_eq!(head.fields().message_id().as_deref(), Some("d@x"));
        let block = format!("References: {}\n", "<a@x>".repeat(1000));
        assert_eq!(Head::new(block.as_bytes()).fields().references().len(), MAX_REFERENCES);
    }
}
