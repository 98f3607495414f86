//! One visitor: a connection of its own, one request on it, and the freedom to hang up.
//!
//! The connection is driven here and not by a pooled client, because hanging up has to mean something exact: the socket
//! is closed, whatever the request was doing. A pooled client may finish a request that nobody waits for any more.
//! Visitors who were answered leave their connection to the next one, as browsers keep theirs.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::plan::{Leaves, Visit};
use crate::books::clients::Got;
use crate::shop::asked::SESSION;
use crate::shop::served::{Instead, SERVED};

/// How many idle connections are kept.
const KEPT: usize = 64;

/// A connection; dropping it closes the socket.
struct Line {
    send: SendRequest<Sent>,
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
    pub(crate) async fn call(&self, request: Request<Sent>) -> Result<Got, String> {
        let (line, response) = self.head(request).await?;
        let got = Got { status: response.status(), instead: instead(response.headers()) };
        response.into_body().collect().await.map_err(|error| told(&error))?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(line);
        }
        Ok(got)
    }

    /// Sends a request and hangs up as soon as the head of the answer is there.
    pub(crate) async fn call_for_the_head(&self, request: Request<Sent>) -> Result<(), String> {
        self.head(request).await.map(drop)
    }

    async fn head(&self, request: Request<Sent>) -> Result<(Line, Response<Incoming>), String> {
        let mut line = match self.take() {
            Some(line) => line,
            None => self.dial().await?,
        };
        let response = line.send.send_request(request).await.map_err(|error| told(&error))?;
        Ok((line, response))
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

fn instead(headers: &HeaderMap) -> Option<Instead> {
    Instead::parse(headers.get(SERVED)?.to_str().ok()?)
}

/// An error with its cause.
fn told(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// A request as visitors send it.
pub(crate) fn request(visit: &Visit, id: &str) -> axum::http::Result<Request<Sent>> {
    let (method, path, body) = match visit.page {
        "cart" if visit.malformed => ("POST", "/cart", r#"{"sku":"kettle","quantity":"a few"}"#),
        "cart" => ("POST", "/cart", r#"{"sku":"kettle","quantity":2}"#),
        "checkout" => ("POST", "/checkout", r#"{"cents":1200}"#),
        "search" => ("GET", "/search?q=pot", ""),
        "recommendations" => ("GET", "/recommendations", ""),
        "home" => ("GET", "/", ""),
        _ => ("GET", "/browse", ""),
    };
    let half = matches!(visit.leaves, Some(Leaves::HalfSent(_))) && !body.is_empty();
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "storefront.localhost")
        .header("content-type", "application/json")
        .header(crate::books::ledger::REQUEST_ID, id)
        .header(SESSION, format!("session-{}", visit.session))
        .body(if half { Either::Right(Half::of(body)) } else { Either::Left(Full::from(body)) })
}

/// What a visitor sends: all of it, or half and then nothing.
type Sent = Either<Full<Bytes>, Half>;

/// The first half of a body whose whole length was announced.
pub(crate) struct Half {
    first: Option<Bytes>,
    announced: u64,
}

impl Half {
    fn of(body: &'static str) -> Self {
        let first = Bytes::from_static(&body.as_bytes()[..body.len() / 2]);
        Self { first: Some(first), announced: body.len() as u64 }
    }
}

impl Body for Half {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // the rest never comes, so nobody has to be woken for it
        self.first.take().map_or(Poll::Pending, |first| Poll::Ready(Some(Ok(Frame::data(first)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
