//! The same with a service that runs and a Prometheus that scrapes it: a fault, its end, and both say the same of every pair.
//!
//! Counted in evaluations of the rules, not in seconds: the machine may be busy.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use reliability_core::slo::AlertState;
use reliability_core::{Latency, Objective, Outcome, Reliability, Sli};
use serde_json::Value;

use crate::tools::{Running, free_address, program, scratch, until, until_it_listens, within};

/// Two evaluations a minute apart, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Answers every request with the series, on a thread of its own.
fn serve(metrics: PrometheusHandle) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let _ = stream.read(&mut [0; 4_096]);
            let body = metrics.render();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close";
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    address
}

fn ask(url: &str, query: &str) -> Option<Value> {
    let mut answer = ureq::get(url).query("query", query).call().ok()?;
    serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok()
}

/// What Prometheus decided, by SLO and pair.
fn decided(prometheus: SocketAddr) -> BTreeMap<(String, String), bool> {
    let url = format!("http://{prometheus}/api/v1/query");
    let answer = ask(&url, "reliability:slo_pair:firing").unwrap_or_default();
    let samples = answer["data"]["result"].as_array().cloned().unwrap_or_default();
    let label = |sample: &Value, name: &str| sample["metric"][name].as_str().unwrap_or_default().to_owned();
    samples.iter().map(|sample| ((label(sample, "slo"), label(sample, "rule")), sample["value"][1] == "1")).collect()
}

/// What the process decided.
fn known(reliability: &Reliability) -> BTreeMap<(String, String), bool> {
    let report = reliability.report();
    let slos = report.slis.iter().flat_map(|sli| &sli.slos);
    let each = slos.flat_map(|slo| {
        slo.alerts
            .iter()
            .map(|alert| ((slo.name.clone(), alert.rule.clone()), matches!(alert.state, AlertState::Firing { .. })))
    });
    each.collect()
}

/// How often the rules have been evaluated.
fn evaluations(prometheus: SocketAddr) -> u64 {
    let Ok(mut answer) = ureq::get(format!("http://{prometheus}/metrics")).call() else { return 0 };
    let text = answer.body_mut().read_to_string().unwrap_or_default();
    let line = text.lines().find(|line| {
        line.starts_with("prometheus_rule_group_iterations_total{") && line.contains(";reliability-live\"")
    });
    line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).map_or(0, |count| count as u64)
}

/// Waits until Prometheus says what the process says, and gives how many evaluations that took.
fn agree(reliability: &Reliability, prometheus: SocketAddr, what: &str) -> u64 {
    let before = evaluations(prometheus);
    let mut last = (BTreeMap::new(), BTreeMap::new());
    let agreed = within(PATIENCE, || {
        std::thread::sleep(Duration::from_millis(200));
        last = (known(reliability), decided(prometheus));
        last.0 == last.1
    });
    assert!(agreed, "{what}: {last:?}");
    evaluations(prometheus) - before
}

#[test]
fn a_running_prometheus_says_of_a_live_service_what_the_service_says() {
    let metrics = PrometheusBuilder::new().install_recorder().expect("the only recorder");
    let checkout = Sli::named("live-checkout").unwrap().declare(|spec| {
        let latency = Latency::parse("95% < 100ms").unwrap();
        spec.objective(Objective::parse("99.9%").unwrap()).latency(latency).owner("payments")
    });
    let reliability = Reliability::builder().service("live").only("live-").sli(&checkout).start().unwrap();
    until("the series exist", || metrics.render().contains("reliability_judged_total"));

    let (folder, address, scraped) = (scratch("identity-live"), free_address(), serve(metrics));
    reliability.export().write_to(&folder).unwrap();
    let scrape = format!("[{{job_name: live, static_configs: [{{targets: ['{scraped}']}}]}}]");
    let config = format!("global: {{scrape_interval: 1s}}\nrule_files: [prometheus/*.yml]\nscrape_configs: {scrape}\n");
    std::fs::write(folder.join("prometheus.yml"), config).unwrap();
    let mut server = Running::start(
        Command::new(program("prometheus", "prometheus"))
            .current_dir(&folder)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    until_it_listens(address, &mut server);

    let told = agree(&reliability, address, "nothing is wrong");
    assert!(known(&reliability).values().all(|firing| !firing));
    println!("quiet: all {} pairs known after {told} evaluations", known(&reliability).len());

    // half of the calls fail
    for _ in 0..300 {
        checkout.record(Outcome::Good, Duration::from_millis(5));
        checkout.record(Outcome::Bad, Duration::from_millis(5));
    }
    until("the process sees it", || known(&reliability).values().filter(|firing| **firing).count() >= 6);
    let fired = agree(&reliability, address, "half of the calls fail");
    let alerts = ask(&format!("http://{address}/api/v1/alerts"), "").unwrap_or_default();
    let alerts = alerts["data"]["alerts"].as_array().cloned().unwrap_or_default();
    let page = alerts
        .iter()
        .find(|alert| alert["labels"]["slo"] == "live-checkout-availability" && alert["labels"]["severity"] == "page");
    let page = page.unwrap_or_else(|| panic!("no page: {alerts:?}"));
    assert_eq!((&page["state"], &page["labels"]["owner"]), (&"firing".into(), &"payments".into()));

    // so many good ones that every window is well again
    checkout.record_many(Outcome::Good, 1_000_000);
    for _ in 0..20_000 {
        checkout.record(Outcome::Good, Duration::from_millis(5));
    }
    until("the process sees that too", || known(&reliability).values().all(|firing| !firing));
    let resolved = agree(&reliability, address, "all is well again");
    println!("fired after {fired} evaluations, resolved after {resolved}");
    assert!(fired <= 2 && resolved <= 2, "fired after {fired} evaluations, resolved after {resolved}");
    server.end();
}
