//! Forms of lines: closing formulas, names, contact data, legal text, device lines, list footers.
//! By form, not by meaning: each answers for one line.

use super::phrases::{Beginnings, Phrases};

/// Beginnings of a closing formula, lower case.
#[rustfmt::skip]
static CLOSINGS: Beginnings = Beginnings::new(&[
    "mit freundlich", "mit herzlich", "mit lieb", "mit best", "mit vielen", "mit weihnacht",
    "mit den besten", "mit sonnigen", "mit winterlichen", "mit vorweihnacht", "mit österlich",
    "mit frohen", "mit kollegial", "mit sportlich", "freundliche gr", "viele gr", "vielen gr",
    "liebe gr", "lieben gr", "herzliche gr", "herzlichen gr", "beste gr", "besten gr", "schöne gr",
    "sonnige gr", "schönen gruß", "lieber gruß", "besten dank", "vielen dank", "herzlichst",
    "alles liebe", "alles gute", "bis bald", "bis dann", "bis demnächst", "hochachtungsvoll",
    "in liebe", "in freundschaft", "in verbundenheit", "best regards", "kind regards",
    "warm regards", "warmest", "regards", "best wishes", "with best", "with love", "with kind",
    "with warm", "cheers", "love", "yours", "sincerely", "all the best", "many thanks",
    "take care", "cordialement", "bien à vous", "saludos", "cordiali saluti", "met vriendelijke",
    "groetjes",
]);
/// Closing formulas that are whole lines.
#[rustfmt::skip]
const SHORT_CLOSINGS: [&str; 26] = [
    "lg", "vg", "mfg", "hg", "glg", "bg", "gruß", "gruss", "grüße", "grüsse", "grüßle", "herzlich",
    "dein", "deine", "euer", "eure", "ihr", "ihre", "best", "thanks", "danke", "xoxo", "servus",
    "ciao", "tschüss", "tschüß",
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
    "gesendet von ", "gesendet mit ", "gesendet über ", "gesendet aus ", "von samsung ",
    "von outlook", "von unterwegs gesendet", "von mobil gesendet",
    "diese nachricht wurde von mein", "diese e-mail wurde von mein", "sent from ", "sent with ",
    "sent via ", "sent by my ", "sent on the ", "get outlook for ", "outlook für ",
    "holen sie sich outlook", "laden sie outlook", "envoyé de mon ", "envoyé depuis ",
    "enviado desde ", "enviado do ", "enviado a partir do ", "inviato da ", "verstuurd vanaf ",
    "verzonden met ", "verzonden vanaf ", "skickat från ", "sendt fra ", "lähetetty ",
    "wysłane z ", "wysłano z ", "odesláno z ", "отправлено с ", "отправлено из ",
    "télécharger outlook", "obtener outlook", "ottieni outlook", "virenfrei", "virus-free",
    "diese e-mail wurde von avast", "diese e-mail wurde auf viren",
    "this email has been checked for viruses", "this e-mail has been checked", "do you yahoo",
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
    let first = line.split([' ', ',', '!', '.']).next().unwrap_or_default().to_lowercase();
    CLOSINGS.begin(line)
        || SHORT_CLOSINGS.contains(&first.as_str()) && within(4, line)
        || GREETINGS.are_in(line)
}

/// Whether a line can be the name under a closing formula.
pub(super) fn is_name(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty()
        && within(6, line)
        && line.len() <= 60
        && line.chars().any(char::is_alphabetic)
        && !line
            .bytes()
            .any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b':' | b'/' | b'|'))
        && !line.ends_with(['?', ';'])
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
