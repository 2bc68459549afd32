//! The commands, one file each.
//!
//! The job of a command takes what it needs as arguments, writes data to one writer and what
//! failed to another, and never ends the process. Beside it stands `run`, which finds all this by
//! the command line and the [`Shell`].

mod accounts;
mod bar;
pub mod check;
#[cfg(test)]
mod check_tests;
pub mod classify;
pub mod demo;
pub mod destination;
pub mod evaluate;
pub mod history;
pub mod lessons;
pub mod model;
mod own_mail;
mod reading;
pub mod rehearse;
pub mod run;
pub mod since;
pub mod source;
mod streams;
mod taught;
pub mod train;
pub mod undo;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::classify::Model;
use crate::config::{self, Config, Loaded, Problems};
use crate::store::model_store::{self, ModelStoreError};

pub use streams::{Complaints, ReaderGone, Stdout};

/// What every command is given besides its own arguments.
#[derive(Debug)]
pub struct Shell {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--model`
    pub model: Option<PathBuf>,
}

impl Shell {
    /// Reads the configuration; without a file there are the defaults.
    ///
    /// # Errors
    /// All its problems.
    pub fn load(&self) -> Result<Loaded, Problems> {
        let loaded = config::load(self.config.as_deref())?;
        match loaded.file() {
            Some(file) => tracing::debug!("configuration {}", file.display()),
            None => tracing::debug!("no configuration file: the defaults"),
        }
        Ok(loaded)
    }

    /// Reads the configuration and makes sure that there is an account, with its secret.
    ///
    /// # Errors
    /// All its problems.
    pub fn load_accounts(&self) -> Result<Loaded, Problems> {
        let loaded = self.load()?;
        loaded.ready()?;
        Ok(loaded)
    }

    /// Reads the model: that of `--model`, else the installed one, else the built-in one.
    ///
    /// # Errors
    /// It can't be read or is no sound model.
    pub fn read_model(&self, config: &Config) -> Result<Model, ModelStoreError> {
        Ok(model_store::load(self.model.as_deref(), Some(&config.state_dir))?.model)
    }
}

/// What a command that goes on after a failure has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Things done.
    pub done: usize,
    /// Things that failed; each has been said on the log in one line.
    pub failed: usize,
}

impl Tally {
    /// 1 if anything failed.
    pub fn exit_code(self) -> ExitCode {
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
