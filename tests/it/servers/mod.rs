//! The same tests over real servers, each of its own kind: Dovecot, Cyrus, and Courier, which has no
//! MOVE.

/// Makes a test for each server, of a function that takes a setup and whatever else.
macro_rules! on_each_server {
    ($(#[$note:meta])* $name:ident, $check:expr $(, $argument:expr)*) => {
        $(#[$note])*
        mod $name {
            use super::*;
            use crate::support::{courier, cyrus, dovecot};

            #[test]
            fn dovecot() {
                $check(dovecot::Setup::default() $(, $argument)*);
            }

            #[test]
            fn cyrus() {
                $check(cyrus::Setup::default() $(, $argument)*);
            }

            #[test]
            fn courier() {
                $check(courier::Setup::default() $(, $argument)*);
            }
        }
    };
}

mod filing;
mod kills;

use grussd::config::{Source, Tls};

use super::support::pass::Pass;
use super::support::server::{Product, Server};

/// Passes over the server's account, with a state beside its mail.
fn pass<P: Product>(server: &Server<P>) -> Pass {
    let source = Source::Imap(server.config(Tls::Implicit));
    Pass { state: server.path().join("grussd"), source }
}
