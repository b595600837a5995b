//! The state of one connection, as its socket and its service report it, and what follows from that state: whether
//! it waits for its client, how long it may, and which byte can be sent ahead.

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
    /// The call waits for more of its body.
    wants_body: bool,
    /// Since when the client has not read a byte of the data that waits to be sent.
    write_blocked: Option<Instant>,
    /// Everything written has been handed to the operating system.
    flushed: bool,
    /// The answer of the running call has begun to leave.
    answer_begun: bool,
    /// Its body leaves in chunks with a length each.
    chunked: bool,
    /// A byte sent ahead of hyper, which hyper is going to write as well.
    ahead: Option<u8>,
    /// At most one byte is sent ahead per call.
    sent_ahead: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The head of a request is awaited: none of it has arrived, or a part.
    Head,
    /// A call is answered, and the next one may come.
    Idle,
    /// From a whole head to the end of the answer's body.
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
            ahead: None,
            sent_ahead: false,
        }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The head of a request is complete, and its call begins.
    pub(super) fn call_begins(&mut self) {
        self.enter(Phase::Call);
        (self.answer_begun, self.chunked, self.sent_ahead) = (false, false, false);
    }

    /// The call's answer has a head; `chunked` as HTTP/1.1 sends a body of unknown length.
    pub(super) fn answer_has_head(&mut self, chunked: bool) {
        self.chunked = chunked;
    }

    /// The answer's body is written or given up.
    pub(super) fn call_ends(&mut self) {
        self.enter(Phase::Idle);
    }

    /// `bytes` came from the client.
    pub(super) fn has_read(&mut self, bytes: usize) {
        self.wants_body = false;
        if bytes > 0 && self.phase == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    /// Nothing has come from the client, and hyper waits for more.
    pub(super) fn wants_more(&mut self) {
        self.wants_body = self.phase == Phase::Call;
    }

    /// `bytes` were handed to the operating system.
    pub(super) fn has_written(&mut self, bytes: &[u8]) {
        (self.write_blocked, self.flushed) = (None, false);
        self.answer_begun |= bytes != CONTINUE;
    }

    pub(super) fn has_flushed(&mut self) {
        self.flushed = true;
    }

    /// The client's and our own buffers are full.
    pub(super) fn cannot_write(&mut self) {
        self.write_blocked.get_or_insert_with(Instant::now);
    }

    fn enter(&mut self, phase: Phase) {
        (self.phase, self.since, self.wants_body) = (phase, Instant::now(), false);
    }

    pub(super) fn in_call(&self) -> bool {
        self.phase == Phase::Call
    }

    /// The last answer is sent, and the next request is not there.
    pub(super) fn is_between_calls(&self) -> bool {
        self.phase != Phase::Call && self.flushed
    }

    /// Since when the connection waits for its client, if it does.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        let waits = self.phase != Phase::Call || self.wants_body;
        self.write_blocked.or(waits.then_some(self.since))
    }

    /// When it has waited long enough. The engine has its own limit for a request's body. Its deadline for a call
    /// takes effect only when hyper polls the answer's body, which hyper does not do while it cannot write:
    /// without a limit here, a client that reads a byte now and then would keep its handler for ever.
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

    /// The byte with which the rest of the answer must begin, if that is known and nothing else is under way: the
    /// `H` of `HTTP/1.1`; a leading zero of a chunk's length.
    ///
    /// A client that has closed its sending side and a client that has gone look the same until a byte is sent:
    /// the machine of a client that has gone answers it with a reset.
    pub(super) fn take_byte_ahead(&mut self) -> Option<u8> {
        if !self.in_call() || self.sent_ahead || self.ahead.is_some() {
            return None;
        }
        let byte = match (self.answer_begun, self.chunked && self.flushed) {
            (false, _) => b'H',
            (true, true) => b'0',
            (true, false) => return None,
        };
        self.sent_ahead = true;
        // The zero is an extra digit, so hyper's own bytes follow whole; the `H` must not be written a second
        // time.
        self.ahead = (!self.answer_begun).then_some(byte);
        Some(byte)
    }

    /// The byte could not be sent: hyper's own is then the first.
    pub(super) fn byte_ahead_stays(&mut self) {
        self.ahead = None;
    }

    /// The byte that was sent ahead, with which hyper's next write begins.
    pub(super) fn skip_byte_ahead(&mut self) -> Option<u8> {
        self.ahead.take()
    }
}

/// hyper writes this to ask for the body, before the answer.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_wait_for_the_client_has_its_own_end_and_a_handler_none_here() {
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
        step("the answer does not leave", State::cannot_write, Some(2), Some(32));
        advance(SECOND).await;
        step("still not", State::cannot_write, Some(2), Some(32));
        step("a part of it leaves", |state| state.has_written(b"H"), None, None);
        step("the rest does not", State::cannot_write, Some(3), Some(33));
        step("the body is over, and not gone", State::call_ends, Some(3), Some(33));
        advance(SECOND).await;
        step("now it is", |state| state.has_written(b"}"), Some(3), Some(78));
        step("nothing comes", State::wants_more, Some(3), Some(78));
        step("the first byte of the next head", |state| state.has_read(1), Some(4), Some(9));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_byte_now_and_then_has_its_end_too() {
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
    fn the_byte_sent_ahead_is_one_that_the_answer_continues() {
        let in_call = |act: fn(&mut State)| {
            let progress = Progress::new(Instant::now());
            let mut state = progress.lock();
            state.call_begins();
            act(&mut state);
            (state.take_byte_ahead(), state.skip_byte_ahead(), state.take_byte_ahead())
        };
        let cases: [(&str, fn(&mut State), _); 7] = [
            ("nothing is written yet", |_| {}, (Some(b'H'), Some(b'H'), None)),
            (
                "only the body was asked for",
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
