//! One pass over one account: look, check, file, write down how far it got.

use std::collections::BTreeMap;

use super::desk::Desk;
use super::error::RoundError;
use super::filing::{Outcome, Refusal, Route, file, make_folder};
use super::learn::{Learner, Moved, learn, take_in};
use super::look::{Look, Looker, look};
use super::memory::{Memory, Planned};
use super::reconcile::{Settlement, reconcile_all};
use super::settings::Settings;
use super::stop::Stop;
use super::{marks, say};
use crate::mailbox::{FilingMethod, Mailbox, MessageKey, Survey};
use crate::plan::keyword;
use crate::store::Record;
use crate::text::escape::escape;

/// Up to so many messages are moved one by one: a server that dies has one half done at most.
const SINGLY: usize = 10;
/// A backlog goes in sets: a Maildir server moves 20 single messages a second, and 10,000 in sets.
const SET: usize = 100;
/// A message that is another one each time it is looked at is left alone after so many looks.
const MAX_CHANGES: u32 = 3;

/// What a pass works on.
pub(super) struct Pass<'a> {
    pub(super) desk: &'a Desk,
    pub(super) settings: &'a Settings,
    pub(super) memory: &'a mut Memory,
    pub(super) stop: &'a Stop,
    /// What the account offers; folders that are made are added.
    pub(super) survey: &'a mut Survey,
    /// Take in what is there already. The owner asks for it by name, so that the limit of moves
    /// doesn't hold.
    pub(super) backlog: bool,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// Messages moved.
    pub(super) filed: usize,
    /// Messages marked with a keyword.
    pub(super) tagged: usize,
    /// Lessons that the owner gave by moving messages.
    pub(super) learnt: usize,
}

/// Ends what an earlier pass left open, then does a whole pass.
///
/// # Errors
/// [`RoundError`]; everything done by then is in the journal, and the next pass goes on from there.
pub(super) async fn pass<M: Mailbox>(
    mailbox: &mut M,
    mut pass: Pass<'_>,
) -> Result<Done, RoundError> {
    for settlement in reconcile_all(mailbox, pass.desk).await? {
        tell(&mut pass, &settlement)?;
    }
    let mut done = Done::default();
    done.learnt += learn(mailbox, learner(&mut pass)).await?;
    loop {
        let mut look = look_once(mailbox, &mut pass).await?;
        let put_off = look.put_off;
        let returned = std::mem::take(&mut look.returned);
        let teaches = |it: &Moved| !pass.survey.is_aside(&it.folder);
        let returned = returned.into_iter().filter(teaches).collect();
        done.learnt += take_in(mailbox, pass.desk, returned).await?;
        act(mailbox, &mut pass, look, &mut done).await?;
        if !put_off {
            return Ok(done);
        }
    }
}

fn learner<'a>(pass: &'a mut Pass<'_>) -> Learner<'a> {
    Learner {
        desk: pass.desk,
        settings: pass.settings,
        memory: pass.memory,
        survey: pass.survey,
        stop: pass.stop,
    }
}

async fn look_once<M: Mailbox>(mailbox: &mut M, pass: &mut Pass<'_>) -> Result<Look, RoundError> {
    let mut looker = Looker {
        desk: pass.desk,
        settings: pass.settings,
        memory: pass.memory,
        stop: pass.stop,
        backlog: pass.backlog,
        witness: &mut |_| {},
    };
    let look = look(mailbox, &mut looker).await?;
    let (planned, limit) = (look.planned.len(), pass.settings.filing.max_moves_per_cycle);
    if planned > limit && !pass.backlog {
        return Err(RoundError::TooMany { planned, limit });
    }
    Ok(look)
}

/// Does what is planned, and writes down how far that is.
async fn act<M: Mailbox>(
    mailbox: &mut M,
    pass: &mut Pass<'_>,
    look: Look,
    done: &mut Done,
) -> Result<(), RoundError> {
    let Look { mut planned, mut tags, folders, .. } = look;
    if let FilingMethod::Impossible(why) = &pass.survey.method
        && !planned.is_empty()
    {
        let account = &pass.desk.account;
        pass.memory.problem(&format!(
            "{account}: messages can't be moved safely here ({why}); they stay and get a keyword"
        ));
        let instead = |it: Planned| (it.from, it.item.key, keyword(it.item.reason.label));
        tags.extend(std::mem::take(&mut planned).into_iter().map(instead));
    }
    for set in sets(planned) {
        done.filed += file_set(mailbox, pass, set).await?;
    }
    done.tagged += tag(mailbox, pass, tags).await?;
    for looked in &folders {
        marks::advance(pass.desk, pass.memory, looked)?;
    }
    Ok(())
}

/// Sets of messages that go the same way, in the order in which they came.
fn sets(planned: Vec<Planned>) -> Vec<Vec<Planned>> {
    let size = if planned.len() <= SINGLY { 1 } else { SET };
    let mut ways: BTreeMap<(String, String), Vec<Planned>> = BTreeMap::new();
    for planned in planned {
        ways.entry((planned.from.clone(), planned.to.clone())).or_default().push(planned);
    }
    let mut sets = Vec::new();
    for way in ways.into_values() {
        sets.extend(way.chunks(size).map(<[_]>::to_vec));
    }
    sets
}

