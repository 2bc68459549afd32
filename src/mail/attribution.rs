//! The lines with which mail programs introduce what was written before: attribution lines ("On ...
//! wrote:"), header blocks ("From: ... Sent: ..."), dashed markers ("-----Original Message-----").

use super::lines::Line;
use super::phrases::{Beginnings, Phrases};

/// What comes after an introduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Quoted lines.
    Attribution,
    /// A message that is answered, to the end.
    Original,
    /// A message that is forwarded, to the end.
    Forward,
}

/// Verbs and nouns that stand in an attribution line, whatever the order of words.
#[rustfmt::skip]
static WROTE: Phrases = Phrases::new(&[
    "schrieb", "wrote", "writes", "zitat von", "quoting", "a écrit", "escribió", "ha scritto",
    "scrive", "schreef", "schrijft", "escreveu", "napisał", "pisze", "skrev", "kirjoitti",
    "napsal", "írta", "yazdı", "написал", "пишет", "писал", "a scris", "έγραψε", "geschrieben",
    "schreibt",
]);

/// First words of an attribution line that begins with the date.
#[rustfmt::skip]
static OPENERS: Beginnings = Beginnings::new(&[
    "am ", "on ", "le ", "el ", "il ", "op ", "em ", "den ", "på ", "w dniu ", "dnia ", "dne ",
    "at ", "in article", "in message", "zitat von ", "quoting ", "citando ", "pe ", "în ", "το ",
    "date: ",
]);

/// What stands between the dashes of a marker, in lower case.
#[rustfmt::skip]
static ORIGINAL: Beginnings = Beginnings::new(&[
    "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "original nachricht",
    "original message", "original mail", "original email", "reply message", "message d'origine",
    "message original", "mensaje original", "mensagem original", "messaggio originale",
    "oorspronkelijk bericht", "ursprungligt meddelande", "oprindelig meddelelse",
    "wiadomość oryginalna", "исходное сообщение",
]);
#[rustfmt::skip]
static FORWARDED: Beginnings = Beginnings::new(&[
    "weitergeleitete nachricht", "weitergeleitete mail", "weitergeleitet von",
    "weitergeleitet durch", "begin forwarded", "forwarded message", "forwarded mail", "forwarded by",
    "forwarded from", "forward message", "message transféré", "message réexpédié",
    "mensaje reenviado", "mensagem encaminhada", "messaggio inoltrato", "doorgestuurd bericht",
    "vidarebefordrat meddelande", "videresendt", "przekazana wiadomość", "wiadomość przekazana",
    "пересылаемое сообщение",
]);

/// Whole lines without dashes, as Apple's programs write them.
#[rustfmt::skip]
const FORWARD_LINES: [&str; 9] = [
    "anfang der weitergeleiteten nachricht:", "anfang der weitergeleiteten e-mail:",
    "begin forwarded message:", "start of forwarded message:", "début du message réexpédié :",
    "début du message transféré :", "inicio del mensaje reenviado:", "inizio messaggio inoltrato:",
    "begin doorgestuurd bericht:",
];

/// Fields of a header block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    From = 1,
    Date = 2,
    To = 4,
    Subject = 8,
    Other = 16,
}

