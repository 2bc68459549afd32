//! Looks what the owner has moved since the last pass: into, out of or between the folders of
//! greetings. Found by comparing where a message is with where grussd has put it, not by watching
//! anybody's commands.
//!
//! What is found is pinned in the journal first, then remembered as a lesson; done again it changes
//! nothing. What was moved by grussd itself is never a lesson, and neither is what lies in a folder
//! for Trash, Junk, Archive or Drafts.

use std::collections::BTreeSet;

use super::desk::{Desk, digests, fetch};
use super::error::RoundError;
use super::lesson::{Taught, label_of, taught};
use super::memory::Memory;
use super::settings::Settings;
use super::stop::Stop;
use crate::classify::Label;
use crate::mail::{self, MAX_MESSAGE_BYTES};
use crate::mailbox::{Listing, Mailbox, MailboxError, Mark, MessageKey, Survey, batches};
use crate::store::memory::{Lesson, MATERIAL_BYTES};
use crate::store::{Digest, Hash64, Identity, Record, filings};
use crate::text::escape::escape;
use crate::train::cap;

/// So many messages of a folder are looked at in one pass: new mail doesn't wait for the first look
/// at a large one.
const AT_ONCE: usize = 500;

/// What looking for lessons works with.
pub(super) struct Learner<'a> {
    pub(super) desk: &'a Desk,
    pub(super) settings: &'a Settings,
    pub(super) memory: &'a mut Memory,
    pub(super) survey: &'a Survey,
    pub(super) stop: &'a Stop,
}

/// A message that lies where grussd has not put it.
pub(super) struct Moved {
    pub(super) folder: String,
    pub(super) identity: Identity,
    pub(super) taught: Taught,
    /// Its beginning, as much as is kept.
    pub(super) bytes: Vec<u8>,
}

