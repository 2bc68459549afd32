//! Integration tests, in one binary so that they are linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod cli;
mod config;
mod corpus;
mod daemon_dovecot;
mod demo;
mod imap_dovecot;
mod imap_scripted;
mod logging;
mod mail;
mod maildir;
mod model;
mod owner;
mod service;
mod support;
