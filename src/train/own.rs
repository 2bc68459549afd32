//! Learning from the owner's own mail: its counts are added to a shipped model, with the weight
//! that serves mails of people whom the model has not met best.

use crate::classify::naive_bayes::FitError;
use crate::classify::statistics::Card;
use crate::classify::{Label, Lesson, Model, Occasion, Posterior};
use crate::corpus::groups::{self, Kin};
use crate::corpus::{Origin, Sample, folds};
use crate::mail::Mail;
use crate::verdict::{Thresholds, decide};

use super::evaluation::{Evaluation, Outcome};
use super::{Progress, SEED, compare, fit::FOLDS};

/// What the card of a model calls the owner's own mail.
pub const SOURCE: &str = "own mail";

/// Whether a model has learnt from the owner's own mail.
pub fn has_taught(model: &Model) -> bool {
    model.card().sources.iter().any(|(name, _)| name == SOURCE)
}

/// What one mail of the owner's may count, against one of the corpus. 0 leaves the model as it is.
const WEIGHTS: [f64; 4] = [0.0, 1.0, 3.0, 10.0];

/// A model that has learnt from the owner's mail.
#[derive(Debug)]
pub struct Learnt {
    /// The model.
    pub model: Model,
    /// What one of the owner's mails counts in it; 0 if they don't help.
    pub weight: f64,
    /// What it said of mails of senders that it had not met.
    pub evaluation: Evaluation,
}