/// Looks through what is new in the folders of greetings. Gives back the number of new lessons.
///
/// # Errors
/// Those that end the session, and that nothing can be written down.
pub(super) async fn learn<M: Mailbox>(
    mailbox: &mut M,
    mut learner: Learner<'_>,
) -> Result<usize, RoundError> {
    note_filings(learner.desk, learner.memory)?;
    let folders = learner.settings.account.folders.clone();
    let greetings = Label::ALL.into_iter().filter_map(|it| folders.of(it));
    let greetings = greetings.filter(|it| label_of(&folders, it).is_some());
    let mut count = 0;
    for folder in greetings.chain(folders.inbox.iter().map(String::as_str)) {
        if learner.survey.is_aside(folder) {
            continue;
        }
        match look_through(mailbox, &mut learner, folder).await {
            Ok(found) => count += found,
            Err(RoundError::Mailbox(MailboxError::NoFolder(_))) => missing(&mut learner, folder)?,
            Err(error) if error.ends_session() => return Err(error),
            Err(RoundError::Mailbox(error)) => {
                let (account, folder) = (&learner.desk.account, escape(folder));
                learner.memory.say_once(&format!(
                    "{account}: what was moved into {folder} can't be looked up ({error})"
                ));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// Makes the memory know what the journal tells by now.
fn note_filings(desk: &Desk, memory: &mut Memory) -> Result<(), RoundError> {
    let bytes = desk.journal.borrow().bytes();
    if memory.noted != Some(bytes) {
        let records = desk.journal.borrow_mut().records()?;
        desk.memory.borrow_mut().note_filings(&filings(&records))?;
        memory.noted = Some(bytes);
    }
    Ok(())
}

fn missing(learner: &mut Learner<'_>, folder: &str) -> Result<(), RoundError> {
    let account = &learner.desk.account;
    if learner.desk.memory.borrow().looked(account, folder)?.is_some() {
        let folder = escape(folder);
        learner.memory.say_once(&format!(
            "{account}: the folder {folder} is missing. If it was renamed, name it anew in the \
             configuration; else it is made again for the next greeting"
        ));
    }
    Ok(())
}

async fn look_through<M: Mailbox>(
    mailbox: &mut M,
    learner: &mut Learner<'_>,
    folder: &str,
) -> Result<usize, RoundError> {
    let desk = learner.desk;
    let is_inbox = label_of(&learner.settings.account.folders, folder).is_none();
    let Some(unlooked) = unlooked(mailbox, desk, folder, is_inbox).await? else { return Ok(0) };
    let Unlooked { listed, mark } = unlooked;
    let (mut batches, mut count) = (batches(&listed).peekable(), 0);
    while let Some(batch) = batches.next() {
        if learner.stop.is_set() {
            return Err(RoundError::Stopped);
        }
        let keys: Vec<MessageKey> = batch.iter().map(|it| it.key.clone()).collect();
        let mut fetched = fetch(mailbox, folder, &keys, MAX_MESSAGE_BYTES).await?;
        let mut moved = Vec::new();
        for listing in batch {
            let Some(bytes) = fetched.remove(&listing.key) else { continue };
            moved.extend(sighted(desk, learner.settings, folder, listing.size, &bytes)?);
        }
        count += take_in(mailbox, desk, moved).await?;
        let is_last = batches.peek().is_none();
        let reached = if is_last { mark.clone() } else { beyond(batch, &mark) };
        desk.memory.borrow_mut().note_looked(&desk.account, folder, &reached, &names(batch))?;
    }
    if listed.is_empty() {
        desk.memory.borrow_mut().note_looked(&desk.account, folder, &mark, &[])?;
    }
    Ok(count)
}

/// What has not been looked at for lessons.
struct Unlooked {
    /// Oldest first.
    listed: Vec<Listing>,
    /// How far that is.
    mark: Mark,
}

/// None if there is nothing. Of an inbox only that of a Maildir is looked through here, and only
/// for messages that came back under their old names: all others are new mail.
async fn unlooked<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    folder: &str,
    is_inbox: bool,
) -> Result<Option<Unlooked>, RoundError> {
    let account = desk.account.as_str();
    let known = desk.memory.borrow().looked(account, folder)?;
    let own = || desk.memory.borrow().own_keys(account, folder, is_inbox);
    if is_inbox && own()?.is_empty() {
        return Ok(None);
    }
    let mark = mailbox.status(folder).await?.mark;
    let mut listed = match (&mark, &known) {
        (Mark::Imap { .. }, _) if is_inbox => return Ok(None),
        (Mark::Imap { .. }, Some(known)) if *known == mark => return Ok(None),
        (Mark::Imap { uid_validity, .. }, Some(Mark::Imap { uid_validity: then, .. }))
            if then == uid_validity =>
        {
            mailbox.list(folder, known.as_ref()).await?
        }
        _ => mailbox.list(folder, None).await?,
    };
    if mark == Mark::Maildir {
        let looked = desk.memory.borrow().looked_names(account, folder)?;
        let here: BTreeSet<Hash64> = names(&listed).into_iter().collect();
        let gone: Vec<Hash64> = looked.difference(&here).copied().collect();
        if !gone.is_empty() {
            desk.memory.borrow_mut().forget_names(account, folder, &gone)?;
        }
        listed.retain(|it| name(&it.key).is_some_and(|it| !looked.contains(&it)));
        if is_inbox {
            let own = own()?;
            listed.retain(|it| own.contains(&it.key));
        }
        if listed.is_empty() && known.is_some() {
            return Ok(None);
        }
    } else {
        // Where grussd has put them under these UIDs they need not be read.
        let own = own()?;
        listed.retain(|it| !own.contains(&it.key));
    }
    listed.retain(|it| !it.deleted);
    let mark = match listed.get(AT_ONCE..) {
        Some(rest) if !rest.is_empty() => {
            listed.truncate(AT_ONCE);
            beyond(&listed, &mark)
        }
        _ => mark,
    };
    Ok(Some(Unlooked { listed, mark }))
}

/// The mark behind the last of these.
fn beyond(listed: &[Listing], mark: &Mark) -> Mark {
    match (mark, listed.last().map(|it| &it.key)) {
        (Mark::Imap { uid_validity, .. }, Some(MessageKey::Imap { uid, .. })) => {
            Mark::Imap { uid_validity: *uid_validity, uid_next: uid.saturating_add(1) }
        }
        _ => mark.clone(),
    }
}

fn names(listed: &[Listing]) -> Vec<Hash64> {
    listed.iter().filter_map(|it| name(&it.key)).collect()
}

fn name(key: &MessageKey) -> Option<Hash64> {
    match key {
        MessageKey::Maildir { name } => Some(Hash64::of_name(name)),
        MessageKey::Imap { .. } => None,
    }
}

/// Whether a message that lies in a folder was moved there by its owner.
pub(super) fn sighted(
    desk: &Desk,
    settings: &Settings,
    folder: &str,
    size: u64,
    bytes: &[u8],
) -> Result<Option<Moved>, RoundError> {
    let (digest, memory) = (Digest::of(bytes), desk.memory.borrow());
    let own = memory.own_filing(&desk.account, &digest)?;
    let lesson = memory.lesson(&digest)?.filter(|it| it.account == desk.account);
    let taught = taught(folder, &settings.account.folders, own.as_ref(), lesson.as_ref());
    Ok(taught.map(|taught| {
        let message_id = mail::parse(bytes).message_id;
        Moved {
            folder: folder.to_owned(),
            identity: Identity::new(message_id, size, bytes),
            taught,
            bytes: bytes.get(..MATERIAL_BYTES).unwrap_or(bytes).to_owned(),
        }
    }))
}

/// Pins moved messages and remembers what they teach. Gives back how many lessons that were.
pub(super) async fn take_in<M: Mailbox>(
    mailbox: &mut M,
    desk: &Desk,
    moved: Vec<Moved>,
) -> Result<usize, RoundError> {
    let mut lessons = Vec::new();
    for Moved { folder, identity, taught, bytes } in moved {
        if let Some((before, key)) = &taught.before
            && is_there(mailbox, before, key.as_ref(), &identity).await?
        {
            tracing::debug!("{}: a copy in {} teaches nothing", desk.account, escape(&folder));
            continue;
        }
        let lesson = Lesson {
            digest: identity.digest,
            account: desk.account.clone(),
            message_id: identity.message_id.clone(),
            sender: cap::sender(&mail::parse(&bytes)),
            label: taught.label,
            was: taught.was,
            folder,
            at: desk.clock.now(),
        };
        lessons.push((identity.pin(), lesson, bytes));
    }
    if lessons.is_empty() {
        return Ok(0);
    }
    let pins = lessons.iter().map(|(pin, _, _)| *pin).collect();
    desk.record(&[Record::Pins { account: desk.account.clone(), pins }])?;
    let count = lessons.len();
    let lessons: Vec<(Lesson, Vec<u8>)> =
        lessons.into_iter().map(|(_, lesson, bytes)| (lesson, bytes)).collect();
    desk.memory.borrow_mut().learn(&lessons)?;
    Ok(count)
}

/// Whether a message is still where it was, and not marked for deletion: programs that can't move
/// copy, mark, and expunge when they like.
async fn is_there<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    key: Option<&MessageKey>,
    identity: &Identity,
) -> Result<bool, MailboxError> {
    let found = match look_for(mailbox, folder, key, identity).await {
        Ok(found) => found,
        Err(MailboxError::NoFolder(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    if found.is_empty() {
        return Ok(false);
    }
    let listed = mailbox.list(folder, None).await?;
    Ok(listed.iter().any(|it| found.contains(&it.key) && !it.deleted))
}

async fn look_for<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    key: Option<&MessageKey>,
    identity: &Identity,
) -> Result<BTreeSet<MessageKey>, MailboxError> {
    let mut keys = Vec::new();
    if let Some(message_id) = &identity.message_id {
        keys = mailbox.find(folder, message_id).await?;
    } else if let Some(key) = key {
        keys.push(key.clone());
    }
    let found = match digests(mailbox, folder, &keys).await {
        // It has been numbered anew, and without a Message-ID nobody finds it there.
        Err(MailboxError::UidValidity { .. }) => return Ok(BTreeSet::new()),
        found => found?,
    };
    let same = found.into_iter().filter(|(_, it)| *it == identity.digest);
    Ok(same.map(|(key, _)| key).collect())
}
