//! A folder with `labels.tsv`: a head line that names the columns, then one message a row.
//!
//! `path` (within the folder) and `class` are needed; `occasion`, `certainty`, `flags`, `lang`,
//! `group` and `source` are used where they are; other columns are not looked at. Fields may stand
//! in double quotes, lines may end with CRLF, a byte order mark may stand in front.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path};

use super::{Corpus, CorpusError, Origin, Place, Problem, Sample, reader, values};

/// Reads the messages that the table names.
pub(super) fn read(place: &Place<'_>, table: &Path) -> Result<Corpus, CorpusError> {
    let bytes = fs::read(table)
        .map_err(|source| CorpusError::Unreadable { path: table.to_owned(), source })?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let columns = Columns::read(lines.next().unwrap_or_default())
        .map_err(|text| CorpusError::Table { path: table.to_owned(), text })?;
    let mut corpus = Corpus::default();
    let mut seen = BTreeSet::new();
    for (line, number) in lines.zip(2..) {
        if line.trim().is_empty() {
            continue;
        }
        match columns.sample(place, line) {
            Ok(sample) if !seen.insert(sample.id.clone()) => {
                let text = format!("`{}` stands in the table twice, left out here", sample.id);
                corpus.problems.push(problem(table, number, text));
            }
            Ok(sample) => corpus.samples.push(sample),
            Err(text) => corpus.problems.push(problem(table, number, text)),
        }
    }
    Ok(corpus)
}

fn problem(table: &Path, line: usize, text: String) -> Problem {
    Problem { place: format!("{}:{line}", table.display()), text }
}

/// The columns in their order, by lower-case name.
struct Columns(Vec<String>);

impl Columns {
    fn read(head: &str) -> Result<Self, String> {
        let names: Vec<String> = fields(head).iter().map(|it| it.trim().to_lowercase()).collect();
        let has = |name: &str| names.iter().any(|it| it == name);
        if has("path") && has("class") {
            return Ok(Columns(names));
        }
        let found = names.join(", ");
        Err(format!(
            "expected a head line that names the columns `path` and `class`, separated by tabs; \
             found `{found}`"
        ))
    }

    fn sample(&self, place: &Place<'_>, line: &str) -> Result<Sample, String> {
        let fields = fields(line);
        let value = |name: &str| {
            let at = self.0.iter().position(|it| it == name);
            at.and_then(|at| fields.get(at)).map_or("", |it| it.trim())
        };
        let path = Path::new(value("path"));
        let inside = path.components().all(|it| matches!(it, Component::Normal(_)));
        if !inside || value("path").is_empty() {
            return Err(format!("expected a path within the corpus, found `{}`", value("path")));
        }
        let label = values::label(value("class"))?;
        let id = place.relative(path);
        let group = values::given(value("group"));
        let sample = Sample {
            origin: Origin::Mail,
            source: values::given(value("source")).unwrap_or_else(|| place.source(&id)),
            bytes: Vec::new(),
            label,
            occasion: values::occasion(value("occasion"))?,
            certain: match values::given(value("certainty")) {
                Some(certainty) => values::certain(&certainty)?,
                None => true,
            },
            flags: values::flags(value("flags"))?,
            lang: values::given(value("lang")),
            grouped: group.is_some(),
            group: place.scoped(group.as_ref().unwrap_or(&id)),
            roles: Vec::new(),
            id,
        };
        let bytes = reader::message(&place.dir.join(path))
            .map_err(|error| format!("{} can't be read: {error}", path.display()))?;
        Ok(Sample { bytes, ..sample })
    }
}

/// Splits a row at its tabs. Within double quotes a tab separates nothing and `""` is a quote.
fn fields(line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let quoted = rest.strip_prefix('"').and_then(quoted_field);
        let (field, behind) = match quoted {
            Some((field, behind)) => (field, behind.strip_prefix('\t')),
            None => match rest.split_once('\t') {
                Some((field, behind)) => (field.to_owned(), Some(behind)),
                None => (rest.to_owned(), None),
            },
        };
        fields.push(field);
        match behind {
            Some(behind) => rest = behind,
            None => return fields,
        }
    }
}

