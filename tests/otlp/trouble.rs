//! Receivers that are away, busy, slow or refuse.

use std::fmt::Write;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use prost::Message;
use reliability_core::{Otlp, Outcome, Reliability, slis};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::receiver::{Answer, Receiver, history};
use crate::tools::{free_address, until};

slis! {
    /// Its receiver is busy.
    static BUSY = "busy-import", objective = "99%";
    /// Its receiver refuses.
    static REFUSED = "refused-import", objective = "99%";
    /// Its receiver is away.
    static AWAY = "away-import", objective = "99%";
    /// Its receiver never answers.
    static HUNG = "hung-import", objective = "99%";
    /// Its receiver takes a part.
    static PARTIAL = "partial-import", objective = "99%";
}

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LOG: LazyLock<()> = LazyLock::new(|| tracing_subscriber::registry().with(Remember).init());

struct Remember;

impl<S: Subscriber> Layer<S> for Remember {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Read(String);
        impl Visit for Read {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                let _ = write!(self.0, " {field}={value:?}");
            }
        }
        let mut read = Read(event.metadata().level().to_string());
        event.record(&mut read);
        LINES.lock().unwrap().push(read.0);
    }
}

/// What was logged about an endpoint.
fn told(port: u16) -> Vec<String> {
    let lines = LINES.lock().unwrap();
    lines.iter().filter(|line| line.contains(&format!(":{port}/"))).cloned().collect()
}

#[test]
fn a_busy_receiver_is_asked_again_when_it_said_and_trouble_is_told_once_at_each_end() {
    LazyLock::force(&LOG);
    let receiver = Receiver::start();
    let later =
        |status, seconds: u64| Answer { headers: vec![("retry-after", seconds.to_string())], ..Answer::status(status) };
    receiver.answer([later(429, 0), later(502, 0), later(503, 1), later(504, 0)]);
    let otlp = Otlp::to(&receiver.url()).unwrap().interval(Duration::from_secs(1)).header("x-tenant", "shop").unwrap();
    let reliability = Reliability::builder().only("busy-").sink(otlp).start().unwrap();
    BUSY.record(Outcome::Bad, Duration::from_millis(1));
    until("it arrives in the end", || receiver.number("reliability.events{outcome=bad,sli=busy-import}") == Some(1.0));
    until("its end is told", || told(receiver.address.port()).len() >= 2);
    drop(reliability);
    let told = told(receiver.address.port());
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("WARN") && told[0].contains("429"), "{told:?}");
    assert!(told[1].starts_with("INFO") && told[1].contains("again"), "{told:?}");
    receiver.read(|arrived| {
        assert!(arrived.iter().all(|one| one.path == "/v1/metrics"));
        assert!(arrived.iter().all(|one| one.headers["content-type"] == "application/x-protobuf"));
        assert!(arrived.iter().all(|one| one.headers["x-tenant"] == "shop"));
    });
}

#[test]
fn what_is_refused_is_not_sent_again_but_the_next_report_is() {
    LazyLock::force(&LOG);
    let receiver = Receiver::start();
    receiver.answer([Answer::status(400)]);
    let otlp = Otlp::to(&receiver.url()).unwrap().interval(Duration::from_secs(2));
    let reliability = Reliability::builder().only("refused-").sink(otlp).start().unwrap();
    REFUSED.record_many(Outcome::Good, 7);
    until("the next arrives", || receiver.number("reliability.events{outcome=good,sli=refused-import}") == Some(7.0));
    let begun = reliability.report().since.unix_nanos();
    drop(reliability);
    receiver.read(|arrived| {
        let first = &history(arrived, "reliability.events{outcome=good,sli=refused-import}")[0];
        let late = first.time_unix_nano - u64::try_from(begun).unwrap();
        assert!(late > 900_000_000, "the refused one, of the very start, did not come again: {late} ns");
    });
    let told = told(receiver.address.port());
    assert!(told.len() == 2 && told[0].contains("400"), "{told:?}");
}

#[test]
fn an_endpoint_that_needs_a_feature_is_told_which() {
    LazyLock::force(&LOG);
    let receiver = Receiver::start();
    let otlp = Otlp::to(&receiver.url().replace("http:", "https:")).unwrap();
    let reliability = Reliability::builder().only("secure-").sink(otlp).start().unwrap();
    until("it is told", || !told(receiver.address.port()).is_empty());
    drop(reliability);
    let told = told(receiver.address.port());
    assert!(told.len() == 1 && told[0].contains("needs the feature `otlp-https`"), "{told:?}");
}

#[test]
fn a_part_that_was_rejected_is_told_with_the_receivers_words() {
    LazyLock::force(&LOG);
    let receiver = Receiver::start();
    let partial = ExportMetricsPartialSuccess { rejected_data_points: 3, error_message: "too many labels".into() };
    let body = ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec();
    receiver.answer([Answer { body, ..Answer::status(200) }]);
    let otlp = Otlp::to(&receiver.url()).unwrap().interval(Duration::from_secs(3600));
    let reliability = Reliability::builder().only("partial-").sink(otlp).start().unwrap();
    PARTIAL.record_many(Outcome::Good, 1);
    until("it is told", || !told(receiver.address.port()).is_empty());
    drop(reliability);
    let told = told(receiver.address.port());
    assert!(told[0].contains("3 points were rejected: too many labels"), "{told:?}");
}

#[test]
fn a_receiver_that_is_away_is_told_once_and_costs_the_stop_no_more_than_it_may_take() {
    LazyLock::force(&LOG);
    let nobody = free_address();
    let otlp =
        Otlp::to(&format!("http://me:pass@{nobody}/v1/metrics?key=hidden")).unwrap().interval(Duration::from_secs(1));
    let reliability = Reliability::builder().only("away-").sink(otlp).start().unwrap();
    AWAY.record_many(Outcome::Good, 7);
    until("it is told", || !told(nobody.port()).is_empty());
    std::thread::sleep(Duration::from_secs(4));
    let report = reliability.stop_within(Duration::from_secs(1));
    assert_eq!(report.sli("away-import").unwrap().counts.good, 7);
    let told = told(nobody.port());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].contains("pass") && !told[0].contains("hidden"), "{told:?}");
}

#[test]
fn a_receiver_that_never_answers_holds_up_neither_the_judge_nor_the_stop() {
    let receiver = Receiver::start();
    receiver.answer(std::iter::repeat_n(Answer { after: Duration::from_secs(600), ..Answer::status(500) }, 50));
    let otlp = Otlp::to(&receiver.url()).unwrap().interval(Duration::from_secs(1)).timeout(Duration::from_secs(300));
    let reliability = Reliability::builder().only("hung-").sink(otlp).start().unwrap();
    HUNG.record_many(Outcome::Bad, 3);
    until("it is judged", || reliability.report().slo("hung-import-availability").is_some_and(|slo| slo.bad == 3));
    #[allow(clippy::disallowed_methods)] // the stop is bounded by real time
    let begin = Instant::now();
    let report = reliability.stop_within(Duration::from_millis(500));
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}: ten minutes would be the answer's", begin.elapsed());
    assert_eq!(report.sli("hung-import").unwrap().counts.bad, 3);
}
