//! What happened: changes of state, with the numbers that explain them.

mod sentences;

use std::time::Duration;

use super::response::{CompensationAction, SwitchKind};
use crate::admission::SetBy;
use crate::clock::Timestamp;
use crate::slo::Severity;
use crate::spec::{Method, Objective, Reading, Window};

/// A change of state.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, on the engine's line of time.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
}

/// What changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// The engine began to judge.
    Started {
        /// How many SLIs it reads.
        slis: usize,
        /// How many SLOs it judges.
        slos: usize,
    },
    /// The engine made its last tick.
    Stopped,
    /// A pair of windows fired or resolved.
    Alert {
        /// The SLI.
        sli: &'static str,
        /// The SLO.
        slo: String,
        /// The pair, as `1h/5m`.
        rule: String,
        /// Whether it pages or files a ticket.
        severity: Severity,
        /// True when it fired, false when it resolved.
        firing: bool,
        /// The burn rate above which it fires.
        factor: f64,
        /// The burn rate of the long window.
        burn_long: Option<f64>,
        /// The burn rate of the short window.
        burn_short: Option<f64>,
        /// What is left of the budget, 1 being all of it.
        budget_remaining: f64,
        /// The share of the budget that the incident has cost so far.
        incident_cost: Option<f64>,
    },
    /// The last of a budget was spent, or there is some again.
    Budget {
        /// The SLI.
        sli: &'static str,
        /// The SLO.
        slo: String,
        /// True when it is spent.
        spent: bool,
        /// What is left of it, 1 being all of it.
        remaining: f64,
    },
    /// The last of a feature's budget was spent, or there is some again.
    Feature {
        /// The feature.
        feature: String,
        /// How its parts become one figure.
        reading: Reading,
        /// True when it is spent.
        spent: bool,
        /// What is left of it, 1 being all of it.
        remaining: f64,
    },
    /// Calls start and none ends, or they end again.
    Stalled {
        /// The SLI.
        sli: &'static str,
        /// True when none ends.
        stalled: bool,
        /// Calls that have begun and not ended.
        in_flight: u64,
        /// For how long none has ended.
        quiet: Duration,
    },
    /// An SLO is judged by other terms from now on.
    Changed {
        /// The SLI.
        sli: &'static str,
        /// The SLO.
        slo: String,
        /// The share that must be good from now on.
        objective: Objective,
        /// The period from now on.
        window: Window,
        /// How the budget is counted from now on.
        method: Method,
        /// The generation of its counts: one more than before if what is good changed.
        generation: u32,
    },
    /// Planned time began or ended.
    Maintenance {
        /// What people call it.
        name: String,
        /// True when it began.
        begins: bool,
        /// When it ends.
        to: Timestamp,
        /// Whether failures in it spend the budget.
        charged: bool,
    },
    /// An SLI that was announced while the service ran could not be taken in: its calls are not judged.
    Refused {
        /// The SLI.
        sli: &'static str,
        /// Why.
        reason: String,
    },
    /// The fast detector sees more failures than the objective allows, or no longer. It never pages; policies act on it.
    Detected {
        /// The SLI.
        sli: &'static str,
        /// The SLO.
        slo: String,
        /// True when it sees them.
        detected: bool,
        /// Failures since the evidence began to grow; since the detection when it is over.
        failures: u64,
        /// Calls with a verdict in the same time.
        requests: u64,
        /// How long that took.
        within: Duration,
        /// The rate of failures that it looks for: 14.4 times what the objective allows, or the middle of what is left above.
        looked_for: f64,
    },
    /// A policy did something to a compensator, or was kept from it.
    Compensation {
        /// The policy.
        policy: String,
        /// The compensator; empty where the whole policy is meant.
        compensator: String,
        /// What.
        action: CompensationAction,
        /// How strongly, in 0..=1: for a probe the share that is given back.
        strength: f64,
        /// Why, in words with numbers.
        reason: String,
        /// How long after the trigger began.
        elapsed: Option<Duration>,
    },
    /// A person or a provider set a switch.
    Switched {
        /// What kind of switch.
        kind: SwitchKind,
        /// Its name.
        name: String,
        /// How it stands now.
        value: String,
        /// Whose word is in force.
        set_by: SetBy,
        /// Who did it, if known.
        by: Option<String>,
    },
    /// A provider of flags is in trouble, or out of it: what it last said stays in force.
    Provider {
        /// What it calls itself; empty as long as it could not be made.
        name: String,
        /// What troubles it; `None` when it answers again.
        trouble: Option<String>,
    },
    /// Somebody forbade every policy to act, or allowed it again.
    KillSwitch {
        /// True when they must not act.
        on: bool,
        /// Who, if known.
        by: Option<String>,
    },
    /// Nobody renewed the lease: everything that policies had engaged was reverted by whoever came by.
    Lapsed {
        /// How often that has happened in this process.
        lapses: u64,
    },
    /// A version has met its objectives for long enough to go back to.
    KnownGood {
        /// Which.
        version: String,
        /// For how long it met them.
        soaked: Duration,
    },
    /// What is remembered over a restart could not be read or written.
    Forgotten {
        /// What, and what follows.
        reason: String,
    },
    /// Documents are in force: those of the start, or others than before.
    DocumentsLoaded {
        /// The file or folder.
        source: String,
        /// How many documents.
        documents: usize,
        /// How many SLOs are judged by other terms than before.
        changed: usize,
        /// How many warnings there are about them.
        warnings: usize,
        /// What takes force at the next start only.
        later: Option<String>,
    },
    /// Documents have changed and cannot be used: those before stay in force.
    DocumentsRefused {
        /// The file or folder.
        source: String,
        /// How many errors there are.
        errors: usize,
        /// The first of them, with its place.
        first: String,
    },
    /// What must outlive the process is kept from here on, and what an earlier process had kept is gone on with.
    StoreTaken {
        /// Where.
        path: String,
        /// How many objectives are gone on with; 0 if there was nothing yet.
        slos: usize,
        /// Up to when an earlier process had kept them.
        until: Option<Timestamp>,
    },
    /// What must outlive the process is not kept: judging goes on in memory.
    StoreLost {
        /// Where it should be.
        path: String,
        /// Why, and what was done about it.
        reason: String,
    },
    /// Histories were read from an engine that had watched this service, or could not be.
    Backfilled {
        /// Which engine.
        from: String,
        /// How many objectives have a history from it.
        slos: usize,
        /// The first minute that it knows of.
        since: Option<Timestamp>,
        /// Why not, or not all; empty while all is well.
        trouble: String,
    },
    /// The fleet's engine tells how the fleet does, from now on or again.
    FleetKnown {
        /// Where it is asked.
        url: String,
        /// How many objectives of this service it knows.
        slos: usize,
    },
    /// How the fleet does is not known: policies that act by the fleet's verdict act by this process's.
    FleetLost {
        /// Where it was asked.
        url: String,
        /// Why.
        reason: String,
    },
    /// Minutes that nobody observed: the loop hung, the machine slept, or the wall clock jumped.
    Gap {
        /// The first of them.
        from: Timestamp,
        /// The end of the last.
        to: Timestamp,
        /// How much of it was not lived through.
        jumped: Duration,
    },
}

impl EventKind {
    /// How urgently a person is wanted: a pair that fires says so itself, a policy that has tried everything pages.
    ///
    /// ```
    /// use reliability_core::EventKind;
    /// assert_eq!(EventKind::Stopped.severity(), None);
    /// ```
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Self::Alert { severity, firing: true, .. } => Some(*severity),
            Self::Compensation { action: CompensationAction::Exhausted, .. } => Some(Severity::Page),
            _ => None,
        }
    }
}
