//! The daemon as it lives: waiting, waking, in trouble, reloaded, stopped.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::double::{Bench, Fault, PERSONAL, PITCH, block_on, message};
use super::{Context, Daemon, Settings, run, watch};
use crate::config::{FilingMode, Source};
use crate::mailbox::MailboxError;
use crate::store::Journal;

/// A daemon over one server an account.
struct Running {
    stop: oneshot::Sender<()>,
    reload: mpsc::Sender<Vec<Settings>>,
    task: JoinHandle<()>,
}

fn start(benches: &[(&str, &Bench)]) -> Running {
    let first = benches[0].1;
    let (journal, _) = Journal::open(Box::new(first.disk.clone())).unwrap();
    let daemon = Daemon {
        journal: Rc::new(std::cell::RefCell::new(journal)),
        memory: Rc::clone(&first.memory.0),
        clock: Rc::new(first.clock.clone()),
        backlog: false,
    };
    let servers: BTreeMap<String, _> =
        benches.iter().map(|(name, it)| ((*name).to_owned(), it.server.clone())).collect();
    let settings = benches.iter().map(|(name, it)| named(name, it)).collect();
    let (stop, stopped) = oneshot::channel();
    let (reload, reloads) = mpsc::channel(1);
    let begin = move |context: Context| -> LocalBoxFuture<'static, ()> {
        let server = servers[&context.settings().account.name].clone();
        Box::pin(async move { watch(&server, context).await })
    };
    let task = tokio::task::spawn_local(async move {
        let shutdown = async { stopped.await.unwrap_or_default() };
        run(daemon, settings, begin, reloads, shutdown).await;
    });
    Running { stop, reload, task }
}

fn named(name: &str, bench: &Bench) -> Settings {
    let mut settings = bench.settings();
    settings.account.name = name.to_owned();
    settings
}

impl Running {
    async fn end(self) -> Duration {
        let begun = Instant::now();
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        begun.elapsed()
    }
}

const SOON: Duration = Duration::from_secs(3);

#[test]
fn new_mail_is_filed_when_it_arrives() {
    block_on(async {
        let bench = Bench::default();
        bench.server.deliver("INBOX", message(1, "pitch"));
        let running = start(&[("main", &bench)]);
        sleep(SOON).await;
        assert_eq!(bench.server.count("INBOX"), 1, "the old one stays");
        for id in 2..5 {
            bench.server.deliver("INBOX", message(id, "pitch"));
            sleep(SOON).await;
            assert_eq!(bench.server.count("INBOX"), 1);
        }
        sleep(Duration::from_secs(1800)).await;
        assert_eq!(bench.judge.0.get(), 4, "each is judged once");
        assert_eq!(bench.server.0.borrow().connections, 1, "over one connection");
        assert!(running.end().await < Duration::from_secs(1));
    });
}

/// FAULTS.md D51: no news from the server, but the poll finds it.
#[test]
fn a_server_that_says_nothing_is_polled() {
    block_on(async {
        let bench = Bench::default();
        let running = start(&[("main", &bench)]);
        sleep(SOON).await;
        bench.server.set(|server| {
            let inbox = server.folders.get_mut("INBOX").unwrap();
            let it = super::double::Message {
                bytes: message(1, "pitch"),
                received: jiff::Timestamp::from_second(1_766_000_200).unwrap(),
                flags: std::collections::BTreeSet::new(),
                deleted: false,
            };
            inbox.messages.insert(inbox.uid_next, it);
            inbox.uid_next += 1;
        });
        sleep(Duration::from_secs(305)).await;
        assert_eq!(bench.server.count(PITCH), 1);
        running.end().await;
    });
}

