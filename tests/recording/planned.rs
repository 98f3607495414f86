//! Planned time, and terms that change while the service runs: in the lab, through the handle.

use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{ChangeError, EventKind, Maintenance, Method, Objective, Outcome, Severity, Sli, Window};

const SECOND: Duration = Duration::from_secs(1);

fn sli(name: &'static str) -> Sli {
    Sli::named(name).unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()))
}

/// So many seconds of ten calls each, of which some fail.
fn run(lab: &mut Lab, sli: &Sli, seconds: u32, bad: u64) {
    for _ in 0..seconds {
        sli.record_many(Outcome::Good, 10 - bad);
        sli.record_many(Outcome::Bad, bad);
        lab.advance(SECOND);
    }
}

fn planned(lab: &Lab, name: &str, after: u32, seconds: u32) -> Maintenance {
    let from = lab.now() + SECOND * after;
    Maintenance::new(name, from, from + SECOND * seconds).unwrap()
}

#[test]
fn planned_time_that_is_not_charged_spends_nothing_and_what_it_would_have_spent_is_shown() {
    let sli = sli("planned-free");
    let mut lab = Lab::judging([&sli]);
    lab.handle().plan(planned(&lab, "upgrade", 600, 300).not_charged());
    run(&mut lab, &sli, 600, 0);
    assert!(lab.report().maintenance[0].is_now);
    run(&mut lab, &sli, 300, 10);
    run(&mut lab, &sli, 600, 0);

    let report = lab.report();
    let slo = report.slo("planned-free-availability").unwrap();
    assert_eq!((slo.good, slo.bad), (12_000, 0));
    let whole = slo.budget_with_maintenance.expect("it differs");
    assert!((whole - (1.0 - 3_000.0 / 150.0)).abs() < 1e-9, "{whole}");
    assert!(slo.budget_remaining > 0.9);
    assert!(!slo.is_firing(Severity::Page) && slo.incident.is_none());
    let told: Vec<_> = lab
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Maintenance { name, begins, charged, .. } => Some((name.as_str(), *begins, *charged)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [("upgrade", true, false), ("upgrade", false, false)]);
}

#[test]
fn planned_time_that_is_charged_is_told_of_and_spends_like_any_other() {
    let sli = sli("planned-charged");
    let mut lab = Lab::judging([&sli]);
    lab.handle().plan(planned(&lab, "upgrade", 60, 60));
    run(&mut lab, &sli, 60, 0);
    run(&mut lab, &sli, 60, 10);
    run(&mut lab, &sli, 60, 0);
    let report = lab.report();
    let slo = report.slo("planned-charged-availability").unwrap();
    assert_eq!((slo.good, slo.bad, slo.budget_with_maintenance), (1_200, 600, None));
    assert!(report.events.iter().any(|event| matches!(&event.kind, EventKind::Maintenance { charged: true, .. })));
}

#[test]
fn a_second_that_only_partly_lies_in_planned_time_is_charged() {
    let sli = sli("planned-edge");
    let mut lab = Lab::judging([&sli]);
    let half = Duration::from_millis(500);
    let (from, to) = (lab.now() + SECOND + half, lab.now() + SECOND * 4 + half);
    lab.handle().plan(Maintenance::new("deploy", from, to).unwrap().not_charged());
    run(&mut lab, &sli, 6, 10);
    let report = lab.report();
    assert_eq!(report.slo("planned-edge-availability").unwrap().bad, 40, "of six seconds two lie wholly inside");
}

#[test]
fn planned_time_of_another_sli_excuses_nothing() {
    let sli = sli("planned-other");
    let mut lab = Lab::judging([&sli]);
    lab.handle().plan(planned(&lab, "upgrade", 0, 600).of(["somebody-else"]).not_charged());
    run(&mut lab, &sli, 60, 10);
    assert_eq!(lab.report().slo("planned-other-availability").unwrap().bad, 600);
}

