//! What one account's task goes by. A reload replaces it between two passes.

use std::rc::Rc;
use std::time::Duration;

use super::judge::Judge;
use crate::config::{Account, Filing};

/// Configuration and model of one account.
#[derive(Clone)]
pub struct Settings {
    /// Name, place and folders.
    pub account: Account,
    /// What is done with a greeting.
    pub filing: Filing,
    /// How long to wait for news before looking anyway.
    pub poll_interval: Duration,
    /// The model with its thresholds.
    pub judge: Rc<dyn Judge>,
}

impl Settings {
    /// Whether a task that runs by these can go on by `new` ones without connecting again.
    pub(super) fn same_place(&self, new: &Settings) -> bool {
        self.account.name == new.account.name && self.account.source == new.account.source
    }
}
