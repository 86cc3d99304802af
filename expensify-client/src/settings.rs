//! Everything about the client that can be set, as plain data.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use url::{Host, Url};

use crate::error::{Error, ErrorKind};
use crate::export::ParserLimits;
use crate::limiter::{RateWindow, SlidingWindows};

/// Address of the live service, a base URL for [`Settings::new`].
pub const PRODUCTION_URL: &str = "https://integrations.expensify.com/";

/// Settings of a [`Client`](crate::Client). [`new`](Self::new) fills in the defaults; every field can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Below which the endpoint stands; [`PRODUCTION_URL`], or that of a stand-in. The secret is sent there: https, or
    /// http to this machine, and without user info, query or fragment.
    pub base_url: Url,
    /// Whether plain http may leave this machine. Default: not.
    pub plain_http: PlainHttp,
    /// The request budget. Default: the documented 5 per 10 s and 20 per 60 s.
    pub rate: Vec<RateWindow>,
    /// Added to every span of [`rate`](Self::rate). Default: 250 ms.
    pub rate_margin: Duration,
    /// How long to wait for the network.
    pub timeouts: Timeouts,
    /// How much to accept.
    pub limits: BodyLimits,
    /// How often to repeat what only reads.
    pub retry: RetrySettings,
    /// How long to wait for a file.
    pub download: DownloadSettings,
    /// Bounds of the export parser.
    pub parser: ParserLimits,
    /// Most reports in one request to mark them as exported; the service's own limit is UNVERIFIED. Default: 50.
    pub marks_per_request: NonZeroUsize,
}

/// Where the secret may travel unencrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlainHttp {
    /// To loopback addresses: stand-ins on this machine.
    ThisMachine,
    /// Anywhere: for a network that is protected otherwise.
    Anywhere,
}

/// Timeouts of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands. Default: 10 s.
    pub connect: Duration,
    /// Until a reply is there whole, or the head of a file. Default: 120 s.
    pub reply: Duration,
    /// Between two chunks of a file. Default: 60 s.
    pub chunk: Duration,
}

/// Most bytes to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// Of a reply that is read whole. Default: 64 MiB, for policies with many tags.
    pub reply_bytes_max: u64,
    /// Of an error answer in place of a file. Default: 64 KiB.
    pub error_bytes_max: u64,
    /// Of a file, which is streamed. Default: 8 GiB.
    pub file_bytes_max: u64,
}

/// Retries of jobs that only read. Jobs that change something are sent once per call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySettings {
    /// Most attempts, the first included. Default: 4.
    pub attempts_max: NonZeroU32,
    /// Wait after the first 429 without `Retry-After`; doubles each time. Default: 30 s.
    pub throttled_after: Duration,
    /// Wait after the first failure of another kind; doubles each time. Default: 2 s.
    pub failed_after: Duration,
    /// Longest wait, `Retry-After` included. Default: 120 s.
    pub after_max: Duration,
}

impl RetrySettings {
    /// The wait before the next attempt; none if there should be none. `attempts` counts those made, from 1.
    pub(crate) fn delay(&self, attempts: u32, error: &Error) -> Option<Duration> {
        let base = match error.kind() {
            ErrorKind::Throttled => self.throttled_after,
            ErrorKind::Unavailable | ErrorKind::Unreachable => self.failed_after,
            ErrorKind::Forbidden
            | ErrorKind::Invalid
            | ErrorKind::NotFound
            | ErrorKind::Unauthenticated
            | ErrorKind::Unexpected => return None,
        };
        if attempts >= self.attempts_max.get() {
            return None;
        }
        let doubled = base.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
        Some(error.retry_after().unwrap_or(doubled).min(self.after_max))
    }
}

/// Waiting for a file that is not ready. Every attempt spends the request budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadSettings {
    /// Wait before the first attempt. Default: 5 s.
    pub first_after: Duration,
    /// Waits between attempts; the last one repeats. Default: 5, 10, 20, 40, 60 s.
    pub waits: Vec<Duration>,
    /// When to give up, counted from the start of the download. Default: 15 min.
    pub deadline: Duration,
}

impl DownloadSettings {
    /// The wait after so many attempts, counted from 1.
    pub(crate) fn wait_after(&self, attempts: u32) -> Duration {
        let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        self.waits
            .get(index)
            .or(self.waits.last())
            .copied()
            .unwrap_or(self.first_after)
    }
}

impl Settings {
    /// The defaults, for the service at `base_url`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if `base_url` is not a URL as [`Settings::base_url`] has to be.
    pub fn new(base_url: &str) -> Result<Self, Error> {
        Self::at(parse(base_url)?, PlainHttp::ThisMachine)
    }

    /// The defaults, for a service that may stand at a plain http URL on another machine.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if `base_url` is neither an http nor an https URL, or holds what it must not.
    pub fn over_plain_http(base_url: &str) -> Result<Self, Error> {
        Self::at(parse(base_url)?, PlainHttp::Anywhere)
    }

