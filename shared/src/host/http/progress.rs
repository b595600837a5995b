//! The state of one connection, as its socket and its service report it. It determines whether the connection waits for
//! its client, how long it may wait, and which byte can be sent to find out whether the client is still there.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::limits::HttpLimits;

/// Shared by the socket, the service and the task of one connection.
pub(super) struct Progress(Mutex<State>);

pub(super) struct State {
    phase: Phase,
    /// When the phase began.
    since: Instant,
    /// The call waits for more of the request's body.
    wants_body: bool,
    /// Since when data waits to be sent because the client does not read.
    write_blocked: Option<Instant>,
    /// The operating system has taken everything that hyper has to send.
    flushed: bool,
    /// A byte of the running call's answer has been sent.
    answer_begun: bool,
    /// The answer's body is sent in chunks, each after its length.
    chunked: bool,
    /// The probe that has been sent. hyper will write the same byte, which must then be skipped.
    probe_to_skip: Option<u8>,
    /// The one probe of the call has been tried, with or without success.
    probed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The connection waits for the head of a request. Nothing of it has arrived, or only a part.
    Head,
    /// The last call is answered, and nothing of the next one has arrived.
    Idle,
    /// From the end of a request's head to the end of the answer's body.
    Call,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self(Mutex::new(State {
            phase: Phase::Head,
            since: now,
            wants_body: false,
            write_blocked: None,
            flushed: true,
            answer_begun: false,
            chunked: false,
            probe_to_skip: None,
            probed: false,
        }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The head of a request is complete.
    pub(super) fn call_begins(&mut self) {
        self.enter(Phase::Call);
        (self.answer_begun, self.chunked, self.probed) = (false, false, false);
    }

    /// The handler has returned an answer; `chunked` says how hyper will send its body.
    pub(super) fn answer_has_head(&mut self, chunked: bool) {
        self.chunked = chunked;
    }

    /// hyper has written the whole body of the answer, or has dropped it.
    pub(super) fn call_ends(&mut self) {
        self.enter(Phase::Idle);
    }

    /// `bytes` were read from the client.
    pub(super) fn has_read(&mut self, bytes: usize) {
        self.wants_body = false;
        if bytes > 0 && self.phase == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    /// hyper wants to read, and the client has sent nothing.
    pub(super) fn wants_more(&mut self) {
        self.wants_body = self.phase == Phase::Call;
    }

    /// The operating system has taken `bytes`.
    pub(super) fn has_written(&mut self, bytes: &[u8]) {
        (self.write_blocked, self.flushed) = (None, false);
        self.answer_begun |= bytes != CONTINUE;
    }

    pub(super) fn has_flushed(&mut self) {
        self.flushed = true;
    }

    /// The operating system's send buffer is full.
    pub(super) fn cannot_write(&mut self) {
        self.write_blocked.get_or_insert_with(Instant::now);
    }

    fn enter(&mut self, phase: Phase) {
        (self.phase, self.since, self.wants_body) = (phase, Instant::now(), false);
    }

    pub(super) fn in_call(&self) -> bool {
        self.phase == Phase::Call
    }

    /// The last answer is sent, and the next request has not arrived.
    pub(super) fn is_between_calls(&self) -> bool {
        self.phase != Phase::Call && self.flushed
    }

    /// Since when the connection waits for its client; `None` if it does not.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let waits = self.phase != Phase::Call || self.wants_body;
        self.write_blocked.or(waits.then_some(self.since))
    }

    /// When to close the connection, unless its state changes before. The time of a request's body is not limited here,
    /// because the engine limits it. A call's deadline, however, is checked only when hyper polls the answer's body,
    /// and hyper does not poll it while it cannot write. Without the limit here, a client that reads a byte now and
    /// then would keep the handler's future alive without end.
    pub(super) fn gives_up_at(&self, limits: &HttpLimits) -> Option<Instant> {
        let after = |moment: Instant, time: Duration| Some(moment + time);
        match (self.write_blocked, self.phase) {
            (Some(blocked), _) => {
                let last = self.since.checked_add(limits.request_timeout);
                after(last.map_or(blocked, |last| blocked.min(last)), limits.write_timeout)
            }
            (None, Phase::Head) => after(self.since, limits.head_timeout),
            (None, Phase::Idle) => after(self.since, limits.idle_timeout),
            (None, Phase::Call) => None,
        }
    }

    /// A byte to send now, to find out whether a client that has closed its sending side can still read: if it cannot,
    /// its machine answers the byte with a reset. Until a byte is sent, both kinds of client look the same.
    ///
    /// It must be the byte with which the rest of the answer begins: the `H` of `HTTP/1.1`, or a leading zero of a
    /// chunk's length. `None` where that byte is unknown, and after the first probe of a call.
    pub(super) fn take_probe(&mut self) -> Option<u8> {
        if !self.in_call() || self.probed || self.probe_to_skip.is_some() {
            return None;
        }
        let byte = match (self.answer_begun, self.chunked && self.flushed) {
            (false, _) => b'H',
            (true, true) => b'0',
            (true, false) => return None,
        };
        self.probed = true;
        // The zero is an additional digit, and all of hyper's bytes follow it. The `H` must not be written again.
        self.probe_to_skip = (!self.answer_begun).then_some(byte);
        Some(byte)
    }

    /// The probe could not be sent, so the byte that hyper writes must not be skipped.
    pub(super) fn probe_failed(&mut self) {
        self.probe_to_skip = None;
    }

    /// The probe that has been sent, if hyper's next write begins with the same byte. Returned once.
    pub(super) fn skip_probe(&mut self) -> Option<u8> {
        self.probe_to_skip.take()
    }
}

/// hyper writes this before the answer, if the client waits for permission to send the body.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_kind_of_wait_for_the_client_has_a_limit_and_a_running_handler_has_none() {
        let limits = HttpLimits::default();
        let start = Instant::now();
        let mut state = Progress::new(start).0.into_inner().unwrap();
        let mut step = |what: &str, act: fn(&mut State), waits: Option<u64>, end: Option<u64>| {
            act(&mut state);
            let after = |seconds: u64| start + SECOND * u32::try_from(seconds).unwrap();
            assert_eq!(state.waits_since(), waits.map(after), "{what}");
            assert_eq!(state.gives_up_at(&limits), end.map(after), "{what}");
        };
        step("a new connection", |_| {}, Some(0), Some(5));
        advance(SECOND).await;
        step("a part of a head is not a new wait", |state| state.has_read(1), Some(0), Some(5));
        step("a handler runs", State::call_begins, None, None);
        advance(SECOND).await;
        step("it wants more of the body", State::wants_more, Some(1), None);
        step("more of the body", |state| state.has_read(1), None, None);
        step("the answer cannot be written", State::cannot_write, Some(2), Some(32));
        advance(SECOND).await;
        step("it still cannot be written", State::cannot_write, Some(2), Some(32));
        step("a part of it is written", |state| state.has_written(b"H"), None, None);
        step("the rest cannot be written", State::cannot_write, Some(3), Some(33));
        step(
            "the body has ended, but its last bytes are not written",
            State::call_ends,
            Some(3),
            Some(33),
        );
        advance(SECOND).await;
        step("they are written", |state| state.has_written(b"}"), Some(3), Some(78));
        step("the client sends nothing", State::wants_more, Some(3), Some(78));
        step("the first byte of the next head", |state| state.has_read(1), Some(4), Some(9));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_a_byte_now_and_then_is_disconnected_in_the_end() {
        let limits = HttpLimits::default();
        let start = Instant::now();
        let progress = Progress::new(start);
        progress.lock().call_begins();
        let last = start + limits.request_timeout + limits.write_timeout;
        for number in 0..15 {
            progress.lock().cannot_write();
            let blocked = start + SECOND * 29 * number;
            let expected = (blocked + limits.write_timeout).min(last);
            assert_eq!(progress.lock().gives_up_at(&limits), Some(expected), "{number}");
            advance(SECOND * 29).await;
            progress.lock().has_written(b"x");
        }
        assert!(Instant::now() > last);
    }

    #[test]
    fn a_probe_is_the_next_byte_of_the_answer() {
        let in_call = |act: fn(&mut State)| {
            let progress = Progress::new(Instant::now());
            let mut state = progress.lock();
            state.call_begins();
            act(&mut state);
            (state.take_probe(), state.skip_probe(), state.take_probe())
        };
        let cases: [(&str, fn(&mut State), _); 7] = [
            ("nothing is written yet", |_| {}, (Some(b'H'), Some(b'H'), None)),
            (
                "only 100 Continue is written",
                |state| state.has_written(CONTINUE),
                (Some(b'H'), Some(b'H'), None),
            ),
            (
                "between two chunks",
                |state| {
                    state.answer_has_head(true);
                    state.has_written(b"HTTP/1.1 200 OK\r\n\r\n");
                    state.has_flushed();
                },
                (Some(b'0'), None, None),
            ),
            (
                "within a chunk",
                |state| {
                    state.answer_has_head(true);
                    state.has_written(b"HTTP/1.1 200 OK\r\n\r\n");
                },
                (None, None, None),
            ),
            (
                "within a body of known length",
                |state| {
                    state.has_written(b"HTTP/1.1 200 OK\r\n\r\n");
                    state.has_flushed();
                },
                (None, None, None),
            ),
            ("no call", State::call_ends, (None, None, None)),
            ("the next call", State::call_begins, (Some(b'H'), Some(b'H'), None)),
        ];
        for (what, act, expected) in cases {
            assert_eq!(in_call(act), expected, "{what}");
        }
    }
}
