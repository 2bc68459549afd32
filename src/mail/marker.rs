//! The dashed lines that programs draw above another message: `-----Original Message-----`.

use super::phrases::Beginnings;

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

/// What stands between the dashes of a marker, in lower case.
#[rustfmt::skip]
static ORIGINAL: Beginnings = Beginnings::new(&[
    "mensagem original", "mensaje original", "message d'origine", "message original",
    "messaggio originale", "oorspronkelijk bericht", "oprindelig meddelelse", "original email",
    "original mail", "original message", "original nachricht", "original-nachricht",
    "originalnachricht", "reply message", "ursprungligt meddelande", "ursprüngliche nachricht",
    "wiadomość oryginalna", "исходное сообщение",
]);

#[rustfmt::skip]
static FORWARDED: Beginnings = Beginnings::new(&[
    "begin forwarded", "doorgestuurd bericht", "forward message", "forwarded by", "forwarded from",
    "forwarded mail", "forwarded message", "mensagem encaminhada", "mensaje reenviado",
    "message réexpédié", "message transféré", "messaggio inoltrato", "przekazana wiadomość",
    "vidarebefordrat meddelande", "videresendt", "weitergeleitet durch", "weitergeleitet von",
    "weitergeleitete mail", "weitergeleitete nachricht", "wiadomość przekazana",
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

/// Whether a line is a marker without its dashes, as it stands above a header block.
pub(super) fn is_bare_marker(line: &str) -> bool {
    /// Longer ones begin a sentence.
    const LONGEST: usize = 28;
    line.len() <= LONGEST && (ORIGINAL.begin(line) || FORWARDED.begin(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_ordered() {
        assert!(ORIGINAL.is_ordered() && FORWARDED.is_ordered());
    }

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
}
