//! The limits of the plain HTTP host: how many connections it serves, and how long each step of one may take.

use std::{fs, ops::RangeInclusive, str::FromStr, time::Duration};

use super::{super::error::StartError, platform::Platform};

/// The limits of the plain HTTP host.
///
/// ```
/// use std::time::Duration;
///
/// use shared::host::HttpLimits;
///
/// assert_eq!(HttpLimits::default().request_timeout, Duration::from_secs(300));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpLimits {
    /// `MAX_CONNECTIONS`: how many connections may be open at once. Default: the process's limit of open files minus
    /// 64, and at most 1024.
    pub max_connections: Option<usize>,
    /// `REQUEST_TIMEOUT_SECONDS`: how long a call may take. Default: 300 seconds, as on Cloud Run; on Lambda Web Functions
    /// 30, as there.
    pub request_timeout: Duration,
    /// `IDLE_TIMEOUT_SECONDS`: how long a connection stays open between two calls. Default: 75 seconds, longer than
    /// the idle timeout of load balancers (60 seconds at AWS), so that the balancer closes first and never sends a
    /// request on a closed connection.
    pub idle_timeout: Duration,
    /// How long the head of a request may take to arrive: 5 seconds.
    pub head_timeout: Duration,
    /// How long a client may go without reading a byte of an answer: 30 seconds. Also how long it has to read the rest
    /// of an answer after [`Self::request_timeout`].
    pub write_timeout: Duration,
    /// What stands in front of the host.
    pub(in super::super) platform: Platform,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self::of(Platform::default())
    }
}
/// The largest default of `MAX_CONNECTIONS`. Each connection takes about 30 KB of memory, and any client can open one.
const MOST_BY_DEFAULT: usize = 1024;
/// Open files that are not clients' connections: the listener, the log, outgoing requests, and one connection that has
/// been accepted and waits for its place.
const RESERVED_FILES: usize = 64;
/// Assumed where the limit of open files cannot be read: the default on macOS.
const OPEN_FILES_ELSEWHERE: usize = 256;
/// A deadline more than an hour away counts as unknown, on Lambda too.
const LONGEST_SECONDS: u64 = 3600;

const MAX_CONNECTIONS: &str = "MAX_CONNECTIONS";
const REQUEST_TIMEOUT: &str = "REQUEST_TIMEOUT_SECONDS";
const IDLE_TIMEOUT: &str = "IDLE_TIMEOUT_SECONDS";

impl HttpLimits {
    /// The defaults.
    fn of(platform: Platform) -> Self {
        Self {
            max_connections: None,
            request_timeout: platform.request_timeout(),
            idle_timeout: Duration::from_secs(75),
            head_timeout: Duration::from_secs(5),
            write_timeout: Duration::from_secs(30),
            platform,
        }
    }

    pub(in super::super) fn read(
        platform: Platform,
        set: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, StartError> {
        let default = Self::of(platform);
        let connections = "is not a number of connections: set it to 1 or more, or leave it unset";
        let seconds = format!(
            "is not a number of seconds: set it to a whole number from 1 to {LONGEST_SECONDS}"
        );
        let time = |name| number(name, &set, 1..=LONGEST_SECONDS, &seconds);
        let (max_connections, request_timeout, idle_timeout) = StartError::all((
            number(MAX_CONNECTIONS, &set, 1..=usize::MAX, connections),
            time(REQUEST_TIMEOUT),
            time(IDLE_TIMEOUT),
        ))?;
        Ok(Self {
            max_connections,
            request_timeout: request_timeout.map_or(default.request_timeout, Duration::from_secs),
            idle_timeout: idle_timeout.map_or(default.idle_timeout, Duration::from_secs),
            ..default
        })
    }

    /// How many connections this process may have open at once.
    ///
    /// # Errors
    /// `MAX_CONNECTIONS` is more than the process's limit of open files allows.
    pub(in super::super) fn connections(&self) -> Result<usize, StartError> {
        self.connections_of(open_files())
    }

    fn connections_of(&self, open_files: usize) -> Result<usize, StartError> {
        let allowed = open_files.saturating_sub(RESERVED_FILES).max(1);
        match self.max_connections {
            None => Ok(allowed.min(MOST_BY_DEFAULT)),
            Some(wanted) if wanted <= allowed => Ok(wanted),
            Some(_) => Err(StartError::new(
                MAX_CONNECTIONS,
                format_args!(
                    "is too many for a process that may open {open_files} files: set it to {allowed} or less, or \
                     raise the limit (ulimit -n)"
                ),
            )),
        }
    }
}

/// The number in the variable `name`, if it is set.
fn number<T: FromStr + PartialOrd>(
    name: &'static str,
    set: impl Fn(&str) -> Option<String>,
    allowed: RangeInclusive<T>,
    problem: &str,
) -> Result<Option<T>, StartError> {
    let parse = |text: String| text.parse().ok().filter(|number| allowed.contains(number));
    set(name).map(|text| parse(text).ok_or_else(|| StartError::new(name, problem))).transpose()
}

/// The soft limit of open files (`RLIMIT_NOFILE`), as Linux shows it to the process.
fn open_files() -> usize {
    fs::read_to_string("/proc/self/limits")
        .ok()
        .and_then(|limits| soft_limit_of_files(&limits))
        .unwrap_or(OPEN_FILES_ELSEWHERE)
}

fn soft_limit_of_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserves_files_and_refuses_more_connections_than_the_limit_of_open_files_allows() {
        let with = |max_connections, files| {
            let limits = HttpLimits { max_connections, ..HttpLimits::default() };
            limits.connections_of(files).map_err(|error| error.to_string())
        };
        for (wanted, files, expected) in [
            (None, 1024, 960),
            (None, 256, 192),
            (None, 10, 1),
            (None, 1 << 20, 1024),
            (None, usize::MAX, 1024),
            (Some(1), 1024, 1),
            (Some(960), 1024, 960),
            (Some(50_000), 1 << 20, 50_000),
        ] {
            assert_eq!(with(wanted, files), Ok(expected), "{wanted:?} of {files}");
        }
        let refused = with(Some(961), 1024).unwrap_err();
        assert!(
            refused.starts_with(
                "MAX_CONNECTIONS is too many for a process that may open 1024 files: set it to 960"
            ),
            "{refused}"
        );
    }

    #[test]
    fn reads_the_soft_limit_of_open_files() {
        let table = "Limit                     Soft Limit           Hard Limit           Units     \n\
                     Max processes             5                    6                    processes \n\
                     Max open files            1024                 524288               files     \n";
        assert_eq!(soft_limit_of_files(table), Some(1024));
        let unlimited = table.replace("1024  ", "unlimited");
        assert_eq!(soft_limit_of_files(&unlimited), Some(usize::MAX));
        assert_eq!(soft_limit_of_files("Max processes 5 6"), None);
        #[cfg(target_os = "linux")]
        assert!(soft_limit_of_files(&fs::read_to_string("/proc/self/limits").unwrap()).is_some());
    }
}
