//! The fleet's verdict beside the process's: from an engine of our own, and from a real Prometheus that is killed.

use std::process::{Command, Stdio};
use std::time::Duration;

use reliability_core::compensate::{Judge, Policy, Step, Trigger};
use reliability_core::fleet::{Api, Fleet};
use reliability_core::{EventKind, Flag, FleetStanding, Objective, Outcome, Reliability, Severity, Sli, Timestamp};

use crate::server::{Answer, Server, vector};
use crate::tools::{Running, free_address, scratch, tools, until, until_it_listens};

const SLO: [(&str, &str); 3] = [("service", "fleet-test"), ("sli", "fleet-pay"), ("slo", "fleet-pay-availability")];

fn sli(name: &str) -> Sli {
    Sli::named(name).unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()))
}

/// What the engine says: whether the page fires, and how many calls were refused.
fn told(firing: &str, shed: &str) -> Answer {
    let named = |more: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
        SLO.into_iter().chain(more.iter().copied()).collect()
    };
    let (plain, page) = (named(&[]), named(&[("rule", "1h/5m"), ("severity", "page")]));
    let other = named(&[("rule", "6h/30m"), ("severity", "page")]);
    let window = |window: &'static str| vec![("sli", "fleet-pay"), ("figure", window)];
    let (hour, five, all) = (window("shed 1h"), window("shed 5m"), window("shed"));
    vector(&[
        ("reliability:slo_budget_remaining:ratio", &plain, "-1.5"),
        ("reliability:slo_pair:firing", &page, firing),
        ("reliability:slo_pair:held", &page, "0"),
        ("reliability:slo_pair:firing", &other, "0"),
        ("reliability:slo_pair:held", &other, "0"),
        ("reliability:slo_bad:sum1h", &plain, "500"),
        ("reliability:slo_valid:sum1h", &plain, "1000"),
        ("reliability:slo_bad:sum5m", &plain, "500"),
        ("reliability:slo_valid:sum5m", &plain, "1000"),
        ("", &hour, shed),
        ("", &five, shed),
        ("", &all, shed),
        ("", &[("figure", "evaluated")], "1772323170.5"),
    ])
}

fn judged<'a>(sli: &'a Sli, url: &str, flag: &'static Flag, stale_after: Duration) -> reliability_core::Builder<'a> {
    let fleet = Fleet::at(url).unwrap().every(Duration::from_millis(100)).stale_after(stale_after);
    let policy = Policy::named("fleet-policy")
        .unwrap()
        .on(Trigger::burn("fleet-pay-availability", Severity::Page))
        .step(Step::off(flag))
        .by(Judge::Fleet)
        .minimum(1)
        .hold(Duration::from_secs(3_600))
        .verify("nothing-to-verify", Duration::from_secs(3_600))
        .act();
    Reliability::builder().service("fleet-test").only("fleet-").sli(sli).fleet(fleet).policy(policy)
}

#[test]
fn a_policy_acts_by_the_fleets_verdict_although_its_own_process_is_well() {
    static FLAG: Flag = Flag::on("fleet-one");
    let server = Server::start(told("0", "0"));
    let pay = sli("fleet-pay");
    let reliability = judged(&pay, &server.url(), &FLAG, Duration::from_secs(60)).start().unwrap();
    until("the fleet's verdict is known", || {
        reliability.report().fleet.is_some_and(|fleet| fleet.standing == FleetStanding::Known)
    });
    pay.record_many(Outcome::Good, 1_000);
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(FLAG.enabled());
    server.answers(told("1", "0"));
    until("the policy has acted", || !FLAG.enabled());
    let report = reliability.stop();
    let fleet = report.fleet.as_ref().unwrap();
    let slo = fleet.slo("fleet-pay-availability").unwrap();
    assert_eq!((slo.budget_remaining, slo.is_firing(Severity::Page)), (Some(-1.5), Some(true)));
    assert!(!report.slo("fleet-pay-availability").unwrap().is_firing(Severity::Page), "side by side, and they differ");
    let policy = report.response.policy("fleet-policy").unwrap();
    assert_eq!((policy.judge, policy.local_because.as_str()), ("fleet", ""));
    assert!(report.events.iter().any(|event| matches!(event.kind, EventKind::FleetKnown { slos: 1, .. })));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["fleet"]["slos"][0]["page"], true);
    assert!(fleet.age.unwrap() >= Duration::from_secs(30), "as old as the rules' evaluation");
}

#[test]
fn refusals_of_the_fleet_lead_to_no_more_of_them() {
    static FLAG: Flag = Flag::on("fleet-two");
    // all failures of the fleet are calls that it refused
    let server = Server::start(told("1", "500"));
    let pay = sli("fleet-pay");
    let reliability = judged(&pay, &server.url(), &FLAG, Duration::from_secs(60)).start().unwrap();
    pay.record_many(Outcome::Good, 1_000);
    until("the fleet's page is seen", || {
        let fleet = reliability.report().fleet.unwrap();
        fleet.slo("fleet-pay-availability").is_some_and(|slo| slo.is_firing(Severity::Page) == Some(true))
    });
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(FLAG.enabled());
    assert_eq!(reliability.report().response.policy("fleet-policy").unwrap().triggered, Some(false));
}

