//! The clients' own books: what each visitor sent and what came back, by request id.
//!
//! A visit is entered before its first byte is sent, so whatever reaches the server is already in the books. What is
//! entered later is only what the visitor itself saw; nothing here is learned from the server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;

use super::customers::REFUSAL;
use crate::shop::served::Instead;
use crate::world::Clock;

/// An answer, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    /// What was given instead of the whole thing, if it was.
    pub(crate) instead: Option<Instead>,
}

/// How a visit ended for the visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It has not.
    Waiting,
    Answer(Got),
    /// By whim, although an answer might have come in time.
    HungUp,
    /// The deadline passed.
    GaveUp,
    /// Neither answered nor hung up: the connection failed.
    Broken(String),
    /// Still waiting when the run ended.
    CutOff,
}

/// One visit.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) page: &'static str,
    /// When it was sent, since the beginning.
    pub(crate) sent: Duration,
    pub(crate) seen: Seen,
}

/// A failure that a visitor saw.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// Since the beginning.
    pub(crate) at: Duration,
    pub(crate) id: Arc<str>,
    /// Of the answer; `None` if none came in time.
    pub(crate) status: Option<StatusCode>,
}

/// All visits that have not been compared yet.
pub(crate) struct Books {
    clock: Clock,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) lines: HashMap<Arc<str>, Line>,
    /// On each page the first answer of 5xx that is no refusal, or the first that did not come in time.
    first_failures: HashMap<&'static str, Failure>,
    /// The run has ended.
    closed: bool,
}

impl Books {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, inner: Mutex::default() }
    }

    pub(crate) fn open(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn send(&self, id: &Arc<str>, page: &'static str) {
        let sent = self.clock.elapsed();
        self.open().lines.insert(Arc::clone(id), Line { page, sent, seen: Seen::Waiting });
    }

    pub(crate) fn note(&self, id: &Arc<str>, seen: Seen) {
        let at = self.clock.elapsed();
        let inner = &mut *self.open();
        let Some(line) = inner.lines.get_mut(id).filter(|_| !inner.closed) else { return };
        let failed = match seen {
            Seen::Answer(got) if got.status.is_server_error() && got.status != REFUSAL => Some(Some(got.status)),
            Seen::GaveUp => Some(None),
            _ => None,
        };
        if let Some(status) = failed {
            inner.first_failures.entry(line.page).or_insert(Failure { at, id: Arc::clone(id), status });
        }
        line.seen = seen;
    }

    pub(crate) fn waiting(&self) -> usize {
        self.open().lines.values().filter(|line| line.seen == Seen::Waiting).count()
    }

    pub(crate) fn first_failure(&self, page: &str) -> Option<Failure> {
        self.open().first_failures.get(page).cloned()
    }

    /// Ends the books: who still waits is cut off, and nothing more is entered.
    pub(crate) fn close(&self) {
        let inner = &mut *self.open();
        inner.closed = true;
        for line in inner.lines.values_mut().filter(|line| line.seen == Seen::Waiting) {
            line.seen = Seen::CutOff;
        }
    }
}
