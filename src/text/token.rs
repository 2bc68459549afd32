//! Tokens of a sentence: folded words, and classes for what differs from mail to mail without
//! meaning a difference (`20 %` and `15 Prozent` are one thing, and so are two dates).

use super::fold::fold_char;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word.
    Word,
    /// Stands for a number, a date, a price, a link ...; the text begins with `#`.
    Class,
    /// `!`, `?`, `...` or another mark that is kept.
    Mark,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Folded text, or the name of the class.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// A word that begins with a capital letter in the original.
    pub capital: bool,
    /// A word of three letters or more that is all capitals.
    pub shouted: bool,
}

const MONEY_WORDS: [&str; 14] = [
    "eur", "euro", "euros", "dollar", "dollars", "usd", "chf", "franken", "gbp", "pounds", "dm",
    "mark", "rs", "cent",
];
const PERCENT_WORDS: [&str; 3] = ["prozent", "percent", "pct"];
const TIME_WORDS: [&str; 6] = ["uhr", "am", "pm", "h", "a.m", "p.m"];
const MONTHS: [&str; 34] = [
    "januar",
    "jaenner",
    "februar",
    "feber",
    "maerz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
    "jan",
    "feb",
    "mrz",
    "apr",
    "jun",
    "jul",
    "aug",
    "sept",
    "sep",
    "okt",
    "nov",
    "dez",
    "january",
    "february",
    "march",
    "june",
    "july",
    "october",
    "oct",
    "december",
];

/// Splits a sentence into tokens. Linear in its length.
pub fn tokens(sentence: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(sentence.len() / 5 + 1);
    for chunk in sentence.split([' ', '\t', '\u{a0}', '\n']) {
        chunk_tokens(chunk, &mut out);
    }
    merge_numbers(&mut out);
    out
}

/// Tokens of a run without blanks.
fn chunk_tokens(chunk: &str, out: &mut Vec<Token>) {
    if chunk.is_empty() {
        return;
    }
    if let Some(class) = address_class(chunk) {
        out.push(Token::class(class));
        return;
    }
    let mut chars = chunk.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_ascii_digit() {
            out.push(Token::class(number(&mut chars)));
        } else if c.is_alphabetic() {
            out.push(word(&mut chars));
        } else {
            chars.next();
            mark(c, &mut chars, out);
        }
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// A link or an e-mail address, told by its form.
fn address_class(chunk: &str) -> Option<&'static str> {
    let bytes = chunk.as_bytes();
    if chunk.contains("://") || starts_with_ignore_case(bytes, b"www.") {
        return Some("#url");
    }
    let at = bytes.iter().position(|it| *it == b'@')?;
    let domain = bytes.get(at + 1..)?;
    (at > 0 && domain.contains(&b'.')).then_some("#mail")
}

fn starts_with_ignore_case(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix))
}

/// Reads digits with their inner points, commas, colons and slashes, and tells what they mean.
fn number(chars: &mut Chars<'_>) -> &'static str {
    let mut digits = 0_usize;
    let mut value = 0_u32;
    let mut groups = 1_u8;
    let mut separator = None;
    let mut pending = None;
    while let Some(&c) = chars.peek() {
        if c.is_ascii_digit() {
            if let Some(mark) = pending.take() {
                separator = Some(mark);
                groups = groups.saturating_add(1);
            }
            digits += 1;
            value = value.saturating_mul(10).saturating_add(c.to_digit(10).unwrap_or(0));
        } else if matches!(c, '.' | ',' | ':' | '/' | '-') && pending.is_none() {
            pending = Some(c);
        } else {
            break;
        }
        chars.next();
    }
    if chars.peek() == Some(&'%') {
        chars.next();
        return "#pct";
    }
    if matches!(chars.peek(), Some('€' | '$' | '£')) {
        chars.next();
        return "#money";
    }
    match (groups, separator) {
        (2, Some(':')) => "#time",
        (2 | 3, Some('.' | '/' | '-')) if (4..=8).contains(&digits) && groups == 3 => "#date",
        (2, Some('.')) if pending == Some('.') => "#date",
        (1, _) if digits == 4 && (1900..=2099).contains(&value) => "#year",
        _ if digits >= 7 => "#long",
        _ => "#num",
    }
}

/// Reads letters and inner apostrophes.
fn word(chars: &mut Chars<'_>) -> Token {
    let mut text = String::with_capacity(12);
    let (mut letters, mut capitals, mut first_capital) = (0_usize, 0_usize, false);
    while let Some(&c) = chars.peek() {
        if c.is_alphanumeric() {
            if c.is_uppercase() {
                capitals += 1;
                first_capital |= letters == 0;
            }
            letters += 1;
            fold_char(c, &mut text);
        } else if matches!(c, '\'' | '’') && letters > 0 {
            // "I'd", "geht's": the apostrophe goes, the word stays one.
        } else {
            break;
        }
        chars.next();
    }
    let shouted = letters >= 3 && capitals == letters;
    Token { text, kind: Kind::Word, capital: first_capital, shouted }
}

/// Keeps the marks that mean something: `!`, `?`, money signs, smileys, emoji.
fn mark(c: char, chars: &mut Chars<'_>, out: &mut Vec<Token>) {
    let text = match c {
        '!' => "!",
        '?' => "?",
        '…' => "...",
        '.' if chars.peek() == Some(&'.') => {
            while chars.peek() == Some(&'.') {
                chars.next();
            }
            "..."
        }
        '€' | '$' | '£' => "#currency",
        '%' => "%",
        ':' | ';' if matches!(chars.peek(), Some('-' | ')' | 'D' | 'P')) => {
            let mut rest = chars.clone();
            if rest.peek() == Some(&'-') {
                rest.next();
            }
            if !matches!(rest.next(), Some(')' | 'D' | 'P' | '(' | '*')) {
                return;
            }
            *chars = rest;
            "#smiley"
        }
        '🎄' | '🎅' | '⛄' | '❄' | '🎁' | '☃' => "#emoji-christmas",
        '🎂' | '🎈' | '🎉' | '🥳' | '🍰' | '🎊' => "#emoji-party",
        '🥂' | '🍾' | '🎆' | '🎇' | '🍀' => "#emoji-newyear",
        '🐣' | '🐰' | '🥚' | '🐇' => "#emoji-easter",
        '❤' | '🥰' | '😘' | '💕' | '🤗' | '💖' | '😍' => "#emoji-love",
        _ if is_emoji(c) => "#emoji",
        _ => return,
    };
    let kind = if text.starts_with('#') { Kind::Class } else { Kind::Mark };
    if out.last().is_none_or(|last| last.text != text) {
        out.push(Token { text: text.to_owned(), kind, capital: false, shouted: false });
    }
}

fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x1F300..=0x1FAFF | 0x2600..=0x27BF)
}

