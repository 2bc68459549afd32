//! The hash by which a message is known again.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::mail::MAX_MESSAGE_BYTES;

/// SHA-256 of the first [`MAX_MESSAGE_BYTES`] bytes of a message: what a fetch brings, so that
/// one fetch is enough to compare. Beside the size it tells any two messages apart that differ in
/// their headers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Hashes a message or its beginning.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(Sha256::digest(bytes.get(..MAX_MESSAGE_BYTES).unwrap_or(bytes)).into())
    }

    /// A hash that was kept.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Digest(bytes)
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        from_hex(&text).map(Digest).ok_or_else(|| de::Error::custom("expected 64 hex digits"))
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_counts() {
        let long = vec![b'x'; MAX_MESSAGE_BYTES + 1];
        assert_eq!(Digest::of(&long), Digest::of(&long[..MAX_MESSAGE_BYTES]));
        assert_ne!(Digest::of(&long), Digest::of(&long[..MAX_MESSAGE_BYTES - 1]));
    }

    #[test]
    fn hex_round_trips_and_garbage_is_refused() {
        let digest = Digest::of(b"a");
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        for garbage in ["", "zz", "+1", &"g".repeat(64), &"ü".repeat(32)] {
            assert!(serde_json::from_str::<Digest>(&format!("\"{garbage}\"")).is_err());
        }
    }
}
