//! The configuration as the user writes it: every key optional, nothing checked but its type.
//!
//! These structs are the only list of the keys there are. What is unknown, of the wrong type, or
//! to be suggested is asked of them ([`super::schema`]).

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) state_dir: Option<String>,
    pub(super) poll_interval: Option<String>,
    pub(super) me: RawMe,
    pub(super) filing: RawFiling,
    pub(super) account: BTreeMap<String, RawAccount>,
}

/// `[me]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawMe {
    pub(super) names: Option<Vec<String>>,
    pub(super) addresses: Option<Vec<String>>,
    pub(super) birthdays: Option<Vec<String>>,
}

/// `[filing]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawFiling {
    pub(super) mode: Option<String>,
    pub(super) min_personal: Option<f64>,
    pub(super) min_bury: Option<f64>,
    pub(super) max_moves_per_cycle: Option<i64>,
}

/// `[account.NAME]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAccount {
    pub(super) imap: Option<RawImap>,
    pub(super) maildir: Option<RawMaildir>,
    pub(super) folders: RawFolders,
}

/// `[account.NAME.imap]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawImap {
    pub(super) host: Option<String>,
    pub(super) port: Option<i64>,
    pub(super) tls: Option<String>,
    pub(super) ca_file: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password_file: Option<String>,
    pub(super) password_command: Option<Vec<String>>,
    pub(super) credential: Option<String>,
    pub(super) oauth2: Option<RawOauth2>,
    pub(super) idle: Option<bool>,
}

/// `[account.NAME.imap.oauth2]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawOauth2 {
    pub(super) token_command: Option<Vec<String>>,
}

/// `[account.NAME.maildir]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawMaildir {
    pub(super) path: Option<String>,
}

/// `[account.NAME.folders]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawFolders {
    pub(super) inbox: Option<Vec<String>>,
    pub(super) sent: Option<RawSent>,
    pub(super) personal: Option<String>,
    pub(super) boilerplate: Option<String>,
    pub(super) pitch: Option<String>,
}

/// `sent`: `"auto"`, a name, or `false`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawSent {
    Switch(bool),
    Name(String),
}
