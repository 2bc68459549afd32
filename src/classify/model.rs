//! [`Model`]: fitted experts and their combination; judges mails.

use super::evidence;
use super::experts::{Experts, Opinion};
use super::naive_bayes::FitError;
use super::statistics::{Card, Settings, Statistics};
use super::{Judgement, Posterior, flags, occasion};
use crate::feature::{Document, Encoded};
use crate::mail::Mail;

/// A model that judges.
#[derive(Debug, Clone)]
pub struct Model {
    statistics: Statistics,
    settings: Settings,
    card: Card,
    experts: Experts,
}

/// A mail as far as the experts got with it.
pub(super) struct Reading {
    pub(super) document: Document,
    pub(super) encoded: Encoded,
    pub(super) opinion: Opinion,
}

impl Model {
    /// Makes a model of its statistics.
    ///
    /// # Errors
    /// Where there is nothing to fit, or the settings are of another program.
    pub fn new(statistics: Statistics, settings: Settings, card: Card) -> Result<Self, FitError> {
        if !settings.combiner.fits() {
            return Err(FitError::Value);
        }
        let experts = Experts::restore(&statistics, &settings)?;
        Ok(Model { statistics, settings, card, experts })
    }

    /// The counts that it stands on.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// How it turns them into judgement.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where it comes from.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The same model with another card.
    pub fn with_card(self, card: Card) -> Self {
        Model { card, ..self }
    }

    /// Judges a mail. `my_names` are how the owner is addressed, besides the header's own words.
    pub fn judge(&self, mail: &Mail, my_names: &[String]) -> Judgement {
        let reading = self.read(mail, my_names);
        self.judgement(mail, &reading, Vec::new())
    }

    /// Judges a mail and says why.
    pub fn explain(&self, mail: &Mail, my_names: &[String]) -> Judgement {
        let reading = self.read(mail, my_names);
        let evidence = evidence::evidence(
            &self.experts,
            &self.statistics,
            &self.settings.combiner,
            &reading.document,
            &reading.encoded,
            &reading.opinion,
        );
        self.judgement(mail, &reading, evidence)
    }

    pub(super) fn experts(&self) -> &Experts {
        &self.experts
    }

    pub(super) fn read(&self, mail: &Mail, my_names: &[String]) -> Reading {
        let document = Document::read(mail, my_names);
        let statistics = &self.statistics;
        let encoded = Encoded::read(
            mail,
            &document,
            &mut &statistics.sentence_terms,
            &mut &statistics.layout_terms,
        );
        let opinion = self.experts.opinion(&document, &encoded, &mut &statistics.role_terms);
        Reading { document, encoded, opinion }
    }

    fn judgement(
        &self,
        mail: &Mail,
        reading: &Reading,
        evidence: Vec<super::Evidence>,
    ) -> Judgement {
        let scores = self.settings.combiner.scores(&reading.opinion.inputs);
        let posterior = Posterior::from_log(scores);
        let label = posterior.label();
        let roles = &reading.opinion.roles;
        Judgement {
            posterior,
            occasion: occasion::occasion(mail, &reading.document, roles, label),
            flags: flags::flags(mail, &reading.document, roles, label),
            language: reading.document.language,
            evidence,
        }
    }
}
