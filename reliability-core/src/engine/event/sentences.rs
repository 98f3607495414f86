//! What happened, in words: a sentence for each kind, with its numbers.

use std::fmt;

use super::EventKind;

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
