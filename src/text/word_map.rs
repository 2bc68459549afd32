//! [`WordMap`]: a map from words, looked up for every token of every mail.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

/// A map from words to small values, by their 64-bit hash alone: two words of one hash would be
/// one, which among a million words happens once in 37 million maps.
#[derive(Debug, Clone)]
pub struct WordMap<V>(HashMap<u64, V, BuildHasherDefault<Identity>>);

/// The hash is the key already.
#[derive(Debug, Default, Clone)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl<V> Default for WordMap<V> {
    fn default() -> Self {
        WordMap(HashMap::default())
    }
}

impl<V: Copy> WordMap<V> {
    /// The value of a word.
    pub fn get(&self, word: &str) -> Option<V> {
        self.0.get(&xxh3_64(word.as_bytes())).copied()
    }

    /// The place of a word's value, made by `value` where there is none.
    pub fn entry(&mut self, word: &str, value: V) -> &mut V {
        self.0.entry(xxh3_64(word.as_bytes())).or_insert(value)
    }
}

impl<'a, V> FromIterator<(&'a str, V)> for WordMap<V> {
    fn from_iter<I: IntoIterator<Item = (&'a str, V)>>(words: I) -> Self {
        WordMap(words.into_iter().map(|(word, value)| (xxh3_64(word.as_bytes()), value)).collect())
    }
}
