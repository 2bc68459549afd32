//! Training, and a model's ways: on disk, as text, installed and back again.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use grussd::command::destination::Destination;
use grussd::command::train::train;
use grussd::verdict::Thresholds;
use tempfile::TempDir;

use crate::support::program::{Run, grussd, run};

/// Sentences with the marks of their roles, by label; each mail takes some by its number.
const SENTENCES: [(&str, [&str; 6]); 4] = [
    (
        "personal",
        [
            "{I}Wie geht es Deinem Knie seit dem Sturz?",
            "{X}Ich wünsche Dir, dass der Umbau bald fertig wird.",
            "{N}Wir waren mit den Kindern an der Ostsee.",
            "{C}Wollen wir im Januar telefonieren?",
            "{I}Ich denke oft an unsere Fahrt nach Prag.",
            "{U}Danke, dass Du uns beim Umzug geholfen hast!",
        ],
    ),
    (
        "boilerplate",
        [
            "{W}Frohe Weihnachten und ein gesundes neues Jahr!",
            "{W}Wir wünschen Ihnen ein besinnliches Fest.",
            "{T}Wir danken für das Vertrauen und die gute Zusammenarbeit.",
            "{W}Alles Gute zum Geburtstag!",
            "{P}Möge das Licht der Kerzen leuchten.",
            "{W}Einen guten Rutsch wünscht das Team.",
        ],
    ),
    (
        "pitch",
        [
            "{O}Nur bis Silvester: zwanzig Prozent auf alle Kurse.",
            "{K}Jetzt im Shop bestellen!",
            "{W}Frohe Weihnachten!",
            "{O}Unser Angebot für das neue Jahr liegt bei.",
            "{K}Buchen Sie noch heute einen Termin.",
            "{A}Haben Sie Bedarf an einer Beratung?",
        ],
    ),
    (
        "other",
        [
            "{M}Die Rechnung für November liegt bei.",
            "{G}Die Sitzung beginnt um zehn Uhr im großen Raum.",
            "{M}Der Server wird heute Nacht neu gestartet.",
            "{L}Diese Nachricht wurde automatisch erzeugt.",
            "{G}Bitte schicken Sie die Unterlagen bis Freitag.",
            "{M}Das Protokoll der letzten Woche ist fertig.",
        ],
    ),
];

/// A corpus in the text form: six writers, each with three mails of every label.
fn written(dir: &Path) -> PathBuf {
    let corpus = dir.join("written");
    for (number, world) in (0..).zip(["AA", "BB", "CC", "DD", "EE", "FF"]) {
        let mut text = String::new();
        for (at, (label, sentences)) in (0..).zip(SENTENCES) {
            for mail in 0..3 {
                let id = 3 * at + mail;
                let [first, second] =
                    [mail + number, mail + number + 2].map(|it| sentences[it % 6]);
                text += &format!(
                    "=== {world}{id} | {label} | christmas | high | - | de | -\n\
                     From: w{number}@{world}.example\nTo: petra@example.org\n\
                     Subject: {{S}}Gruß\nDate: Tue, 23 Dec 2025 17:42:10 +0100\nFormat: text\n\n\
                     {{S}}Hallo Petra, {first} {second}\n{{S}}Viele Grüße\n\n"
                );
            }
        }
        fs::create_dir_all(corpus.join(world.to_lowercase())).unwrap();
        fs::write(corpus.join(format!("{}/01.txt", world.to_lowercase())), text).unwrap();
    }
    corpus
}

/// The same mails as files in folders named after their labels: no sentence is marked.
fn folders(dir: &Path) -> PathBuf {
    let corpus = dir.join("folders");
    for (label, sentences) in SENTENCES {
        fs::create_dir_all(corpus.join(label)).unwrap();
        for number in 0..24 {
            // Without its mark; too short to be a near-duplicate of its like.
            let (_, sentence) = sentences[number % 6].split_once('}').unwrap();
            let mail = format!(
                "From: w{number}@{label}.example\nTo: petra@example.org\nSubject: Hallo\n\
                 Content-Type: text/plain; charset=utf-8\n\n{sentence}\n"
            );
            fs::write(corpus.join(format!("{label}/{number}.eml")), mail).unwrap();
        }
    }
    corpus
}

