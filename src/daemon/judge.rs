//! [`Judge`]: the pure core as the daemon sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::classify::Judgement;
use crate::mail::{self, Mail};
use crate::verdict::Verdict;

/// What is said of one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// What is dared.
    pub verdict: Verdict,
    /// What it is based on.
    pub judgement: Judgement,
}

/// Judges the beginning of a message's bytes.
pub trait Judge {
    /// Never fails: a broken mail is judged by what is left of it.
    fn judge(&self, bytes: &[u8]) -> Judged;
}

impl<F: Fn(&Mail) -> (Verdict, Judgement)> Judge for F {
    fn judge(&self, bytes: &[u8]) -> Judged {
        let mail = mail::parse(bytes);
        let (verdict, judgement) = self(&mail);
        Judged { message_id: mail.message_id, verdict, judgement }
    }
}

/// Judges, and survives a defect of our own that one mail brings to light: that mail stays, the
/// others are judged.
pub(super) fn judge_safely(judge: &dyn Judge, bytes: &[u8]) -> Option<Judged> {
    catch_unwind(AssertUnwindSafe(|| judge.judge(bytes))).ok()
}
