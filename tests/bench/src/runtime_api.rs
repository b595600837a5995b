//! A mock of Lambda's Runtime API. With a processor of its own it polls its sockets without sleeping, so that no wake-up of
//! a thread is measured with the function; on the function's processor it sleeps until there is something to read.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    iter,
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::processors::Way;

/// If a function takes longer than this, the run fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// The API, for one process of a function.
pub(crate) struct RuntimeApi {
    listener: TcpListener,
    connections: Vec<Connection>,
    /// The connections that are read next. Each is read once before any is read again, so that none waits for the others.
    turns: VecDeque<usize>,
    /// The connections on which the function waits for its next event. The one that waits longest gets it.
    waiting: VecDeque<usize>,
    count: u64,
    way: Way,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// When the first chunk of a stream arrived.
    first_chunk: Option<Instant>,
    is_closed: bool,
}

/// A request of the function.
enum Asked {
    Next,
    /// The reply to an event, and when its first chunk and its last byte arrived.
    Reply {
        number: u64,
        body: Vec<u8>,
        first_chunk: Option<Instant>,
        last: Instant,
    },
    Failure(String),
}

/// The answer to one event.
pub(crate) struct Answer {
    /// From the start of sending the event to the last byte of the reply.
    pub(crate) took: Duration,
    /// From the start of sending the event to the first chunk, if the answer is a stream.
    pub(crate) first_chunk: Option<Duration>,
    /// As the function posted it.
    pub(crate) body: Vec<u8>,
}

impl RuntimeApi {
    pub(crate) fn start() -> Self {
        Self::start_with(Way::Free)
    }

    pub(crate) fn start_with(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (connections, waiting) = (Vec::new(), VecDeque::new());
        Self { listener, connections, turns: VecDeque::new(), waiting, count: 0, way }
    }

    /// `host:port`, for `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// Waits until the function first asks for an event.
    pub(crate) fn first_poll(&mut self) -> Instant {
        match self.ask() {
            Asked::Next => Instant::now(),
            Asked::Reply { .. } => panic!("a reply before any event"),
            Asked::Failure(text) => panic!("the function failed to start: {text}"),
        }
    }

    /// Waits until the function asks for an event, sends this one, and waits for the answer.
    pub(crate) fn invoke(&mut self, event: &[u8]) -> Answer {
        let (_, sent) = self.send(event);
        loop {
            match self.ask() {
                Asked::Next => {}
                Asked::Reply { body, first_chunk, last, .. } => {
                    let first_chunk = first_chunk.map(|first| first - sent);
                    return Answer { took: last - sent, first_chunk, body };
                }
                Asked::Failure(text) => panic!("the function failed: {text}"),
            }
        }
    }

    /// Waits until the function asks for an event, and sends this one. Returns its number, and when it was sent.
    fn send(&mut self, event: &[u8]) -> (u64, Instant) {
        let connection = loop {
            if let Some(connection) = self.waiting.pop_front() {
                break connection;
            }
            match self.ask() {
                Asked::Next => {}
                Asked::Reply { .. } => panic!("a reply to no event"),
                Asked::Failure(text) => panic!("the function failed: {text}"),
            }
        };
        self.send_on(connection, event)
    }

