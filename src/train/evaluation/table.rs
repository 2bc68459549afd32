//! An evaluation as text: Markdown tables, which read well on a terminal and in a document.

use std::collections::BTreeMap;
use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

use super::{Evaluation, Figures};
use crate::classify::Label;
use crate::text::escape::escape;
use crate::verdict::Verdict;

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certain = format!("certain ({})", self.certain.messages());
        writeln!(f, "{}\n", rates(&[("all", &self.all), (&certain, &self.certain)]))?;
        writeln!(f, "{}\n", labels(&self.all))?;
        writeln!(f, "Likeliest label by true label:\n\n{}\n", confusion(&self.all))?;
        writeln!(f, "Verdict by true label:\n\n{}\n", verdicts(&self.all))?;
        writeln!(f, "Posterior of the likeliest label:\n\n{}\n", reliability(&self.all))?;
        writeln!(f, "{}\n", parts("language", &self.languages))?;
        writeln!(f, "{}", parts("source", &self.sources))
    }
}

/// The rates, one a row; a column for each of `figures`.
pub fn rates(figures: &[(&str, &Figures)]) -> String {
    let names = figures.iter().map(|(name, _)| (*name).to_owned());
    let mut table = table([String::new()].into_iter().chain(names));
    let mut row = |name: &str, value: &dyn Fn(&Figures) -> String| {
        let values = figures.iter().map(|(_, figures)| value(figures));
        table.add_row([name.to_owned()].into_iter().chain(values));
    };
    row("messages", &|it| it.messages().to_string());
    row("accuracy", &|it| decimal(it.accuracy()));
    row("macro-F1 (labels that occur)", &|it| decimal(it.macro_f1()));
    row("burial rate", &|it| percent(it.burial_rate()));
    row("false-file rate", &|it| percent(it.false_file_rate()));
    row("unsure rate", &|it| percent(it.unsure_rate()));
    row("greetings filed right", &|it| percent(it.filed_right_rate()));
    row("calibration error", &|it| decimal(it.calibration_error()));
    row("occasion right", &|it| percent(it.occasion_accuracy()));
    table.to_string()
}

fn labels(figures: &Figures) -> String {
    let mut table = table(["label", "precision", "recall", "F1", "messages"].map(str::to_owned));
    for label in Label::ALL {
        table.add_row([
            label.name().to_owned(),
            decimal(figures.precision(label)),
            decimal(figures.recall(label)),
            decimal(figures.f1(label)),
            figures.support(label).to_string(),
        ]);
    }
    table.to_string()
}

fn confusion(figures: &Figures) -> String {
    crossed(&Label::ALL.map(Label::name), |truth, at| {
        Label::ALL.get(at).map_or(0, |&label| figures.confused(truth, label))
    })
}

fn verdicts(figures: &Figures) -> String {
    let verdicts: Vec<Verdict> =
        Label::ALL.into_iter().map(Verdict::Sure).chain([Verdict::Unsure]).collect();
    let names: Vec<&str> = verdicts.iter().map(|it| it.name()).collect();
    crossed(&names, |truth, at| {
        verdicts.get(at).map_or(0, |&verdict| figures.judged(truth, verdict))
    })
}

fn crossed(columns: &[&str], count: impl Fn(Label, usize) -> usize) -> String {
    let names = columns.iter().map(|it| (*it).to_owned());
    let mut table = table(["is".to_owned()].into_iter().chain(names));
    for truth in Label::ALL {
        let counts = (0..columns.len()).map(|at| count(truth, at).to_string());
        table.add_row([truth.name().to_owned()].into_iter().chain(counts));
    }
    table.to_string()
}

fn reliability(figures: &Figures) -> String {
    let mut table = table(["from", "to", "messages", "mean", "right"].map(str::to_owned));
    for (from, to, bin) in figures.reliability().filter(|(_, _, bin)| bin.messages > 0) {
        table.add_row([
            format!("{from:.1}"),
            format!("{to:.1}"),
            bin.messages.to_string(),
            decimal(bin.confidence()),
            decimal(bin.accuracy()),
        ]);
    }
    table.to_string()
}

fn parts(name: &str, parts: &BTreeMap<String, Figures>) -> String {
    let head =
        [name, "messages", "accuracy", "macro-F1", "burial", "false-file", "unsure", "filed right"];
    let mut table = table(head.map(str::to_owned));
    for (name, figures) in parts {
        table.add_row([
            escape(name).into_owned(),
            figures.messages().to_string(),
            decimal(figures.accuracy()),
            decimal(figures.macro_f1()),
            percent(figures.burial_rate()),
            percent(figures.false_file_rate()),
            percent(figures.unsure_rate()),
            percent(figures.filed_right_rate()),
        ]);
    }
    table.to_string()
}

/// A table whose first column is text and whose others are numbers.
fn table(head: impl IntoIterator<Item = String>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(head);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn decimal(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.3}"))
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.1} %", 100.0 * rate))
}

#[cfg(test)]
mod tests {
    use super::super::tests::outcomes;
    use super::*;

    #[track_caller]
    fn check(text: &str, row: &str) {
        let squeezed = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.lines().any(|line| squeezed(line) == row), "no row `{row}` in\n{text}");
    }

    #[test]
    fn rows() {
        let text = Evaluation::of(&outcomes()).to_string();
        check(&text, "| | all | certain (6) |");
        check(&text, "| macro-F1 (labels that occur) | 0.600 | 0.711 |");
        check(&text, "| burial rate | 50.0 % | 50.0 % |");
        check(&text, "| pitch | 0.000 | – | 0.000 | 0 |");
        check(&text, "| is | personal | boilerplate | pitch | other | unsure |");
        check(&text, "| other | 0 | 0 | 1 | 1 | 1 |");
        check(&text, "| 0.9 | 1.0 | 3 | 0.970 | 0.333 |");
        check(&text, "| en | 1 | 0.000 | 0.000 | – | 0.0 % | 100.0 % | – |");
        check(&Evaluation::default().to_string(), "| burial rate | – | – |");
    }
}
