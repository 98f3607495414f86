//! Events through `tracing`, with every number as a field, and spans as trace references.
//!
//! Pages and stalls are errors, tickets and spent budgets warnings, the rest information. The target is `reliability`.

use crate::engine::event::{Event, EventKind};
use crate::engine::port::Sink;
use crate::sli::{TraceRef, set_trace_source};
use crate::slo::Severity;

/// Lets failures remember the span that they happened in, where no trace id is known.
pub(super) fn install() {
    set_trace_source(1, || tracing::Span::current().id().map(|id| TraceRef::Span(id.into_u64())));
}

pub(super) struct TracingSink;

impl Sink for TracingSink {
    fn name(&self) -> &'static str {
        "tracing"
    }

    fn event(&mut self, event: &Event) {
        let (kind, at) = (&event.kind, event.at);
        match kind {
            EventKind::Alert {
                sli,
                slo,
                rule,
                severity,
                firing,
                factor,
                burn_long,
                burn_short,
                budget_remaining,
                incident_cost,
            } => {
                macro_rules! alert {
                    ($level:ident) => {
                        tracing::$level!(
                            target: "reliability", %at, sli, slo, rule, %severity, firing, factor, burn_long, burn_short,
                            budget_remaining, incident_cost, "{kind}"
                        )
                    };
                }
                match (firing, severity) {
                    (true, Severity::Page) => alert!(error),
                    (true, Severity::Ticket) => alert!(warn),
                    (false, _) => alert!(info),
                }
            }
            EventKind::Budget { sli, slo, spent: true, remaining } => {
                tracing::warn!(target: "reliability", %at, sli, slo, spent = true, remaining, "{kind}");
            }
            EventKind::Budget { sli, slo, remaining, .. } => {
                tracing::info!(target: "reliability", %at, sli, slo, spent = false, remaining, "{kind}");
            }
            EventKind::Feature { .. } => feature_event(event),
            EventKind::Stalled { .. } => stalled(event),
            EventKind::Gap { from, to, jumped } => {
                let jumped_seconds = jumped.as_secs();
                tracing::warn!(target: "reliability", %at, %from, %to, jumped_seconds, "{kind}");
            }
            EventKind::Changed { sli, slo, objective, window, method, generation } => {
                tracing::info!(target: "reliability", %at, sli, slo, %objective, %window, %method, generation, "{kind}");
            }
            EventKind::Maintenance { name, begins, to, charged } => {
                tracing::info!(target: "reliability", %at, name, begins, %to, charged, "{kind}");
            }
            EventKind::Refused { sli, reason } => {
                tracing::error!(target: "reliability", %at, sli, reason, "{kind}");
            }
            EventKind::Detected { sli, slo, detected, failures, requests, within, looked_for } => {
                let within_seconds = within.as_secs_f64();
                macro_rules! detected {
                    ($level:ident) => {
                        tracing::$level!(
                            target: "reliability", %at, sli, slo, detected, failures, requests, within_seconds, looked_for,
                            "{kind}"
                        )
                    };
                }
                if *detected { detected!(warn) } else { detected!(info) }
            }
            EventKind::Compensation { policy, compensator, action, strength, reason, elapsed } => {
                let (action, elapsed_seconds) = (action.as_str(), elapsed.map(|elapsed| elapsed.as_secs_f64()));
                macro_rules! acted {
                    ($level:ident) => {
                        tracing::$level!(
                            target: "reliability", %at, policy, compensator, action, strength, reason, elapsed_seconds,
                            "{kind}"
                        )
                    };
                }
                if kind.severity().is_some() { acted!(error) } else { acted!(warn) }
            }
            EventKind::Switched { kind: what, name, value, set_by, by } => {
                let (what, set_by) = (what.as_str(), set_by.as_str());
                tracing::warn!(target: "reliability", %at, kind = what, name, value, set_by, by, "{kind}");
            }
            EventKind::KillSwitch { on, by } => tracing::warn!(target: "reliability", %at, on, by, "{kind}"),
            EventKind::Lapsed { lapses } => tracing::error!(target: "reliability", %at, lapses, "{kind}"),
            EventKind::KnownGood { version, soaked } => {
                tracing::info!(target: "reliability", %at, version, soaked_seconds = soaked.as_secs(), "{kind}");
            }
            EventKind::Provider { name, trouble: Some(trouble) } => {
                tracing::warn!(target: "reliability", %at, name, trouble, "{kind}");
            }
            EventKind::Provider { name, trouble: None } => tracing::info!(target: "reliability", %at, name, "{kind}"),
            EventKind::Forgotten { reason } => tracing::error!(target: "reliability", %at, reason, "{kind}"),
            EventKind::DocumentsLoaded { .. } | EventKind::DocumentsRefused { .. } => documents(event),
            EventKind::StoreTaken { .. } | EventKind::StoreLost { .. } | EventKind::Backfilled { .. } => kept(event),
            EventKind::FleetKnown { url, slos } => {
                tracing::info!(target: "reliability", %at, url, slos, "{kind}");
            }
            EventKind::FleetLost { url, reason } => {
                tracing::warn!(target: "reliability", %at, url, reason, "{kind}");
            }
            EventKind::Started { slis, slos } => tracing::info!(target: "reliability", %at, slis, slos, "{kind}"),
            EventKind::Stopped => tracing::info!(target: "reliability", %at, "{kind}"),
        }
    }
}

/// Calls of an SLI do not end, or end again.
fn stalled(event: &Event) {
    let (kind, at) = (&event.kind, event.at);
    let EventKind::Stalled { sli, stalled, in_flight, quiet } = kind else { return };
    if *stalled {
        let quiet_seconds = quiet.as_secs();
        tracing::error!(target: "reliability", %at, sli, stalled = true, in_flight, quiet_seconds, "{kind}");
    } else {
        tracing::info!(target: "reliability", %at, sli, stalled = false, in_flight, "{kind}");
    }
}

/// The same of what outlives the process.
fn kept(event: &Event) {
    let (kind, at) = (&event.kind, event.at);
    match kind {
        EventKind::StoreTaken { path, slos, .. } => {
            tracing::info!(target: "reliability", %at, path, slos, "{kind}");
        }
        EventKind::StoreLost { path, reason } => {
            tracing::error!(target: "reliability", %at, path, reason, "{kind}");
        }
        EventKind::Backfilled { from, slos, trouble, .. } => {
            tracing::info!(target: "reliability", %at, from, slos, trouble, "{kind}");
        }
        _ => {}
    }
}

/// The same of what is promised.
fn documents(event: &Event) {
    let (kind, at) = (&event.kind, event.at);
    match kind {
        EventKind::DocumentsLoaded { source, documents, changed, warnings, later } => {
            tracing::info!(target: "reliability", %at, source, documents, changed, warnings, later, "{kind}");
        }
        EventKind::DocumentsRefused { source, errors, first } => {
            tracing::error!(target: "reliability", %at, source, errors, first, "{kind}");
        }
        _ => {}
    }
}

/// The last of a feature's budget was spent, or there is some again.
fn feature_event(event: &Event) {
    let (kind, at) = (&event.kind, event.at);
    let EventKind::Feature { feature, reading, spent, remaining } = kind else { return };
    macro_rules! told {
        ($level:ident) => {
            tracing::$level!(target: "reliability", %at, feature, %reading, spent, remaining, "{kind}")
        };
    }
    if *spent { told!(warn) } else { told!(info) }
}
