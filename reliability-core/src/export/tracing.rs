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
        macro_rules! said {
            ($level:ident $(, $($field:tt)+)?) => {
                tracing::$level!(target: "reliability", %at $(, $($field)+)?, "{kind}")
            };
        }
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
                        said!(
                            $level, sli, slo, rule, %severity, firing, factor, burn_long, burn_short, budget_remaining,
                            incident_cost
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
                said!(warn, sli, slo, spent = true, remaining);
            }
            EventKind::Budget { sli, slo, remaining, .. } => said!(info, sli, slo, spent = false, remaining),
            EventKind::Feature { feature, reading, spent: true, remaining } => {
                said!(warn, feature, %reading, spent = true, remaining);
            }
            EventKind::Feature { feature, reading, remaining, .. } => {
                said!(info, feature, %reading, spent = false, remaining);
            }
            EventKind::Stalled { sli, stalled: true, in_flight, quiet } => {
                said!(error, sli, stalled = true, in_flight, quiet_seconds = quiet.as_secs());
            }
            EventKind::Stalled { sli, in_flight, .. } => said!(info, sli, stalled = false, in_flight),
            EventKind::Gap { from, to, jumped } => said!(warn, %from, %to, jumped_seconds = jumped.as_secs()),
            EventKind::Changed { sli, slo, objective, window, method, generation } => {
                said!(info, sli, slo, %objective, %window, %method, generation);
            }
            EventKind::Maintenance { name, begins, to, charged } => said!(info, name, begins, %to, charged),
            EventKind::Refused { sli, reason } => said!(error, sli, reason),
            EventKind::Detected { sli, slo, detected, failures, requests, within, looked_for } => {
                let within_seconds = within.as_secs_f64();
                macro_rules! detected {
                    ($level:ident) => {
                        said!($level, sli, slo, detected, failures, requests, within_seconds, looked_for)
                    };
                }
                if *detected { detected!(warn) } else { detected!(info) }
            }
            EventKind::Compensation { policy, compensator, action, strength, reason, elapsed } => {
                let (action, elapsed_seconds) = (action.as_str(), elapsed.map(|elapsed| elapsed.as_secs_f64()));
                macro_rules! acted {
                    ($level:ident) => {
                        said!($level, policy, compensator, action, strength, reason, elapsed_seconds)
                    };
                }
                if kind.severity().is_some() { acted!(error) } else { acted!(warn) }
            }
            EventKind::Switched { kind: what, name, value, set_by, by } => {
                said!(warn, kind = what.as_str(), name, value, set_by = set_by.as_str(), by);
            }
            EventKind::KillSwitch { on, by } => said!(warn, on, by),
            EventKind::Lapsed { lapses } => said!(error, lapses),
            EventKind::KnownGood { version, soaked } => said!(info, version, soaked_seconds = soaked.as_secs()),
            EventKind::Provider { name, trouble: Some(trouble) } => said!(warn, name, trouble),
            EventKind::Provider { name, trouble: None } => said!(info, name),
            EventKind::Forgotten { reason } => said!(error, reason),
            EventKind::DocumentsLoaded { source, documents, changed, warnings, later } => {
                said!(info, source, documents, changed, warnings, later);
            }
            EventKind::DocumentsRefused { source, errors, first } => said!(error, source, errors, first),
            EventKind::StoreTaken { path, slos, .. } => said!(info, path, slos),
            EventKind::StoreLost { path, reason } => said!(error, path, reason),
            EventKind::Backfilled { from, slos, trouble, .. } => said!(info, from, slos, trouble),
            EventKind::FleetKnown { url, slos } => said!(info, url, slos),
            EventKind::FleetLost { url, reason } => said!(warn, url, reason),
            EventKind::Started { slis, slos } => said!(info, slis, slos),
            EventKind::Stopped => said!(info),
        }
    }
}
