//! What happened: changes of state, with the numbers that explain them.

use std::fmt;
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

impl fmt::Display for EventKind {
    /// One sentence with the numbers. A kind without one does not compile.
    #[allow(clippy::too_many_lines)] // a sentence for each
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let burn = |rate: &Option<f64>| rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}"));
        match self {
            Self::Started { slis, slos } => write!(f, "judging {slos} objectives on {slis} indicators"),
            Self::Stopped => f.write_str("stopped"),
            Self::Alert {
                slo,
                rule,
                severity,
                firing,
                factor,
                burn_long,
                burn_short,
                budget_remaining,
                incident_cost,
                ..
            } => {
                write!(
                    f,
                    "{severity} {rule} of {slo} {}: burning {} and {} times the budget's rate, factor {factor}; {:.1} % of the budget left",
                    if *firing { "fired" } else { "resolved" },
                    burn(burn_long),
                    burn(burn_short),
                    budget_remaining * 100.0,
                )?;
                match incident_cost.filter(|_| !*firing) {
                    Some(cost) => write!(f, "; this incident cost {:.1} % of it", cost * 100.0),
                    None => Ok(()),
                }
            }
            Self::Budget { slo, spent, remaining, .. } => {
                write!(
                    f,
                    "the budget of {slo} is {}: {:.1} % left",
                    if *spent { "spent" } else { "no longer spent" },
                    remaining * 100.0
                )
            }
            Self::Feature { feature, reading, spent, remaining } => write!(
                f,
                "the budget of feature {feature} (read by {reading}) is {}: {:.1} % left",
                if *spent { "spent" } else { "no longer spent" },
                remaining * 100.0
            ),
            Self::Stalled { sli, stalled: true, in_flight, quiet } => {
                write!(
                    f,
                    "calls of {sli} start and none ends: {in_flight} in flight, none ended for {} s",
                    quiet.as_secs()
                )
            }
            Self::Stalled { sli, in_flight, .. } => write!(f, "calls of {sli} end again: {in_flight} in flight"),
            Self::Changed { slo, objective, window, method, generation, .. } => {
                write!(
                    f,
                    "{slo} is judged by {objective} over {window} ({method}), generation {generation} of its counts"
                )
            }
            Self::Maintenance { name, begins: true, to, charged } => write!(
                f,
                "planned time {name:?} began: until {to} failures {} the budget",
                if *charged { "spend" } else { "do not spend" }
            ),
            Self::Maintenance { name, .. } => write!(f, "planned time {name:?} ended"),
            Self::Refused { sli, reason } => write!(f, "calls of {sli} are not judged: {reason}"),
            Self::Gap { from, to, jumped } => {
                write!(
                    f,
                    "nobody observed the time from {from} to {to} ({} s of it were not lived through)",
                    jumped.as_secs()
                )
            }
            Self::Detected { slo, detected: true, failures, requests, within, looked_for, .. } => write!(
                f,
                "{slo} fails fast: {failures} of {requests} calls within {:.1} s, looking for {:.2} %",
                within.as_secs_f64(),
                looked_for * 100.0
            ),
            Self::Detected { slo, failures, requests, within, .. } => write!(
                f,
                "{slo} no longer fails fast: {failures} of {requests} calls in the {:.1} s since",
                within.as_secs_f64()
            ),
            Self::Compensation { policy, compensator, action, strength, reason, elapsed } => {
                write!(f, "policy {policy}")?;
                if !compensator.is_empty() {
                    write!(f, ", {compensator}")?;
                }
                write!(f, ": {action}")?;
                if *strength > 0.0 {
                    write!(f, " at {} %", (strength * 1e4).round() / 1e2)?;
                }
                if let Some(elapsed) = elapsed {
                    write!(f, " {:.2} s after the trigger", elapsed.as_secs_f64())?;
                }
                if reason.is_empty() { Ok(()) } else { write!(f, "; {reason}") }
            }
            Self::Switched { kind, name, value, set_by, by } => {
                write!(f, "{kind} {name} is {value}, set by {}", set_by.as_str())?;
                by.as_ref().map_or(Ok(()), |by| write!(f, " ({by})"))
            }
            Self::Provider { name, trouble: Some(trouble) } => {
                write!(f, "the provider of flags {name}: {trouble}")
            }
            Self::Provider { name, trouble: None } => write!(f, "the provider of flags {name} answers"),
            Self::KillSwitch { on, by } => {
                f.write_str(if *on { "no policy may act" } else { "policies may act again" })?;
                by.as_ref().map_or(Ok(()), |by| write!(f, " ({by})"))
            }
            Self::Lapsed { lapses } => {
                write!(
                    f,
                    "nobody renewed the lease: everything that policies had engaged was reverted, {lapses} times so far"
                )
            }
            Self::KnownGood { version, soaked } => {
                write!(f, "version {version} is known to be good: it met its objectives for {} s", soaked.as_secs())
            }
            Self::Forgotten { reason } => f.write_str(reason),
            Self::DocumentsLoaded { source, documents, changed, warnings, later } => {
                write!(
                    f,
                    "{documents} documents of {source} are in force, {changed} objectives judged anew, {warnings} warnings"
                )?;
                later.as_ref().map_or(Ok(()), |later| write!(f, "; at the next start: {later}"))
            }
            Self::DocumentsRefused { source, errors, first } => {
                write!(
                    f,
                    "{source} has changed and is not used, what was in force stays: {errors} errors, the first {first}"
                )
            }
            Self::StoreTaken { path, slos: 0, .. } => write!(f, "budgets are kept in {path}, which held none before"),
            Self::StoreTaken { path, slos, until } => {
                write!(f, "budgets are kept in {path}: {slos} objectives go on from there")?;
                until.map_or(Ok(()), |until| write!(f, ", where they stood at {until}"))
            }
            Self::StoreLost { path, reason } => {
                write!(f, "budgets are not kept in {path}, and a restart would forget them: {reason}")
            }
            Self::Backfilled { from, slos: 0, trouble, .. } => {
                write!(f, "no history could be had from {from}: {trouble}")
            }
            Self::Backfilled { from, slos, since, trouble } => {
                write!(f, "{slos} objectives have their history from {from}")?;
                since.map_or(Ok(()), |since| write!(f, ", since {since}"))?;
                if trouble.is_empty() { Ok(()) } else { write!(f, "; {trouble}") }
            }
            Self::FleetKnown { url, slos } => write!(f, "{url} tells how the fleet does by {slos} objectives"),
            Self::FleetLost { url, reason } => write!(
                f,
                "{url} does not tell how the fleet does, and policies that act by its verdict act by this process's: {reason}"
            ),
        }
    }
}
