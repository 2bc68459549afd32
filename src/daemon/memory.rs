//! What an account's task remembers while it lives, across connections. Losing it costs some
//! judging again and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::filing::Move;
use crate::mailbox::MessageKey;

/// Sentences that are remembered as said. More than a broken account can be expected to need.
const MAX_SAID: usize = 1000;

/// A message that is to be moved, with its way.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// Source folder.
    pub(super) from: String,
    /// Target folder.
    pub(super) to: String,
    /// The message.
    pub(super) item: Move,
}

/// See the module.
#[derive(Default)]
pub(super) struct Memory {
    settled: BTreeMap<String, BTreeSet<MessageKey>>,
    waiting: BTreeMap<String, BTreeMap<MessageKey, Planned>>,
    failures: BTreeMap<String, BTreeMap<MessageKey, u32>>,
    said: BTreeSet<String>,
    /// How long the journal was when the memory on disk took in what it tells of filings.
    pub(super) noted: Option<u64>,
    problems: usize,
}

impl Memory {
    /// Nothing is left to do about a message.
    pub(super) fn settle(&mut self, folder: &str, key: &MessageKey) {
        remove(&mut self.waiting, folder, key);
        remove(&mut self.failures, folder, key);
        self.settled.entry(folder.to_owned()).or_default().insert(key.clone());
    }

    /// Whether nothing is left to do about it.
    pub(super) fn is_settled(&self, folder: &str, key: &MessageKey) -> bool {
        self.settled.get(folder).is_some_and(|it| it.contains(key))
    }

    /// Forgets settled messages that the mark or the journal tells by now.
    pub(super) fn forget_settled(&mut self, folder: &str, told: impl Fn(&MessageKey) -> bool) {
        if let Some(settled) = self.settled.get_mut(folder) {
            settled.retain(|key| !told(key));
        }
    }

    /// A message is judged, and its target folder is not to be had at the moment.
    pub(super) fn wait_for(&mut self, planned: Planned) {
        let folder = self.waiting.entry(planned.from.clone()).or_default();
        folder.insert(planned.item.key.clone(), planned);
    }

    /// What was planned for a message that waits.
    pub(super) fn waiting(&self, folder: &str, key: &MessageKey) -> Option<&Planned> {
        self.waiting.get(folder)?.get(key)
    }

    /// Plans made by other settings are void.
    pub(super) fn plan_again(&mut self) {
        self.waiting.clear();
    }

    /// Counts a failure with a message, and says which it is.
    pub(super) fn fail(&mut self, folder: &str, key: &MessageKey) -> u32 {
        let folder = self.failures.entry(folder.to_owned()).or_default();
        let count = folder.entry(key.clone()).or_default();
        *count += 1;
        *count
    }

    /// How often a message has failed.
    pub(super) fn failures(&self, folder: &str, key: &MessageKey) -> u32 {
        self.failures.get(folder).and_then(|it| it.get(key)).copied().unwrap_or_default()
    }

    /// Whether any message has failed that is not settled.
    pub(super) fn has_suspects(&self) -> bool {
        self.failures.values().any(|it| !it.is_empty())
    }

    /// Something went wrong with a folder or a message; the rest goes on.
    pub(super) fn problem(&mut self, sentence: &str) {
        self.problems += 1;
        self.say_once(sentence);
    }

    /// Number of problems so far.
    pub(super) fn problems(&self) -> usize {
        self.problems
    }

    /// Logs a sentence, once in the life of the account's task.
    pub(super) fn say_once(&mut self, sentence: &str) {
        if self.said.len() < MAX_SAID && self.said.insert(sentence.to_owned()) {
            tracing::warn!("{sentence}");
        } else {
            tracing::debug!("{sentence}");
        }
    }
}

fn remove<T>(
    folders: &mut BTreeMap<String, BTreeMap<MessageKey, T>>,
    folder: &str,
    key: &MessageKey,
) {
    if let Some(entries) = folders.get_mut(folder) {
        entries.remove(key);
    }
}
