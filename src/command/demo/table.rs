//! Rows as tables that fit a terminal. Pure but for the look at the terminal's width.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Reason, Row};
use crate::classify::Label;
use crate::text::escape::escape;
use crate::verdict::{Thresholds, Verdict};

/// Columns of a page that is no terminal.
const PLAIN: u16 = 100;
/// Below, words are torn apart; a narrower terminal wraps lines on its own.
const NARROWEST: u16 = 60;
/// Percentage of a page that names of authors and subjects take up at most.
const MAIL: u16 = 30;
/// Graphemes of a subject or a sentence that are shown.
const SHOWN: usize = 64;

/// What the tables are drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// A terminal of so many columns.
    Terminal(u16),
    /// A file or a pipe: ruled by ASCII characters.
    Plain,
}

impl Page {
    /// What standard output is.
    pub fn of_stdout() -> Self {
        Table::new().width().map_or(Page::Plain, Page::Terminal)
    }
}

/// Shows what was filed, label by label, and below it what stayed and why.
pub fn render(rows: &[Row], thresholds: Thresholds, page: Page) -> String {
    let all = |verdict| rows.iter().filter(move |it| it.verdict == verdict);
    let sure = |label| all(Verdict::Sure(label));
    let mut filed = table(page, ["From and subject", "Verdict and folder", "Why"]);
    for row in [Label::Personal, Label::Boilerplate, Label::Pitch].into_iter().flat_map(sure) {
        let likeliest = percent(row.posterior.of(row.posterior.label()));
        let why: Vec<String> = row.reasons.iter().map(|it| format!("- {}", in_words(it))).collect();
        filed.add_row([
            who_and_subject(row),
            format!("{} {likeliest}\n{}", row.verdict, escape(&row.folder)),
            why.join("\n"),
        ]);
    }
    let mut stayed = table(page, ["From and subject", "Stays in the inbox because"]);
    for row in all(Verdict::Unsure) {
        stayed.add_row([who_and_subject(row), doubt(row, thresholds)]);
    }
    for row in sure(Label::Other) {
        stayed.add_row([who_and_subject(row), subject_matter(row)]);
    }
    format!("{}\n\n{}\n", filed.trim_fmt(), stayed.trim_fmt())
}

fn table<const N: usize>(page: Page, header: [&str; N]) -> Table {
    let (preset, width) = match page {
        Page::Terminal(width) => (presets::UTF8_HORIZONTAL_ONLY, width.max(NARROWEST)),
        Page::Plain => (presets::ASCII_HORIZONTAL_ONLY, PLAIN),
    };
    let mut table = Table::new();
    table
        .load_preset(preset)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .force_no_tty()
        .set_header(header);
    if let Some(mail) = table.column_mut(0) {
        mail.set_constraint(ColumnConstraint::UpperBoundary(Width::Percentage(MAIL)));
    }
    table
}

fn who_and_subject(row: &Row) -> String {
    let lines = [shown(&row.who), shown(&row.subject)];
    lines.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(
        "
",
    )
}

/// Between which labels the judgement wavers, and what would have been enough.
fn doubt(row: &Row, thresholds: Thresholds) -> String {
    let mut labels: Vec<_> = row.posterior.iter().collect();
    labels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let labels: Vec<String> =
        labels.into_iter().take(2).map(|(label, p)| format!("{label} {}", percent(p))).collect();
    let needed = match row.posterior.label() {
        Label::Personal => thresholds.min_personal,
        _ => thresholds.min_bury,
    };
    format!("not sure enough: {}; {} is needed", labels.join(", "), percent(needed))
}

/// What a mail that is no greeting is about instead.
fn subject_matter(row: &Row) -> String {
    let first =
        |it: &Reason| Reason { quotes: it.quotes.iter().take(1).cloned().collect(), ..it.clone() };
    let why = row.reasons.first().map(first).map(|it| format!("; {}", in_words(&it)));
    format!("no greeting{}", why.unwrap_or_default())
}

fn in_words(reason: &Reason) -> String {
    let quotes: Vec<String> = reason.quotes.iter().map(|it| format!("“{}”", shown(it))).collect();
    format!("{}: {}", escape(&reason.meaning), quotes.join(", "))
}

/// The beginning of a text, in one line that is fit to be shown; cut between words.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = line.grapheme_indices(true).nth(SHOWN) else {
        return escape(&line).into_owned();
    };
    let (head, rest) = line.split_at_checked(end).unwrap_or((&line, ""));
    let words =
        if rest.starts_with(' ') { head } else { head.rsplit_once(' ').map_or(head, |it| it.0) };
    format!("{}…", escape(words))
}

/// Rounded down: what misses its threshold must not look as if it reached it, and nothing is
/// certain.
fn percent(p: f64) -> String {
    /// Keeps 0.29 from being 28%.
    const TINY: f64 = 1e-9;
    if p > 0.99 { ">99%".to_owned() } else { format!("{}%", (p * 100.0 + TINY).floor()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_rounded_down() {
        for (p, expected) in [
            (0.0, "0%"),
            (0.29, "29%"),
            (0.80, "80%"),
            (0.949_99, "94%"),
            (0.95, "95%"),
            (0.99, "99%"),
            (0.991, ">99%"),
            (1.0, ">99%"),
        ] {
            assert_eq!(percent(p), expected);
        }
    }

    #[test]
    fn what_is_shown_is_short_and_safe() {
        assert_eq!(shown("a\r\n  b\u{1b}[31m\u{202e}"), "a b\\u{1b}[31m\\u{202e}");
        let long = "👩‍👩‍👧".repeat(SHOWN);
        assert_eq!(shown(&long), long);
        assert_eq!(shown(&format!("{long}x")), format!("{long}…"));
        let sentence = format!("{} bc d", "a".repeat(SHOWN - 2));
        assert_eq!(shown(&sentence), format!("{}…", "a".repeat(SHOWN - 2)));
        let sentence = format!("{} b c", "a".repeat(SHOWN - 2));
        assert_eq!(shown(&sentence), format!("{} b…", "a".repeat(SHOWN - 2)));
    }
}
