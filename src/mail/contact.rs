//! Forms of lines: closing formulas, names, contact data, legal text, device lines, list footers.
//! By form, not by meaning: each answers for one line.

/// Beginnings of a closing formula, lower case.
const CLOSINGS: [&str; 62] = [
    "mit freundlich",
    "mit herzlich",
    "mit lieb",
    "mit best",
    "mit vielen",
    "mit weihnacht",
    "mit den besten",
    "mit sonnigen",
    "mit winterlichen",
    "mit vorweihnacht",
    "mit österlich",
    "mit frohen",
    "mit kollegial",
    "mit sportlich",
    "freundliche gr",
    "viele gr",
    "vielen gr",
    "liebe gr",
    "lieben gr",
    "herzliche gr",
    "herzlichen gr",
    "beste gr",
    "besten gr",
    "schöne gr",
    "sonnige gr",
    "schönen gruß",
    "lieber gruß",
    "besten dank",
    "vielen dank",
    "herzlichst",
    "alles liebe",
    "alles gute",
    "bis bald",
    "bis dann",
    "bis demnächst",
    "hochachtungsvoll",
    "in liebe",
    "in freundschaft",
    "in verbundenheit",
    "best regards",
    "kind regards",
    "warm regards",
    "warmest",
    "regards",
    "best wishes",
    "with best",
    "with love",
    "with kind",
    "with warm",
    "cheers",
    "love",
    "yours",
    "sincerely",
    "all the best",
    "many thanks",
    "take care",
    "cordialement",
    "bien à vous",
    "saludos",
    "cordiali saluti",
    "met vriendelijke",
    "groetjes",
];
/// Closing formulas that are whole lines.
const SHORT_CLOSINGS: [&str; 26] = [
    "lg", "vg", "mfg", "hg", "glg", "bg", "gruß", "gruss", "grüße", "grüsse", "grüßle", "herzlich",
    "dein", "deine", "euer", "eure", "ihr", "ihre", "best", "thanks", "danke", "xoxo", "servus",
    "ciao", "tschüss", "tschüß",
];

/// Words of firms' registers, tax and bank, lower case.
const REGISTERS: [&str; 25] = [
    "amtsgericht",
    "handelsregister",
    "registergericht",
    "hrb ",
    "hra ",
    "ust-id",
    "ust.-id",
    "ustid",
    "umsatzsteuer-id",
    "steuernummer",
    "steuer-nr",
    "st.-nr",
    "geschäftsführer",
    "geschäftsführung:",
    "vorstand:",
    "vorstandsvorsitz",
    "aufsichtsrat",
    "sitz der gesellschaft",
    "firmenbuch",
    "iban",
    "registered office",
    "registered in",
    "company no",
    "vat no",
    "company registration",
];

/// Words of legal text under business mail, lower case; two of them make a line legal text.
const LEGAL: [&str; 29] = [
    "vertraulich",
    "adressat",
    "empfänger",
    "irrtümlich",
    "unbefugte",
    "weitergabe",
    "vernichten",
    "rechtlich geschützt",
    "diese e-mail",
    "diese mail",
    "diese nachricht",
    "anhänge",
    "confidential",
    "intended recipient",
    "intended solely",
    "privileged",
    "received this",
    "in error",
    "notify the sender",
    "unauthorised",
    "unauthorized",
    "disclosure",
    "this e-mail",
    "this email",
    "this message",
    "attachments",
    "ausdruck",
    "before printing",
    "umwelt",
];

/// Beginnings of the lines that mail programs and web mailers add, lower case.
const DEVICE_STARTS: [&str; 48] = [
    "von meinem ",
    "von meiner ",
    "gesendet von ",
    "gesendet mit ",
    "gesendet über ",
    "gesendet aus ",
    "von samsung ",
    "von outlook",
    "von unterwegs gesendet",
    "von mobil gesendet",
    "diese nachricht wurde von mein",
    "diese e-mail wurde von mein",
    "sent from ",
    "sent with ",
    "sent via ",
    "sent by my ",
    "sent on the ",
    "get outlook for ",
    "outlook für ",
    "holen sie sich outlook",
    "laden sie outlook",
    "envoyé de mon ",
    "envoyé depuis ",
    "enviado desde ",
    "enviado do ",
    "enviado a partir do ",
    "inviato da ",
    "verstuurd vanaf ",
    "verzonden met ",
    "verzonden vanaf ",
    "skickat från ",
    "sendt fra ",
    "lähetetty ",
    "wysłane z ",
    "wysłano z ",
    "odesláno z ",
    "отправлено с ",
    "отправлено из ",
    "télécharger outlook",
    "obtener outlook",
    "ottieni outlook",
    "virenfrei",
    "virus-free",
    "diese e-mail wurde von avast",
    "diese e-mail wurde auf viren",
    "this email has been checked for viruses",
    "this e-mail has been checked",
    "do you yahoo",
];
/// Words one of which stands in a device line that begins with `von meinem`.
const SENT: [&str; 4] = ["gesendet", "gesendet.", "geschickt", "versendet"];