#[rustfmt::skip]
const LABELS: [(&str, Field); 65] = [
    ("von", Field::From), ("from", Field::From), ("de", Field::From), ("da", Field::From),
    ("van", Field::From), ("od", Field::From), ("från", Field::From), ("fra", Field::From),
    ("от", Field::From), ("absender", Field::From), ("expéditeur", Field::From),
    ("gesendet", Field::Date), ("gesendet am", Field::Date), ("datum", Field::Date),
    ("sent", Field::Date), ("date", Field::Date), ("envoyé", Field::Date),
    ("envoyé le", Field::Date), ("enviado", Field::Date), ("enviado el", Field::Date),
    ("enviada", Field::Date), ("enviada em", Field::Date), ("fecha", Field::Date),
    ("data", Field::Date), ("inviato", Field::Date), ("verzonden", Field::Date),
    ("skickat", Field::Date), ("sendt", Field::Date), ("dato", Field::Date),
    ("wysłano", Field::Date), ("odesláno", Field::Date), ("отправлено", Field::Date),
    ("дата", Field::Date), ("an", Field::To), ("to", Field::To), ("à", Field::To),
    ("a", Field::To), ("para", Field::To), ("aan", Field::To), ("do", Field::To),
    ("komu", Field::To), ("till", Field::To), ("til", Field::To), ("кому", Field::To),
    ("empfänger", Field::To), ("betreff", Field::Subject), ("subject", Field::Subject),
    ("objet", Field::Subject), ("asunto", Field::Subject), ("assunto", Field::Subject),
    ("oggetto", Field::Subject), ("onderwerp", Field::Subject), ("temat", Field::Subject),
    ("předmět", Field::Subject), ("ämne", Field::Subject), ("emne", Field::Subject),
    ("тема", Field::Subject), ("cc", Field::Other), ("kopie", Field::Other), ("bcc", Field::Other),
    ("reply-to", Field::Other), ("antwort an", Field::Other), ("wichtigkeit", Field::Other),
    ("importance", Field::Other), ("attachments", Field::Other),
];

/// Longest label with its colon and marks of emphasis, in bytes.
const LONGEST_LABEL: usize = 28;
/// Lines that are searched for the fields of a header block: addressees may go over several.
const BLOCK_LINES: usize = 12;
/// Whether a line is a marker without its dashes, as it stands above a header block.
pub(super) fn is_bare_marker(line: &str) -> bool {
    line.len() <= LONGEST_LABEL && (ORIGINAL.begin(line) || FORWARDED.begin(line))
}

/// Longest attribution, in bytes.
const LONGEST_ATTRIBUTION: usize = 400;

/// Whether a line is a marker between the sender's text and another message.
pub(super) fn marker(line: &str) -> Option<Kind> {
    let line = line.trim_matches([' ', '*', '_', '>']);
    if line.ends_with(':') {
        let line = line.to_lowercase().replace('\u{2011}', "-");
        return FORWARD_LINES.contains(&line.as_str()).then_some(Kind::Forward);
    }
    let inside = line.trim_matches(['-', ' ', '=', '_', '–', '—']);
    if line.len() - inside.len() < 4 || inside.is_empty() || inside.len() > 160 {
        return None;
    }
    if FORWARDED.begin(inside) {
        Some(Kind::Forward)
    } else if ORIGINAL.begin(inside) {
        Some(Kind::Original)
    } else {
        None
    }
}

