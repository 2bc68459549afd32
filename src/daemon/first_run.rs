//! The first look at a folder: nothing in it is new, and its owner is told in one sentence what
//! would become of it.

use std::collections::BTreeMap;

use super::error::RoundError;
use super::judging::judge_all;
use super::look::{Look, Looked, Looker};
use super::say::Count;
use crate::mailbox::{FolderState, Listing, Mailbox, Mark};
use crate::text::escape::escape;

/// So many of the newest messages are judged for the sentence.
const SAMPLE: u32 = 200;

/// Looks at a folder that was never looked at.
pub(super) async fn look_at<M: Mailbox>(
    mailbox: &mut M,
    looker: &mut Looker<'_>,
    folder: &str,
    state: &FolderState,
) -> Result<Looked, RoundError> {
    let listed = newest(mailbox, folder, &state.mark).await?;
    let keys: Vec<_> = listed.iter().map(|it| it.key.clone()).collect();
    let newest = listed.iter().filter_map(|it| it.received).max();
    let first = listed.len().saturating_sub(SAMPLE as usize);
    let sample: Vec<Listing> = listed.into_iter().skip(first).filter(|it| !it.deleted).collect();
    let sampled = sample.len();

    let mut look = Look::default();
    judge_all(mailbox, looker, folder, sample, &mut look).await?;
    let sentence = sentence(&looker.desk.account, folder, state.messages, sampled, &look);
    looker.memory.say_once(&sentence);
    for key in &keys {
        looker.memory.settle(folder, key);
    }
    Ok(Looked {
        folder: folder.to_owned(),
        known: None,
        end: state.mark.clone(),
        keys,
        // In an empty folder everything is new that comes from now on.
        newest: newest.or_else(|| Some(looker.desk.clock.now())),
    })
}

/// The newest messages; of a Maildir all, since their names have to be remembered.
async fn newest<M: Mailbox>(
    mailbox: &mut M,
    folder: &str,
    end: &Mark,
) -> Result<Vec<Listing>, RoundError> {
    let after = match end {
        Mark::Imap { uid_validity, uid_next } => Some(Mark::Imap {
            uid_validity: *uid_validity,
            uid_next: uid_next.saturating_sub(SAMPLE).max(1),
        }),
        Mark::Maildir => None,
    };
    Ok(mailbox.list(folder, after.as_ref()).await?)
}

fn sentence(account: &str, folder: &str, there: u32, sampled: usize, look: &Look) -> String {
    let folder = escape(folder);
    let mut sentence = match there {
        0 => return format!("{account}: {folder} is empty; what arrives from now on is new"),
        1 => format!("{account}: 1 message is already in {folder} and stays"),
        _ => format!(
            "{account}: {} messages are already in {folder} and stay",
            Count(there as usize)
        ),
    };
    let mut targets: BTreeMap<String, usize> = BTreeMap::new();
    for planned in &look.planned {
        *targets.entry(format!("go to {}", escape(&planned.to))).or_default() += 1;
    }
    for (_, _, keyword) in &look.tags {
        *targets.entry(format!("be marked {keyword}")).or_default() += 1;
    }
    let mut parts: Vec<String> =
        targets.iter().map(|(what, count)| format!("{} would {what}", Count(*count))).collect();
    let last = parts.pop();
    let listed = match (parts.join(", "), last) {
        (_, None) => "none would be moved".to_owned(),
        (first, Some(last)) if first.is_empty() => last,
        (first, Some(last)) => format!("{first} and {last}"),
    };
    let sample =
        if sampled == 1 { "the newest one".to_owned() } else { format!("the newest {sampled}") };
    sentence.push_str(&format!("; of {sample}, {listed}"));
    if !targets.is_empty() {
        sentence.push_str("; `grussd run --once --backlog` sorts them");
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::super::filing::Move;
    use super::super::memory::Planned;
    use super::*;
    use crate::store::{Digest, tests::intent};

    #[track_caller]
    fn check(there: u32, targets: &[(&str, usize)], expected: &str) {
        let intent = intent(1, 1);
        let mut look = Look::default();
        for (to, count) in targets {
            for _ in 0..*count {
                look.planned.push(Planned {
                    from: "INBOX".to_owned(),
                    to: (*to).to_owned(),
                    item: Move {
                        key: intent.key.clone(),
                        identity: intent.identity.clone(),
                        head: Digest::of(b""),
                        received: None,
                        reason: intent.reason.clone(),
                        undoes: None,
                    },
                });
            }
        }
        let sampled = there.min(200) as usize;
        assert_eq!(sentence("main", "INBOX", there, sampled, &look), expected);
    }

    #[test]
    fn one_sentence_tells_what_would_become_of_the_old_mail() {
        check(0, &[], "main: INBOX is empty; what arrives from now on is new");
        check(
            1,
            &[],
            "main: 1 message is already in INBOX and stays; of the newest one, none would be moved",
        );
        check(
            1203,
            &[("Grüße/Werbung", 12), ("Grüße/Persönlich", 3)],
            "main: 1,203 messages are already in INBOX and stay; of the newest 200, 3 would go to \
             Grüße/Persönlich and 12 would go to Grüße/Werbung; `grussd run --once --backlog` \
             sorts them",
        );
    }
}