/// Words of list footers, lower case.
const LIST_WORDS: [&str; 20] = [
    "mailing list",
    "mailingliste",
    "mailing-liste",
    "mailman",
    "listinfo",
    "unsubscribe",
    "abmelden",
    "abbestellen",
    "austragen",
    "yahoo! groups",
    "yahoogroups",
    "google groups",
    "you received this message because",
    "sie erhalten diese",
    "sie haben diese",
    "list info",
    "manage your subscription",
    "to post to this",
    "listserv",
    "newsletter abbestellen",
];

const PHONE_LABELS: [&str; 20] = [
    "tel",
    "telefon",
    "fon",
    "phone",
    "fax",
    "telefax",
    "mobil",
    "mobile",
    "handy",
    "cell",
    "mob",
    "t",
    "f",
    "m",
    "p",
    "office",
    "büro",
    "privat",
    "durchwahl",
    "zentrale",
];

const STREETS: [&str; 14] = [
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer",
    "street", "road", "avenue", "markt",
];

fn words(line: &str) -> usize {
    line.split_ascii_whitespace().count()
}

/// Whether a line is a closing formula: `Viele Grüße aus Bremen`, `LG Petra`.
pub(super) fn is_closing(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 90 || line.is_empty() || words(line) > 9 || line.ends_with('?') {
        return false;
    }
    let lower = line.to_lowercase();
    let first = lower.split([' ', ',', '!', '.']).next().unwrap_or_default();
    CLOSINGS.iter().any(|closing| lower.starts_with(closing))
        || SHORT_CLOSINGS.contains(&first) && words(line) <= 4
        || ["grüße", "grüsse", "gruß", "gruss", "gruesse"].iter().any(|word| lower.contains(word))
}

/// Whether a line can be the name under a closing formula.
pub(super) fn is_name(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty()
        && words(line) <= 6
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

/// Whether a line holds contact data: telephone, address, e-mail, web site, register, tax number.
pub(super) fn is_contact(line: &str) -> bool {
    let line = line
        .trim()
        .trim_start_matches(['|', '*', '•', '-', '☎', '✆', '✉', '📞', '📧', '🌐', '📱', ' ']);
    if line.is_empty() || words(line) > 14 {
        return is_register(line);
    }
    is_address(line) || is_web(line) || is_phone(line) || is_postal(line) || is_register(line)
}

fn is_register(line: &str) -> bool {
    if line.len() > 400 || line.is_empty() {
        return false;
    }
    let lower = line.to_lowercase();
    REGISTERS.iter().any(|word| lower.contains(word))
}

/// An e-mail address with at most a label.
fn is_address(line: &str) -> bool {
    line.contains('@')
        && words(line) <= 4
        && line.split_ascii_whitespace().any(|word| {
            word.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !domain.starts_with('.')
            })
        })
}

fn is_web(line: &str) -> bool {
    words(line) <= 4
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
    labelled && words(line) <= 12 || bare && digits >= 7 && line.starts_with(['+', '0', '('])
}

/// `Musterstr. 12`, `12345 Musterstadt`, `A-1010 Wien`, or both in one line.
fn is_postal(line: &str) -> bool {
    if words(line) > 8 || line.ends_with(['.', '!', '?']) {
        return false;
    }
    line.split([',', '|', '·', '•']).map(str::trim).any(|piece| is_street(piece) || is_town(piece))
}

fn is_street(piece: &str) -> bool {
    let Some((street, number)) = piece.rsplit_once(' ') else { return false };
    let street = street.to_lowercase();
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.len() <= 6
        && words(piece) <= 5
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
        && words(town) <= 4
}

/// Whether a line is of the legal text that firms put under every mail.
pub(super) fn is_legal(line: &str) -> bool {
    if line.len() < 40 {
        return false;
    }
    let lower = line.to_lowercase();
    LEGAL.iter().filter(|word| lower.contains(*word)).count() >= 2
}

/// Whether a line was added by the device or the web mailer: `Von meinem iPhone gesendet`.
pub(super) fn is_device_line(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['-', '*', '_', ' ', '<', '[']);
    if line.len() > 160 || line.len() < 8 || words(line) > 14 {
        return false;
    }
    let lower = line.to_lowercase();
    let Some(start) = DEVICE_STARTS.iter().find(|start| lower.starts_with(**start)) else {
        return false;
    };
    !start.starts_with("von mein") || SENT.iter().any(|word| lower.contains(word))
}

/// Whether a line belongs to the footer of a mailing list or a group.
pub(super) fn is_list_footer(line: &str) -> bool {
    let lower = line.to_lowercase();
    LIST_WORDS.iter().any(|word| lower.contains(word))
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

/// Whether a line is a sentence of running text.
pub(super) fn is_sentence(line: &str) -> bool {
    let line = line.trim();
    words(line) >= 5 && line.ends_with(['.', '!', '?', '…'])
}