/// FAULTS.md D52: a server that can't be reached, or ends every connection at once.
#[test]
fn a_dead_server_is_left_alone() {
    let unreachable: fn() -> MailboxError =
        || MailboxError::Timeout { command: "connecting".to_owned(), seconds: 1 };
    for login in [Some(unreachable), None] {
        block_on(async {
            let bench = Bench::default();
            bench.server.set(|server| {
                server.login = login;
                server.faults = (0..1000).map(|call| (call, Fault::LostBefore)).collect();
            });
            let running = start(&[("main", &bench)]);
            for _ in 0..6 {
                let before = bench.server.0.borrow().connections;
                sleep(Duration::from_secs(600)).await;
                let tries = bench.server.0.borrow().connections - before;
                assert!((1..=10).contains(&tries), "{tries} tries in 10 minutes");
            }
            bench.server.set(|server| {
                server.login = None;
                server.faults.clear();
            });
            sleep(Duration::from_secs(400)).await;
            bench.server.deliver("INBOX", message(1, "pitch"));
            sleep(SOON).await;
            assert_eq!(bench.server.count(PITCH), 1, "and goes on when it is there again");
            running.end().await;
        });
    }
}

/// FAULTS.md D53, D54.
#[test]
fn a_wrong_password_is_tried_three_times_an_hour() {
    let refused: fn() -> MailboxError =
        || MailboxError::Login { user: "petra".to_owned(), text: "no".to_owned() };
    let unavailable: fn() -> MailboxError = || MailboxError::LoginUnavailable("later".to_owned());
    for (login, most) in [(refused, 3), (unavailable, 60)] {
        block_on(async {
            let bench = Bench::default();
            bench.server.set(|it| it.login = Some(login));
            let running = start(&[("main", &bench)]);
            for _ in 0..5 {
                let before = bench.server.0.borrow().connections;
                sleep(Duration::from_secs(3600)).await;
                let tries = bench.server.0.borrow().connections - before;
                assert!((2..=most).contains(&tries), "{tries} tries in an hour");
            }
            assert!(running.end().await < Duration::from_secs(1));
        });
    }
}

#[test]
fn one_account_in_trouble_stops_no_other() {
    block_on(async {
        let (good, bad, ugly) = (Bench::default(), Bench::default(), Bench::default());
        bad.server.set(|it| it.login = Some(|| MailboxError::Tls("expired".to_owned())));
        let strange: fn() -> MailboxError = || MailboxError::Protocol("gibberish".to_owned());
        ugly.server.set(|it| it.login = Some(strange));
        let running = start(&[("good", &good), ("bad", &bad), ("ugly", &ugly)]);
        sleep(SOON).await;
        good.server.deliver("INBOX", message(1, "personal"));
        sleep(SOON).await;
        assert_eq!(good.server.count(PERSONAL), 1);
        running.end().await;
    });
}

#[test]
fn a_defect_stops_one_account_for_a_while() {
    block_on(async {
        let (good, bad) = (Bench::default(), Bench::default());
        bad.server.set(|it| it.login = Some(|| panic!("made to fail")));
        let running = start(&[("good", &good), ("bad", &bad)]);
        sleep(SOON).await;
        assert_eq!(bad.server.0.borrow().connections, 1);
        bad.server.set(|it| it.login = None);
        for bench in [&good, &bad] {
            bench.server.deliver("INBOX", message(1, "unsure"));
        }
        sleep(Duration::from_secs(10)).await;
        assert_eq!(bad.server.0.borrow().connections, 2);
        for bench in [&good, &bad] {
            bench.server.deliver("INBOX", message(2, "personal"));
        }
        sleep(SOON).await;
        assert_eq!((good.server.count(PERSONAL), bad.server.count(PERSONAL)), (1, 1));
        running.end().await;
    });
}

#[test]
fn new_settings_hold_from_the_next_pass_on_and_keep_the_connection() {
    block_on(async {
        let mut bench = Bench::default();
        bench.filing.mode = FilingMode::Off;
        let running = start(&[("main", &bench)]);
        sleep(SOON).await;
        bench.server.deliver("INBOX", message(1, "pitch"));
        sleep(SOON).await;
        assert_eq!(bench.server.count(PITCH), 0);
        bench.filing.mode = FilingMode::Move;
        running.reload.send(vec![named("main", &bench)]).await.unwrap();
        bench.server.deliver("INBOX", message(2, "pitch"));
        sleep(SOON).await;
        assert_eq!(bench.server.count(PITCH), 1);
        assert_eq!(bench.server.0.borrow().connections, 1);
        running.end().await;
    });
}

