//! A budget that the processes of one machine share through a locked file.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::RequestBudget;
use crate::error::Error;
use crate::exchange::ExchangeError;
use crate::limiter::SlidingWindows;

/// First line of the file; another one is another version's.
const FIRST: &str = "expensify-client request budget 1";

/// Last line of the file, without which it was not written to its end.
const LAST: &str = "end";

/// The budget of all processes that open the same file on one machine.
///
/// Give all processes with one key pair the same file, on a local disk, and the same limits. The file is locked while it
/// is read and written, for less than a millisecond; it holds the times of the latest requests and nothing else. Times
/// are those of the system's clock: one that is set back makes wait for at most the longest window once.
///
/// A file that cannot be read (another version's, or cut off because a process died while writing it) counts as a budget
/// just used up. A caller that gives up while the file is read may lose its place to nobody.
#[derive(Clone, Debug)]
pub struct FileBudget {
    path: PathBuf,
    limits: SlidingWindows,
}

impl FileBudget {
    /// Opens the file, or makes it. `limits` are windows in which nothing was sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if it cannot be opened for writing or locked.
    pub fn open(path: impl Into<PathBuf>, limits: SlidingWindows) -> Result<Self, Error> {
        let path = path.into();
        lock(&path).map_err(|source| ExchangeError::Budget { source })?;
        Ok(Self { path, limits })
    }

    /// Changes the state of the file while no other process can.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut SlidingWindows, Duration) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let Self { path, limits } = self.clone();
        let work = move || {
            let file = lock(&path)?;
            // After the lock: whoever held it may have recorded a later time.
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            change_file(file, limits, now, change)
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|gone| Err(io::Error::other(gone)))
            .map_err(|source| ExchangeError::Budget { source }.into())
    }
}

#[async_trait]
impl RequestBudget for FileBudget {
    async fn try_start(&self) -> Result<Option<Duration>, Error> {
        self.change(SlidingWindows::try_start).await
    }

    async fn hold(&self, wait: Duration) -> Result<(), Error> {
        self.change(move |windows, now| windows.hold_until(now.saturating_add(wait)))
            .await
    }
}

/// The file, locked until it is dropped.
fn lock(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.lock()?;
    Ok(file)
}

fn change_file<T>(
    mut file: File,
    limits: SlidingWindows,
    now: Duration,
    change: impl FnOnce(&mut SlidingWindows, Duration) -> T,
) -> io::Result<T> {
    // To the millisecond and up, as it is written: what is read back is never earlier than what was decided on.
    let now = Duration::from_millis(milliseconds(now).saturating_add(1));
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let mut windows = read(&text, limits, now);
    let done = change(&mut windows, now);
    let text = write(&windows);
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.set_len(u64::try_from(text.len()).unwrap_or(u64::MAX))?;
    Ok(done)
}

fn read(text: &[u8], limits: SlidingWindows, now: Duration) -> SlidingWindows {
    if text.is_empty() {
        return limits;
    }
    let longest = now.saturating_add(limits.longest_span());
    let Some((starts, held)) = parse(text) else {
        return limits.resumed([], longest);
    };
    // A time that lies ahead was written before the clock was set back, and so was the end of a hold.
    let set_back = starts.iter().any(|start| *start > now);
    let held = if set_back { held.min(longest) } else { held };
    limits.resumed(starts.into_iter().map(|start| start.min(now)), held)
}

fn parse(text: &[u8]) -> Option<(Vec<Duration>, Duration)> {
    let mut lines = std::str::from_utf8(text).ok()?.lines();
    let time = |text: &str| text.parse().ok().map(Duration::from_millis);
    if lines.next()? != FIRST {
        return None;
    }
    let held = time(lines.next()?.strip_prefix("held ")?)?;
    let mut starts = Vec::new();
    loop {
        match lines.next()? {
            LAST => return Some((starts, held)),
            start => starts.push(time(start.strip_prefix("start ")?)?),
        }
    }
}

