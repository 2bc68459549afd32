//! Tests of the program from outside: one binary, so that there is one link step.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panic")]

mod service;
mod support;
