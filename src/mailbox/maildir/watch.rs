//! Noticing new mail: by inotify, and where the system has none left, by looking at the
//! modification times of the directories.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use futures_util::{FutureExt, StreamExt};
use inotify::{EventStream, Inotify, WatchMask};
use tokio::time::{Instant, sleep, timeout_at};

use crate::mailbox::Wake;

/// How often the directories are looked at without inotify.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A delivery is several events; this long after the first one they count as one.
const SETTLE: Duration = Duration::from_millis(50);

/// A watch over the `new` and `cur` directories of some folders.
pub(super) struct Watch {
    directories: Vec<PathBuf>,
    how: How,
}

enum How {
    Inotify(EventStream<Vec<u8>>),
    Look(Vec<Option<SystemTime>>),
}

impl Watch {
    /// Watches from now on.
    pub(super) fn over(folders: &[PathBuf]) -> Self {
        let directories: Vec<PathBuf> =
            folders.iter().flat_map(|it| [it.join("new"), it.join("cur")]).collect();
        let how = match inotify(&directories) {
            Ok(events) => How::Inotify(events),
            Err(error) => {
                tracing::debug!("no inotify ({error}); looking every {LOOK_EVERY:?}");
                How::Look(look(&directories))
            }
        };
        Watch { directories, how }
    }

    /// Whether these are the folders that it watches.
    pub(super) fn is_over(&self, folders: &[PathBuf]) -> bool {
        let watched = self.directories.iter().step_by(2).map(|it| it.parent());
        watched.eq(folders.iter().map(|it| Some(it.as_path())))
    }

    /// Waits for something to arrive, at most `limit`.
    ///
    /// # Errors
    /// The watch is gone; make a new one.
    pub(super) async fn wait(&mut self, limit: Duration) -> io::Result<Wake> {
        let end = Instant::now() + limit;
        match &mut self.how {
            How::Inotify(events) => match timeout_at(end, events.next()).await {
                Err(_) => Ok(Wake::Elapsed),
                Ok(None) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(Some(event)) => {
                    let mut gone = lost(&event?);
                    sleep(SETTLE).await;
                    while let Some(Some(event)) = events.next().now_or_never() {
                        gone |= lost(&event?);
                    }
                    if gone { Err(io::ErrorKind::NotFound.into()) } else { Ok(Wake::Changed) }
                }
            },
            How::Look(seen) => loop {
                let now = look(&self.directories);
                if now != *seen {
                    *seen = now;
                    return Ok(Wake::Changed);
                }
                if Instant::now() >= end {
                    return Ok(Wake::Elapsed);
                }
                tokio::time::sleep_until(end.min(Instant::now() + LOOK_EVERY)).await;
            },
        }
    }
}

/// The directory that the event belongs to is not watched any more.
fn lost(event: &inotify::EventOwned) -> bool {
    event.mask.contains(inotify::EventMask::IGNORED)
}

fn inotify(directories: &[PathBuf]) -> io::Result<EventStream<Vec<u8>>> {
    let inotify = Inotify::init()?;
    for directory in directories {
        // Deliveries link or rename a file in; our own moves out of it wake nobody.
        inotify.watches().add(directory, WatchMask::CREATE | WatchMask::MOVED_TO)?;
    }
    inotify.into_event_stream(vec![0; 4096])
}

fn look(directories: &[PathBuf]) -> Vec<Option<SystemTime>> {
    let modified = |it: &PathBuf| std::fs::metadata(it).and_then(|it| it.modified()).ok();
    directories.iter().map(modified).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Vec<PathBuf>) {
        let dir = tempfile::tempdir().unwrap();
        for part in ["new", "cur", "tmp"] {
            std::fs::create_dir(dir.path().join(part)).unwrap();
        }
        let folders = vec![dir.path().to_owned()];
        (dir, folders)
    }

    async fn check_wakes(mut watch: Watch, dir: &std::path::Path) {
        let brief = Duration::from_millis(30);
        assert_eq!(watch.wait(brief).await.unwrap(), Wake::Elapsed);
        // The clock of the file system ticks every few milliseconds.
        sleep(brief).await;
        std::fs::write(dir.join("tmp/a"), "a").unwrap();
        assert_eq!(watch.wait(brief).await.unwrap(), Wake::Elapsed);
        std::fs::rename(dir.join("tmp/a"), dir.join("new/a")).unwrap();
        std::fs::write(dir.join("new/b"), "b").unwrap();
        assert_eq!(watch.wait(Duration::from_secs(5)).await.unwrap(), Wake::Changed);
        assert_eq!(watch.wait(brief).await.unwrap(), Wake::Elapsed, "one event a delivery");
    }

    #[tokio::test]
    async fn a_delivery_wakes() {
        let (dir, folders) = folder();
        let watch = Watch::over(&folders);
        assert!(matches!(watch.how, How::Inotify(_)));
        assert!(watch.is_over(&folders) && !watch.is_over(&[]));
        check_wakes(watch, dir.path()).await;
    }

    #[tokio::test]
    async fn a_delivery_wakes_without_inotify() {
        let (dir, folders) = folder();
        let mut watch = Watch::over(&folders);
        watch.how = How::Look(look(&watch.directories));
        check_wakes(watch, dir.path()).await;
    }

    #[tokio::test]
    async fn a_removed_directory_ends_the_watch() {
        let (dir, folders) = folder();
        let mut watch = Watch::over(&folders);
        std::fs::remove_dir(dir.path().join("new")).unwrap();
        assert!(watch.wait(Duration::from_secs(5)).await.is_err());
    }
}
