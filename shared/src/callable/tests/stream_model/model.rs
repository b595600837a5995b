//! The model: computes from a script alone what a client reads from a stream, and when.

/// One step of the handler.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Sends a chunk of this many characters.
    Send(usize),
    /// Waits for this many milliseconds.
    Sleep(u64),
    /// Uses up this much of its task's cooperative budget.
    Work(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    Result(usize),
    Error,
    Panic,
    Never,
}

/// How the client reads the next piece.
#[derive(Debug, Clone)]
pub(super) struct Read {
    /// How many milliseconds it waits before it reads.
    pub(super) pause: u64,
    /// How much of its task's cooperative budget is used up when it reads.
    pub(super) work: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
    pub(super) deadline: Option<u64>,
    pub(super) keep_alive: Option<u64>,
    pub(super) most: usize,
    /// Repeated until the stream ends.
    pub(super) reads: Vec<Read>,
    /// The client disconnects after this many pieces.
    pub(super) disconnects_after: Option<usize>,
}

/// When the client reads a text, in milliseconds since the start of the call, and the text.
pub(super) type Piece = (u64, String);

fn chunk(length: usize) -> String {
    format!("data: {{\"message\":\"{}\"}}\n\n", "x".repeat(length))
}

fn failed(message: &str, status: &str) -> String {
    format!("data: {{\"error\":{{\"message\":\"{message}\",\"status\":\"{status}\"}}}}\n\n")
}

/// Chunks and padding leave this many bytes of the size limit for the last event.
const SPARE: usize = 1024;

/// A handler that runs while the client reads, with a buffer of one chunk between the two.
pub(super) struct Model<'s> {
    script: &'s Script,
    now: u64,
    next_step: usize,
    sleeps_until: Option<u64>,
    waiting: Option<usize>,
    handler_is_done: bool,
    pads_at: Option<u64>,
    prefix_is_sent: bool,
    left: usize,
}

impl<'s> Model<'s> {
    pub(super) fn run(script: &'s Script) -> Vec<Piece> {
        let mut model = Model {
            script,
            now: 0,
            next_step: 0,
            sleeps_until: None,
            waiting: None,
            handler_is_done: false,
            pads_at: script.keep_alive,
            prefix_is_sent: false,
            left: script.most,
        };
        let mut pieces = Vec::new();
        for read in script.reads.iter().cycle() {
            if script.disconnects_after == Some(pieces.len()) {
                break;
            }
            model.now += read.pause;
            let (piece, is_last) = model.read();
            pieces.push((model.now, piece));
            if is_last {
                break;
            }
        }
        pieces
    }

    fn read(&mut self) -> (String, bool) {
        loop {
            if self.script.deadline.is_some_and(|deadline| deadline <= self.now) {
                let outcome = self.handler_is_done && self.waiting.is_none();
                let exceeded = failed("Deadline Exceeded", "DEADLINE_EXCEEDED");
                return self.last(if outcome { self.outcome() } else { exceeded });
            }
            self.run_handler();
            if let Some(length) = self.waiting.take() {
                return self.chunk(chunk(length));
            }
            if self.handler_is_done {
                return self.last(self.outcome());
            }
            if self.pads_at.is_some_and(|at| at <= self.now)
                && let Some(padding) = self.padding()
            {
                return (padding, false);
            }
            let events = [self.script.deadline, self.sleeps_until, self.pads_at];
            self.now = events.into_iter().flatten().min().expect("a deadline, sleep or padding");
        }
    }

    fn run_handler(&mut self) {
        while !self.handler_is_done {
            match self.script.steps.get(self.next_step) {
                Some(Step::Send(length)) if self.waiting.is_none() => self.waiting = Some(*length),
                Some(Step::Send(_)) => return,
                Some(Step::Sleep(length)) => {
                    if *self.sleeps_until.get_or_insert(self.now + length) > self.now {
                        return;
                    }
                    self.sleeps_until = None;
                }
                Some(Step::Work(_)) => {}
                None if self.script.end == End::Never => return,
                None => self.handler_is_done = true,
            }
            self.next_step += 1;
        }
    }

    fn outcome(&self) -> String {
        match self.script.end {
            End::Result(length) => format!("data: {{\"result\":\"{}\"}}\n\n", "y".repeat(length)),
            End::Error => failed("m", "ABORTED"),
            End::Panic | End::Never => failed("INTERNAL", "INTERNAL"),
        }
    }

    fn without_sent_prefix(&self, event: String) -> String {
        if self.prefix_is_sent { event.replacen("data: ", "", 1) } else { event }
    }

    fn chunk(&mut self, event: String) -> (String, bool) {
        let event = self.without_sent_prefix(event);
        if event.len() + SPARE > self.left {
            return self.last(failed("INTERNAL", "INTERNAL"));
        }
        self.left -= event.len();
        self.prefix_is_sent = false;
        self.pads_at = self.script.keep_alive.map(|every| self.now + every);
        (event, false)
    }

    fn last(&self, event: String) -> (String, bool) {
        let fits = event.len() <= self.left;
        (self.without_sent_prefix(if fits { event } else { failed("INTERNAL", "INTERNAL") }), true)
    }

    fn padding(&mut self) -> Option<String> {
        let padding = if self.prefix_is_sent { " " } else { "data: " };
        if padding.len() + SPARE > self.left {
            self.pads_at = None;
            return None;
        }
        self.left -= padding.len();
        self.prefix_is_sent = true;
        self.pads_at = self.script.keep_alive.map(|every| self.now + every);
        Some(padding.to_owned())
    }
}
