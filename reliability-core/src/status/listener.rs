//! The page for a service without a web framework: a thread, a small runtime on it, and the page's routes.
//!
//! It listens on loopback unless an address says otherwise, for it asks nobody who they are. In a container loopback is
//! reachable from inside alone: say `0.0.0.0:9464` there and let the platform decide who may come. On loopback only requests
//! that name this machine are answered, so that no web page elsewhere reads it under a name that it had turned to
//! 127.0.0.1. It ends with [`Listener::stop`], when dropped, and when the service is about to stop; whoever is still being
//! answered then has half a second.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::pin::Pin;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tokio::sync::oneshot;

use super::Page;

/// How long answers have to end.
const GRACE: Duration = Duration::from_millis(500);

/// A running listener of the page. It stops when it is stopped or dropped, and with the service.
#[derive(Debug)]
#[must_use = "dropping it stops the page: keep it until the service ends"]
pub struct Listener {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no listener.
#[derive(Debug)]
pub struct ListenError {
    address: String,
    source: io::Error,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.address;
        match self.source.kind() {
            io::ErrorKind::AddrInUse => {
                write!(f, "{address} is taken by another program; choose another port, or port 0 for a free one")
            }
            io::ErrorKind::PermissionDenied => {
                write!(f, "this user may not listen on {address}; choose a port above 1023")
            }
            io::ErrorKind::AddrNotAvailable => write!(f, "{address} is no address of this machine"),
            _ => write!(f, "cannot listen on {address}: {}", self.source),
        }
    }
}

impl std::error::Error for ListenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Page {
    /// Serves the page on a thread of its own, for a service without a web framework. Port 0 takes a free one.
    ///
    /// # Errors
    /// If the address cannot be listened on (taken, not allowed, not of this machine), or the system gives no thread.
    ///
    /// ```
    /// # use reliability_core::{Reliability, status::Page};
    /// let reliability = Reliability::start()?;
    /// let page = Page::new(reliability.handle()).listen("127.0.0.1:0")?;
    /// println!("http://{}/reliability", page.address());
    /// // … the service does its work …
    /// reliability.stop(); // and the page with it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listen(self, address: impl ToSocketAddrs + fmt::Display) -> Result<Listener, ListenError> {
        let text = address.to_string();
        self.serve(address).map_err(|source| ListenError { address: text, source })
    }

    fn serve(self, address: impl ToSocketAddrs) -> io::Result<Listener> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (stop, mut stopped) = oneshot::channel::<()>();
        let mut stopping = self.live.handle().stopping();
        let app = routes(self, address.ip());
        let serve = async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            let (end, ended) = oneshot::channel::<()>();
            let server = axum::serve(listener, app).with_graceful_shutdown(async { drop(ended.await) });
            let server = tokio::spawn(async { server.await });
            // the service's word, or the listener's holder has stopped it or gone
            poll_fn(|context| {
                let said = Pin::new(&mut stopping).poll(context).is_ready();
                if said || Pin::new(&mut stopped).poll(context).is_ready() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            drop(end);
            // what has not ended by then ends with the runtime
            let _ = tokio::time::timeout(GRACE, server).await;
        };
        let thread =
            std::thread::Builder::new().name("reliability-http".into()).spawn(move || runtime.block_on(serve))?;
        Ok(Listener { address, stop: Some(stop), thread: Some(thread) })
    }
}

fn routes(page: Page, address: IpAddr) -> Router {
    let routes = page.router().route("/", get(|| async { Redirect::temporary("reliability") }));
    if address.is_loopback() { routes.layer(from_fn(only_by_this_machines_name)) } else { routes }
}

async fn only_by_this_machines_name(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if names_this_machine(host) {
        return next.run(request).await;
    }
    (StatusCode::MISDIRECTED_REQUEST, "this page is for this machine: ask for localhost\n").into_response()
}

/// Whether a `Host` is `localhost` or a loopback address, with or without a port.
fn names_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Listener {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, and waits until it has.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // without a receiver it has ended already
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // a panic in there has ended the page and nothing else
            let _ = thread.join();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::names_this_machine;

    #[test]
    fn only_names_of_this_machine_are_answered_on_loopback() {
        for host in ["localhost", "LOCALHOST:9464", "127.0.0.1", "127.0.0.1:80", "127.8.9.1:1", "[::1]", "[::1]:9464"] {
            assert!(names_this_machine(host), "{host}");
        }
        for host in
            ["", "evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", "10.0.0.1:80", "[::2]:80"]
        {
            assert!(!names_this_machine(host), "{host}");
        }
    }
}
