//! FAULTS.md B26: 500 mails by one stranger cost at most a point of recall, whatever the owner did
//! with them.

use std::path::Path;

use serde_json::Value;

use crate::support::household::{BOILERPLATE, Household, PERSONAL, PITCH, mail};

const LABELS: [&str; 4] = ["personal", "boilerplate", "pitch", "other"];

/// What a stranger writes who wants personal wishes to be taken for pitches.
const SENTENCES: [&str; 8] = [
    "Liebe Petra, wie geht es Deinem Knie seit dem Sturz?",
    "Ich denke oft an unsere Fahrt nach Prag und an die Kinder.",
    "Wir haben uns so lange nicht gesehen, wollen wir telefonieren?",
    "Ich wünsche Dir, dass der Umbau bald fertig wird.",
    "Danke, dass Du uns beim Umzug geholfen hast!",
    "Die Oma lässt Dich grüßen, sie ist jetzt im Garten wieder mobil.",
    "Alles Liebe zum Geburtstag, und einen dicken Kuss von uns allen!",
    "Frohe Weihnachten, Dir und den Kindern, von Herzen Deine Anna",
];

/// What tells how to weigh the owner's mail: a habit of hers.
fn put_habit(household: &Household) {
    for number in 0..12 {
        let sender = |name: &str| format!("{name}{number}@mail.example");
        let board = "Frohe Weihnachten wünscht der Vorstand!";
        household.put(BOILERPLATE, &mail(number, &sender("club"), board));
        let firm = "Alles Gute zum Geburtstag wünscht die Firma!";
        household.put(PITCH, &mail(100 + number, &sender("firm"), firm));
        let friend = "Liebe Petra, ich denke an Dich. Wie war es in Prag?";
        household.put(PERSONAL, &mail(200 + number, &sender("friend"), friend));
    }
}

/// The recall of each label on the corpus of the project.
fn recall(household: &Household, model: &str) -> Vec<f64> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/corpus");
    let corpus = corpus.to_str().unwrap();
    household.done(&["train", "--out", model]);
    let figures = household.done(&["evaluate", "--json", "--model", model, corpus]);
    let figures: Value = serde_json::from_str(&figures).unwrap();
    LABELS.map(|it| figures["labels"][it]["recall"].as_f64().unwrap()).to_vec()
}

#[test]
fn five_hundred_mails_of_a_stranger_cost_a_point_of_recall_at_most() {
    let household = Household::with_maildir();
    put_habit(&household);
    let before = recall(&household, "before.model");
    for number in 0..500 {
        let text: Vec<&str> = (0..3).map(|it| SENTENCES[(number * 3 + it * 5) % 8]).collect();
        let stranger = format!("Anna <anna+{number}@stranger.example>");
        household.put(PITCH, &mail(1000 + number, &stranger, &text.join("\n")));
    }
    let after = recall(&household, "after.model");
    println!("recall {before:?}, then {after:?}");
    let info = household.done(&["model", "info", "--model", "after.model"]);
    let taught = info.lines().find(|it| it.contains("own mail")).unwrap();
    assert!(taught.contains(" 41 "), "36 mails of the habit and five of the stranger: {taught}");
    for (label, (before, after)) in LABELS.iter().zip(before.iter().zip(&after)) {
        assert!(after + 0.01 >= *before, "{label}: {after} after {before}");
    }
}