    fn at(base_url: Url, plain_http: PlainHttp) -> Result<Self, Error> {
        check_base_url(&base_url, plain_http)?;
        let seconds = Duration::from_secs;
        Ok(Self {
            base_url,
            plain_http,
            rate: [(5, 10), (20, 60)]
                .into_iter()
                .filter_map(|(requests, span)| {
                    Some(RateWindow {
                        requests: NonZeroUsize::new(requests)?,
                        span: seconds(span),
                    })
                })
                .collect(),
            rate_margin: Duration::from_millis(250),
            timeouts: Timeouts {
                connect: seconds(10),
                reply: seconds(120),
                chunk: seconds(60),
            },
            limits: BodyLimits {
                reply_bytes_max: 64 << 20,
                error_bytes_max: 64 << 10,
                file_bytes_max: 8 << 30,
            },
            retry: RetrySettings {
                attempts_max: NonZeroU32::MIN.saturating_add(3),
                throttled_after: seconds(30),
                failed_after: seconds(2),
                after_max: seconds(120),
            },
            download: DownloadSettings {
                first_after: seconds(5),
                waits: [5, 10, 20, 40, 60].map(seconds).to_vec(),
                deadline: seconds(15 * 60),
            },
            parser: ParserLimits::default(),
            marks_per_request: NonZeroUsize::MIN.saturating_add(49),
        })
    }

    /// The windows of [`rate`](Self::rate), with nothing sent in them yet: what a [`RequestBudget`](crate::RequestBudget)
    /// is made of.
    pub fn windows(&self) -> SlidingWindows {
        SlidingWindows::new(&self.rate, self.rate_margin)
    }
}

fn parse(base_url: &str) -> Result<Url, Error> {
    Url::parse(base_url).map_err(|_| Error::invalid("the base URL cannot be read"))
}

/// Whether the secret may be sent to this address.
pub(crate) fn check_base_url(url: &Url, plain_http: PlainHttp) -> Result<(), Error> {
    let refuse = |why: &str| Err(Error::invalid(format!("the base URL {why}")));
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback || plain_http == PlainHttp::Anywhere => {}
        "http" => return refuse("is http to another machine: the secret would be readable"),
        _ => return refuse("is not an http or https URL"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("holds user info, which would be shown in logs");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("holds a query or a fragment");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::{Expected, Head, classify};

    fn error(status: u16, retry_after: Option<u64>) -> Error {
        let retry_after = retry_after.map(Duration::from_secs);
        classify(
            Expected::Object,
            Head {
                status,
                retry_after,
            },
            b"",
        )
        .unwrap_err()
    }

    #[test]
    fn waits_double_up_to_their_limit_and_retry_after_goes_before() {
        let retry = Settings::new(PRODUCTION_URL).unwrap().retry;
        let retry = RetrySettings {
            attempts_max: NonZeroU32::new(6).unwrap(),
            ..retry
        };
        let delays = |status, retry_after| -> Vec<Option<u64>> {
            (1..=6)
                .map(|n| {
                    retry
                        .delay(n, &error(status, retry_after))
                        .map(|d| d.as_secs())
                })
                .collect()
        };
        assert_eq!(
            delays(429, None),
            [Some(30), Some(60), Some(120), Some(120), Some(120), None]
        );
        assert_eq!(
            delays(503, None),
            [Some(2), Some(4), Some(8), Some(16), Some(32), None]
        );
        assert_eq!(
            delays(429, Some(7)),
            [Some(7), Some(7), Some(7), Some(7), Some(7), None]
        );
        assert_eq!(delays(429, Some(9999))[0], Some(120));
        assert_eq!(delays(403, None), [None; 6]);
        assert_eq!(retry.delay(u32::MAX, &error(503, None)), None);
    }

    #[test]
    fn a_base_url_is_https_or_this_machine_and_holds_no_secret() {
        for text in [
            "",
            "integrations.expensify.com",
            "ftp://x/",
            "file:///etc",
            "http://integrations.expensify.com/",
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "https://me:secret@integrations.expensify.com/",
            "https://token@integrations.expensify.com/",
            "https://integrations.expensify.com/?a=b",
            "https://integrations.expensify.com/#a",
        ] {
            let error = Settings::new(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{text}");
            assert!(!format!("{error} {error:?}").contains("secret@"), "{text}");
        }
        for text in [
            PRODUCTION_URL,
            "https://10.0.0.1/proxy",
            "http://127.0.0.1:8080/",
            "http://127.8.0.1/",
            "http://[::1]:80/a",
            "http://localhost:1",
            "http://expensify.localhost/",
        ] {
            assert!(Settings::new(text).is_ok(), "{text}");
        }
        assert!(Settings::over_plain_http("http://10.0.0.1/").is_ok());
        assert!(Settings::over_plain_http("http://me:secret@10.0.0.1/").is_err());
    }
}
