//! The model in use together with the lessons that it has not learnt: what the daemon judges by, so
//! that a lesson counts from the next mail on and not from the next `grussd train` on.

use std::rc::Rc;

use jiff::Timestamp;

use crate::classify::{Lesson, Model};
use crate::config::Config;
use crate::mail;
use crate::store::memory::Database;
use crate::store::model_store::ModelStore;
use crate::train::cap::{self, Cap};
use crate::train::own;

/// What one lesson counts, against a mail of the corpus, from so many lessons on. Training chooses
/// among the same weights by cross-validation; of a few lessons no such choice can be made.
const WEIGHTS: [(usize, f64); 3] = [(0, 1.0), (10, 3.0), (100, 10.0)];

/// The model with the lessons remembered; where there are none, the same one. One that was trained
/// on own mail knows those that are older than itself.
///
/// # Errors
/// The memory can't be read, or the lessons make no sound model.
pub(super) fn taught(
    base: &Rc<Model>,
    config: &Config,
    memory: &Database,
) -> anyhow::Result<Rc<Model>> {
    let since = match own::has_taught(base) {
        false => Timestamp::MIN,
        true => match ModelStore::at(&config.state_dir).written() {
            Some(written) => written,
            None => return Ok(Rc::clone(base)),
        },
    };
    let lessons = lessons(base, &config.me.names, memory, since)?;
    if lessons.is_empty() {
        return Ok(Rc::clone(base));
    }
    let weight = weight(lessons.len());
    tracing::debug!("{} lessons besides the model, each as {weight} of its mails", lessons.len());
    Ok(Rc::new(base.with_lessons(&lessons, weight)?))
}

fn lessons(
    base: &Model,
    my_names: &[String],
    memory: &Database,
    since: Timestamp,
) -> anyhow::Result<Vec<Lesson>> {
    let mut cap = Cap::default();
    let mut lessons = Vec::new();
    for stored in memory.lessons()? {
        let (label, at) = (stored.lesson.label, stored.lesson.at);
        if at <= since || stored.material.is_empty() {
            continue;
        }
        let mail = mail::parse(&stored.material);
        if cap.admits(&cap::sender(&mail), label) {
            lessons.push(base.lesson(&mail, my_names, label));
        }
    }
    Ok(lessons)
}

fn weight(lessons: usize) -> f64 {
    let reached = WEIGHTS.iter().take_while(|(from, _)| lessons >= *from);
    reached.last().map_or(0.0, |(_, weight)| *weight)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::classify::Label;
    use crate::store::Digest;
    use crate::store::memory;

    fn note(number: usize, sender: &str) -> Vec<u8> {
        format!(
            "From: {sender}\nSubject: {number}\nContent-Type: text/plain; charset=utf-8\n\n\
             Liebe Petra,\n\nder Mops grüßt die Nachbarschaft zum Nikolaus.\n\nDein Ulf\n"
        )
        .into_bytes()
    }

    /// So many lessons that such notes are boilerplate, of so many senders.
    fn memory(lessons: usize, senders: usize) -> Database {
        let mut memory = Database::in_ram().unwrap();
        for number in 0..lessons {
            let sender = format!("s{}@mail.example", number % senders);
            let bytes = note(number, &sender);
            let lesson = memory::Lesson {
                digest: Digest::of(&bytes),
                account: "main".to_owned(),
                message_id: None,
                sender,
                label: Label::Boilerplate,
                was: None,
                folder: "x".to_owned(),
                at: Timestamp::from_second(1_800_000_000).unwrap(),
            };
            memory.learn(&[(lesson, bytes)]).unwrap();
        }
        memory
    }

    fn belief(base: Model, dir: &Path, memory: &Database) -> f64 {
        let model = taught(&Rc::new(base), &Config::new(dir.to_owned()), memory).unwrap();
        let mail = mail::parse(&note(1000, "new@mail.example"));
        model.judge(&mail, &[]).posterior.of(Label::Boilerplate)
    }

    #[test]
    fn lessons_count_at_once_and_the_more_the_more_there_are() {
        let dir = tempfile::tempdir().unwrap();
        let beliefs: Vec<f64> = [0, 1, 10, 100]
            .map(|it| belief(Model::builtin().unwrap(), dir.path(), &memory(it, 100)))
            .to_vec();
        assert!(beliefs.windows(2).all(|it| it[1] > it[0]), "{beliefs:?}");
        assert_eq!([0, 1, 9, 10, 99, 100, 999].map(weight), [1.0, 1.0, 1.0, 3.0, 3.0, 10.0, 10.0]);
    }

    /// FAULTS.md B26.
    #[test]
    fn one_sender_counts_five_times() {
        let model = Model::builtin().unwrap();
        let count = |lessons, senders| {
            let memory = memory(lessons, senders);
            super::lessons(&model, &[], &memory, Timestamp::MIN).unwrap().len()
        };
        assert_eq!((count(500, 1), count(5, 1), count(20, 20)), (5, 5, 20));
    }

    #[test]
    fn a_model_of_own_mail_knows_older_lessons() {
        let dir = tempfile::tempdir().unwrap();
        let mut card = Model::builtin().unwrap().card().clone();
        card.sources.push((own::SOURCE.to_owned(), 7));
        let trained = Model::builtin().unwrap().with_card(card);
        let alone = belief(trained.clone(), dir.path(), &memory(0, 1));
        let lessons = memory(20, 20);
        assert_eq!(belief(trained.clone(), dir.path(), &lessons), alone, "it is not installed");
        ModelStore::make(dir.path()).unwrap().install(&trained).unwrap();
        let set = |second| {
            let file = std::fs::File::options().append(true).open(dir.path().join("model"));
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(second);
            file.unwrap().set_modified(time).unwrap();
        };
        set(1_800_000_001);
        assert_eq!(belief(trained.clone(), dir.path(), &lessons), alone);
        set(1_799_999_999);
        assert!(belief(trained, dir.path(), &lessons) > alone);
    }
}
