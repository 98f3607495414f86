//! Spans of calls that did not go well are marked, under real subscribers.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use reliability_core::{FailureKind, Outcome, Reliability, SpanLayer, sli, slis};
use tracing::subscriber::with_default;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

slis! {
    /// Fails in spans that a tracer exports.
    static CHECKOUT = "spans-checkout", objective = "99.9%", latency = "99% < 250ms";
    /// Fails where nobody installed the layer.
    static UNMARKED = "spans-unmarked", objective = "99.9%";
    /// Fails in a span that is printed.
    static PRINTED = "spans-printed";
}

#[sli(name = "spans-pay", objective = "99%")]
#[allow(clippy::unnecessary_wraps)]
fn pay(amount: u32) -> Result<u32, String> {
    assert!(amount != 13, "this test's own panic");
    if amount == 0 { Err("nothing to pay".into()) } else { Ok(amount) }
}

#[sli(name = "spans-ship", objective = "99%", cancelled_after = "1ms")]
async fn ship() -> Result<(), String> {
    std::future::pending().await
}

/// Runs under a subscriber that makes OpenTelemetry spans, and gives those that ended.
fn exported(layer: Option<SpanLayer>, run: impl FnOnce()) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let tracer = provider.tracer("tests");
    with_default(
        tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer)).with(layer),
        run,
    );
    provider.force_flush().unwrap();
    exporter.get_finished_spans().unwrap()
}

fn attribute(spans: &[SpanData], span: &str, key: &str) -> Option<String> {
    let span = spans.iter().find(|one| one.name == span).unwrap_or_else(|| panic!("no span `{span}`"));
    span.attributes.iter().find(|pair| pair.key.as_str() == key).map(|pair| pair.value.to_string())
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    #[allow(clippy::disallowed_methods)] // a test waits for a real thread
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_trace_store_finds_bad_events_by_the_attributes_of_their_spans() {
    let reliability = Reliability::builder().only("spans-").start().unwrap();
    let spans = exported(Some(SpanLayer), || {
        // spent and firing before the call that is looked at
        CHECKOUT.record_many(Outcome::Bad, 500);
        CHECKOUT.record_many(Outcome::Good, 500);
        until("the budget is known here", || {
            let probe = exported(Some(SpanLayer), || {
                let _span = tracing::info_span!("probe").entered();
                CHECKOUT.record(Outcome::Bad, Duration::from_millis(1));
            });
            attribute(&probe, "probe", "reliability.alert").as_deref() == Some("page")
        });
        tracing::info_span!("fails").in_scope(|| CHECKOUT.record(Outcome::Bad, Duration::from_millis(1)));
        tracing::info_span!("is slow").in_scope(|| CHECKOUT.record(Outcome::Good, Duration::from_millis(251)));
        tracing::info_span!("is refused").in_scope(|| CHECKOUT.record(Outcome::Shed, Duration::ZERO));
        tracing::info_span!("is good").in_scope(|| CHECKOUT.record(Outcome::Good, Duration::from_millis(1)));
        tracing::info_span!("is ignored").in_scope(|| CHECKOUT.record(Outcome::Ignored, Duration::from_millis(1)));
        let outer = tracing::info_span!("outer").entered();
        tracing::info_span!("inner").in_scope(|| drop(pay(0)));
        drop(outer);
        tracing::info_span!("panics").in_scope(|| std::panic::catch_unwind(|| pay(13)).unwrap_err());
        tracing::info_span!("hangs up").in_scope(|| {
            let mut call = Box::pin(ship());
            let waker = std::task::Waker::noop();
            assert!(call.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
            std::thread::sleep(Duration::from_millis(5));
        });
    });
    let report = reliability.stop();

    let outcome = |span: &str| attribute(&spans, span, "reliability.outcome");
    assert_eq!(outcome("fails").as_deref(), Some("failed"));
    assert_eq!(outcome("is slow").as_deref(), Some("slow"));
    assert_eq!(outcome("is refused").as_deref(), Some("shed"));
    assert_eq!(outcome("panics").as_deref(), Some("panicked"));
    assert_eq!(outcome("hangs up").as_deref(), Some("cancelled"));
    assert_eq!((outcome("is good"), outcome("is ignored"), outcome("outer")), (None, None, None));
    assert_eq!(outcome("inner").as_deref(), Some("failed"), "the span that is current, and no other");
    assert_eq!(attribute(&spans, "fails", "reliability.sli").as_deref(), Some("spans-checkout"));
    assert_eq!(attribute(&spans, "inner", "reliability.sli").as_deref(), Some("spans-pay"));
    assert_eq!(attribute(&spans, "fails", "reliability.slo").as_deref(), Some("spans-checkout-availability"));
    assert_eq!(attribute(&spans, "fails", "reliability.alert").as_deref(), Some("page"));
    let left: f64 = attribute(&spans, "fails", "reliability.budget_remaining").unwrap().parse().unwrap();
    assert!(left < -300.0, "half of all failed where 1 of 1000 may: {left}");

    // what is marked is what is counted
    let pay = report.sli("spans-pay").unwrap();
    assert_eq!((pay.counts.bad, pay.failures.len()), (2, 2));
    assert_eq!(report.sli("spans-ship").unwrap().counts.cancelled_bad, 1);
    assert_eq!(report.sli("spans-ship").unwrap().failures[0].kind, FailureKind::Cancelled);
}

#[test]
fn a_subscriber_without_the_layer_gets_no_marks() {
    let reliability = Reliability::builder().only("spans-unmarked").start().unwrap();
    let spans = exported(None, || {
        tracing::info_span!("fails").in_scope(|| UNMARKED.record(Outcome::Bad, Duration::from_millis(1)));
    });
    assert_eq!(reliability.stop().sli("spans-unmarked").unwrap().counts.bad, 1);
    assert_eq!(attribute(&spans, "fails", "reliability.outcome"), None);
}

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_log_shows_the_marks_with_the_span_and_no_line_of_their_own() {
    let reliability = Reliability::builder().only("spans-printed").start().unwrap();
    let paper = Paper::default();
    let written = paper.clone();
    let fmt = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || written.clone());
    let subscriber = tracing_subscriber::registry().with(fmt).with(SpanLayer.boxed());
    with_default(subscriber, || {
        tracing::info_span!("request", path = "/pay").in_scope(|| {
            PRINTED.record(Outcome::Bad, Duration::from_millis(1));
            tracing::info!("answered");
        });
    });
    drop(reliability);
    let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains("request{path=\"/pay\" reliability.sli=\"spans-printed\" reliability.outcome=\"failed\"}"),
        "{text}"
    );
}
