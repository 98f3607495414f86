//! What became of each request on the server, written down without the library's help.
//!
//! A client that hangs up cannot know how far its request got; the library's counts cannot name a request. Between the
//! two stands this ledger: a middleware around the handlers that notes, by request id, that a request was received, that
//! its handler began, and that it was answered (with which status) or dropped.
//!
//! Why it can be compared exactly: the mark "begun" is made by the extractor of a handler's last argument, after which
//! axum calls the handler in the same poll; an answer passes from the handler through this middleware in one poll; and
//! when hyper drops a connection, it drops this future with the handler's inside. So for each request the ledger and the
//! library are told of the same end. Its measure of time encloses the library's: it begins earlier and ends later.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::customers::REFUSAL;

/// The header that carries a request's id.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// How a request ended on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It has not.
    Open,
    Answered(StatusCode),
    Dropped,
    Panicked,
}

/// One received request.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) page: String,
    pub(crate) fate: Fate,
    /// When its handler began, if it did.
    begun: Option<Instant>,
    /// From then to the end.
    pub(crate) took: Option<Duration>,
}

impl Entry {
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.is_some()
    }
}

/// All requests received and not yet compared.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Pages>);

#[derive(Debug, Default)]
pub(crate) struct Pages {
    pub(crate) entries: HashMap<Arc<str>, Entry>,
    received: u64,
    /// When handlers failed: the first ones.
    failures: Vec<(String, Instant)>,
}

/// How many failures are remembered with their time.
const FIRST_FAILURES: usize = 10_000;

impl Ledger {
    pub(crate) fn open(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests have been received and not ended.
    pub(crate) fn in_flight(&self) -> usize {
        self.open().entries.values().filter(|entry| entry.fate == Fate::Open).count()
    }

    /// When handlers of a page failed: the first ones, oldest first.
    pub(crate) fn failures_of(&self, page: &str) -> Vec<Instant> {
        self.open().failures.iter().filter(|(other, _)| other == page).map(|(_, at)| *at).collect()
    }

    /// A request without an id (a browser's) gets one; one that repeats an id gets another and is a line of its own.
    fn receive(self: &Arc<Self>, page: String, id: Option<&str>) -> Slip {
        let mut pages = self.open();
        pages.received += 1;
        let id: Arc<str> = match id {
            Some(id) if !pages.entries.contains_key(id) => id.into(),
            Some(id) => format!("{id} again, as request {}", pages.received).into(),
            None => format!("no id, request {}", pages.received).into(),
        };
        pages.entries.insert(Arc::clone(&id), Entry { page, fate: Fate::Open, begun: None, took: None });
        Slip { ledger: Arc::clone(self), id }
    }
}

/// A request's line in the ledger.
#[derive(Clone)]
struct Slip {
    ledger: Arc<Ledger>,
    id: Arc<str>,
}

impl Slip {
    fn begin(&self) {
        if let Some(entry) = self.ledger.open().entries.get_mut(&self.id) {
            entry.begun = Some(Instant::now());
        }
    }

    fn end(&self, fate: Fate) {
        let now = Instant::now();
        let pages = &mut *self.ledger.open();
        let Some(entry) = pages.entries.get_mut(&self.id) else { return };
        entry.fate = fate;
        entry.took = entry.begun.map(|begun| now.saturating_duration_since(begun));
        // who is refused at the door was not failed by a handler
        let failed = matches!(fate, Fate::Answered(status) if status.is_server_error() && status != REFUSAL);
        if failed && pages.failures.len() < FIRST_FAILURES {
            pages.failures.push((entry.page.clone(), now));
        }
    }
}

/// Writes the end of a request, also if that is being dropped.
struct Open(Option<Slip>);

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(slip) = &self.0 {
            slip.end(if std::thread::panicking() { Fate::Panicked } else { Fate::Dropped });
        }
    }
}

/// The middleware.
pub(crate) async fn keep(
    State(ledger): State<Arc<Ledger>>,
    matched: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let page = match matched.as_str().trim_start_matches('/') {
        "" => "home",
        page => page,
    };
    let slip = ledger.receive(page.to_owned(), id);
    let mut open = Open(Some(slip.clone()));
    request.extensions_mut().insert(slip.clone());
    let response = next.run(request).await;
    open.0 = None;
    slip.end(Fate::Answered(response.status()));
    response
}

/// The last argument of a handler: once it is there, the handler begins. Around `Json` if the handler reads a body, around
/// the whole `Request` if it does not.
#[derive(Debug)]
pub(crate) struct Begun<T>(pub(crate) T);

impl<S: Send + Sync, T: FromRequest<S>> FromRequest<S> for Begun<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let slip = request.extensions().get::<Slip>().cloned();
        let argument = T::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        if let Some(slip) = slip {
            slip.begin();
        }
        Ok(Self(argument))
    }
}
