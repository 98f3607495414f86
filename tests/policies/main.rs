//! Policies in virtual time: every mechanism, and every way in which acting could do harm.
//!
//! The switches of a process and the lease on them are global, so each test has switches of its own and takes the stage alone.

mod blind;
mod course;
mod hands;
mod harm;
mod simulated;
mod triggers;
mod workers;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{CompensationAction, EventKind, Objective, Outcome, Phase, PolicyReport, Sli};

static STAGE: Mutex<()> = Mutex::new(());

/// One at a time: a lapsed lease reverts what every test has engaged.
fn stage() -> MutexGuard<'static, ()> {
    STAGE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sli(name: &str) -> Sli {
    Sli::named(name).unwrap().declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()))
}

/// Seconds of 100 calls each, so many of them bad, looked at as the loop does.
fn serve(lab: &mut Lab, sli: &Sli, seconds: u32, bad_of_100: impl Fn() -> u64) {
    for _ in 0..seconds * 10 {
        let bad = bad_of_100();
        for call in 0..10 {
            sli.record(if call * 10 < bad { Outcome::Bad } else { Outcome::Good }, Duration::from_millis(5));
        }
        lab.advance_awake(Duration::from_millis(100), Duration::from_millis(100));
    }
}

fn policy(lab: &Lab, name: &str) -> PolicyReport {
    lab.report().response.policy(name).expect("it is there").clone()
}

fn is_engaged(lab: &Lab, name: &str) -> bool {
    policy(lab, name).steps.iter().any(|step| step.engaged.is_some())
}

/// What was done, in order.
fn deeds(lab: &Lab) -> Vec<(CompensationAction, String)> {
    let deed = |kind: &EventKind| match kind {
        EventKind::Compensation { action, compensator, .. } => Some((*action, compensator.clone())),
        _ => None,
    };
    lab.events().iter().filter_map(|event| deed(&event.kind)).collect()
}

fn count(lab: &Lab, action: CompensationAction) -> usize {
    deeds(lab).iter().filter(|(done, _)| *done == action).count()
}

fn is_idle(lab: &Lab, name: &str) -> bool {
    matches!(policy(lab, name).phase, Phase::Idle)
}
