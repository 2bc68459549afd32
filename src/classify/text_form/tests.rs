use proptest::prelude::*;

use super::field::{quoted, unquoted};
use super::*;
use crate::classify::experts::input_names;
use crate::classify::{Model, ModelError};

/// A model of a handful of terms, as text.
fn small() -> String {
    let mut text = format!(
        "{HEAD}\n# by hand\n\nsource\tco\t300\nsource\tout\\tbox\t2\n\
         figures\tmacro_f1=0.9123456789012345 burial_rate=0.01\n\
         setting\trole_reader\talpha=0.1 power=0.5 prior=0.5 sequence=0.3\n\
         setting\twords\talpha=0.1 power=0.5\nsetting\tlayout\talpha=0.5 power=0.5\n\
         setting\trole_mix\talpha=0.5 power=0.5\n\
         combiner\tbias\tpersonal=0 boilerplate=-0 pitch=1e-300 other=-0.25\n"
    );
    for name in input_names() {
        let own = |label: Label| f64::from(u8::from(name.ends_with(label.name())));
        let pairs = Label::ALL.map(|label| format!("{label}={}", own(label)));
        text += &format!("combiner\t{name}\t{}\n", pairs.join(" "));
    }
    text + "first\tsalutation=3\nnext\twish\twish=2 salutation=1\n\
            samples\troles\twish=8 offer=2\n\
            samples\twords\tpersonal=4 boilerplate=3 pitch=1.5 other=9\n\
            samples\tlayout\tpersonal=4 boilerplate=3 pitch=1.5 other=9\n\
            samples\trole_mix\tpersonal=4 boilerplate=3 pitch=1.5 other=9\n\
            sentence\tfest\troles wish=8\tlabels personal=1 boilerplate=3\n\
            sentence\t\u{e4}pfel\troles offer=2\tlabels pitch=1.5\n\
            sentence\tanna\tlabels personal=4\n\
            layout\t%html\tlabels boilerplate=2 pitch=1.5\nlayout\t%reply\tlabels personal=1\n\
            role\t=some offer\tlabels pitch=0.984375\nrole\t=some wish\n"
}

/// The small model, whose card counts so many mails.
pub(crate) fn small_model(mails: u64) -> Model {
    Model::from_text(&small().replace("\tco\t300", &format!("\tco\t{mails}"))).unwrap()
}

fn bytes(model: &Model) -> Vec<u8> {
    model.to_bytes().unwrap()
}

#[test]
fn the_builtin_model_has_the_same_bytes_again() {
    let model = Model::builtin().unwrap();
    let text = model.to_text();
    let again = Model::from_text(&text).unwrap();
    assert!(bytes(&again) == bytes(&model), "text lost something");
    assert!(again.to_text() == text, "text is not stable");
}

#[test]
fn a_model_by_hand() {
    let model = Model::from_text(&small()).unwrap();
    assert_eq!(model.card().sources, [("co".to_owned(), 300), ("out\tbox".to_owned(), 2)]);
    assert_eq!(model.card().figures.unwrap().macro_f1, 0.912_345_678_901_234_5);
    let statistics = model.statistics();
    let terms: Vec<&str> = statistics.sentence_terms.iter().collect();
    assert_eq!(terms, ["anna", "fest", "\u{e4}pfel"]);
    assert_eq!(statistics.words.terms[1], [1.0, 3.0, 0.0, 0.0]);
    assert_eq!(statistics.roles.terms[2][Role::Offer.index()], 2.0);
    assert_eq!(statistics.role_mix.terms[0][Label::Pitch.index()], 63.0 / 64.0);
    assert_eq!(statistics.sequence.next[Role::Wish.index()][Role::Salutation.index()], 1.0);
    assert!(model.settings().combiner.bias[1].is_sign_negative());
    let text = model.to_text();
    assert!(text.contains("sentence\tfest\troles wish=8\tlabels personal=1 boilerplate=3\n"));
    assert!(text.contains("source\tout\\tbox\t2\n") && text.contains("\nrole\t=some wish\n"));
    let again = Model::from_bytes(&bytes(&model)).unwrap();
    assert_eq!(again.to_text(), text);
    assert_eq!(bytes(&Model::from_text(&text).unwrap()), bytes(&model));
    assert_eq!(bytes(&Model::from_text(&text.replace('\n', "\r\n")).unwrap()), bytes(&model));
}

