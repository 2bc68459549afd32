//! What the journal holds: one record a line, each line with its version and its checksum.
//!
//! A line is `VERSION CHECKSUM JSON`, the checksum being the XXH3 (64 bits, 16 hex digits) of
//! `VERSION JSON`. It stands outside the JSON so that a damaged line never reaches a parser.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use xxhash_rust::xxh3::xxh3_64;

use super::Digest;
use crate::classify::{Label, Occasion};
use crate::mailbox::{Mark, MessageKey};

/// Version of the record format that is written. Older ones are read, newer ones refused.
pub const VERSION: u32 = 1;

/// One fact. Everything that is remembered follows from their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A message is about to be moved.
    Intent(Intent),
    /// Its copy lies in the target folder.
    Copied {
        /// Of the intent.
        id: u64,
        /// The copy.
        to: MessageKey,
    },
    /// The copy was read back and is identical; the original is about to be removed.
    Removing {
        /// Of the intent.
        id: u64,
    },
    /// Somebody else filed the same original at the same time. Both copies were read back and are
    /// identical; ours, which came later, is about to be removed.
    Twin {
        /// Of the intent.
        id: u64,
        /// Our copy.
        ours: MessageKey,
        /// The other one, which stays.
        theirs: MessageKey,
    },
    /// It is in the target folder and nowhere else.
    Done {
        /// Of the intent.
        id: u64,
        /// Where it is, as far as the server told.
        to: Option<MessageKey>,
    },
    /// The intent is given up; nothing more is done about it.
    Abandoned {
        /// Of the intent.
        id: u64,
        /// Why.
        why: Why,
    },
    /// A folder has been looked at so far.
    Mark {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
        /// How far.
        mark: Mark,
        /// The latest arrival among what has been looked at: what tells new from old when the
        /// UIDs become void.
        newest: Option<Timestamp>,
    },
    /// Messages of a Maildir that have been looked at.
    Seen {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
        /// [`Hash64::of_name`] of their unique names.
        names: Vec<Hash64>,
        /// These are all; what was known before is forgotten.
        all: bool,
    },
    /// A message is about to get a keyword.
    Tagged {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
        /// The message.
        key: MessageKey,
        /// The keyword.
        keyword: String,
        /// When.
        at: Timestamp,
    },
    /// A folder is about to be created.
    Creating {
        /// Account name.
        account: String,
        /// Folder name.
        folder: String,
    },
    /// The server refused to take mail into a folder; it is not asked again before `until`.
    Deferred {
        /// Account name.
        account: String,
        /// Target folder.
        folder: String,
        /// End of the respite.
        until: Timestamp,
    },
    /// Messages that were filed so long ago that only their identity is kept.
    Pins {
        /// Account name.
        account: String,
        /// [`Identity::pin`] of each.
        pins: Vec<Hash64>,
    },
    /// Numbers up to this one have been used: an intent's number is never given twice.
    LastId {
        /// The highest.
        id: u64,
    },
}

impl Record {
    /// The intent that it belongs to, if any.
    pub fn intent_id(&self) -> Option<u64> {
        match self {
            Record::Intent(intent) => Some(intent.id),
            Record::Copied { id, .. }
            | Record::Removing { id }
            | Record::Twin { id, .. }
            | Record::Done { id, .. }
            | Record::Abandoned { id, .. } => Some(*id),
            _ => None,
        }
    }
}

/// A message is about to be moved: everything that is needed to find out later where it is, and
/// to tell its owner why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Number of the intent within the journal.
    pub id: u64,
    /// Account name.
    pub account: String,
    /// Folder in which it lies.
    pub from: String,
    /// Its name there.
    pub key: MessageKey,
    /// Folder into which it is to go.
    pub to: String,
    /// The target folder before: what lies beyond has come since.
    pub target: Mark,
    /// By what it is known again.
    #[serde(flatten)]
    pub identity: Identity,
    /// Why it is moved.
    pub reason: Reason,
    /// When.
    pub at: Timestamp,
    /// The filing that it takes back, by its number; none if it files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
}

