//! A model out of text.

use std::collections::HashSet;

use super::field::{
    Expected, all, amount, count, instead, number, place, share, shortened, some, unquoted,
};
use super::{EXPERT_SETTINGS, EXPERTS, FIGURES, HEAD, ROLE_SETTINGS, TextError, labels, roles};
use crate::classify::experts::input_names;
use crate::classify::naive_bayes::Counts;
use crate::classify::role_reader::{ROLES, RoleSettings, Sequence};
use crate::classify::statistics::{
    Card, CardFigures, ExpertSettings, LABELS, Settings, Statistics,
};
use crate::classify::{Combiner, Model};
use crate::feature::Vocabulary;

/// Kinds of lines, with their fields.
const KINDS: [(&str, &str); 10] = [
    ("source", "NAME COUNT"),
    ("figures", "macro_f1=SHARE burial_rate=SHARE"),
    ("setting", "NAME NAME=NUMBER..."),
    ("combiner", "INPUT LABEL=NUMBER..."),
    ("first", "ROLE=COUNT..."),
    ("next", "ROLE ROLE=COUNT..."),
    ("samples", "TABLE NAME=COUNT..."),
    ("sentence", "TERM roles ROLE=COUNT... labels LABEL=COUNT..."),
    ("layout", "TERM labels LABEL=COUNT..."),
    ("role", "TERM labels LABEL=COUNT..."),
];

impl Model {
    /// Reads what [`Model::to_text`] wrote, or a person changed since.
    ///
    /// # Errors
    /// The first line that is not as it should be, or a line that is missing.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        let mut draft = Draft::default();
        let mut last = 0;
        for (line, text) in (1..).zip(text.lines()) {
            last = line;
            let at_line = |expected| TextError { line, expected };
            if line == 1 {
                head(text).map_err(at_line)?;
            } else if !text.is_empty() && !text.starts_with('#') {
                draft.read(text).map_err(at_line)?;
            }
        }
        let missing = |expected| TextError { line: last + 1, expected };
        if last == 0 {
            return Err(missing(format!("`{HEAD}`")));
        }
        draft.model().map_err(missing)
    }
}

fn head(line: &str) -> Result<(), Expected> {
    if line == HEAD { Ok(()) } else { Err(instead(&format!("`{HEAD}`"), line)) }
}

type LabelRow = [f64; LABELS];
/// What a term counts by role and by label.
type BothRows = ([f64; ROLES], LabelRow);

/// A model as far as it has been read.
#[derive(Default)]
struct Draft {
    /// What has been given a value.
    seen: HashSet<(String, String)>,
    card: Card,
    role_reader: [f64; ROLE_SETTINGS.len()],
    experts: [[f64; EXPERT_SETTINGS.len()]; EXPERTS.len()],
    bias: [f64; LABELS],
    weights: Vec<[f64; LABELS]>,
    sequence: Sequence,
    roles: [f64; ROLES],
    samples: [[f64; LABELS]; EXPERTS.len()],
    sentence: Vec<(String, BothRows)>,
    layout: Vec<(String, LabelRow)>,
    role: Vec<(String, LabelRow)>,
}

impl Draft {
    fn read(&mut self, line: &str) -> Result<(), Expected> {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields.as_slice() {
            ["source", name, mails] => {
                let name = self.once("source", name)?;
                let count = mails.parse().map_err(|_| instead("a number of mails", mails))?;
                self.card.sources.push((name, count));
            }
            ["figures", values] => {
                self.once("figures", "")?;
                let [macro_f1, burial_rate] = all(values, FIGURES, share)?;
                self.card.figures = Some(CardFigures { macro_f1, burial_rate });
            }
            ["setting", "role_reader", values] => {
                self.once("setting", "role_reader")?;
                self.role_reader = all(values, ROLE_SETTINGS, number)?;
                smoothing(self.role_reader[0])?;
            }
            ["setting", name, values] => {
                self.once("setting", name)?;
                let values = all(values, EXPERT_SETTINGS, number)?;
                smoothing(values[0])?;
                *expert(&mut self.experts, name)? = values;
            }
            ["combiner", "bias", values] => {
                self.once("combiner", "bias")?;
                self.bias = all(values, labels(), number)?;
            }
            ["combiner", name, values] => {
                let name = self.once("combiner", name)?;
                *self.input(&name)? = all(values, labels(), number)?;
            }
            ["first", values] => {
                self.once("first", "")?;
                self.sequence.first = some(values, roles(), amount)?;
            }
            ["next", role, values] => {
                self.once("next", role)?;
                let at = place(role, &roles())?;
                if let Some(row) = self.sequence.next.get_mut(at) {
                    *row = some(values, roles(), amount)?;
                }
            }
            ["samples", "roles", values] => {
                self.once("samples", "roles")?;
                self.roles = some(values, roles(), count)?;
            }
            ["samples", name, values] => {
                self.once("samples", name)?;
                *expert(&mut self.samples, name)? = some(values, labels(), count)?;
            }
            ["sentence", term, groups @ ..] => {
                let term = self.once("sentence", term)?;
                let mut rows = ([0.0; ROLES], [0.0; LABELS]);
                for group in groups {
                    match group.split_once(' ') {
                        Some(("roles", values)) => rows.0 = some(values, roles(), count)?,
                        Some(("labels", values)) => rows.1 = some(values, labels(), count)?,
                        _ => return Err(instead("`roles ...` or `labels ...`", group)),
                    }
                }
                self.sentence.push((term, rows));
            }
            ["layout", term, groups @ ..] => {
                let term = self.once("layout", term)?;
                self.layout.push((term, by_label(groups)?));
            }
            ["role", term, groups @ ..] => {
                let term = self.once("role", term)?;
                self.role.push((term, by_label(groups)?));
            }
            [kind, ..] => return Err(unknown(kind)),
            [] => {}
        }
        Ok(())
    }

