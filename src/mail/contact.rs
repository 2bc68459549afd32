//! Forms of lines: closing formulas, names, contact data, legal text, device lines, list footers.
//! By form, not by meaning: each answers for one line.

use super::phrases::{Beginnings, Phrases};

/// Beginnings of a closing formula, lower case.
#[rustfmt::skip]
static CLOSINGS: Beginnings = Beginnings::new(&[
    "all the best", "alles gute", "alles liebe", "best regards", "best wishes", "beste gr",
    "besten dank", "besten gr", "bien à vous", "bis bald", "bis dann", "bis demnächst", "cheers",
    "cordialement", "cordiali saluti", "freundliche gr", "groetjes", "herzliche gr",
    "herzlichen gr", "herzlichst", "hochachtungsvoll", "in freundschaft", "in liebe",
    "in verbundenheit", "kind regards", "liebe gr", "lieben gr", "lieber gruß", "love",
    "many thanks", "met vriendelijke", "mit best", "mit den besten", "mit freundlich", "mit frohen",
    "mit herzlich", "mit kollegial", "mit lieb", "mit sonnigen", "mit sportlich", "mit vielen",
    "mit vorweihnacht", "mit weihnacht", "mit winterlichen", "mit österlich", "regards", "saludos",
    "schöne gr", "schönen gruß", "sincerely", "sonnige gr", "take care", "viele gr", "vielen dank",
    "vielen gr", "warm regards", "warmest", "with best", "with kind", "with love", "with warm",
    "yours",
]);
/// Closing formulas that are whole lines, but for the name.
#[rustfmt::skip]
const SHORT_CLOSINGS: [&str; 20] = [
    "lg", "vg", "mfg", "hg", "glg", "bg", "gruß", "gruss", "grüße", "grüsse", "grüßle", "herzlich",
    "best", "thanks", "danke", "xoxo", "servus", "ciao", "tschüss", "tschüß",
];
/// Those that other short lines begin with too.
const POSSESSIVES: [&str; 6] = ["dein", "deine", "euer", "eure", "ihr", "ihre"];
/// Small words that stand between the names in such a line.
const PARTICLES: [&str; 19] = [
    "&", "+", "alte", "alter", "am", "an", "aus", "das", "dem", "der", "des", "die", "für", "im",
    "in", "mit", "und", "vom", "von",
];

/// Words that make a short line a closing formula wherever they stand.
static GREETINGS: Phrases = Phrases::new(&["grüße", "grüsse", "gruß", "gruss", "gruesse"]);

/// Words of firms' registers, tax and bank, lower case.
#[rustfmt::skip]
static REGISTERS: Phrases = Phrases::new(&[
    "amtsgericht", "handelsregister", "registergericht", "hrb ", "hra ", "ust-id", "ust.-id",
    "ustid", "umsatzsteuer-id", "steuernummer", "steuer-nr", "st.-nr", "geschäftsführer",
    "geschäftsführung:", "vorstand:", "vorstandsvorsitz", "aufsichtsrat", "sitz der gesellschaft",
    "firmenbuch", "iban", "registered office", "registered in", "company no", "vat no",
    "company registration",
]);

/// Words of legal text under business mail, lower case; two of them make a line legal text.
#[rustfmt::skip]
static LEGAL: Phrases = Phrases::new(&[
    "vertraulich", "adressat", "empfänger", "irrtümlich", "unbefugte", "weitergabe", "vernichten",
    "rechtlich geschützt", "diese e-mail", "diese mail", "diese nachricht", "anhänge",
    "confidential", "intended recipient", "intended solely", "privileged", "received this",
    "in error", "notify the sender", "unauthorised", "unauthorized", "disclosure", "this e-mail",
    "this email", "this message", "attachments", "ausdruck", "before printing", "umwelt",
]);

