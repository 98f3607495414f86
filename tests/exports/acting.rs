//! What acts, as series and as JSON: policies, switches, gates.

use std::sync::LazyLock;
use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::{
    Breaker, Bulkhead, Flag, Gate, Ladder, Priority, Reliability, RetryBudget, Share, ShedReason, switches,
};

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

static MAPS: Breaker = Breaker::new("exported-maps");
static GEOCODER: Bulkhead = Bulkhead::new("exported-geocoder", 1);
static RETRIES: RetryBudget = RetryBudget::new("exported-retries").at_least(1);
static UNCALLED: Breaker = Breaker::new("exported-uncalled");

switches! { breaker MAPS, breaker UNCALLED, bulkhead GEOCODER }

#[test]
fn what_guards_calls_out_is_where_switches_are() {
    LazyLock::force(&PROMETHEUS);
    MAPS.trip();
    assert!(MAPS.enter(Priority::Normal).is_err());
    let (inside, retry) = (GEOCODER.enter(Priority::Normal).unwrap(), RETRIES.retry(Priority::Normal).unwrap());
    assert!(GEOCODER.enter(Priority::Normal).is_err() && RETRIES.retry(Priority::Normal).is_err());
    let reliability = Reliability::builder().service("acting").only("acting-calls-out").start().unwrap();
    let refused = |kind: &str, name: &str| {
        series(&format!("reliability_{kind}_refused_total"), &[&format!("{kind}=\"{name}\"")]) == Some(1.0)
    };
    until("the last of them has told", || refused("retries", "exported-retries"));
    assert!(refused("breaker", "exported-maps") && refused("bulkhead", "exported-geocoder"));
    let state = |name: &str, state: &str| {
        series("reliability_breaker_state", &[&format!("breaker=\"{name}\""), &format!("state=\"{state}\"")])
    };
    assert_eq!((state("exported-maps", "open"), state("exported-maps", "closed")), (Some(1.0), Some(0.0)));
    assert_eq!(state("exported-uncalled", "closed"), Some(1.0), "known before its first call");
    assert_eq!(series("reliability_breaker_opened_total", &["breaker=\"exported-maps\""]), Some(1.0));
    assert_eq!(series("reliability_bulkhead_limit", &["bulkhead=\"exported-geocoder\""]), Some(1.0));
    assert_eq!(series("reliability_retries_running", &["retries=\"exported-retries\""]), Some(1.0));

    let json = serde_json::to_value(reliability.report()).unwrap();
    let named = |list: &str, name: &str| {
        let all = json["response"][list].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name} in {list}")).clone()
    };
    let maps = named("breakers", "exported-maps");
    assert_eq!((&maps["state"], &maps["refused"]), (&"open".into(), &1.into()));
    assert_eq!(named("bulkheads", "exported-geocoder")["in_flight"], 1);
    assert_eq!(named("retries", "exported-retries")["granted"], 1);
    for (kind, name) in
        [("breaker", "exported-maps"), ("bulkhead", "exported-geocoder"), ("retries", "exported-retries")]
    {
        let switch = named("switches", name);
        assert_eq!(
            (&switch["kind"], &switch["served"], &switch["value"]),
            (&kind.into(), &u64::from(kind != "breaker").into(), &"0%".into())
        );
    }
    // and a person may turn them as the others
    reliability.handle().set_switch("exported-retries", Some("100%"), Some("kim")).unwrap();
    drop((inside, retry));
    assert_eq!(RETRIES.retry(Priority::Normal).unwrap_err().reason(), ShedReason::Forced);
    reliability.stop();
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
