//! Sets of UIDs as they stand in commands (RFC 9051, `sequence-set`). Pure.

use std::collections::BTreeSet;

use async_imap::imap_proto::rfc4315::UidSetMember;

use crate::mailbox::{MailboxError, MessageKey};

/// The UIDs of keys that are of this validity.
///
/// # Errors
/// [`MailboxError::UidValidity`] if one of them is not.
pub(super) fn uids(
    folder: &str,
    validity: u32,
    keys: &[MessageKey],
) -> Result<BTreeSet<u32>, MailboxError> {
    let uid = |key: &MessageKey| match key {
        MessageKey::Imap { uid_validity, uid } if *uid_validity == validity && *uid != 0 => {
            Ok(*uid)
        }
        _ => Err(MailboxError::UidValidity { folder: super::reply::shown(folder) }),
    };
    keys.iter().map(uid).collect()
}

/// A set in text of at most `limit` bytes, and what it holds. Neighbours are joined to ranges, so
/// that a range holds nothing that was not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UidSet {
    /// As it stands in a command.
    pub(super) text: String,
    /// Its UIDs in order.
    pub(super) uids: Vec<u32>,
}

/// Writes UIDs in sets of at most `limit` bytes, in order.
pub(super) fn sets(uids: &BTreeSet<u32>, limit: usize) -> Vec<UidSet> {
    let mut sets = vec![UidSet::default()];
    for (first, last) in runs(uids) {
        let text = if first == last { first.to_string() } else { format!("{first}:{last}") };
        if sets.last().is_some_and(|it| !it.text.is_empty() && it.text.len() + text.len() >= limit)
        {
            sets.push(UidSet::default());
        }
        if let Some(set) = sets.last_mut() {
            if !set.text.is_empty() {
                set.text.push(',');
            }
            set.text.push_str(&text);
            set.uids.extend(first..=last);
        }
    }
    sets.retain(|it| !it.uids.is_empty());
    sets
}

fn runs(uids: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids.iter().copied() {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => runs.push((uid, uid)),
        }
    }
    runs
}

/// Pairs the two sets of a COPYUID code (RFC 4315): what went from where to where. A server's word
/// counts only if both sets are of equal size, name nothing twice and nothing that was not asked.
pub(super) fn pairs(
    asked: &BTreeSet<u32>,
    from: &[UidSetMember],
    to: &[UidSetMember],
) -> Option<Vec<(u32, u32)>> {
    let from = expanded(from, asked.len())?;
    let to = expanded(to, asked.len())?;
    let unique = |it: &[u32]| it.iter().collect::<BTreeSet<_>>().len() == it.len();
    let fits = from.len() == to.len()
        && unique(&from)
        && unique(&to)
        && !to.contains(&0)
        && from.iter().all(|it| asked.contains(it));
    fits.then(|| from.into_iter().zip(to).collect())
}

/// All members; none if they are more than there can be.
fn expanded(set: &[UidSetMember], most: usize) -> Option<Vec<u32>> {
    let mut uids = Vec::new();
    for member in set {
        let range = match member {
            UidSetMember::Uid(uid) => *uid..=*uid,
            UidSetMember::UidRange(range) => range.clone(),
        };
        let count = u64::from(range.end().saturating_sub(*range.start())) + 1;
        if uids.len() as u64 + count > most as u64 {
            return None;
        }
        uids.extend(range);
    }
    Some(uids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(uids: &[u32], limit: usize) -> Vec<String> {
        sets(&uids.iter().copied().collect(), limit).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn neighbours_are_joined() {
        assert_eq!(written(&[7, 3, 1, 2, 9, 8, u32::MAX], 100), ["1:3,7:9,4294967295"]);
        assert_eq!(written(&[5], 100), ["5"]);
        assert!(written(&[], 100).is_empty());
    }

    #[test]
    fn long_sets_are_split() {
        let odd: Vec<u32> = (0..3000).map(|it| 4_000_000_000 + 2 * it).collect();
        let all = sets(&odd.iter().copied().collect(), 6000);
        assert!(all.iter().all(|it| it.text.len() <= 6000));
        assert_eq!(all.len(), 6);
        let uids: Vec<u32> = all.into_iter().flat_map(|it| it.uids).collect();
        assert_eq!(uids, odd);
    }

    #[test]
    fn keys_of_another_validity_are_none() {
        let key = |uid_validity, uid| MessageKey::Imap { uid_validity, uid };
        assert_eq!(uids("x", 1, &[key(1, 5), key(1, 3)]).unwrap(), [3, 5].into());
        let maildir = MessageKey::Maildir { name: "1".to_owned() };
        for bad in [key(2, 5), key(1, 0), maildir] {
            let error = uids("x", 1, &[key(1, 5), bad]).unwrap_err();
            assert!(matches!(error, MailboxError::UidValidity { .. }));
        }
    }

    #[track_caller]
    fn check(from: &[(u32, u32)], to: &[(u32, u32)], expected: Option<&[(u32, u32)]>) {
        let members = |it: &[(u32, u32)]| -> Vec<UidSetMember> {
            it.iter().map(|(a, b)| UidSetMember::UidRange(*a..=*b)).collect()
        };
        let asked = [1, 2, 3, 9].into();
        assert_eq!(pairs(&asked, &members(from), &members(to)).as_deref(), expected);
    }

    #[test]
    fn copyuid_is_believed_only_if_it_can_be_true() {
        check(&[(1, 3)], &[(7, 9)], Some(&[(1, 7), (2, 8), (3, 9)]));
        check(&[(3, 3), (1, 1)], &[(7, 8)], Some(&[(3, 7), (1, 8)]));
        check(&[(1, 3)], &[(7, 8)], None);
        check(&[(4, 4)], &[(7, 7)], None);
        check(&[(1, 1), (1, 1)], &[(7, 8)], None);
        check(&[(1, 2)], &[(7, 7), (7, 7)], None);
        check(&[(1, 1)], &[(0, 0)], None);
        check(&[(0, u32::MAX)], &[(0, u32::MAX)], None);
        check(&[(1, 4)], &[(1, 4)], None);
    }
}
