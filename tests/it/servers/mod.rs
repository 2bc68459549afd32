//! The same tests over real servers, each of its own kind: Dovecot, Cyrus, and Courier, which has no
//! MOVE.

/// Makes a test for each server, of a function that takes a setup and whatever else. Fields in
/// braces differ from the default setup.
macro_rules! on_each_server {
    (
        $(#[$note:meta])* $name:ident, $check:expr,
        { $($field:ident: $value:expr),* } $(, $argument:expr)*
    ) => {
        $(#[$note])*
        mod $name {
            use super::*;
            use crate::support::{courier, cyrus, dovecot};

            #[test]
            fn dovecot() {
                let setup = dovecot::Setup { $($field: $value,)* ..dovecot::Setup::default() };
                $check(setup $(, $argument)*);
            }

            #[test]
            fn cyrus() {
                let setup = cyrus::Setup { $($field: $value,)* ..cyrus::Setup::default() };
                $check(setup $(, $argument)*);
            }

            #[test]
            fn courier() {
                let setup = courier::Setup { $($field: $value,)* ..courier::Setup::default() };
                $check(setup $(, $argument)*);
            }
        }
    };
    ($(#[$note:meta])* $name:ident, $check:expr $(, $argument:expr)*) => {
        on_each_server!($(#[$note])* $name, $check, {} $(, $argument)*);
    };
}

mod filing;
mod folders;
mod kills;
mod limits;
mod refusals;
mod rights;
mod rivals;

use std::cell::Cell;
use std::time::Duration;

use grussd::config::{Imap, Source, Tls};
use grussd::daemon::Settings;

use super::support::block_on;
use super::support::pass::Pass;
use super::support::proxy::Proxy;
use super::support::said::said;
use super::support::server::{Product, Server};

/// Passes over the server's account, with a state beside its mail.
fn pass<P: Product>(server: &Server<P>) -> Pass {
    pass_over(server, server.config(Tls::Implicit))
}

fn pass_over<P: Product>(server: &Server<P>, imap: Imap) -> Pass {
    Pass { state: server.path().join("grussd"), source: Source::Imap(imap) }
}

/// What a daemon did that watched for a few passes.
struct Watched {
    /// Commands that change something.
    changes: Vec<String>,
    /// Warnings in its log.
    said: Vec<String>,
}

/// Commands that change something.
fn changes(proxy: &Proxy) -> Vec<String> {
    let verbs = ["UID MOVE", "UID COPY", "UID STORE", "UID EXPUNGE", "CREATE", "SUBSCRIBE"];
    let mut lines = proxy.lines();
    lines.retain(|line| verbs.iter().any(|it| line.starts_with(it)));
    lines
}

/// Lets a daemon watch for so many passes over everything that is there.
fn watch<P: Product>(server: &Server<P>, passes: usize) -> Watched {
    let proxy = Proxy::start(server.port);
    let pass = pass_over(server, Imap { port: proxy.port, ..server.config(Tls::None) });
    let settings = Settings { poll_interval: Duration::from_millis(100), ..pass.settings() };
    let (context, leash) = pass.daemon(true).context(settings);
    // It waits after each pass.
    let done = || proxy.lines().iter().filter(|it| *it == "IDLE").count();
    let said = said(|| {
        block_on(async {
            let task = tokio::task::spawn_local(async move { pass.watch(context).await });
            let waited = Cell::new(0);
            while done() < passes {
                waited.set(waited.get() + 1);
                assert!(waited.get() < 600, "{:#?}", proxy.lines());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            leash.stop();
            task.await.unwrap();
        });
    });
    Watched { changes: changes(&proxy), said }
}