/// Beginnings of the lines that mail programs and web mailers add, lower case.
#[rustfmt::skip]
static DEVICE_STARTS: Beginnings = Beginnings::new(&[
    "diese e-mail wurde auf viren", "diese e-mail wurde von avast", "diese e-mail wurde von mein",
    "diese nachricht wurde von mein", "do you yahoo", "enviado a partir do ", "enviado desde ",
    "enviado do ", "envoyé de mon ", "envoyé depuis ", "gesendet aus ", "gesendet mit ",
    "gesendet von ", "gesendet über ", "get outlook for ", "holen sie sich outlook", "inviato da ",
    "laden sie outlook", "lähetetty ", "obtener outlook", "odesláno z ", "ottieni outlook",
    "outlook für ", "sendt fra ", "sent by my ", "sent from ", "sent on the ", "sent via ",
    "sent with ", "skickat från ", "this e-mail has been checked",
    "this email has been checked for viruses", "télécharger outlook", "verstuurd vanaf ",
    "verzonden met ", "verzonden vanaf ", "virenfrei", "virus-free", "von mobil gesendet",
    "von outlook", "von samsung ", "von unterwegs gesendet", "wysłane z ", "wysłano z ",
    "отправлено из ", "отправлено с ",
]);
/// Beginnings that other sentences have too.
static OWN_DEVICE_STARTS: Beginnings = Beginnings::new(&["von meinem ", "von meiner "]);
/// What such a line says besides.
static SENT: Phrases = Phrases::new(&["gesendet", "gesendet.", "geschickt", "versendet"]);

/// Words of list footers, lower case.
#[rustfmt::skip]
static LIST_WORDS: Phrases = Phrases::new(&[
    "mailing list", "mailingliste", "mailing-liste", "mailman", "listinfo", "unsubscribe",
    "abmelden", "abbestellen", "austragen", "yahoo! groups", "yahoogroups", "google groups",
    "you received this message because", "sie erhalten diese", "sie haben diese", "list info",
    "manage your subscription", "to post to this", "listserv", "newsletter abbestellen",
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

/// Whether a line has at most so many words.
fn within(words: usize, line: &str) -> bool {
    line.split_ascii_whitespace().nth(words).is_none()
}

/// Whether a line is a closing formula: `Viele Grüße aus Bremen`, `LG Petra`.
pub(super) fn is_closing(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 90 || line.is_empty() || !within(9, line) || line.ends_with('?') {
        return false;
    }
    CLOSINGS.begin(line)
        || first_word_is(line, &SHORT_CLOSINGS) && within(4, line)
        || GREETINGS.are_in(line)
}

/// Whether a line can be one at the end of a message: `Deine Petra`, `Ihr`.
pub(super) fn is_possessive(line: &str) -> bool {
    let line = line.trim();
    let is_name = |word: &str| word.starts_with(char::is_uppercase) || PARTICLES.contains(&word);
    first_word_is(line, &POSSESSIVES)
        && within(8, line)
        && line.split_ascii_whitespace().skip(1).all(is_name)
        && !line.ends_with(['.', '!', '?', ':'])
}

fn first_word_is(line: &str, words: &[&str]) -> bool {
    let first = line.split([' ', ',', '!', '.']).next().unwrap_or_default().to_lowercase();
    words.contains(&first.as_str())
}

/// Whether a line can be the name under a closing formula.
pub(super) fn is_name(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty()
        && within(8, line)
        && line.len() <= 60
        && line.chars().any(char::is_alphabetic)
        && !line
            .bytes()
            .any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b':' | b'/' | b'|'))
        && !line.ends_with(['?', ';'])
        && !is_sentence(line)
}

/// Whether a line goes on with the names of the line above: `und Familie`, `& Hans`.
pub(super) fn continues_name(line: &str) -> bool {
    ["und ", "& ", "mit ", "and ", "sowie ", "+ "].iter().any(|word| line.trim().starts_with(word))
        && is_name(line)
}

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

/// Whether a line is of the legal text that firms put under every mail.
pub(super) fn is_legal(line: &str) -> bool {
    line.len() >= 40 && LEGAL.count_in(line) >= 2
}

/// Whether a line was added by the device or the web mailer: `Von meinem iPhone gesendet`.
pub(super) fn is_device_line(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['-', '*', '_', ' ', '<', '[']);
    if line.len() > 160 || line.len() < 8 || !within(14, line) {
        return false;
    }
    DEVICE_STARTS.begin(line) || OWN_DEVICE_STARTS.begin(line) && SENT.are_in(line)
}

/// Whether a line belongs to the footer of a mailing list or a group.
pub(super) fn is_list_footer(line: &str) -> bool {
    LIST_WORDS.are_in(line)
}