#[test]
fn an_account_that_moves_or_goes_is_connected_anew_or_ended() {
    block_on(async {
        let (one, two) = (Bench::default(), Bench::default());
        let running = start(&[("one", &one), ("two", &two)]);
        sleep(SOON).await;
        let mut moved = named("one", &one);
        moved.account.source = Source::Maildir { path: "/elsewhere".into() };
        running.reload.send(vec![moved.clone()]).await.unwrap();
        sleep(SOON).await;
        assert_eq!(one.server.0.borrow().connections, 2);
        two.server.deliver("INBOX", message(1, "pitch"));
        sleep(Duration::from_secs(400)).await;
        assert_eq!(two.server.count(PITCH), 0, "no longer watched");
        running.reload.send(vec![moved, named("two", &two)]).await.unwrap();
        sleep(SOON).await;
        assert_eq!(two.server.count(PITCH), 1, "and watched again");
        assert_eq!(one.server.0.borrow().connections, 2);
        running.end().await;
    });
}

#[test]
fn a_mass_action_stops_the_account_until_the_owner_has_decided() {
    block_on(async {
        let mut bench = Bench::default();
        bench.filing.max_moves_per_cycle = 2;
        let running = start(&[("main", &bench)]);
        sleep(SOON).await;
        bench.server.set(|it| it.folders.get_mut("INBOX").unwrap().read_only = true);
        for id in 0..3 {
            bench.server.deliver("INBOX", message(id, "pitch"));
        }
        sleep(SOON).await;
        bench.server.set(|it| it.folders.get_mut("INBOX").unwrap().read_only = false);
        sleep(Duration::from_secs(100_000)).await;
        assert_eq!((bench.server.count(PITCH), bench.server.0.borrow().connections), (0, 1));
        bench.filing.max_moves_per_cycle = 3;
        running.reload.send(vec![named("main", &bench)]).await.unwrap();
        sleep(SOON).await;
        assert_eq!(bench.server.count(PITCH), 3);
        running.end().await;
    });
}

/// A week asleep is no reason for anything: FAULTS.md B22.
#[test]
fn a_jump_of_the_clock_moves_nothing() {
    block_on(async {
        let bench = Bench::default();
        for id in 0..5 {
            bench.server.deliver("INBOX", message(id, "pitch"));
        }
        let running = start(&[("main", &bench)]);
        sleep(SOON).await;
        for jump in [604_800, -1_000_000_000, 2_000_000_000, -3600, 3600] {
            bench.clock.advance(jump);
            sleep(Duration::from_secs(700)).await;
            assert_eq!(bench.server.mutations(), 0);
        }
        running.end().await;
    });
}

#[test]
fn a_task_that_hangs_does_not_hold_up_the_end() {
    block_on(async {
        let bench = Bench::default();
        let (journal, _) = Journal::open(Box::new(bench.disk.clone())).unwrap();
        let daemon = Daemon {
            journal: Rc::new(std::cell::RefCell::new(journal)),
            memory: Rc::clone(&bench.memory.0),
            clock: Rc::new(bench.clock.clone()),
            backlog: false,
        };
        let (_keep, reloads) = mpsc::channel(1);
        let hang = |_: Context| -> LocalBoxFuture<'static, ()> { Box::pin(std::future::pending()) };
        let begun = Instant::now();
        let end = run(daemon, vec![bench.settings()], hang, reloads, sleep(SOON));
        timeout(Duration::from_secs(60), end).await.unwrap();
        assert!(begun.elapsed() < SOON + Duration::from_secs(5));
    });
}

/// A server that announces news without end is looked at once a second.
#[test]
fn a_storm_of_news_is_no_storm_of_passes() {
    block_on(async {
        let bench = Bench::default();
        let running = start(&[("main", &bench)]);
        sleep(SOON).await;
        let before = bench.server.0.borrow().calls;
        for _ in 0..6000 {
            bench.server.set(|it| it.announce());
            sleep(Duration::from_millis(10)).await;
        }
        let calls = bench.server.0.borrow().calls - before;
        assert!(calls < 500, "{calls} calls in a minute");
        running.end().await;
    });
}
