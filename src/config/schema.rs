//! Which keys there are and what type each takes, asked of [`Raw`] itself.
//!
//! serde stops at the first error. Every key of `Raw` is optional, though, so a document that
//! holds a single key is a whole one: the keys of a file are tried one by one, and each gives its
//! own error, with the keys that would have been known at its place.

use std::cell::Cell;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use toml::Value;

use super::key::KeyPath;
use super::raw::Raw;

/// Why a key can't stand in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nothing has this name at this place.
    Unknown {
        /// The unknown key or table: a prefix of what was tried.
        path: KeyPath,
        /// What is known there instead.
        known: &'static [&'static str],
    },
    /// It takes another type.
    Mismatch {
        /// The key, or a table of which one was tried as a key, or the other way round.
        path: KeyPath,
    },
}

/// Tries one key.
pub(super) fn verify(path: &KeyPath, value: &Value) -> Result<(), Refusal> {
    let depth = Cell::new(0);
    let names = path.names();
    let branch = Branch { rest: &names, value, level: 0, depth: &depth };
    match Raw::deserialize(branch) {
        Ok(_) => Ok(()),
        Err(Refused { known: Some(known) }) => {
            Err(Refusal::Unknown { path: path.prefix(depth.get() + 1), known })
        }
        Err(Refused { known: None }) => Err(Refusal::Mismatch { path: path.prefix(depth.get()) }),
    }
}

/// Every key there is, tables left out; an account is called `NAME`.
pub(super) fn all_keys() -> Vec<KeyPath> {
    let mut keys = Vec::new();
    let mut open = vec![KeyPath::default()];
    while let Some(path) = open.pop() {
        let placeholder = path.child("NAME");
        match (known_in(&path), known_in(&placeholder)) {
            (Some(known), _) => open.extend(known.iter().map(|name| path.child(name))),
            (None, Some(_)) => open.push(placeholder),
            (None, None) => keys.push(path),
        }
    }
    keys.sort();
    keys
}

/// The keys that a table knows; none if it isn't one with fixed keys.
fn known_in(table: &KeyPath) -> Option<&'static [&'static str]> {
    let probe = table.child("\0");
    match verify(&probe, &Value::Boolean(true)) {
        Err(Refusal::Unknown { path, known }) if path == probe => Some(known),
        _ => None,
    }
}

/// A document that holds `value` at the end of the tables `rest` and nothing else.
struct Branch<'a> {
    rest: &'a [&'a str],
    value: &'a Value,
    /// Names that lead here.
    level: usize,
    /// The deepest level that was entered: where an error arose.
    depth: &'a Cell<usize>,
}

impl<'a> Branch<'a> {
    fn inner(&self, rest: &'a [&'a str], value: &'a Value) -> Branch<'a> {
        let level = self.level + usize::from(rest.len() < self.rest.len());
        Branch { rest, value, level, depth: self.depth }
    }
}

impl<'de, 'a: 'de> Deserializer<'de> for Branch<'a> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.depth.set(self.level);
        if let Some((name, rest)) = self.rest.split_first() {
            let inner = self.inner(rest, self.value);
            return visitor.visit_map(MapDeserializer::new([(*name, inner)].into_iter()));
        }
        match self.value {
            Value::String(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(switch) => visitor.visit_bool(*switch),
            Value::Datetime(_) => Err(Refused { known: None }),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.inner(&[], item));
                visitor.visit_seq(SeqDeserializer::new(items))
            }
            Value::Table(table) => {
                let items = table.iter().map(|(name, item)| (name.as_str(), self.inner(&[], item)));
                visitor.visit_map(MapDeserializer::new(items))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, 'a: 'de> IntoDeserializer<'de, Refused> for Branch<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// serde's complaint, reduced to what is asked: an unknown field with the known ones, or any
/// other. Its texts would quote values.
#[derive(Debug)]
struct Refused {
    known: Option<&'static [&'static str]>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Refused { known: None }
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Refused { known: Some(known) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<const N: usize>(path: [&str; N], value: &str, expected: Result<(), Refusal>) {
        let value = format!("x = {value}").parse::<toml::Table>().unwrap().remove("x").unwrap();
        assert_eq!(verify(&path.into(), &value), expected);
    }

    fn mismatch<const N: usize>(path: [&str; N]) -> Result<(), Refusal> {
        Err(Refusal::Mismatch { path: path.into() })
    }

    #[test]
    fn each_key_has_its_type() {
        check(["poll_interval"], r#""5m""#, Ok(()));
        check(["poll_interval"], "5", mismatch(["poll_interval"]));
        check(["filing", "min_bury"], "0.9", Ok(()));
        check(["filing", "min_bury"], "1", Ok(()));
        check(["filing", "min_bury"], r#""0.9""#, mismatch(["filing", "min_bury"]));
        check(
            ["filing", "max_moves_per_cycle"],
            "1.5",
            mismatch(["filing", "max_moves_per_cycle"]),
        );
        check(["me", "names"], r#"["a"]"#, Ok(()));
        check(["me", "names"], r#""a""#, mismatch(["me", "names"]));
        check(["me", "names"], r#"["a", 1]"#, mismatch(["me", "names"]));
        check(["me", "birthdays"], "[1976-12-23]", mismatch(["me", "birthdays"]));
        check(["account", "a", "imap", "idle"], "false", Ok(()));
        check(["account", "a", "imap", "port"], "993", Ok(()));
        check(["account", "a", "folders", "sent"], "false", Ok(()));
        check(["account", "a", "folders", "sent"], r#""Gesendet""#, Ok(()));
        check(
            ["account", "a", "folders", "sent"],
            "1",
            mismatch(["account", "a", "folders", "sent"]),
        );
    }

    #[test]
    fn tables_and_keys_are_told_apart() {
        check(["filing"], r#""move""#, mismatch(["filing"]));
        check(["filing"], "{}", Ok(()));
        check(["account"], "[{ a = 1 }]", mismatch(["account"]));
        check(["account", "host"], r#""x""#, mismatch(["account", "host"]));
        check(["poll_interval", "x"], "1", mismatch(["poll_interval"]));
        check(
            ["account", "a", "imap", "host", "x"],
            "1",
            mismatch(["account", "a", "imap", "host"]),
        );
    }

    #[test]
    fn the_known_are_named_where_a_key_is_unknown() {
        let known: &[&str] = &["names", "addresses", "birthdays"];
        let path = KeyPath::from(["me", "name"]);
        check(["me", "name"], "1", Err(Refusal::Unknown { path, known }));
        let path = KeyPath::from(["account", "a", "imp"]);
        let known: &[&str] = &["imap", "maildir", "folders"];
        check(["account", "a", "imp", "host"], "1", Err(Refusal::Unknown { path, known }));
    }

    #[test]
    fn all_keys_are_found() {
        let keys: Vec<String> = all_keys().iter().map(KeyPath::to_string).collect();
        assert_eq!(keys.len(), 25, "{keys:#?}");
        assert!(keys.contains(&"account.NAME.imap.oauth2.token_command".to_owned()));
        assert!(keys.contains(&"state_dir".to_owned()));
    }
}