/// Adds the owner's own mails to a model that has not seen them.
///
/// The weight is the one of the least log loss by cross-validation, the smallest of equals; since 0
/// is one of them, the loss is never greater than that of `base`. Mails of one sender, one thread or
/// one text never stand on both sides.
///
/// # Errors
/// See [`Model::new`].
pub fn learn(
    base: &Model,
    own: &[(Mail, Label)],
    my_names: &[String],
    thresholds: Thresholds,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Learnt, FitError> {
    let all = own.len();
    let lessons: Vec<Lesson> = own
        .iter()
        .zip(1..)
        .map(|((mail, label), done)| {
            let lesson = base.lesson(mail, my_names, *label);
            progress(Progress::Read { done, all });
            lesson
        })
        .collect();
    progress(Progress::Stage("finding what belongs together"));
    let folds = own_folds(own);
    progress(Progress::Stage("weighing your mail"));
    let mut best: Option<(f64, f64, Vec<Posterior>)> = None;
    for weight in WEIGHTS {
        let posteriors = unseen(base, &lessons, &folds, weight)?;
        let loss = loss(&lessons, &posteriors);
        if best.as_ref().is_none_or(|(least, _, _)| loss < *least) {
            best = Some((loss, weight, posteriors));
        }
    }
    let (_, weight, posteriors) = best.ok_or(FitError::Empty)?;
    let evaluation = evaluation(&lessons, &posteriors, thresholds);
    let mut sources = base.card().sources.clone();
    sources.push((SOURCE.to_owned(), all as u64));
    let card = Card { sources, figures: Some(compare::figures(&evaluation)) };
    let model = base.with_lessons(&lessons, weight)?.with_card(card);
    Ok(Learnt { model, weight, evaluation })
}

/// What a model says of the owner's mails.
pub fn evaluate(
    model: &Model,
    own: &[(Mail, Label)],
    my_names: &[String],
    thresholds: Thresholds,
) -> Evaluation {
    let lessons: Vec<Lesson> =
        own.iter().map(|(mail, label)| model.lesson(mail, my_names, *label)).collect();
    let posteriors: Vec<Posterior> = lessons.iter().map(|it| model.judge_lesson(it)).collect();
    evaluation(&lessons, &posteriors, thresholds)
}

fn own_folds(own: &[(Mail, Label)]) -> Vec<usize> {
    let kin: Vec<Kin> = own.iter().map(|(mail, _)| Kin::of(mail)).collect();
    let mut samples: Vec<Sample> =
        own.iter().enumerate().map(|(at, (_, label))| sample(at, *label)).collect();
    groups::unite(&mut samples, &kin);
    folds::folds(&samples, |it| &it.group, FOLDS, SEED)
}

/// As much of a sample as tells its fold.
fn sample(at: usize, label: Label) -> Sample {
    let id = format!("{SOURCE}#{}", at + 1);
    Sample {
        origin: Origin::Mail,
        source: SOURCE.to_owned(),
        bytes: Vec::new(),
        label,
        occasion: None,
        certain: true,
        flags: [].into(),
        lang: None,
        group: id.clone(),
        grouped: false,
        roles: Vec::new(),
        id,
    }
}

/// What is said of each lesson by a model that learnt those of the other folds.
fn unseen(
    base: &Model,
    lessons: &[Lesson],
    folds: &[usize],
    weight: f64,
) -> Result<Vec<Posterior>, FitError> {
    if weight == 0.0 {
        return Ok(lessons.iter().map(|it| base.judge_lesson(it)).collect());
    }
    let mut posteriors = vec![Posterior::from_log([0.0; Label::ALL.len()]); lessons.len()];
    for fold in 0..FOLDS {
        let others = lessons.iter().zip(folds).filter(|(_, it)| **it != fold);
        let taught = base.with_lessons(others.map(|(lesson, _)| lesson), weight)?;
        for ((posterior, lesson), _) in
            posteriors.iter_mut().zip(lessons).zip(folds).filter(|(_, it)| **it == fold)
        {
            *posterior = taught.judge_lesson(lesson);
        }
    }
    Ok(posteriors)
}

/// Sum of `-ln P(label)`, in nat.
fn loss(lessons: &[Lesson], posteriors: &[Posterior]) -> f64 {
    let loss = |(lesson, posterior): (&Lesson, &Posterior)| {
        -posterior.of(lesson.label).max(f64::MIN_POSITIVE).ln()
    };
    lessons.iter().zip(posteriors).map(loss).sum()
}

fn evaluation(lessons: &[Lesson], posteriors: &[Posterior], thresholds: Thresholds) -> Evaluation {
    let outcomes: Vec<Outcome> = lessons
        .iter()
        .zip(posteriors)
        .map(|(lesson, posterior)| Outcome {
            truth: lesson.label,
            label: posterior.label(),
            verdict: decide(posterior, thresholds),
            posterior: *posterior,
            certain: true,
            lang: lesson.language.to_owned(),
            source: SOURCE.to_owned(),
            occasion: None,
            occasion_found: Occasion::None,
        })
        .collect();
    Evaluation::of(&outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Address;

    fn mail(sender: usize, subject: &str, text: &str) -> Mail {
        let address = format!("s{sender}@mail.example");
        Mail {
            subject: subject.into(),
            text: text.into(),
            from: Some(Address { name: String::new(), address }),
            ..Mail::default()
        }
    }

    /// What the shipped model takes for boilerplate, and this owner files otherwise. Too short to
    /// be near-duplicates.
    fn habit() -> Vec<(Mail, Label)> {
        let board = "Frohe Weihnachten wünscht der Vorstand!";
        let firm = "Alles Gute zum Geburtstag wünscht die Firma!";
        (0..20)
            .flat_map(|at| {
                [
                    (mail(at, "Fest", board), Label::Other),
                    (mail(at + 100, "Geburtstag", firm), Label::Pitch),
                ]
            })
            .collect()
    }

    /// Mean probability of the owner's labels.
    fn belief(model: &Model, own: &[(Mail, Label)]) -> f64 {
        let of = |(mail, label): &(Mail, Label)| model.judge(mail, &[]).posterior.of(*label);
        own.iter().map(of).sum::<f64>() / own.len() as f64
    }

    #[test]
    fn a_habit_of_many_senders_is_learnt() {
        let base = Model::builtin().unwrap();
        let own = habit();
        let mut told = 0;
        let learnt = learn(&base, &own, &[], Thresholds::default(), |_| told += 1).unwrap();
        assert_eq!(learnt.weight, 10.0);
        assert!(told > own.len());
        let (before, after) = (belief(&base, &own), belief(&learnt.model, &own));
        assert!(after > before + 0.05, "{after} after {before}");
        let card = learnt.model.card();
        assert_eq!(card.sources.last().unwrap(), &(SOURCE.to_owned(), 40));
        assert_eq!(card.figures, Some(compare::figures(&learnt.evaluation)));
        let again = learn(&base, &own, &[], Thresholds::default(), |_| ()).unwrap();
        assert_eq!(again.model.to_bytes().unwrap(), learnt.model.to_bytes().unwrap());
    }

    #[test]
    fn what_one_sender_alone_teaches_is_not_tested_on_that_sender() {
        let own: Vec<(Mail, Label)> = habit()
            .into_iter()
            .map(|(it, label)| (mail(7, &it.subject, &it.text), label))
            .collect();
        let folds = own_folds(&own);
        assert!(folds.iter().all(|it| *it == folds[0]), "{folds:?}");
        let base = Model::builtin().unwrap();
        let learnt = learn(&base, &own, &[], Thresholds::default(), |_| ()).unwrap();
        assert_eq!(learnt.weight, 0.0);
        assert_eq!(learnt.model.statistics(), base.statistics());
    }

    #[test]
    fn the_weight_is_the_one_of_the_least_loss() {
        let base = Model::builtin().unwrap();
        let own: Vec<(Mail, Label)> = habit()
            .into_iter()
            .zip(0..)
            .map(|((mail, _), at)| (mail, Label::ALL[at * 7 % 11 % Label::ALL.len()]))
            .collect();
        let learnt = learn(&base, &own, &[], Thresholds::default(), |_| ()).unwrap();
        let lessons: Vec<Lesson> =
            own.iter().map(|(mail, label)| base.lesson(mail, &[], *label)).collect();
        let folds = own_folds(&own);
        let of = |weight| loss(&lessons, &unseen(&base, &lessons, &folds, weight).unwrap());
        for weight in WEIGHTS {
            assert!(of(learnt.weight) <= of(weight), "{} or {weight}", learnt.weight);
        }
    }
}