/// Runs the program with this home; it must succeed.
#[track_caller]
fn done(home: &TempDir, arguments: &[&str]) -> Run {
    let run = run(grussd(home.path(), arguments));
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{arguments:?}: {run:?}");
    run
}

fn state(home: &TempDir) -> PathBuf {
    home.path().join(".local/state/grussd")
}

#[test]
fn the_same_corpora_give_the_same_bytes() {
    let home = TempDir::new().unwrap();
    let corpora = [written(home.path())];
    let mut models = Vec::new();
    let mut figures = Vec::new();
    for name in ["a.model", "b.model"] {
        let file = home.path().join(name);
        let (mut out, mut log) = (Vec::new(), Vec::new());
        let tally = train(
            &corpora,
            &Destination::File(file.clone()),
            Thresholds::default(),
            |_| (),
            &mut out,
            &mut log,
        )
        .unwrap();
        assert_eq!((tally.done, tally.failed, log.len()), (72, 0, 0));
        models.push(fs::read(&file).unwrap());
        figures.push(String::from_utf8(out).unwrap().replace(name, ""));
    }
    assert!(models[0] == models[1], "two runs differ");
    assert_eq!(figures[0], figures[1]);
    assert!(figures[0].contains("| macro-F1 (labels that occur)"), "{}", figures[0]);
    // In a process of its own, with hashes seeded anew.
    let file = home.path().join("c.model");
    let run = done(&home, &["train", "--corpus", "written", "--out", "c.model"]);
    assert!(run.stdout.ends_with("\nwritten to c.model\n"), "{}", run.stdout);
    assert!(fs::read(&file).unwrap() == models[0], "another process differs");
    assert!(!state(&home).exists(), "--out installs nothing");
}

#[test]
fn folders_of_labels_are_enough_to_train_on() {
    let home = TempDir::new().unwrap();
    folders(home.path());
    done(&home, &["train", "--corpus", "folders", "--out", "a.model"]);
    let run = done(&home, &["evaluate", "--json", "--model", "a.model", "folders"]);
    let figures: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(figures["accuracy"].as_f64().unwrap() > 0.9, "{}", run.stdout);
}

