//! What the library did about the incident, with times: when it knew, when it acted, when it saw that it helped, when it let go.
//!
//! Taken from the library's events, each against the moment at which the fault began. What has not happened is null.

use std::time::Duration;

use reliability_core::{CompensationAction as Action, Event, EventKind};
use serde_json::{Value, json};

use crate::world::incident::Incident;

/// One time that a policy acted.
struct Course {
    policy: String,
    compensator: String,
    detected: Option<Duration>,
    engaged: Duration,
    verified: Option<Duration>,
    released: Option<Duration>,
    /// How often a share was given back, and how often that did harm.
    probes: u32,
    failed_probes: u32,
    /// What was engaged after the first step had not helped.
    escalated_to: Vec<String>,
}

/// All times that policies acted, in order.
pub(crate) fn told(incident: Incident, events: &[Event]) -> Value {
    let mut courses: Vec<Course> = Vec::new();
    let mut detected = None;
    for event in events {
        let at = incident.clock.since(event.at);
        match &event.kind {
            EventKind::Detected { detected: true, .. } => detected = Some(at),
            EventKind::Compensation { policy, compensator, action: Action::Engaged, .. } => courses.push(Course {
                policy: policy.clone(),
                compensator: compensator.clone(),
                detected,
                engaged: at,
                verified: None,
                released: None,
                probes: 0,
                failed_probes: 0,
                escalated_to: Vec::new(),
            }),
            EventKind::Compensation { policy, compensator, action, .. } => {
                let last = courses.iter_mut().rfind(|course| course.policy == *policy && course.released.is_none());
                let Some(course) = last else { continue };
                match action {
                    Action::Verified => course.verified = course.verified.or(Some(at)),
                    Action::Released | Action::Reverted => course.released = Some(at),
                    Action::Probed => course.probes += 1,
                    Action::ProbeFailed => course.failed_probes += 1,
                    Action::Escalated => course.escalated_to.push(compensator.clone()),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let fault = incident.kind.map(|_| incident.from);
    let instant = |at: Option<Duration>| {
        at.map(|at| {
            let after = fault.map(|fault| (at.as_micros() as i64 - fault.as_micros() as i64) as f64 / 1e3);
            json!({"seconds": at.as_secs_f64(), "after_fault_ms": after})
        })
    };
    let told = courses.iter().map(|course| {
        json!({
            "policy": course.policy,
            "compensator": course.compensator,
            "escalated_to": course.escalated_to,
            "fault": fault.map(|fault| json!({"seconds": fault.as_secs_f64()})),
            "detected": instant(course.detected),
            "engaged": instant(Some(course.engaged)),
            "verified": instant(course.verified),
            "released": instant(course.released),
            "probes": course.probes,
            "failed_probes": course.failed_probes,
        })
    });
    Value::Array(told.collect())
}

/// Everything that was said about it, in order.
pub(crate) fn said(incident: Incident, events: &[Event]) -> Vec<Value> {
    let about = events.iter().filter(|event| {
        matches!(
            event.kind,
            EventKind::Detected { .. }
                | EventKind::Compensation { .. }
                | EventKind::Switched { .. }
                | EventKind::KillSwitch { .. }
                | EventKind::Lapsed { .. }
        )
    });
    about
        .map(|event| json!({"seconds": incident.clock.since(event.at).as_secs_f64(), "what": event.kind.to_string()}))
        .collect()
}
