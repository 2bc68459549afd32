//! The form that a mailbox exports to: `DIR/<label>/...` with `.eml` files, mbox files or Maildirs
//! at any depth.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use super::reader::Reader;
use super::sources;
use super::{Corpus, Origin, Place, Problem, Sample};
use crate::classify::Label;

/// Reads the folders that are named after labels; nothing if there is none.
pub(super) fn read(place: &Place<'_>) -> io::Result<Option<Corpus>> {
    let mut corpus = Corpus::default();
    let mut any = false;
    let mut entries = fs::read_dir(place.dir)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if !path.is_dir() {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        match name.parse::<Label>() {
            Ok(label) => {
                any = true;
                let before = corpus.samples.len();
                folder(place, label, &mut corpus);
                if corpus.samples.len() == before {
                    let text = "no message in it".to_owned();
                    corpus.problems.push(Problem { place: path.display().to_string(), text });
                }
            }
            Err(_) if name.starts_with('.') => {}
            Err(_) => {
                let labels = Label::ALL.map(Label::name).join(", ");
                let text = format!("no label, left out; expected folders named {labels}");
                corpus.problems.push(Problem { place: path.display().to_string(), text });
            }
        }
    }
    Ok(any.then_some(corpus))
}

fn folder(place: &Place<'_>, label: Label, corpus: &mut Corpus) {
    let root = place.dir.join(label.name());
    let mut reader = Reader::default();
    for found in sources::find(&[root]) {
        let Ok(()) = reader.read(found, |name, message| {
            match message {
                Ok(bytes) => corpus.samples.push(sample(place, label, name, bytes)),
                Err(error) => {
                    let text = format!("can't be read: {error}");
                    corpus.problems.push(Problem { place: name.to_owned(), text });
                }
            }
            Ok::<(), std::convert::Infallible>(())
        });
    }
}

fn sample(place: &Place<'_>, label: Label, name: &str, bytes: &[u8]) -> Sample {
    let id = place.relative(name.as_ref());
    let below_label = id.split_once('/').map_or("", |(_, below)| below);
    Sample {
        origin: Origin::Mail,
        source: place.source(below_label),
        bytes: bytes.to_owned(),
        label,
        occasion: None,
        certain: true,
        flags: BTreeSet::new(),
        lang: None,
        group: place.scoped(&id),
        grouped: false,
        roles: Vec::new(),
        id,
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::{CorpusError, Origin, read};

    #[test]
    fn each_kind_of_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("mine");
        for (path, text) in [
            ("personal/a.eml", "A: 1"),
            ("personal/old/box", "From x\nA: 2\n\nFrom y\nA: 3\n"),
            ("pitch/md/cur/1:2,", "A: 4"),
            ("pitch/md/new/.keep", ""),
            ("pitch/notes.txt", "not mail"),
            ("Other/a.eml", "A: 5"),
            (".git/a.eml", "A: 6"),
        ] {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir(root.join("boilerplate")).unwrap();
        let corpus = read(&root).unwrap();
        let samples: Vec<_> = corpus
            .samples
            .iter()
            .map(|it| (it.id.as_str(), it.label.name(), it.source.as_str(), it.group.as_str()))
            .collect();
        assert_eq!(
            samples,
            [
                ("personal/a.eml", "personal", "mine", "mine/personal/a.eml"),
                ("personal/old/box#1", "personal", "old", "mine/personal/old/box#1"),
                ("personal/old/box#2", "personal", "old", "mine/personal/old/box#2"),
                ("pitch/md/cur/1:2,", "pitch", "md", "mine/pitch/md/cur/1:2,"),
            ]
        );
        assert!(corpus.samples.iter().all(|it| it.origin == Origin::Mail && it.certain));
        let problems: Vec<_> = corpus.problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].ends_with("Other: no label, left out; expected folders named personal, boilerplate, pitch, other"), "{problems:?}");
        assert!(problems[1].ends_with("boilerplate: no message in it"), "{problems:?}");
        assert_eq!(corpus.missing_labels().len(), 2);
    }

    #[test]
    fn no_corpus() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.txt"), "Dear all").unwrap();
        let error = read(dir.path()).unwrap_err();
        assert!(matches!(error, CorpusError::NoCorpus { .. }));
        assert!(error.to_string().contains("no corpus; expected a `labels.tsv`, folders named"));
        let error = read(&dir.path().join("gone")).unwrap_err();
        assert!(error.to_string().ends_with("gone: No such file or directory (os error 2)"));
    }
}