#[test]
fn a_second_planned_time_excuses_no_more_than_its_own() {
    let sli = sli("planned-twice");
    let mut lab = Lab::judging([&sli]);
    lab.handle().plan(planned(&lab, "first", 60, 60).not_charged());
    lab.handle().plan(planned(&lab, "second", 300, 60).not_charged());
    run(&mut lab, &sli, 60, 0);
    run(&mut lab, &sli, 60, 10);
    run(&mut lab, &sli, 180, 1);
    run(&mut lab, &sli, 60, 10);
    run(&mut lab, &sli, 60, 0);
    let report = lab.report();
    let slo = report.slo("planned-twice-availability").unwrap();
    let whole = slo.budget_with_maintenance.unwrap();
    assert!((whole - (1.0 - f64::from(600 + 180 + 600) / 42.0)).abs() < 1e-9, "{whole}");
    assert_eq!(slo.bad, 180);
}

#[test]
fn the_handle_changes_an_objective_and_tells_of_it() {
    let sli = sli("changed");
    let mut lab = Lab::judging([&sli]);
    run(&mut lab, &sli, 60, 1);
    let handle = lab.handle();
    handle.change("changed-availability", |terms| terms.objective(Objective::parse("80%").unwrap())).unwrap();
    let told = lab.advance(SECOND);
    assert!(matches!(&told[0].kind, EventKind::Changed { slo, generation: 1, .. } if slo == "changed-availability"));
    let report = lab.report();
    let slo = report.slo("changed-availability").unwrap();
    assert!((slo.budget_remaining - 0.5).abs() < 1e-9);
    assert_eq!((slo.objective.to_string(), slo.generation, slo.bad), ("80%".into(), 1, 60));

    let slices = Method::parse("timeslices 1m 95%").unwrap();
    handle.change("changed-availability", |terms| terms.method(slices)).unwrap();
    let slo = lab.report().slo("changed-availability").unwrap().clone();
    assert_eq!((slo.generation, slo.bad, slo.method, slo.coverage), (2, 0, slices, 0.0));
    assert!((slo.budget_measured.unwrap() - 1.0).abs() < 1e-9);
}

#[test]
fn a_change_of_an_unknown_slo_or_to_an_unknown_zone_says_what_there_is() {
    let sli = sli("unchanged");
    let lab = Lab::judging([&sli]);
    let error = lab.handle().change("unchanged", |terms| terms).unwrap_err();
    assert_eq!(error.to_string(), "there is no SLO \"unchanged\"; there are: unchanged-availability");
    let mars = Window::parse("month Mars/Olympus").unwrap();
    let error = lab.handle().change("unchanged-availability", |terms| terms.window(mars)).unwrap_err();
    assert!(matches!(&error, ChangeError::Zone(_)) && error.to_string().contains("Mars/Olympus"), "{error}");
    assert_eq!(lab.handle().terms("unchanged-availability").unwrap().window, Window::DEFAULT);
}

#[test]
fn a_change_may_ask_the_handle_for_other_terms() {
    let (one, other) = (sli("changed-one"), sli("changed-other"));
    let lab = Lab::judging([&one, &other]);
    let handle = lab.handle();
    let like_the_other = |terms: reliability_core::slo::Terms| {
        terms.objective(handle.terms("changed-other-availability").unwrap().objective)
    };
    handle.change("changed-one-availability", like_the_other).unwrap();
    assert_eq!(handle.terms("changed-one-availability").unwrap().objective.to_string(), "99%");
}

#[test]
fn an_hour_that_nobody_lived_through_is_no_stall() {
    let sli = sli("suspended");
    let mut lab = Lab::judging([&sli]);
    let call = sli.begin();
    lab.advance(SECOND);
    lab.step_wall_clock(lab.now() + SECOND * 3_600);
    let told = lab.advance(SECOND);
    assert!(!told.iter().any(|event| matches!(event.kind, EventKind::Stalled { .. })), "{told:?}");
    let told = lab.advance(SECOND * 30);
    assert!(told.iter().any(|event| matches!(event.kind, EventKind::Stalled { stalled: true, .. })));
    call.end(Outcome::Good);
}
