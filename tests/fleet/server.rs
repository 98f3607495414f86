//! A query interface of our own, which answers what it is told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What it answers.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// This status and body.
    Body(u16, String),
    /// A head that promises more than comes, and then nothing.
    BreaksOff,
    /// Nothing, for so long.
    Silence(Duration),
    /// So many bytes.
    Huge(usize),
}

/// A server on loopback, and the requests that it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            answer: Arc::new(Mutex::new(answer)),
            asked: Arc::default(),
        };
        let theirs = server.clone();
        std::thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let server = theirs.clone();
                std::thread::spawn(move || server.serve(line));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn serve(&self, mut line: TcpStream) {
        let mut request = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let Ok(read @ 1..) = line.read(&mut piece) else { return };
            request.extend(&piece[..read]);
            let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
            if body.len() >= length.unwrap_or(0_usize) {
                break;
            }
        }
        self.asked.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
        let head = |status: u16, length: usize| {
            format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
            )
        };
        let answer = self.answer.lock().unwrap().clone();
        let _ = match answer {
            Answer::Body(status, body) => line.write_all((head(status, body.len()) + &body).as_bytes()),
            Answer::BreaksOff => line.write_all((head(200, 1_000) + "{\"status\":").as_bytes()),
            Answer::Silence(time) => {
                std::thread::sleep(time);
                Ok(())
            }
            Answer::Huge(bytes) => line
                .write_all(head(200, bytes).as_bytes())
                .and_then(|()| (0..bytes / 4096).try_for_each(|_| line.write_all(&[b' '; 4096]))),
        };
    }
}

/// An answer with these series, each `name{label="value",…} value`.
#[allow(clippy::type_complexity)] // a table as it is written
pub(crate) fn vector(series: &[(&str, &[(&str, &str)], &str)]) -> Answer {
    let one = |(name, labels, value): &(&str, &[(&str, &str)], &str)| {
        let mut metric: serde_json::Map<_, _> =
            labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        if !name.is_empty() {
            metric.insert("__name__".into(), (*name).into());
        }
        serde_json::json!({"metric": metric, "value": [1_772_323_200.5, value]})
    };
    let result: Vec<_> = series.iter().map(one).collect();
    let body = serde_json::json!({"status": "success", "data": {"resultType": "vector", "result": result}});
    Answer::Body(200, body.to_string())
}
