//! The bounds of the plain HTTP host: how many connections, and how long each step of one may take.

use std::{fs, time::Duration};

use super::super::error::StartError;

/// The bounds of the plain HTTP host.
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
    /// `MAX_CONNECTIONS`: how many connections are open at once. Default: what the process's limit of open files
    /// leaves beside [`Self::RESERVED_FILES`], 1024 at most.
    pub max_connections: Option<usize>,
    /// `REQUEST_TIMEOUT_SECONDS`: how long a call may take. Default: 300 seconds, as on Cloud Run.
    pub request_timeout: Duration,
    /// `IDLE_TIMEOUT_SECONDS`: how long a connection is kept open between two calls. Default: 75 seconds, more than
    /// a load balancer's (60 seconds at AWS), so that the balancer closes first and never sends into a closed one.
    pub idle_timeout: Duration,
    /// How long the head of a request may take to arrive: 5 seconds.
    pub head_timeout: Duration,
    /// How long a client may go without reading a byte of an answer: 30 seconds. Also how long it has for the rest
    /// of an answer once [`Self::request_timeout`] is over.
    pub write_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            max_connections: None,
            request_timeout: Duration::from_secs(300),
            idle_timeout: Duration::from_secs(75),
            head_timeout: Duration::from_secs(5),
            write_timeout: Duration::from_secs(30),
        }
    }
}

/// More would let strangers take more memory: some 30 KB for each connection.
const MOST_BY_DEFAULT: usize = 1024;
/// Assumed where the limit cannot be read: the default on macOS.
const OPEN_FILES_ELSEWHERE: usize = 256;
/// The longest time of a call: the same bound as for Lambda's deadlines.
const LONGEST_SECONDS: u64 = 3600;

const MAX_CONNECTIONS: &str = "MAX_CONNECTIONS";
const REQUEST_TIMEOUT: &str = "REQUEST_TIMEOUT_SECONDS";
const IDLE_TIMEOUT: &str = "IDLE_TIMEOUT_SECONDS";

impl HttpLimits {
    /// Files that are not clients' connections: the listener, the log, requests to Google and AWS, and one
    /// connection that has been accepted and waits for its place.
    pub const RESERVED_FILES: usize = 64;

    pub(in super::super) fn read(set: impl Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let default = Self::default();
        let max_connections = set(MAX_CONNECTIONS)
            .map(|text| {
                text.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
                    let cure =
                        "is not a number of connections: set it to 1 or more, or leave it unset";
                    StartError::new(MAX_CONNECTIONS, cure)
                })
            })
            .transpose()?;
        Ok(Self {
            max_connections,
            request_timeout: seconds(REQUEST_TIMEOUT, &set)?.unwrap_or(default.request_timeout),
            idle_timeout: seconds(IDLE_TIMEOUT, &set)?.unwrap_or(default.idle_timeout),
            ..default
        })
    }

    /// How many connections this process may have open at once.
    ///
    /// # Errors
    /// More were asked for than the process's limit of open files allows.
    pub(in super::super) fn connections(&self) -> Result<usize, StartError> {
        self.connections_of(open_files())
    }

    fn connections_of(&self, open_files: usize) -> Result<usize, StartError> {
        let allowed = open_files.saturating_sub(Self::RESERVED_FILES).max(1);
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

fn seconds(
    name: &'static str,
    set: impl Fn(&str) -> Option<String>,
) -> Result<Option<Duration>, StartError> {
    let Some(text) = set(name) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(seconds) if (1..=LONGEST_SECONDS).contains(&seconds) => {
            Ok(Some(Duration::from_secs(seconds)))
        }
        _ => Err(StartError::new(
            name,
            format_args!(
                "is not a number of seconds: set it to a whole number from 1 to {LONGEST_SECONDS}"
            ),
        )),
    }
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
    fn leaves_room_beside_the_connections_and_refuses_more_than_there_is() {
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
