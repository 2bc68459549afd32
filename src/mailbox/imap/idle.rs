//! Waiting for mail: IDLE (RFC 2177), or NOOP now and then where the server has none.

use std::time::Duration;

use async_imap::imap_proto::Response;
use tokio::time::{Instant, sleep};

use super::ImapMailbox;
use super::command::{Command, Io, Patience, State, Step, Wire, step, strange};
use super::select::{Access, Selected};
use crate::mailbox::{MailboxError, Wake};

const IDLE: &str = "IDLE";

impl ImapMailbox {
    /// May be dropped half-way: an IDLE that is on is ended before the next command, or by
    /// `close`; a command that was interrupted leaves nothing but `close`.
    pub(super) async fn wait_for_news(
        &mut self,
        folders: &[String],
        limit: Duration,
    ) -> Result<Wake, MailboxError> {
        let until = Instant::now() + limit;
        let Some(folder) = folders.first() else {
            sleep(limit).await;
            return Ok(Wake::Elapsed);
        };
        self.open(folder, Access::Read).await?;
        loop {
            if self.is_news() {
                return Ok(Wake::Changed);
            }
            // A silent connection is tried once in a while, and so kept alive.
            let round = until.min(Instant::now() + self.wire.timeouts().idle);
            let changed = if self.idle { self.idle_until(round).await? } else { None };
            match changed {
                Some(true) => return Ok(Wake::Changed),
                Some(false) => {}
                None => {
                    tokio::time::sleep_until(round).await;
                    self.run(Command::new("NOOP", "NOOP"), |_| {}).await?;
                }
            }
            if Instant::now() >= until {
                return Ok(if self.is_news() { Wake::Changed } else { Wake::Elapsed });
            }
        }
    }

    /// Whether there are messages in the selected folder that came after its status was told.
    fn is_news(&self) -> bool {
        self.selected.as_ref().is_some_and(|Selected { folder, place, grown, .. }| {
            let told = self.told.get(folder);
            *grown
                || told.is_some_and(|it| {
                    it.uid_validity != place.uid_validity || it.uid_next < place.uid_next
                })
        })
    }

    /// Idles; gives back whether anything changed, or none if the server wants no IDLE.
    async fn idle_until(&mut self, until: Instant) -> Result<Option<bool>, MailboxError> {
        let mut changed = false;
        let selected = &mut self.selected;
        let mut see = |response: &Response<'_>| {
            if let Some(selected) = selected {
                selected.follow(response);
                let gone = matches!(response, Response::Expunge(_) | Response::Vanished { .. });
                changed |= gone || selected.grown;
            }
            changed
        };
        match self.wire.begin_idle(&mut see).await {
            Ok(()) => {}
            Err(MailboxError::Refused { .. }) => {
                self.idle = false;
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        self.wire.idle(until, &mut see).await?;
        self.wire.end_idle(&mut see).await?;
        Ok(Some(changed))
    }
}

impl<S: Io> Wire<S> {
    /// Sends IDLE, and returns when the server has agreed to it.
    ///
    /// # Errors
    /// [`MailboxError::Refused`] if it has not.
    async fn begin_idle(
        &mut self,
        see: &mut impl FnMut(&Response<'_>) -> bool,
    ) -> Result<(), MailboxError> {
        let patience = self.usual();
        let tag = self.begin(IDLE, IDLE.as_bytes(), patience).await?;
        loop {
            let step = self.next(IDLE, patience, |response| {
                see(response);
                step(response, &tag, IDLE)
            });
            match step.await? {
                Step::Seen => {}
                Step::More => {
                    self.state = State::Idling(tag);
                    return Ok(());
                }
                Step::Ended(end) => {
                    return self.ended(end.and(Err(strange(IDLE, "it ended before it began"))));
                }
            }
        }
    }

    /// Shows what the server tells until `see` has enough of it, or the time is over. May be given
    /// up at any point; the IDLE goes on then.
    async fn idle(
        &mut self,
        until: Instant,
        see: &mut impl FnMut(&Response<'_>) -> bool,
    ) -> Result<(), MailboxError> {
        let State::Idling(tag) = self.state.clone() else { return Ok(()) };
        // Silence is nothing strange here. Dovecot breaks it every two minutes.
        let span = until.saturating_duration_since(Instant::now());
        let patience = Patience::new(span, span);
        loop {
            let read = self.next(IDLE, patience, |response| match step(response, &tag, IDLE) {
                Step::Ended(end) => (true, Some(end)),
                _ => (see(response), None),
            });
            match read.await {
                Err(MailboxError::Timeout { .. }) | Ok((true, None)) => return Ok(()),
                // Some servers end it by themselves.
                Ok((_, Some(end))) => return self.ended(end).map(|_| ()),
                Ok((false, None)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends the IDLE, if one is on.
    pub(super) async fn end_idle(
        &mut self,
        see: &mut impl FnMut(&Response<'_>) -> bool,
    ) -> Result<(), MailboxError> {
        let State::Idling(tag) = self.state.clone() else { return Ok(()) };
        self.state = State::Busy;
        let patience = self.usual();
        self.send(IDLE, b"DONE", patience).await?;
        loop {
            let step = self.next(IDLE, patience, |response| {
                see(response);
                step(response, &tag, IDLE)
            });
            if let Step::Ended(end) = step.await? {
                return self.ended(end).map(|_| ());
            }
        }
    }

    fn usual(&self) -> Patience {
        Patience::new(self.timeouts().command, self.timeouts().silence)
    }
}
