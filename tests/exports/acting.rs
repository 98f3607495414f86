//! What acts, as series and as JSON: policies, switches, gates.

use std::sync::LazyLock;
use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::{Flag, Gate, Ladder, Priority, Reliability, Share};

use crate::{PROMETHEUS, until};

static FLAG: Flag = Flag::on("exported-flag");
static HOME: Ladder = Ladder::new("exported-home", &["full", "cached", "static"]);
static DOOR: Gate = Gate::new("exported-door");

/// Gates and switches are the process's, so every engine of this process tells of them: this is ours.
fn series(name: &str, labels: &[&str]) -> Option<f64> {
    crate::series(name, &[labels, &["service=\"acting\""]].concat())
}

fn policy(name: &str, step: Step) -> Policy {
    let policy = Policy::named(name).unwrap().on(Trigger::by_hand()).step(step);
    policy.verify("acting-exports", Duration::from_secs(3_600)).act()
}

#[test]
fn what_is_engaged_and_what_gates_refuse_is_in_series_and_json() {
    LazyLock::force(&PROMETHEUS);
    let reliability = Reliability::builder()
        .service("acting")
        .only("acting-exports")
        .policy(policy("exported-off", Step::off(&FLAG)))
        .policy(policy("exported-refuse", Step::refuse(&DOOR, Share::ALL)))
        .policy(policy("exported-rung", Step::rung(&HOME, "cached")))
        .start()
        .unwrap();
    let engaged = |name: &str| series("reliability_compensation_engaged_ratio", &[&format!("policy=\"{name}\"")]);
    until("nothing is engaged", || engaged("exported-off") == Some(0.0));
    assert_eq!(series("reliability_kill_switch", &["service=\"acting\""]), Some(0.0));
    let handle = reliability.handle();
    for policy in ["exported-off", "exported-refuse", "exported-rung"] {
        handle.engage(policy, Some("kim")).unwrap();
    }
    until("all is engaged", || {
        ["exported-off", "exported-refuse", "exported-rung"].iter().all(|name| engaged(name) == Some(1.0))
    });
    for _ in 0..3 {
        assert!(DOOR.admit(Priority::Low).is_err());
    }
    let gate = "gate=\"exported-door\"";
    // a report is told series by series: this is the last of the gate's
    until("the gate has told", || {
        series("reliability_gate_refused_by_priority_total", &[gate, "priority=\"low\""]) == Some(3.0)
    });
    assert_eq!(series("reliability_gate_refused_total", &[gate, "reason=\"forced\""]), Some(3.0));
    assert_eq!(series("reliability_gate_offered_total", &[gate]), Some(3.0));
    assert_eq!(series("reliability_gate_admitted_total", &[gate]), Some(0.0));
    assert_eq!(series("reliability_gate_refused_total", &[gate, "reason=\"overload\""]), Some(0.0));
    assert_eq!(series("reliability_gate_in_flight", &[gate]), Some(0.0));
    assert!(series("reliability_gate_baseline_seconds", &[gate]).unwrap().is_nan());
    assert_eq!(series("reliability_flag_share_ratio", &["flag=\"exported-flag\""]), Some(0.0));
    assert_eq!(series("reliability_ladder_rung", &["ladder=\"exported-home\""]), Some(1.0));
    let acted = ["policy=\"exported-off\"", "action=\"overridden\""];
    until("it was counted", || series("reliability_compensation_events_total", &acted) >= Some(1.0));

    let json = serde_json::to_value(reliability.report()).unwrap();
    let response = &json["response"];
    let policy = response["policies"].as_array().unwrap().iter().find(|policy| policy["name"] == "exported-off");
    let policy = policy.unwrap();
    assert_eq!((&policy["mode"], &policy["phase"]["name"]), (&"act".into(), &"overridden".into()));
    assert_eq!(policy["steps"][0]["engaged"], 1.0);
    let gate = response["gates"].as_array().unwrap().iter().find(|gate| gate["name"] == "exported-door").unwrap();
    assert_eq!((&gate["refused"]["total"], &gate["refused"]["by_reason"]["forced"]), (&3.into(), &3.into()));
    assert_eq!((&gate["forced"], &gate["baseline_seconds"]), (&1.0.into(), &().into()));
    let flag = response["switches"].as_array().unwrap().iter().find(|switch| switch["name"] == "exported-flag");
    assert_eq!((&flag.unwrap()["value"], &flag.unwrap()["set_by"]), (&"0%".into(), &"policy".into()));

    let report = reliability.stop();
    assert!(FLAG.enabled() && report.response.policy("exported-off").unwrap().steps[0].engaged.is_none());
    assert_eq!(engaged("exported-off"), Some(0.0), "what stops is flushed");
}