/// By what a message is known again, wherever it is and whatever its UID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// Size in bytes as the account tells it.
    pub size: u64,
    /// Hash of its beginning.
    pub digest: Digest,
}

/// A longer Message-ID is none (RFC 5322, 2.1.1): it would fill the journal.
const MAX_MESSAGE_ID: usize = 998;

impl Identity {
    /// That of a message or its beginning, which has this size as a whole.
    pub fn new(message_id: Option<String>, size: u64, bytes: &[u8]) -> Self {
        let message_id = message_id.filter(|it| it.len() <= MAX_MESSAGE_ID);
        Identity { message_id, size, digest: Digest::of(bytes) }
    }

    /// The short form in which filed messages are remembered. Of 100,000 of them two are confused
    /// with a probability of 3e-10, and then a mail stays in the inbox.
    pub fn pin(&self) -> Hash64 {
        let mut bytes = self.digest.bytes().to_vec();
        bytes.extend(self.message_id.as_deref().unwrap_or_default().as_bytes());
        Hash64(xxh3_64(&bytes))
    }
}

/// Why a message was moved, as the owner is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What it was taken for.
    pub label: Label,
    /// What it wishes well for.
    pub occasion: Occasion,
    /// Probability of each label, in the order of [`Label::ALL`], to four digits.
    pub posterior: Vec<f64>,
    /// The strongest pieces of evidence.
    pub evidence: Vec<Evidence>,
}

/// One piece of evidence, from [`crate::classify::Evidence`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// In words.
    pub term: String,
    /// The label it speaks for.
    pub label: Label,
    /// Log odds in nat, to two digits.
    pub weight: f64,
}

/// Why an intent was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was in neither folder any more: its owner was quicker.
    Gone,
    /// It lies where it lay; nothing happened to it.
    Untouched,
    /// Its key names another message now.
    Foreign,
    /// It lies in both folders, and nothing proves that one is our copy: both stay.
    Doubtful,
    /// Its copy had arrived and is gone: somebody moved that one on, and the original stays.
    CopyGone,
}

impl Why {
    /// Whether the message may have been filed: then it is not filed a second time.
    pub fn pins(self) -> bool {
        matches!(self, Why::Gone | Why::Doubtful | Why::CopyGone)
    }
}

/// 64 bits of XXH3, as 16 hex digits in files: JSON numbers end at 53 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash64(pub u64);

impl Hash64 {
    /// Of the unique name of a Maildir message.
    pub fn of_name(name: &str) -> Self {
        Hash64(xxh3_64(name.as_bytes()))
    }
}

impl Serialize for Hash64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Hash64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Hash64).map_err(de::Error::custom)
    }
}

/// Why a line is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineError {
    /// Its checksum is wrong.
    Damaged,
    /// It is whole, and in a format that this version doesn't know.
    Newer,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LineError::Damaged => "damaged",
            LineError::Newer => "written by a newer version",
        })
    }
}

/// The line of a record, with its line end.
///
/// # Errors
/// None for any record of this module; the type of the error is that of the serialiser.
pub fn encode(record: &Record) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(record)?;
    Ok(format!("{VERSION} {:016x} {json}\n", checksum(&VERSION.to_string(), &json)))
}

/// Reads a line without its line end.
///
/// # Errors
/// [`LineError`]; whatever the bytes are, nothing else happens.
pub fn decode(line: &[u8]) -> Result<Record, LineError> {
    let text = std::str::from_utf8(line).map_err(|_| LineError::Damaged)?;
    let mut parts = text.splitn(3, ' ');
    let (Some(version), Some(sum), Some(json)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(LineError::Damaged);
    };
    if sum.len() != 16 || u64::from_str_radix(sum, 16) != Ok(checksum(version, json)) {
        return Err(LineError::Damaged);
    }
    if version != VERSION.to_string() {
        return Err(LineError::Newer);
    }
    serde_json::from_str(json).map_err(|_| LineError::Newer)
}

