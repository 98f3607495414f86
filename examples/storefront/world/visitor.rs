//! One visitor: a connection of its own, one request on it, and the freedom to hang up.
//!
//! The connection is driven here and not by a pooled client, because hanging up has to mean something exact: the socket
//! is closed, whatever the request was doing. A pooled client may finish a request that nobody waits for any more.
//! Visitors who were answered leave their connection to the next one, as browsers keep theirs.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// How many idle connections are kept.
const KEPT: usize = 64;

/// A connection; dropping it closes the socket.
struct Line {
    send: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Where visitors call, and the connections that earlier ones left.
pub(crate) struct Lines {
    address: SocketAddr,
    idle: Mutex<Vec<Line>>,
}

impl Lines {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, idle: Mutex::default() }
    }

    /// Sends a request and reads the whole answer. Dropped before that, it has hung up.
    pub(crate) async fn call(&self, request: Request<Full<Bytes>>) -> Result<StatusCode, String> {
        let mut line = match self.take() {
            Some(line) => line,
            None => self.dial().await?,
        };
        let response = line.send.send_request(request).await.map_err(|error| told(&error))?;
        let status = response.status();
        response.into_body().collect().await.map_err(|error| told(&error))?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(line);
        }
        Ok(status)
    }

    fn take(&self) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(line) = idle.pop() {
            if line.send.is_ready() {
                return Some(line);
            }
        }
        None
    }

    async fn dial(&self) -> Result<Line, String> {
        let stream = TcpStream::connect(self.address).await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (send, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| told(&error))?;
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Line { send, driver })
    }

    /// Closes the idle connections.
    pub(crate) fn hang_up(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// An error with its cause.
fn told(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// A request as visitors send it.
pub(crate) fn request(page: &str, id: &str, malformed: bool) -> Result<Request<Full<Bytes>>, axum::http::Error> {
    let (method, path, body) = match page {
        "cart" if malformed => ("POST", "/cart", r#"{"sku":"kettle","quantity":"a few"}"#),
        "cart" => ("POST", "/cart", r#"{"sku":"kettle","quantity":2}"#),
        "checkout" => ("POST", "/checkout", r#"{"cents":1200}"#),
        "search" => ("GET", "/search?q=pot", ""),
        "recommendations" => ("GET", "/recommendations", ""),
        _ => ("GET", "/browse", ""),
    };
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "storefront.localhost")
        .header("content-type", "application/json")
        .header(crate::books::ledger::REQUEST_ID, id)
        .body(Full::from(body))
}
