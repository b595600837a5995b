//! The model: what a client reads of a stream and when, if nothing but the script counts.

/// What the handler does, one after the other.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Sends a chunk of so many characters.
    Send(usize),
    /// Waits for so many milliseconds.
    Sleep(u64),
    /// Uses up so much of the budget of its task.
    Work(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    Result(usize),
    Error,
    Panic,
    Never,
}

/// What the client does before it reads the next piece.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) pause: u64,
    /// How much of the budget its task has used when it reads.
    pub(super) work: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
    pub(super) deadline: Option<u64>,
    pub(super) keep_alive: Option<u64>,
    pub(super) most: usize,
    /// Over and over.
    pub(super) reads: Vec<Read>,
    /// It goes away after so many pieces.
    pub(super) leaves_after: Option<usize>,
}

/// A piece as it is read, with the milliseconds since the begin.
pub(super) type Piece = (u64, String);

fn chunk(length: usize) -> String {
    format!("data: {{\"message\":\"{}\"}}\n\n", "x".repeat(length))
}

fn failed(message: &str, status: &str) -> String {
    format!("data: {{\"error\":{{\"message\":\"{message}\",\"status\":\"{status}\"}}}}\n\n")
}

/// What the last event must have room for, whatever it is.
const SPARE: usize = 1024;

/// The model: a handler that runs while somebody reads, one chunk between the two.
pub(super) struct Model<'s> {
    script: &'s Script,
    now: u64,
    next_step: usize,
    sleeps_until: Option<u64>,
    waiting: Option<usize>,
    handler_is_done: bool,
    pads_at: Option<u64>,
    line_is_open: bool,
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
            line_is_open: false,
            left: script.most,
        };
        let mut pieces = Vec::new();
        for read in script.reads.iter().cycle() {
            if script.leaves_after == Some(pieces.len()) {
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
            self.now = events.into_iter().flatten().min().expect("something will happen");
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

    fn continuing(&self, event: String) -> String {
        if self.line_is_open { event.replacen("data: ", "", 1) } else { event }
    }

    fn chunk(&mut self, event: String) -> (String, bool) {
        let event = self.continuing(event);
        if event.len() + SPARE > self.left {
            return self.last(failed("INTERNAL", "INTERNAL"));
        }
        self.left -= event.len();
        self.line_is_open = false;
        self.pads_at = self.script.keep_alive.map(|every| self.now + every);
        (event, false)
    }

    fn last(&self, event: String) -> (String, bool) {
        let fits = event.len() <= self.left;
        (self.continuing(if fits { event } else { failed("INTERNAL", "INTERNAL") }), true)
    }

    fn padding(&mut self) -> Option<String> {
        let padding = if self.line_is_open { " " } else { "data: " };
        if padding.len() + SPARE > self.left {
            self.pads_at = None;
            return None;
        }
        self.left -= padding.len();
        self.line_is_open = true;
        self.pads_at = self.script.keep_alive.map(|every| self.now + every);
        Some(padding.to_owned())
    }
}
