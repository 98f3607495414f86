//! Replicas as they go over the wire.

use std::time::Duration;

use reliability_core::fleet::{FleetView, ReplicaError};
use reliability_core::testkit::Lab;
use reliability_core::{Method, Objective, Outcome, Replica, Sli, SliSpec};
use serde_json::{Value, json};

use crate::server::{Answer, Server};

fn lab(declare: impl Fn(SliSpec) -> SliSpec) -> Lab {
    let pay =
        Sli::named("wire-pay").unwrap().declare(|spec| declare(spec.objective(Objective::parse("99.9%").unwrap())));
    let mut lab = Lab::judging([&pay]);
    for minute in 0..300 {
        pay.record_many(Outcome::Good, minute);
        pay.record_many(Outcome::Bad, minute / 100);
        lab.advance_by(Duration::from_secs(60), Duration::from_secs(30));
    }
    lab
}

#[test]
fn a_replica_comes_back_from_its_json_as_it_was() {
    for method in ["occurrences", "timeslices 5m 99.5%", "ratio-timeslices 1m"] {
        let lab = lab(|spec| spec.method(Method::parse(method).unwrap()));
        let replica = lab.handle().replica();
        let json = serde_json::to_vec(&replica).unwrap();
        let read = Replica::from_json(&json).unwrap();
        let mut view = FleetView::of("lab", None);
        view.add(read.clone()).unwrap();
        let merged = view.judge(lab.now());
        let (slo, report) = (merged.slo("wire-pay-availability").unwrap(), lab.report());
        let local = report.slo("wire-pay-availability").unwrap();
        assert_eq!((slo.figures.counts.good, slo.figures.counts.bad), (local.good, local.bad), "{method}");
        assert_eq!(slo.figures.budget.remaining().to_bits(), local.budget_remaining.to_bits(), "{method}");
        assert_eq!(serde_json::to_vec(&read).unwrap(), json, "{method}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let good = serde_json::to_value(lab(|spec| spec).handle().replica()).unwrap();
    let changed = |path: &str, value: Value| {
        let mut json = good.clone();
        *json.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        Replica::from_json(json.to_string().as_bytes())
    };
    assert!(changed("/slos/0/objective", json!(999_000_000)).is_ok());
    for (path, value) in [
        ("/slos/0/objective", json!(0)),
        ("/slos/0/objective", json!(1_000_000_000)),
        ("/slos/0/method", json!("timeslices 5m 99%")),
        ("/slos/0/history/window", json!("31 moons")),
        ("/slos/0/history/now", json!(-1)),
        ("/slos/0/history/begins", json!(7_000_000_000_000_000_000_i64)),
        ("/slos/0/history/begins", json!(0)),
        ("/slos/0/history/fine/last", json!(i64::MAX)),
        ("/slos/0/history/fine/first", json!(i64::MIN)),
        ("/slos/0/history/minutes/grown", json!([-9_000_000_000_i64])),
        ("/slos/0/history/minutes/grown", json!([5])),
        ("/slos/0/history/minutes/grown", json!([1, -1])),
        ("/slos/0/history/minutes/grown", json!([-100_000])),
        ("/observed/begins", json!(7_000_000_000_000_000_000_i64)),
        ("/observed/gaps", json!([[9, 3]])),
        ("/at", json!(i64::MIN)),
    ] {
        let refused = changed(path, value.clone());
        assert!(matches!(refused, Err(ReplicaError::Value { .. })), "{path} {value}: {refused:?}");
    }
    assert!(matches!(changed("/slos", json!(7)), Err(ReplicaError::Json(_))));
    assert_eq!(changed("/version", json!(2)), Err(ReplicaError::Version(2)));
    assert!(matches!(Replica::from_json(b""), Err(ReplicaError::Json(_))));
}

#[test]
fn replicas_are_read_from_where_they_answer_and_trouble_is_named() {
    let lab = lab(|spec| spec);
    let json = serde_json::to_string(&lab.handle().replica()).unwrap();
    let (good, bad) = (Server::start(Answer::Body(200, json)), Server::start(Answer::Body(200, "{}".into())));
    let mut view = FleetView::of("lab", None);
    let failed = view.read([good.url(), bad.url(), good.url()], Duration::from_secs(5));
    assert_eq!((view.len(), failed.len()), (1, 1));
    assert!(failed[0].0 == bad.url() && failed[0].1.contains("version"), "{failed:?}");
}

/// Every number of it, by its place.
fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::Array(all) => {
            // of a long list the first few stand for all
            all.iter().take(6).enumerate().for_each(|(place, one)| numbers(one, &format!("{at}/{place}"), found));
        }
        Value::Object(all) => all.iter().for_each(|(name, one)| numbers(one, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

#[test]
fn whatever_numbers_a_replica_holds_nobody_panics_and_no_budget_is_above_one() {
    let hostile = [
        json!(0),
        json!(1),
        json!(-1),
        json!(59),
        json!(u32::MAX),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(4_294_967_296_u64),
        json!(1_772_323_200_000_000_000_i64),
        json!(null),
    ];
    let (mut refused, mut read) = (0, 0);
    for method in ["occurrences", "timeslices 5m 99.5%", "ratio-timeslices 1m"] {
        let lab = lab(|spec| spec.method(Method::parse(method).unwrap()));
        let good = serde_json::to_value(lab.handle().replica()).unwrap();
        let mut places = Vec::new();
        numbers(&good, "", &mut places);
        // some of each: the counts of a month are thousands of numbers alike
        let step = places.len() / 40 + 1;
        for place in places.iter().step_by(step) {
            for value in &hostile {
                let mut json = good.clone();
                *json.pointer_mut(place).unwrap() = value.clone();
                let Ok(replica) = Replica::from_json(json.to_string().as_bytes()) else {
                    refused += 1;
                    continue;
                };
                read += 1;
                let mut fleet = FleetView::of("lab", None);
                fleet.add(lab.handle().replica()).unwrap();
                fleet.add(replica).unwrap();
                for slo in fleet.judge(lab.now()).slos {
                    assert!(slo.figures.budget.remaining() <= 1.0, "{place} {value}");
                }
            }
        }
    }
    assert!(refused > 100 && read > 50, "{refused} refused, {read} read");
}
