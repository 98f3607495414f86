//! A real Prometheus scrapes the real storefront, is restarted, and knows what the report knows, event for event.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

#[path = "../tools/mod.rs"]
mod tools;
use tools::{PATIENCE, Running, free_address, scratch, target, tools, until, until_it_listens, within};

/// Series by name and the labels that tell them apart.
type Series = BTreeMap<String, f64>;

/// What the series of switches, gates, policies and features begin with.
/// A moment, which the report prints in whole seconds, is looked at with the other exports.
const ACTING: [&str; 14] = [
    "reliability_approvals_",
    "reliability_breaker_",
    "reliability_bulkhead_",
    "reliability_compensation_",
    "reliability_counts_begin_timestamp_seconds",
    "reliability_degraded_",
    "reliability_dimmer_",
    "reliability_feature_",
    "reliability_flag_",
    "reliability_gate_",
    "reliability_kill_switch",
    "reliability_ladder_",
    "reliability_lease_",
    "reliability_retries_",
];

fn storefront(address: SocketAddr) -> Running {
    // the artefacts of the tests' own build are used again, for these are its features
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--example", "storefront"])
        .args(["--features", "reliability-core/full,reliability-core/testkit", "--target-dir"])
        .arg(target())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(built.success());
    let mut running = Running::start(
        Command::new(target().join("debug/examples/storefront"))
            // counts must come to rest while payments fail, and orders that are charged later never would
            .args(["--no-load", "--no-compensation", "--port", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    until_it_listens(address, &mut running);
    running
}

fn prometheus(folder: &Path, address: SocketAddr, scraped: SocketAddr) -> Running {
    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: shop, static_configs: [{{targets: ['{scraped}']}}]}}]\n"
    );
    std::fs::write(folder.join("prometheus.yml"), config).unwrap();
    let unpacked = tools("prometheus").join("usr/bin/prometheus");
    let program = if unpacked.exists() { unpacked } else { "prometheus".into() };
    let mut running = Running::start(
        Command::new(program)
            .current_dir(folder)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    until_it_listens(address, &mut running);
    running
}

fn get(url: &str) -> String {
    let mut answer = ureq::get(url).call().unwrap_or_else(|error| panic!("{url}: {error}"));
    answer.body_mut().with_config().limit(1 << 26).read_to_string().unwrap()
}

/// The result of an instant query, by `name{labels}`; nothing while the server is not ready.
fn ask(prometheus: SocketAddr, query: &str) -> Option<Series> {
    let url = format!("http://{prometheus}/api/v1/query");
    let mut answer = ureq::get(&url).query("query", query).call().ok()?;
    let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok()?;
    let found = answer["data"]["result"].as_array()?;
    Some(found.iter().map(|one| (key(&one["metric"]), one["value"][1].as_str().unwrap().parse().unwrap())).collect())
}

fn key(metric: &Value) -> String {
    let telling = ["le", "outcome", "rule", "severity", "sli", "slo", "window"];
    let label = |name: &&str| {
        let value = metric[*name].as_str()?;
        // bounds are compared as numbers: both sides print them, each in its own way
        let value = if *name == "le" { bound(value.parse().unwrap()) } else { value.to_owned() };
        Some(format!("{name}={value}"))
    };
    let labels: Vec<_> = telling.iter().filter_map(label).collect();
    format!("{}{{{}}}", metric["__name__"].as_str().unwrap_or_default(), labels.join(","))
}

fn bound(seconds: f64) -> String {
    format!("{seconds:.9e}")
}

/// What the report says, as series; written from the report's JSON alone.
fn expected(report: &Value) -> Series {
    let mut series = Series::new();
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let flag = |is_so: bool| f64::from(u8::from(is_so));
    for sli in report["slis"].as_array().unwrap() {
        let name = sli["name"].as_str().unwrap();
        let counts = &sli["counts"];
        let mut put = |name: &str, labels: String, value: f64| {
            assert!(series.insert(format!("{name}{{{labels}}}"), value).is_none());
        };
        for outcome in ["good", "bad", "ignored", "cancelled_bad", "cancelled_ignored", "shed"] {
            put("reliability_events_total", format!("outcome={outcome},sli={name}"), number(&counts[outcome]));
        }
        put("reliability_started_total", format!("sli={name}"), number(&counts["started"]));
        put("reliability_in_flight", format!("sli={name}"), number(&sli["in_flight"]));
        put("reliability_stalled", format!("sli={name}"), flag(!sli["stalled_since"].is_null()));
        let latency = &sli["latency"];
        for bucket in latency["buckets"].as_array().unwrap() {
            let le = bound(number(&bucket[0]));
            put("reliability_latency_seconds_bucket", format!("le={le},sli={name}"), number(&bucket[1]));
        }
        let all = number(&latency["count"]);
        put("reliability_latency_seconds_bucket", format!("le={},sli={name}", bound(f64::INFINITY)), all);
        put("reliability_latency_seconds_count", format!("sli={name}"), all);
        put("reliability_latency_seconds_sum", format!("sli={name}"), number(&latency["sum_seconds"]));
        for slo in sli["slos"].as_array().unwrap() {
            let labels = format!("sli={name},slo={}", slo["name"].as_str().unwrap());
            for outcome in ["good", "bad"] {
                let labels = format!("outcome={outcome},{labels}");
                put("reliability_judged_total", labels, number(&slo["judged"][outcome]));
            }
            put("reliability_objective_ratio", labels.clone(), number(&slo["objective"]));
            put("reliability_budget_remaining_ratio", labels.clone(), number(&slo["budget_remaining"]));
            put("reliability_coverage_ratio", labels.clone(), number(&slo["coverage"]));
            for (window, burn) in slo["burn"].as_object().unwrap() {
                put("reliability_burn_rate_ratio", format!("{labels},window={window}"), number(burn));
            }
            for alert in slo["alerts"].as_array().unwrap() {
                let (rule, severity) = (alert["rule"].as_str().unwrap(), alert["severity"].as_str().unwrap());
                let labels = format!("rule={rule},severity={severity},{labels}");
                put("reliability_alert_firing", labels.clone(), flag(alert["state"] == "firing"));
                put("reliability_alert_held", labels, flag(!alert["held_since"].is_null()));
            }
        }
    }
    series
}

