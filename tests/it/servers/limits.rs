//! Servers that take no further connection (FAULTS.md D52).

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use grussd::config::{Imap, Tls};
use grussd::daemon::{Connect, watch};
use grussd::mailbox::MailboxError;
use grussd::mailbox::imap::ImapMailbox;

use super::pass;
use crate::support::block_on;
use crate::support::pause;
use crate::support::server::{Product, Server};

on_each_server!(at_its_limit_a_server_is_left_alone, check_limit, { connections: Some(1) });

fn check_limit<P: Product>(setup: P) {
    let server = Server::start(setup);
    // What looked whether it is up has to be gone.
    pause(Duration::from_millis(500));
    let _only = server.raw();
    let crowded = Crowded {
        config: server.config(Tls::None),
        tries: Cell::new(0),
        errors: RefCell::default(),
    };
    let pass = pass(&server);
    let (context, leash) = pass.daemon(false).context(pass.settings());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    tokio::task::LocalSet::new().block_on(&runtime.unwrap(), async {
        let ten_minutes = async {
            tokio::time::sleep(Duration::from_secs(600)).await;
            leash.stop();
        };
        tokio::join!(watch(&crowded, context), ten_minutes);
    });
    let errors = crowded.errors.into_inner();
    println!("{}: {} tries, {errors:?}", P::NAME, crowded.tries.get());
    assert!((2..=10).contains(&crowded.tries.get()), "{}", crowded.tries.get());
}

/// A server that somebody else uses up.
struct Crowded {
    config: Imap,
    tries: Cell<u32>,
    errors: RefCell<BTreeSet<String>>,
}

impl Connect for Crowded {
    type Mailbox = ImapMailbox;

    /// Has a thread of its own, since the clock of this one goes on by itself.
    async fn connect(&self) -> Result<ImapMailbox, MailboxError> {
        self.tries.set(self.tries.get() + 1);
        let config = self.config.clone();
        let tried = std::thread::spawn(move || block_on(ImapMailbox::connect(&config)).map(drop));
        let error = tried.join().unwrap().expect_err("there is a limit");
        assert!(error.is_transient(), "{error}");
        self.errors.borrow_mut().insert(error.to_string());
        Err(error)
    }
}
