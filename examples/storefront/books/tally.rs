//! What the matched visits of one page add up to, and whether the library counted the same.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use reliability_core::{Outcome, SliReport};
use serde::Serialize;

use super::customers::REFUSAL;
use super::ledger::{Entry, Fate};

/// How far from its patience a dropped call may be judged either way: a thread can be held up that long between two
/// readings of the clock.
const SLACK: Duration = Duration::from_millis(50);

/// What the visitors of a page saw.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Clients {
    pub(crate) sent: u64,
    /// Answers by status code.
    pub(crate) answers: BTreeMap<u16, u64>,
    pub(crate) hung_up: u64,
    /// The connection failed before the server had received anything.
    pub(crate) not_connected: u64,
    /// Still waiting when the run ended.
    pub(crate) in_flight_at_end: u64,
}

/// What became of those who hung up.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct HangUps {
    /// Their handler was dropped.
    pub(crate) cancelled: u64,
    /// Their answer was on its way.
    pub(crate) finished: u64,
    /// Received, and gone before the handler began.
    pub(crate) not_begun: u64,
    pub(crate) never_received: u64,
}

/// What the ledger says about a page, classified as the shop promises.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Fates {
    /// Handlers that began.
    pub(crate) begun: u64,
    pub(crate) good: u64,
    pub(crate) bad: u64,
    pub(crate) ignored: u64,
    /// Refused at the door.
    pub(crate) shed: u64,
    pub(crate) cancelled: u64,
    /// Requests that were answered or dropped before a handler began: the library must not know of them.
    pub(crate) not_begun: u64,
    /// Requests that came from elsewhere, a browser or curl. They are in the figures above.
    pub(crate) from_elsewhere: u64,
    /// After how many milliseconds calls were dropped, and how many.
    #[serde(skip)]
    dropped_after: BTreeMap<u64, u64>,
}

/// One page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) clients: Clients,
    pub(crate) hang_ups: HangUps,
    pub(crate) fates: Fates,
}

/// A count in which the books and the library differ.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sum {
    pub(crate) page: String,
    pub(crate) what: &'static str,
    /// What the books say.
    pub(crate) books: String,
    /// What the library counted.
    pub(crate) library: u64,
}

/// The shop's promise in terms of status codes: a declined card is no verdict, a refusal is its own class, any other
/// 5xx is bad, all else good.
fn outcome_of(status: StatusCode) -> Outcome {
    match status {
        StatusCode::PAYMENT_REQUIRED => Outcome::Ignored,
        REFUSAL => Outcome::Shed,
        status if status.is_server_error() => Outcome::Bad,
        _ => Outcome::Good,
    }
}

impl Fates {
    /// Adds a request that has ended.
    pub(crate) fn add(&mut self, entry: &Entry) {
        if !entry.has_begun() {
            self.not_begun += 1;
            return;
        }
        self.begun += 1;
        match entry.fate {
            Fate::Answered(status) => match outcome_of(status) {
                Outcome::Ignored => self.ignored += 1,
                Outcome::Bad => self.bad += 1,
                Outcome::Shed => self.shed += 1,
                _ => self.good += 1,
            },
            Fate::Panicked => self.bad += 1,
            Fate::Dropped => {
                self.cancelled += 1;
                let millis = entry.took.map_or(0, |took| took.as_millis().min(60_000) as u64);
                *self.dropped_after.entry(millis).or_default() += 1;
            }
            // a run that ends drops what is open
            Fate::Open => {}
        }
    }

    /// What the library should have counted and did not.
    pub(crate) fn differences(&self, page: &str, counted: &SliReport) -> Vec<Sum> {
        let counts = &counted.counts;
        let patience = counted.spec.patience();
        // judged by a clock that is read at another instant: a range
        let surely_bad = self.dropped_longer_than(patience + SLACK);
        let maybe_bad = self.dropped_longer_than(patience.saturating_sub(SLACK));
        let sums = [
            ("started", self.begun..=self.begun, counts.started),
            ("good", self.good..=self.good, counts.good),
            ("bad", self.bad..=self.bad, counts.bad),
            ("ignored", self.ignored..=self.ignored, counts.ignored),
            ("cancelled", self.cancelled..=self.cancelled, counts.cancelled()),
            ("cancelled, bad", surely_bad..=maybe_bad, counts.cancelled_bad),
            ("shed", self.shed..=self.shed, counts.shed),
        ];
        sums.into_iter()
            .filter(|(_, books, library)| !books.contains(library))
            .map(|(what, books, library)| {
                let (least, most) = books.into_inner();
                let books = if least == most { least.to_string() } else { format!("{least} to {most}") };
                Sum { page: page.to_owned(), what, books, library }
            })
            .collect()
    }

    fn dropped_longer_than(&self, limit: Duration) -> u64 {
        self.dropped_after.range(limit.as_millis() as u64..).map(|(_, calls)| calls).sum()
    }
}
