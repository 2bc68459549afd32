//! One file a command. Each has `run`, which is given the command's arguments and the [`Shell`].

pub(crate) mod check;
pub(crate) mod classify;
pub(crate) mod demo;
pub(crate) mod evaluate;
pub(crate) mod model;
pub(crate) mod run;
pub(crate) mod train;

use std::path::PathBuf;

use grussd::config::{self, Loaded, Problems};

/// What every command is given besides its own arguments.
#[derive(Debug)]
pub(crate) struct Shell {
    /// `--config`
    pub(crate) config: Option<PathBuf>,
    /// `--model`
    pub(crate) model: Option<PathBuf>,
}

impl Shell {
    /// Reads the configuration; without a file there are the defaults.
    pub(crate) fn load(&self) -> Result<Loaded, Problems> {
        config::load(self.config.as_deref())
    }

    /// Reads the configuration and makes sure that there is an account, with its secret.
    pub(crate) fn load_accounts(&self) -> Result<Loaded, Problems> {
        let loaded = self.load()?;
        loaded.ready()?;
        Ok(loaded)
    }
}
