//! The header fields that programs write out above another message: `From: ... Sent: ...`.

use super::lines::Line;

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

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::lines::of_plain;

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
}
