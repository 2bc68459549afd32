//! The lines that machines put below a text, by form: legal text, device lines, footers of lists.

use super::phrases::{Beginnings, Phrases};
use super::sentence::within;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::check_form as check;

    #[test]
    fn lists_are_ordered() {
        assert!(DEVICE_STARTS.is_ordered() && OWN_DEVICE_STARTS.is_ordered());
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
}
