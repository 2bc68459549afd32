//! The form in which the project's own mails are kept: `.txt` files at any depth, read by
//! [`written`](super::written). IDs and groups are those of a folder.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::written::{Entry, is_written, parse};
use super::{Corpus, Origin, Place, Problem, Sample, bank, compose};

/// Extension of the files of the sentence bank.
const BANK: &str = "bank";

/// Reads every `.txt` and `.bank` file below the folder; nothing if none of them is of this format.
pub(super) fn read(place: &Place<'_>) -> io::Result<Option<Corpus>> {
    let mut corpus = Corpus::default();
    let mut files = Vec::new();
    text_files(place.dir, &mut files, &mut corpus.problems)?;
    let mut any = false;
    // Where each ID of a folder stands first.
    let mut known: HashMap<(PathBuf, String), String> = HashMap::new();
    for path in files {
        let shown = path.display().to_string();
        let mut problem = |line: usize, text: String| {
            corpus.problems.push(Problem { place: format!("{shown}:{line}"), text });
        };
        let text = match fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => {
                let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
                let line = before.filter(|&&byte| byte == b'\n').count() + 1;
                problem(line, "expected UTF-8".to_owned());
                continue;
            }
            Err(error) => {
                problem(1, format!("can't be read: {error}"));
                continue;
            }
        };
        if path.extension().is_some_and(|it| it == BANK) {
            let (sentences, faults) = bank::parse(&text);
            corpus.sentences.extend(sentences);
            for line in faults {
                problem(line, "expected the letter of a role, a blank, a sentence".to_owned());
            }
            continue;
        }
        any |= is_written(&text);
        let (entries, faults) = parse(&text);
        for fault in faults {
            problem(fault.line, fault.text);
        }
        let folder = path.parent().unwrap_or(place.dir).to_owned();
        for entry in entries {
            let here = format!("{shown}:{}", entry.line);
            let key = (folder.clone(), entry.id.clone());
            match known.get(&key) {
                Some(first) => {
                    problem(entry.line, format!("the ID {} stands at {first} too", entry.id));
                }
                None => {
                    known.insert(key, here);
                    corpus.samples.push(sample(place, &path, &entry));
                }
            }
        }
    }
    Ok(any.then_some(corpus))
}

/// Lists the `.txt` files below a folder; a folder below it that can't be read is a problem.
fn text_files(
    folder: &Path,
    files: &mut Vec<PathBuf>,
    problems: &mut Vec<Problem>,
) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a folder is not followed: it could lead back here.
        if entry.file_type()?.is_dir() {
            if let Err(error) = text_files(&path, files, problems) {
                let text = format!("can't be read: {error}");
                problems.push(Problem { place: path.display().to_string(), text });
            }
        } else if path.extension().is_some_and(|it| it == "txt" || it == BANK) {
            files.push(path);
        }
    }
    Ok(())
}

fn sample(place: &Place<'_>, path: &Path, entry: &Entry) -> Sample {
    let id = format!("{}#{}", place.relative(path), entry.id);
    let folder = place.relative(path.parent().unwrap_or(place.dir));
    let group = entry.group.as_ref().map(|group| match folder.as_str() {
        "" => group.clone(),
        folder => format!("{folder}/{group}"),
    });
    Sample {
        origin: Origin::Written,
        source: entry.world(),
        bytes: compose::message(entry),
        label: entry.label,
        occasion: Some(entry.occasion),
        certain: entry.certain,
        flags: entry.flags.clone(),
        lang: Some(entry.lang.clone()),
        grouped: group.is_some(),
        group: place.scoped(group.as_ref().unwrap_or(&id)),
        roles: entry.sentences(),
        id,
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::{Origin, read};

    fn mail(id: &str, group: &str) -> String {
        format!(
            "=== {id} | pitch | easter | high | sale | de | {group}\nFrom: a@x.example\n\
             To: b@x.example\nSubject: {{O}}Eier\nDate: Thu, 1 Apr 2021 10:00:00 +0200\n\
             Format: text\n\n{{O}}Zehn Eier zum Preis von neun.\n\n"
        )
    }

    #[test]
    fn files_of_several_folders() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("corpus");
        std::fs::create_dir_all(root.join("xy/more")).unwrap();
        std::fs::write(root.join("xy/01.txt"), mail("XY1", "g") + &mail("XY2", "-")).unwrap();
        std::fs::write(root.join("xy/02.txt"), mail("XY2", "g") + &mail("XY3", "g")).unwrap();
        std::fs::write(root.join("xy/more/03.txt"), mail("XY1", "g")).unwrap();
        std::fs::write(root.join("xy/04.txt"), "=== XY5\n").unwrap();
        std::fs::write(root.join("xy/05.txt"), b"\n\n=== \xff\n").unwrap();
        std::fs::write(root.join("README.md"), "=== about").unwrap();
        let corpus = read(&root).unwrap();
        let samples: Vec<_> = corpus
            .samples
            .iter()
            .map(|it| (it.id.as_str(), it.group.as_str(), it.grouped))
            .collect();
        assert_eq!(
            samples,
            [
                ("xy/01.txt#XY1", "corpus/xy/g", true),
                ("xy/01.txt#XY2", "corpus/xy/01.txt#XY2", false),
                ("xy/02.txt#XY3", "corpus/xy/g", true),
                ("xy/more/03.txt#XY1", "corpus/xy/more/g", true),
            ]
        );
        let first = &corpus.samples[0];
        assert_eq!((first.origin, first.source.as_str()), (Origin::Written, "xy"));
        assert_eq!(first.roles.len(), 2);
        assert!(first.bytes.ends_with(b"Zehn Eier zum Preis von neun.\r\n"));
        let root = root.display();
        let problems: Vec<_> = corpus.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                format!("{root}/xy/02.txt:1: the ID XY2 stands at {root}/xy/01.txt:10 too"),
                format!(
                    "{root}/xy/04.txt:1: expected `ID | class | occasion | certainty | flags | lang | \
                 group`, 7 fields, found 1"
                ),
                format!("{root}/xy/05.txt:3: expected UTF-8"),
            ]
        );
    }
}