/// Changes the text of the small model, of which then a line is wrong.
#[track_caller]
fn check(change: (&str, &str), expected: &str) {
    let text = small();
    let (before, behind) = text.split_once(change.0).expect("the change applies");
    let error = Model::from_text(&format!("{before}{}{behind}", change.1)).unwrap_err();
    let lines = before.matches('\n').count();
    assert_eq!(error.line, lines + 1, "{error}");
    assert!(error.expected.contains(expected), "`{error}` does not say `{expected}`");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    check(("text 1", "text 2"), "`grussd model as text 1`, found `grussd model as text 2`");
    check(("source\tco\t300", "source\tco\tmany"), "a number of mails, found `many`");
    check(("source\tout", "source\tco\t300\nsource\tout"), "`source co` once, found it again");
    check(("source\tco\t300", "source\tco"), "`source NAME COUNT` with tabs");
    check(("out\\tbox", "out\\xbox"), "found `xbox`");
    check(("out\\tbox", "out\\u{d800}"), "\\u{...}`, found `u{d800}`");
    check(("macro_f1=0.9", "macro_f1=9"), "a number from 0 to 1");
    check((" burial_rate=0.01", ""), "a value for `burial_rate`");
    check(("alpha=0.1", "alpha=0"), "an alpha above 0");
    check(("prior=0.5", "prior=inf"), "a number, found `inf`");
    check(("prior=0.5", "prior"), "`name=value`, found `prior`");
    check(("prior=0.5", "prior=1 prior=1"), "`prior` once");
    check(
        ("setting\twords", "setting\tletters"),
        "one of words, layout, role_mix, found `letters`",
    );
    check(("words.personal", "words.private"), "an input of the combiner");
    check(("next\twish", "next\twishes"), "one of salutation, wish,");
    check(("salutation=3", "salutation=-3"), "a number from 0 on");
    check(("wish=8", "wish=0.1"), "steps of 1/64");
    check(("wish=8", "wish=99999999"), "steps of 1/64");
    check(("\tlabels pitch=1.5\n", "\tpitch=1.5\n"), "`roles ...` or `labels ...`");
    check(("labels pitch=0.984375", "roles wish=1"), "`labels ...`, found `roles wish=1`");
    check(("role\t=some wish", "rolle\t=some wish"), "one of source, figures, setting,");
}

#[test]
fn what_is_missing_is_said_behind_the_last_line() {
    let text = small();
    let last = text.lines().count();
    for (line, expected) in [
        ("setting\tlayout\talpha=0.5 power=0.5\n", "a line `setting layout`"),
        ("combiner\tbias\tpersonal=0 boilerplate=-0 pitch=1e-300 other=-0.25\n", "combiner bias`"),
    ] {
        let error = Model::from_text(&text.replace(line, "")).unwrap_err();
        assert!(error.line == last && error.expected.contains(expected), "{error}");
    }
    let termless: String =
        text.split_inclusive('\n').filter(|it| !it.starts_with("layout")).collect();
    let error = Model::from_text(&termless).unwrap_err();
    assert_eq!(error.line, last - 1, "{error}");
    assert_eq!(Model::from_text("").unwrap_err().to_string(), format!("line 1: expected `{HEAD}`"));
    assert!(matches!(Model::from_bytes(text.as_bytes()), Err(ModelError::NoModel)));
}

#[test]
fn an_endless_line_is_shown_short() {
    let error = Model::from_text(&"ü".repeat(1 << 20)).unwrap_err();
    assert!(error.to_string().chars().count() < 120, "{error}");
}

proptest! {
    #[test]
    fn terms_stay_in_their_field(term in "(?s).{0,20}|[\\\\\t\n\r\u{1b}\u{202e}u{}0-9]{0,12}") {
        let quoted = quoted(&term);
        let stays = !quoted.contains(['\t', '\n', '\r', '\u{1b}']);
        prop_assert!(stays, "{:?}", quoted);
        prop_assert_eq!(unquoted(&quoted), Ok(term));
    }

    #[test]
    fn no_text_panics(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..20_usize, "(?s).{0,6}|[\t\n= \\\\0-9.e-]{0,6}"), 1..6)
    ) {
        let mut text: Vec<char> = small().chars().collect();
        for (at, len, new) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + len).min(text.len());
            text.splice(at..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        let lines = text.lines().count();
        match Model::from_text(&text) {
            Ok(model) => prop_assert_eq!(
                bytes(&Model::from_text(&model.to_text()).unwrap()),
                bytes(&model)
            ),
            Err(error) => prop_assert!((1..=lines + 1).contains(&error.line), "{}", error),
        }
    }

    #[test]
    fn no_line_panics(line in "(?s).{0,80}") {
        let _ = Model::from_text(&format!("{HEAD}\n{line}"));
        let _ = Model::from_text(&line);
    }
}