fn write(windows: &SlidingWindows) -> String {
    let mut text = format!("{FIRST}\nheld {}\n", milliseconds(windows.held_until()));
    for start in windows.starts() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "start {}", milliseconds(start));
    }
    text.push_str(LAST);
    text.push('\n');
    text
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use proptest::prelude::*;

    use super::*;
    use crate::limiter::RateWindow;

    fn limits() -> SlidingWindows {
        let window = |requests, seconds| RateWindow {
            requests: NonZeroUsize::new(requests).unwrap(),
            span: Duration::from_secs(seconds),
        };
        SlidingWindows::new(&[window(5, 10), window(20, 60)], Duration::ZERO)
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    /// Tries to start a request at this moment, as any process would.
    fn start(path: &Path, at_ms: u64) -> Option<Duration> {
        let now = Duration::from_millis(at_ms);
        change_file(
            lock(path).unwrap(),
            limits(),
            now,
            SlidingWindows::try_start,
        )
        .unwrap()
    }

    /// Starts of `count` requests that all arrive at `at`, in whole seconds after it.
    fn rush(path: &Path, at: u64, count: usize) -> Vec<u64> {
        let mut now = at;
        (0..count)
            .map(|_| {
                while let Some(wait) = start(path, now) {
                    now += milliseconds(wait);
                }
                (now - at) / 1000
            })
            .collect()
    }

    #[test]
    fn five_start_at_once_and_twenty_take_thirty_seconds() {
        let folder = folder();
        let starts = rush(&folder.path().join("budget"), 1_790_000_000_000, 20);
        assert_eq!(starts[..6], [0, 0, 0, 0, 0, 10]);
        assert_eq!(starts[19], 30);
    }

    #[test]
    fn a_clock_that_was_set_back_delays_by_one_window_and_not_for_ever() {
        let folder = folder();
        let path = folder.path().join("budget");
        rush(&path, 1_790_000_000_000, 5);
        assert_eq!(
            start(&path, 1_000_000_000_000),
            Some(Duration::from_secs(10))
        );
        assert_eq!(start(&path, 1_000_000_011_000), None);

        // A hold of two minutes ends with the longest window as well.
        let now = Duration::from_secs(1_790_000_000);
        let hold = |windows: &mut SlidingWindows, now: Duration| {
            windows.record(now);
            windows.hold_until(now + Duration::from_mins(2));
        };
        change_file(lock(&path).unwrap(), limits(), now, hold).unwrap();
        let wait = start(&path, 1_000_000_000_000).unwrap();
        assert_eq!(wait, Duration::from_mins(1));
        assert_eq!(start(&path, 1_000_000_060_000), None);
    }

    #[test]
    fn a_file_that_cannot_be_read_counts_as_a_budget_used_up() {
        for text in [
            "x",
            "expensify-client request budget 2\nheld 0\nend\n",
            "expensify-client request budget 1\nheld 0\nstart 17",
        ] {
            let folder = folder();
            let path = folder.path().join("budget");
            std::fs::write(&path, text).unwrap();
            assert_eq!(
                start(&path, 1_790_000_000_000),
                Some(Duration::from_mins(1)),
                "{text}"
            );
            assert_eq!(start(&path, 1_790_000_060_000), None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_hold_reaches_all_who_share_the_file() {
        let folder = folder();
        let path = folder.path().join("budget");
        let [one, other] = [(); 2].map(|()| FileBudget::open(&path, limits()).unwrap());
        one.hold(Duration::from_secs(40)).await.unwrap();
        let wait = other.try_start().await.unwrap().unwrap();
        assert!((35..=40).contains(&wait.as_secs()), "{wait:?}");
    }

    /// Each opens the file by itself, as processes do: locks belong to what is opened, not to the process.
    #[test]
    fn many_at_once_never_exceed_the_limits_together() {
        let folder = folder();
        let path = folder.path().join("budget");
        let started: usize = std::thread::scope(|scope| {
            let tries = |_| {
                (0..10)
                    .filter(|_| start(&path, 1_790_000_000_000).is_none())
                    .count()
            };
            let threads: Vec<_> = (0..4).map(|at| scope.spawn(move || tries(at))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(started, 5);
    }

    #[test]
    fn a_file_that_cannot_be_made_is_told_at_once() {
        let error = FileBudget::open("/nonexistent/folder/budget", limits()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Unavailable);
        assert_eq!(error.effect(), crate::Effect::None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(starts in proptest::collection::vec(0_u64..1 << 42, 0..30), held in 0_u64..1 << 42) {
            let windows = limits().resumed(starts.into_iter().map(Duration::from_millis), Duration::from_millis(held));
            let (read, read_held) = parse(write(&windows).as_bytes()).unwrap();
            prop_assert_eq!(read, windows.starts().collect::<Vec<_>>());
            prop_assert_eq!(read_held, windows.held_until());
        }

        #[test]
        fn any_content_is_read(text in proptest::collection::vec(any::<u8>(), 0..100)) {
            read(&text, limits(), Duration::from_secs(1_790_000_000));
        }
    }
}