/// Files one set, and says what became of it. Gives back how many were moved.
async fn file_set<M: Mailbox>(
    mailbox: &mut M,
    pass: &mut Pass<'_>,
    set: Vec<Planned>,
) -> Result<usize, RoundError> {
    let Some(Planned { from, to, .. }) = set.first().cloned() else { return Ok(0) };
    if pass.stop.is_set() {
        return Err(RoundError::Stopped);
    }
    if pass.desk.deferred_until(&to).is_some() {
        set.into_iter().for_each(|it| pass.memory.wait_for(it));
        return Ok(0);
    }
    if !pass.survey.folders.contains(&to) {
        make_folder(mailbox, pass.desk, &to).await?;
        pass.survey.folders.push(to.clone());
    }
    let by_copy = pass.survey.method == FilingMethod::CopyThenRemove;
    let route = Route { from: &from, to: &to, by_copy };
    let moves: Vec<_> = set.iter().map(|it| it.item.clone()).collect();
    let outcomes = file(mailbox, pass.desk, route, &moves).await?;
    let mut by_key: BTreeMap<MessageKey, Planned> =
        set.into_iter().map(|it| (it.item.key.clone(), it)).collect();
    let mut filed = 0;
    let mut refused = None;
    for (key, outcome) in outcomes {
        filed += usize::from(matches!(outcome, Outcome::Filed(_)));
        match outcome {
            Outcome::Refused(refusal) => {
                by_key.remove(&key).into_iter().for_each(|it| pass.memory.wait_for(it));
                refused = Some(refusal);
            }
            outcome => {
                let (from, to) = (from.clone(), to.clone());
                tell(pass, &Settlement { from, to, key, outcome })?;
            }
        }
    }
    if let Some(refusal) = refused {
        refuse(pass, &from, &to, &refusal)?;
    }
    Ok(filed)
}

fn refuse(pass: &mut Pass<'_>, from: &str, to: &str, refusal: &Refusal) -> Result<(), RoundError> {
    pass.desk.defer(to)?;
    let (account, to, from) = (&pass.desk.account, escape(to), escape(from));
    pass.memory.problem(&format!(
        "{account}: {to} takes no mail at the moment ({}); what belongs there stays in {from} and \
         is tried again every hour",
        refusal.text
    ));
    Ok(())
}

/// Says what became of a message, and remembers whether anything is left to do about it.
fn tell(pass: &mut Pass<'_>, settlement: &Settlement) -> Result<(), RoundError> {
    let Settlement { from, to, key, outcome } = settlement;
    let account = pass.desk.account.clone();
    let (message, target) = (say::message(from, key), escape(to));
    match outcome {
        Outcome::Filed(_) => tracing::info!("{account}: {message} filed into {target}"),
        Outcome::Gone => tracing::debug!("{account}: {message} is gone"),
        Outcome::Untouched => {
            tracing::debug!("{account}: {message} was not moved into {target}");
            return Ok(());
        }
        Outcome::Changed if pass.memory.fail(from, key) < MAX_CHANGES => {
            tracing::debug!("{account}: {message} is not what was judged");
            return Ok(());
        }
        Outcome::Changed => pass.memory.problem(&format!(
            "{account}: {message} has other bytes each time it is read, and stays"
        )),
        Outcome::Doubtful => pass.memory.problem(&format!(
            "{account}: {message} and an identical message in {target} both stay: it can't be \
             proved that one is a copy made by grussd; delete one if you don't need both"
        )),
        Outcome::CopyGone => pass.memory.problem(&format!(
            "{account}: {message} stays: somebody moved on the copy that grussd had made in {target}"
        )),
        Outcome::InBoth => {
            pass.desk.defer(to)?;
            pass.memory.problem(&format!(
                "{account}: {message} was copied into {target}, but the server doesn't remove the \
                 original; it is tried again every hour"
            ));
            return Ok(());
        }
        Outcome::Ineffective | Outcome::Refused(_) => pass.memory.problem(&format!(
            "{account}: the server says that it moved {message} into {target}, but it didn't; \
             the message stays"
        )),
    }
    pass.memory.settle(from, key);
    Ok(())
}

/// Adds keywords. That they can't be stored is no reason to try for ever.
async fn tag<M: Mailbox>(
    mailbox: &mut M,
    pass: &mut Pass<'_>,
    tags: Vec<(String, MessageKey, &'static str)>,
) -> Result<usize, RoundError> {
    let mut sets: BTreeMap<(String, &'static str), Vec<MessageKey>> = BTreeMap::new();
    for (folder, key, keyword) in tags {
        sets.entry((folder, keyword)).or_default().push(key);
    }
    let mut tagged = 0;
    for ((folder, keyword), keys) in sets {
        for keys in keys.chunks(SET) {
            if pass.stop.is_set() {
                return Err(RoundError::Stopped);
            }
            let at = pass.desk.clock.now();
            let record = |key: &MessageKey| Record::Tagged {
                account: pass.desk.account.clone(),
                folder: folder.clone(),
                key: key.clone(),
                keyword: keyword.to_owned(),
                at,
            };
            pass.desk.record(&keys.iter().map(record).collect::<Vec<_>>())?;
            match mailbox.tag(&folder, keys, keyword).await {
                Ok(()) => tagged += keys.len(),
                Err(error) if error.ends_session() => return Err(error.into()),
                Err(error) => {
                    let (account, folder) = (&pass.desk.account, escape(&folder));
                    let problem = format!("{account}: keywords can't be set in {folder} ({error})");
                    pass.memory.problem(&problem);
                }
            }
            keys.iter().for_each(|key| pass.memory.settle(&folder, key));
        }
    }
    Ok(tagged)
}
