//! Everything that must not change in a mailbox: where each message is, its bytes, flags and date.

use std::collections::{BTreeMap, BTreeSet};

use grussd::mailbox::utf7;
use sha2::{Digest, Sha256};

use super::raw::Raw;

/// Messages by folder, named as people do.
pub(crate) type Inventory = BTreeMap<String, Vec<Item>>;

/// A message as it must stay wherever it is moved to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    /// SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// Flags and keywords, without `\Recent`.
    pub flags: BTreeSet<String>,
    /// INTERNALDATE as the server writes it.
    pub date: String,
    /// Size of its bytes.
    pub size: usize,
    /// Where it is found, which may change.
    pub uid: u32,
}

/// Looks at every message of every folder, without changing anything. Names on the server have this
/// prefix and this separator.
pub(crate) fn take(raw: &mut Raw, prefix: &str, separator: char) -> Inventory {
    let mut inventory = Inventory::new();
    for line in raw.ok("LIST \"\" \"*\"") {
        let line = String::from_utf8(line).unwrap();
        if line.to_ascii_lowercase().contains("\\noselect") {
            continue;
        }
        let name = folder_name(&line);
        let found = raw.command(format!("EXAMINE \"{name}\""));
        assert!(found.end.starts_with("OK"), "{name}: {}", found.end);
        let is_empty = found.data.iter().any(|it| it == b"* 0 EXISTS");
        let messages = if is_empty {
            Vec::new()
        } else {
            raw.ok("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])")
                .iter()
                .filter(|it| it.windows(7).any(|it| it == b"BODY[] "))
                .map(|it| item(it))
                .collect()
        };
        let name = name.strip_prefix(prefix).unwrap_or(&name).replace(separator, "/");
        inventory.insert(utf7::decode(&name).unwrap_or(name), messages);
    }
    inventory
}

/// All messages wherever they are, without their UIDs, in an order of their own.
pub(crate) fn everything(inventory: &Inventory) -> Vec<Item> {
    let mut items: Vec<Item> =
        inventory.values().flatten().cloned().map(|it| Item { uid: 0, ..it }).collect();
    items.sort();
    items
}

/// The name in `* LIST (\HasNoChildren) "/" INBOX`.
fn folder_name(line: &str) -> String {
    let (_, rest) = line.split_once(") ").unwrap();
    let (_, name) = rest.split_once(' ').unwrap();
    name.trim_matches('"').to_owned()
}

fn item(response: &[u8]) -> Item {
    let (head, rest) = split(response, b"BODY[] ");
    let head = String::from_utf8_lossy(head);
    let between = |begin: &str, end: &str| {
        let (_, rest) = head.split_once(begin).unwrap_or_else(|| panic!("{begin} in {head}"));
        rest.split_once(end).map_or(rest, |it| it.0).to_owned()
    };
    let (size, rest) = split(rest, b"}\r\n");
    let size: usize = String::from_utf8_lossy(&size[1..]).parse().unwrap();
    let flags = between("FLAGS (", ")");
    let hash = Sha256::digest(&rest[..size]);
    Item {
        hash: hash.iter().map(|it| format!("{it:02x}")).collect(),
        flags: flags
            .split_ascii_whitespace()
            .filter(|it| *it != "\\Recent")
            .map(str::to_owned)
            .collect(),
        date: between("INTERNALDATE \"", "\""),
        size,
        uid: between("UID ", " ").parse().unwrap(),
    }
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    let place = bytes.windows(at.len()).position(|it| it == at).expect("it is there");
    (&bytes[..place], &bytes[place + at.len()..])
}
