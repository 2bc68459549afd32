//! Contact data, by form: telephone numbers, addresses, registers, tax numbers.

use super::phrases::Phrases;
use super::sentence::within;

/// Words of firms' registers, tax and bank, lower case.
#[rustfmt::skip]
static REGISTERS: Phrases = Phrases::new(&[
    "amtsgericht", "handelsregister", "registergericht", "hrb ", "hra ", "ust-id", "ust.-id",
    "ustid", "umsatzsteuer-id", "steuernummer", "steuer-nr", "st.-nr", "geschäftsführer",
    "geschäftsführung:", "vorstand:", "vorstandsvorsitz", "aufsichtsrat", "sitz der gesellschaft",
    "firmenbuch", "iban", "registered office", "registered in", "company no", "vat no",
    "company registration",
]);

#[rustfmt::skip]
const PHONE_LABELS: [&str; 20] = [
    "tel", "telefon", "fon", "phone", "fax", "telefax", "mobil", "mobile", "handy", "cell", "mob",
    "t", "f", "m", "p", "office", "büro", "privat", "durchwahl", "zentrale",
];

#[rustfmt::skip]
const STREETS: [&str; 14] = [
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer",
    "street", "road", "avenue", "markt",
];

/// Whether a line holds contact data: telephone, address, e-mail, register, tax number. A web site
/// alone is none: it may be what the mail is about.
pub(super) fn is_contact(line: &str) -> bool {
    let line = line
        .trim()
        .trim_start_matches(['|', '*', '•', '-', '☎', '✆', '✉', '📞', '📧', '🌐', '📱', ' ']);
    is_address(line)
        || line.bytes().any(|byte| byte.is_ascii_digit()) && (is_phone(line) || is_postal(line))
        || is_register(line)
}

fn is_register(line: &str) -> bool {
    line.len() <= 400 && REGISTERS.are_in(line)
}

/// An e-mail address with at most a label.
fn is_address(line: &str) -> bool {
    within(4, line)
        && line.split_ascii_whitespace().any(|word| {
            word.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !domain.starts_with('.')
            })
        })
}

/// Whether a line is a web address with at most a label.
pub(super) fn is_web(line: &str) -> bool {
    within(4, line)
        && line.split_ascii_whitespace().any(|word| {
            word.starts_with("www.") || word.starts_with("http://") || word.starts_with("https://")
        })
}

/// A telephone number, with a label or alone.
fn is_phone(line: &str) -> bool {
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    if digits < 5 {
        return false;
    }
    let rest = line.trim_start_matches(|c: char| c.is_alphabetic());
    let label = line.strip_suffix(rest).unwrap_or_default().to_lowercase();
    let labelled = PHONE_LABELS.contains(&label.as_str())
        && rest.trim_start_matches(['.', ' ', '-']).starts_with([':', '+', '0', '(']);
    let bare = line.bytes().all(|byte| byte.is_ascii_digit() || b" +-/().|".contains(&byte));
    labelled && within(12, line) || bare && digits >= 7 && line.starts_with(['+', '0', '('])
}

/// `Musterstr. 12`, `12345 Musterstadt`, `A-1010 Wien`, or both in one line.
fn is_postal(line: &str) -> bool {
    if !within(8, line) || line.ends_with(['.', '!', '?']) {
        return false;
    }
    line.split([',', '|', '·', '•']).map(str::trim).any(|piece| is_street(piece) || is_town(piece))
}

fn is_street(piece: &str) -> bool {
    let Some((street, number)) = piece.rsplit_once(' ') else { return false };
    let street = street.to_lowercase();
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.len() <= 6
        && within(5, piece)
        && STREETS.iter().any(|ending| street.ends_with(ending))
}

fn is_town(piece: &str) -> bool {
    let Some((code, town)) = piece.split_once(' ') else { return false };
    let (country, digits) = match code.split_once('-') {
        Some((country, digits)) => (country, digits),
        None => ("", code),
    };
    let length = if matches!(country, "A" | "CH") { 4 } else { 5 };
    digits.len() == length
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(country, "" | "D" | "DE" | "A" | "CH")
        && town.starts_with(char::is_uppercase)
        && within(4, town)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::check_form as check;

    #[test]
    fn contact_data() {
        check(
            is_contact,
            &[
                "Tel.: +49 30 1234567",
                "Fax 030/1234567",
                "M: +49 170 1234567",
                "+49 (0)30 1234567",
                "eva@example.org",
                "E-Mail: eva@example.org",
                "Musterstraße 12",
                "Am Ufer 3a, 12345 Musterstadt",
                "D-12345 Musterstadt",
                "A-1010 Wien",
                "USt-IdNr. DE000000000",
                "Amtsgericht Musterstadt HRB 0000",
                "Geschäftsführer: Eva Muster",
                "Registered in England No. 0000",
            ],
            &[
                "",
                "Wir sind 12345 Schritte gelaufen.",
                "24.12.2024",
                "um 18 Uhr",
                "Mail mir an eva@example.org, ja?",
                "www.example.org",
                "Weg 3 ist gesperrt, nimm die Straße am See.",
                "Tisch 12",
            ],
        );
        check(
            is_web,
            &["www.example.org", "Web: https://example.org"],
            &["example", "Schau mal auf www.example.org vorbei"],
        );
    }
}
