//! A TOML document taken apart into its keys, each with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Value;
use toml::de::{DeInteger, DeTable, DeValue};

use super::key::KeyPath;

/// One key with its value. A table counts as a value only where it is empty or in a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Where it stands.
    pub(super) path: KeyPath,
    /// What it says.
    pub(super) value: Value,
}

/// A document and where its parts are, in bytes.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Its keys.
    pub(super) entries: Vec<Entry>,
    /// Names of keys and tables; of a table that is opened several times the first.
    pub(super) keys: BTreeMap<KeyPath, Range<usize>>,
    /// Values of the entries.
    pub(super) values: BTreeMap<KeyPath, Range<usize>>,
}

/// A place where a text is no TOML. The message quotes nothing but names of keys.
#[derive(Debug)]
pub(super) struct SyntaxError {
    /// Where, in bytes.
    pub(super) offset: usize,
    /// What is wrong.
    pub(super) message: String,
}

impl Document {
    /// Reads TOML 1.1; stops at the first place that is none.
    pub(super) fn parse(text: &str) -> Result<Self, SyntaxError> {
        let root = DeTable::parse(text).map_err(|error| SyntaxError {
            offset: error.span().map_or(0, |span| span.start),
            message: error.message().replace('\n', ", "),
        })?;
        let mut document = Document::default();
        document.take_apart(&KeyPath::default(), root.get_ref());
        Ok(document)
    }

    fn take_apart(&mut self, table: &KeyPath, content: &DeTable<'_>) {
        for (name, value) in content {
            let path = table.child(name.get_ref());
            self.keys.insert(path.clone(), name.span());
            match value.get_ref() {
                DeValue::Table(inner) if !inner.is_empty() => self.take_apart(&path, inner),
                other => {
                    self.values.insert(path.clone(), value.span());
                    self.entries.push(Entry { path, value: owned(other) });
                }
            }
        }
    }
}

/// Reads a text as one TOML value, if it is one.
pub(super) fn parse_value(text: &str) -> Option<Value> {
    DeValue::parse(text).ok().map(|value| owned(value.get_ref()))
}

fn owned(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => integer(number),
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(switch) => Value::Boolean(*switch),
        DeValue::Datetime(date) => Value::Datetime(*date),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| owned(item.get_ref())).collect())
        }
        DeValue::Table(table) => Value::Table(
            table.iter().map(|(name, item)| (name.to_string(), owned(item.get_ref()))).collect(),
        ),
    }
}

/// A number that no integer holds is one that no key takes: the next best float says so.
fn integer(number: &DeInteger<'_>) -> Value {
    i64::from_str_radix(number.as_str(), number.radix()).map_or_else(
        |_| Value::Float(number.as_str().parse().unwrap_or(f64::INFINITY)),
        Value::Integer,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_place() {
        let text = "state_dir = \"/a\"\r\n[me]\nnames = [\"ä\",\n \"b\"]\n[filing]\n\
                    [account.main.imap]\nport = 0x3e1\nfolders.sent = false\n";
        let document = Document::parse(text).unwrap();
        let found: Vec<(String, &str, String)> = document
            .entries
            .iter()
            .map(|entry| {
                let key = &document.keys[&entry.path];
                (entry.path.to_string(), text.get(key.clone()).unwrap(), entry.value.to_string())
            })
            .collect();
        let found: Vec<(&str, &str, &str)> =
            found.iter().map(|(path, key, value)| (path.as_str(), *key, value.as_str())).collect();
        assert_eq!(
            found,
            [
                ("account.main.imap.folders.sent", "sent", "false"),
                ("account.main.imap.port", "port", "993"),
                ("filing", "filing", "{}"),
                ("me.names", "names", "[\"ä\", \"b\"]"),
                ("state_dir", "state_dir", "\"/a\""),
            ]
        );
        let main = &document.keys[&KeyPath::from(["account", "main"])];
        assert_eq!(text.get(main.clone()).unwrap(), "main");
        let names = &document.values[&KeyPath::from(["me", "names"])];
        assert_eq!(text.get(names.clone()).unwrap(), "[\"ä\",\n \"b\"]");
    }

    #[test]
    fn huge_numbers_are_no_integers() {
        let document = Document::parse("a = 99999999999999999999").unwrap();
        assert!(document.entries[0].value.is_float());
    }

    #[test]
    fn a_list_of_tables_is_a_value() {
        let document = Document::parse("[[account]]\nname = \"x\"\n").unwrap();
        assert!(document.entries[0].value.is_array());
    }
}
