//! What leaves the process: series under a real Prometheus recorder, events under a real subscriber.
//!
//! Recorder and subscriber are the process's, so they are installed once, before any engine, and every test has its own SLIs.

mod acting;

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use reliability_core::{Objective, Outcome, Reliability, Sli, slis};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

slis! {
    /// Counted.
    static CHECKOUT = "exports-checkout", objective = "99.9%", latency = "99% < 250ms";
    /// Never called.
    static IDLE = "exports-idle", objective = "99%";
    /// Fails within a trace.
    static TRACED = "traced-exports", objective = "99%";
}

type Fields = BTreeMap<String, String>;

static EVENTS: Mutex<Vec<(Level, Fields)>> = Mutex::new(Vec::new());

static PROMETHEUS: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    tracing_subscriber::registry().with(Remember).init();
    PrometheusBuilder::new().install_recorder().expect("the only recorder")
});

struct Remember;

#[derive(Default)]
struct Read(Fields);

impl Visit for Read {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl<S: Subscriber> Layer<S> for Remember {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut read = Read::default();
        event.record(&mut read);
        EVENTS.lock().unwrap().push((*event.metadata().level(), read.0));
    }
}

/// The value of the one series that holds all of these texts.
fn series(name: &str, labels: &[&str]) -> Option<f64> {
    let rendered = PROMETHEUS.render();
    let line = rendered
        .lines()
        .find(|line| line.starts_with(&format!("{name}{{")) && labels.iter().all(|label| line.contains(label)))?;
    line.rsplit(' ').next()?.parse().ok()
}

fn until(what: &str, done: impl Fn() -> bool) {
    #[allow(clippy::disallowed_methods)] // a test waits for a real thread
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(10), "waited in vain until {what}:\n{}", PROMETHEUS.render());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn every_series_exists_at_zero_and_then_says_what_the_report_says() {
    LazyLock::force(&PROMETHEUS);
    let reliability = Reliability::builder().service("shop").version("1.2").only("exports-").start().unwrap();
    let idle = ["sli=\"exports-idle\"", "service=\"shop\""];
    until("the idle series exist", || series("reliability_started_total", &idle) == Some(0.0));
    for outcome in ["good", "bad", "ignored", "cancelled_bad", "cancelled_ignored", "shed"] {
        let labels = [idle[0], idle[1], &format!("outcome=\"{outcome}\"")];
        assert_eq!(series("reliability_events_total", &labels), Some(0.0), "{outcome}");
    }
    assert_eq!(series("reliability_budget_remaining_ratio", &["slo=\"exports-idle-availability\""]), Some(1.0));
    assert!(
        series("reliability_burn_rate_ratio", &["slo=\"exports-idle-availability\"", "window=\"1h\""])
            .unwrap()
            .is_nan()
    );

    for _ in 0..990 {
        CHECKOUT.record(Outcome::Good, Duration::from_millis(3));
    }
    CHECKOUT.record(Outcome::Good, Duration::from_millis(400));
    for _ in 0..12 {
        CHECKOUT.record(Outcome::Bad, Duration::from_millis(3));
    }
    CHECKOUT.record_many(Outcome::Ignored, 5);
    CHECKOUT.record_many(Outcome::Shed, 2);
    let report = reliability.stop();

    let counts = report.sli("exports-checkout").unwrap().counts;
    assert_eq!((counts.good, counts.bad, counts.ignored, counts.shed, counts.started), (991, 12, 5, 2, 1010));
    let checkout = "sli=\"exports-checkout\"";
    for (outcome, count) in
        [("good", counts.good), ("bad", counts.bad), ("ignored", counts.ignored), ("shed", counts.shed)]
    {
        let labels = [checkout, &format!("outcome=\"{outcome}\"")];
        assert_eq!(series("reliability_events_total", &labels), Some(count as f64), "{outcome}: what stops is flushed");
    }
    assert_eq!(series("reliability_latency_seconds_bucket", &[checkout, "le=\"0.25\""]), Some(1002.0));
    assert_eq!(series("reliability_latency_seconds_bucket", &[checkout, "le=\"+Inf\""]), Some(1003.0));
    assert_eq!(series("reliability_latency_seconds_count", &[checkout]), Some(1003.0));
    let sum = series("reliability_latency_seconds_sum", &[checkout]).unwrap();
    assert!((sum - 3.406).abs() < 1e-6, "{sum}");
    let slo = report.slo("exports-checkout-availability").unwrap();
    for (slo, good, bad) in [("availability", 991, 14), ("latency-250ms", 990, 15)] {
        let slo = format!("slo=\"exports-checkout-{slo}\"");
        let judged = |outcome: &str| series("reliability_judged_total", &[&slo, &format!("outcome=\"{outcome}\"")]);
        assert_eq!((judged("good"), judged("bad")), (Some(f64::from(good)), Some(f64::from(bad))), "{slo}");
    }
    let since = report.sli("exports-checkout").unwrap().since.unix_nanos() as f64 / 1e9;
    assert_eq!(series("reliability_counts_begin_timestamp_seconds", &[checkout]), Some(since));
    let labels = ["slo=\"exports-checkout-availability\""];
    assert_eq!(series("reliability_budget_remaining_ratio", &labels), Some(slo.budget_remaining));
    let page = [labels[0], "rule=\"6h/30m\"", "severity=\"page\""];
    assert_eq!(
        series("reliability_alert_firing", &page),
        Some(1.0),
        "14 of 1005 failed, 14 times the budget's rate, and 13 prove six times"
    );
}

