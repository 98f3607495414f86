//! The clients and their own book, and what little HTTP the example speaks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

/// What clients were answered, of checkouts and of searches.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) good: [AtomicU64; 2],
    pub(crate) failed: [AtomicU64; 2],
}

impl Book {
    pub(crate) fn of(&self, what: usize) -> (u64, u64) {
        (self.good[what].load(Ordering::Relaxed), self.failed[what].load(Ordering::Relaxed))
    }
}

/// The pages that are asked for.
pub(crate) const PAGES: [&str; 2] = ["checkout", "search"];

/// Asks for both pages in turn, so many times a second, for as long as the program runs.
pub(crate) fn visit(balancer: SocketAddr, rps: u64) -> Arc<Book> {
    let book = Arc::new(Book::default());
    let theirs = Arc::clone(&book);
    tokio::spawn(async move {
        let mut pace = interval(Duration::from_secs(1) / rps as u32);
        for turn in 0_usize.. {
            pace.tick().await;
            let book = Arc::clone(&theirs);
            tokio::spawn(async move {
                let page = turn % PAGES.len();
                let answer = ask(balancer, "GET", &format!("/{}", PAGES[page])).await;
                let good = answer.is_ok_and(|(status, _)| status == 200);
                let column = if good { &book.good } else { &book.failed };
                column[page].fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    book
}

/// One request, and the status and body of its answer.
pub(crate) async fn ask(address: SocketAddr, method: &str, path: &str) -> io::Result<(u16, Vec<u8>)> {
    let exchange = async {
        let mut line = TcpStream::connect(address).await?;
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        line.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answer = timeout(Duration::from_secs(5), exchange).await.map_err(|_| io::ErrorKind::TimedOut)??;
    let ends = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&answer[..ends]);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or(io::ErrorKind::InvalidData)?, answer[ends + 4..].to_vec()))
}