    /// Takes the name of a fact, which must not have been told before.
    fn once(&mut self, kind: &str, name: &str) -> Result<String, Expected> {
        let name = unquoted(name)?;
        if self.seen.insert((kind.to_owned(), name.clone())) {
            Ok(name)
        } else {
            Err(format!("`{kind} {}` once, found it again", shortened(&name)))
        }
    }

    fn input(&mut self, name: &str) -> Result<&mut [f64; LABELS], Expected> {
        let names = input_names();
        self.weights.resize(names.len(), [0.0; LABELS]);
        let at = names.iter().position(|it| it == name);
        at.and_then(|at| self.weights.get_mut(at))
            .ok_or_else(|| instead("an input of the combiner such as `words.pitch`", name))
    }

    fn model(mut self) -> Result<Model, Expected> {
        let settings = ["role_reader"].into_iter().chain(EXPERTS).map(str::to_owned);
        let inputs = ["bias".to_owned()].into_iter().chain(input_names());
        for (kind, name) in
            settings.map(|it| ("setting", it)).chain(inputs.map(|it| ("combiner", it)))
        {
            let key = (kind.to_owned(), name);
            if !self.seen.contains(&key) {
                return Err(format!("a line `{kind} {}`", key.1));
            }
        }
        self.sentence.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let (sentence_terms, rows): (Vec<_>, Vec<_>) = self.sentence.into_iter().unzip();
        let (by_role, by_label) = rows.into_iter().unzip();
        let [words, layout, role_mix] = self.samples;
        let (layout_terms, layout) = table(self.layout, layout);
        let (role_terms, role_mix) = table(self.role, role_mix);
        let statistics = Statistics {
            sentence_terms: Vocabulary::new(sentence_terms),
            roles: Counts { samples: self.roles, terms: by_role },
            words: Counts { samples: words, terms: by_label },
            sequence: self.sequence,
            layout_terms,
            layout,
            role_terms,
            role_mix,
        };
        let [alpha, power, prior, sequence] = self.role_reader;
        let [words, layout, role_mix] =
            self.experts.map(|[alpha, power]| ExpertSettings { alpha, power });
        let settings = Settings {
            role_reader: RoleSettings { alpha, power, prior, sequence },
            words,
            layout,
            role_mix,
            combiner: Combiner { bias: self.bias, weights: self.weights },
        };
        Model::new(statistics, settings, self.card).map_err(|_| {
            "`samples` of every table, and `sentence`, `layout` and `role` terms".into()
        })
    }
}

fn table(mut rows: Vec<(String, LabelRow)>, samples: LabelRow) -> (Vocabulary, Counts<LABELS>) {
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let (terms, counts) = rows.into_iter().unzip();
    (Vocabulary::new(terms), Counts { samples, terms: counts })
}

fn by_label(groups: &[&str]) -> Result<LabelRow, Expected> {
    match groups {
        [] => Ok([0.0; LABELS]),
        [group] => match group.split_once(' ') {
            Some(("labels", values)) => some(values, labels(), count),
            _ => Err(instead("`labels ...`", group)),
        },
        [_, more, ..] => Err(instead("the end of the line", more)),
    }
}

fn expert<'a, T>(of: &'a mut [T; EXPERTS.len()], name: &str) -> Result<&'a mut T, Expected> {
    let at = place(name, &EXPERTS)?;
    of.get_mut(at).ok_or_else(|| instead("an expert", name))
}

fn smoothing(alpha: f64) -> Result<(), Expected> {
    if alpha > 0.0 { Ok(()) } else { Err(instead("an alpha above 0", &alpha.to_string())) }
}

fn unknown(kind: &str) -> Expected {
    match KINDS.iter().find(|it| it.0 == kind) {
        Some((kind, fields)) => format!("`{kind} {fields}` with tabs between the fields"),
        None => instead(&format!("one of {}", KINDS.map(|it| it.0).join(", ")), kind),
    }
}