/// `50 Euro`, `€ 50`, `20 %`, `18 Uhr`, `3. Mai` become one token each.
fn merge_numbers(tokens: &mut Vec<Token>) {
    let mut merged: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens.drain(..) {
        let previous = merged.last().map_or("", |it| it.text.as_str());
        let numeric = matches!(previous, "#num" | "#year" | "#time" | "#long" | "#date");
        let class = match token.text.as_str() {
            "%" if numeric => Some("#pct"),
            "#currency" if numeric => Some("#money"),
            "#num" | "#year" | "#long" if previous == "#currency" => Some("#money"),
            it if numeric && MONEY_WORDS.contains(&it) => Some("#money"),
            it if numeric && PERCENT_WORDS.contains(&it) => Some("#pct"),
            it if numeric && TIME_WORDS.contains(&it) => Some("#time"),
            it if matches!(previous, "#num" | "#date") && MONTHS.contains(&it) => Some("#date"),
            "#num" if MONTHS.contains(&previous) => Some("#date"),
            "#year" if previous == "#date" => Some("#date"),
            _ => None,
        };
        match class {
            Some(class) => {
                merged.pop();
                merged.push(Token::class(class));
            }
            None if token.text == "%" => {}
            None => merged.push(token),
        }
    }
    *tokens = merged;
}

impl Token {
    fn class(name: &str) -> Self {
        Token { text: name.to_owned(), kind: Kind::Class, capital: false, shouted: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sentence: &str, expected: &str) {
        let joined: Vec<_> = tokens(sentence).into_iter().map(|it| it.text).collect();
        assert_eq!(joined.join(" "), expected, "{sentence}");
    }

    #[test]
    fn words_are_folded() {
        check("Frohe Weihnachten, liebe Grüße!", "frohe weihnachten liebe gruesse !");
        check("I'd love to, it’s great", "id love to its great");
        check("FROHES FEST!!!", "frohes fest !");
    }

    #[test]
    fn what_differs_without_a_difference_is_one_class() {
        check("20 % auf alles, 15% und 50 Prozent", "#pct auf alles #pct und #pct");
        check("für 15 Euro, € 20, 1.490 EUR, $10", "fuer #money #money #money #money");
        check("am 24.12. um 18:30 Uhr", "am #date um #time");
        check("am 3. Mai 2024, 24.12.2025", "am #date #date");
        check("im Jahr 2025", "im jahr #year");
        check("siehe https://example.org/a oder petra@example.org", "siehe #url oder #mail");
        check("Tel. 0461 555 0143", "tel #num #num #num");
    }

    #[test]
    fn marks_and_emoji() {
        check("Prosit :-) 🎄🎄 …", "prosit #smiley #emoji-christmas ...");
        check("echt? (ja)", "echt ? ja");
    }

    #[test]
    fn case_is_remembered() {
        let it = tokens("GROSSE Freude heute");
        assert!(it[0].shouted && it[0].capital && it[1].capital && !it[2].capital);
    }
}
