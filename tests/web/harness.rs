//! A server and a client as small as they can be, so that a test says exactly which bytes go and when the line is cut.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use reliability_core::testkit::Lab;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Runs `test` on a runtime of this thread: everything that it spawns counts into the lab.
pub(crate) fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

/// Serves a router on a free port until the runtime ends.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Sends a request head and leaves the line open.
pub(crate) async fn send(address: SocketAddr, method: &str, path: &str) -> TcpStream {
    let mut line = TcpStream::connect(address).await.expect("a listening server");
    let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    line.write_all(head.as_bytes()).await.expect("a request sent");
    line
}

/// Sends a request and reads the whole answer.
pub(crate) async fn fetch(address: SocketAddr, method: &str, path: &str) -> String {
    let mut line = send(address, method, path).await;
    let mut answer = Vec::new();
    // a server that aborts the answer resets the line; what came before is what the client saw
    let _ = line.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Ticks until `done` holds, at most two seconds.
pub(crate) async fn until(lab: &mut Lab, what: &str, mut done: impl FnMut(&Lab) -> bool) {
    for _ in 0..200 {
        lab.tick();
        if done(lab) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!(
        "waited in vain until {what}: {:#?}",
        lab.report().slis.iter().map(|s| (s.spec.name, s.counts)).collect::<Vec<_>>()
    );
}
