//! Histories at the start, out of a real Prometheus whose records two replicas have left.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reliability_core::fleet::Backfill;
use reliability_core::{EventKind, Latency, Objective, Outcome, Reliability, Report, Sli};

#[path = "../tools/mod.rs"]
mod tools;
use tools::{Running, free_address, scratch, tools, until, until_it_listens};

/// Six hours of records, in samples of half a minute.
const SAMPLES: i64 = 720;
/// In these nobody scraped anything.
const GAP: std::ops::Range<i64> = 400..424;

fn sli() -> Sli {
    Sli::named("filled").unwrap().declare(|spec| {
        let spec = spec.objective(Objective::parse("99%").unwrap());
        spec.latency(Latency::parse("95% < 250ms").unwrap())
    })
}

/// One replica: what it counted by each sample, from its first to its last.
struct Replica {
    name: &'static str,
    samples: Vec<(i64, [u64; 3])>,
}

/// Good, bad, and within the threshold: what it counts between two samples.
fn grows(sample: i64) -> [u64; 3] {
    let bad = u64::from(sample % 9 == 0);
    [10 + sample as u64 % 5, bad, 8]
}

fn replica(name: &'static str, from: i64, to: i64, restarts: &[i64], begins_at: [u64; 3]) -> Replica {
    let mut counts = begins_at;
    let mut samples = Vec::new();
    for sample in from..to {
        if restarts.contains(&sample) {
            counts = [0; 3];
        }
        let grown = grows(sample);
        (0..3).for_each(|i| counts[i] += grown[i]);
        if !GAP.contains(&sample) {
            samples.push((sample, counts));
        }
    }
    Replica { name, samples }
}

/// What the records hold, in the text that `promtool` makes blocks of.
fn open_metrics(replicas: &[Replica], begins: i64) -> String {
    let mut text = String::from("# TYPE reliability_events counter\n");
    let series = |text: &mut String, name: &str, labels: &str, replica: &Replica, which: usize| {
        for (sample, counts) in &replica.samples {
            let at = begins + sample * 30;
            let _ = writeln!(
                text,
                "{name}{{service=\"shop\",instance=\"{}\",sli=\"filled\",{labels}}} {} {at}",
                replica.name, counts[which]
            );
        }
    };
    for replica in replicas {
        series(&mut text, "reliability_events_total", "outcome=\"good\"", replica, 0);
        series(&mut text, "reliability_events_total", "outcome=\"bad\"", replica, 1);
    }
    text.push_str("# TYPE reliability_latency_seconds_bucket unknown\n");
    for replica in replicas {
        series(&mut text, "reliability_latency_seconds_bucket", "le=\"0.25\"", replica, 2);
    }
    text.push_str("# EOF\n");
    text
}

fn prometheus(records: &str) -> (Running, String) {
    let folder = scratch("backfill");
    std::fs::write(folder.join("records.om"), records).unwrap();
    std::fs::write(folder.join("prometheus.yml"), "global: {scrape_interval: 1m}\n").unwrap();
    let program = |name: &str| {
        let unpacked = tools("prometheus").join("usr/bin").join(name);
        if unpacked.exists() { unpacked } else { name.into() }
    };
    let made = Command::new(program("promtool"))
        .current_dir(&folder)
        .args(["tsdb", "create-blocks-from", "openmetrics", "records.om", "data"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let address = free_address();
    let mut running = Running::start(
        Command::new(program("prometheus"))
            .current_dir(&folder)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--storage.tsdb.retention.time=90d"])
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    until_it_listens(address, &mut running);
    let url = format!("http://{address}");
    until("it is ready", || ureq::get(&format!("{url}/-/ready")).call().is_ok());
    (running, url)
}

fn told(report: &Report) -> Option<(usize, String)> {
    report.events.iter().find_map(|event| match &event.kind {
        EventKind::Backfilled { slos, trouble, .. } => Some((*slos, trouble.clone())),
        _ => None,
    })
}

#[test]
fn a_service_without_a_disk_goes_on_from_what_a_prometheus_has_seen() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let begins = now / 60 * 60 - SAMPLES * 30 - 600;
    let replicas = [
        // was there before the records begin, and was restarted once
        replica("a", 0, SAMPLES, &[250], [50_000, 900, 40_000]),
        // came an hour later, with nothing, and is gone before the end
        replica("b", 120, 600, &[], [0; 3]),
    ];
    let (_running, url) = prometheus(&open_metrics(&replicas, begins));
    let mut expected = [0_u64; 3];
    // the first value of the first replica tells nothing of when that was counted
    for sample in (1..SAMPLES).chain(120..600) {
        let grown = grows(sample);
        (0..3).for_each(|i| expected[i] += grown[i]);
    }
    let sli = sli();
    let filling = Backfill::at(&url).wait(Duration::from_secs(60));
    let builder = Reliability::builder().only("none of the catalogue").service("shop").sli(&sli).backfill(filling);
    let reliability = builder.start().unwrap();
    sli.record_many(Outcome::Bad, 7);
    let report = reliability.stop();
    assert_eq!(told(&report), Some((2, String::new())), "{:?}", report.events);
    let slo = report.slo("filled-availability").unwrap();
    assert_eq!((slo.good, slo.bad), (expected[0], expected[1] + 7));
    let observed = (SAMPLES - (GAP.end - GAP.start)) / 2;
    let minutes = (slo.coverage * 43_200.0).round() as i64;
    assert!((minutes - observed).abs() <= 2, "{minutes} of {observed}");
    assert_eq!(slo.since.unix_seconds() / 60, begins / 60 - 1);
    // of the calls within the threshold as many are taken for bad as were bad at all
    let latency = report.slo("filled-latency-250ms").unwrap();
    assert_eq!(latency.good + latency.bad, expected[0] + expected[1] + 7);
    assert!(latency.good <= expected[2] && latency.good >= expected[2] - expected[1], "{} {expected:?}", latency.good);
}

#[test]
fn an_engine_that_does_not_answer_keeps_nobody_from_starting() {
    let sli = sli();
    let begun = Instant::now();
    let url = format!("http://{}", free_address());
    let builder = Reliability::builder().only("none of the catalogue").service("shop").sli(&sli).backfill(url);
    let reliability = builder.start().unwrap();
    assert!(begun.elapsed() < tools::PATIENCE);
    until("it says so", || told(&reliability.report()).is_some());
    let (slos, trouble) = told(&reliability.report()).unwrap();
    assert!(slos == 0 && trouble.contains("cannot be reached"), "{trouble}");
    assert!(reliability.report().slis[0].slos[0].coverage < 0.01);
}
