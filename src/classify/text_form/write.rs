//! A model as text.

use std::fmt::Display;

use super::field::quoted;
use super::{EXPERT_SETTINGS, EXPERTS, FIGURES, HEAD, ROLE_SETTINGS, labels, roles};
use crate::classify::experts::input_names;
use crate::classify::naive_bayes::Counts;
use crate::classify::statistics::{ExpertSettings, LABELS};
use crate::classify::{Model, Role};
use crate::feature::Vocabulary;

impl Model {
    /// The model as text, from which [`Model::from_text`] makes the same again.
    pub fn to_text(&self) -> String {
        let mut text = Text(format!("{HEAD}\n"));
        self.write_card(&mut text);
        self.write_settings(&mut text);
        self.write_counts(&mut text);
        text.0
    }

    fn write_card(&self, text: &mut Text) {
        for (name, mails) in &self.card().sources {
            text.line(&["source", &quoted(name), &mails.to_string()]);
        }
        if let Some(figures) = self.card().figures {
            text.line(&["figures", &all(FIGURES, [figures.macro_f1, figures.burial_rate])]);
        }
    }

    fn write_settings(&self, text: &mut Text) {
        let settings = self.settings();
        let reader = settings.role_reader;
        let values = [reader.alpha, reader.power, reader.prior, reader.sequence];
        text.line(&["setting", "role_reader", &all(ROLE_SETTINGS, values)]);
        let experts = [settings.words, settings.layout, settings.role_mix];
        for (name, ExpertSettings { alpha, power }) in EXPERTS.into_iter().zip(experts) {
            text.line(&["setting", name, &all(EXPERT_SETTINGS, [alpha, power])]);
        }
        text.line(&["combiner", "bias", &all(labels(), settings.combiner.bias)]);
        for (name, weights) in input_names().iter().zip(&settings.combiner.weights) {
            text.line(&["combiner", name, &all(labels(), *weights)]);
        }
    }

    fn write_counts(&self, text: &mut Text) {
        let statistics = self.statistics();
        text.counts(&["first"], &some(roles(), &statistics.sequence.first));
        for (role, row) in Role::ALL.into_iter().zip(&statistics.sequence.next) {
            text.counts(&["next", role.name()], &some(roles(), row));
        }
        text.counts(&["samples", "roles"], &some(roles(), &statistics.roles.samples));
        let tables = [&statistics.words, &statistics.layout, &statistics.role_mix];
        for (name, counts) in EXPERTS.into_iter().zip(tables) {
            text.counts(&["samples", name], &some(labels(), &counts.samples));
        }
        let rows = statistics.roles.terms.iter().zip(&statistics.words.terms);
        for (term, (by_role, by_label)) in statistics.sentence_terms.iter().zip(rows) {
            let groups = [
                group("roles", &some(roles(), by_role)),
                group("labels", &some(labels(), by_label)),
            ];
            text.term("sentence", term, &groups);
        }
        text.table("layout", &statistics.layout_terms, &statistics.layout);
        text.table("role", &statistics.role_terms, &statistics.role_mix);
    }
}

/// Lines of fields.
struct Text(String);

impl Text {
    fn line(&mut self, fields: &[&str]) {
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.0.push('\t');
            }
            self.0.push_str(field);
        }
        self.0.push('\n');
    }

    /// A line of counts, unless all of them are zero.
    fn counts(&mut self, fields: &[&str], counts: &str) {
        if !counts.is_empty() {
            self.line(&[fields, &[counts]].concat());
        }
    }

    fn term(&mut self, kind: &str, term: &str, groups: &[String]) {
        let term = quoted(term);
        let mut fields = vec![kind, &term];
        fields.extend(groups.iter().map(String::as_str).filter(|it| !it.is_empty()));
        self.line(&fields);
    }

    fn table(&mut self, kind: &str, terms: &Vocabulary, counts: &Counts<LABELS>) {
        for (term, row) in terms.iter().zip(&counts.terms) {
            self.term(kind, term, &[group("labels", &some(labels(), row))]);
        }
    }
}

/// `name=value` for each value.
fn all<const N: usize>(names: [&str; N], values: [f64; N]) -> String {
    joined(names.into_iter().zip(values))
}

/// `name=value` for each value that is not zero.
fn some<const N: usize>(names: [&str; N], values: &[f64; N]) -> String {
    joined(names.into_iter().zip(values).filter(|(_, value)| **value != 0.0))
}

fn joined<'a>(pairs: impl Iterator<Item = (&'a str, impl Display)>) -> String {
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn group(name: &str, pairs: &str) -> String {
    if pairs.is_empty() { String::new() } else { format!("{name} {pairs}") }
}