#[test]
fn the_trace_of_the_last_failure_is_in_the_report_because_the_facade_cannot_carry_it() {
    LazyLock::force(&PROMETHEUS);
    let reliability = Reliability::builder().only("traced-exports").start().unwrap();
    for (trace, span) in [(0xAAAA_u128, 1_u64), (0xBBBB, 2)] {
        let (trace, span) = (TraceId::from(trace), SpanId::from(span));
        let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
        let _attached = opentelemetry::Context::new().with_remote_span_context(span).attach();
        TRACED.record(Outcome::Bad, Duration::from_millis(1));
    }
    let report = reliability.stop();
    let last = report.sli("traced-exports").unwrap().failures[0].trace.unwrap();
    assert_eq!((last.trace_id(), last.span_id()), (Some(0xBBBB), Some(2)));
    assert_eq!(last.to_string(), "0000000000000000000000000000bbbb");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["slis"][0]["failures"][0]["trace"], "0000000000000000000000000000bbbb");
    let bad = ["sli=\"traced-exports\"", "outcome=\"bad\""];
    assert_eq!(series("reliability_events_total", &bad), Some(2.0));
    // an OpenMetrics exemplar would stand behind a `#` on the line; the recorder writes none, and the facade takes none
    assert!(PROMETHEUS.render().lines().filter(|line| line.contains("traced-exports")).all(|line| !line.contains('#')));
}

#[test]
fn a_change_of_state_is_a_tracing_event_with_its_numbers() {
    LazyLock::force(&PROMETHEUS);
    let sli = Sli::named("loud-checkout").unwrap().declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
    let reliability = Reliability::builder().only("loud-").sli(&sli).start().unwrap();
    for _ in 0..100 {
        sli.record(Outcome::Bad, Duration::from_millis(1));
    }
    let about = |fields: &Fields| fields.get("slo").is_some_and(|slo| slo == "loud-checkout-availability");
    until("the page is told", || {
        EVENTS.lock().unwrap().iter().any(|(level, fields)| *level == Level::ERROR && about(fields))
    });
    drop(reliability);
    let events = EVENTS.lock().unwrap();
    let (_, page) = events.iter().find(|(level, fields)| *level == Level::ERROR && about(fields)).unwrap();
    assert_eq!((page["rule"].as_str(), page["severity"].as_str()), ("1h/5m", "page"));
    assert_eq!((page["firing"].as_str(), page["factor"].as_str()), ("true", "14.4"));
    let burn: f64 = page["burn_short"].parse().unwrap();
    assert!(burn > 999.0, "all fail where 1 of 1000 may: {page:?}");
    assert!(
        events.iter().any(|(level, fields)| *level == Level::WARN && about(fields) && fields.contains_key("spent"))
    );
}

#[test]
fn a_pair_that_other_terms_did_away_with_no_longer_fires() {
    LazyLock::force(&PROMETHEUS);
    let sli = Sli::named("lenient-checkout").unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
    let reliability = Reliability::builder().only("lenient-").sli(&sli).start().unwrap();
    sli.record_many(Outcome::Bad, 100);
    let page = ["slo=\"lenient-checkout-availability\"", "rule=\"1h/5m\"", "severity=\"page\""];
    until("the page fires", || series("reliability_alert_firing", &page) == Some(1.0));
    let lenient = Objective::parse("90%").unwrap();
    reliability.handle().change("lenient-checkout-availability", |terms| terms.objective(lenient)).unwrap();
    until("it does not", || series("reliability_alert_firing", &page) == Some(0.0));
}

#[test]
fn a_loop_that_has_died_is_seen_by_its_age() {
    LazyLock::force(&PROMETHEUS);
    let sli = Sli::named("dead-checkout").unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
    let reliability = Reliability::builder().service("dead").only("dead-").sli(&sli).start().unwrap();
    let age = || series("reliability_loop_age_seconds", &["service=\"dead\""]);
    until("the age is told", || age().is_some());
    reliability_core::testkit::break_loop(&reliability.handle());
    sli.record_many(Outcome::Bad, 1);
    until("the age grows", || age() > Some(2.5));
    reliability.stop();
}
