//! When the first failure happened, and when it was known.
//!
//! Instants that "detected" can mean, each told apart:
//! - the **first failure** is the first answer of 5xx, refusals apart, on the page that the incident hurts first (the checkout, where payments
//!   fail), or the first that did not come in time: when a visitor received it, and a little earlier when the server gave it;
//! - it is **shown** when a report of the library first counts a bad call of that page. The watch below asks for a report every
//!   5 ms while it is expected, so that much of the delay is its own; the loop is woken by the failure itself;
//! - the **alert** is the first pair of windows of a checkout objective that fires, the **page** the first one that would
//!   wake somebody. A pair is due when the failures so far burn faster than its factor. With 550 good checkouts behind it
//!   the first failure is 0.18 %, above the factor 1 of the slowest pair (0.1 %); a page takes the few failures more that
//!   make 0.6 %. How much of a delay is the loop's own is told by the last failure on the server before the alert
//!   (unless the call that tipped it was a dropped one).
//!
//! Delays are from the first failure as the visitor saw it. The library is often there before it: then they are negative.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reliability_core::{Event, EventKind, Handle, Report, Severity};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::clients::Books;
use super::ledger::Ledger;
use crate::world::Clock;
use crate::world::incident::{Incident, Kind};

/// How often the watch looks while the first failure is expected, and else.
const EAGER: Duration = Duration::from_millis(5);
const PATIENT: Duration = Duration::from_millis(200);

/// What the library has told so far.
pub(crate) struct Detection {
    /// The page on which the incident shows first.
    watched: &'static str,
    known: Mutex<Known>,
}

#[derive(Clone, Default)]
struct Known {
    /// When a bad call of the page was first in a report.
    shown: Option<Duration>,
    events: Vec<Event>,
}

impl Detection {
    pub(crate) fn new(incident: Incident) -> Self {
        Self { watched: incident.kind.map_or("checkout", Kind::watched), known: Mutex::default() }
    }

    /// Looks at reports for as long as it is let.
    pub(crate) async fn watch(&self, handle: &Handle, incident: Incident) {
        loop {
            self.take(&handle.report(), incident.clock);
            let expected = incident.is_near() && self.known(|known| known.shown.is_none());
            sleep(if expected { EAGER } else { PATIENT }).await;
        }
    }

    fn known<R>(&self, read: impl FnOnce(&mut Known) -> R) -> R {
        read(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over what is new in a report, which holds only the latest events.
    pub(crate) fn take(&self, report: &Report, clock: Clock) {
        let now = clock.elapsed();
        self.known(|known| {
            if report.sli(self.watched).is_some_and(|sli| sli.counts.seen_bad() > 0) {
                known.shown.get_or_insert(now);
            }
            let last = known.events.last();
            let new = report.events.iter().rposition(|event| Some(event) == last).map_or(0, |at| at + 1);
            known.events.extend(report.events[new..].iter().cloned());
        });
    }

    /// All that happened after the first `seen` events.
    pub(crate) fn events(&self, seen: usize) -> Vec<Event> {
        self.known(|known| known.events.iter().skip(seen).cloned().collect())
    }

    /// The instants and the delays between them; what did not happen is null.
    pub(crate) fn told(&self, clock: Clock, books: &Books, ledger: &Ledger) -> Value {
        let watched = self.watched;
        let (shown, events) = self.known(|known| (known.shown, known.events.clone()));
        let first = books.first_failure(watched);
        let failures: Vec<_> = ledger.failures_of(watched).into_iter().map(|at| clock.of(at)).collect();
        let before = |alert: Duration| failures.iter().filter(move |at| **at <= alert).copied();
        let after = |at: Duration| Some(millis_between(at, first.as_ref()?.at));
        let fired = |pages_only: bool| {
            let event = events.iter().find(|event| match &event.kind {
                EventKind::Alert { sli, firing, severity, .. } => {
                    *sli == watched && *firing && (*severity == Severity::Page || !pages_only)
                }
                _ => false,
            })?;
            let at = clock.since(event.at);
            Some(json!({
                "seconds": at.as_secs_f64(), "at": event.at.to_string(), "what": event.kind.to_string(),
                "after_ms": after(at), "failures_until_then": before(at).count(),
                "after_last_failure_on_server_ms": before(at).last().map(|last| millis_between(at, last)),
            }))
        };
        json!({
            "sli": watched,
            "first_failure": first.as_ref().map(|first| json!({
                "seconds": first.at.as_secs_f64(), "at": clock.wall(first.at).to_string(),
                "request_id": &*first.id, "status": first.status.map(|status| status.as_u16()),
                "on_server_seconds": failures.first().map(Duration::as_secs_f64),
            })),
            "shown": shown.map(|at| json!({
                "seconds": at.as_secs_f64(), "at": clock.wall(at).to_string(), "after_ms": after(at),
            })),
            "alert": fired(false),
            "page": fired(true),
        })
    }
}

/// From the second to the first, to the microsecond.
fn millis_between(at: Duration, from: Duration) -> f64 {
    (at.as_micros() as i64 - from.as_micros() as i64) as f64 / 1e3
}