#[test]
fn without_the_fleets_verdict_a_policy_acts_by_the_process_and_says_so() {
    static FLAG: Flag = Flag::on("fleet-three");
    let server = Server::start(told("0", "0"));
    let pay = sli("fleet-pay");
    let reliability = judged(&pay, &server.url(), &FLAG, Duration::from_secs(32)).start().unwrap();
    until("the fleet's verdict is known", || {
        reliability.report().fleet.is_some_and(|fleet| fleet.standing == FleetStanding::Known)
    });
    pay.record_many(Outcome::Bad, 1_000);
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(FLAG.enabled(), "the fleet is well, and its word is asked for");
    // evaluated half a minute ago when it was told, so that it is old within two seconds
    server.answers(Answer::Body(503, "down".into()));
    until("the policy acts by this process's verdict", || !FLAG.enabled());
    let report = reliability.stop();
    let fleet = report.fleet.as_ref().unwrap();
    assert_eq!(fleet.standing, FleetStanding::Down);
    assert!(fleet.reason.contains("503"), "{}", fleet.reason);
    let policy = report.response.policy("fleet-policy").unwrap();
    assert!(policy.local_because.contains("fleet-pay-availability"), "{policy:?}");
    assert!(report.events.iter().any(|event| matches!(event.kind, EventKind::FleetLost { .. })));
}

#[test]
fn a_real_prometheus_tells_how_the_fleet_does_until_it_is_killed() {
    static FLAG: Flag = Flag::on("fleet-four");
    let (folder, address) = (scratch("fleet"), free_address());
    let own = "service: fleet-test, sli: fleet-pay, slo: fleet-pay-availability";
    let page = format!("{own}, rule: 1h/5m, severity: page");
    let rule = |name: &str, expression: &str, labels: &str| {
        format!("  - {{record: 'reliability:slo_{name}', expr: '{expression}', labels: {{{labels}}}}}\n")
    };
    let rules = [
        rule("since:timestamp_seconds", "vector(1)", own),
        rule("budget_remaining:ratio", "vector(0.25)", own),
        rule("pair:firing", "vector(1)", &page),
        rule("pair:held", "vector(0)", &page),
        rule("bad:sum1h", "vector(3)", own),
        rule("valid:sum1h", "vector(7)", own),
        rule("bad:sum5m", "vector(1) / vector(0)", own),
    ];
    std::fs::write(folder.join("rules.yml"), format!("groups:\n- name: g\n  rules:\n{}", rules.concat())).unwrap();
    std::fs::write(folder.join("prometheus.yml"), "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n")
        .unwrap();
    let unpacked = tools("prometheus").join("usr/bin/prometheus");
    let program = if unpacked.exists() { unpacked } else { "prometheus".into() };
    let mut prometheus = Running::start(
        Command::new(program)
            .current_dir(&folder)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    until_it_listens(address, &mut prometheus);
    let url = format!("http://{address}/");

    let api = Api::at(&url).unwrap();
    until("it answers", || api.instant("vector(1)", None).is_ok());
    let now = |seconds: i64| Timestamp::from_unix_seconds(1_772_323_200 + seconds);
    assert_eq!(api.instant("time()", Some(now(0))).unwrap().series[0].last(), Some(1_772_323_200.0));
    let range = api.range("time()", now(0), now(60), Duration::from_secs(15)).unwrap();
    assert_eq!(range.series[0].points.len(), 5);
    assert_eq!(api.instant("vector(0) / vector(0)", None).unwrap().series[0].last(), None, "NaN is no figure");
    assert_eq!(api.instant("vector(1) / vector(0)", None).unwrap().series[0].last(), None, "infinity neither");
    assert!(api.instant("absent_metric", None).unwrap().series.is_empty());
    let error = api.instant("sum(", None).unwrap_err().to_string();
    assert!(error.contains("bad_data"), "{error}");

    let pay = sli("fleet-pay");
    let reliability = judged(&pay, &url, &FLAG, Duration::from_secs(4)).start().unwrap();
    let fleet = || reliability.report().fleet.unwrap();
    until("the fleet's verdict is known", || fleet().standing == FleetStanding::Known);
    until("the page is seen", || {
        fleet().slo("fleet-pay-availability").is_some_and(|slo| slo.is_firing(Severity::Page) == Some(true))
    });
    let slo = fleet().slo("fleet-pay-availability").unwrap().clone();
    assert_eq!(slo.budget_remaining, Some(0.25));
    assert_eq!(slo.windows.len(), 1, "an infinite sum is none: {:?}", slo.windows);
    assert!(slo.has_refused, "no counter of refusals was scraped, so nobody knows that there were none");
    drop(prometheus);
    until("the verdict is too old", || fleet().standing == FleetStanding::Down);
    assert!(fleet().failures > 0 && !fleet().reason.is_empty());
}
