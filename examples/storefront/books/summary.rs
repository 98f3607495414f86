//! The run in one JSON object, and the file it goes into.
//!
//! The file is opened before anything else happens: a run of an hour must not end with "permission denied".

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reliability_core::{Event, EventKind, Priority, Report};
use serde_json::{Map, Value, json};

use super::matching::Matching;
use super::{compensation, customers};
use crate::options::Options;
use crate::shop::capacity::Capacity;
use crate::shop::orders::Later;
use crate::shop::switches::FRONT_DOOR;
use crate::world::incident::Incident;
use crate::world::traffic::DEADLINE;

/// An open file.
#[derive(Debug)]
pub(crate) struct Summary {
    path: PathBuf,
    file: File,
}

impl Summary {
    /// # Errors
    /// With a sentence that names the path, if it cannot be written.
    pub(crate) fn create(path: &Path) -> Result<Self, String> {
        let file =
            File::create(path).map_err(|error| format!("the summary {} cannot be written: {error}", path.display()))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// # Errors
    /// As above.
    pub(crate) fn write(mut self, summary: &Value) -> Result<(), String> {
        let written: io::Result<()> = writeln!(self.file, "{summary:#}").and_then(|()| self.file.flush());
        written.map_err(|error| format!("the summary {} cannot be written: {error}", self.path.display()))
    }
}

/// What is known when the run has ended.
pub(crate) struct Run<'a> {
    pub(crate) options: &'a Options,
    pub(crate) incident: Incident,
    pub(crate) ended: Duration,
    pub(crate) matching: &'a Matching,
    pub(crate) report: &'a Report,
    pub(crate) events: &'a [Event],
    pub(crate) detection: &'a Value,
    /// As of before the threads of the shop ended.
    pub(crate) generator: &'a Value,
    pub(crate) later: &'a Later,
}

/// Everything about the run.
pub(crate) fn of(run: &Run<'_>) -> Value {
    let Run { options, incident, ended, matching, report, events, detection, generator, later } = *run;
    let clock = incident.clock;
    let pages: Map<String, Value> =
        matching.pages.keys().map(|page| (page.clone(), of_page(page, matching, report))).collect();
    let alerts = events.iter().filter_map(|event| match &event.kind {
        EventKind::Alert { sli, slo, rule, severity, firing, .. } => Some(json!({
            "at": event.at.to_string(), "seconds": clock.since(event.at).as_secs_f64(),
            "sli": sli, "slo": slo, "rule": rule, "severity": severity.to_string(),
            "state": if *firing { "fired" } else { "resolved" }, "what": event.kind.to_string(),
        })),
        _ => None,
    });
    let capacity = options.capacity();
    let broken = incident.kind.map(|kind| {
        json!({
            "what": kind.name(), "from_seconds": incident.from.as_secs_f64(), "until_seconds": incident.until.as_secs_f64(),
        })
    });
    json!({
        "service": report.service.service,
        "began": clock.wall(Duration::ZERO).to_string(),
        "seconds": ended.as_secs_f64(),
        "seed": options.seed,
        "visits_per_second": if options.no_load { 0 } else { options.rps },
        "incident": broken,
        "deadline_seconds": DEADLINE.as_secs_f64(),
        "capacity": {
            "requests_per_second": capacity.per_second(), "workers": capacity.workers,
            "seconds_for_a_page": Capacity::page_seconds(),
        },
        "generator": generator,
        "compensating": !options.no_compensation,
        "compensations": compensation::told(incident, events),
        "compensation_events": compensation::said(incident, events),
        "charged_later": later,
        "front_door": front_door(),
        "customers": {
            "all": customers::sum(&matching.customers),
            "in_the_incident": customers::sum(&matching.customers_in_the_incident),
            "pages": matching.customers,
            "pages_in_the_incident": matching.customers_in_the_incident,
        },
        "measuring": report.enabled,
        "agree": matching.agrees() && later.agrees(),
        "differences": {"counts": matching.sums, "requests": matching.differences},
        "further_requests_differ": matching.more,
        "in_flight_at_end": matching.in_flight,
        "slis": pages,
        "alerts": alerts.collect::<Vec<_>>(),
        "detection": detection,
    })
}

/// What the gate did.
fn front_door() -> Value {
    let gate = FRONT_DOOR.report();
    json!({
        "limit": gate.limit, "offered": gate.offered, "admitted": gate.admitted, "refused": gate.refused.total(),
        "refused_by_priority": {
            "critical": gate.refused.by_priority(Priority::Critical),
            "high": gate.refused.by_priority(Priority::High),
            "normal": gate.refused.by_priority(Priority::Normal),
            "low": gate.refused.by_priority(Priority::Low),
        },
    })
}

fn of_page(page: &str, matching: &Matching, report: &Report) -> Value {
    let tally = &matching.pages[page];
    let library = report.sli(page).map(|sli| {
        let counts = &sli.counts;
        let objectives = sli.slos.iter().map(
            |slo| json!({"name": slo.name, "good": slo.good, "bad": slo.bad, "budget_remaining": slo.budget_remaining}),
        );
        json!({
            "started": counts.started, "good": counts.good, "bad": counts.bad, "ignored": counts.ignored,
            "cancelled": counts.cancelled(), "cancelled_bad": counts.cancelled_bad,
            "cancelled_ignored": counts.cancelled_ignored, "shed": counts.shed, "in_flight": sli.in_flight,
            "objectives": objectives.collect::<Vec<_>>(),
        })
    });
    json!({
        "clients": tally.clients,
        "hang_ups": tally.hang_ups,
        "server": tally.fates,
        "library": library,
        "agree": report.sli(page).is_some_and(|sli| tally.fates.differences(page, sli).is_empty()),
    })
}
