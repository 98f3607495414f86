//! What happened: changes of state, with the numbers that explain them.

use std::fmt;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::slo::Severity;
use crate::spec::{Method, Objective, Window};

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

impl fmt::Display for EventKind {
    /// One sentence with the numbers.
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
        }
    }
}