#[test]
fn text_and_back_installed_and_rolled_back() {
    let home = TempDir::new().unwrap();
    written(home.path());
    done(&home, &["train", "--corpus", "written", "--out", "a.model"]);
    let own = fs::read(home.path().join("a.model")).unwrap();
    let text = done(&home, &["model", "dump", "--model", "a.model"]).stdout;
    assert!(text.starts_with("grussd model as text 1\nsource\taa\t12\n"), "{text:.80}");
    fs::write(home.path().join("a.txt"), &text).unwrap();

    let info = done(&home, &["model", "info"]).stdout;
    assert!(info.starts_with("from      built in\nform      1\n"), "{info}");
    let refusal = run(grussd(home.path(), &["model", "rollback"]));
    assert_eq!(refusal.status, 1);
    assert!(refusal.stderr.starts_with("grussd: no model was installed before"), "{refusal:?}");

    done(&home, &["model", "load", "a.txt"]);
    let installed = || fs::read(state(&home).join("model")).unwrap();
    assert!(installed() == own, "text lost something");
    let info = done(&home, &["model", "info"]).stdout;
    assert!(
        info.starts_with("from      installed, ") && info.contains("| ff     |    12 |"),
        "{info}"
    );

    // Another one, over standard input: one count more.
    let changed = text.replacen("source\taa\t12\n", "source\taa\t13\n", 1);
    let mut load = grussd(home.path(), &["model", "load", "-"]);
    let mut child =
        load.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(changed.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(done(&home, &["model", "dump"]).stdout, changed);
    done(&home, &["model", "rollback"]);
    assert!(installed() == own, "not the model before");
    assert_eq!(done(&home, &["model", "dump"]).stdout, text);
}

#[test]
fn a_damaged_model_stops_and_the_one_before_comes_back() {
    let home = TempDir::new().unwrap();
    written(home.path());
    done(&home, &["train", "--corpus", "written", "--out", "a.model"]);
    done(&home, &["model", "load", "a.model"]);
    let dump = done(&home, &["model", "dump", "--model", "a.model"]).stdout;
    fs::write(home.path().join("b.txt"), dump.replacen("\taa\t12\n", "\taa\t13\n", 1)).unwrap();
    done(&home, &["model", "load", "b.txt"]);
    let model = state(&home).join("model");
    let mut bytes = fs::read(&model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&model, bytes).unwrap();
    fs::write(home.path().join("a.eml"), "Subject: Hi\n\nHi\n").unwrap();
    for arguments in [["classify", "a.eml"], ["model", "info"], ["model", "dump"]] {
        let run = run(grussd(home.path(), &arguments));
        assert_eq!((run.status, run.stdout.as_str()), (1, ""), "{arguments:?}");
        assert!(run.stderr.contains("checksum") && run.stderr.lines().count() == 1, "{run:?}");
    }
    done(&home, &["model", "rollback"]);
    assert!(fs::read(&model).unwrap() == fs::read(home.path().join("a.model")).unwrap());
    done(&home, &["classify", "a.eml"]);
}

#[test]
fn a_worse_model_is_not_installed() {
    let home = TempDir::new().unwrap();
    let corpus = written(home.path());
    done(&home, &["train", "--corpus", "written", "--force"]);
    let model = state(&home).join("model");
    let first = fs::read(&model).unwrap();
    // The same mails again are no worse than themselves.
    done(&home, &["train", "--corpus", "written"]);
    assert!(fs::read(&model).unwrap() == first);

    // As many mails, but labelled at random.
    for entry in fs::read_dir(&corpus).unwrap() {
        let file = entry.unwrap().path().join("01.txt");
        let text = fs::read_to_string(&file).unwrap();
        let labels = ["personal", "boilerplate", "pitch", "other"];
        let mut at = 0;
        let lines = text.lines().map(|line| match line.strip_prefix("=== ") {
            Some(head) => {
                at += 1;
                let mut fields: Vec<&str> = head.split(" | ").collect();
                fields[1] = labels[(at * 7 + at / 3) % 4];
                format!("=== {}", fields.join(" | "))
            }
            None => line.to_owned(),
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        fs::write(&file, text).unwrap();
    }
    let refused = run(grussd(home.path(), &["train", "--corpus", "written"]));
    assert_eq!(refused.status, 1);
    assert!(refused.stdout.contains("| burial rate"), "the figures are shown: {refused:?}");
    let line = &refused.stderr;
    assert!(line.starts_with("grussd: not installed, since it is worse than the model in use"));
    assert!(line.contains("macro-F1 0.") && line.contains("--force"), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(fs::read(&model).unwrap() == first);
    done(&home, &["train", "--corpus", "written", "--force"]);
    assert!(fs::read(&model).unwrap() != first);
    assert!(fs::read(state(&home).join("model.previous")).unwrap() == first);
}

#[test]
fn what_cannot_be_read_of_a_corpus_is_said_and_the_rest_learnt() {
    let home = TempDir::new().unwrap();
    let corpus = written(home.path());
    fs::write(corpus.join("aa/02.txt"), "=== XX1 | personal\n").unwrap();
    let run = run(grussd(home.path(), &["train", "--corpus", "written", "--out", "a.model"]));
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("aa/02.txt:1: expected") && run.stderr.lines().count() == 1);
    assert!(home.path().join("a.model").exists());
}
