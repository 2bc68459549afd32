//! Integration tests, in one binary so that they are linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod architecture;
mod backlog;
mod cli;
mod config;
mod corpus;
mod demo;
mod imap_dovecot;
mod imap_scripted;
mod logging;
mod mail;
mod maildir;
mod model;
mod running;
mod servers;
mod service;
mod support;