/// Where the two differ: whole numbers to the last event, shares to the twelve digits that JSON has.
fn differences(scraped: &Series, expected: &Series) -> Vec<String> {
    let same = |a: f64, b: f64| {
        let whole = a.fract() == 0.0 && b.fract() == 0.0;
        a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan() || !whole && (a - b).abs() <= 1e-11 * b.abs()
    };
    let wrong = expected.iter().filter(|(key, value)| !scraped.get(*key).is_some_and(|found| same(*found, **value)));
    let missing = wrong.map(|(key, value)| format!("{key} is {value} and was scraped as {:?}", scraped.get(key)));
    let moving = ["reliability_loop_age_seconds{}", "reliability_dropped_events_total{}"];
    let more = scraped.keys().filter(|key| !expected.contains_key(*key) && !moving.contains(&key.as_str()));
    // what acts is told by names and labels of its own
    let more = more.filter(|key| !ACTING.iter().any(|acting| key.starts_with(acting)));
    missing.chain(more.map(|key| format!("{key} was scraped and is in no report"))).collect()
}

/// Waits until what was scraped is the report of the same moment: one that is the same before and after.
fn settled(shop: SocketAddr, prometheus: SocketAddr) -> (Value, Series) {
    let report = || -> Value { serde_json::from_str(&get(&format!("http://{shop}/reliability.json"))).unwrap() };
    let (mut last, mut found) = (vec!["nothing was scraped".to_owned()], None);
    within(PATIENCE, || {
        let before = report();
        let Some(scraped) = ask(prometheus, r#"{__name__=~"reliability_.+"}"#) else { return false };
        let after = report();
        let expected = expected(&after);
        let moved = differences(&self::expected(&before), &expected);
        last = if moved.is_empty() { differences(&scraped, &expected) } else { moved };
        found = Some((after, scraped));
        last.is_empty()
    });
    assert!(last.is_empty(), "{} series differ:\n{}", last.len(), last.join("\n"));
    found.unwrap()
}

/// So many visits of each page, the last of them abandoned in the middle.
fn visit(shop: SocketAddr, visits: usize) {
    for _ in 0..visits {
        for page in ["browse", "search?q=kettle", "recommendations"] {
            let _ = ureq::get(format!("http://{shop}/{page}")).call();
        }
        for (page, body) in [("cart", r#"{"sku":"kettle","quantity":2}"#), ("checkout", r#"{"cents":1200}"#)] {
            let request = ureq::post(format!("http://{shop}/{page}")).content_type("application/json");
            let _ = request.send(body);
        }
    }
    let mut line = TcpStream::connect(shop).unwrap();
    write!(line, "GET /search?q=cup HTTP/1.1\r\nHost: {shop}\r\n\r\n").unwrap();
    // a line that is closed before it is read has asked for nothing
    std::thread::sleep(std::time::Duration::from_millis(10));
}

fn count(report: &Value, sli: &str, which: &str) -> u64 {
    let slis = report["slis"].as_array().unwrap();
    slis.iter().find(|one| one["name"] == sli).unwrap()["counts"][which].as_u64().unwrap()
}

#[test]
fn what_prometheus_scrapes_is_what_the_report_says_also_after_it_was_restarted() {
    let (folder, shop, server) = (scratch("scrape"), free_address(), free_address());
    let _shop = storefront(shop);
    let first = prometheus(&folder, server, shop);
    let (untouched, _) = settled(shop, server);
    assert_eq!(count(&untouched, "checkout", "started"), 0, "everything is there before the first visit");

    visit(shop, 20);
    let (report, _) = settled(shop, server);
    assert_eq!(count(&report, "browse", "good") + count(&report, "browse", "bad"), 20);
    assert_eq!(count(&report, "search", "started"), 21, "who hung up began too");

    // nobody scrapes while more comes, payments begin to fail, and then the same server goes on with its data
    first.end();
    until("a payment fails", || {
        visit(shop, 10);
        let report: Value = serde_json::from_str(&get(&format!("http://{shop}/reliability.json"))).unwrap();
        count(&report, "checkout", "bad") > 0
    });
    let second = prometheus(&folder, server, shop);
    let (report, scraped) = settled(shop, server);
    let bad = scraped["reliability_events_total{outcome=bad,sli=checkout}"];
    assert!((bad - count(&report, "checkout", "bad") as f64).abs() < 0.5 && bad > 0.0);
    visit(shop, 5);
    settled(shop, server);

    let browsed = r#"reliability_started_total{sli="browse"}"#;
    let resets = ask(server, &format!("resets({browsed}[1h])")).unwrap();
    assert!(resets.values().all(|resets| *resets < 0.5), "no counter went back: {resets:?}");
    let oldest = ask(server, &format!("min_over_time({browsed}[1h])")).unwrap();
    assert!(oldest.values().all(|oldest| *oldest < 0.5), "the zero from before the restart is still known: {oldest:?}");
    second.end();
}
