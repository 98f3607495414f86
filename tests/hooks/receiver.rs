//! A receiver of webhooks on loopback: it answers as it is told to, one answer a request, and keeps what it got.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver as Channel};
use std::thread;
use std::time::Duration;

/// What arrived.
pub(crate) struct Letter {
    pub(crate) head: String,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// How it answers.
pub(crate) enum Answer {
    /// With this, as it is.
    Text(String),
    /// Not at all, as long as the other side waits.
    Silence,
    /// With a body that does not end while somebody reads.
    Endless,
}

pub(crate) fn status(line: &str) -> Answer {
    Answer::Text(format!("HTTP/1.1 {line}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"))
}

/// Listens until all answers are given; gives its URL and what arrives.
pub(crate) fn listen(answers: Vec<Answer>) -> (String, Channel<Letter>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/order", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let _ = tell.send(read(&stream));
            reply(stream, answer);
        }
    });
    (url, told)
}

fn read(stream: &TcpStream) -> Letter {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let head = line();
    let mut headers = axum::http::HeaderMap::new();
    loop {
        let line = line();
        let Some((name, value)) = line.split_once(':') else { break };
        let name: axum::http::HeaderName = name.parse().unwrap();
        headers.append(name, value.trim().parse().unwrap());
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Letter { head, headers, body }
}

fn reply(mut stream: TcpStream, answer: Answer) {
    match answer {
        Answer::Text(text) => drop(stream.write_all(text.as_bytes())),
        // until the other side goes away
        Answer::Silence => drop(stream.read(&mut [0])),
        Answer::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
            let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
            while stream.write_all(chunk.as_bytes()).is_ok() {}
        }
    }
}