/// What stands up to the closing quote, which must end the field, and what stands behind it.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"')?;
        field.push_str(before);
        if let Some(behind) = behind.strip_prefix('"') {
            field.push('"');
            rest = behind;
        } else {
            let ends = behind.is_empty() || behind.starts_with('\t');
            return ends.then_some((field, behind));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Flag, Label, Occasion};
    use crate::corpus::read;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        assert_eq!(fields(line), expected);
    }

    #[test]
    fn rows() {
        check("a\tb", &["a", "b"]);
        check("\"a\tb\"\t\"say \"\"hi\"\"\"\t", &["a\tb", "say \"hi\"", ""]);
        check("\"a\" b\t\"c", &["\"a\" b", "\"c"]);
        check("", &[""]);
    }

    fn corpus(table: &str) -> Result<Corpus, CorpusError> {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("dev");
        std::fs::create_dir_all(root.join("club")).unwrap();
        std::fs::write(root.join("club/ä 1.eml"), "From x\nA: 1\n").unwrap();
        std::fs::write(root.join("2.eml"), "A: 2\n").unwrap();
        std::fs::write(root.join("labels.tsv"), table).unwrap();
        read(&root)
    }

    #[test]
    fn a_table_with_everything() {
        let corpus = corpus(
            "\u{feff}class\tpath\toccasion\tcertainty\tflags\tlang\tgroup\tsource\thow\r\n\
             personal\t\"club/ä 1.eml\"\tnew_year\tlow\tcall, reply\tde\tg1\tletters\tread\r\n\r\n\
             other\t2.eml\t-\t-\t-\t-\t-\t-\r\n",
        )
        .unwrap();
        assert_eq!(corpus.problems, []);
        let [second, first] = corpus.samples.as_slice() else { panic!("{corpus:?}") };
        assert_eq!((first.id.as_str(), first.bytes.as_slice()), ("club/ä 1.eml", &b"A: 1\n"[..]));
        assert_eq!((first.label, first.occasion), (Label::Personal, Some(Occasion::NewYear)));
        assert_eq!(first.flags, BTreeSet::from([Flag::Call, Flag::Reply]));
        assert_eq!((first.certain, first.lang.as_deref()), (false, Some("de")));
        assert_eq!((first.source.as_str(), first.group.as_str()), ("letters", "dev/g1"));
        assert!(first.grouped && !second.grouped && second.certain);
        assert_eq!((second.source.as_str(), second.group.as_str()), ("dev", "dev/2.eml"));
        assert_eq!((second.occasion, second.lang.as_ref()), (None, None));
    }

    #[test]
    fn bad_rows_are_named_and_left_out() {
        let corpus = corpus(
            "path\tclass\tflags\n2.eml\tother\n2.eml\tpitch\nclub/ä 1.eml\tPersonal\n3.eml\tother\n\
             ../x.eml\tother\n\tother\n2.eml\n2.eml\tother\tloud\n",
        )
        .unwrap();
        assert_eq!(corpus.samples.len(), 1);
        let problems: Vec<_> = corpus
            .problems
            .iter()
            .map(|it| (it.place.rsplit('/').next().unwrap_or_default(), it.text.as_str()))
            .collect();
        let expected = [
            ("labels.tsv:3", "`2.eml` stands in the table twice, left out here"),
            (
                "labels.tsv:4",
                "expected the class personal, boilerplate, pitch or other, found `Personal`",
            ),
            ("labels.tsv:5", "3.eml can't be read: No such file or directory (os error 2)"),
            ("labels.tsv:6", "expected a path within the corpus, found `../x.eml`"),
            ("labels.tsv:7", "expected a path within the corpus, found ``"),
            ("labels.tsv:8", "expected the class personal, boilerplate, pitch or other, found ``"),
            (
                "labels.tsv:9",
                "expected flags of platform, ecard, mass, ask, sale, donation, chain, dormant, \
                 call, reply or auto, found `loud`",
            ),
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_table_without_its_columns() {
        let error = corpus("file,label\n2.eml,other\n").unwrap_err().to_string();
        assert!(error.contains("labels.tsv:1: expected a head line"), "{error}");
        assert!(error.ends_with("found `file,label`"), "{error}");
    }
}
