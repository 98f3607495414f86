//! From one process to a fleet.
//!
//! A process knows its own calls, within a second. A fleet of five is five opinions: one bad replica pages by its own calls and is a
//! fifth of the users' failures; with a fifth of the traffic each, none may have calls enough to prove what all of them together
//! show. There are two ways from here to the whole, and both are sums of counts, never means of ratios.
//!
//! **Through the engine that is there already.** The generated rules (`Reliability::export`) make a Prometheus, and whatever is
//! compatible with it, decide for the fleet what each process decides for itself. [`Builder::fleet`](crate::Builder::fleet) lets each
//! process ask it every 15 s, by one query for all objectives, on a thread of its own:
//!
//! ```no_run
//! use reliability_core::Reliability;
//! use reliability_core::fleet::Fleet;
//! let fleet = Fleet::at("http://mimir:8080/prometheus")?.header("X-Scope-OrgID", "shop")?.bearer_from("MIMIR_TOKEN");
//! let reliability = Reliability::builder().service("shop").fleet(fleet).start()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Report::fleet`](crate::Report::fleet), JSON and the page show its verdict beside the process's own. A policy says by whose it acts
//! ([`Draft::by`](crate::compensate::Draft::by)): by its own, which is there in a second and stands when everything else is down, or by
//! the fleet's, which one bad replica does not sway.
//!
//! - **The engine is down, or old.** A verdict older than two and a half minutes since the engine evaluated it (rules run once a minute) is
//!   not known. Then policies act by this process's verdict; an event, the report, the policy's own report and the page say so.
//! - **Refusals.** What acts is shown the fleet without calls that were refused on purpose, as it is shown the process: see
//!   [`FleetSlo::served`](crate::FleetSlo::served).
//! - **Old failures.** The fleet's budget counts for a policy once the engine has counted for 90 % of the period.
//!
//! **Without an engine**, whoever can reach the replicas adds them up: each serves its counts slot by slot at `GET
//! /reliability/replica` (feature `status`), and a [`FleetView`] of them is exactly one process that saw everything.
//!
//! **Histories at the start.** Such an engine keeps what the replicas counted, also of those that are gone.
//! [`Builder::backfill`](crate::Builder::backfill) reads it when the service starts: for a host without a disk, or one whose disk is gone with it.
//!
//! ```no_run
//! use reliability_core::Reliability;
//! let reliability = Reliability::builder().backfill("http://prometheus:9090").start()?;
//! # Ok::<(), reliability_core::StartError>(())
//! ```
//!
//! - **How.** Minute by minute, each replica's counters by themselves: a drop is a restart and contributes what is counted since, a replica
//!   that appears later than the others began at nothing, and only then are they added up. A minute without a sample is one that nobody
//!   observed. Whatever cannot be known is taken for the worse.
//! - **Limits.** The start waits for at most [`Backfill::wait`]; a history that comes later is gone on with then, and what was counted
//!   meanwhile is added. Where a store has been gone on with, nothing is read: it knows better.
//!
//! What this is not: a store of the fleet's history, a discovery of replicas, or a vote among them. It never blocks the loop, and
//! no request knows of it.
//!
//! Layer 6: imports engine (replicas, the fleet's report, events, snapshots, port), slo, spec, clock, reliability (the builder, the handle).

mod answer;
mod backfill;
mod gather;
mod merge;
mod query;
mod reading;
mod wire;
mod worker;

use std::time::Duration;

pub use answer::{Answer, Series};
pub use backfill::Backfill;
pub use merge::{FleetView, Merged, MergedSlo, NotTaken};
pub use query::{Api, QueryError};
pub use wire::ReplicaError;

use crate::reliability::Builder;
use worker::{Task, Watch};

/// How often the engine is asked, unless said otherwise.
const EVERY: Duration = Duration::from_secs(15);
/// How old its verdict may be: two evaluations of the rules, and two queries.
const STALE_AFTER: Duration = Duration::from_secs(150);

/// Where the fleet's verdict comes from: an engine with Prometheus's query interface that evaluates the generated rules.
///
/// ```
/// use reliability_core::fleet::Fleet;
/// use std::time::Duration;
/// let fleet = Fleet::at("http://prometheus:9090")?.every(Duration::from_secs(30)).stale_after(Duration::from_secs(300));
/// # drop(fleet);
/// # Ok::<(), reliability_core::fleet::QueryError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "give it to `Builder::fleet`"]
pub struct Fleet {
    api: Api,
    every: Duration,
    stale_after: Duration,
    selected_by: Option<(String, String)>,
}

impl Fleet {
    /// The engine below this URL: what stands before `/api/v1/query`.
    ///
    /// # Errors
    /// If it is no URL with `http` or `https` and a host, or holds a user, a password or a query.
    pub fn at(url: &str) -> Result<Self, QueryError> {
        Ok(Self { api: Api::at(url)?, every: EVERY, stale_after: STALE_AFTER, selected_by: None })
    }

    /// Sends this header with each query; see [`Api::header`].
    ///
    /// # Errors
    /// If no header can be called so or hold that.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, QueryError> {
        self.api = self.api.header(name, value)?;
        Ok(self)
    }

    /// Sends the token that this environment variable holds at each query.
    pub fn bearer_from(mut self, variable: impl Into<String>) -> Self {
        self.api = self.api.bearer_from(variable);
        self
    }

    /// How long one query may take, 5 s unless said otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.api = self.api.timeout(timeout);
        self
    }

    /// How often it is asked, every 15 s unless said otherwise; 100 ms at the least.
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every.max(Duration::from_millis(100));
        self
    }

    /// A verdict that was evaluated longer ago is not acted by, 150 s unless said otherwise.
    pub fn stale_after(mut self, age: Duration) -> Self {
        self.stale_after = age;
        self
    }

    /// Selects the exported series by this label instead of `service` (and `environment`), as `Export::selected_by` does for the rules.
    pub fn selected_by(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.selected_by = Some((label.into(), value.into()));
        self
    }
}

impl Builder<'_> {
    /// Asks an engine how the whole fleet of this service does, and shows its verdict beside this process's. Policies act by it where
    /// they say so: see [`Draft::by`](crate::compensate::Draft::by).
    ///
    /// It never keeps the service from starting: see [`Report::fleet`](crate::Report::fleet) for how it stands.
    #[must_use]
    pub fn fleet(self, fleet: Fleet) -> Self {
        self.overview(move |service| {
            let query = reading::query(service, fleet.selected_by.as_ref());
            let task = Task { api: fleet.api, query, every: fleet.every, stale_after: fleet.stale_after };
            Ok(Box::new(Watch::start(task)?))
        })
    }
}
