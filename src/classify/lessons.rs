//! Lessons: what mails of the owner's own add to a model.
//!
//! A model is counts, so a lesson is added to them. Only terms that the model knows are counted: no
//! name and no address of the owner's mail enters it. The roles of sentences and the weights of the
//! experts stay as they are, since nobody marks roles in his own mail, and the owner's mails are
//! few.

use super::experts::{self, WeightedTerms};
use super::model::Model;
use super::naive_bayes::FitError;
use super::statistics::Statistics;
use super::{Label, Posterior};
use crate::mail::Mail;

/// A mail whose label the owner gave, in numbers of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// What the mail is.
    pub label: Label,
    /// ISO 639-1 code of its language, or `und`.
    pub language: &'static str,
    words: Vec<u32>,
    layout: Vec<u32>,
    role_mix: WeightedTerms,
    /// Inputs of the combiner as the model has them that reads the roles.
    inputs: Vec<f64>,
}

impl Lesson {
    fn words(&self) -> impl Iterator<Item = (u32, f64)> + Clone {
        self.words.iter().map(|it| (*it, 1.0))
    }

    fn layout(&self) -> impl Iterator<Item = (u32, f64)> + Clone {
        self.layout.iter().map(|it| (*it, 1.0))
    }
}

impl Statistics {
    /// These counts, and those of the lessons times `weight` (0 or more), for the three experts on
    /// mails. The lessons must be in the numbers of these vocabularies.
    pub fn with_lessons<'a>(
        &self,
        lessons: impl IntoIterator<Item = &'a Lesson>,
        weight: f64,
    ) -> Statistics {
        let mut sum = self.clone();
        for lesson in lessons {
            let label = lesson.label.index();
            sum.words.add(label, weight, lesson.words());
            sum.layout.add(label, weight, lesson.layout());
            sum.role_mix.add(label, weight, lesson.role_mix.iter().copied());
        }
        Statistics {
            words: sum.words.rounded(),
            layout: sum.layout.rounded(),
            role_mix: sum.role_mix.rounded(),
            ..sum
        }
    }
}

impl Model {
    /// Reads a mail of the owner's own. `my_names` are how the owner is addressed.
    pub fn lesson(&self, mail: &Mail, my_names: &[String], label: Label) -> Lesson {
        let reading = self.read(mail, my_names);
        Lesson {
            label,
            language: reading.document.language,
            words: reading.encoded.words,
            layout: reading.encoded.layout,
            role_mix: reading.opinion.role_terms,
            inputs: reading.opinion.inputs,
        }
    }

    /// This model, having learnt the lessons that it (or one that it was made from) has read.
    ///
    /// # Errors
    /// See [`Model::new`].
    pub fn with_lessons<'a>(
        &self,
        lessons: impl IntoIterator<Item = &'a Lesson>,
        weight: f64,
    ) -> Result<Model, FitError> {
        let statistics = self.statistics().with_lessons(lessons, weight);
        Model::new(statistics, self.settings().clone(), self.card().clone())
    }

    /// Judges the mail of a lesson anew, as [`Model::judge`] would. A lesson never changes how the
    /// roles of sentences are read.
    pub fn judge_lesson(&self, lesson: &Lesson) -> Posterior {
        let experts = self.experts();
        let scores = [
            (experts::WORDS, experts.words.scores(lesson.words())),
            (experts::LAYOUT, experts.layout.scores(lesson.layout())),
            (experts::ROLE_MIX, experts.role_mix.scores(lesson.role_mix.iter().copied())),
        ];
        let mut inputs = lesson.inputs.clone();
        for (from, scores) in scores {
            inputs.iter_mut().skip(from).zip(scores).for_each(|(input, score)| *input = score);
        }
        Posterior::from_log(self.settings().combiner.scores(&inputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> Mail {
        Mail { subject: "Gruß".into(), text: text.into(), ..Mail::default() }
    }

    const NOTE: &str = "Liebe Petra,\n\nder Mops grüßt die Nachbarschaft zum Nikolaus.\n\nDein Ulf";

    #[test]
    fn a_lesson_is_learnt_in_proportion_to_its_weight() {
        let model = Model::builtin().unwrap();
        let lesson = model.lesson(&mail(NOTE), &[], Label::Boilerplate);
        let mut before = model.judge_lesson(&lesson).of(Label::Boilerplate);
        for weight in [1.0, 3.0, 10.0, 100.0] {
            let taught = model.with_lessons([&lesson], weight).unwrap();
            let after = taught.judge_lesson(&lesson).of(Label::Boilerplate);
            assert!(after > before, "{weight}: {after} after {before}");
            before = after;
        }
    }

    #[test]
    fn a_lesson_is_judged_like_its_mail() {
        let model = Model::builtin().unwrap();
        let lesson = model.lesson(&mail(NOTE), &[], Label::Pitch);
        for weight in [0.0, 10.0] {
            let taught = model.with_lessons([&lesson, &lesson], weight).unwrap();
            let expected = taught.judge(&mail(NOTE), &[]).posterior;
            assert_eq!(taught.judge_lesson(&lesson), expected);
        }
    }

    #[test]
    fn nothing_but_the_counts_of_known_terms_changes() {
        let model = Model::builtin().unwrap();
        let lesson = model.lesson(&mail("Xanthippe Quastenflosser"), &[], Label::Personal);
        let taught = model.with_lessons([&lesson], 3.0).unwrap();
        let (old, new) = (model.statistics(), taught.statistics());
        assert_eq!(new.sentence_terms, old.sentence_terms);
        assert_eq!((&new.roles, &new.sequence), (&old.roles, &old.sequence));
        assert_eq!(taught.settings(), model.settings());
        assert_eq!(new.words.samples[0], old.words.samples[0] + 3.0);
        assert_eq!(new.words.samples[1..], old.words.samples[1..]);
        let none = model.with_lessons([&lesson], 0.0).unwrap();
        assert_eq!(none.to_bytes().unwrap(), model.to_bytes().unwrap());
        // What is stored judges alike.
        let stored = Model::from_bytes(&taught.to_bytes().unwrap()).unwrap();
        assert_eq!(stored.statistics(), new);
    }
}