fn checksum(version: &str, json: &str) -> u64 {
    xxh3_64(format!("{version} {json}").as_bytes())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An intent of the account `main`, from the inbox to a folder `Wishes`.
    pub(crate) fn intent(id: u64, uid: u32) -> Intent {
        Intent {
            id,
            account: "main".to_owned(),
            from: "INBOX".to_owned(),
            key: MessageKey::Imap { uid_validity: 1, uid },
            to: "Wishes".to_owned(),
            target: Mark::Imap { uid_validity: 9, uid_next: 1 },
            identity: Identity {
                message_id: Some(format!("{uid}@example.org")),
                size: 12,
                digest: Digest::of(&uid.to_be_bytes()),
            },
            reason: Reason {
                label: Label::Personal,
                occasion: Occasion::Birthday,
                posterior: vec![0.9, 0.1, 0.0, 0.0],
                evidence: vec![Evidence {
                    term: "\"liebe\u{202e}\n\"".to_owned(),
                    label: Label::Personal,
                    weight: 1.25,
                }],
            },
            at: Timestamp::UNIX_EPOCH,
            undoes: None,
        }
    }

    pub(crate) fn one_of_each() -> Vec<Record> {
        let key = MessageKey::Maildir { name: "1.2.host".to_owned() };
        let (account, folder) = ("main".to_owned(), "Grüße".to_owned());
        vec![
            Record::Intent(intent(7, 3)),
            Record::Copied { id: 7, to: key.clone() },
            Record::Removing { id: 7 },
            Record::Twin { id: 7, ours: key.clone(), theirs: key.clone() },
            Record::Done { id: 7, to: Some(MessageKey::Imap { uid_validity: 1, uid: 2 }) },
            Record::Done { id: 8, to: None },
            Record::Abandoned { id: 9, why: Why::Foreign },
            Record::Mark {
                account: account.clone(),
                folder: folder.clone(),
                mark: Mark::Imap { uid_validity: 1, uid_next: 9 },
                newest: Some(Timestamp::UNIX_EPOCH),
            },
            Record::Mark {
                account: account.clone(),
                folder: folder.clone(),
                mark: Mark::Maildir,
                newest: None,
            },
            Record::Seen {
                account: account.clone(),
                folder: folder.clone(),
                names: vec![Hash64(u64::MAX), Hash64(1)],
                all: true,
            },
            Record::Tagged {
                account: account.clone(),
                folder: folder.clone(),
                key,
                keyword: "GrussdPitch".to_owned(),
                at: Timestamp::UNIX_EPOCH,
            },
            Record::Creating { account: account.clone(), folder: folder.clone() },
            Record::Deferred { account: account.clone(), folder, until: Timestamp::UNIX_EPOCH },
            Record::Pins { account, pins: vec![Hash64(5)] },
            Record::LastId { id: 9 },
            Record::Intent(Intent { undoes: Some(7), ..intent(6, 2) }),
        ]
    }

    #[test]
    fn every_record_round_trips() {
        for record in one_of_each() {
            let line = encode(&record).unwrap();
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            assert_eq!(decode(line.trim_end_matches('\n').as_bytes()), Ok(record));
        }
    }

    #[test]
    fn no_flipped_byte_passes() {
        let line = encode(&Record::Intent(intent(7, 3))).unwrap();
        let line = line.trim_end().as_bytes();
        for place in 0..line.len() {
            for bit in 0..8 {
                let mut damaged = line.to_vec();
                damaged[place] ^= 1 << bit;
                // The case of a hex digit carries nothing.
                if !damaged.eq_ignore_ascii_case(line) || place > 18 {
                    assert_eq!(decode(&damaged), Err(LineError::Damaged), "byte {place}");
                }
            }
            assert_eq!(decode(&line[..place]), Err(LineError::Damaged));
        }
    }

    #[test]
    fn what_a_newer_version_wrote_is_told_from_damage() {
        let with = |version: &str, json: &str| {
            decode(format!("{version} {:016x} {json}", checksum(version, json)).as_bytes())
        };
        assert_eq!(with("2", "{\"removing\":{\"id\":1}}"), Err(LineError::Newer));
        assert_eq!(with("1", "{\"unheard_of\":{}}"), Err(LineError::Newer));
        assert_eq!(with("1", "{\"removing\":{\"id\":1}}"), Ok(Record::Removing { id: 1 }));
    }
}
