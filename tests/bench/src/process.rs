//! One process of a function: started as Lambda starts it, optionally with a share of a processor.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{events::Kind, targets};

/// A program that is measured.
#[derive(Clone)]
pub(crate) struct Target {
    /// The name in the tables.
    pub(crate) name: &'static str,
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    /// Used instead of `command` when the key endpoint uses TLS: the same program with one more root certificate.
    pub(crate) cold: Option<Vec<String>>,
    /// The program for structured calls, if it is another one.
    pub(crate) records: Option<Vec<String>>,
    /// Whether it answers with what it was asked; a constant answer does not.
    pub(crate) is_constant: bool,
    /// The deployed file or folder, for its size.
    pub(crate) artefact: PathBuf,
    /// Further environment variables.
    pub(crate) env: Vec<(String, String)>,
    /// Whether the log is read, which [`Function::until_it_has_keys`] needs.
    pub(crate) is_read: bool,
}

/// A shell script. It reports on stderr that it is ready, waits for a line on stdin, and then becomes the function. The
/// function's log goes to `/dev/null`, because a process that read the log would compete for the second processor.
const READY: &str = "echo >&2; read -r _; exec \"$@\" 2>/dev/null";

/// Our log line that reports that the keys are fetched.
const HAS_KEYS: &str = "key fetch";

/// A running function; killed when dropped.
pub(crate) struct Function {
    child: Child,
    /// When it was started.
    pub(crate) started: Instant,
}

impl Target {
    /// The target for structured calls; `None` for a constant answer.
    pub(crate) fn structured(&self) -> Option<Self> {
        let cold = self.records.clone().or_else(|| self.cold.clone());
        (!self.is_constant).then(|| Self { cold, ..self.clone() })
    }

    /// Panics unless `answer` is the expected one. Does not check a constant answer.
    pub(crate) fn check(&self, kind: Kind, answer: &[u8]) {
        if !self.is_constant {
            kind.check(self.name, answer);
        }
    }

    /// Starts the program that trusts the key endpoint's certificate.
    pub(crate) fn start_cold(&self, api: &str, keys_url: &str, share: Option<&Share>) -> Function {
        let command = self.cold.as_ref().unwrap_or(&self.command).clone();
        Self { command, ..self.clone() }.start(api, keys_url, share)
    }

    /// Starts the program. `share` is the part of one processor that it gets.
    pub(crate) fn start(&self, api: &str, keys_url: &str, share: Option<&Share>) -> Function {
        // A shell reports that it is ready, and becomes the function when it is told to, so that neither the shell's
        // start nor the setup of the control group is measured.
        let mut command = Command::new("/bin/sh");
        match share {
            None => command.args(["-c", READY, "sh"]),
            Some(share) => {
                command.args(["-c", &format!("echo $$ > \"$0\"; {READY}")]).arg(share.processes())
            }
        };
        let certificates = targets::certificates();
        command
            .args(&self.command)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("AWS_LAMBDA_RUNTIME_API", api)
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_REGION", "eu-west-1")
            .env("FIREBASE_PROJECT_ID", shared::testing::PROJECT)
            .env("FIREBASE_ID_TOKEN_KEYS_URL", keys_url)
            .env("SSL_CERT_FILE", certificates.join("bundle.pem"))
            .env("NODE_EXTRA_CA_CERTS", certificates.join("authority.pem"))
            .envs(self.env.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(if self.is_read { Stdio::piped() } else { Stdio::null() })
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stderr.take().unwrap().read_exact(&mut [0]).unwrap();
        let started = Instant::now();
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        Function { child, started }
    }
}

impl Function {
    /// Waits until the function has logged that the keys are fetched. Later log lines are discarded.
    pub(crate) fn until_it_has_keys(&mut self) {
        let mut log = BufReader::new(self.child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains(HAS_KEYS) {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended without keys");
        }
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the process has ended.
    pub(crate) fn wait(&mut self) {
        let _ = self.child.wait();
    }

    /// The CPU time of all threads so far.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let time = |task: PathBuf| {
            let text = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
            text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0)
        };
        Duration::from_nanos(tasks.flatten().map(|task| time(task.path())).sum())
    }

    /// The greatest resident memory so far, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A control group that gets a share of one processor.
pub(crate) struct Share(PathBuf);

/// The memory at which Lambda gives a function one whole processor; with less memory it gives a proportional share.
const FULL_MB: u64 = 1769;
const PERIOD_US: u64 = 100_000;

impl Share {
    /// The share of a function with this much memory; `None` if control groups cannot be created.
    pub(crate) fn of_memory(mb: u64) -> Option<Self> {
        let quota = PERIOD_US * mb / FULL_MB;
        let name = format!("bench-{}-{mb}", std::process::id());
        let v1 = Path::new("/sys/fs/cgroup/cpu").join(&name);
        if fs::create_dir_all(&v1).is_ok()
            && fs::write(v1.join("cpu.cfs_period_us"), PERIOD_US.to_string()).is_ok()
            && fs::write(v1.join("cpu.cfs_quota_us"), quota.to_string()).is_ok()
        {
            return Some(Self(v1));
        }
        let v2 = Path::new("/sys/fs/cgroup").join(&name);
        let made = fs::create_dir_all(&v2).is_ok()
            && fs::write(v2.join("cpu.max"), format!("{quota} {PERIOD_US}")).is_ok();
        made.then_some(Self(v2))
    }

    fn processes(&self) -> PathBuf {
        self.0.join("cgroup.procs")
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}
