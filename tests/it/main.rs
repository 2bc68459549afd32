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
mod bounds;
mod cli;
mod config;
mod corpus;
mod cut_loops;
mod demo;
mod imap_dovecot;
mod imap_scripted;
mod lies;
mod logging;
mod mail;
mod maildir;
mod model;
mod oracle;
mod output;
mod owner;
mod running;
mod secrets;
mod servers;
mod service;
mod support;
