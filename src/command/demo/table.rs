//! Rows as a table that fits a terminal. Pure.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use unicode_segmentation::UnicodeSegmentation as _;

use super::Row;
use crate::classify::{Evidence, Label};
use crate::text::escape::escape;
use crate::verdict::{Thresholds, Verdict};

/// Graphemes of a quoted sentence or a subject that are shown.
const QUOTED: usize = 60;

/// What the tables are drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// A terminal of so many columns.
    Terminal(u16),
    /// A file or a pipe: 100 columns of plain characters.
    Plain,
}

/// Shows what was filed, folder by folder, and below it what stayed and why.
pub fn render(rows: &[Row], thresholds: Thresholds, page: Page) -> String {
    let filed = |label| rows.iter().filter(move |it| it.verdict == Verdict::Sure(label));
    let greetings = [Label::Personal, Label::Boilerplate, Label::Pitch].into_iter().flat_map(filed);
    let mut moved = table(page, ["From", "Subject", "Verdict", "Why", "Folder"]);
    for row in greetings {
        moved.add_row([
            shown(&row.who),
            shown(&row.subject),
            format!("{} {}", row.verdict, percent(row.posterior.of(row.posterior.label()))),
            row.reasons.iter().map(reason).collect::<Vec<_>>().join("\n"),
            escape(&row.folder).into_owned(),
        ]);
    }
    let unsure = rows.iter().filter(|it| it.verdict == Verdict::Unsure);
    let mut stayed = table(page, ["From", "Subject", "Why it stays in the inbox"]);
    for row in unsure.chain(filed(Label::Other)) {
        stayed.add_row([shown(&row.who), shown(&row.subject), why_it_stays(row, thresholds)]);
    }
    format!("{moved}\n\n{stayed}\n")
}

fn table<const N: usize>(page: Page, header: [&str; N]) -> Table {
    let mut table = Table::new();
    let (preset, width) = match page {
        Page::Terminal(width) => (presets::UTF8_HORIZONTAL_ONLY, width),
        Page::Plain => (presets::ASCII_HORIZONTAL_ONLY, 100),
    };
    table
        .load_preset(preset)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .force_no_tty()
        .set_header(header);
    table
}

fn why_it_stays(row: &Row, thresholds: Thresholds) -> String {
    let likeliest = row.posterior.label();
    let Verdict::Unsure = row.verdict else {
        let mut why = "no greeting".to_owned();
        if let Some(first) = row.reasons.first() {
            why.push_str(": ");
            why.push_str(&reason(first));
        }
        return why;
    };
    let needed = match likeliest {
        Label::Personal => thresholds.min_personal,
        _ => thresholds.min_bury,
    };
    let mut likely: Vec<_> = row.posterior.iter().collect();
    likely.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut why = "not sure enough:".to_owned();
    for (label, p) in likely.into_iter().take(2) {
        let _ = write!(why, " {label} {},", percent(p));
    }
    let _ = write!(why, " and {} is needed to file it", percent(needed));
    why
}

/// A piece of evidence in words.
fn reason(evidence: &Evidence) -> String {
    let meaning = escape(&evidence.meaning);
    match &evidence.quote {
        Some(quote) => format!("{meaning}: “{}”", shown(quote)),
        None => meaning.into_owned(),
    }
}

/// The beginning of a text, fit to be shown.
fn shown(text: &str) -> String {
    match text.grapheme_indices(true).nth(QUOTED) {
        Some((end, _)) => format!("{}…", escape(text.get(..end).unwrap_or_default().trim_end())),
        None => escape(text).into_owned(),
    }
}

/// A probability; none is certain.
fn percent(p: f64) -> String {
    if p > 0.99 { ">99%".to_owned() } else { format!("{:.0}%", p * 100.0) }
}