/// Whether a header block begins at the first of these lines: at least three of its fields, among
/// them the author or the addressee.
pub(super) fn is_header_block(lines: &[Line<'_>]) -> bool {
    let Some(first) = lines.first().and_then(|line| field(line.text)) else { return false };
    if first == Field::Other {
        return false;
    }
    let mut seen = 0u8;
    for line in lines.iter().take(BLOCK_LINES) {
        if let Some(field) = field(line.text) {
            seen |= field as u8;
        } else if line.is_blank() && seen.count_ones() >= 3 {
            break;
        }
    }
    let has = |field: Field| seen & field as u8 != 0;
    seen.count_ones() >= 3
        && (has(Field::From) || has(Field::To) && has(Field::Subject))
        && (has(Field::Date) || has(Field::Subject))
}

/// The field that a line of a header block names, as in `*Von:* Petra`.
fn field(line: &str) -> Option<Field> {
    let line = line.trim_start_matches([' ', '*', '|', '_']);
    // Lines of ordinary text leave here.
    let colon = line.as_bytes().iter().take(LONGEST_LABEL).position(|&byte| byte == b':')?;
    let label = line.get(..colon)?.trim_end_matches([' ', '*', '_']);
    let known = |name: &str| {
        name.eq_ignore_ascii_case(label) || !label.is_ascii() && label.to_lowercase() == name
    };
    LABELS.iter().find(|(name, _)| known(name)).map(|(_, field)| *field)
}

/// If an attribution ends at line `at`: the number of its first line, and whether it is beyond
/// doubt without quoted lines below it.
///
/// An attribution is one line or is wrapped over up to three: `Am 24.12.2024 um 10:11 schrieb
/// Petra:`, `Petra <petra@example.org> wrote:`, `Petra schrieb im Newsbeitrag ...:`.
pub(super) fn attribution(lines: &[Line<'_>], at: usize) -> Option<(usize, bool)> {
    let text =
        |at: usize| lines.get(at).filter(|line| line.depth == 0).map(|line| line.text.trim());
    let last = text(at)?;
    if !may_end_attribution(last) || last.len() > LONGEST_ATTRIBUTION {
        return None;
    }
    let above = |first: usize| text(first.checked_sub(1)?).filter(|above| !above.is_empty());
    let mut first = at;
    let mut whole = last.to_owned();
    while !is_complete(&whole)
        && at - first < 2
        && let Some(above) = above(first)
    {
        whole = format!("{above} {whole}");
        first -= 1;
    }
    // Where a name was wrapped, the second line looks complete too.
    if !opens(&whole)
        && let Some(above) = above(first)
        && opens(above)
        && has_date(above)
        && !above.ends_with(['.', '!', '?', ':'])
    {
        whole = format!("{above} {whole}");
        first -= 1;
    }
    if !has_verb(&whole) || whole.len() > LONGEST_ATTRIBUTION {
        return None;
    }
    let addressed = whole.contains('@') || has_time(&whole);
    let certain = addressed && has_date(&whole) && (opens(&whole) || whole.contains('<'));
    Some((first, certain))
}

/// Whether a line ends as attributions do: in a colon, or, by Outlook Express, in a message id and
/// three dots.
pub(super) fn may_end_attribution(line: &str) -> bool {
    line.ends_with(':') || line.ends_with("...") && line.contains('@')
}

/// Whether a text that ends in a colon needs nothing above it.
fn is_complete(text: &str) -> bool {
    let begins = |c: char| c.is_uppercase() || !c.is_alphabetic() && c != '<';
    opens(text) || has_verb(text) && text.starts_with(begins)
}

fn opens(text: &str) -> bool {
    OPENERS.begin(text)
}

fn has_date(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 4
}

fn has_verb(text: &str) -> bool {
    WROTE.are_in(text)
}

/// Whether a time of day stands in the text.
fn has_time(text: &str) -> bool {
    text.as_bytes().windows(4).any(|window| {
        matches!(window, [hour, b':' | b'h', ten, one]
            if hour.is_ascii_digit() && ten.is_ascii_digit() && one.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::lines::of_plain;
    use super::*;

    #[track_caller]
    fn check_marker(line: &str, expected: Option<Kind>) {
        assert_eq!(marker(line), expected, "{line}");
    }

    #[test]
    fn markers() {
        check_marker("-----Ursprüngliche Nachricht-----", Some(Kind::Original));
        check_marker("----- Original Message -----", Some(Kind::Original));
        check_marker("-------- Original-Nachricht --------", Some(Kind::Original));
        check_marker("---------- Forwarded message ---------", Some(Kind::Forward));
        check_marker("-------- Weitergeleitete Nachricht --------", Some(Kind::Forward));
        check_marker(
            "----- Weitergeleitet von Petra Beispiel am 24.12.2024 -----",
            Some(Kind::Forward),
        );
        check_marker("Anfang der weitergeleiteten Nachricht:", Some(Kind::Forward));
        check_marker("Begin forwarded message:", Some(Kind::Forward));
        check_marker("Original Message", None);
        check_marker("-- ", None);
        check_marker("----------", None);
        check_marker("- Weihnachtsfeier -", None);
        check_marker("", None);
    }

    #[track_caller]
    fn check_block(text: &str, expected: bool) {
        assert_eq!(is_header_block(&of_plain(text, None)), expected, "{text}");
    }

    #[test]
    fn header_blocks() {
        check_block("Von: Petra\nGesendet: Dienstag\nAn: Hans\nBetreff: Hallo\n", true);
        check_block("*Von:* Petra\n*Gesendet:* Dienstag\n*An:* Hans\n*Betreff:* Hallo\n", true);
        check_block(
            "Von: Petra\nGesendet: Dienstag\nAn: Hans;\n Eva\n Klaus\nBetreff: Hallo",
            true,
        );
        check_block("From: Petra\nDate: Tue\nSubject: x", true);
        check_block("De : Petra\nEnvoyé : mardi\nÀ : Hans\nObjet : x", true);
        check_block("Betreff: x\nDatum: Tue\nVon: Petra\nAn: Hans", true);
        check_block("Datum: 12.12.\nOrt: Saal\nAn: alle", false);
        check_block("Von: 14 Uhr\nBis: 16 Uhr\nDatum: Freitag", false);
        check_block("Von: Petra\n", false);
        check_block("Hallo\nVon: Petra\nDate: Tue\nSubject: x", false);
    }

    #[track_caller]
    fn check(text: &str, expected: Option<(usize, bool)>) {
        let lines = of_plain(text, None);
        assert_eq!(attribution(&lines, lines.len() - 1), expected, "{text}");
    }

    #[test]
    fn attributions() {
        check("Am 24.12.2024 um 10:11 schrieb Petra:", Some((0, true)));
        check("On Tue, Dec 24, 2024 at 10:11 AM Petra <p@example.org> wrote:", Some((0, true)));
        check("Le mar. 24 déc. 2024 à 10:11, Petra <p@example.org> a écrit :", Some((0, true)));
        check(
            "El mar, 24 dic 2024 a las 10:11, Petra (<p@example.org>) escribió:",
            Some((0, true)),
        );
        check(
            "Il giorno mar 24 dic 2024 alle ore 10:11 Petra <p@example.org> ha scritto:",
            Some((0, true)),
        );
        check("Op di 24 dec. 2024 om 10:11 schreef Petra <p@example.org>:", Some((0, true)));
        check(
            "Em ter., 24 de dez. de 2024 às 10:11, Petra <p@example.org> escreveu:",
            Some((0, true)),
        );
        check("W dniu 24.12.2024 o 10:11, Petra pisze:", Some((0, true)));
        check("Den tis 24 dec. 2024 kl 10:11 skrev Petra <p@example.org>:", Some((0, true)));
        check("вт, 24 дек. 2024 г. в 10:11, Petra <p@example.org> пишет:", Some((0, true)));
        check("Hans <a@b.example> schrieb:", Some((0, false)));
        check("Petra wrote:", Some((0, false)));
        check(
            "\"Petra\" <p@example.org> schrieb im Newsbeitrag news:abc123@x.example:",
            Some((0, false)),
        );
        check("Zitat von Petra <p@example.org>:", Some((0, false)));
        check("Petra schrieb in Nachricht\n<64568978.39642465@news.example>...", Some((0, true)));
    }

    #[test]
    fn wrapped_attributions() {
        check(
            "ja.\n\nAm Di., 24. Dez. 2024 um 10:11 Uhr schrieb Petra <\np@example.org>:",
            Some((2, true)),
        );
        check("On Tue, Dec 24, 2024 at 10:11 AM Petra <p@example.org>\nwrote:", Some((0, true)));
        check(
            "On Tue, Dec 24, 2024 at 10:11 AM, Petra\nBeispiel <p@example.org> wrote:",
            Some((0, true)),
        );
        check("Am 24.12.2024 um 10:11 schrieb\nPetra Beispiel:", Some((0, true)));
        check("Am Montag komme ich.\nPetra schrieb:", Some((1, false)));
    }

    #[test]
    fn other_lines_with_a_colon() {
        check("Zu deiner Frage:", None);
        check("Am 24.12.1824 schrieb Goethe an Schiller:", Some((0, false)));
        check("Am 24.12.2024 um 10:11 schrieb Petra", None);
        check(":", None);
        check("", None);
    }
}