/// Whether a line is drawn, of one character: `______`, `-----`, `=====`.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    let Some(first) = line.bytes().next() else { return false };
    let least = if matches!(first, b'_' | b'=') { 2 } else { 5 };
    b"_=-*~#+".contains(&first) && line.len() >= least && line.bytes().all(|byte| byte == first)
}

/// Whether a line begins a postscript.
pub(super) fn is_postscript(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches('*');
    let letters: String = line
        .chars()
        .take_while(|c| c.is_alphabetic() || *c == '.')
        .filter(|c| c.is_alphabetic())
        .collect();
    let rest = line.trim_start_matches(|c: char| c.is_alphabetic() || c == '.');
    matches!(letters.as_str(), "PS" | "PPS" | "Ps" | "ps" | "NB")
        && (rest.starts_with([':', ' ', ',', '-']) || rest.is_empty())
}

/// Whether a line is one of many words, as running text has them.
pub(super) fn is_long(line: &str) -> bool {
    !within(5, line)
}

/// Whether a line is a sentence of running text.
pub(super) fn is_sentence(line: &str) -> bool {
    let line = line.trim();
    !within(4, line) && line.ends_with(['.', '!', '?', '…'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_ordered() {
        for list in [&CLOSINGS, &DEVICE_STARTS, &OWN_DEVICE_STARTS] {
            assert!(list.is_ordered());
        }
    }

    #[track_caller]
    fn check(form: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for line in yes {
            assert!(form(line), "{line}");
        }
        for line in no {
            assert!(!form(line), "{line}");
        }
    }

    #[test]
    fn closing_formulas() {
        check(
            is_closing,
            &[
                "Viele Grüße",
                "LG",
                "lg eva",
                "Mit freundlichen Grüßen,",
                "Sonnige Grüsse aus Kiel",
                "Kind regards",
            ],
            &[
                "",
                "Viele Grüße haben wir bestellt, und dann kamen sie doch nicht an.",
                "Grüße?",
                "Eva",
                "Lgb-Bahn",
            ],
        );
        check(
            is_possessive,
            &[
                "Deine Eva",
                "Ihr",
                "Eure alte Freundin Eva",
                "Ihr Team der Kanzlei Muster & Partner",
            ],
            &["Ihr Termin ist gebucht", "Ihr seid toll!", "Eva"],
        );
    }

    #[test]
    fn names() {
        check(
            is_name,
            &["Eva", "Eva und Hans Muster", "Dr. Eva Muster, Ärztin"],
            &["", "Tel. 030", "eva@example.org", "Wann?"],
        );
        check(continues_name, &["und Familie", "& Hans"], &["Familie", "und 3 Katzen"]);
    }

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

    #[test]
    fn machine_lines() {
        check(
            is_device_line,
            &[
                "Von meinem iPhone gesendet",
                "Gesendet von Outlook für Android",
                "Get Outlook for iOS",
                "Envoyé de mon iPad",
            ],
            &[
                "Von meinem Fenster aus sehe ich den See",
                "Gesendet",
                "Ich habe es von meinem Handy gesendet",
            ],
        );
        check(
            is_legal,
            &[
                "Diese E-Mail enthält vertrauliche Informationen. Bitte vernichten Sie sie.",
                "This e-mail is confidential and intended solely for the addressee.",
            ],
            &["Bitte behandle das vertraulich, es soll eine Überraschung werden.", "Vertraulich"],
        );
        check(
            is_list_footer,
            &["familie mailing list", "To unsubscribe, mail us"],
            &["Liste der Geschenke"],
        );
        check(is_rule, &["__", "=====", "-----"], &["-", "--", "---", "", "-- -", "abc"]);
    }

    #[test]
    fn other_forms() {
        check(
            is_postscript,
            &["P.S.: Hallo", "PS Hallo", "ps: ach", "PPS. ja"],
            &["PSG spielt", "Psst", "Hallo PS"],
        );
        check(
            is_sentence,
            &["Wir sehen uns dann am Freitag."],
            &["Viele Grüße.", "Wir sehen uns dann am Freitag"],
        );
        check(is_long, &["eins zwei drei vier fünf sechs"], &["eins zwei drei vier fünf"]);
    }
}
