//! A function without the library: it answers HTTP, streams until a file says go, and ends when asked to.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

const ANSWER: &str = "first";

fn main() {
    println!("pid {}", std::process::id());
    if std::env::var("NEEDED").as_deref() == Ok("") {
        println!(
            r#"{{"level":"ERROR","target":"shared::host::start","message":"NEEDED is not set"}}"#
        );
        std::process::exit(1);
    }
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    for stream in listener.incoming() {
        std::thread::spawn(move || serve(stream.unwrap()));
    }
}

fn serve(mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = first.split(' ').nth(1).unwrap();
    let head = "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\nconnection: close\r\n";
    // Each in one piece, so that it also arrives in one.
    let mut write = |text: String| stream.write_all(text.as_bytes()).unwrap();
    if path.ends_with("?exit") {
        std::process::exit(3);
    } else if path.ends_with("?stream") {
        write(format!("{head}content-type: text/event-stream\r\n\r\ndata: {ANSWER}\n\n"));
        while !std::path::Path::new("go").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        write(format!("data: {ANSWER} to the end\n\n"));
    } else if let Some((_, name)) = path.split_once("?env=") {
        write(format!("{head}\r\n{}", std::env::var(name).unwrap_or_default()));
    } else {
        write(format!("{head}\r\n{ANSWER} {path} {}", std::process::id()));
    }
}
