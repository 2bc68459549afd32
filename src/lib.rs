//! grussd recognises seasonal greetings in a mailbox, tells personal wishes from pasted and from
//! selling ones with a naive Bayes model, and files each into its folder.
//!
//! Data flows one way, and everything up to the plan is pure:
//!
//! ```text
//! bytes -> Mail -> Features -> Posterior -> Verdict -> Plan -> (shell acts) -> Journal
//! ```
//!
//! The pure core ([`mail`], [`text`], [`feature`], [`classify`], [`verdict`], [`plan`]) names no
//! clock, file, socket or runtime; `tests/it/architecture.rs` holds it to that. The shell
//! ([`cli`], [`command`], [`config`], [`corpus`], [`train`], [`mailbox`], [`store`], [`daemon`]) is
//! everything else.

pub mod classify;
pub mod cli;
pub mod command;
pub mod config;
pub mod corpus;
pub mod daemon;
pub mod feature;
pub mod mail;
pub mod mailbox;
pub mod plan;
pub mod store;
pub mod text;
pub mod train;
pub mod verdict;