    fn send_on(&mut self, connection: usize, event: &[u8]) -> (u64, Instant) {
        self.count += 1;
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: r-{}\r\n\
             lambda-runtime-deadline-ms: 4102444800000\r\nlambda-runtime-invoked-function-arn: \
             arn:aws:lambda:eu-west-1:123456789012:function:f\r\nlambda-runtime-trace-id: \
             Root=1-65f00000-0123456789abcdef01234567;Sampled=0\r\ncontent-length: {}\r\n\r\n",
            self.count,
            event.len()
        );
        let message = [head.as_bytes(), event].concat();
        let sent = Instant::now();
        write(&mut self.connections[connection].stream, &message);
        (self.count, sent)
    }

    /// Keeps `at_once` events in flight until `total` are answered, and returns how long each took. The event of each
    /// call is the next of `events`, which begin again at their end.
    pub(crate) fn invoke_at_once(
        &mut self,
        events: &[Vec<u8>],
        at_once: usize,
        total: usize,
        mut answered: impl FnMut(usize, Duration, &[u8]),
    ) {
        let mut running: Vec<(u64, usize, Instant)> = Vec::new();
        let (mut sent, mut done) = (0, 0);
        while done < total {
            while running.len() < at_once
                && sent < total
                && let Some(connection) = self.waiting.pop_front()
            {
                let event = sent % events.len();
                let (number, at) = self.send_on(connection, &events[event]);
                running.push((number, event, at));
                sent += 1;
            }
            match self.ask() {
                Asked::Next => {}
                Asked::Reply { number, body, last, .. } => {
                    let index = running.iter().position(|(other, ..)| *other == number).unwrap();
                    let (_, event, at) = running.swap_remove(index);
                    answered(event, last - at, &body);
                    done += 1;
                }
                Asked::Failure(text) => panic!("the function failed: {text}"),
            }
        }
    }

    /// Chooses the connections that are read next: where the simulator may sleep, those that have something to read.
    fn take_turns(&mut self) {
        self.turns = match self.way {
            Way::Free => (0..self.connections.len()).collect(),
            Way::Bound => self.wait(),
        };
        if let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
            self.connections.push(Connection {
                stream,
                buffer: Vec::new(),
                first_chunk: None,
                is_closed: false,
            });
        }
    }

    /// Sleeps until there is something to read, and returns the connections that have it.
    fn wait(&self) -> VecDeque<usize> {
        let open = self.connections.iter().enumerate().filter(|(_, one)| !one.is_closed);
        let (indices, open): (Vec<usize>, Vec<&Connection>) = open.unzip();
        let mut all: Vec<PollFd<'_>> = iter::once(PollFd::new(&self.listener, PollFlags::IN))
            .chain(open.iter().map(|one| PollFd::new(&one.stream, PollFlags::IN)))
            .collect();
        poll(&mut all, Some(&Timespec { tv_sec: 1, tv_nsec: 0 })).unwrap();
        let ready = indices.into_iter().zip(&all[1..]);
        ready.filter(|(_, one)| !one.revents().is_empty()).map(|(index, _)| index).collect()
    }

    /// The next request of the function; answered, unless it asks for an event.
    fn ask(&mut self) -> Asked {
        let until = Instant::now() + PATIENCE;
        loop {
            let Some(index) = self.turns.pop_front() else {
                assert!(Instant::now() < until, "the function does not answer");
                self.take_turns();
                continue;
            };
            let connection = &mut self.connections[index];
            let mut chunk = [0; 65_536];
            match connection.stream.read(&mut chunk) {
                Ok(0) => {
                    connection.is_closed = true;
                    continue;
                }
                Err(_) => continue, // there is nothing to read
                Ok(length) => connection.buffer.extend_from_slice(&chunk[..length]),
            }
            let last = Instant::now();
            if connection.first_chunk.is_none() && contains(&connection.buffer, CHUNK) {
                connection.first_chunk = Some(last);
            }
            let Some((path, body, length)) = request(&connection.buffer) else { continue };
            let first_chunk = connection.first_chunk.take();
            connection.buffer.drain(..length);
            if path.ends_with("/invocation/next") {
                self.waiting.push_back(index);
                return Asked::Next;
            }
            write(&mut connection.stream, b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
            if path.ends_with("/response") {
                let number = path.split("/r-").nth(1).and_then(|rest| rest.split('/').next());
                let number = number.unwrap().parse().unwrap();
                return Asked::Reply { number, body, first_chunk, last };
            }
            return Asked::Failure(String::from_utf8_lossy(&body).into_owned());
        }
    }
}

/// The beginning of a chunk.
const CHUNK: &[u8] = b"data: {";

/// Searches only the beginning, because answers may be large.
fn contains(buffer: &[u8], what: &[u8]) -> bool {
    let beginning = &buffer[..buffer.len().min(4096)];
    beginning.windows(what.len()).any(|window| window == what)
}

fn write(stream: &mut TcpStream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                let mut room = [PollFd::new(stream, PollFlags::OUT)];
                poll(&mut room, None).unwrap();
            }
        }
    }
}

/// Path, body and length of the first request in `buffer`; `None` while it is incomplete.
fn request(buffer: &[u8]) -> Option<(String, Vec<u8>, usize)> {
    let head = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&buffer[..head]).unwrap();
    let path = text.split(' ').nth(1).unwrap().to_owned();
    let header = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return chunked(&buffer[head..]).map(|(body, length)| (path, body, head + length));
    }
    let length: usize = header("content-length").map_or(0, |value| value.parse().unwrap());
    let body = buffer.get(head..head + length)?.to_vec();
    Some((path, body, head + length))
}

fn chunked(mut bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (start, mut body) = (bytes.len(), Vec::new());
    loop {
        let line = bytes.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&bytes[..line]).unwrap().split(';').next().unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let end = line + 2 + size;
        body.extend_from_slice(bytes.get(line + 2..end)?);
        bytes = bytes.get(end + 2..)?;
        if size == 0 {
            return Some((body, start - bytes.len()));
        }
    }
}
